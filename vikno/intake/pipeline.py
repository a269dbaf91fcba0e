"""From the ledger to messages: entries are claimed, read outside any transaction, then settled some at a time.

Claiming gives a lease and a fencing number; settling checks the number and writes the fate in the transaction of the
message itself, so whoever dies in between is taken up again and nothing is there twice. A batch in which anything goes
wrong is undone and taken apart, so that a bad entry takes nobody with it. What a letter or a call is, its channel knows
(`register`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import structlog
from django.db import Error, connection, transaction

from vikno.core import clock, rows, statements
from vikno.core.text import one_line
from vikno.dialogs.models import Message
from vikno.intake import leftovers, lookups
from vikno.intake.claiming import claim, with_channel
from vikno.intake.connection import fresh
from vikno.intake.ledger import raw_bytes
from vikno.intake.models import Fate, Inbound
from vikno.intake.reading_process import Answer, Died, ReadingProcess
from vikno.intake.tries import MOST_TRIES, NoReader, is_apart, is_passing, put_back
from vikno.journal import acts
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.models import Identity

log = structlog.get_logger(__name__)

TAKEN = (Fate.TICKET, Fate.REPLY)  # a message was made
BATCH = 20  # entries claimed together
PORTION = 5  # so many of these are settled, or more, while the next ones are read
MANY_BYTES = 1024 * 1024  # letters of so many bytes together are worth a process that reads them, as a whole batch is
# Seconds of one transaction, after which it takes no further entry. On SQLite others wait for it to write.
LONGEST = {"sqlite": 0.05, "postgresql": 1.0}
FLOOD_LETTERS, FLOOD_DOMAIN_LETTERS, FLOOD_MINUTES = 300, 1000, 10  # unless the channel's settings say otherwise


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an entry. `reason` is one of vikno.intake.reasons."""

    fate: str
    reason: str = ""
    kind: str = ""
    message_id: int | None = None
    ticket_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a channel read out of the raw bytes. `hold` is a reason to keep it back; `value` is the channel's own.
    Entries with the same `foreign_id` and the same `fingerprint` are one and the same; "" is never the same."""

    foreign_id: str = ""
    fingerprint: str = ""
    sender: str = ""  # in the normal form of an identity
    subject: str = ""
    kind: str = Message.Kind.ORDINARY
    hold: str = ""
    value: Any = None
    written: tuple[str, ...] = ()  # keys of files that are on the disk and have no row yet
    name: str = ""  # of the sender, as they call themselves
    forwarder: int | None = None  # the agent who forwards it, as another's
    excerpt: str = ""  # the beginning of the words, for a list of what waits for a person
    apart: bool = False  # a person said that it is a request of its own, whatever it claims to belong to


@dataclass(frozen=True, slots=True)
class Named:
    """Whom the beginning of an entry names: its sender, as they call themselves, and the agent who forwards it."""

    sender: str = ""
    forwarder: int | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """How entries of one kind of channel are handled. `read` must bear any bytes and writes no row; `ahead` answers
    what is no message (a bounce) and runs before any holding back; `take` makes a message of it, let
    in by a person or not. Both run in a transaction. `named` tells names alone, of the first bytes, and writes
    nothing."""

    read: Callable[[Inbound, bytes], Reading]
    ahead: Callable[[Inbound, Reading], Outcome | None]
    take: Callable[[Inbound, Reading, bool], Outcome]
    identity_kind: str = Identity.Kind.EMAIL
    named: Callable[[Inbound, bytes], Named] | None = None


DOORS: dict[str, Door] = {}


def register(kind: str, door: Door) -> None:
    """Say how entries of a kind of channel are handled; called in its folder's `apps.ready`."""
    DOORS[kind] = door


class Lost(Exception):
    """Another worker has this entry by now; what this one wrote of it is rolled back."""


@dataclass(slots=True)
class _Held:
    """An entry in our hands: what was read out of it, or why it could not be read."""

    entry: Inbound
    reading: Reading = field(default_factory=Reading)
    error: Exception | None = None


# ---- entries by turns-----------------------------------------------------------------------------------------------


def step() -> float | None:
    """One turn of the engine: answers 0 when there may be more to do at once."""
    if run_due(reader=_reader(), process=_PROCESS):
        return 0
    if _PROCESS.runs:
        _reader().submit(_PROCESS.rest)
    return None


@cache
def _reader() -> ThreadPoolExecutor:
    """A thread that reads, or has a process read, while another settles what was read: that one mostly waits, for the
    disk, for its turn to write, for the server."""
    return ThreadPoolExecutor(1, "intake-read")


_PROCESS = ReadingProcess()


