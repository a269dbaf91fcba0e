"""Events as lines of a time line: what happened, in the reader's language. Words are looked up by the ids events
hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from vikno.journal.models import Event, EventTicket
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions.changing import fields_of
from vikno.tickets.directory import directory
from vikno.tickets.models import Tag, Ticket

# What messages and notes show by themselves, or what only concerns the machine.
SILENT = frozenset({Verb.MESSAGE_RECEIVED, Verb.MESSAGE_SENT, Verb.NOTE_ADDED, Verb.NOTE_EDITED, Verb.MESSAGE_UNSENT})
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


_KINDS: dict[str, Any] = {"tags": (Tag, "name"), "merged_into": (Ticket, "number")}  # the rest is in the directory


def lines(ticket_ids: Sequence[int], since: datetime | None = None) -> list[Line]:
    """What happened to these tickets, oldest first, since an instant. At most four queries, however many events."""
    concerned = EventTicket.objects.filter(ticket_id__in=ticket_ids).order_by("-event_id")
    pairs = list(concerned.values_list("event_id", "ticket_id")[:MOST])
    by_event: dict[int, int] = dict(pairs)
    events = Event.objects.filter(id__in=by_event).exclude(verb__in=SILENT).order_by("id")
    if since is not None:
        events = events.filter(at__gte=since)
    rows = [(event, fields_of(event.delta, by_event[event.id])) for event in events]
    names = _look_up(rows)
    told = []
    for event, changes in rows:
        words = _words(event, changes, names)
        if words:
            icon, text = words
            who = _who(event, names)
            told.append(Line(event.at, icon, f"{who}: {text}" if who else text, event.id))
    return told


def _look_up(rows: Sequence[tuple[Event, Mapping[str, Any]]]) -> Names:
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


def _who(event: Event, names: Names) -> str:
    if event.actor_kind == "agent":
        return names.of("agent", event.actor_id)
    return ""


def _words(event: Event, changes: Mapping[str, Any], names: Names) -> tuple[str, str] | None:
    verb = event.verb
    if verb == Verb.TICKET_CREATED and event.actor_kind != "agent":
        return None  # the first message says it
    simple = _simple_words().get(verb)
    if simple:
        return simple
    if verb in (Verb.TICKET_STATUS, Verb.TICKET_REOPENED) and "status" in changes:
        stage = changes.get("stage", ["", "open"])[1]
        return f"stage-{stage}", _("status: %(name)s") % {"name": names.of("status", changes["status"][1])}
    if verb == Verb.TICKET_ASSIGNED:
        return _assigned(changes, names)
    if verb == Verb.TICKET_CHANGED:
        return _changed(changes, names)
    if verb == Verb.TICKET_TAGGED:
        gone, new = changes["tags"]
        parts = [f"+{names.of('tags', one)}" for one in new] + [f"−{names.of('tags', one)}" for one in gone]
        return "tag", _("tags: %(names)s") % {"names": ", ".join(parts)}
    if verb in (Verb.TICKET_MERGED, Verb.TICKET_UNMERGED) and "merged_into" in changes:
        before, after = changes["merged_into"]
        words = _("merged into %(number)s") if after else _("taken out of %(number)s again")
        return "git-merge", words % {"number": names.of("merged_into", after or before)}
    return None


def _simple_words() -> dict[str, tuple[str, str]]:
    return {
        Verb.TICKET_CREATED: ("plus", _("ticket opened")),
        Verb.TICKET_RENAMED: ("pencil", _("subject or description changed")),
        Verb.TICKET_SPLIT: ("split", _("messages taken out into a ticket of their own")),
        Verb.TICKET_RELATED: ("link", _("related to another ticket")),
        Verb.TICKET_UNRELATED: ("link", _("no longer related to another ticket")),
        Verb.TICKET_DELETED: ("trash-2", _("put into the bin")),
        Verb.TICKET_RESTORED: ("rotate-ccw", _("taken out of the bin")),
        Verb.TICKET_OPENED_ANYWAY: ("eye", _("opened anyway by the owner")),
        Verb.TICKET_FOLLOWED: ("bell", _("follows now")),
        Verb.TICKET_UNFOLLOWED: ("bell", _("follows no longer")),
        Verb.TICKET_SNOOZED: ("stage-snoozed", _("put aside, or taken back")),
        Verb.MESSAGE_LINKED: ("link", _("a message linked to this ticket")),
        Verb.MESSAGE_UNLINKED: ("link", _("a message no longer linked to this ticket")),
        Verb.DELIVERY_REFUSED: ("circle-x", _("a message was refused by the other side")),
        Verb.DELIVERY_BOUNCED: ("undo-2", _("a message came back")),
        Verb.DELIVERY_DOUBTFUL: ("triangle-alert", _("a message may not have arrived")),
    }


def _assigned(changes: Mapping[str, Any], names: Names) -> tuple[str, str] | None:
    if "team" in changes:
        return "users", _("team: %(name)s") % {"name": names.of("team", changes["team"][1])}
    if "agent" in changes:
        after = changes["agent"][1]
        if after is None:
            return "user-round", _("given back to the team")
        return "user-check", _("responsible: %(name)s") % {"name": names.of("agent", after)}
    return None


def _changed(changes: Mapping[str, Any], names: Names) -> tuple[str, str] | None:
    words = {"priority": _("priority: %(name)s"), "type": _("type: %(name)s"), "category": _("category: %(name)s")}
    for kind, text in words.items():
        if kind in changes:
            return "flag", text % {"name": names.of(kind, changes[kind][1]) or "–"}
    if "due_at" in changes:
        after = changes["due_at"][1]
        return "calendar-clock", _("due: %(day)s") % {"day": after[:10] if after else "–"}
    if "restricted" in changes:
        return "lock", _("restricted") if changes["restricted"][1] else _("no longer restricted")
    return "pencil", _("fields changed")
