"""A sender that is killed at any point: each answer goes exactly once, or is doubtful and went at most once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter

import pytest

from tests.databases import ROOT, clean_environment
from tests.installation import Installation, Process
from tests.servers.smtp_sink import SmtpSink

PATIENCE = 90.0  # seconds; far above what it takes, for a busy machine
FIND = "SELECT d.state, m.foreign_id, d.reason FROM dialogs_delivery d JOIN dialogs_message m ON m.id = d.message_id"


def states(installation: Installation) -> Counter[str]:
    return Counter(state for state, _, _ in installation.ask(FIND))


def fill(installation: Installation, count: int, sink: SmtpSink) -> None:
    command = [sys.executable, "-m", "tests.faults.outgoing", str(count), sink.host, str(sink.port)]
    environment = clean_environment(DJANGO_SETTINGS_MODULE="vikno.settings", **installation.settings)
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def send_with_kills(installation: Installation, sink: SmtpSink, kills: int, seed: int, engines: int) -> None:
    """Let engines send, and kill each with no word: some while letters are on the wire, some at any other time."""
    chance = random.Random(seed)
    sink.slow["DATA"] = sink.slow["KEPT"] = 0.01  # there is something to hit
    running: list[Process] = []
    for number in range(kills):
        before = len(sink.letters)
        running += [installation.start("engine") for _ in range(engines - len(running))]
        if number % 2:
            goal, deadline = before + chance.randint(1, 4), time.monotonic() + 20
            while len(sink.letters) < goal and time.monotonic() < deadline:  # what is left may be leased by the dead
                time.sleep(0.005)
            time.sleep(chance.random() * 0.03)
        else:
            time.sleep(1 + chance.random())
        running.pop(chance.randrange(len(running))).kill()
        if states(installation)["queued"] == 0:
            break
    for engine in running:
        engine.kill()


def finish(installation: Installation, patience: float, engines: int = 1) -> None:
    """Let an engine send the rest. Leases of the dead end at once, so that nobody waits a minute for them."""
    ended = "UPDATE dialogs_delivery SET lease_until = '2020-01-01 00:00:00' WHERE lease_until IS NOT NULL"
    if "VIKNO_DATABASE_URL" in installation.settings:
        ended = ended.replace("'2020", "timestamptz '2020")
    installation.ask(ended)
    last = [installation.start("engine") for _ in range(engines)]
    deadline = time.monotonic() + patience
    while (left := states(installation)) and (left["queued"] or left["sending"]):
        assert time.monotonic() < deadline, f"not sent in {patience} s: {left}\n{last[0].printed[-2000:]}"
        time.sleep(0.1)
    for engine in last:
        engine.wait_for_words("engine is running")  # before that a signal meets a process that is still loading
    assert [engine.stop() for engine in last] == [0] * engines


def check(installation: Installation, sink: SmtpSink, count: int) -> None:
    arrived = Counter(str(letter.message["Message-ID"]) for letter in sink.letters)
    rows = installation.ask(FIND)
    assert len(rows) == count and {state for state, _, _ in rows} <= {"sent", "doubtful"}
    for state, message_id, reason in rows:
        times = arrived.pop(message_id, 0)
        assert times == 1 if state == "sent" else times <= 1, f"{state} and arrived {times} times: {message_id}"
        assert (state == "doubtful") == reason.startswith(("lost", "no_answer"))
    assert not arrived


def run(installation: Installation, sink: SmtpSink, count: int, kills: int, engines: int = 1) -> None:
    fill(installation, count, sink)
    send_with_kills(installation, sink, kills, seed=count, engines=engines)
    finish(installation, PATIENCE + count / 5, engines)
    check(installation, sink, count)


def test_some_answers(installation: Installation, smtp_sink: SmtpSink, thorough: bool) -> None:
    run(installation, smtp_sink, 60 if thorough else 30, kills=4 if thorough else 2)


@pytest.mark.long
def test_sixty_answers_and_two_engines(installation: Installation, smtp_sink: SmtpSink) -> None:
    run(installation, smtp_sink, 60, kills=4, engines=2)


@pytest.mark.long
def test_a_thousand_answers_and_two_engines(installation: Installation, smtp_sink: SmtpSink) -> None:
    run(installation, smtp_sink, 1000, kills=25, engines=2)


@pytest.mark.long
def test_a_thousand_answers(installation: Installation, smtp_sink: SmtpSink) -> None:
    run(installation, smtp_sink, 1000, kills=25)


def test_a_connection_cut_after_the_last_dot_is_never_repeated(installation: Installation, smtp_sink: SmtpSink) -> None:
    fill(installation, 6, smtp_sink)
    smtp_sink.drop_at = "KEPT"
    finish(installation, PATIENCE)
    assert states(installation) == {"doubtful": 6}
    check(installation, smtp_sink, 6)


def test_a_sender_killed_before_the_server_answers_leaves_doubtful_letters(
    installation: Installation, smtp_sink: SmtpSink
) -> None:
    fill(installation, 4, smtp_sink)
    smtp_sink.slow["KEPT"] = 60.0
    engine = installation.start("engine")
    smtp_sink.wait(4, PATIENCE)
    engine.kill()
    smtp_sink.slow.clear()
    finish(installation, PATIENCE)
    assert states(installation) == {"doubtful": 4}
    check(installation, smtp_sink, 4)
