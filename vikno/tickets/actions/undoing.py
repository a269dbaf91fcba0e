"""Undo: the inverse of all that one act did, under the same check as the verbs themselves.

What somebody changed again since is not overwritten: the whole undo is refused and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from vikno.core import rows
from vikno.dialogs.models import Message
from vikno.journal.acts import Act, Kind
from vikno.journal.models import Event, EventTicket
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people import actions as people
from vikno.people.actions.persons import Refused
from vikno.people.actions.undoing import INVERSES as of_people
from vikno.people.models import BlockedDomain, Identity
from vikno.people.values import WrongValue
from vikno.staff.actions import company
from vikno.tickets.actions import (
    assigning,
    categories,
    customers,
    hiding,
    judging,
    linking,
    merging,
    saving_views,
    splitting,
    state,
    unsending,
    words_back,
)
from vikno.tickets.actions.changing import (
    Conflict,
    Invalid,
    apply,
    attribute,
    change,
    code,
    fields_of,
    lock,
    lock_dialogs,
    lock_with_survivors,
    touched_by,
)
from vikno.tickets.actions.fields import describe, rename, tag
from vikno.tickets.actions.hearing import heard
from vikno.tickets.models import FieldValue, Relation, Stage, Tag, Ticket, Wording

# Columns that follow from messages: no verb sets them by itself, so undo leaves them to those that do.
TOLD = frozenset({Verb.TICKET_CAUSE_CLOSED})  # says to others what another event of the act did: nothing to undo
# The place in lists comes back last (see `_places`), as inverses may move the ticket too.
FOLLOWING = frozenset({"asked_at", "last_in_at", "first_reply_at", "answered_at", "last_dialog", "link", "updated_at"})

AWAY = ("closed_at", "snoozed_until", "deleted_at")  # what is set of these takes a ticket out of the way


class NotUndoable(Invalid):
    """This act cannot be undone by its nature, or not any more."""


def undo(act_id: int, *, by: Act, only_of: int | None = None) -> list[int]:
    """Undo everything an act did, newest first; answers the ids of the tickets concerned. With `only_of`, only an act
    of that agent.

    Raises NotUndoable if there is nothing to undo or it has left the house, Conflict if a field was changed since.
    """
    with transaction.atomic():
        events = list(begun_in(act_id).order_by("-id"))
        if only_of is not None:
            events = [event for event in events if (event.actor_kind, event.actor_id) == (Kind.AGENT, only_of)]
        if not events:
            raise NotUndoable(_("There is nothing to undo."))
        ids = [event.id for event in events]
        concerned: dict[int, list[int]] = {}
        for event_id, ticket_id in EventTicket.objects.filter(event_id__in=ids).values_list("event_id", "ticket_id"):
            concerned.setdefault(event_id, []).append(ticket_id)
        lock_all(events, {ticket for several in concerned.values() for ticket in several})
        places = _places(events, concerned)
        for event in events:
            inverse = INVERSES.get(event.verb)
            if inverse is None:
                raise NotUndoable(_("This cannot be undone."))
            inverse(event, concerned.get(event.id, []), by.led_by(event.id))
        for ticket_id, place in places.items():
            ticket = lock(ticket_id)
            ticket.updated_at = place
            rows.change_one(Ticket, {"id": ticket_id}, {"updated_at": place})
        return sorted({ticket for several in concerned.values() for ticket in several})


def _places(events: Collection[Event], concerned: Mapping[int, Collection[int]]) -> dict[int, datetime]:
    """Where the tickets that an act moved in lists stood before it, as far as nothing has moved them since. `events`
    are all of it, the newest first."""
    moves: dict[int, list[tuple[str, str]]] = {}
    for event in events:
        for ticket_id in concerned.get(event.id, ()):
            if moved := fields_of(event.delta, ticket_id).get("updated_at"):
                moves.setdefault(ticket_id, []).append((moved[0], moved[1]))
    now = lock_with_survivors(moves)
    return {
        pk: datetime.fromisoformat(pairs[-1][0])
        for pk, pairs in moves.items()
        if code(now[pk].updated_at) == pairs[0][1]
    }


def begun_in(act_id: int) -> QuerySet[Event]:
    """The events of an act that its undo begins with. What the merge of two words changed on tickets is left to the
    undo of that merge: it may be a million."""
    events = Event.objects.filter(act=act_id).exclude(verb__in=TOLD)
    of_words = events.filter(verb__in=words_back.VERBS)
    return of_words if of_words.exists() else events


def lock_all(events: Collection[Event], tickets: set[int]) -> None:
    """Lock all that the undo of these events, which concern these tickets, may change, in the one order."""
    if any(event.verb == Verb.CATEGORY_CHANGED for event in events):
        categories.lock_all()
    lock_dialogs(event.dialog_id for event in events if event.dialog_id is not None)
    lock_with_survivors(tickets | _linked(events))


def _linked(events: Iterable[Event]) -> set[int]:
    """The tickets that the messages of these events belong to: some inverses change them too."""
    return linking.tickets_of(event.message_id for event in events if event.message_id is not None)


def _fields_back(event: Event, tickets: list[int], by: Act) -> None:
    for ticket_id in tickets:
        ticket = lock(ticket_id)
        back: dict[str, Any] = {}
        values: dict[str, list[int | None]] = {}
        theirs: dict[str, tuple[Any, Any]] = {}
        for name, (before, after) in fields_of(event.delta, ticket_id).items():
            if name in FOLLOWING:
                continue
            if name.startswith("field."):
                _value_back(before, after)
                values[name] = [after, before]
                continue
            column = ticket._meta.get_field(name)
            current = code(getattr(ticket, attribute(name)))
            if current != after:
                theirs[name] = (current, before)
            back[name] = _value(column, before)
        _must_be_as_left(event, ticket, back, theirs, by)
        if values:
            apply(ticket, {}, touch=False)
            record(by, Verb(event.verb), tickets=[(ticket.id, ticket.version)], delta=values)
        if back:
            change(ticket, Verb(event.verb), back, by=by)


def _must_be_as_left(
    event: Event, ticket: Ticket, back: dict[str, Any], theirs: dict[str, tuple[Any, Any]], by: Act
) -> None:
    """Raises Conflict if a field is not any more as this event left it, and if the ticket would be put out of the way
    although its customer has something to say since: that would be lost to everybody's eyes."""
    away = any(back.get(name) for name in AWAY) or back.get("stage") == Stage.WAITING
    if not theirs and not away:
        return
    later = EventTicket.objects.filter(ticket_id=ticket.id, event_id__gt=event.id).values_list("event_id", flat=True)
    events = Event.objects.filter(id__in=list(later)).exclude(act__in=(event.act, by.id))
    touched = touched_by(events, ticket.id) if theirs else {}
    since = {one for name in theirs for one in touched.get(name, ())}
    if away:
        since |= heard(events, ticket)
    if theirs or since:
        raise Conflict(ticket, theirs, since)


