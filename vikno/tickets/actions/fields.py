"""Verbs that set what a ticket says about itself: words, order, dates, tags, custom fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.core.text import fold, one_line, whole_number
from vikno.core.typed import number
from vikno.dialogs.models import Dialog
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.journal.models import Event, EventTicket
from vikno.journal.record import recorded
from vikno.journal.vocabulary import Verb
from vikno.people.models import Contract
from vikno.staff.models import Agent
from vikno.tickets import asked
from vikno.tickets.actions import account, assigning
from vikno.tickets.actions.answering import default_dialog
from vikno.tickets.actions.changing import Conflict, Invalid, apply, change, check_seen, lock, lock_dialogs, zone_of
from vikno.tickets.actions.creating import hold
from vikno.tickets.directory import directory
from vikno.tickets.models import (
    Category,
    Field,
    FieldOption,
    FieldValue,
    Priority,
    Tag,
    Ticket,
    TicketTag,
    TicketType,
    Wording,
)

# Every instant between these is on the calendar in each zone, so that everybody can be told of it.
FIRST_DUE, LAST_DUE = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
TAG_HUES = (250, 150, 60, 20, 295, 95, 200, 345)  # the colours there are for tags (docs/look.md)


def set_priority(ticket: Ticket, priority: Priority, *, by: Act, seen: int | None = None) -> int | None:
    """Say how urgent a ticket is. What becomes more urgent than usual moves up in lists."""
    fields = {"priority": priority, "priority_rank": priority.rank}
    with transaction.atomic():
        rises = priority.rank > max(0, lock(ticket).priority_rank)
        return change(ticket, Verb.TICKET_CHANGED, fields, by=by, seen=seen, touch=rises)


def set_type(ticket: Ticket, type: TicketType | None, *, by: Act, seen: int | None = None) -> int | None:
    with transaction.atomic():
        return change(ticket, Verb.TICKET_CHANGED, {"type": type}, by=by, seen=seen)


def set_category(ticket: Ticket, category: Category | None, *, by: Act, seen: int | None = None) -> int | None:
    """File a ticket under a category. If that makes it a matter of an account which is not proved, the customer is
    told why nothing happens. Raises NotProved for who would end that without being a lead."""
    with transaction.atomic():
        told_in = _lock_where_told(ticket, category)
        stays = category is not None and category.account_matter
        if not stays and account.own_matter(lock(ticket)) is not None:  # what it was merged with goes on being one
            account.must_release(ticket, by=by)
        event = change(ticket, Verb.TICKET_CHANGED, {"category": category}, by=by, seen=seen)
        if event is not None and told_in is not None:
            account.explain(lock(ticket), told_in, by=acts.system())
        return event


def _lock_where_told(ticket: Ticket, category: Category | None) -> Dialog | None:
    """The dialog that a customer is told in what this category means, locked; None for one that means nothing."""
    told_in = default_dialog(ticket) if category is not None and category.account_matter else None
    lock_dialogs([told_in.id] if told_in else [])
    return told_in


def lock_ahead(ticket: Ticket, *, agent: Agent | None, category: Category | None) -> None:
    """Lock all that several verbs on one ticket will lock, in the one order; whom it is given to and what it is filed
    under go with that. Call it before the first of them, inside their transaction."""
    if agent is not None:
        hold(agent)
    _lock_where_told(ticket, category)
    lock(ticket)


def set_contract(ticket: Ticket, contract: Contract | None, *, by: Act, seen: int | None = None) -> int | None:
    """Bind a ticket to a contract of its requester or of their organisation. Raises Invalid for somebody else's."""
    with transaction.atomic():
        person = ticket.requester
        own = contract is not None and contract.person_id == person.id
        shared = contract is not None and contract.organisation_id == person.organisation_id is not None
        if contract is not None and not own and not shared:
            raise Invalid(_("This contract belongs to somebody else."))
        return change(ticket, Verb.TICKET_CHANGED, {"contract": contract}, by=by, seen=seen)


