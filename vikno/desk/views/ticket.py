"""One ticket: reading it, changing it, answering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.core import clock
from vikno.core.text import whole_number
from vikno.desk import going_on, shell, ticket_page
from vikno.desk.changes import CHANGES, LASTING
from vikno.desk.conflict_words import not_done, not_undone
from vikno.desk.face import DeskRequest, desk, toast, way_back
from vikno.desk.mentions import left_out, mentioned
from vikno.desk.snoozing import until_of
from vikno.desk.views.drafts import keep_refused, kept_before
from vikno.desk.views.inbox import list_context
from vikno.desk.written import (
    Written,
    also_answered,
    answered_message,
    chosen_dialog,
    chosen_language,
    chosen_quote,
    identity_of,
    recipients,
    turn_of,
    written,
)
from vikno.dialogs import deliveries
from vikno.dialogs.delivery_words import too_late
from vikno.dialogs.models import Delivery
from vikno.journal import acts
from vikno.journal.models import Event
from vikno.journal.vocabulary import Verb
from vikno.live.actions import breathe, hush
from vikno.live.queries import dialogs_of
from vikno.notices.actions import read
from vikno.replies.models import BegunLetter
from vikno.staff.access import as_customer
from vikno.tickets import access
from vikno.tickets.actions import drafts, noting, state
from vikno.tickets.actions.answering import Answer, NewerMessage, reply
from vikno.tickets.actions.changing import Conflict, Invalid
from vikno.tickets.actions.own_acts import undo_own
from vikno.tickets.actions.sending_again import send_again
from vikno.tickets.actions.sending_once import SentAlready, send_once
from vikno.tickets.actions.unsending import unsend
from vikno.tickets.models import Draft, Ticket
from vikno.tickets.quoting import Quote


@require_safe
@desk
def show(request: DeskRequest, number: int) -> HttpResponse:
    """The page of a ticket, or the part of it that was asked for. A merged one leads to where it is read now."""
    try:
        ticket = access.ticket_for(request.desk.viewer, number)
    except access.NoSuchTicket:
        if request.htmx or not access.own_requests(as_customer(request.desk.viewer)).filter(number=number).exists():
            raise
        return redirect("desk:own_request", number)  # where one is a customer
    if ticket.merged_into_id:
        into = access.tickets_for(request.desk.viewer).filter(id=access.survivor_id(ticket.id)).first()
        if into is not None:
            kept = {name: request.GET[name] for name in ("list", "sort") if name in request.GET}
            query = urlencode(kept | {"merged": str(ticket.number)})
            return redirect(f"{reverse('desk:ticket', args=[into.number])}?{query}")
    target = request.htmx.target if request.htmx else ""
    if target and target.endswith("timeline"):
        context = ticket_page.thread(request, ticket) | {"composer": None, "flashes": []}
        return render(request, "desk/_changed.html", context)
    context = ticket_page.whole(request, ticket, answers=request.GET.get("answers"))
    if target and target.endswith("composer"):
        return render(request, "desk/_composer.html", context)
    if target and target.endswith("ticket"):
        ticket_page.with_neighbours(request, context["ticket"], ticket_page.numbers_beside(request))
        return render(request, "desk/_ticket.html", context)
    return _inbox(request, ticket, context)


def _inbox(request: DeskRequest, ticket: Ticket, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The whole page: the list that the ticket was opened from, and the ticket."""
    key = ticket_page.list_key(request)
    around = shell.context(request, key)
    beside = list_context(request, key, around["counts"], ticket.number)
    ticket_page.with_neighbours(request, context["ticket"], [row[0] for row in beside["rows"]])
    return render(request, "desk/inbox.html", around | beside | context, status=status)


@require_POST
@desk
def change(request: DeskRequest, number: int) -> HttpResponse:
    """One act on a ticket. The form names it by the field it carries, and the version its page showed."""
    ticket = access.ticket_for(request.desk.viewer, number)
    act = acts.agent(request.desk.agent.id)
    name = next((name for name in CHANGES if name in request.POST), None)
    if name is None:
        return toast(request, _("The page asked for something unknown. Load it again."), "danger")
    if name not in ("unread", "follow"):
        access.must_write(request.desk.viewer)
    try:
        words = CHANGES[name](request, ticket, act)
    except Conflict as conflict:
        return changed(request, number, (not_done(conflict), "danger", "", 12))
    except Invalid as invalid:
        return changed(request, number, (str(invalid), "danger", "", 12))
    undo_url = "" if name in LASTING else reverse("desk:undo", args=[act.id])
    again = {"composer": ticket_page.whole(request, ticket)["composer"]} if name == "account" and request.htmx else {}
    return changed(request, number, (words, "", undo_url, 8), **again)


