"""Verbs that are alike for all words that a company orders its tickets by, besides categories, and for the custom
fields of customers: naming, ordering, taking out of use. Every change but another name and deleting can be undone:
events hold no words, so a former name is not kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.core.text import fold, one_line
from vikno.journal.acts import Act
from vikno.journal.record import recorded
from vikno.journal.vocabulary import Verb
from vikno.people.models import CustomField, CustomOption, CustomValue
from vikno.tickets import directory
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Field, FieldOption, FieldValue, Priority, Status, Tag, Ticket, TicketTag, TicketType

IN_FIELD = "in_field"  # in events of an option: the field that it belongs to
OPTIONS = "options"  # in events of a field: how many things to choose it was made with
Word = Status | TicketType | Priority | Tag | Field | FieldOption | CustomField | CustomOption


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of word. `code` stands for it in events; `column` is that of a ticket ("" where values are rows)."""

    code: str
    model: type[Any]
    verb: Verb
    column: str = ""


KINDS = {
    one.code: one
    for one in (
        Kind("status", Status, Verb.STATUS_CHANGED, "status"),
        Kind("type", TicketType, Verb.TYPE_CHANGED, "type"),
        Kind("priority", Priority, Verb.PRIORITY_CHANGED, "priority"),
        Kind("tag", Tag, Verb.TAG_CHANGED),
        Kind("field", Field, Verb.FIELD_CHANGED),
        Kind("option", FieldOption, Verb.FIELD_CHANGED),
        Kind("customer_field", CustomField, Verb.FIELD_CHANGED),
        Kind("customer_option", CustomOption, Verb.FIELD_CHANGED),
    )
}


def kind_of(row: Word) -> Kind:
    return next(one for one in KINDS.values() if isinstance(row, one.model))


def tickets_with(row: Word) -> Q:
    """The tickets that have a word, those in the bin and those that were merged too; of a field and its options also
    those that had a value of it once."""
    if column := kind_of(row).column:
        return Q(**{column: row.id})
    if isinstance(row, Tag):
        return Q(id__in=TicketTag.objects.filter(tag=row.id).values("ticket_id"))
    values = FieldValue.objects.filter(**{kind_of(row).code: row.id})
    return Q(id__in=values.values("ticket_id"))


def beside(row: Word) -> QuerySet[Any]:
    """The words among which one has its name and its place."""
    rows = kind_of(row).model.objects.all()
    if isinstance(row, FieldOption):
        return rows.filter(field=row.field_id, parent=row.parent_id)
    if isinstance(row, CustomOption):
        return rows.filter(field=row.field_id)
    return rows.filter(of=row.of) if isinstance(row, CustomField) else rows


def longest(model: type[Any]) -> int:
    """Characters that a name may have."""
    return int(model._meta.get_field("name").max_length)


@transaction.atomic
def add(row: Word, *, by: Act, **told: Any) -> Any:
    """Write a word that was just made, with what belongs to its kind. `told` is what its event tells besides. Raises
    Invalid if its name is empty or taken."""
    row.name = named(row, row.name)
    if hasattr(row, "position"):
        last = beside(row).order_by("-position").values_list("position", flat=True).first()
        row.position = 0 if last is None else last + 1
    _must_be_free(row)
    _write(row.save)
    changed(row, by, created=[False, True], **told)
    return row


@transaction.atomic
def rename(row: Word, name: str, *, by: Act) -> None:
    """Another name; tickets that have it show it at once. Raises Invalid if it is empty or taken."""
    fresh = locked(row)
    wanted = named(fresh, name)
    if fresh.name == wanted:
        return
    fresh.name = wanted
    written = ["name"]
    if isinstance(fresh, Tag):
        fresh.folded = fold(wanted)[: longest(Tag)]
        written.append("folded")
    _must_be_free(fresh)
    _write(lambda: fresh.save(update_fields=written))
    row.name = wanted
    changed(fresh, by, named=[True, True])


def move(row: Word, step: int, *, by: Act) -> None:
    """Put a word so many places further down (below zero: up) among those in use. Raises Invalid for an archived
    one."""
    place(row, lambda now: now + step, by)


@transaction.atomic
def place(row: Word, wanted: Callable[[int], int], by: Act) -> None:
    """Put a word at the place that follows from the one it has, counted from 0."""
    rows = beside(row).select_for_update(no_key=True).filter(archived_at=None).order_by("id")
    order = [one.id for one in in_order(rows)]
    if row.id not in order:
        raise Invalid(_("This is out of use. Restore it first."))
    before = order.index(row.id)
    at = max(0, min(wanted(before), len(order) - 1))
    if at != before:
        order.insert(at, order.pop(before))
        for number, pk in enumerate(order):
            kind_of(row).model.objects.filter(id=pk).update(position=number)
        changed(row, by, place=[before, at])


