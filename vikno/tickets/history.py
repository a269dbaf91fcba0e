"""Events as lines of a time line: what happened, in the reader's language. Words are looked up by the ids events
hold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vikno.core import clock
from vikno.core.times import day_alone
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions.changing import fields_of
from vikno.tickets.directory import directory
from vikno.tickets.models import Tag, Ticket

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
    Verb.TICKET_RELATED: ("link", gettext_lazy("related to another ticket")),
    Verb.TICKET_UNRELATED: ("link", gettext_lazy("no longer related to another ticket")),
    Verb.TICKET_DELETED: ("trash-2", gettext_lazy("put into the bin")),
    Verb.TICKET_RESTORED: ("rotate-ccw", gettext_lazy("taken out of the bin")),
    Verb.TICKET_OPENED_ANYWAY: ("eye", gettext_lazy("opened anyway by the owner")),
    Verb.TICKET_ACCOUNT_LET_PASS: ("shield-alert", gettext_lazy("had this account matter handled without a proof")),
    Verb.TICKET_FOLLOWED: ("bell", gettext_lazy("follows now")),
    Verb.TICKET_UNFOLLOWED: ("bell", gettext_lazy("follows no longer")),
    Verb.TICKET_SNOOZED: ("stage-snoozed", gettext_lazy("put aside, or taken back")),
    Verb.MESSAGE_UNSENT: ("undo-2", gettext_lazy("answer taken back before it left")),
    Verb.MESSAGE_LINKED: ("link", gettext_lazy("a message linked to this ticket")),
    Verb.MESSAGE_UNLINKED: ("link", gettext_lazy("a message no longer linked to this ticket")),
    Verb.MESSAGE_HIDDEN: ("eye-off", gettext_lazy("a message was hidden, as its author wishes")),
    Verb.MESSAGE_SHOWN: ("eye", gettext_lazy("a message can be read again")),
    Verb.MESSAGE_JUDGED: ("message-circle", gettext_lazy("said what kind of message this is")),
    Verb.DELIVERY_REFUSED: ("circle-x", gettext_lazy("a message was refused by the other side")),
    Verb.DELIVERY_BOUNCED: ("undo-2", gettext_lazy("a message came back")),
    Verb.DELIVERY_DOUBTFUL: ("triangle-alert", gettext_lazy("a message may not have arrived")),
}

_KINDS: dict[str, Any] = {"tags": (Tag, "name"), "merged_into": (Ticket, "number")}  # the rest is in the directory


def lines(
    ticket_ids: Sequence[int], since: datetime | None = None, *, zone: str = "UTC", days_zone: str = "UTC"
) -> list[Line]:
    """What happened to these tickets, oldest first, since an instant; instants as they are in the reader's zone, days
    without an hour in that of the team. At most three queries, however many events."""
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
            rows.append((event, fields_of(json.loads(delta) if isinstance(delta, str) else delta, ticket_id)))
    names = _look_up(rows)
    told = []
    for event, changes in rows:
        words = _words(event, changes, names, (zone, days_zone))
        if words:
            icon, text = words
            who = _who(event, changes, names)
            told.append(Line(event.at, icon, f"{who}: {text}" if who else text, event.id))
    return told


def _look_up(rows: Sequence[tuple[Told, Mapping[str, Any]]]) -> Names:
    wanted: dict[str, set[int]] = {}
    for _event, changes in rows:
        for kind in _KINDS.keys() & changes.keys():
            for value in changes[kind]:
                wanted.setdefault(kind, set()).update(value if isinstance(value, list) else [value])
    names = Names(dict(directory().names))
    for kind, ids in wanted.items():
        model, column = _KINDS[kind]
        names.found[kind] = dict(model.objects.filter(id__in=ids - {None}).values_list("id", column))
    return names


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
    if verb in (Verb.TICKET_MERGED, Verb.TICKET_UNMERGED) and "merged_into" in changes:
        before, after = changes["merged_into"]
        words = _("merged into %(number)s") if after else _("taken out of %(number)s again")
        return "git-merge", words % {"number": names.of("merged_into", after or before)}
    return None


def _assigned(changes: Mapping[str, Any], names: Names) -> tuple[str, str] | None:
    if "team" in changes:
        return "users", _("team: %(name)s") % {"name": names.of("team", changes["team"][1])}
    if "agent" in changes:
        after = changes["agent"][1]
        if after is None:
            return "user-round", _("given back to the team")
        return "user-check", _("responsible: %(name)s") % {"name": names.of("agent", after)}
    return None


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
    return "pencil", _("fields changed")
