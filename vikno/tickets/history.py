"""Events as lines of a time line: what happened, in the reader's language. Words are looked up by the ids events
hold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vikno.core import clock
from vikno.core.times import day_alone, moments
from vikno.journal.vocabulary import Verb
from vikno.staff.access import Viewer
from vikno.tickets import access, asked
from vikno.tickets.actions.changing import fields_of
from vikno.tickets.directory import directory
from vikno.tickets.models import Relation, Tag, Ticket

# What messages and notes show by themselves, or what only concerns the machine.
SILENT = frozenset({Verb.MESSAGE_RECEIVED, Verb.MESSAGE_SENT, Verb.NOTE_ADDED, Verb.NOTE_EDITED})
MOST = 200  # events looked at for one page of a time line


@dataclass(slots=True)
class Line:
    at: datetime
    icon: str
    text: str
    event_id: int


@dataclass(slots=True)
class Names:
    """Names of all that events of one page point to."""

    found: dict[str, dict[int, str]] = field(default_factory=dict)

    def of(self, kind: str, key: Any) -> str:
        return self.found.get(kind, {}).get(key, "?") if key is not None else ""


class Told(NamedTuple):
    """What of an event its line is made from."""

    id: int
    at: datetime
    verb: str
    actor_kind: str
    actor_id: int | None


_EVENTS = f"""
SELECT e.id, e.at, e.verb, e.actor_kind, e.actor_id, e.delta, c.ticket_id
FROM (
    SELECT event_id, ticket_id FROM journal_eventticket WHERE ticket_id IN ({{}}) ORDER BY event_id DESC LIMIT {MOST}
) c JOIN journal_event e ON e.id = c.event_id WHERE 1 = 1 {{}} ORDER BY e.id DESC
"""

# What needs no more than the event's verb.
SIMPLE: dict[str, tuple[str, Any]] = {
    Verb.TICKET_CREATED: ("plus", gettext_lazy("ticket opened")),
    Verb.TICKET_RENAMED: ("pencil", gettext_lazy("subject or description changed")),
    Verb.TICKET_SPLIT: ("split", gettext_lazy("messages taken out into a ticket of their own")),
    Verb.TICKET_DELETED: ("trash-2", gettext_lazy("put into the bin")),
    Verb.TICKET_RESTORED: ("rotate-ccw", gettext_lazy("taken out of the bin")),
    Verb.TICKET_OPENED_ANYWAY: ("eye", gettext_lazy("opened anyway by the owner")),
    Verb.TICKET_ACCOUNT_LET_PASS: ("shield-alert", gettext_lazy("had this account matter handled without a proof")),
    Verb.TICKET_FOLLOWED: ("bell", gettext_lazy("follows now")),
    Verb.TICKET_UNFOLLOWED: ("bell", gettext_lazy("follows no longer")),
    Verb.MESSAGE_UNSENT: ("undo-2", gettext_lazy("answer taken back before it left")),
    Verb.MESSAGE_LINKED: ("link", gettext_lazy("a message linked to this ticket")),
    Verb.MESSAGE_UNLINKED: ("link", gettext_lazy("a message no longer linked to this ticket")),
    Verb.MESSAGE_HIDDEN: ("eye-off", gettext_lazy("a message was hidden, as its author wishes")),
    Verb.MESSAGE_SHOWN: ("eye", gettext_lazy("a message can be read again")),
    Verb.MESSAGE_CONFIRMED: (
        "shield-check",
        gettext_lazy("confirmed by a link to this address that it was they who asked"),
    ),
    Verb.MESSAGE_JUDGED: ("message-circle", gettext_lazy("said what kind of message this is")),
    Verb.DELIVERY_REFUSED: ("circle-x", gettext_lazy("a message was refused by the other side")),
    Verb.DELIVERY_BOUNCED: ("undo-2", gettext_lazy("a message came back")),
    Verb.DELIVERY_DOUBTFUL: ("triangle-alert", gettext_lazy("a message may not have arrived")),
}

_KINDS: dict[str, Any] = {"tags": (Tag, "name")}  # the rest is in the directory, or the reader's to see
_MERGES: dict[str, tuple[Any, Any, Any]] = {  # which one, into which: seen both, the second alone, the first alone
    Verb.TICKET_MERGED: (
        gettext_lazy("#%(one)s was merged into #%(into)s"),
        gettext_lazy("a request that you may not see was merged into #%(into)s"),
        gettext_lazy("#%(one)s was merged into a request that you may not see"),
    ),
    Verb.TICKET_UNMERGED: (
        gettext_lazy("#%(one)s was taken out of #%(into)s again"),
        gettext_lazy("a request that you may not see was taken out of #%(into)s again"),
        gettext_lazy("#%(one)s was taken out of a request that you may not see"),
    ),
}

_BONDS: dict[str, Any] = {  # the first of two says it of the second
    Relation.Kind.FOLLOWS: gettext_lazy("#%(one)s goes on from #%(of)s"),
    Relation.Kind.CHILD: gettext_lazy("#%(one)s is a part of #%(of)s"),
    Relation.Kind.DUPLICATE: gettext_lazy("#%(one)s is a duplicate of #%(of)s"),
    Relation.Kind.RELATED: gettext_lazy("#%(one)s and #%(of)s are related"),
    Relation.Kind.CAUSED_BY: gettext_lazy("#%(one)s is caused by #%(of)s"),
}
_BOND_VERBS = frozenset({Verb.TICKET_RELATED, Verb.TICKET_UNRELATED})


def lines(
    viewer: Viewer,
    ticket_ids: Sequence[int],
    since: datetime | None = None,
    *,
    zone: str = "UTC",
    days_zone: str = "UTC",
) -> list[Line]:
    """What happened to these tickets, which the viewer reads, oldest first, since an instant; instants as they are in
    the reader's zone, days without an hour in that of the team. Other tickets are named if the viewer sees them. At
    most five queries, however many events."""
    if not ticket_ids:
        return []
    edge = "" if since is None else "AND e.at >= %s"
    params = [*ticket_ids, *([] if since is None else [connection.ops.adapt_datetimefield_value(since)])]
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS.format(", ".join(["%s"] * len(ticket_ids)), edge), params)
        found = {row[0]: row for row in cursor.fetchall()}  # of several tickets, an event is told once
    rows = []
    for event_id, at, verb, actor_kind, actor_id, delta, ticket_id in reversed(found.values()):
        if verb not in SILENT:
            event = Told(event_id, at if at.tzinfo else at.replace(tzinfo=UTC), verb, actor_kind, actor_id)
            rows.append((event, _changes(verb, json.loads(delta) if isinstance(delta, str) else delta, ticket_id)))
    rows = _with_bonds(rows)
    names = _look_up(rows)
    names.found["ticket"] = _numbers(viewer, ticket_ids, rows)
    told = []
    for event, changes in rows:
        words = _words(event, changes, names, (zone, days_zone))
        if words:
            icon, text = words
            who = _who(event, changes, names)
            told.append(Line(event.at, icon, f"{who}: {text}" if who else text, event.id))
    return told


def _changes(verb: str, delta: Mapping[str, Any], ticket_id: int) -> Mapping[str, Any]:
    """What an event says of one ticket; a merge says the same of both: which one, into which."""
    if verb in _MERGES:
        for one, changed in delta.get("tickets", {}).items():
            if "merged_into" in changed:
                before, after = changed["merged_into"]
                return {"others": [int(one), after or before]}
    if verb == Verb.TICKET_CAUSE_CLOSED:
        return {"others": [delta["cause"][1]]}
    return fields_of(delta, ticket_id)


def _with_bonds(rows: list[tuple[Told, Mapping[str, Any]]]) -> list[tuple[Told, Mapping[str, Any]]]:
    """The same, with the two tickets of each link that events tell of, and its kind."""
    ids = {pk for event, changes in rows if event.verb in _BOND_VERBS for pk in changes.get("relation", ()) if pk}
    if not ids:
        return rows
    known = {one.id: one for one in Relation.objects.filter(id__in=ids)}
    found: list[tuple[Told, Mapping[str, Any]]] = []
    for event, changes in rows:
        bond = next((known[pk] for pk in changes.get("relation", ()) if pk in known), None)
        found.append((event, {"others": [bond.ticket_id, bond.of_id], "bond": bond.kind} if bond else changes))
    return found


def _numbers(
    viewer: Viewer, ticket_ids: Sequence[int], rows: Sequence[tuple[Told, Mapping[str, Any]]]
) -> dict[int, str]:
    """The numbers of other tickets that events name, as far as the viewer sees these."""
    named = {pk for _event, changes in rows for pk in changes.get("others", ())}
    if not named:
        return {}
    seen = access.visible(viewer) | Q(id__in=ticket_ids)
    found = Ticket.objects.filter(seen, id__in=named).values_list("id", "number")
    return {pk: str(number) for pk, number in found}


def _look_up(rows: Sequence[tuple[Told, Mapping[str, Any]]]) -> Names:
    wanted: dict[str, set[int]] = {}
    for _event, changes in rows:
        for kind in _KINDS.keys() & changes.keys():
            for value in changes[kind]:
                wanted.setdefault(kind, set()).update(value if isinstance(value, list) else [value])
    names = Names(dict(directory().names))
    if values := {pk for _event, changes in rows for name in _fields_in(changes) for pk in changes[name] if pk}:
        names.found["value"] = asked.named(values)
    for kind, ids in wanted.items():
        model, column = _KINDS[kind]
        names.found[kind] = dict(model.objects.filter(id__in=ids - {None}).values_list("id", column))
    return names


def _fields_in(changes: Mapping[str, Any]) -> list[str]:
    """The custom fields that were set, as events name them."""
    return [name for name in changes if name.startswith("field.")]


def _who(event: Told, changes: Mapping[str, Any], names: Names) -> str:
    if "follower" in changes:  # perhaps made to follow by what somebody else did
        return names.of("agent", next(one for one in changes["follower"] if one is not None))
    if event.actor_kind == "agent":
        return names.of("agent", event.actor_id)
    return ""


def _words(event: Told, changes: Mapping[str, Any], names: Names, zones: tuple[str, str]) -> tuple[str, str] | None:
    verb = event.verb
    if verb == Verb.TICKET_CREATED and event.actor_kind != "agent":
        return None  # the first message says it
    if verb in SIMPLE:
        icon, simple = SIMPLE[verb]
        return icon, str(simple)
    if verb in (Verb.TICKET_STATUS, Verb.TICKET_REOPENED) and "status" in changes:
        stage = changes.get("stage", ["", "open"])[1]
        return f"stage-{stage}", _("status: %(name)s") % {"name": names.of("status", changes["status"][1])}
    if verb == Verb.TICKET_SNOOZED and "snoozed_until" in changes:
        return "stage-snoozed", _snoozed(event, changes["snoozed_until"][1], zones[0])
    if verb in (Verb.TICKET_SPAM, Verb.TICKET_NOT_SPAM) and "spam_at" in changes:
        return "ban", _("marked as spam") if changes["spam_at"][1] else _("no spam after all")
    if verb == Verb.TICKET_ASSIGNED:
        return _assigned(changes, names)
    if verb == Verb.TICKET_CHANGED:
        return _changed(changes, names, zones)
    if verb == Verb.TICKET_TAGGED:
        gone, new = changes["tags"]
        parts = [f"+{names.of('tags', one)}" for one in new] + [f"−{names.of('tags', one)}" for one in gone]
        return "tag", _("tags: %(names)s") % {"names": ", ".join(parts)}
    if verb in _MERGES and "others" in changes:
        return "git-merge", _merged(_MERGES[verb], [names.found["ticket"].get(pk, "") for pk in changes["others"]])
    if verb in _BOND_VERBS:
        return "link", _bond(verb, changes, [names.found["ticket"].get(pk, "") for pk in changes.get("others", ())])
    if verb == Verb.TICKET_DUE_SOON:
        return "clock", _("the deadline is near")
    if verb == Verb.TICKET_CAUSE_CLOSED:
        number = names.found["ticket"].get(changes["others"][0], "")
        words = _("solved: #%(number)s, which caused this") if number else _("what caused this is solved")
        return "check", words % {"number": number}
    return None


def _bond(verb: str, changes: Mapping[str, Any], numbers: Sequence[str]) -> str:
    if not numbers or not all(numbers):
        if verb == Verb.TICKET_RELATED:
            return _("linked with a request that you may not see")
        return _("no longer linked with a request that you may not see")
    said = {"one": numbers[0], "of": numbers[1]}
    if verb == Verb.TICKET_RELATED:
        return str(_BONDS[changes["bond"]]) % said
    return _("#%(one)s and #%(of)s are no longer linked") % said


def _merged(words: tuple[Any, Any, Any], numbers: Sequence[str]) -> str:
    one, into = numbers
    return str(words[0] if one and into else words[1] if into else words[2]) % {"one": one, "into": into}


def _assigned(changes: Mapping[str, Any], names: Names) -> tuple[str, str] | None:
    if "team" in changes:
        return "users", _("team: %(name)s") % {"name": names.of("team", changes["team"][1])}
    if "agent" in changes:
        after = changes["agent"][1]
        if after is None:
            return "user-round", _("given back to the team")
        return "user-check", _("responsible: %(name)s") % {"name": names.of("agent", after)}
    return None


def _snoozed(event: Told, until: str | None, zone: str) -> str:
    if until is None:
        return _("taken back from where it was put aside") if event.actor_kind == "agent" else _("its time has come")
    moment = moments(zone, translation.get_language() or "en")
    return _("put aside until %(when)s, or until an answer comes") % {"when": moment(datetime.fromisoformat(until))}


def _day(told: str, zones: tuple[str, str]) -> str:
    """The day of a due date: what ends with a day of the team was given without an hour, and is that day everywhere."""
    instant, (zone, days_zone) = datetime.fromisoformat(told), zones
    if clock.end_of_day(clock.day_in(instant, days_zone), days_zone) == instant:
        zone = days_zone
    return day_alone(instant, zone, translation.get_language() or "en")


def _changed(changes: Mapping[str, Any], names: Names, zones: tuple[str, str]) -> tuple[str, str] | None:
    words = {"priority": _("priority: %(name)s"), "type": _("type: %(name)s"), "category": _("category: %(name)s")}
    for kind, text in words.items():
        if kind in changes:
            return "flag", text % {"name": names.of(kind, changes[kind][1]) or "–"}
    if "due_at" in changes:
        after = changes["due_at"][1]
        return "calendar-clock", _("due: %(day)s") % {"day": _day(after, zones) if after else "–"}
    if "restricted" in changes:
        return "lock", _("restricted") if changes["restricted"][1] else _("no longer restricted")
    for name in _fields_in(changes):
        field = next((one.name for one in directory().fields if f"field.{one.key}" == name), "?")
        return "pencil", _("%(field)s: %(value)s") % {
            "field": field,
            "value": names.of("value", changes[name][1]) or "–",
        }
    return "pencil", _("fields changed")
