"""What is blanked when a person is erased. Rooms register their part; the verb that runs them stands in a lower room.

    erasure.register(Step("messages", preview=count_messages, run=blank_messages))

A step blanks rows and keeps them: events, tickets and figures stay whole. `run` is called inside a transaction, must
bear being called again, and must not fail because another part was blanked before it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vikno.core import clock
from vikno.people.models import Contract, CustomValue, Former, Identity, Person


@dataclass(frozen=True, slots=True)
class Step:
    """One room's part. `preview` counts, by kind, what would be blanked of a person (by id); `run` blanks it."""

    name: str
    preview: Callable[[int], dict[str, int]]
    run: Callable[[int], None]


STEPS: dict[str, Step] = {}


def register(step: Step) -> None:
    """Add a room's part; called in its `apps.ready`."""
    STEPS[step.name] = step


def preview_people(person_id: int) -> dict[str, int]:
    """What the room of people would blank."""
    return {
        "names": Person.objects.filter(id=person_id).exclude(name="").count(),
        "identities": Identity.objects.filter(person_id=person_id, erased_at=None).count(),
        "contracts": Contract.objects.filter(person_id=person_id).exclude(number__startswith=_MARK).count(),
        "fields": CustomValue.objects.filter(person_id=person_id, current=True).count(),
    }


_MARK = "erased:"


def blank_people(person_id: int) -> None:
    """Name, addresses, contract numbers and what custom fields say go; the rows stay, so that tickets and events keep
    whom they point to. The same address writing again is somebody new."""
    now = clock.now()
    for identity in Identity.objects.filter(person_id=person_id, erased_at=None):
        # Somebody else may have had it by mistake before: what an undo would bring back there is theirs as well.
        was = Former.objects.filter(what=Former.What.IDENTITY, data__kind=identity.kind, data__value=identity.value)
        was.update(data={})
        identity.value, identity.shown, identity.erased_at = f"{_MARK}{identity.id}", "", now
        identity.verified_by, identity.verified_at, identity.preferred = "", None, False
        identity.save(update_fields=["value", "shown", "erased_at", "verified_by", "verified_at", "preferred"])
    for contract in Contract.objects.filter(person_id=person_id):
        contract.number = f"{_MARK}{contract.id}"
        contract.save(update_fields=["number"])
    CustomValue.objects.filter(person_id=person_id).update(
        text="", number=None, date=None, option=None, checked=None, current=False
    )
    Former.objects.filter(person_id=person_id).update(data={})
    Person.objects.filter(id=person_id).update(
        name="", sort_key="", language="", zone="", organisation=None, organisation_by_domain=False
    )
    Person.objects.filter(id=person_id, erased_at=None).update(erased_at=now)