def in_order(rows: Any) -> list[Any]:
    return sorted(rows, key=lambda one: (one.position, one.id))


# ---- out of use ------------------------------------------------------------------------------------------------------


@transaction.atomic
def archive(row: Word, *, by: Act) -> None:
    """No longer offered; tickets keep it. Raises Invalid for what tickets begin with."""
    fresh = locked(row)
    if fresh.archived_at is None:
        must_be_spared(fresh)
        put_away(fresh)
        changed(fresh, by, archived=[False, True])


@transaction.atomic
def restore(row: Word, *, by: Act) -> None:
    """Offered again."""
    fresh = locked(row)
    if fresh.archived_at is not None:
        kind_of(row).model.objects.filter(id=row.id).update(archived_at=None)
        changed(fresh, by, archived=[True, False])


def put_away(row: Word) -> datetime:
    """Take a locked word out of use, since the instant it answers; the caller asks whether it may go, and tells."""
    row.archived_at = since = clock.now()
    row.save(update_fields=["archived_at"])
    return since


def is_used(row: Word) -> bool:
    """Whether a ticket has it, one in the bin too, or a person or organisation: then it can only be taken out of
    use."""
    if isinstance(row, CustomField | CustomOption):
        return CustomValue.objects.filter(**{"field" if isinstance(row, CustomField) else "option": row.id}).exists()
    return Ticket.objects.filter(tickets_with(row)).exists()


@transaction.atomic
def delete(row: Word, *, by: Act) -> None:
    """Take a word away that no ticket has. Raises Invalid for one in use."""
    fresh = locked(row, to_delete=True)  # whoever gives it to a ticket at this moment waits, and then finds it gone
    if fresh.archived_at is None:
        must_be_spared(fresh)
    if is_used(fresh):
        if isinstance(row, CustomField | CustomOption):
            raise Invalid(_("Customers or organisations have it, so it stays. Take it out of use instead."))
        raise Invalid(_("Requests have it, so it stays. Take it out of use instead."))
    pk = fresh.id
    if isinstance(fresh, Field):  # what others belong to cannot go before these
        while lowest := list(fresh.options.filter(children=None).values_list("id", flat=True)):
            FieldOption.objects.filter(id__in=lowest).delete()
    fresh.delete()
    fresh.id = pk
    changed(fresh, by, created=[True, False])


# ---- what all share --------------------------------------------------------------------------------------------------


def locked(row: Word, *, to_delete: bool = False) -> Any:
    """The word, fresh and locked. Raises Invalid if it is gone."""
    found = kind_of(row).model.objects.select_for_update(no_key=not to_delete).filter(id=row.id).first()
    if found is None:
        raise Invalid(_("It is no longer there."))
    return found


def must_not_begin(row: Word) -> str:
    """Why a word must stay in use, "" if it need not: what tickets begin with is always there."""
    if isinstance(row, Status):
        used = in_order(Status.objects.filter(stage=row.stage, archived_at=None))
        if directory.beginnings(used).get(row.stage) == row:
            return _("Its stage begins with this status. Make another one of the stage the first choice before.")
    priorities = Priority.objects.filter(archived_at=None) if isinstance(row, Priority) else ()
    if min(priorities, key=lambda one: abs(one.rank), default=None) == row:
        return _("This is the ordinary priority, which requests begin with. It can be renamed, not taken away.")
    return ""


def must_be_spared(row: Word) -> None:
    """Raises Invalid for what must stay in use."""
    if reason := must_not_begin(row):
        raise Invalid(reason)


def named(row: Word, name: str) -> str:
    """A name as it is kept. Raises Invalid for an empty one."""
    name = one_line(name.strip().lstrip("#") if isinstance(row, Tag) else name, longest(type(row)))
    if not name:
        raise Invalid(_("It needs a name."))
    return name


def _must_be_free(row: Word) -> None:
    same = Q(folded=row.folded) | Q(name=row.name) if isinstance(row, Tag) else Q(name=row.name)
    if beside(row).filter(same).exclude(id=row.id).exists():
        raise _taken()


def _write(write: Callable[[], None]) -> None:
    try:
        with transaction.atomic():
            write()
    except IntegrityError:  # somebody was faster by a moment
        raise _taken() from None


def _taken() -> Invalid:
    return Invalid(_("There is one of this name already, perhaps among those that are out of use."))


def changed(row: Word, by: Act, **delta: Any) -> int:
    """Write the event of a change; answers its id."""
    kind = kind_of(row)
    if isinstance(row, FieldOption | CustomOption):  # a deleted one could not be asked of which field it was
        delta[IN_FIELD] = [row.field_id, row.field_id]
    event = recorded(by, kind.verb, delta={kind.code: [row.id, row.id], **delta})
    directory.forget()
    return event
