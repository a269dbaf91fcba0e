"""Verbs on saved views. Deleting one is undone by its act; other changes are made anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.core.selectors.grammar import Group, written
from vikno.core.text import one_line
from vikno.journal.acts import Act, Kind
from vikno.journal.models import Event
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.staff.models import Team
from vikno.tickets import directory
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import SavedView

LONGEST = 80  # characters of a name
MOST = 50  # views of one agent, of one team, for all
Audience = SavedView.Audience


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a view shall be. The condition was read, so it can be asked."""

    name: str
    condition: Group
    audience: str = Audience.PRIVATE
    team: Team | None = None
    closed_too: bool = False


@transaction.atomic
def make(wanted: Wanted, *, by: Act) -> SavedView:
    """A new view, the last one of its audience. Raises Invalid without a name, or if there are too many already."""
    if by.actor.kind != Kind.AGENT or by.actor.id is None:
        raise Invalid(_("A view belongs to an agent."))
    row = SavedView(agent_id=by.actor.id)
    _set(row, wanted)
    row.position = _room(row)
    row.save()
    _changed(row, by, created=[False, True])
    return row


@transaction.atomic
def change(view: SavedView, wanted: Wanted, *, by: Act) -> None:
    """Another name, condition or audience. Raises Invalid as `make` does, and if it was deleted meanwhile."""
    row = _locked(view)
    before = _codes(row)
    place = row.audience, row.team_id
    named = row.name
    _set(row, wanted)
    if row.audience == SavedView.Audience.PRIVATE and place[0] != row.audience and by.actor.id is not None:
        row.agent_id = by.actor.id  # whoever keeps it for themselves has it
    if (row.audience, row.team_id) != place:
        row.position = _room(row)
    row.save()
    delta: dict[str, Any] = {
        name: [old, new] for (name, old), new in zip(before.items(), _codes(row).values(), strict=True) if old != new
    }
    if row.name != named:
        delta["named"] = [True, True]
    if delta:
        _changed(row, by, **delta)


@transaction.atomic
def move(view: SavedView, step: int, *, by: Act) -> None:
    """Put a view so many places further down (below zero: up) among those of its audience."""
    row = _locked(view)
    beside = list(_beside(row).select_for_update(no_key=True).order_by("position", "id"))
    before = next(n for n, one in enumerate(beside) if one.id == row.id)
    at = max(0, min(before + step, len(beside) - 1))
    if at == before:
        return
    beside.insert(at, beside.pop(before))
    for number, one in enumerate(beside):
        SavedView.objects.filter(id=one.id).update(position=number)
    _changed(row, by, place=[before, at])


@transaction.atomic
def take_away(view: SavedView, *, by: Act) -> None:
    """Take a view away. Nothing happens to its tickets, and it can be undone."""
    row = _locked(view)
    SavedView.objects.filter(id=row.id).update(deleted_at=clock.now())
    _changed(row, by, deleted=[False, True])


def as_before(event: Event, tickets: list[int], by: Act) -> None:
    """The inverse of what an event tells. Raises Invalid for what is not undone, or was changed since."""
    row = SavedView.objects.select_for_update(no_key=True).filter(id=event.delta["view"][1]).first()
    if row is None:
        raise Invalid(_("This view is no longer there."))
    gone, told = row.deleted_at is not None, event.delta.get("deleted")
    if told is None or told[1] != gone:
        raise Invalid(_("This cannot be undone."))
    SavedView.objects.filter(id=row.id).update(deleted_at=None if gone else clock.now())
    _changed(row, by, deleted=[gone, not gone])


def _set(row: SavedView, wanted: Wanted) -> None:
    row.name = one_line(wanted.name, LONGEST)
    if not row.name:
        raise Invalid(_("A view needs a name."))
    row.condition, row.closed_too = written(wanted.condition), wanted.closed_too
    row.audience, row.team = wanted.audience, wanted.team if wanted.audience == Audience.TEAM else None


def _room(row: SavedView) -> int:
    """The place after the last one of its audience. Raises Invalid if there are too many."""
    beside = _beside(row).exclude(id=row.id)
    if beside.count() >= MOST:
        raise Invalid(_("There are %(most)s views here already. Delete one first.") % {"most": MOST})
    last = beside.order_by("-position").values_list("position", flat=True).first()
    return 0 if last is None else last + 1


def _beside(row: SavedView) -> Any:
    """Those among which a view has its place."""
    found = SavedView.objects.filter(audience=row.audience, team=row.team_id, deleted_at=None)
    return found.filter(agent=row.agent_id) if row.audience == Audience.PRIVATE else found


def _codes(row: SavedView) -> dict[str, Any]:
    """What events tell of a view: no words."""
    return {
        "condition": row.condition, "audience": str(row.audience), "team": row.team_id, "closed_too": row.closed_too,
    }  # fmt: skip


def _locked(view: SavedView) -> SavedView:
    row = SavedView.objects.select_for_update(no_key=True).filter(id=view.id, deleted_at=None).first()
    if row is None:
        raise Invalid(_("This view is no longer there."))
    return row


def _changed(row: SavedView, by: Act, **delta: Any) -> None:
    record(by, Verb.VIEW_CHANGED, delta={"view": [row.id, row.id], **delta})
    directory.forget()