def _value(column: Any, coded: Any) -> Any:
    if coded is not None and isinstance(column, models.DateTimeField):
        return datetime.fromisoformat(coded)
    if coded is not None and column.is_relation:
        return column.related_model.objects.get(pk=coded)
    return coded


def _value_back(before: int | None, after: int | None) -> None:
    if after is not None and not FieldValue.objects.filter(id=after, current=True).update(current=False):
        raise NotUndoable(_("This field was changed again since. Nothing was undone."))
    old = FieldValue.objects.filter(id=before or 0).first()
    if old is not None:
        if FieldValue.objects.filter(ticket=old.ticket_id, field=old.field_id, current=True).exists():
            raise NotUndoable(_("This field was changed again since. Nothing was undone."))
        FieldValue.objects.filter(id=old.id).update(current=True)


def _words_back(event: Event, tickets: list[int], by: Act) -> None:
    for name, (before, after) in event.delta.items():
        ticket = lock(tickets[0])
        newest = Wording.objects.filter(ticket=ticket, field=name).order_by("-id").values_list("id", flat=True).first()
        if newest != after:
            raise Conflict(ticket, {name: (newest, before)})
        words = Wording.objects.get(id=before).text if before else ""
        (rename if name == "subject" else describe)(ticket, words, by=by)


def _tags_back(event: Event, tickets: list[int], by: Act) -> None:
    gone, new = event.delta["tags"]
    tag(lock(tickets[0]), Tag.objects.filter(id__in=gone), Tag.objects.filter(id__in=new), by=by)


def _message_of(event: Event) -> Message:
    return Message.objects.select_related("dialog").get(id=event.message_id or 0)


def _unlink(event: Event, tickets: list[int], by: Act) -> None:
    linking.unlink(_message_of(event), lock(event.delta["link"][1]), by=by)


def _relink(event: Event, tickets: list[int], by: Act) -> None:
    linking.link(_message_of(event), lock(event.delta["link"][0]), by=by, confirmed=True)


def _unmerge(event: Event, tickets: list[int], by: Act) -> None:
    merged = Ticket.objects.filter(id__in=tickets, merged_into__in=tickets).first()
    if merged is None:
        raise NotUndoable(_("This ticket is not merged."))
    merging.unmerge(merged, by=by)


def _merge_again(event: Event, tickets: list[int], by: Act) -> None:
    for ticket_id, delta in event.delta["tickets"].items():
        if "merged_into" in delta:
            merging.merge(lock(int(ticket_id)), lock(delta["merged_into"][0]), by=by)


def _unrelate(event: Event, tickets: list[int], by: Act) -> None:
    splitting.unrelate(Relation.objects.get(id=event.delta["relation"][1]), by=by)


def _relate_again(event: Event, tickets: list[int], by: Act) -> None:
    row = Relation.objects.get(id=event.delta["relation"][0])
    splitting.relate(row.ticket, row.of, row.kind, by=by)


def _follower_back(event: Event, tickets: list[int], by: Act) -> None:
    before, after = event.delta["follower"]
    if after is not None:
        assigning.unfollow(lock(tickets[0]), after, by=by)
    else:
        assigning.follow(lock(tickets[0]), before, by=by)


