"""What people decide about entries of the ledger: let one in, block its sender, have one tried again."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock, files
from vikno.intake import leftovers, pipeline
from vikno.intake.ledger import NotPossible, retry
from vikno.intake.models import Fate, Inbound
from vikno.intake.pipeline import DOORS, TAKEN, Outcome
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.actions import block_identity, identify

__all__ = ["NotPossible", "block", "let_in", "retry"]

WAITING_FOR_A_WORD = (Fate.HELD, Fate.SUSPECTED, Fate.REFUSED)


def let_in(inbound: Inbound, by: Act) -> Outcome:
    """Take a held or suspected entry in as if nothing spoke against it; also one that was blocked by mistake.

    It keeps the time at which it arrived. Its sender stays blocked, if they are. Raises NotPossible if the entry has
    another fate by now, and files.MissingFile if its raw bytes are gone: then it has failed, or was erased, visibly.
    """
    try:
        reading = pipeline.read_again(inbound)  # slow: before the transaction
    except files.MissingFile:
        _bytes_are_gone(inbound, by)
        raise
    taken = False
    try:
        with transaction.atomic():
            entry = pipeline.refreshed(inbound)
            if entry.fate not in WAITING_FOR_A_WORD or entry.state != Inbound.State.DONE:
                raise NotPossible(_("This letter no longer waits for a decision: somebody was faster."))
            outcome = pipeline.settle(entry, reading, released=True)
            record(
                by,
                Verb.INBOUND_LET_IN,
                message=outcome.message_id,
                delta={"inbound": [entry.id, entry.id], "fate": [entry.fate, outcome.fate]},
            )
        taken = outcome.fate in TAKEN
    finally:
        if not taken:
            leftovers.delete_unnamed(reading.written)
    return outcome


def _bytes_are_gone(inbound: Inbound, by: Act) -> None:
    """What cannot be let in must not go on waiting for that. Bytes may come back from a backup; what was erased may
    not."""
    with transaction.atomic():
        entry = pipeline.refreshed(inbound)
        if entry.fate not in WAITING_FOR_A_WORD or entry.state != Inbound.State.DONE:
            return
        erased = entry.erased_at is not None
        fate, reason = (Fate.REFUSED, "erased") if erased else (Fate.FAILED, "raw_missing")
        if (entry.fate, entry.reason) == (fate, reason):
            return
        Inbound.objects.filter(id=entry.id).update(fate=fate, reason=reason, handled_at=clock.now())
        verb = Verb.INBOUND_BLOCKED if erased else Verb.INBOUND_HELD
        record(by, verb, delta={"inbound": [entry.id, entry.id], "fate": [entry.fate, fate]})


def block(inbound: Inbound, by: Act) -> None:
    """Refuse a held or suspected entry and hold back what its sender writes from now on. The raw bytes stay.

    Raises NotPossible if the entry has another fate by now.
    """
    with transaction.atomic():
        entry = pipeline.refreshed(inbound)
        if entry.fate not in (Fate.HELD, Fate.SUSPECTED) or entry.state != Inbound.State.DONE:
            raise NotPossible(_("This letter no longer waits for a decision: somebody was faster."))
        person = None
        if entry.sender:
            identity = identify(DOORS[entry.channel.kind].identity_kind, entry.sender, by=by)
            block_identity(identity, by=by)
            person = identity.person_id
        Inbound.objects.filter(id=entry.id).update(
            fate=Fate.REFUSED, reason="blocked_by_agent", ticket=None, handled_at=clock.now()
        )
        record(
            by,
            Verb.INBOUND_BLOCKED,
            person=person,
            delta={"inbound": [entry.id, entry.id], "fate": [entry.fate, Fate.REFUSED]},
        )
