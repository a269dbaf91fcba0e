"""Verbs that only statuses, types, priorities or tags have, and the merge of two of them."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock, jobs
from vikno.core.text import fold, one_line
from vikno.journal.acts import Act
from vikno.journal.models import Event
from vikno.tickets import directory
from vikno.tickets.actions import words
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.fields import TAG_HUES
from vikno.tickets.actions.words import (
    Word,
    changed,
    in_order,
    is_used,
    kind_of,
    locked,
    longest,
    must_be_spared,
    put_away,
)
from vikno.tickets.models import Priority, Stage, Status, Tag, TicketType

REFILE, FILE_BACK = "tickets.refile", "tickets.file_back"  # jobs, see vikno.tickets.actions.refiling
KEY = "tickets.words"  # of these: they are done one at a time, in the order of the clicks


def add_status(name: str, stage: str, customer_word: str = "", *, by: Act) -> Status:
    """A new status, the last one; customers read the other word, or the name. Raises Invalid."""
    word = one_line(customer_word, longest(Status)) or one_line(name, longest(Status))
    made: Status = words.add(Status(name=name, stage=_stage(stage), customer_word=word), by=by)
    return made


def add_type(name: str, *, by: Act) -> TicketType:
    """A new type of request, the last one. Raises Invalid."""
    made: TicketType = words.add(TicketType(name=name), by=by)
    return made


def add_priority(name: str, *, above: bool, by: Act) -> Priority:
    """A new priority: more urgent than all others, or less than all. Raises Invalid."""
    ranks = [0, *Priority.objects.values_list("rank", flat=True)]
    rank = max(ranks) + 10 if above else min(ranks) - 10
    if not -30_000 < rank < 30_000:
        raise Invalid(_("There are too many priorities already."))
    made: Priority = words.add(Priority(name=name, rank=rank), by=by)
    return made


def add_tag(name: str, hue: int, *, by: Act) -> Tag:
    """A new tag. Case does not tell tags apart. Raises Invalid."""
    row = Tag(hue=_hue(hue))
    row.name = words.named(row, name)
    row.folded = fold(row.name)[: longest(Tag)]
    made: Tag = words.add(row, by=by)
    return made


@transaction.atomic
def set_customer_word(row: Status, word: str, *, by: Act) -> None:
    """What who asked reads instead of the status' name; an empty one means the name itself."""
    fresh = locked(row)
    said = one_line(word, longest(Status)) or fresh.name
    if fresh.customer_word != said:
        Status.objects.filter(id=row.id).update(customer_word=said)
        changed(fresh, by, customer_word=[True, True])


@transaction.atomic
def set_stage(row: Status, stage: str, *, by: Act) -> None:
    """Move a status to another stage. Raises Invalid once a ticket has it: that would close or open requests."""
    fresh = locked(row)
    if fresh.stage == _stage(stage):
        return
    if is_used(fresh):
        raise Invalid(_("Requests have this status, so its stage stays. Add another status instead."))
    must_be_spared(fresh)
    before = fresh.stage
    Status.objects.filter(id=row.id).update(stage=stage, default=False)
    changed(fresh, by, stage=[str(before), str(stage)])


@transaction.atomic
def make_default(row: Status, *, by: Act) -> None:
    """Let its stage begin with this status. Raises Invalid for one that is out of use."""
    rows = list(Status.objects.select_for_update(no_key=True).filter(stage=row.stage).order_by("id"))
    if not any(one.id == row.id and one.archived_at is None for one in rows):
        raise Invalid(_("This is out of use. Restore it first."))
    before = directory.beginnings(one for one in in_order(rows) if one.archived_at is None)[row.stage]
    if before.id == row.id and before.default:
        return
    Status.objects.filter(stage=row.stage, default=True).update(default=False)
    Status.objects.filter(id=row.id).update(default=True)
    changed(row, by, default=[before.id, row.id])


@transaction.atomic
def set_hue(row: Tag, hue: int, *, by: Act) -> None:
    """The colour of a tag, one of TAG_HUES."""
    fresh = locked(row)
    if fresh.hue != _hue(hue):
        Tag.objects.filter(id=row.id).update(hue=hue)
        changed(fresh, by, hue=[fresh.hue, hue])


def _stage(stage: str) -> str:
    if stage not in Stage.values:
        raise Invalid(_("Choose a stage."))
    return stage


def _hue(hue: int) -> int:
    if hue not in TAG_HUES:
        raise Invalid(_("Choose one of the colours."))
    return hue


@transaction.atomic
def merge(row: Word, into: Word, *, by: Act) -> None:
    """Give all tickets that have one word another one of its kind, and take the first out of use. The tickets follow by
    a job, in portions, all in this act. Neither closes nor opens anything: statuses are of one stage. Raises
    Invalid."""
    fresh, other = sorted((locked(one) for one in sorted((row, into), key=lambda one: one.id)),
                          key=lambda one: one.id != row.id)  # fmt: skip
    if fresh.id == other.id or fresh.archived_at is not None or other.archived_at is not None:
        raise Invalid(_("Choose two different ones that are in use."))
    if isinstance(fresh, Status) and fresh.stage != other.stage:
        raise Invalid(_("These two belong to different stages. Only statuses of one stage can be merged."))
    must_be_spared(fresh)
    since = put_away(fresh)
    event = changed(fresh, by, merged=[None, other.id])
    what = {
        "kind": kind_of(row).code, "from": row.id, "into": into.id, "act": by.id, "actor": by.actor.id,
        "cause": event, "archived": since.isoformat(),
    }  # fmt: skip
    jobs.enqueue(REFILE, what, key=KEY)
    # Other processes know the words by heart for some seconds, and may give it to a ticket yet.
    jobs.enqueue(REFILE, what, key=KEY, run_at=clock.now() + timedelta(seconds=2 * directory.SECONDS))


@transaction.atomic
def unmerge(row: Word, event: Event, *, by: Act) -> None:
    """Undo of merging: in use again, and the tickets that were changed by it, and not again since, get it back."""
    fresh = locked(row)
    if fresh.archived_at is None:
        raise Invalid(_("It was changed again since. Nothing was undone."))
    kind_of(row).model.objects.filter(id=row.id).update(archived_at=None)
    back = changed(fresh, by, merged=[event.delta["merged"][1], None])
    jobs.enqueue(
        FILE_BACK, {"of": event.act, "act": by.id, "actor": by.actor.id, "cause": back, "kind": kind_of(row).code},
        key=KEY,
    )  # fmt: skip
