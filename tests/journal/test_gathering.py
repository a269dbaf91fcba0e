"""Readers are asked at once after silence, and a little later while much happens: what comes meanwhile is digested
together."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.journal.test_readers import happen
from vikno import follow
from vikno.journal import readers
from vikno.journal.readers import Reader


@pytest.fixture
def seen() -> Iterator[list[int]]:
    """How many events a reader got at a time."""
    sizes: list[int] = []
    readers.register(Reader("test", lambda events: sizes.append(len(events)), batch=3))
    yield sizes
    readers.REGISTRY.pop("test")


@pytest.mark.usefixtures("transactional_db")
def test_what_follows_soon_is_gathered(seen: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    now, waited = [100.0], []

    def wait(seconds: float) -> None:
        waited.append(round(seconds, 3))
        now[0] += seconds

    monkeypatch.setattr(follow, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(follow, "STOPPING", SimpleNamespace(wait=wait, is_set=lambda: False))
    following = follow.Following()
    following.step()
    now[0] += 10
    happen(1)
    following.step()
    assert (seen, waited) == ([1], [0.0])
    now[0] += 0.05
    happen(2)
    following.step()
    assert (seen, waited) == ([1, 2], [0.0, 0.1])
    happen(4)
    assert following.step() == 0.0  # more than are taken at once
    following.step()
    assert (seen, waited) == ([1, 2, 3, 1], [0.0, 0.1, follow.GATHER])
