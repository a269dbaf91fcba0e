"""What goes out: one line for one message to one recipient, with its state and what can be done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.core.times import full_time, moments, short_times
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk, refuse, way_back
from vikno.desk.pages import capped_count, walk
from vikno.dialogs import deliveries
from vikno.dialogs.delivery_words import Code, code_of, explain, state_word, too_late, waits_for_limit
from vikno.dialogs.models import Delivery
from vikno.journal import acts
from vikno.staff.rights import Right, require
from vikno.tickets import access
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.sending_again import send_again
from vikno.tickets.models import Link, Ticket
from vikno.tickets.subjects import subject_words

STATES = {
    "all": tuple(Delivery.State.values),
    "waiting": ("queued", "sending"),
    "doubtful": ("doubtful",),
    "failed": ("refused", "bounced"),
    "sent": ("sent",),
    "cancelled": ("cancelled",),
}
SHOWN = {"queued": "waiting", "sending": "sending", "sent": "sent", "refused": "failed", "bounced": "failed",
         "doubtful": "doubtful", "cancelled": "cancelled"}  # fmt: skip


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """Deliveries by state. Without one all of them; or first those that wait for a word, if there are any."""
    require(request.desk.viewer, Right.LEDGER)
    state = request.GET.get("state", "") or shell.undelivered(request.desk.viewer)[1].rpartition("=")[2]
    state = state if state in STATES else "all"
    rows = _of_state(Delivery.objects.select_related("message__agent__person", "identity", "channel"), state)
    found, newer, older = walk(request, rows, ("state",))
    stuck = Delivery.objects.filter(state=Delivery.State.QUEUED, reason__startswith=Code.NO_RELAY).exists()
    trouble = (
        _("Nobody has said how letters leave. They wait here and lie as files in the data folder.") if stuck else ""
    )
    context = {
        "deliveries": _draw(request, found), "states": _tabs(state), "newer_url": newer, "older_url": older,
        "nothing": _nothing(state),
        "trouble": trouble, "trouble_url": reverse("desk:channels"), "trouble_action": _("Set up sending"),
    }  # fmt: skip
    return render(request, "desk/outbox.html", shell.context(request, "outbox") | context)


def _of_state(rows: QuerySet[Delivery], state: str) -> QuerySet[Delivery]:
    return rows if state == "all" else rows.filter(state__in=STATES[state])


def _nothing(state: str) -> tuple[str, str]:
    """What an empty page says."""
    if state == "waiting":
        return _("Nothing waits here"), _("Everything that was to go out has gone.")
    if state in ("all", "sent"):
        return _("Nothing has left yet"), _("What is written to customers stands here, with what became of it.")
    if state == "cancelled":
        return _("Nothing was taken back"), _("Letters that somebody stopped before they left stand here.")
    return _("Nothing needs you here"), _("As far as is known, every letter that left has arrived.")


def _tabs(current: str) -> list[tuple[str, str, str, str, bool]]:
    here = reverse("desk:outbox")
    words = {"all": _("All"), "waiting": _("Not gone yet"), "doubtful": _("Doubtful"),
             "failed": _("Refused or came back"), "sent": _("Sent"), "cancelled": _("Taken back")}  # fmt: skip
    return [
        (
            state,
            word,
            capped_count(_of_state(Delivery.objects.all(), state))
            if state in ("waiting", "doubtful", "failed")
            else "",
            f"{here}?{urlencode({'state': state})}",
            state == current,
        )
        for state, word in words.items()
    ]


def _draw(request: DeskRequest, rows: list[Delivery]) -> list[dict[str, Any]]:
    """Subjects and tickets are shown as far as the viewer may see them: a delivery is no way round that."""
    links = Link.objects.filter(message_id__in=[row.message_id for row in rows], ended_act=None)
    pairs = list(links.order_by("id").values_list("message_id", "ticket_id"))
    seen = access.contributing(request.desk.viewer, {ticket for _, ticket in pairs})
    # A message may belong to several tickets: one that may be read is enough.
    of_message = {message: ticket for message, ticket in pairs if ticket in seen}
    tickets = {ticket.id: ticket for ticket in Ticket.objects.filter(id__in=seen)}
    zone, language = request.desk.zone, translation.get_language() or "en"
    drawn, unseen = [], _("A request that you may not see")
    for row in rows:
        ticket = tickets.get(of_message.get(row.message_id, 0))
        agent, advice = row.message.agent, _advice(row) if ticket else ""
        drawn.append({
            "id": row.id, "recipient": row.identity.shown if ticket else "…", "state": SHOWN[row.state],
            "subject": (row.message.subject or subject_words(ticket.subject)) if ticket else unseen,
            "ticket": ticket.number if ticket else None,
            "ticket_url": reverse("desk:ticket", args=[ticket.number]) if ticket else "",
            "channel": row.channel.name, "agent": agent.person.name if agent else "",
            "state_word": state_word(row.state, row.reason), "tries": row.attempts,
            "advice": advice, "reason": _reason(row, advice) if ticket else "",
            "next_text": _next(row, moments(zone, language)),
            "when_iso": row.created_at.isoformat(timespec="seconds"),
            "when_text": short_times(zone, language)(row.created_at),
            "when_full": full_time(row.created_at, zone, language), "acts": _acts(row) if ticket else [],
        })  # fmt: skip
    return drawn


def _reason(row: Delivery, advice: str) -> str:
    """What is known of it. Below an advice the other side's own words are enough."""
    return row.reason if advice and code_of(row.reason) is None else explain(row)


