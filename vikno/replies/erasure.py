"""What the room of replies knows of a person: the domain that acknowledgements were counted by, and begun letters."""

from __future__ import annotations

from django.db.models import Q

from vikno.people.erasure import Step
from vikno.people.models import Identity
from vikno.replies.actions import letters
from vikno.replies.models import Acknowledgement, BegunLetter


def _letters(person_id: int) -> list[int]:
    """The begun letters about a request of theirs, to them, or sent to them. Few are begun at a time."""
    known = Identity.objects.filter(person=person_id, erased_at=None).values_list("value", flat=True)
    addresses = [one.lower() for one in known if "@" in one]
    about = Q(ticket__requester=person_id) | Q(message__deliveries__identity__person=person_id)
    found = set(BegunLetter.objects.filter(about).values_list("id", flat=True))
    for letter in BegunLetter.objects.filter(message=None):
        lines = " ".join(str(letter.values.get(role, "")) for role in ("to", "cc", "bcc")).lower()
        if any(one in lines for one in addresses):
            found.add(letter.id)
    return sorted(found)


def preview(person_id: int) -> dict[str, int]:
    """The domain goes with the address, which is counted there."""
    return {"drafts": len(_letters(person_id))}


def blank(person_id: int) -> None:
    """The domain goes; that the request was acknowledged stays. Begun letters go."""
    Acknowledgement.objects.filter(identity__person=person_id).update(domain="")
    letters.discard(BegunLetter.objects.filter(id__in=_letters(person_id)))


STEP = Step("replies", preview, blank)