def run_due(limit: int = BATCH, reader: Executor | None = None, process: ReadingProcess | None = None) -> int:
    """Claim up to `limit` due entries of one channel and settle them; answers how many were claimed. They are read, in
    their order, in the one thread of `reader`, if there is one; then no transaction may be open. That thread has them
    read by `process`, if there is one and it is worth it."""
    fresh()
    claimed = claim(min(limit, BATCH))
    if claimed:
        _handle(claimed, reader, process)
    return len(claimed)


def take_one(inbound: Inbound) -> Inbound:
    """Take an entry that was accepted as `mine` through the pipeline now; answers it with its fate ("" if it has to be
    tried again, which the engine will do)."""
    _handle([inbound])
    return Inbound.objects.select_related("ticket", "message").get(id=inbound.id)


# ---- handling ------------------------------------------------------------------------------------------------------


def _handle(entries: Sequence[Inbound], reader: Executor | None = None, process: ReadingProcess | None = None) -> None:
    if reader is None:
        _settle_all([_read(entry) for entry in entries])
        return
    if process is not None:
        reader.submit(_give, entries, process)
    reading = [reader.submit(_read_there, entry, process) for entry in entries]
    while reading:
        count = min(PORTION, len(reading))
        reading[count - 1].result()
        while count < len(reading) and reading[count].done():
            count += 1
        _settle_all([one.result() for one in reading[:count]])
        reading = reading[count:]


def _give(entries: Sequence[Inbound], process: ReadingProcess) -> None:
    """Have the process read them if that is faster, or if one was tried before: the engine may not read what ended
    whoever read it."""
    tried = any(entry.attempts > 1 or is_apart(entry) for entry in entries)
    several = len(entries) > 1
    many = len(entries) >= BATCH or (several and sum(entry.size for entry in entries) >= MANY_BYTES)
    if tried or many or (several and process.runs):
        process.give([entry.id for entry in entries], wait=tried)


def _read_there(entry: Inbound, process: ReadingProcess | None) -> _Held:
    """Read in a thread that lives long, or have the process read."""
    try:
        answer = process.answer(entry.id) if process is not None else None
    except Died as error:
        return _Held(entry, error=error)
    if answer is not None:
        return _Held(entry, *answer)
    if is_apart(entry):
        return _Held(entry, error=NoReader("This entry is read by a process of its own only, and there was none."))
    fresh()
    return _read(entry)


def read_named(ids: Sequence[int]) -> Iterator[Answer | None]:
    """In the process that reads: what is in each of these entries, in their order; None where that cannot be told here,
    so that the engine finds out why."""
    fresh()
    try:
        entries = with_channel().in_bulk(ids)
    except Error:
        entries = {}
    for number in ids:
        one = _read(entries[number]) if number in entries else None
        yield None if one is None else (one.reading, one.error)


def _settle_all(waiting: Sequence[_Held]) -> None:
    while waiting:
        try:
            done = _settle_some(waiting)
        except Exception:  # nothing of it was written: one by one, so that one cannot take others with it
            log.warning("a batch of letters failed and is taken apart", first=waiting[0].entry.id, exc_info=True)
            for one in waiting:
                _settle_alone(one)
            return
        waiting = waiting[done:]


def _read(entry: Inbound) -> _Held:
    """Understand the raw bytes. Slow and hostile work: no transaction is open."""
    if entry.attempts > MOST_TRIES:
        return _Held(entry, error=RuntimeError("The program ended each time while this entry was being handled."))
    try:
        door = DOORS[entry.channel.kind]
        return _Held(entry, door.read(entry, raw_bytes(entry)))
    except Exception as error:
        log.warning("a letter could not be read", inbound=entry.id, exc_info=True)
        return _Held(entry, error=error)


def _settle_some(waiting: Sequence[_Held]) -> int:
    """Settle the first few in one transaction; answers how many. Stops early when others have waited long enough."""
    done = 0
    unused: list[str] = []
    with transaction.atomic(), statements.together(len(waiting)):
        began = time.monotonic()  # others wait from here on
        lookups.wait_for_twins(one.reading.foreign_id for one in waiting)
        for one in waiting:
            unused += _settle_one(one)
            done += 1
            if time.monotonic() - began > LONGEST[connection.vendor]:
                break
    leftovers.delete(unused)
    return done


def _settle_alone(one: _Held) -> None:
    try:
        with transaction.atomic():
            lookups.wait_for_twins([one.reading.foreign_id])
            unused = _settle_guarded(one)
    except Exception as error:
        log.warning("a letter has to wait", inbound=one.entry.id, exc_info=True)
        leftovers.delete_unnamed(one.reading.written)
        put_back(one.entry, error)
    else:
        leftovers.delete_unnamed(unused)  # the batch that failed before may have been committed all the same


