"""What is blanked of a person in the ledger: the raw bytes of what they sent, and what its list shows of them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from vikno.core import clock, files
from vikno.dialogs.erasure import messages_of
from vikno.intake.models import Fate, Inbound
from vikno.people.erasure import Step
from vikno.people.models import Identity


def entries_of(person_id: int) -> QuerySet[Inbound]:
    """What came from their addresses, let in or not, and whatever became a message of theirs."""
    addresses = Identity.objects.filter(person=person_id, erased_at=None).values("value")
    sent = Q(sender__in=addresses) | Q(envelope_from__in=addresses)
    return Inbound.objects.filter(sent | Q(message__in=messages_of(person_id)))


def preview(person_id: int) -> dict[str, int]:
    return {"raw": entries_of(person_id).filter(erased_at=None).count()}


def blank(person_id: int) -> None:
    blank_entries(entries_of(person_id))


def blank_entries(entries: QuerySet[Inbound]) -> int:
    """Take the bytes and words out of these entries; their fate and times stay, but nobody can decide any more about
    what waited for a word. Answers how many."""
    ids = list(entries.values_list("id", flat=True))
    undecided = Inbound.objects.filter(id__in=ids, fate__in=(Fate.HELD, Fate.SUSPECTED))
    undecided.update(fate=Fate.REFUSED, reason="erased")
    for entry in Inbound.objects.filter(id__in=ids, file__isnull=False).select_related("file"):
        if entry.file:
            files.remove(entry.file)
    return Inbound.objects.filter(id__in=ids).update(
        raw=None, sender="", domain="", name="", subject="", excerpt="", envelope_from=None, envelope_to=[],
        forwarder=None, peer_ip=None, detail="", foreign_id="", fingerprint="", erased_at=clock.now(),
    )  # fmt: skip


STEP = Step("intake", preview, blank)
