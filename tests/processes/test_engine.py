"""The engine's loops: one that fails is logged, waits longer each time, and disturbs no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from vikno.bell import Bell
from vikno.core.jobs import enqueue
from vikno.core.loops import LOOPS, STOPPING, Loop, register
from vikno.engine import LONGEST_BACKOFF, Engine, Turning
from vikno.health import loops as health_loops
from vikno.health.checks import engines
from vikno.health.models import LoopState


@pytest.fixture(autouse=True)
def again() -> Iterator[None]:
    """The stop of one engine must not stop the next."""
    STOPPING.clear()
    yield
    STOPPING.clear()


def fails() -> None:
    raise OSError("the mailbox does not answer")


def test_a_failing_step_waits_longer_each_time_and_recovers() -> None:
    broken = [True]

    def step() -> float:
        if broken[0]:
            fails()
        return 5.0

    turning = Turning(Loop("mailbox", step=step))

    def turns_and_rests(seconds: float) -> None:
        began = time.monotonic()
        turning.turn(Bell())
        assert began + seconds <= turning.next_at <= time.monotonic() + seconds

    assert LONGEST_BACKOFF == 60
    for wait in (1, 2, 4, 8, 16, 32, 60, 60, 60):
        turns_and_rests(wait)
    assert (turning.failures, turning.words) == (9, "OSError: the mailbox does not answer")
    broken[0] = False
    turns_and_rests(5)
    assert (turning.failures, turning.words) == (0, "")


def test_a_loop_that_hangs_or_fails_stops_no_other_and_a_stop_is_heard(django_db_blocker: object) -> None:
    turned, hangs = threading.Event(), threading.Event()

    def turn() -> float:
        turned.set()
        return 0.01

    def wait() -> None:
        hangs.wait(60)

    engine = Engine(
        [
            Loop("waits for a server", step=wait, alone=True, stop=hangs.set),
            Loop("broken", step=fails),
            Loop("sound", step=turn),
        ]
    )
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        engine.start()
        assert turned.wait(60)
        turned.clear()
        assert turned.wait(60)
        assert engine.stop() == []


@pytest.mark.django_db
def test_health_shows_the_words_of_a_failing_loop() -> None:
    assert not engines().ok
    sound = Turning(Loop("sound", step=lambda: None))
    failing = Turning(Loop("mailbox", step=fails), failures=1, words="OSError: the mailbox does not answer")
    health_loops.tell([sound, failing])
    health_loops.tell([sound, failing])
    assert LoopState.objects.count() == 2
    result = engines()
    assert not result.ok
    assert "mailbox failed 1 times: OSError: the mailbox does not answer" in result.words
    health_loops.tell([sound])
    LoopState.objects.filter(loop="mailbox").delete()
    assert engines().ok


@pytest.mark.django_db(transaction=True)
def test_a_queue_is_looked_at_when_somebody_wrote(on_postgresql: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vikno.engine.ANYWAY", 3600)
    looks: list[int] = []
    engine = Engine([Loop("queue", step=lambda: looks.append(1), rest=0.01, alone=True, queue=True)])
    engine.start()
    try:
        if on_postgresql:  # nobody tells, so it looks as often as it asked to
            until(lambda: len(looks) > 5)
            return
        until(lambda: engine.bell.works and engine.turnings[0].heard == engine.bell.rings)
        before = len(looks)
        time.sleep(0.3)
        assert len(looks) == before
        enqueue("nothing that anybody does")
        until(lambda: len(looks) > before)
    finally:
        assert engine.stop() == []


def test_a_queue_that_gathers_rests_before_it_looks_again() -> None:
    bell = Bell()
    at_once, gathering = (
        Turning(Loop("queue", step=lambda: None, rest=30, queue=True, gathers=gathers)) for gathers in (False, True)
    )
    for one in (at_once, gathering):
        one.turn(bell)
        assert one.due(bell) > time.monotonic() + 20
    bell.rings += 1  # somebody wrote
    assert at_once.due(bell) == 0
    assert gathering.due(bell) > time.monotonic() + 20


def until(condition: Callable[[], bool], patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_two_loops_cannot_bear_one_name() -> None:
    register(Loop("only for this test", step=fails))
    try:
        with pytest.raises(ValueError, match="only for this test"):
            register(Loop("only for this test", step=fails, rest=2))
    finally:
        del LOOPS["only for this test"]
