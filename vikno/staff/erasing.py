"""What staff knows of a person by name and address, blanked when the person is erased: their invitations."""

from __future__ import annotations

from django.db.models import QuerySet

from vikno.core import clock
from vikno.people.erasure import Step
from vikno.people.models import Identity
from vikno.staff.models import Invitation


def _of(person_id: int) -> QuerySet[Invitation]:
    addresses = Identity.objects.filter(person_id=person_id, kind=Identity.Kind.EMAIL, erased_at=None)
    return Invitation.objects.filter(email__in=addresses.values("value"))


def _blank(person_id: int) -> None:
    for row in _of(person_id):
        row.email, row.name = f"erased-{row.id}@invalid", ""
        if row.accepted_at is None and row.withdrawn_at is None:
            row.withdrawn_at = clock.now()
        row.save(update_fields=["email", "name", "withdrawn_at"])


INVITATIONS = Step("invitations", lambda person: {"invitations": _of(person).count()}, _blank)