def changed(request: DeskRequest, number: int, flash: tuple[str, str, str, int], **more: Any) -> HttpResponse:
    """The answer to an act: fragments for a script, the page again without one. A ticket that the act took out of the
    viewer's sight leads back to the list."""
    try:
        ticket = access.ticket_for(request.desk.viewer, number)
    except access.NoSuchTicket:
        ticket, flash = None, (flash[0], flash[1], "", flash[3])  # nor can it be undone from outside
    if not request.htmx:
        messages.add_message(request, level(flash[1]), flash[0], extra_tags=flash[2])
        return redirect(f"{reverse('desk:ticket', args=[number])}{ticket_page.list_query(request)}" if ticket else "/")
    if ticket is None:
        return toast(request, flash[0], flash[1], undo_url=flash[2])
    context = ticket_page.thread(request, ticket) | {"flashes": [flash], "composer": None} | more
    return _said(render(request, "desk/_changed.html", context), refused=flash[1] == "danger")


def _said(response: HttpResponse, *, refused: bool) -> HttpResponse:
    """Mark a refusal, so that the page does not go on to the next ticket as if it were done."""
    if refused:
        response["X-Refused"] = "1"
    return response


def level(tone: str) -> int:
    """The level of Django's messages that is drawn in this tone."""
    return messages.ERROR if tone == "danger" else messages.SUCCESS


# ---- answering -------------------------------------------------------------------------------------------------------


@require_POST
@desk
def answer(request: DeskRequest, number: int) -> HttpResponse:
    """Send what was written, as a reply or as a note. What is refused stays in the composer, word for word."""
    form = request.POST
    ticket = access.ticket_for(request.desk.viewer, number)
    act, text = acts.agent(request.desk.agent.id), None
    try:
        text = written(form, request.FILES.getlist("files"), chosen_language(form) or ticket.language)
        if text.empty:
            raise Invalid(_("There is nothing to send yet. Write something first."))
        drafts.turn_earlier_away(request.desk.agent, ticket, *turn_of(form))
        with transaction.atomic():  # sent, closed and remembered together, or nothing of it
            send_once(request.desk.agent, form.get("once", ""), identity_of(form, text))
            flash = (_note if form.get("kind") == "note" else _reply)(request, ticket, text, act)
    except NewerMessage:
        keep_refused(request, ticket, text)
        newer = _("Something came while you wrote. Look at it first, then send.")
        return _answered(request, ticket, None, newer=newer, kept=form)
    except SentAlready:  # the page as it is by now; the first sending told the rest
        return changed(request, ticket.number, (_("It was sent already. Nothing was sent again."), "", "", 8))
    except Invalid as invalid:
        keep_refused(request, ticket, text)
        return _answered(request, ticket, None, problem=str(invalid), kept=form)
    return _answered(request, ticket, flash)


def _note(request: DeskRequest, ticket: Ticket, text: Written, act: acts.Act) -> tuple[str, str, str, int]:
    access.must_note(request.desk.viewer)
    agent, words = request.desk.agent, text.words
    files = [*drafts.take_files(agent, ticket, text.kept), *text.files]
    colleagues = mentioned(words.text, but=agent)
    noting.add_note(ticket, agent, words.text, html=words.html, attached=files, mentions=colleagues, by=act)
    drafts.discard(drafts.begun_as(agent, ticket, None, note=True))
    drafts.discard(kept_before(request, ticket))
    if blind := left_out(ticket, colleagues):
        said = _("Noted. It was not told to %(names)s, who may not see this ticket.")
        return said % {"names": ", ".join(blind)}, "danger", "", 12
    return _("Noted."), "ok", "", 4


