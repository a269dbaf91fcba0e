"""What a letter costs: commits, each a wait for the disk, and statements, each a way to the server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.letters import letter
from tests.taking import handle_all
from tests.world import World
from vikno.channels.email import own
from vikno.core import statements
from vikno.dialogs.models import Message
from vikno.intake import ledger
from vikno.intake.models import Inbound
from vikno.tickets import directory

pytestmark = pytest.mark.django_db(transaction=True)
_WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")


@pytest.fixture(autouse=True)
def warm(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is asked once in some seconds, however many letters come, is asked before."""
    monkeypatch.setattr(own, "KEPT", 1e9)
    monkeypatch.setattr(directory, "SECONDS", 1e9)
    bring(world, [letter(message_id="<first@customers.example>")])
    yield
    own.forget()
    directory.forget()


def bring(world: World, letters: list[bytes]) -> None:
    """As the door does with letters that come together."""
    ledger.accept_many([ledger.Arrival(world.mail, one, "smtp") for one in letters])
    handle_all()


class Cost:
    """The statements that were run, how many were ways to the server and back that somebody waited for, and how often
    somebody waited for the disk: at the end of each transaction, and for each statement that wrote outside of any."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.commits = 0
        self.ways = 0


@contextmanager
def cost() -> Iterator[Cost]:
    found = Cost()

    def watched(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.statements.append(sql)
        found.ways += not isinstance(context["cursor"].cursor, statements.Later)
        found.commits += not connection.in_atomic_block and sql.lstrip().upper().startswith(_WRITES)
        return execute(sql, params, many, context)

    with CaptureQueriesContext(connection) as seen, connection.execute_wrapper(watched):
        yield found
    found.commits += sum(1 for query in seen.captured_queries if query["sql"] == "COMMIT")


def test_a_letter_that_comes_alone_waits_for_the_disk_three_times(world: World) -> None:
    """It is stored, claimed, and taken in."""
    with cost() as found:
        bring(world, [letter()])
    assert Message.objects.count() == 2
    assert found.commits == 3, "\n".join(found.statements)


def test_letters_that_come_together_share_commits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vikno.intake.pipeline.LONGEST", {"sqlite": 60.0, "postgresql": 60.0})
    with cost() as found:
        bring(world, [letter() for _ in range(20)])
    assert Message.objects.count() == 21
    assert found.commits == 3, "\n".join(found.statements)


@pytest.mark.parametrize(
    ("who", "sqlite", "postgresql", "ways"),
    [("somebody known", 19, 16, 6), ("somebody new", 26, 23, 9), ("somebody who answers", 14, 12, 8)],
)
def test_one_more_letter_takes_so_many_statements(
    who: str, sqlite: int, postgresql: int, ways: int, world: World, on_postgresql: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What each letter adds to a batch. Whoever adds a statement here makes every letter dearer: see whether it can be
    asked once for all of them, or as a part of another (vikno.core.rows, vikno.intake.lookups), or need not be waited
    for (vikno.core.statements)."""
    monkeypatch.setattr("vikno.intake.pipeline.LONGEST", {"sqlite": 60.0, "postgresql": 60.0})
    with cost() as few:
        bring(world, [of(who, number) for number in range(4)])
    with cost() as many:
        bring(world, [of(who, number) for number in range(100, 114)])
    assert set(Inbound.objects.values_list("fate", flat=True)) <= {"ticket", "reply"}
    added = many.statements[len(few.statements) - len(many.statements) :]
    each = (len(many.statements) - len(few.statements)) / 10
    assert each <= (postgresql if on_postgresql else sqlite), "\n".join(added)
    assert not on_postgresql or (many.ways - few.ways) / 10 <= ways, "\n".join(added)


def of(who: str, number: int) -> bytes:
    """A letter of somebody like that, which cannot be taken for thanks."""
    text = "Після оновлення каса показує помилку 49 і не друкує чеки, хоча принтер увімкнено і папір є."
    if who == "somebody new":
        return letter(text, sender=f"Somebody <somebody{number}@customers.example>")
    return letter(text, In_Reply_To="<first@customers.example>") if who == "somebody who answers" else letter(text)
