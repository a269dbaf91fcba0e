"""From events to what a viewer is told: which tickets changed, and which of them this viewer sees."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from vikno.core import rows
from vikno.journal.readers import EventRow
from vikno.journal.vocabulary import Verb
from vikno.staff.access import Face, Viewer
from vikno.tickets.access import contributing, survivor_id
from vikno.tickets.actions.changing import fields_of
from vikno.tickets.directory import directory
from vikno.tickets.models import SavedView, Ticket

# After events of these kinds somebody may see more or less than before.
RIGHTS = ("agent.", "team.", "person.joined", "person.unjoined", "setting.")
# Fields of a ticket that no built-in list asks about: its badge stays what it is, whatever becomes of them. A view may.
UNCOUNTED = frozenset({"priority", "category", "type", "language", "tags"})
Place = tuple[int, int]  # where agents are: the id of a ticket and 0, or 0 and that of a dialog


@dataclass(frozen=True, slots=True)
class Fact:
    """What of a ticket decides who sees it, and on which lists it stands."""

    ticket_id: int
    number: int
    team_id: int
    agent_id: int | None
    restricted: bool
    requester_id: int


@dataclass(frozen=True, slots=True)
class Change:
    """One event at one ticket: as it is now; as it was, if that decided otherwise; and the ticket that shows it."""

    event_id: int
    now: Fact
    before: Fact | None = None
    shown_in: Fact | None = None  # the survivor, if this one was merged
    counted: bool = True  # whether a badge may say something else now


def facts(ticket_ids: Iterable[int]) -> dict[int, Fact]:
    """The facts of these tickets, in one query."""
    columns = ("id", "number", "team_id", "agent_id", "restricted", "requester_id")
    found = Ticket.objects.filter(id__in=set(ticket_ids)).values_list(*columns)
    return {row[0]: Fact(*row) for row in found}


def gather(events: Sequence[EventRow]) -> list[Change]:
    """All changes of tickets in these events."""
    ids = {ticket for event in events for ticket, _ in event.tickets}
    if not ids:
        return []
    into = _survivors(ids)
    known = facts(ids | set(into.values()))
    changes = []
    then = dict(known)  # each ticket as the event now looked at left it: from the newest one backwards
    for event in reversed(events):
        for ticket, _ in reversed(event.tickets):
            if ticket in known:
                before = _before(then[ticket], event)
                then[ticket] = before or then[ticket]
                shown = known.get(into.get(ticket, 0))
                changes.append(Change(event.id, known[ticket], before, shown, _counts(event, ticket)))
    return changes[::-1]


def _survivors(ticket_ids: Collection[int]) -> dict[int, int]:
    """The tickets that show those of these that were merged."""
    merged = Ticket.objects.filter(id__in=ticket_ids, merged_into__isnull=False)
    return {ticket: survivor_id(ticket) for ticket in merged.values_list("id", flat=True)}


_IN_DIALOGS = """
SELECT DISTINCT t.id, t.number, t.merged_into_id FROM dialogs_message m
JOIN tickets_link k ON k.message_id = m.id AND k.ended_act IS NULL JOIN tickets_ticket t ON t.id = k.ticket_id
WHERE m.dialog_id IN ({slots})"""


def around(places: Iterable[Place], numbers: Collection[int]) -> list[Change]:
    """At which of the tickets of these numbers somebody came or went: at the ticket itself, or in a dialog of which it
    holds something. Each as a change of what the viewer has to see for it: the ticket whose message is in that dialog,
    shown in one of these or one of these itself."""
    at = list(places)
    ids = {ticket for ticket, dialog in at if not dialog}
    if dialogs := [dialog for _, dialog in at if dialog]:
        there = rows.run(_IN_DIALOGS.format(slots=rows.places(dialogs)), *dialogs)
        ids |= {ticket for ticket, number, into in there if into is not None or number in numbers}
    into = _survivors(ids)
    known = facts(ids | set(into.values()))
    found = [Change(0, known[ticket], None, known.get(into.get(ticket, 0))) for ticket in ids if ticket in known]
    return [one for one in found if one.now.number in numbers or (one.shown_in and one.shown_in.number in numbers)]


def _before(then: Fact, event: EventRow) -> Fact | None:
    """The ticket as the event found it, where that decided on sight or lists; its delta holds [before, after]."""
    changed = fields_of(event.delta, then.ticket_id)
    # A ticket that has just been made was nothing before: its first team has none to come from.
    if event.verb == Verb.TICKET_CREATED or not changed.keys() & {"team", "agent", "restricted"}:
        return None
    return replace(
        then,
        team_id=changed.get("team", [then.team_id])[0],
        agent_id=changed.get("agent", [then.agent_id])[0],
        restricted=bool(changed.get("restricted", [then.restricted])[0]),
    )


def _counts(event: EventRow, ticket_id: int) -> bool:
    """Whether an event may change what badges say. One that says nothing of what it changed may; that the ticket moved
    up in lists is no more than its place there."""
    changed = fields_of(event.delta, ticket_id).keys() - {"updated_at"}
    return not changed or any(name not in UNCOUNTED and not name.startswith("field.") for name in changed)


def has_views(viewer: Viewer) -> bool:
    """Whether the viewer has views of their own making, or of their teams: their badges follow any field. May be some
    seconds late."""
    return any(
        audience == SavedView.Audience.ALL or team in viewer.teams or agent == viewer.agent_id
        for _pk, _name, audience, team, agent in directory().views
    )


def surely_sees(viewer: Viewer, fact: Fact) -> bool:
    """A quick yes for the ordinary cases: a ticket of a team that the viewer reads, or that is the viewer's own. All
    else is asked of vikno.tickets.access."""
    if viewer.face != Face.DESK or viewer.only_teams or fact.requester_id in viewer.persons:
        return False
    reads = viewer.sees_all_teams or fact.team_id in viewer.readable
    own = viewer.agent_id is not None and fact.agent_id == viewer.agent_id
    if fact.restricted:
        return (reads or fact.team_id in viewer.guest) and (own or fact.team_id in viewer.leads)
    return reads or (own and fact.team_id in viewer.guest)


def seen_by(viewer: Viewer, changes: Sequence[Change]) -> list[Change]:
    """Those of the changes that the viewer may be told of: of tickets seen now, or seen until this very change (their
    list must let go of them). A survivor is named only to who sees both."""
    unsure = {
        fact.ticket_id
        for change in changes
        for fact in (change.now, change.shown_in)
        if fact is not None and not surely_sees(viewer, fact)
    }
    allowed = contributing(viewer, unsure) if unsure else set()
    told = []
    views = any(not change.counted for change in changes) and has_views(viewer)
    for change in changes:
        if views and not change.counted:
            change = replace(change, counted=True)
        if surely_sees(viewer, change.now) or change.now.ticket_id in allowed:
            shown = change.shown_in
            if shown is not None and not surely_sees(viewer, shown) and shown.ticket_id not in allowed:
                shown = None
            told.append(replace(change, shown_in=shown))
        elif change.before is not None and surely_sees(viewer, change.before):
            told.append(replace(change, shown_in=None))
    return told


def concerns(key: str, viewer: Viewer, change: Change) -> bool:
    """Whether a list may look different after a change. Keys that are not known here may always."""
    if key == "counts":
        return change.counted
    states = [change.now] if change.before is None else [change.now, change.before]
    if key == "mine":
        return any(fact.agent_id == viewer.agent_id for fact in states)
    if key == "unassigned":
        return any(fact.agent_id is None for fact in states)
    if key.startswith("team:"):
        return any(str(fact.team_id) == key[5:] for fact in states)
    return True