def _reply(request: DeskRequest, ticket: Ticket, text: Written, act: acts.Act) -> tuple[str, str, str, int]:
    desk_, form = request.desk, request.POST
    access.must_write(desk_.viewer)
    readable = access.family_for(desk_.viewer, ticket)
    one = answered_message(form.get("answers", ""), desk_.viewer, readable)
    if one is None and form.get("answers"):
        raise Invalid(_("The message that this answers does not belong to this request any more. Nothing was sent."))
    dialog = one.dialog if one is not None else chosen_dialog(form, ticket, readable)
    seen_message = None if form.get("anyway") else whole_number(form.get("newest", ""))
    files = [*drafts.take_files(desk_.agent, ticket, text.kept), *text.files]
    also = also_answered(form, ticket, desk_.viewer)
    quote = Quote(chosen) if (chosen := chosen_quote(form)) else None
    said = Answer(text.words, files, dialog, recipients(form, dialog), also, seen_message, quote, one)
    sent = reply(ticket, desk_.agent, said, by=act)
    _then(request, ticket, form.get("then", ""), act)
    drafts.discard(kept_before(request, ticket))
    hush(ticket.id, desk_.agent.id)
    seconds = sent.dialog.channel.undo_seconds
    return _("Sent."), "ok", reverse("desk:undo", args=[act.id]) if seconds else "", seconds or 4


def _then(request: DeskRequest, ticket: Ticket, what: str, act: acts.Act) -> None:
    """What the button that sent the answer does besides. Raises Invalid."""
    if what.startswith("snooze:"):
        until = until_of(what.removeprefix("snooze:"), "", request.desk.zone, clock.now())
        state.snooze(ticket, until, by=act)
    elif what in ("close", "wait"):
        (state.close if what == "close" else state.wait)(ticket, by=act)


def _answered(
    request: DeskRequest, ticket: Ticket, flash: tuple[str, str, str, int] | None, **more: Any
) -> HttpResponse:
    if not request.htmx:
        if flash is None:  # refused: the page again, with what was typed
            return _inbox(request, ticket, ticket_page.whole(request, ticket, **more), 422)
        messages.add_message(request, level(flash[1]), flash[0], extra_tags=flash[2])
        return redirect("desk:ticket", ticket.number)
    context = ticket_page.whole(request, ticket, **more)
    page = render(request, "desk/_changed.html", context | {"flashes": [flash] if flash else []})
    return _said(page, refused=flash is None)


@require_POST
@desk
def seen(request: DeskRequest, number: int) -> HttpResponse:
    """The page says that the ticket has been in view for a second. A GET records nothing."""
    viewer, agent = request.desk.viewer, request.desk.agent
    ticket = access.ticket_for(viewer, number)
    family = access.family_for(viewer, ticket)
    state.mark_opened(ticket, agent.id)
    read(agent, tickets=family)
    breathe("viewing", ticket.id, agent.id, dialogs_of(family))
    return HttpResponse(status=204)


@require_POST
@desk
def undo_act(request: DeskRequest, act_id: int) -> HttpResponse:
    """Undo all that one act of this agent did."""
    try:
        going_on.end_or_wait(request.desk.agent.id, act_id)
        written = _letter_of(request, act_id)
        concerned = undo_own(request.desk.viewer, act_id, by=acts.agent(request.desk.agent.id))
    except Conflict as conflict:
        return _after_undo(request, None, not_undone(conflict, request.desk.agent.id), "danger")
    except Invalid as invalid:
        return _after_undo(request, None, str(invalid), "danger")
    going_on.told(request.desk.agent.id, act_id)
    if written is not None:
        return _to_letter(request, written)
    mine = access.tickets_for(request.desk.viewer).filter(id__in=concerned)
    if Event.objects.filter(act=act_id, verb=Verb.MESSAGE_SENT).exists():  # the words are a draft again, on one of them
        where = mine.filter(drafts__agent=request.desk.agent).order_by("-drafts__saved_at").first()
        return _after_undo(request, where, _("Undone."), "", composed=True)
    if request.htmx and len(concerned) > 1:  # the lists show it by themselves
        return toast(request, _("Undone."))
    return _after_undo(request, mine.first() if len(concerned) == 1 else None, _("Undone."), "")


def _letter_of(request: DeskRequest, act_id: int) -> BegunLetter | None:
    """The letter without a dialog that this act of the agent's sent, if it can still be taken back."""
    sent = Event.objects.filter(act=act_id, verb=Verb.MESSAGE_SENT).values("message_id")
    return BegunLetter.objects.filter(agent=request.desk.agent, message__in=sent).first()


