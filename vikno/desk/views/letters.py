"""Letters that begin a dialog, in the same composer as an answer: the first one of a request, or one that forwards what
was said in one to a third party."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vikno.core.models import LANGUAGES
from vikno.core.subjects import bare
from vikno.core.text import one_line, whole_number
from vikno.desk import letter_page, shell
from vikno.desk.composer import kept_with
from vikno.desk.face import DeskRequest, desk
from vikno.desk.letter_page import Letter
from vikno.desk.new_ticket import WrongField, afterwards, due_day, known
from vikno.desk.views.files import give
from vikno.desk.written import Written, identity_of, recipients, turn_of, uploaded, written
from vikno.dialogs.actions import Words
from vikno.dialogs.models import ChannelAddress, Message
from vikno.journal import acts
from vikno.replies.actions import letters
from vikno.replies.models import BegunFile, BegunLetter
from vikno.tickets import access, forwarding
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.forwarding import Forward
from vikno.tickets.actions.forwarding import forward as forward_letter
from vikno.tickets.actions.sending_once import SentAlready, new_number, send_once
from vikno.tickets.actions.writing_first import write_first
from vikno.tickets.models import Ticket
from vikno.tickets.subjects import said_subject


@require_safe
@desk
def begin(request: DeskRequest) -> HttpResponse:
    """A page of its own for each new letter: loading it again shows the same one."""
    access.must_write(request.desk.viewer)
    return redirect("desk:letter", new_number())


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def write(request: DeskRequest, key: str) -> HttpResponse:
    """The composer of a first letter, and its sending. What is refused stays in it, word for word."""
    access.must_write(request.desk.viewer)
    row = BegunLetter.objects.filter(agent=request.desk.agent, key=key).first()
    ticket = about_of(request, key, row)
    if request.method == "POST":
        return _send(request, key, ticket)
    if row is not None and row.message_id is not None:
        return _lead(request, _ticket_of(request, row))
    if row is not None and (row.values or row.body):
        return _page(request, letter_page.begun(request.desk, row, ticket))
    return _page(request, Letter(key, ticket, _first_values(request, ticket)))


@require_safe
@desk
def forward(request: DeskRequest, number: int) -> HttpResponse:
    """A page of its own for each forwarded letter: of the message that was named, else of what the customer wrote last.
    That the whole conversation goes along is chosen on the page."""
    access.must_write(request.desk.viewer)
    ticket = access.ticket_for(request.desk.viewer, number)
    one = whole_number(request.GET.get("message", ""))
    if one is None:
        said = forwarding.chosen(access.family_for(request.desk.viewer, ticket), None)
        theirs = [message for message in said if message.author == Message.Author.CUSTOMER]
        one = theirs[-1].id if theirs else None
    asked = urlencode({"ticket": ticket.number} | ({"message": one, "which": "one"} if one is not None else {}))
    return redirect(f"{reverse('desk:letter', args=[new_number()])}?{asked}")


def about_of(request: DeskRequest, key: str, row: BegunLetter | None) -> Ticket | None:
    """The request that a letter forwards from, if any. Raises NoSuchTicket, also where it is out of sight by now."""
    if len(key) > 40:
        raise access.NoSuchMessage(0)
    if row is not None:
        return access.ticket_for(request.desk.viewer, row.ticket.number) if row.ticket else None
    form = request.POST if request.method == "POST" else request.GET
    number = whole_number(form.get("ticket", ""))
    return access.ticket_for(request.desk.viewer, number) if number is not None else None


def _first_values(request: DeskRequest, ticket: Ticket | None) -> dict[str, Any]:
    """What stands in the fields of a letter that nobody has touched yet."""
    if ticket is None:
        return {}
    values = {name: request.GET.get(name, "") for name in ("message", "which")}
    subject = said_subject(ticket.subject)
    forwarded = f"Fwd: {bare(subject) or subject}" if subject else ""  # whoever forwards it says what it is about
    return values | {"ticket": str(ticket.number), "subject": forwarded}


def _page(request: DeskRequest, letter: Letter) -> HttpResponse:
    page = letter_page.page(request, letter)
    if letter.problem and request.htmx:
        answer = render(request, "desk/_letter_again.html", page)
        answer["X-Refused"] = "1"
        return answer
    status = 422 if letter.problem else 200
    return render(request, "desk/write.html", shell.context(request) | page, status=status)


def _send(request: DeskRequest, key: str, about: Ticket | None) -> HttpResponse:
    form, agent, text = request.POST, request.desk.agent, None
    act, typed = acts.agent(agent.id), letter_page.typed(form)
    try:
        text = written(form, request.FILES.getlist("files"))
        with transaction.atomic():
            send_once(agent, form.get("once", ""), [*identity_of(form, text), *map(str, typed.values.values())])
            letters.must_be_unsent(agent, key, about)
            ticket, message = (_forward if about else _begin)(request, key, text, about, act)
            letters.sent(agent, key, about, typed, message)
    except SentAlready:
        row = BegunLetter.objects.filter(agent=agent, key=key).first()
        messages.info(request, _("It was sent already. Nothing was sent again."))
        return _lead(request, _ticket_of(request, row) if row else None)
    except (Invalid, WrongField) as refused:
        wrong = {refused.field: str(refused)} if isinstance(refused, WrongField) else {}
        return _refused(request, key, about, text, str(refused), wrong)
    undo = reverse("desk:undo", args=[act.id]) if message.dialog.channel.undo_seconds else ""
    messages.success(request, _("Sent."), extra_tags=undo)
    return _lead(request, access.tickets_for(request.desk.viewer).filter(id=ticket.id).first())


def _words(request: DeskRequest, text: Written) -> Words:
    """Subject and words of the form. Raises Invalid."""
    subject, language = one_line(request.POST.get("subject", ""), 500), request.POST.get("language", "")
    if not subject:
        raise Invalid(_("A letter needs a subject: say in a few words what it is about."))
    return replace(text.words, subject=subject, language=language if language in dict(LANGUAGES) else "")


def _from(request: DeskRequest) -> ChannelAddress:
    address = letter_page.mailbox(request.desk, request.POST)
    if address is None:
        raise Invalid(_("No mailbox is connected yet, so a letter cannot be written."))
    return address


def _begin(
    request: DeskRequest, key: str, text: Written, about: Ticket | None, act: acts.Act
) -> tuple[Ticket, Message]:
    """Send a first letter. Raises Invalid and WrongField; call it inside a transaction."""
    form, agent = request.POST, request.desk.agent
    custom = [name for name in form if name.startswith("field.")]
    values = {name: form.get(name, "").replace("\0", "") for name in (*letter_page.FIELDS, *custom)}
    address, to, due, words = _from(request), recipients(form, None), due_day(values["due"]), _words(request, text)
    if text.empty:
        raise Invalid(_("There is nothing to send yet. Write something first."))
    files = [*letters.take_files(agent, key, text.kept), *text.files]
    ticket, message = write_first(
        agent, address.channel, to, words, by=act, address=address, files=files, **known(values)
    )
    afterwards(ticket, ticket.requester, values, due, act)
    return ticket, message


def _forward(
    request: DeskRequest, key: str, text: Written, about: Ticket | None, act: acts.Act
) -> tuple[Ticket, Message]:
    """Send a forwarded letter. Raises Invalid; call it inside a transaction."""
    assert about is not None
    form, agent, address = request.POST, request.desk.agent, _from(request)
    to, words = recipients(form, None), _words(request, text)
    carried = [int(one) for one in letter_page.chosen_files(form)]
    files = [*letters.take_files(agent, key, text.kept), *text.files]
    letter = Forward(words, to, address.channel, address, letter_page.message_of(form), carried, files)
    return about, forward_letter(about, agent, letter, by=act)


def _refused(
    request: DeskRequest, key: str, about: Ticket | None, text: Written | None, problem: str, errors: dict[str, str]
) -> HttpResponse:
    """The composer again. Its files lie with the letter from now on: a browser gives chosen files only once."""
    typed, agent = letter_page.typed(request.POST), request.desk.agent
    letters.keep(agent, key, about, typed)
    try:
        letters.keep_files(agent, key, about, text.files if text else ())
    except Invalid:  # too many together: said when they were sent
        pass
    turn = f"{typed.page}.{typed.turn}" if typed.page else ""
    return _page(request, Letter(key, about, typed.values, typed.body, turn, problem=problem, errors=errors))


def _ticket_of(request: DeskRequest, row: BegunLetter) -> Ticket | None:
    mine = access.tickets_for(request.desk.viewer)
    return mine.filter(links__message=row.message_id).order_by("-links__id").first() if row.message_id else None


def _lead(request: DeskRequest, ticket: Ticket | None) -> HttpResponse:
    """On to the request; home, if its team's requests are not for this agent."""
    return _on(request, reverse("desk:ticket", args=[ticket.number]) if ticket else reverse("desk:home"))


