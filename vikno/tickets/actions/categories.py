"""Verbs on categories, the words that requests are filed under. Every change but another name and deleting can be
undone: events hold no words, so a former name is not kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vikno.core import clock
from vikno.core.text import one_line
from vikno.journal.acts import Act
from vikno.journal.models import Event
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.tickets import directory
from vikno.tickets.actions import account
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Category, Field, Ticket

LONGEST = 100  # characters of a name


@transaction.atomic
def add(name: str, *, parent: Category | None = None, account_matter: bool = False, by: Act) -> Category:
    """A new category, the last one of its place. Raises Invalid if the name is empty or taken there, or the one that it
    shall be a part of is archived."""
    name = _named(name)
    if parent is not None and _locked(parent).archived_at is not None:
        raise Invalid(_("An archived category gets no new parts. Restore it first."))
    _must_be_free(name, parent.id if parent else None)
    last = Category.objects.filter(parent=parent).order_by("-position").values_list("position", flat=True).first()
    try:
        with transaction.atomic():
            row = Category.objects.create(
                parent=parent, name=name, account_matter=account_matter, position=0 if last is None else last + 1
            )
    except IntegrityError:
        raise _taken() from None
    _changed(row.id, by, created=[False, True], account_matter=[None, account_matter])
    return row


@transaction.atomic
def rename(category: Category, name: str, *, by: Act) -> None:
    """Another name; tickets that are filed there show it at once. Raises Invalid if it is empty or taken there."""
    name = _named(name)
    row = _locked(category)
    if row.name == name:
        return
    _must_be_free(name, row.parent_id)
    try:
        with transaction.atomic():
            Category.objects.filter(id=category.id).update(name=name)
    except IntegrityError:
        raise _taken() from None
    _changed(category.id, by, named=[True, True])


def move(category: Category, step: int, *, by: Act) -> None:
    """Put a category so many places further down (below zero: up) among those in use beside it, at most to the end.
    Raises Invalid for an archived one."""
    _place(category, lambda now: now + step, by)


@transaction.atomic
def _place(category: Category, wanted: Callable[[int], int], by: Act) -> None:
    """Put a category at the place that follows from the one it has, counted from 0."""
    rows = [row for row in lock_all() if row.parent_id == category.parent_id and row.archived_at is None]
    beside = [row.id for row in sorted(rows, key=lambda row: (row.position, row.id))]
    if category.id not in beside:
        raise Invalid(_("An archived category has no place among the others. Restore it first."))
    before = beside.index(category.id)
    at = max(0, min(wanted(before), len(beside) - 1))
    if at == before:
        return
    beside.insert(at, beside.pop(before))
    for number, pk in enumerate(beside):
        Category.objects.filter(id=pk).update(position=number)
    _changed(category.id, by, place=[before, at])


class Releases(Invalid):
    """Requests wait there for a proof, and without the switch they could be answered at once."""

    def __init__(self, count: int) -> None:
        words = ngettext(
            "%(count)s request here waits for a proof of who asks; without this it can be answered at once.",
            "%(count)s requests here wait for a proof of who asks; without this they can be answered at once.",
            count,
        )
        super().__init__(words % {"count": count})


class ReleasedByUndo(Invalid):
    """Undoing the switch would release requests unasked."""

    def __init__(self, count: int) -> None:
        words = ngettext(
            "%(count)s request here waits for a proof of who asks. Nothing was undone: open the category and take the "
            "mark off there.",
            "%(count)s requests here wait for a proof of who asks. Nothing was undone: open the category and take the "
            "mark off there.",
            count,
        )
        super().__init__(words % {"count": count})


@transaction.atomic
def set_account_matter(category: Category, on: bool, *, by: Act, release: bool = False) -> None:
    """Whether requests filed here, and under its parts, are matters of an account: nothing leaves for the customer
    until it is proved that they ask. Holds at once, for tickets that are there already too.

    Raises Releases for requests that would be answerable by that, until `release`: then the time line of each says who
    let it pass.
    """
    released = _switch([row for row in _with_parts(category) if row.account_matter != on], on, by)
    if released and not release:
        raise Releases(len(released))
    account.tell_released(released, by=by)


def _switch(rows: list[Category], on: bool, by: Act) -> list[Ticket]:
    """Set the mark of these, of which each has the other one; answers the requests that wait for a proof no more."""
    waiting = [] if on else account.waiting_in([row.id for row in rows])
    for row in rows:
        Category.objects.filter(id=row.id).update(account_matter=on)
        _changed(row.id, by, account_matter=[not on, on])
    return [ticket for ticket in waiting if not account.is_locked(ticket)]


@transaction.atomic
def archive(category: Category, *, by: Act) -> None:
    """No longer offered, nor are its parts; tickets keep it."""
    if _locked(category).archived_at is None:
        Category.objects.filter(id=category.id).update(archived_at=clock.now())
        _changed(category.id, by, archived=[False, True])


@transaction.atomic
def restore(category: Category, *, by: Act) -> None:
    """Undo of archiving."""
    if _locked(category).archived_at is not None:
        Category.objects.filter(id=category.id).update(archived_at=None)
        _changed(category.id, by, archived=[True, False])


def is_used(category: Category) -> bool:
    """Whether a ticket is filed there, one in the bin too, it has parts, or a custom field is asked there: then it can
    only be archived."""
    among = (Category.objects.filter(parent=category.id), Ticket.objects.filter(category=category.id),
             Field.objects.filter(category=category.id))  # fmt: skip
    return any(rows.exists() for rows in among)


@transaction.atomic
def delete(category: Category, *, by: Act) -> None:
    """Take a category away that nothing is filed under. Raises Invalid for one in use."""
    row = _locked(category, to_delete=True)  # whoever files a ticket here at this moment waits, and then finds it gone
    if is_used(row):
        raise Invalid(_("Tickets, parts or custom fields belong to this category, so it stays. Archive it instead."))
    row.delete()
    _changed(category.id, by, created=[True, False])


def as_before(event: Event, tickets: list[int], by: Act) -> None:
    """The inverse of what an event tells. Raises Invalid if it was changed again since, another name was given, or it
    would release requests that wait for a proof."""
    row = Category.objects.filter(id=event.delta["category"][1]).first()  # locked before any ticket
    told = {name: pair for name, pair in event.delta.items() if name != "category"}
    if row is None or "named" in told:
        raise Invalid(_("This cannot be undone."))
    if "created" in told:
        delete(row, by=by)
        return
    (name, (before, after)), now = next(iter(told.items())), _now(row)
    if now.get(name, after) != after:
        raise Invalid(_("This category was changed again since. Nothing was undone."))
    if name == "place":
        _place(row, lambda _now: before, by)
    elif name == "archived":
        (archive if before else restore)(row, by=by)
    else:
        released = _switch([row], before, by)
        if released:  # only who is asked and says so lets them pass
            raise ReleasedByUndo(len(released))


def _now(row: Category) -> dict[str, Any]:
    return {"archived": row.archived_at is not None, "account_matter": row.account_matter}


def _with_parts(category: Category) -> list[Category]:
    """The category and all below it, locked."""
    rows = lock_all()
    found = {category.id}
    while more := {one.id for one in rows if one.parent_id in found} - found:
        found |= more
    return [one for one in rows if one.id in found]


def lock_all() -> list[Category]:
    """All categories, locked in order of id: they are few, and a verb comes to several. Before any ticket."""
    return list(Category.objects.select_for_update(no_key=True).order_by("id"))


def _locked(category: Category, *, to_delete: bool = False) -> Category:
    row = Category.objects.select_for_update(no_key=not to_delete).filter(id=category.id).first()
    if row is None:
        raise Invalid(_("This category is no longer there."))
    return row


def _named(name: str) -> str:
    name = one_line(name, LONGEST)
    if not name:
        raise Invalid(_("A category needs a name."))
    return name


def _must_be_free(name: str, parent: int | None) -> None:
    """SQLite does not hold the constraint where there is no parent: to it no two of nothing are the same. PostgreSQL
    holds it, also against whoever adds the same at this moment."""
    if Category.objects.filter(parent=parent, name=name).exists():
        raise _taken()


def _taken() -> Invalid:
    return Invalid(_("There is a category of this name here already, perhaps among the archived ones."))


def _changed(category: int, by: Act, **delta: Any) -> None:
    record(by, Verb.CATEGORY_CHANGED, delta={"category": [category, category], **delta})
    directory.forget()