def _to_letter(request: DeskRequest, letter: BegunLetter) -> HttpResponse:
    """Back in the composer of a letter that was taken back."""
    messages.success(request, _("Taken back. Nothing has left."))
    address = reverse("desk:letter", args=[letter.key])
    return HttpResponse(headers={"HX-Redirect": address}) if request.htmx else redirect(address)


def _after_undo(
    request: DeskRequest, one: Ticket | None, words: str, tone: str, *, composed: bool = False
) -> HttpResponse:
    if one is not None and composed:
        return _recalled(request, one, (words, tone, "", 4), request.path)
    if one is not None:
        return changed(request, one.number, (words, tone, "", 4))
    if request.htmx and tone == "danger":
        return toast(request, words, tone)
    messages.add_message(request, level(tone), words)
    if request.htmx:  # it was about no ticket: the page it stands on has to show it
        return HttpResponse(headers={"HX-Redirect": way_back(request, "/")})
    return redirect(way_back(request, "/"))


def _recalled(request: DeskRequest, ticket: Ticket, flash: tuple[str, str, str, int], undo_url: str) -> HttpResponse:
    """Back on the ticket whose answer was taken back, the words in its composer. Sending may have led on to another
    ticket, or the agent has gone on to any other page."""
    here = reverse("desk:ticket", args=[ticket.number])
    shown = urlsplit((request.htmx.current_url if request.htmx else None) or here)
    if shown.path == here:
        back = ticket_page.whole(request, ticket)["composer"] if request.htmx else None
        return changed(request, ticket.number, flash, composer=back, replaces=undo_url)
    kept = {name: value for name, value in parse_qsl(shown.query) if name in ("list", "sort")}
    messages.add_message(request, level(flash[1]), flash[0])
    return HttpResponse(headers={"HX-Redirect": f"{here}?{urlencode(kept)}" if kept else here})


@require_POST
@desk
def unsend_message(request: DeskRequest, message_id: int) -> HttpResponseBase:
    """Take an answer back before it leaves."""
    access.must_write(request.desk.viewer)
    message = access.message_for(request.desk.viewer, message_id)
    sent = Event.objects.filter(message_id=message.id, verb=Verb.MESSAGE_SENT).values_list("act", flat=True).first()
    if sent and _letter_of(request, sent) is not None:  # the request that it began goes with it
        return undo_act(request, sent)
    try:
        unsend(message, by=acts.agent(request.desk.agent.id))
    except Invalid as invalid:
        return toast(request, str(invalid), "danger")
    mine = access.tickets_for(request.desk.viewer)
    linked = mine.filter(links__message=message, links__ended_act=None)
    draft = Draft.objects.filter(agent=message.agent_id, dialog=message.dialog_id).order_by("-saved_at").first()
    ticket = mine.filter(id=draft.ticket_id).first() if draft else linked.first()
    if ticket is None:
        return toast(request, _("Taken back."))
    said = (_("Taken back. Nothing has left."), "", "", 6)
    survivor = mine.filter(number=access.survivor_number(ticket)).first() or ticket
    return _recalled(request, survivor, said, reverse("desk:undo", args=[sent]) if sent else "")


@require_POST
@desk
def repeat(request: DeskRequest, delivery_id: int) -> HttpResponse:
    """A person's word: send a doubtful or refused delivery again."""
    return _decided(request, delivery_id, send_again, _("It is sent again."))


@require_POST
@desk
def arrived(request: DeskRequest, delivery_id: int) -> HttpResponse:
    """A person's word: a doubtful delivery is there."""
    return _decided(request, delivery_id, deliveries.arrived, _("It counts as sent now."))


def _decided(request: DeskRequest, delivery_id: int, verb: Callable[..., None], words: str) -> HttpResponse:
    access.must_write(request.desk.viewer)
    delivery = Delivery.objects.select_related("message").filter(id=delivery_id).first()
    message = access.message_for(request.desk.viewer, delivery.message_id if delivery else 0)
    assert delivery is not None
    said = (words, "", "", 6)
    try:
        verb(delivery, by=acts.agent(request.desk.agent.id))
    except deliveries.NotNow as refused:
        said = (too_late(str(refused)), "danger", "", 12)
    except Invalid as refused:
        said = (str(refused), "danger", "", 12)
    ticket = access.tickets_for(request.desk.viewer).filter(links__message=message, links__ended_act=None).first()
    if ticket is None:
        return toast(request, said[0], said[1])
    return changed(request, access.survivor_number(ticket), said)
