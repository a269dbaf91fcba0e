"""A server that says everything there is to say, a byte now and then: no single wait is long, and it never ends."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Sequence

EVERY = 0.05  # seconds between two bytes
FOR = 30.0  # seconds; longer than any test waits


class Dripper:
    """`script`: for each of our words its answer; the last one drips, padded without end by `pad`. The first answer
    is given on connecting (None: nothing). `cut` is set when the other side has ended the connection."""

    def __init__(self, script: Sequence[bytes | None], pad: bytes) -> None:
        self.script, self.pad = list(script), pad
        self.cut = threading.Event()
        self.heard: list[bytes] = []
        self._ended = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listening.getsockname()[:2]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        with contextlib.suppress(OSError):  # closing alone would wake nobody who waits for the next connection
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(5)
        assert not self._thread.is_alive(), "it still talks"

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                there, _ = self._listening.accept()
            except OSError:
                return
            with there:
                self._talk(there)

    def _talk(self, there: socket.socket) -> None:
        there.settimeout(FOR)
        try:
            for number, said in enumerate(self.script):
                if number:
                    self.heard.append(there.recv(65536))
                if number == len(self.script) - 1:
                    self._drip(there, said or b"")
                elif said is not None:
                    there.sendall(said)
        except OSError:
            self.cut.set()

    def _drip(self, there: socket.socket, said: bytes) -> None:
        sent = 0
        while sent * EVERY < FOR and not self._ended.is_set():
            there.sendall(said[sent : sent + 1] or self.pad[sent % len(self.pad) :][:1])
            sent += 1
            self._ended.wait(EVERY)