def _on(request: DeskRequest, address: str) -> HttpResponse:
    return HttpResponse(headers={"HX-Redirect": address}) if request.htmx else redirect(address)


@require_POST
@desk
def keep(request: DeskRequest, key: str) -> HttpResponse:
    """Keep what is being written, take a file out of it, or throw it away: as an answer's composer does."""
    access.must_write(request.desk.viewer)
    form, agent = request.POST, request.desk.agent
    about = about_of(request, key, BegunLetter.objects.filter(agent=agent, key=key).first())
    if "discard" in form:
        letters.throw_away(agent, key, *turn_of(form))
        messages.success(request, _("The draft is gone."))
        return _lead(request, about) if about else _on(request, reverse("desk:letter", args=[key]))
    try:
        if "remove_file" in form:
            letters.remove_file(agent, key, whole_number(form["remove_file"]) or 0)
        else:
            letters.keep(agent, key, about, letter_page.typed(form))
            letters.keep_files(agent, key, about, uploaded(request.FILES.getlist("files")))
    except Invalid as invalid:
        if request.htmx:
            return HttpResponse(str(invalid), status=422, content_type="text/plain; charset=utf-8")
        messages.error(request, str(invalid))
    if not request.htmx and ("keep" in form or "remove_file" in form):
        messages.success(request, _("The draft is kept."))
        everyone = "?choices=all" if form.get("keep") == "choices" else ""
        return redirect(f"{reverse('desk:letter', args=[key])}{everyone}")
    if "remove_file" not in form and not request.FILES:
        return HttpResponse(status=204)
    there = kept_with(BegunFile.objects.filter(letter__agent=agent, letter__key=key), "desk:letter_file")
    address = letter_page.mailbox(request.desk, form)
    fetched = letter_page.fetched(address.channel, there) if address else ""
    return render(request, "desk/_draft_files.html", {"files": there, "fetched": fetched})


@require_POST
@desk
def below(request: DeskRequest, key: str) -> HttpResponse:
    """What will stand below the letter as its form is now. Whom it goes to is told by POST alone: addresses of pages
    are kept in logs and histories."""
    access.must_write(request.desk.viewer)
    row = BegunLetter.objects.filter(agent=request.desk.agent, key=key).first()
    there = letter_page.below(request.desk, request.POST, about_of(request, key, row))
    return render(request, "desk/_below.html", {"below": there})


@require_safe
@desk
def file(request: DeskRequest, file_id: int) -> HttpResponseBase:
    """A file that waits with a begun letter, for who put it there."""
    row = BegunFile.objects.select_related("file").filter(id=file_id, letter__agent=request.desk.agent).first()
    if row is None:
        raise access.NoSuchMessage(file_id)
    return give(request, row)