def _next(row: Delivery, moment: Callable[[datetime], str]) -> str:
    """When it goes, or is tried again; "" if that is at once, or never."""
    if row.state != Delivery.State.QUEUED or not (row.attempts or waits_for_limit(row)):
        return ""
    return _("goes at %(time)s") % {"time": moment(row.not_before)}


def _acts(row: Delivery) -> list[tuple[str, str, str]]:
    """What a person's word may do: a failed letter is tried again or set aside, a doubtful one needs a word either way,
    one that waits may be stopped; what was set aside or stopped may leave after all."""
    again = (reverse("desk:delivery_act", args=[row.id, "repeat"]), "refresh-cw", _("Send again"))
    leave = reverse("desk:delivery_act", args=[row.id, "give-up"])
    if row.state == Delivery.State.DOUBTFUL:
        return [again, (reverse("desk:delivery_act", args=[row.id, "arrived"]), "check", _("It arrived, leave it"))]
    if row.state in (Delivery.State.REFUSED, Delivery.State.BOUNCED):
        return [again, (leave, "check", _("Set aside"))]
    if row.state == Delivery.State.CANCELLED and row.message.unsent_at is None and deliveries.known_absent(row):
        return [again]
    return [(leave, "ban", _("Do not send"))] if row.state == Delivery.State.QUEUED else []


def _advice(row: Delivery) -> str:
    """What to do about a letter that did not arrive, in one sentence; "" where there is nothing to do."""
    if row.state not in (Delivery.State.REFUSED, Delivery.State.BOUNCED):
        return ""
    if row.identity.is_gone:
        return _("There is no such mailbox: open the request and answer to another address, or call.")
    known = {
        "full": _("The mailbox is full: send it again in some days, or write to another address."),
        "complaint": _("The recipient called letters from here spam: write again only if they wish so."),
    }
    return known.get(row.identity.failed_as, "")


@require_POST
@desk
def act(request: DeskRequest, delivery_id: int, verb: str) -> HttpResponse:
    """A person's word on a delivery: send it again, it is there, or let it be."""
    access.must_write(request.desk.viewer)
    delivery = get_object_or_404(Delivery, id=delivery_id)
    access.message_for(request.desk.viewer, delivery.message_id)
    verbs = {
        "repeat": (send_again, _("It is sent again.")),
        "arrived": (deliveries.arrived, _("It counts as sent now.")),
        "give-up": (deliveries.give_up, _("It is not sent any more, and stands under “Taken back”.")),
    }
    if verb not in verbs:
        return refuse(request, _("There is no such page."), 404)
    run, words = verbs[verb]
    try:
        run(delivery, by=acts.agent(request.desk.agent.id))
    except deliveries.NotNow as refused:
        messages.error(request, too_late(str(refused)))
    except Invalid as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, words)
    return redirect(way_back(request, "desk:outbox"))
