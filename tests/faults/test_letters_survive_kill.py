"""Engines that are killed at any point of taking letters in: afterwards each is there exactly once, and whole."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import smtplib
import subprocess
import sys
import threading
import time
from collections import Counter

import psutil
import pytest

from tests.databases import ROOT, Sqlite, clean_environment
from tests.faults import kept
from tests.installation import Installation, Process, lives
from tests.letters import letter, with_file
from tests.servers.dovecot import Dovecot

BOX = "box@kashtan.example"
HELP = "help@kashtan.example"


def found(installation: Installation) -> dict[str, list[tuple[str, ...]]]:
    return {
        "messages": installation.ask("SELECT foreign_id FROM dialogs_message"),
        "tickets": installation.ask("SELECT subject FROM tickets_ticket"),
        "open": installation.ask("SELECT id FROM intake_inbound WHERE state <> 'done'"),
        "fates": installation.ask("SELECT fate FROM intake_inbound"),
    }


class Sender(threading.Thread):
    """A mail server with letters for us: it tries each again until it was told 250, as mail servers do."""

    def __init__(self, port: int, letters: list[bytes]) -> None:
        super().__init__(daemon=True)
        self.port, self.letters = port, letters
        self.stopped = threading.Event()

    def run(self) -> None:
        while self.letters and not self.stopped.is_set():
            try:
                with smtplib.SMTP("127.0.0.1", self.port, timeout=60) as client:
                    while self.letters:
                        client.sendmail("customers@example.org", [HELP], self.letters[0])
                        self.letters.pop(0)
            except (OSError, smtplib.SMTPException):
                time.sleep(0.05)


FILE = bytes(range(256)) * 400


def make(count: int) -> dict[str, bytes]:
    made = {}
    for number in range(count):
        message_id = f"<{number}.kill@customers.example>"
        # From many firms: a thousand letters of one, some of them sent twice, would be a flood.
        some = {
            "sender": f"c{number}@firm{number % 20}.example",
            "subject": f"Питання {number}",
            "message_id": message_id,
        }
        if number % 10:
            made[message_id] = letter(f"Текст {number}", **some)
        else:  # some are large enough for a file, and carry one
            made[message_id] = with_file("log.bin", FILE, text=f"Текст {number}", **some)
    return made


def let_leases_end(installation: Installation) -> None:
    """What the dead had in hand is free at once, so that nobody waits half a minute for it."""
    past = "'2020-01-01 00:00:00'"
    if "VIKNO_DATABASE_URL" in installation.settings:
        past = f"timestamptz {past}"
    for table, key in (("intake_inbound", "id"), ("channel_email_mailbox", "id"), ("journal_cursor", "reader")):
        # Row by row: another engine may be at work, and holds some of them in an order of its own.
        for (row,) in installation.ask(f"SELECT {key} FROM {table} WHERE lease_until IS NOT NULL"):
            installation.ask(
                f"UPDATE {table} SET lease_until = {past} WHERE {key} = '{row}' AND lease_until IS NOT NULL",
            )


def _set_up(installation: Installation, dovecot: Dovecot) -> None:
    """A company with an empty mailbox."""
    dovecot.add_user(BOX)
    command = [
        sys.executable,
        "-m",
        "tests.faults.incoming",
        dovecot.host,
        str(dovecot.imap_port),
        BOX,
        "right password",
    ]
    environment = clean_environment(DJANGO_SETTINGS_MODULE="vikno.settings", **installation.settings)
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def run(installation: Installation, dovecot: Dovecot, count: int, kills: int, engines: int = 1) -> None:
    chance = random.Random(count)
    _set_up(installation, dovecot)
    letters = make(count)
    by_mailbox = [raw for number, raw in enumerate(letters.values()) if number % 3 == 0]
    sender = Sender(installation.smtp_port, [raw for number, raw in enumerate(letters.values()) if number % 3])
    sender.start()
    for raw in by_mailbox:
        dovecot.deliver(BOX, raw)
    running: list[Process] = []
    for _ in range(kills):
        before = len(found(installation)["messages"])
        running += [installation.start("engine") for _ in range(engines - len(running))]
        _wait_for_some(installation, before, chance.randint(1, max(2, count // kills)), running[-1])
        time.sleep(chance.random() * 0.05)
        running.pop(chance.randrange(len(running))).kill()
        let_leases_end(installation)  # those of the living too: what they write then must find no row
    for engine in running:
        engine.kill()
    let_leases_end(installation)
    finish(installation, sender, letters, engines)
    compare(installation, letters)


def _wait_for_some(installation: Installation, before: int, more: int, engine: Process) -> None:
    """Until it has begun to take letters in, so that the kill hits something; not for ever."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and engine.returncode is None:
        now = found(installation)
        if len(now["messages"]) >= before + more or (
            now["fates"] and not now["open"] and len(now["messages"]) == before
        ):
            return
        time.sleep(0.01)


