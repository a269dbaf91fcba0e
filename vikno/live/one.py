"""One stream: what it listens to, what it has not been told yet, and the writing of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sized
from typing import Any

from vikno.live.access import Opened
from vikno.live.changes import Change, concerns
from vikno.staff.access import Viewer

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BETWEEN = 0.1  # seconds between two tellings at least: what changes meanwhile is told together
EACH = 0.005  # seconds that each open stream adds to that: all ask again for what they are told of
LONGEST = 1.0  # seconds between two tellings, however many streams are open
MOST_PENDING = 500  # tickets; for more than that the page asks for everything again
STALLED = 60.0  # seconds in which a client must take what it is told


def frame(event: str, data: Mapping[str, Any], last: int | None = None, retry: int | None = None) -> bytes:
    """One server-sent event. `retry` is in milliseconds."""
    lines = [f"event: {event}", f"data: {json.dumps(data, separators=(',', ':'))}"]
    if last is not None:
        lines.append(f"id: {last}")
    if retry is not None:
        lines.append(f"retry: {retry}")
    return ("\n".join(lines) + "\n\n").encode()


def between(streams: int) -> float:
    """Seconds between two tellings to one of so many streams."""
    return min(LONGEST, max(BETWEEN, EACH * streams))


class Stream:
    """What is pending is kept as sets: however slow its reader, a stream grows no longer than its list of tickets."""

    __slots__ = (
        "_beat", "_ended", "_last_words", "_lists", "_presence", "_refresh", "_said", "_tickets", "_wake",
        "last", "lists", "opened", "sent_at", "tickets",
    )  # fmt: skip

    def __init__(self, opened: Opened, topics: Iterable[str]) -> None:
        topics = set(topics)
        self.opened = opened
        self.tickets = frozenset(int(topic[7:]) for topic in topics if topic.startswith("ticket:"))
        self.lists = frozenset(topic.removeprefix("list:") for topic in topics if not topic.startswith("ticket:"))
        self.last = 0
        self.sent_at = time.monotonic()
        self._tickets: set[int] = set()
        self._lists: set[str] = set()
        self._presence: set[int] = set()
        self._refresh = self._beat = self._ended = False
        self._last_words = self._said = b""
        self._wake: asyncio.Future[None] | None = None

    # ---- what there is to tell

    def tell(self, viewer: Viewer, found: Iterable[Change], last: int) -> None:
        """Of the changes that the viewer sees, keep those that this stream listens to."""
        self.last = last
        told = False
        for change in found:
            keys = [key for key in self.lists if concerns(key, viewer, change)]
            numbers = {fact.number for fact in (change.now, change.shown_in) if fact is not None}
            if keys or numbers & self.tickets:
                self._lists.update(keys)
                self._tickets |= numbers if keys else numbers & self.tickets
                told = True
        if len(self._tickets) > MOST_PENDING:
            self._refresh = True
            self._tickets.clear()
        if told:
            self._call()

    def ring(self) -> None:
        """The counts of this viewer have changed, though no ticket has."""
        if "counts" in self.lists:
            self._lists.add("counts")
            self._call()

    def breathe(self, found: Iterable[Change]) -> None:
        """Somebody came to one of these tickets or left it."""
        numbers = {fact.number for change in found for fact in (change.now, change.shown_in) if fact is not None}
        if numbers & self.tickets:
            self._presence |= numbers & self.tickets
            self._call()

    def say(self, words: bytes) -> None:
        """One event as it is, before anything else that is pending."""
        self._said += words
        self._call()

    def refresh(self, last: int) -> None:
        self.last, self._refresh = last, True
        self._call()

    def beat(self, last: int) -> None:
        self.last, self._beat = max(self.last, last), True
        self._call()

    def end(self, last_words: bytes) -> None:
        """Say these words, if any, and end."""
        self._ended, self._last_words = True, self._last_words or last_words
        self._call()

    def _call(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    # ---- telling it

    def _take(self) -> bytes:
        """Everything pending, as events."""
        frames = [self._said] if self._said else []
        if self._refresh:
            frames.append(frame("refresh", {}, self.last))
        elif self._tickets or self._lists:
            data = {"tickets": sorted(self._tickets), "lists": sorted(self._lists)}
            frames.append(frame("changed", data, self.last))
        frames += [frame("presence", {"ticket": number}) for number in sorted(self._presence)]
        if self._beat and not frames:
            frames.append(frame("here", {}, self.last))
        self._tickets.clear()
        self._lists.clear()
        self._presence.clear()
        self._said = b""
        self._refresh = self._beat = False
        return b"".join(frames)

    async def write(self, send: Send, open_now: Sized = ()) -> None:
        """Send what there is to tell until the stream ends: what comes after a quiet moment at once, what follows it
        later, the more streams are open. A client that takes nothing for a minute is dropped."""
        loop = asyncio.get_running_loop()
        while True:
            words = self._take()
            if self._ended:
                return await _end(send, self._last_words)
            if words:
                async with asyncio.timeout(STALLED):
                    await send({"type": "http.response.body", "body": words, "more_body": True})
                self.sent_at = time.monotonic()
                await self._sleep(loop, between(len(open_now)))
            else:
                await self._sleep(loop, None)

    async def _sleep(self, loop: asyncio.AbstractEventLoop, seconds: float | None) -> None:
        """Until there is something to tell; with `seconds`, that long, unless the stream ends."""
        until = None if seconds is None else loop.time() + seconds
        while not self._ended and (until is not None or not self._pending):
            self._wake = loop.create_future()
            timer = None if until is None else loop.call_at(until, self._call)
            try:
                await self._wake
            finally:
                self._wake = None
                if timer is not None:
                    timer.cancel()
            if until is not None and loop.time() >= until:
                return

    @property
    def _pending(self) -> bool:
        return bool(self._said or self._tickets or self._lists or self._presence or self._refresh or self._beat)


async def _end(send: Send, words: bytes) -> None:
    await send({"type": "http.response.body", "body": words, "more_body": False})
