"""What a word means that was merged into another one: conditions of views follow it, and come back when that is undone.
Nothing of them is written anew: what was merged is read from the events that tell of it."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.db.models import Q

from vikno.journal.models import Event, SettingEvent
from vikno.journal.vocabulary import Verb
from vikno.tickets.models import Priority, Status, Tag, TicketType

KINDS: dict[str, tuple[type[models.Model], Verb]] = {
    "status": (Status, Verb.STATUS_CHANGED), "type": (TicketType, Verb.TYPE_CHANGED),
    "priority": (Priority, Verb.PRIORITY_CHANGED), "tag": (Tag, Verb.TAG_CHANGED),
}  # fmt: skip


def followed(code: str, ids: Collection[int]) -> dict[int, int]:
    """What each of these words means now: itself, or the one that it was merged into. One statement where all are in
    use; `code` is that of a field of conditions, and those of no such words mean themselves."""
    found = {pk: pk for pk in ids}
    if code not in KINDS or not found:
        return found
    model, verb = KINDS[code]
    in_use = set(model._default_manager.filter(id__in=found, archived_at=None).values_list("id", flat=True))
    if in_use >= found.keys():
        return found
    into = _merged(code, verb)
    used = {
        *in_use,
        *model._default_manager.filter(id__in=into.values(), archived_at=None).values_list("id", flat=True),
    }
    for pk in found.keys() - in_use:
        at, passed = pk, {pk}
        while at not in used and (following := into.get(at)) is not None and following not in passed:
            at = following
            passed.add(at)
        found[pk] = at
    return found


def _merged(code: str, verb: Verb) -> dict[int, int]:
    """Word → the one that it was merged into, as far as that is why it is out of use: what happened last decides."""
    told = Event.objects.filter(
        Q(delta__has_key="merged") | Q(delta__has_key="archived"),
        id__in=SettingEvent.objects.filter(verb=verb).values("event_id"), verb=verb,
    )  # fmt: skip
    found: dict[int, int | None] = {}
    for delta in told.order_by("id").values_list("delta", flat=True):
        found[delta[code][1]] = delta["merged"][1] if "merged" in delta else None
    return {pk: into for pk, into in found.items() if into is not None}


def meant(code: str, ids: Collection[int]) -> dict[int, set[int]]:
    """Each of these words and what it means now: requests of one that was just merged follow it little by little."""
    return {pk: {pk, now} for pk, now in followed(code, ids).items()}
