"""So many seconds for the whole of a talk with another machine. A socket's own timeout begins anew with each byte: one
that sends a byte now and then would hold a thread for ever."""

from __future__ import annotations

import os
import socket
import threading
import time
from types import TracebackType


class Deadline:
    """Ends a talk when its time is over: the connection is shut, so whoever reads or writes there finds it ended.

    with Deadline(20) as deadline:
        sock = socket.create_connection(…)
        deadline.hold(sock)  # right after connecting, before anything is said
    """

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._until = time.monotonic() + seconds
        self._guard = threading.Lock()
        self._held: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._guard:
            for one in self._held:
                one.close()
            self._held.clear()

    def left(self) -> float:
        """Seconds that are left, never less than a moment: no timeout of 0 means "do not wait" to a socket."""
        return max(0.01, self._until - time.monotonic())

    def hold(self, sock: socket.socket) -> None:
        """This connection ends with the time. A copy of its handle is kept: what is encrypted later goes over it too,
        and a handle that was closed meanwhile is never taken for another one's."""
        copy = socket.socket(fileno=os.dup(sock.fileno()))
        with self._guard:
            self._held.append(copy)
        if self.over:
            self._end()

    def _end(self) -> None:
        with self._guard:
            self.over = True
            for one in self._held:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it is closed already
