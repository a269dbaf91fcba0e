"""A letter arrives and is handled: what tests of many rooms begin with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vikno.dialogs.models import Channel
from vikno.intake import ledger, pipeline
from vikno.intake.models import Inbound


def arrive(
    channel: Channel, raw: bytes, *, source: str = "smtp", envelope_to: Sequence[str] = (), **more: Any
) -> Inbound:
    """The entry of a letter that was brought to this channel, after all that was due has been handled."""
    entry = ledger.accept_many([ledger.Arrival(channel, raw, source, envelope_to=tuple(envelope_to), **more)])[0]
    handle_all()
    entry.refresh_from_db()
    return entry


def handle_all() -> None:
    """Lets the pipeline do all that is due."""
    for _ in range(100):
        if not pipeline.run_due():
            return
    raise AssertionError("the pipeline finds no end")
