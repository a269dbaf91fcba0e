"""Whose turn it is."""

from __future__ import annotations

import asyncio

import pytest

from vikno import turns
from vikno.turns import Turns


def test_what_nobody_waits_for_begins_when_no_page_is_made_for_people() -> None:
    async def asks() -> None:
        queue = Turns(4, 1)
        first, second = queue.ask(by_itself=False), queue.ask(by_itself=False)
        page, later = queue.ask(by_itself=True), queue.ask(by_itself=True)
        assert [one.came.done() for one in (first, second, page)] == [True, True, False]
        queue.give_back(first)
        assert not page.came.done()
        queue.give_back(second)
        assert [one.came.done() for one in (page, later)] == [True, False]
        assert queue.ask(by_itself=False).came.done(), "people wait for no page"
        queue.give_back(page)
        assert not later.came.done()

    asyncio.run(asks())


@pytest.mark.parametrize("which", ["ALONE", "LATE"])
def test_nor_does_it_wait_longer_than_it_should(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    """A page of people's that takes long holds up nothing; and what has waited long goes beside the next one."""
    monkeypatch.setattr(turns, which, 0.0)

    async def asks() -> None:
        queue = Turns(4, 1)
        queue.ask(by_itself=False)
        page = queue.ask(by_itself=True)
        if which == "LATE":
            queue.give_back(queue.ask(by_itself=False))
        await asyncio.wait_for(page.came, 30)

    asyncio.run(asks())
