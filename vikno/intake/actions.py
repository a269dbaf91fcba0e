"""What people decide about entries of the ledger: let one in, block its sender, have one tried again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock, files
from vikno.dialogs.models import ChannelAddress
from vikno.intake import leftovers, pipeline
from vikno.intake.ledger import NotPossible, retry
from vikno.intake.models import Fate, Inbound
from vikno.intake.pipeline import DOORS, TAKEN, Outcome
from vikno.intake.suspecting import waits_again
from vikno.journal.acts import Act, Kind
from vikno.journal.models import Event
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people import actions as people
from vikno.people import values
from vikno.people.actions import block_identity, identify, unblock_identity
from vikno.people.models import BlockedDomain, Identity
from vikno.tickets.actions.changing import Invalid

__all__ = ["NotPossible", "block", "block_domain", "let_in", "retry", "take_back"]

WAITING_FOR_A_WORD = (Fate.HELD, Fate.SUSPECTED, Fate.REFUSED)


def let_in(inbound: Inbound, by: Act, *, apart: bool = False) -> Outcome:
    """Take a held or suspected entry in as if nothing spoke against it; also one that was blocked by mistake. `apart`:
    as a request of its own, whatever it claims to belong to.

    It keeps the time at which it arrived. Its sender stays blocked, if they are. Raises NotPossible if the entry has
    another fate by now, and files.MissingFile if its raw bytes are gone: then it has failed, or was erased, visibly.
    """
    try:
        reading = replace(pipeline.read_again(inbound), apart=apart)  # slow: before the transaction
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
                delta={
                    "inbound": [entry.id, entry.id], "fate": [entry.fate, outcome.fate],
                    "reason": [entry.reason, outcome.reason], "ticket": [entry.ticket_id, outcome.ticket_id],
                },
            )  # fmt: skip
        taken = outcome.fate in TAKEN
    finally:
        if not taken:
            leftovers.delete_unnamed(reading.written)
    return outcome


def block_domain(domain: str, *, by: Act) -> BlockedDomain:
    """Hold what comes from this domain and all below it until a person lets it in.

    Raises NotPossible for a domain that a channel of ours has an address at or below, and what people's verb raises.
    """
    with suppress(values.WrongValue):  # which is refused with its own words
        named = f".{values.domain(domain)}"
        ours = ChannelAddress.objects.values_list("address", flat=True)
        if any(f".{values.domain(values.domain_of(address))}".endswith(named) for address in ours):
            raise NotPossible(_("Your own addresses are at %(domain)s: it cannot be blocked.") % {"domain": named[1:]})
    return people.block_domain(domain, by=by)


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
        person, blocked = None, None
        if entry.sender:
            identity = identify(DOORS[entry.channel.kind].identity_kind, entry.sender, by=by)
            blocked = identity.id if identity.blocked_at is None else None  # what this act has to answer for
            block_identity(identity, by=by)
            person = identity.person_id
        Inbound.objects.filter(id=entry.id).update(
            fate=Fate.REFUSED, reason="blocked_by_agent", ticket=None, handled_at=clock.now()
        )
        record(
            by,
            Verb.INBOUND_BLOCKED,
            person=person,
            delta={
                "inbound": [entry.id, entry.id], "fate": [entry.fate, Fate.REFUSED], "reason": [entry.reason, ""],
                "identity": [None, blocked], "ticket": [entry.ticket_id, None],
            },
        )  # fmt: skip


def take_back(act_id: int, agent_id: int, by: Act) -> int:
    """Undo what one act of this agent did to held entries, many at once perhaps: each waits for a word as before, and
    the sender of one that was blocked may write. What was let in goes the way of all such decisions
    (`suspecting.waits_again`). Answers how many entries it was.

    Raises NotPossible, and changes nothing, if there is nothing to undo, if somebody decided anew meanwhile, or if
    something was built on the message already.
    """
    with transaction.atomic():
        events = Event.objects.filter(act=act_id, actor_kind=Kind.AGENT, actor_id=agent_id)
        mine = list(events.filter(verb__in=(Verb.INBOUND_LET_IN, Verb.INBOUND_BLOCKED)).order_by("-id"))
        if not mine:
            raise NotPossible(_("There is nothing to undo."))
        for event in mine:
            entry = pipeline.refreshed(Inbound(id=event.delta["inbound"][1]))
            if entry.fate != event.delta["fate"][1]:
                raise NotPossible(_("Somebody decided anew about one of these letters. Nothing was undone."))
            (_unblock if event.verb == Verb.INBOUND_BLOCKED else _out_again)(entry, event, by)
        return len(mine)


def _unblock(entry: Inbound, event: Event, by: Act) -> None:
    identity = Identity.objects.filter(id=event.delta.get("identity", [None, None])[1]).first()
    if identity is not None:
        unblock_identity(identity, by=by)
    before = event.delta["fate"][0]
    Inbound.objects.filter(id=entry.id).update(
        fate=before, reason=event.delta.get("reason", ["", ""])[0], ticket=event.delta.get("ticket", [None])[0]
    )
    record(by, Verb.INBOUND_PUT_BACK, delta={"inbound": [entry.id, entry.id], "fate": [entry.fate, before]})


def _out_again(entry: Inbound, event: Event, by: Act) -> None:
    try:
        waits_again(event, [], by.led_by(event.id))
    except Invalid as reason:
        raise NotPossible(str(reason)) from None