def finish(installation: Installation, sender: Sender, letters: dict[str, bytes], engines: int) -> None:
    last = [installation.start("engine") for _ in range(engines)]
    deadline = time.monotonic() + 120 + len(letters) / 10
    while sender.letters or found(installation)["open"] or len(found(installation)["messages"]) < len(letters):
        assert time.monotonic() < deadline, f"{found(installation)}\n{last[0].printed[-3000:]}"
        time.sleep(0.1)
    sender.stopped.set()
    for engine in last:
        engine.wait_for_words("engine is running")  # before that a signal meets a process that is still loading
    time.sleep(1)  # if anything is taken in twice, let it happen now
    assert [engine.stop() for engine in last] == [0] * engines
    now = found(installation)
    assert Counter(row[0] for row in now["messages"]) == Counter(list(letters))
    assert len(now["tickets"]) == len(letters)
    assert now["open"] == []
    assert {row[0] for row in now["fates"]} <= {"ticket", "duplicate"}


def compare(installation: Installation, letters: dict[str, bytes]) -> None:
    """Open what was kept: the bytes of each letter as they were sent, however often it came, and each file once."""
    environment = clean_environment(DJANGO_SETTINGS_MODULE="vikno.settings", **installation.settings)
    command = [sys.executable, "-m", "tests.faults.kept"]
    said = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True).stdout
    found_there = json.loads(said)
    file = [["log.bin", hashlib.sha256(FILE).hexdigest()]]
    assert found_there.keys() == letters.keys()
    for message_id, raw in letters.items():
        there = found_there[message_id]
        assert set(there["raw"]) == {kept.digest(raw)}, message_id
        assert there["files"] == (file if b"log.bin" in raw else []), message_id


def test_some_letters(installation: Installation, dovecot: Dovecot, thorough: bool) -> None:
    run(installation, dovecot, 60 if thorough else 30, kills=4 if thorough else 2)


@pytest.mark.long
def test_sixty_letters_and_two_engines(installation: Installation, dovecot: Dovecot) -> None:
    """On SQLite that is a mistake, for only one of them can take letters by SMTP; it must do no harm all the same."""
    run(installation, dovecot, 60, kills=4, engines=2)


@pytest.fixture
def reading(installation: Installation, dovecot: Dovecot) -> tuple[Process, psutil.Process]:
    """An engine that has found many letters, and the process that reads them for it."""
    _set_up(installation, dovecot)
    for raw in make(60).values():
        dovecot.deliver(BOX, raw)
    engine = installation.start("engine")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and engine.returncode is None:
        for child in psutil.Process(engine.pid).children():
            with contextlib.suppress(psutil.Error):
                if "vikno.reading" in child.cmdline():
                    return engine, child
        time.sleep(0.01)
    raise AssertionError(f"nothing reads for the engine\n{engine.printed[-3000:]}")


def _wait_for_end(process: psutil.Process) -> None:
    deadline = time.monotonic() + 60
    while lives(process):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_reads_for_an_engine_ends_with_it_however_that_ends(reading: tuple[Process, psutil.Process]) -> None:
    engine, process = reading
    os.kill(engine.pid, signal.SIGKILL)  # it alone, not its group
    _wait_for_end(process)


def test_what_reads_for_an_engine_ends_when_that_is_stopped(reading: tuple[Process, psutil.Process]) -> None:
    """Also where each process gets the signal, as from Ctrl+C or systemd."""
    engine, process = reading
    engine.wait_for_words("engine is running")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert engine.stop() == 0
    assert time.monotonic() - began < 30  # 5 s are promised; a busy machine gets far more
    _wait_for_end(process)


def _reads(process: psutil.Process) -> bool:
    """Whether it has loaded and was given letters: then it has the database open."""
    with contextlib.suppress(psutil.Error):
        at_server = len(process.net_connections("all")) > 1  # one is to its engine
        return at_server or any(one.path.endswith(Sqlite.NAME) for one in process.open_files())
    return False


@pytest.mark.long
def test_letters_of_which_some_are_read_by_a_process_that_is_killed(
    installation: Installation, dovecot: Dovecot
) -> None:
    _set_up(installation, dovecot)
    letters = make(400)
    for raw in letters.values():
        dovecot.deliver(BOX, raw)
    engine = installation.start("engine")
    chance, kills = random.Random(200), 0
    deadline = time.monotonic() + 240
    while len(found(installation)["messages"]) < len(letters) or found(installation)["open"]:
        assert time.monotonic() < deadline and engine.returncode is None, engine.printed[-3000:]
        for child in psutil.Process(engine.pid).children():
            if kills < 3 and _reads(child):
                time.sleep(chance.random() * 0.2)
                with contextlib.suppress(psutil.NoSuchProcess):  # it ended by itself meanwhile
                    child.kill()
                    kills += 1
        time.sleep(0.02)
    assert kills
    finish(installation, Sender(installation.smtp_port, []), letters, engines=0)
    assert engine.stop() == 0
    compare(installation, letters)


@pytest.mark.long
def test_a_thousand_letters_and_two_engines(installation: Installation, dovecot: Dovecot) -> None:
    run(installation, dovecot, 1000, kills=30, engines=2)


@pytest.mark.long
def test_a_thousand_letters(installation: Installation, dovecot: Dovecot) -> None:
    run(installation, dovecot, 1000, kills=30)