def _unsend(event: Event, tickets: list[int], by: Act) -> None:
    unsending.unsend(_message_of(event), by=by)


def _judged_as_before(event: Event, tickets: list[int], by: Act) -> None:
    judging.judge(_message_of(event), event.delta["kind"][0], by=by)


def _shown_again(event: Event, tickets: list[int], by: Act) -> None:
    hiding.show(_message_of(event), by=by)


def _hidden_again(event: Event, tickets: list[int], by: Act) -> None:
    hiding.hide(_message_of(event), by=by)


def _of_people(inverse: Callable[[Event, Act], None]) -> Callable[[Event, list[int], Act], None]:
    def back(event: Event, tickets: list[int], by: Act) -> None:
        try:
            before, after = event.delta.get("contract", [None, None])
            if before is None:
                customers.must_be_unbound(after)  # its undo takes it away
            inverse(event, by)
        except (Refused, WrongValue) as refused:
            raise NotUndoable(str(refused)) from None

    return back


def _address_away(event: Event, by: Act) -> None:
    identity = Identity.objects.select_related("person").filter(id=event.delta["identity"][1]).first()
    if identity is None:
        raise Refused(_("There is nothing to undo."))
    customers.remove_address(identity, by=by)


def _setting_back(event: Event, tickets: list[int], by: Act) -> None:
    try:
        company.as_before(event, by)
    except Refused as refused:
        raise NotUndoable(str(refused)) from None


def _domain_back(event: Event, tickets: list[int], by: Act) -> None:
    row = BlockedDomain.objects.get(id=event.delta["domain"][0])
    if event.delta["blocked"][1]:
        people.unblock_domain(row, by=by)
    else:
        people.block_domain(row.domain, by=by)


def _into_the_bin(event: Event, tickets: list[int], by: Act) -> None:
    """A ticket that an act brought into being goes into the bin; its number is not used again."""
    state.delete(lock(tickets[0]), by=by)


def _with_its_category(event: Event, tickets: list[int], by: Act) -> None:
    """What a category released is a matter again when the category is; a lead's word on one request stays."""
    if "category" not in event.delta:
        raise NotUndoable(_("This cannot be undone."))


def _note_stays(event: Event, tickets: list[int], by: Act) -> None:
    """A note that came with something else, such as handing over, is not taken back with it: words are not lost."""
    if not Event.objects.filter(act=event.act).exclude(verb=Verb.NOTE_ADDED).exists():
        raise NotUndoable(_("This cannot be undone."))


def _nothing(event: Event, tickets: list[int], by: Act) -> None:
    """Told by another event of the same act, which is undone itself."""


INVERSES: dict[str, Callable[[Event, list[int], Act], None]] = {
    Verb.TICKET_CHANGED: _fields_back,
    Verb.TICKET_ASSIGNED: _fields_back,
    Verb.TICKET_STATUS: _fields_back,
    Verb.TICKET_REOPENED: _fields_back,
    Verb.TICKET_SNOOZED: _fields_back,
    Verb.TICKET_DELETED: _fields_back,
    Verb.TICKET_RESTORED: _fields_back,
    Verb.TICKET_SPAM: _fields_back,
    Verb.TICKET_NOT_SPAM: _fields_back,
    Verb.TICKET_RENAMED: _words_back,
    Verb.TICKET_TAGGED: _tags_back,
    Verb.TICKET_MERGED: _unmerge,
    Verb.TICKET_UNMERGED: _merge_again,
    Verb.TICKET_RELATED: _unrelate,
    Verb.TICKET_UNRELATED: _relate_again,
    Verb.TICKET_FOLLOWED: _follower_back,
    Verb.TICKET_UNFOLLOWED: _follower_back,
    Verb.TICKET_SPLIT: _nothing,
    Verb.TICKET_CREATED: _into_the_bin,
    **{verb: _of_people(inverse) for verb, inverse in of_people.items()},
    Verb.IDENTITY_ADDED: _of_people(_address_away),
    Verb.DOMAIN_CHANGED: _domain_back,
    Verb.SETTING_CHANGED: _setting_back,
    Verb.CATEGORY_CHANGED: categories.as_before,
    **dict.fromkeys(words_back.VERBS, words_back.as_before),
    Verb.VIEW_CHANGED: saving_views.as_before,
    Verb.TICKET_ACCOUNT_LET_PASS: _with_its_category,
    Verb.MESSAGE_LINKED: _unlink,
    Verb.MESSAGE_UNLINKED: _relink,
    Verb.MESSAGE_SENT: _unsend,
    Verb.MESSAGE_JUDGED: _judged_as_before,
    Verb.MESSAGE_HIDDEN: _shown_again,
    Verb.MESSAGE_SHOWN: _hidden_again,
    Verb.NOTE_ADDED: _note_stays,
    Verb.DIALOG_OPENED: _nothing,
    Verb.PARTICIPANT_ADDED: _nothing,
}
