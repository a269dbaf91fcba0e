"""What is kept back until a person says so: who wrote, what about, why it is held, and the one click that decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from vikno.core.files import MissingFile
from vikno.core.text import whole_number
from vikno.core.times import full_time, short_times
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk, refuse, way_back
from vikno.desk.pages import capped_count, walk
from vikno.intake import actions, queries, reasons
from vikno.intake.access import NoSuchEntry, entry_for
from vikno.intake.models import Fate, Inbound
from vikno.journal import acts
from vikno.people.models import Identity
from vikno.staff.rights import Right, require
from vikno.tickets import access
from vikno.tickets.models import Ticket
from vikno.tickets.subjects import subject_words

MOST_AT_ONCE = 100  # letters that one click decides about


def tabs(request: DeskRequest, current: str) -> list[tuple[str, str, str, bool]]:
    """The three pages of this place."""
    held = capped_count(queries.entries(request.desk.viewer, fate=Fate.HELD))
    pages = [("held", _("Held letters"), held), ("blocked", _("Blocked senders"), ""),
             ("spam_tickets", _("Marked as spam by agents"), "")]  # fmt: skip
    return [(word, count, reverse(f"desk:{name}"), name == current) for name, word, count in pages]


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """Held letters, newest first; of one sender alone if the address says so."""
    viewer = request.desk.viewer
    require(viewer, Right.LEDGER)
    sender = request.GET.get("sender", "").replace("\0", "")[:320]
    rows = queries.entries(viewer, fate=Fate.HELD)
    entries, newer, older = walk(request, rows.filter(sender=sender) if sender else rows, ("sender",))
    context = {
        "tabs": tabs(request, "held"), "entries": _drawn(request, entries), "sender": sender,
        "newer_url": newer, "older_url": older,
    }  # fmt: skip
    return render(request, "desk/held.html", shell.context(request, "held") | context)


def _drawn(request: DeskRequest, entries: list[Inbound]) -> list[dict[str, Any]]:
    zone, language = request.desk.zone, translation.get_language() or "en"
    short = short_times(zone, language)
    senders = {entry.sender for entry in entries if entry.sender}
    held = queries.held_of_senders(request.desk.viewer, senders)
    known = Identity.objects.filter(kind=Identity.Kind.EMAIL, value__in=senders).select_related("person")
    names = {one.value: one.person.name for one in known}
    return [
        {
            "id": entry.id, "sender": entry.sender or entry.envelope_from or _("unknown"),
            "name": names.get(entry.sender) or entry.name, "excerpt": entry.excerpt, "subject": entry.subject,
            "channel": entry.channel.name, "reason": reasons.words(entry.reason),
            "when_iso": entry.received_at.isoformat(timespec="seconds"),
            "when_text": short(entry.received_at), "when_full": full_time(entry.received_at, zone, language),
            "others": held.get(entry.sender, 1) - 1, "sender_key": entry.sender,
            "raw_url": reverse("desk:ledger_raw", args=[entry.id]),
        }
        for entry in entries
    ]  # fmt: skip


@require_POST
@desk
def act(request: DeskRequest) -> HttpResponse:
    """Let in or block what was ticked, or the one whose button was pressed; all of it one act, undone as one."""
    require(request.desk.viewer, Right.LEDGER)
    verb, _colon, one = request.POST.get("one", "").partition(":")
    chosen = [one] if one else request.POST.getlist("entry")
    verb = verb or request.POST.get("act", "")
    verbs: dict[str, Callable[[Inbound, acts.Act], Any]] = {"let-in": actions.let_in, "block": actions.block}
    if verb not in verbs:
        return refuse(request, _("The page asked for something unknown. Load it again."), 400)
    by, done, refused = acts.agent(request.desk.agent.id), 0, []
    for number in [n for n in map(whole_number, chosen) if n is not None][:MOST_AT_ONCE]:
        try:
            verbs[verb](entry_for(request.desk.viewer, number), by)
            done += 1
        except (NoSuchEntry, actions.NotPossible):
            refused.append(_("One was decided about by somebody else meanwhile."))
        except MissingFile:
            refused.append(_("Of one the letter itself is gone, so it cannot be let in."))
    say(request, verb, done, refused, by.id)
    return redirect(way_back(request, "desk:held"))


def say(request: DeskRequest, verb: str, done: int, refused: list[str], act_id: int) -> None:
    """What one click decided ("let-in" or "block"), and the way to take it back."""
    words = {
        "let-in": ngettext("%(num)s letter let in.", "%(num)s letters let in.", done),
        "block": ngettext(
            "%(num)s letter refused, its sender is blocked.", "%(num)s letters refused, senders are blocked.", done
        ),
    }[verb] % {"num": done}  # fmt: skip
    if not done:
        words = _("Nothing was changed: tick the letters first.") if not refused else ""
    said = " ".join([words, *dict.fromkeys(refused)]).strip()
    undo_url = reverse("desk:held_undo", args=[act_id]) if done else ""
    level = messages.ERROR if refused or not done else messages.SUCCESS
    messages.add_message(request, level, said, extra_tags=undo_url)


@require_POST
@desk
def undo(request: DeskRequest, act_id: int) -> HttpResponse:
    """Take back what one click decided."""
    require(request.desk.viewer, Right.LEDGER)
    by = acts.agent(request.desk.agent.id)
    try:
        count = actions.take_back(act_id, request.desk.agent.id, by)
    except actions.NotPossible as reason:
        messages.error(request, str(reason))
    else:
        messages.success(
            request,
            ngettext("Taken back for %(num)s letter.", "Taken back for %(num)s letters.", count) % {"num": count},
        )
    if request.htmx:  # the button of a toast: the page below it has to show what is held again
        return HttpResponse(headers={"HX-Redirect": resolve_url(way_back(request, "desk:held"))})
    return redirect(way_back(request, "desk:held"))


@require_safe
@desk
def tickets(request: DeskRequest) -> HttpResponse:
    """Tickets that agents marked as spam, as far as the viewer sees them; each can be unmarked on its own page."""
    viewer = request.desk.viewer
    require(viewer, Right.LEDGER)
    rows = access.tickets_for(viewer).filter(spam_at__isnull=False).select_related("identity")
    found, newer, older = walk(request, rows, ())
    context = {
        "tabs": tabs(request, "spam_tickets"), "rows": [_spam_row(request, one) for one in found],
        "newer_url": newer, "older_url": older,
    }  # fmt: skip
    return render(request, "desk/spam_tickets.html", shell.context(request, "held") | context)


def _spam_row(request: DeskRequest, ticket: Ticket) -> dict[str, Any]:
    zone, language = request.desk.zone, translation.get_language() or "en"
    at = ticket.spam_at or ticket.created_at
    return {
        "number": ticket.number, "subject": subject_words(ticket.subject),
        "url": reverse("desk:ticket", args=[ticket.number]),
        "sender": ticket.identity.shown if ticket.identity else "", "version": ticket.version,
        "change_url": reverse("desk:change", args=[ticket.number]), "when_iso": at.isoformat(timespec="seconds"),
        "when_text": short_times(zone, language)(at), "when_full": full_time(at, zone, language),
    }  # fmt: skip