def set_due(ticket: Ticket, due: date | datetime | None, *, by: Act, seen: int | None = None) -> int | None:
    """Set or clear the due date. A day without an hour means its end in the zone of the ticket's team. Raises Invalid
    for the ends of the calendar."""
    whole_day = due is not None and not isinstance(due, datetime)
    at: datetime | None = due if isinstance(due, datetime) else None
    try:
        if due is not None and not isinstance(due, datetime):
            at = clock.end_of_day(due, zone_of(ticket.team))
        if at is not None and not FIRST_DUE <= at <= LAST_DUE:
            raise OverflowError
    except OverflowError:
        raise Invalid(_("This date is too far away. Choose another one.")) from None
    fields = {"due_at": at, "due_is_day": whole_day}
    with transaction.atomic():
        return change(ticket, Verb.TICKET_CHANGED, fields, by=by, seen=seen)


def restrict(ticket: Ticket, restricted: bool, *, by: Act, seen: int | None = None) -> int | None:
    """Show a ticket to its responsible agent, followers and leads alone, or end that. The agent who restricts it
    follows it, or perhaps nobody could see it or take that back."""
    with transaction.atomic():
        event = change(ticket, Verb.TICKET_CHANGED, {"restricted": restricted}, by=by, seen=seen)
        agent_id = by.actor.id if by.actor.kind == acts.Kind.AGENT else None
        if event is not None and restricted and agent_id is not None and agent_id != ticket.agent_id:
            assigning.follow(ticket, agent_id, by=by)
        return event


def rename(ticket: Ticket, subject: str, *, by: Act, seen: int | None = None) -> int | None:
    """Give a ticket another subject. Raises Invalid for an empty one."""
    words = one_line(subject, 500)
    if not words:
        raise Invalid(_("A ticket needs a subject. The old one was kept."))
    return _reword(ticket, "subject", words, by, seen)


def describe(ticket: Ticket, description: str, *, by: Act, seen: int | None = None) -> int | None:
    """Say in one's own words what the ticket is about."""
    return _reword(ticket, "description", description.strip(), by, seen)


def _reword(ticket: Ticket, field: str, text: str, by: Act, seen: int | None) -> int | None:
    with transaction.atomic():
        fresh = lock(ticket)
        if getattr(fresh, field) == text:
            return None
        check_seen(fresh, {field: text}, seen, by)
        before = Wording.objects.filter(ticket=fresh, field=field).order_by("-id").values_list("id", flat=True).first()
        wording = Wording.objects.create(ticket=fresh, field=field, text=text)
        apply(fresh, {field: text}, touch=False)
        ticket.refresh_from_db()
        return recorded(
            by, Verb.TICKET_RENAMED, tickets=[(fresh.id, fresh.version)], delta={field: [before, wording.id]}
        )


def tag_named(name: str) -> Tag:
    """The tag of this name, made if there is none; case does not tell tags apart. Raises Invalid for an empty name, and
    for one that is out of use."""
    shown = one_line(name.strip().lstrip("#"), 60)
    if not shown:
        raise Invalid(_("A tag needs a name."))
    hue = TAG_HUES[sum(shown.encode()) % len(TAG_HUES)]
    folded = fold(shown)[:60]  # folding may make it longer: an ellipsis becomes three dots
    found = Tag.objects.get_or_create(folded=folded, defaults={"name": shown, "hue": hue})[0]
    if found.archived_at is not None:
        raise Invalid(
            _("The tag “%(name)s” is out of use. Choose another one, or ask an owner to restore it.")
            % {"name": found.name}
        )
    return found


def tag(ticket: Ticket, add: Iterable[Tag] = (), remove: Iterable[Tag] = (), *, by: Act) -> int | None:
    """Add and remove tags at once; None if nothing differed. Tags of others are left alone, so nothing can conflict."""
    with transaction.atomic():
        fresh = lock(ticket)
        present = set(TicketTag.objects.filter(ticket=fresh).values_list("tag_id", flat=True))
        new = {one.id for one in add} - present
        gone = {one.id for one in remove} & present
        if not new and not gone:
            return None
        TicketTag.objects.bulk_create(TicketTag(ticket=fresh, tag_id=one) for one in sorted(new))
        TicketTag.objects.filter(ticket=fresh, tag_id__in=gone).delete()
        apply(fresh, {}, touch=False)
        ticket.refresh_from_db()
        return recorded(
            by, Verb.TICKET_TAGGED, tickets=[(fresh.id, fresh.version)], delta={"tags": [sorted(gone), sorted(new)]}
        )