def _settle_guarded(one: _Held) -> Sequence[str]:
    """Settle one entry in a savepoint. Answers the keys of files that no row names now.

    Raises what is not the letter's fault: a database or a disk that is away.
    """
    try:
        with transaction.atomic():
            return _settle_one(one)
    except Lost:
        log.info("another worker has this entry", inbound=one.entry.id)
        return one.reading.written
    except Exception as error:
        if is_passing(error):
            raise
        log.warning("a letter could not be taken in", inbound=one.entry.id, exc_info=True)
        put_back(one.entry, error)
        return one.reading.written


def _settle_one(one: _Held) -> Sequence[str]:
    """Settle one entry, whatever happens. Answers the keys of files that no row names now."""
    if one.error is not None:
        put_back(one.entry, one.error)
        return ()
    outcome = settle(one.entry, one.reading)
    return () if outcome.fate in TAKEN else one.reading.written


# ---- settling one entry --------------------------------------------------------------------------------------------


def settle(entry: Inbound, reading: Reading, *, released: bool = False) -> Outcome:
    """Decide an entry's fate and write it, inside the caller's transaction. `released`: a person let it in, so nothing
    holds it back. Raises Lost, and whatever handling it raises."""
    door = DOORS[entry.channel.kind]
    known = None if released else _known(entry, reading, door.identity_kind)
    own = lookups.own_message(reading.foreign_id) if known is None else known.own
    outcome = None
    if known is not None and known.same is not None:
        outcome = Outcome(Fate.DUPLICATE, "same_letter", "", *known.same)
    elif own is not None:  # a copy of our own letter has come back
        outcome = Outcome(Fate.DUPLICATE, "own_letter", "", *own)
    outcome = outcome or door.ahead(entry, reading)
    if outcome is None and known is not None:
        outcome = _hold(reading, known)
    if outcome is None:
        outcome = door.take(entry, reading, released)
    _write(entry, reading, outcome)
    if outcome.fate == Fate.HELD:
        record(acts.system(), Verb.INBOUND_HELD, delta={"inbound": [None, entry.id], "reason": ["", outcome.reason]})
    return outcome


def _write(entry: Inbound, reading: Reading, outcome: Outcome) -> None:
    """The fate goes into the row by whoever still holds it, in the transaction of the message itself."""
    fields = {
        "state": Inbound.State.DONE,
        "fate": outcome.fate,
        "reason": outcome.reason,
        "kind": outcome.kind or reading.kind,
        "message_id": outcome.message_id,
        "ticket_id": outcome.ticket_id,
        "foreign_id": reading.foreign_id[:255],
        "fingerprint": reading.fingerprint,
        "sender": reading.sender[:320],
        "domain": lookups.domain_of(reading.sender),
        "subject": reading.subject[:500],
        "name": one_line(reading.name, 200),
        "forwarder_id": reading.forwarder,
        "detail": "",
        "lease_until": None,
        "handled_at": clock.now(),
    }
    if outcome.fate in (Fate.HELD, Fate.SUSPECTED):
        fields["excerpt"] = one_line(reading.excerpt, 600)
    held = {"id": entry.id, "fence": entry.fence, "state": entry.state}
    rows.change_one(Inbound, held, fields, otherwise=Lost(str(entry.id)))


def _known(entry: Inbound, reading: Reading, kind: str) -> lookups.Known:
    """What an entry is compared with. An earlier one with the same id and the same content makes it a duplicate,
    whatever channel it took. More than N within M minutes from one address or domain are a flood: the N-th newest
    entry from there is that young, by the times of arrival at our server or mailbox, so that a backlog fetched at once
    is none.
    """
    settings = entry.channel.settings
    most = _number(settings.get("flood_letters"), FLOOD_LETTERS)
    since = entry.received_at - timedelta(minutes=_number(settings.get("flood_minutes"), FLOOD_MINUTES))
    of_domain = _number(settings.get("flood_domain_letters"), FLOOD_DOMAIN_LETTERS)
    limits = lookups.Limits(most, of_domain, since)
    return lookups.known(entry.id, reading.foreign_id, reading.fingerprint, kind, reading.sender, limits)


def _hold(reading: Reading, known: lookups.Known) -> Outcome | None:
    if reading.hold:
        return Outcome(Fate.HELD, reading.hold)
    return Outcome(Fate.HELD, known.against) if known.against else None


def _number(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and value > 0 else otherwise


def refreshed(entry: Inbound) -> Inbound:
    """The row as a verb of a person works on it: locked until the transaction ends."""
    return with_channel().select_for_update(of=("self",)).get(id=entry.id)


def read_again(entry: Inbound) -> Reading:
    """Understand an entry's raw bytes once more, for a verb, by what it has become meanwhile. Raises files.MissingFile
    and whatever reading raises."""
    entry = with_channel().get(id=entry.id)
    return DOORS[entry.channel.kind].read(entry, raw_bytes(entry))
