"""Whose turn it is when more is asked than there are threads: people first, what open pages ask by themselves later.

Two hundred open desks that hear of each change ask for more than all that their people do. Of that only a few are
answered at a time, and none begins while a page that somebody waits for is made: two threads that compute share one
interpreter, and each takes more than twice as long. But a page that takes longer than others holds nobody up, and what
has waited long for people to rest waits no longer. Nothing here is shared between threads: all of it happens in the
loop of the web process.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque

ALONE = 0.25  # seconds for which a page that somebody waits for has the interpreter to itself
LATE = 2.0  # seconds after which what nobody waits for is answered beside such a page


class Turns:
    """`threads`: how many have a turn at a time; `behind`: how many of these may be what nobody waits for."""

    def __init__(self, threads: int, behind: int) -> None:
        self._free, self._free_behind = threads, behind
        self._alone: set[Turn] = set()  # turns of people that nothing begins beside
        self._people: deque[Turn] = deque()
        self._pages: deque[Turn] = deque()

    def ask(self, *, by_itself: bool) -> Turn:
        """A turn to wait for. Whoever had it, or waits no longer, must give it back."""
        turn = Turn(by_itself)
        self._queue(by_itself).append(turn)
        self._hand_out()
        return turn

    def waiting(self, *, by_itself: bool) -> int:
        """How many of this kind have none yet."""
        return len(self._queue(by_itself))

    def give_back(self, turn: Turn) -> None:
        """The turn is over; one that has not come will not come. A second time changes nothing."""
        if turn in (queue := self._queue(turn.by_itself)):
            queue.remove(turn)
            turn.came.cancel()
        if turn.came.cancelled() or turn.over:
            return
        turn.over = True
        self._alone.discard(turn)
        self._free += 1
        self._free_behind += turn.by_itself
        self._hand_out()

    def _queue(self, by_itself: bool) -> deque[Turn]:
        return self._pages if by_itself else self._people

    def _hand_out(self) -> None:
        while self._free and (turn := self._next()) is not None:
            self._free -= 1
            self._free_behind -= turn.by_itself
            if not turn.by_itself:
                self._alone.add(turn)
                turn.came.get_loop().call_later(ALONE, self._alone_no_more, turn)
            turn.came.set_result(None)

    def _alone_no_more(self, turn: Turn) -> None:
        self._alone.discard(turn)
        self._hand_out()

    def _next(self) -> Turn | None:
        behind = self._free_behind > 0 and (not self._alone or self._is_late())
        for queue, open_to in ((self._people, True), (self._pages, behind)):
            while open_to and queue:
                turn = queue.popleft()
                if not turn.came.done():
                    return turn
        return None

    def _is_late(self) -> bool:
        return bool(self._pages) and time.monotonic() - self._pages[0].asked >= LATE


class Turn:
    """`came` is done when it is one's turn."""

    __slots__ = ("asked", "by_itself", "came", "over")

    def __init__(self, by_itself: bool) -> None:
        self.by_itself, self.over, self.asked = by_itself, False, time.monotonic()
        self.came: asyncio.Future[None] = asyncio.get_running_loop().create_future()