def set_field(ticket: Ticket, field: Field, value: Any, *, by: Act, seen: int | None = None) -> int | None:
    """Set or clear (None) a custom field. Raises Invalid for a value that is not of its kind, Conflict as all verbs."""
    typed = _typed(ticket, field, value)
    name = f"field.{field.key}"
    with transaction.atomic():
        fresh = lock(ticket)
        old = FieldValue.objects.filter(ticket=fresh, field=field, current=True).first()
        if (old is None and typed is None) or (old and typed and all(getattr(old, n) == v for n, v in typed.items())):
            return None
        if seen is not None and seen < fresh.version:
            _check_field(fresh, name, old, seen, by)
        if old is not None:
            old.current = False
            old.save(update_fields=["current"])
        new = FieldValue.objects.create(ticket=fresh, field=field, **typed) if typed is not None else None
        apply(fresh, {}, touch=False)
        ticket.refresh_from_db()
        delta = {name: [old.id if old else None, new.id if new else None]}
        return recorded(by, Verb.TICKET_CHANGED, tickets=[(fresh.id, fresh.version)], delta=delta)


def open_with(ticket: Ticket, values: Mapping[str, Any], *, by: Act) -> None:
    """Fill in custom fields of a ticket that was just opened by hand or by a program: {key: value}. Raises Invalid, and
    Missing if one that is required then is not among them."""
    there = {one.key: one for one in asked.asked_of(ticket.team_id, ticket.category_id)}
    for key, value in values.items():
        if key not in there:
            raise Invalid(_("There is no field “%(key)s” for this team and category.") % {"key": one_line(key, 80)})
        set_field(ticket, there[key], value, by=by)
    asked.must_be_told(ticket, asked.OPENING)


def _check_field(ticket: Ticket, name: str, current: FieldValue | None, seen: int, by: Act) -> None:
    later = EventTicket.objects.filter(ticket_id=ticket.id, version__gt=seen).values_list("event_id", flat=True)
    if any(
        name in delta
        for delta in Event.objects.filter(id__in=list(later)).exclude(act=by.id).values_list("delta", flat=True)
    ):
        raise Conflict(ticket, {name: (current.id if current else None, None)})


def _typed(ticket: Ticket, field: Field, value: Any) -> dict[str, Any] | None:
    """The column of a value, checked against the kind of its field."""
    if value is None or (isinstance(value, str) and not one_line(value)):
        return None
    try:
        if field.kind == Field.Kind.NUMBER:
            return {"number": number(str(value))}
        if field.kind == Field.Kind.DATE:
            return {"date": value if isinstance(value, date) else date.fromisoformat(str(value))}
        if field.kind == Field.Kind.CHECKBOX:
            return {"checked": value in (True, "1", "on", "true")}
        if field.kind in (Field.Kind.CHOICE, Field.Kind.TREE):
            return {"option": _option(field, value)}
        if field.kind == Field.Kind.CONTRACT:
            return {"contract": _contract(ticket, value)}
    except (ValueError, ArithmeticError, FieldOption.DoesNotExist, Contract.DoesNotExist):
        raise Invalid(
            _("“%(value)s” cannot be the value of “%(field)s”.")
            % {"value": one_line(str(value), 80), "field": field.name}
        ) from None
    return {"text": one_line(str(value), 1000)}


def _option(field: Field, value: Any) -> FieldOption:
    """What is chosen: by its id, or as a text by its name, of a tree with those above it."""
    text = one_line(str(value))
    number = whole_number(text)
    if number is None:
        number = next((pk for pk, name in directory().options.get(field.id, ()) if name == text), 0)
    return FieldOption.objects.get(field=field, id=number, archived_at=None)


def _contract(ticket: Ticket, value: Any) -> Contract:
    """A contract of the requester or of their organisation: by its id, or as a text by its number."""
    person = ticket.requester
    own = Q(person=person.id)
    if person.organisation_id is not None:
        own |= Q(organisation=person.organisation_id)
    which = Q(id=value) if isinstance(value, int) else Q(number=one_line(str(value)))
    return Contract.objects.get(own, which)
