"""A browser's side of /live: one stream, read by a thread."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_FRAME = re.compile(rb"event: ([a-z-]+)\ndata: (.*)\n(?:id: (\d+)\n)?")


@dataclass
class Told:
    at: float  # time.time()
    event: str
    data: Any
    id: int | None


class Listening:
    """An open stream. `told` grows as words come in; `ended` is set when the server ends it."""

    def __init__(self, port: int, cookie: str, topics: str, **headers: str) -> None:
        self.told: list[Told] = []
        self.ended = threading.Event()
        self._new = threading.Condition()
        self._sock = socket.create_connection(("127.0.0.1", port), 20)
        self._sock.settimeout(None)
        lines = [f"GET /live?topics={topics} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: a=b; vikno_session={cookie}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self._sock.sendall("\r\n".join([*lines, "", ""]).encode())
        self.head = b""
        while b"\r\n\r\n" not in self.head:
            part = self._sock.recv(4096)
            if not part:
                break
            self.head += part
        self.head, _, rest = self.head.partition(b"\r\n\r\n")
        self.status = int(self.head.split()[1])
        self._thread = threading.Thread(target=self._read, args=(rest,), daemon=True)
        self._thread.start()

    def _read(self, got: bytes) -> None:
        seen = 0
        while True:
            for match in _FRAME.finditer(got, seen):
                seen = match.end()
                told = Told(
                    time.time(),
                    match[1].decode(),
                    json.loads(match[2]),
                    int(match[3]) if match[3] is not None else None,
                )
                with self._new:
                    self.told.append(told)
                    self._new.notify_all()
            try:
                part = self._sock.recv(65536)
            except OSError:
                break
            if not part:
                break
            got += part
        self._sock.close()
        self.ended.set()

    def wait_for(self, event: str, fits: Callable[[Any], bool] = lambda data: True, patience: float = 60) -> Told:
        """The first such event. Fails with all that was told."""

        def found() -> Told | None:
            return next((one for one in self.told if one.event == event and fits(one.data)), None)

        with self._new:
            self._new.wait_for(lambda: found() is not None, patience)
            one = found()
        assert one is not None, f"no {event}; told: {[(each.event, each.data) for each in self.told]}"
        return one

    def numbers(self) -> set[int]:
        """All tickets of which it was told that they changed."""
        return {number for one in self.told if one.event == "changed" for number in one.data["tickets"]}

    def close(self) -> None:
        with contextlib.suppress(OSError):  # the server was first
            self._sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()
