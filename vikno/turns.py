"""Whose turn it is when more is asked than there are threads: people first, what open pages ask by themselves later.

Two hundred open desks that hear of each change ask for more than all that their people do. Of that only a few are
answered at a time, so that a page somebody waits for finds a thread free and the interpreter nearly so. Nothing here
is shared between threads: all of it happens in the loop of the web process.
"""

from __future__ import annotations

import asyncio
from collections import deque


class Turns:
    """`threads`: how many have a turn at a time; `behind`: how many of these may be what nobody waits for."""

    def __init__(self, threads: int, behind: int) -> None:
        self._free, self._free_behind = threads, behind
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
        self._free += 1
        self._free_behind += turn.by_itself
        self._hand_out()

    def _queue(self, by_itself: bool) -> deque[Turn]:
        return self._pages if by_itself else self._people

    def _hand_out(self) -> None:
        while self._free and (turn := self._next()) is not None:
            self._free -= 1
            self._free_behind -= turn.by_itself
            turn.came.set_result(None)

    def _next(self) -> Turn | None:
        for queue, open_to in ((self._people, True), (self._pages, self._free_behind > 0)):
            while open_to and queue:
                turn = queue.popleft()
                if not turn.came.done():
                    return turn
        return None


class Turn:
    """`came` is done when it is one's turn."""

    __slots__ = ("by_itself", "came", "over")

    def __init__(self, by_itself: bool) -> None:
        self.by_itself, self.over = by_itself, False
        self.came: asyncio.Future[None] = asyncio.get_running_loop().create_future()
