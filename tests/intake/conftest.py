from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.world import World
from vikno.channels.email import own
from vikno.intake import ledger, pipeline
from vikno.intake.models import Inbound


@pytest.fixture(autouse=True)
def no_addresses_of_other_tests() -> Iterator[None]:
    own.forget()
    yield
    own.forget()


@pytest.fixture
def take(world: World) -> Callable[..., Inbound]:
    """Brings a letter to the mail channel, lets the pipeline run until nothing is due, and answers the entry."""

    def taken(raw: bytes, **envelope: object) -> Inbound:
        entry = ledger.accept(world.mail, raw, source=str(envelope.pop("source", "smtp")), **envelope)  # type: ignore[arg-type]
        run()
        entry.refresh_from_db()
        return entry

    return taken


def run() -> None:
    """Lets the pipeline do all that is due."""
    for _ in range(100):
        if not pipeline.run_due():
            return
    raise AssertionError("the pipeline finds no end")
