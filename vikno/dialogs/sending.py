"""Sending what is due: the loop of the engine, and one round of it for tests and commands.

A few threads, so that a slow server holds up its own channel alone; what a thread does with one delivery is `carry`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Barrier

import structlog
from django.db import Error as DatabaseError
from django.db import close_old_connections, connection

from vikno.core.loops import STOPPING, Loop
from vikno.dialogs import claiming, deliveries
from vikno.dialogs.channels import KINDS, Halted, NoWayOut, Rejected, Retry, Unknown
from vikno.dialogs.delivery_words import Code
from vikno.dialogs.models import Delivery

log = structlog.get_logger(__name__)

THREADS = 8
PER_CHANNEL = 4  # of these threads at most so many work for one channel
IDLE = 0.1  # seconds between two looks at the queue
LOOK_FOR_ABANDONED = 5.0
DATABASE_PATIENCE = 40.0  # seconds to go on trying to write down an outcome; below the lease


def run_due(limit: int = 20) -> int:
    """Send up to `limit` deliveries that are due, one after the other in this thread; answers how many were tried."""
    deliveries.settle_abandoned()
    claimed = claiming.claim_due(limit, per_channel=limit)
    for delivery in claimed:
        carry(delivery)
    return len(claimed)


def carry(delivery: Delivery) -> None:
    """Hand one claimed delivery over and write down what became of it."""
    if not deliveries.begin(delivery):
        return  # taken back in this very moment
    refusal = deliveries.why_not(delivery)  # by what is so once nobody can take it back
    outcome = _refused(delivery, refusal) if refusal else _hand_over(delivery)
    _write_down(outcome)


def _refused(delivery: Delivery, code: Code) -> Callable[[], object]:
    return lambda: deliveries.mark_refused(delivery, code)


def _hand_over(delivery: Delivery) -> Callable[[], object]:
    """Outside any transaction: the other side may take minutes."""
    kind = KINDS[delivery.channel.kind]
    assert kind.deliver is not None  # why_not has looked
    try:
        code = kind.deliver(delivery) or ""
    except Retry as error:
        reason, after = str(error), error.after
        return lambda: deliveries.retry_later(delivery, reason, after)
    except Rejected as error:
        reason, never = str(error), error.no_such_address
        return lambda: deliveries.mark_refused(delivery, reason, never)
    except Halted as error:
        halted = error
        log.warning("a channel cannot send", channel=delivery.channel_id, code=error.code, detail=error.detail)
        return lambda: deliveries.halt(delivery, halted.code, halted.detail, halted.after)
    except NoWayOut:
        return lambda: deliveries.wait_for_way(delivery)
    except Unknown as error:
        reason = str(error)
        if kind.recognises_repeats:
            return lambda: deliveries.retry_later(delivery, reason)
        return lambda: deliveries.mark_doubtful(delivery, reason)
    except Exception:
        # A fault of ours at an unknown point: whether anything went out cannot be said.
        log.exception("a delivery failed in an unforeseen way", delivery=delivery.id)
        return lambda: deliveries.mark_doubtful(delivery, Code.LOST)

    def sent() -> None:
        deliveries.works_again(delivery.channel)
        deliveries.mark_sent(delivery, code)

    return sent


def _write_down(outcome: Callable[[], object]) -> None:
    """Commit an outcome, also if the database is away for a moment: without it a letter that went would be doubtful."""
    deadline = time.monotonic() + DATABASE_PATIENCE
    while True:
        try:
            outcome()
            return
        except DatabaseError:
            if time.monotonic() > deadline or connection.in_atomic_block:
                raise
            log.warning("what became of a delivery could not be written down yet", exc_info=True)
            connection.close()
            time.sleep(1)


class Sender:
    """The threads of one engine process and what they have in hand."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._running: dict[Future[None], Delivery] = {}
        self._stepping = False
        self._renewed = self._looked = 0.0

    def start(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="delivery")
        deliveries.resume()  # a relay may have been named since the last start

    def stop(self) -> None:
        """Let what is under way come to its end; while `step` runs, it waits itself."""
        if not self._stepping:
            wait(self._running, timeout=2.5)

    def close(self) -> None:
        """End the threads, for who starts a sender more than once in a process."""
        if self._pool is not None:
            all_here = Barrier(THREADS)  # so that no thread takes two of these and another none
            for _ in range(THREADS):
                self._pool.submit(_leave, all_here)
            self._pool.shutdown()

    def step(self) -> float | None:
        """Send until the queue is empty. Ends early when the engine ends, with nothing left in hand if that is
        possible."""
        self._stepping = True
        try:
            self._look_for_abandoned()
            self._take()
            until = time.monotonic() + LOOK_FOR_ABANDONED
            while self._running and time.monotonic() < until:
                done, _ = wait(self._running, timeout=IDLE, return_when=FIRST_COMPLETED)
                for future in done:
                    del self._running[future]
                self._renew()
                self._take()
        finally:
            self._stepping = False
        return 0.0 if self._running else IDLE

    def _take(self) -> None:
        free = THREADS - len(self._running)
        if free <= 0 or STOPPING.is_set() or self._pool is None:
            return
        in_flight = Counter(delivery.channel_id for delivery in self._running.values())
        for delivery in claiming.claim_due(free, in_flight, PER_CHANNEL):
            self._running[self._pool.submit(_in_thread, delivery)] = delivery

    def _renew(self) -> None:
        if time.monotonic() - self._renewed > deliveries.LEASE.total_seconds() / 4:
            self._renewed = time.monotonic()
            deliveries.renew(self._running.values())

    def _look_for_abandoned(self) -> None:
        if time.monotonic() - self._looked > LOOK_FOR_ABANDONED:
            self._looked = time.monotonic()
            deliveries.settle_abandoned(delivery.id for delivery in self._running.values())


def _in_thread(delivery: Delivery) -> None:
    if (
        connection.vendor != "sqlite"
    ):  # there is nothing that could have gone stale, and opening takes longer than asking
        close_old_connections()
    try:
        carry(delivery)
    except Exception:
        log.exception("a delivery could not be written down; it is doubtful when its lease ends", delivery=delivery.id)
        connection.close()


def _leave(all_here: Barrier) -> None:
    connection.close()
    all_here.wait(timeout=10)


def loop() -> Loop:
    """For the engine's table."""
    sender = Sender()
    return Loop("deliveries", sender.step, IDLE, alone=True, queue=True, start=sender.start, stop=sender.stop)
