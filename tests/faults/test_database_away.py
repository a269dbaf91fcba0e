"""PostgreSQL taken away under running processes, and given back: said once, nothing lost, and all goes on by itself."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.databases import Postgresql, kept_template
from tests.installation import Installation
from tests.letters import letter
from tests.processes.conftest import Scenes, Web
from tests.processes.listening import Listening
from tests.servers import postgresql
from tests.servers.postgresql import Cluster

PATIENCE = 60.0
HELP = "help@kashtan.example"


@pytest.fixture
def server() -> Iterator[Cluster]:
    with postgresql.cluster(kept_template("postgresql", Postgresql.make_template)) as running:
        yield running


@pytest.fixture
def here(server: Cluster, tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path, Postgresql(server.url))
    try:
        yield made
    finally:
        server.start()
        made.close()


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def offer(installation: Installation, raw: bytes) -> int:
    """The code with which a letter is answered in the end."""
    with smtplib.SMTP("127.0.0.1", installation.smtp_port, timeout=PATIENCE) as client:
        try:
            client.sendmail("customers@example.org", [HELP], raw)
            return 250
        except smtplib.SMTPRecipientsRefused as refused:
            return next(iter(refused.recipients.values()))[0]
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_code


def subjects(installation: Installation) -> list[str]:
    return [row[0] for row in installation.ask("SELECT subject FROM tickets_ticket ORDER BY id")]


@pytest.mark.long
@pytest.mark.only_on("postgresql")  # SQLite has no server that could go away
def test_the_server_stops_and_starts_again(server: Cluster, here: Installation) -> None:
    scenes = Scenes(here)
    made = scenes.play("desk")
    scenes.close()
    cookie = f"vikno_session={made['cookies']['iryna']}"
    process = here.start_all()
    process.wait_for_words("letters are taken by SMTP")
    web = Web(here, process)
    assert web.ask("GET", "/inbox/open", Cookie=cookie).status == 200
    stream = Listening(here.port, made["cookies"]["iryna"], "list:all")
    stream.wait_for("hello")
    assert offer(here, letter(subject="before")) == 250
    until(lambda: "before" in subjects(here), "the first letter was not taken in")

    server.stop()
    stream.wait_for("away", patience=PATIENCE)
    for _ in range(20):
        page = web.ask("GET", "/inbox/open", Cookie=cookie)
        assert page.status == 503
        assert b"The database does not answer" in page.body
        assert b"Traceback" not in page.body
        assert page.headers["retry-after"]
    answer = web.ask("GET", "/api/v1/tickets", Authorization="Bearer vk_none")
    assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")
    until(lambda: web.ask("GET", "/readyz").status == 503, "still said to be ready")
    assert web.ask("GET", "/healthz").status == 200
    refused = Listening(here.port, made["cookies"]["iryna"], "list:all")
    assert refused.status == 503
    for number in range(5):
        code = offer(here, letter(subject=f"while away {number}"))
        assert 400 <= code < 500, f"the sender of a letter was told {code}"
    time.sleep(5)
    said = process.printed

    began = time.monotonic()
    server.start()
    until(lambda: web.ask("GET", "/inbox/open", Cookie=cookie).status == 200, "no page after the server was back")
    stream.wait_for("back", patience=PATIENCE)
    stream.wait_for("refresh", patience=PATIENCE)
    assert offer(here, letter(subject="afterwards")) == 250
    until(lambda: "afterwards" in subjects(here), "the engine does not go on")
    assert time.monotonic() - began < PATIENCE
    stream.told.clear()
    assert offer(here, letter(subject="live again")) == 250
    stream.wait_for("changed", patience=PATIENCE)
    until(lambda: web.ask("GET", "/readyz").status == 200, "not ready")
    assert [one for one in subjects(here) if one.startswith("while")] == []
    stream.close()
    assert process.stop() == 0
    check_log(said, process.printed)


def check_log(while_away: str, whole: str) -> None:
    """Each of the two processes says once that it is away and once that it is back, and nobody prints a traceback."""
    assert "Traceback" not in whole, whole[-6000:]
    assert while_away.count("the database does not answer") == 2, while_away[-6000:]
    assert whole.count("the database answers again") == 2, whole[-6000:]
    assert len(while_away.splitlines()) < 60, while_away[-6000:]
