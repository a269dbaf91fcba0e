"""Where one message belongs, decided by a person; and hiding what its author wants gone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from vikno.core.text import whole_number
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk
from vikno.dialogs.models import Message
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.tickets import access
from vikno.tickets.actions import hiding, placing
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.linking import WidensSight, preview_of
from vikno.tickets.actions.placing import Was
from vikno.tickets.models import Link, Ticket


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def place(request: DeskRequest, message_id: int) -> HttpResponse:
    """The page that asks where a message belongs, and what comes of it."""
    access.must_write(request.desk.viewer)
    message = access.message_for(request.desk.viewer, message_id)
    if request.method != "POST":
        return _page(request, message)
    act = acts.agent(request.desk.agent.id)
    try:
        shown, words = _place(request, message, act)
    except WidensSight:
        return _page(request, message, widens=True)
    except access.NoSuchTicket:
        return _page(request, message, number=_("There is no such ticket, or none that you may see."))
    except Invalid as invalid:
        return _page(request, message, where=str(invalid))
    messages.success(request, words, extra_tags=reverse("desk:undo", args=[act.id]))
    return redirect("desk:ticket", access.survivor_number(shown)) if shown else redirect("desk:home")


def _place(request: DeskRequest, message: Message, act: Act) -> tuple[Ticket | None, str]:
    """Do what the form says; answers the ticket to show, and words. Raises what the verbs raise."""
    homes = _homes(request, message)
    source = homes.get(whole_number(request.POST.get("source", "")) or 0) or next(iter(homes.values()), None)
    where = request.POST.get("where", "")
    if where == "ticket":
        target = access.ticket_for(request.desk.viewer, whole_number(request.POST.get("number", "").strip(" #")) or 0)
        placing.to_ticket(message, source, target, by=act, confirmed="confirmed" in request.POST)
        return target, _("The message belongs to #%(number)s now.") % {"number": target.number}
    if where == "own":
        made = placing.to_its_own(message, source, by=act)
        return made, _("The message is a request of its own now.")
    if source is None:
        raise Invalid(_("Choose where it belongs."))
    placing.take_off(message, source, by=act, was=Was(where) if where in list(Was) else None)
    return source, _("The message does not belong to this request any more.")


def _homes(request: DeskRequest, message: Message) -> dict[int, Ticket]:
    """The tickets that it belongs to, by number, as far as the viewer may read them."""
    linked = Link.objects.filter(message=message, ended_act=None).values_list("ticket_id", flat=True)
    seen = access.contributing(request.desk.viewer, linked)
    return {one.number: one for one in Ticket.objects.filter(id__in=seen).order_by("id")}


def _page(request: DeskRequest, message: Message, *, widens: bool = False, **errors: str) -> HttpResponse:
    homes = _homes(request, message)
    hidden = message.hidden_at is not None
    hide = (
        reverse("desk:show" if hidden else "desk:hide", args=[message.id]),
        _("Show it again") if hidden else _("Hide its text"),
        _("It can be read again on all requests.") if hidden
        else _("For what its author wants gone: its words and files are shown on no request any more, and are kept."),
    )  # fmt: skip
    context = {
        "title": _("Where does this message belong?"), "lead": preview_of(message), "tabs": [],
        "fields": _fields(request, message, homes, widens, errors), "problem": "", "save_word": _("Save"),
        "back_url": reverse("desk:ticket", args=[access.survivor_number(one)]) if (one := _any(homes)) else "/",
        "danger": [hide] if message.author == Message.Author.CUSTOMER else [],
    }  # fmt: skip
    status = 422 if errors or widens else 200
    return render(request, "desk/form_page.html", shell.context(request) | context, status=status)


def _any(homes: dict[int, Ticket]) -> Ticket | None:
    return next(iter(homes.values()), None)


def _fields(
    request: DeskRequest, message: Message, homes: dict[int, Ticket], widens: bool, errors: dict[str, str]
) -> list[dict[str, Any]]:
    asked = request.POST
    fields: list[dict[str, Any]] = [
        {"name": "where", "label": _("It belongs"), "kind": "choice", "value": asked.get("where", "ticket"),
         "choices": _choices(message, homes), "error": errors.get("where", ""), "required": True},
        {"name": "number", "label": _("Number of the other ticket"), "kind": "text", "value": asked.get("number", ""),
         "error": errors.get("number", ""), "help": _("Such as 1042; needed for “to another ticket” only.")},
    ]  # fmt: skip
    if len(homes) > 1:
        choices = [(str(number), f"#{number} {one.subject}") for number, one in homes.items()]
        fields.insert(0, {"name": "source", "label": _("Take it off"), "kind": "choice", "choices": choices,
                          "value": asked.get("source", "")})  # fmt: skip
    if widens:
        fields.append({
            "name": "confirmed", "kind": "checkbox", "value": "", "label": _("Show it to more people"),
            "error": _("The message belongs to a restricted ticket. Whoever reads the other one will read it there."),
        })  # fmt: skip
    return fields


def _choices(message: Message, homes: dict[int, Ticket]) -> list[tuple[str, str]]:
    """What can be said. The last request of a customer's message is not taken away without a word what it was."""
    found = [("ticket", _("to another ticket"))]
    if message.author == Message.Author.CUSTOMER:
        found.append(("own", _("to a ticket of its own")))
    if Link.objects.filter(message=message, ended_act=None).count() > 1:
        found.append(("off", _("not to this one; to the others it does")))
    elif homes and message.author == Message.Author.CUSTOMER:
        found.append((str(Was.THANKS), _("nowhere: it was thanks")))
        found.append((str(Was.NOTHING), _("nowhere: there is nothing to do about it")))
    return found


@require_POST
@desk
def hide(request: DeskRequest, message_id: int) -> HttpResponse:
    """Hide what its author wants gone."""
    return _seen_as(request, message_id, hidden=True)


@require_POST
@desk
def show(request: DeskRequest, message_id: int) -> HttpResponse:
    """Show a hidden one again."""
    return _seen_as(request, message_id, hidden=False)


def _seen_as(request: DeskRequest, message_id: int, *, hidden: bool) -> HttpResponse:
    """What the button says is done, whatever a colleague did since the page was made."""
    access.must_write(request.desk.viewer)
    message = access.message_for(request.desk.viewer, message_id)
    act, so_already = acts.agent(request.desk.agent.id), (message.hidden_at is not None) == hidden
    try:
        (hiding.hide if hidden else hiding.show)(message, by=act)
    except Invalid as invalid:
        messages.error(request, str(invalid))
        return redirect("desk:place", message.id)
    words = _("Its words and files are hidden.") if hidden else _("It can be read again.")
    messages.success(request, words, extra_tags="" if so_already else reverse("desk:undo", args=[act.id]))
    one = _any(_homes(request, message))
    return redirect("desk:ticket", access.survivor_number(one)) if one else redirect("desk:place", message.id)
