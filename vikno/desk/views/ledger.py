"""What came in and what became of it, for leads: nothing is lost, and one can see it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.core.files import MissingFile
from vikno.core.sizes import size_words
from vikno.core.times import full_time, short_times
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk, refuse, way_back
from vikno.desk.pages import capped_count, walk
from vikno.desk.views import held
from vikno.intake import actions, finding, ledger, queries, reasons
from vikno.intake.access import NoSuchEntry, entry_for, named_tickets
from vikno.intake.models import Fate, Inbound
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.staff.access import Viewer, as_customer
from vikno.staff.rights import Right, require
from vikno.tickets.access import loose_among, own_requests
from vikno.tickets.models import Ticket

TOKEN = re.compile(r"\+t\.[^@]*@", re.IGNORECASE)  # behind it stands what lets an answer in


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """The ledger, newest first, by fate and by words; each sees what concerns them."""
    viewer = request.desk.viewer
    require(viewer, Right.LEDGER)
    fate, q = request.GET.get("fate", ""), request.GET.get("q", "").replace("\0", "").strip()[:200]
    rows, own = queries.entries_with_own(viewer, fate=fate, words=q)
    entries, newer, older = walk(request, _with_all(rows), ("fate", "q"))
    tickets = named_tickets(viewer, entries)
    mine = _own_urls(viewer, own, entries) if own is not None else {}
    loose = loose_among(viewer, {entry.message_id for entry in entries if entry.message_id})
    context = {
        "entries": [_entry(request, entry, tickets, loose, own_url=mine.get(entry.id, "")) for entry in entries],
        "fates": _tabs(viewer, fate, q),
        "q": q, "newer_url": newer, "older_url": older,
    }  # fmt: skip
    return render(request, "desk/ledger.html", shell.context(request, "ledger") | context)


def _with_all(rows: QuerySet[Inbound]) -> QuerySet[Inbound]:
    """What a line tells beside the entry: its request, who forwarded it, to which of our addresses it came."""
    return rows.select_related("ticket").annotate(
        forwarded_by=F("message__trust__forwarded_by"), written_to=F("message__dialog__address__address")
    )


def _recipient(entry: Inbound) -> str:
    """To which addresses it came; of what lay in a mailbox, to which of ours it was written."""
    named = entry.envelope_to[:3] or [one for one in (getattr(entry, "written_to", None),) if one]
    return ", ".join(TOKEN.sub("+…@", one) for one in named)


def _sender(entry: Inbound) -> str:
    """Whose letter it is taken for, after the colleague who forwarded it."""
    sender = entry.sender or entry.envelope_from or _("unknown")
    colleague = finding.forwarder(entry)
    return f"{colleague} → {sender}" if colleague else sender


def _own_urls(viewer: Viewer, own: QuerySet[Inbound], entries: Collection[Inbound]) -> dict[int, str]:
    """Of those of these entries that the viewer wrote as a customer, by id, where they read what they asked for."""
    found = dict(own.filter(id__in=[one.id for one in entries]).values_list("id", "ticket_id"))
    asked = own_requests(as_customer(viewer)).filter(id__in=[one for one in found.values() if one])
    urls = {pk: reverse("desk:own_request", args=[number]) for pk, number in asked.values_list("id", "number")}
    return {entry: urls.get(ticket, reverse("desk:own_requests")) for entry, ticket in found.items()}


def _tabs(viewer: Viewer, current: str, q: str) -> list[tuple[str, str, str, str, bool]]:
    """All, and each fate that a person may have to look at; these are counted."""
    here = reverse("desk:ledger")
    tabs = [("", _("All"), ""), ("waiting", _("Not handled yet"), "1"), ("held", _("Held"), "1"),
            ("suspected", _("Suspected"), "1"), ("failed", _("Failed"), "1"), ("refused", _("Blocked"), ""),
            ("bounce", _("Came back"), ""), ("duplicate", _("Duplicates"), "")]  # fmt: skip
    return [
        (
            value,
            word,
            capped_count(queries.entries(viewer, fate=value)) if counted else "",
            f"{here}?{urlencode({k: v for k, v in (('fate', value), ('q', q)) if v})}",
            value == current,
        )
        for value, word, counted in tabs
    ]


def fate_words() -> dict[str, str]:
    return {
        "": _("waits"), Fate.TICKET: _("new ticket"), Fate.REPLY: _("joined a ticket"), Fate.HELD: _("held"),
        Fate.SUSPECTED: _("suspected"), Fate.DUPLICATE: _("duplicate"), Fate.BOUNCE: _("came back"),
        Fate.REFUSED: _("blocked"), Fate.FAILED: _("failed"),
    }  # fmt: skip


def _entry(
    request: DeskRequest, entry: Inbound, tickets: set[int], loose: dict[int, bool], *, own_url: str
) -> dict[str, Any]:
    """`loose`: the messages that belong to no ticket now and stand on no other page, each with whether it may be
    read. `own_url`: where the viewer, who wrote it as a customer, reads it; no more is told than what became of it."""
    zone, language = request.desk.zone, translation.get_language() or "en"
    kinds = {"automatic": _("automatic"), "list": _("mailing list"), "spam": _("spam"), "thanks": _("thanks")}
    message = entry.message_id or 0
    may_place = request.desk.viewer.may_write and loose.get(message, False)
    ticket = entry.ticket if entry.ticket_id in tickets else None
    drawn: dict[str, Any] = {
        "id": entry.id, "when_iso": entry.received_at.isoformat(timespec="seconds"),
        "when_text": short_times(zone, language)(entry.received_at),
        "when_full": full_time(entry.received_at, zone, language), "channel": entry.channel.name,
        "sender": _sender(entry), "recipient": _recipient(entry), "subject": entry.subject,
        "size_text": size_words(entry.size), "fate": entry.fate or "waiting",
        "fate_word": fate_words()[entry.fate], "reason": reasons.words(entry.reason),
        "kind_word": kinds.get(entry.kind, ""), "ticket": ticket.number if ticket else None,
        "ticket_url": reverse("desk:ticket", args=[ticket.number]) if ticket else "",
        "raw_url": reverse("desk:ledger_raw", args=[entry.id]), "acts": _acts(entry, ticket),
        "loose": message in loose, "place_url": reverse("desk:place", args=[message]) if may_place else "",
        "own_url": "",
    }  # fmt: skip
    if own_url:
        drawn |= {"reason": "", "kind_word": "", "ticket": None, "ticket_url": "", "raw_url": "", "acts": [],
                  "sender": entry.sender, "loose": False, "place_url": "", "own_url": own_url}  # fmt: skip
    return drawn


def _acts(entry: Inbound, ticket: Ticket | None) -> list[tuple[str, str, str]]:
    acts_ = []
    if entry.fate == Fate.SUSPECTED:
        if ticket is not None:
            words = _("Join to #%(number)s") % {"number": ticket.number}
            acts_.append((reverse("desk:suspected_act", args=[entry.id, "join"]), "git-merge", words))
        acts_.append((reverse("desk:suspected_act", args=[entry.id, "apart"]), "plus", _("New request")))
    if entry.fate == Fate.HELD:
        acts_.append((reverse("desk:ledger_act", args=[entry.id, "let-in"]), "check", _("Let in")))
    if entry.fate in (Fate.HELD, Fate.SUSPECTED):
        acts_.append((reverse("desk:ledger_act", args=[entry.id, "block"]), "ban", _("Block the sender")))
    if entry.fate == Fate.FAILED:
        acts_.append((reverse("desk:ledger_act", args=[entry.id, "retry"]), "refresh-cw", _("Try again")))
    return acts_


@require_POST
@desk
def act(request: DeskRequest, entry_id: int, verb: str) -> HttpResponse:
    """Let in, block, or try again."""
    require(request.desk.viewer, Right.LEDGER)
    try:
        entry = entry_for(request.desk.viewer, entry_id)
    except NoSuchEntry:
        return refuse(request, _("There is nothing here, or nothing that you may see."), 404)
    by = acts.agent(request.desk.agent.id)
    verbs: dict[str, Callable[[Inbound, Act], Any]] = {
        "let-in": actions.let_in,
        "block": actions.block,
        "retry": ledger.retry,
    }
    if verb not in verbs:
        return refuse(request, _("There is no such page."), 404)
    try:
        verbs[verb](entry, by)
    except actions.NotPossible as reason:
        return refuse(request, str(reason), 409)
    except MissingFile:
        return refuse(request, _gone(entry), 410)
    if verb == "retry":
        messages.success(request, _("It is tried again now. If it fails again, it stays here."))
    else:
        held.say(request, verb, 1, [], by.id)
    return redirect(way_back(request, "desk:ledger"))


@require_safe
@desk
def raw(request: DeskRequest, entry_id: int) -> HttpResponse:
    """The letter as it came, as a download. It may hold what its ticket hides, so sight of that ticket is asked."""
    require(request.desk.viewer, Right.LEDGER)
    try:
        entry = entry_for(request.desk.viewer, entry_id)
    except NoSuchEntry:
        return refuse(request, _("There is nothing here, or nothing that you may see."), 404)
    try:
        content = ledger.raw_bytes(entry)
    except MissingFile:
        return refuse(request, _gone(entry), 410)
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="letter-{entry.id}.eml"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _gone(entry: Inbound) -> str:
    if entry.erased_at is not None or entry.file_id is None:
        return _("The letter itself is gone: it was kept as long as letters are kept here, or erased for its sender.")
    return _("The letter itself is missing from the store of files. Copy the folder “files” back from a backup.")
