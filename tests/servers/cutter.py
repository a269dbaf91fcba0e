"""A wire between a client and a real server that can be cut anywhere, or go dead without a word."""

from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass
from typing import NamedTuple

from tests.installation import free_port


@dataclass
class Turn:
    """What the client said until the server answered, and that answer: how it begins, and bytes each way. A connection
    begins with one in which the server may speak unasked."""

    said: bytes = b""
    to_server: int = 0
    to_client: int = 0


class Place(NamedTuple):
    """Where to cut: in which turn, on which way, and how many bytes of it pass before."""

    turn: int
    way: str
    passes: int


class Cutter:
    """Listens on `host`:`port` and passes everything on. Counts what passes each way over all connections.

    `to_server_left`, `to_client_left`: after so many more bytes that way the connection is cut (None: never). `cut_at`:
    it is cut once at that place. `turns`: what was said so far; connections are thought to follow one another. `dead`:
    nothing passes either way any more, and nobody is told.
    """

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.host, self.port = "127.0.0.1", free_port()
        self.to_server = self.to_client = 0
        self.to_server_left: int | None = None
        self.to_client_left: int | None = None
        self.cut_at: Place | None = None
        self.turns: list[Turn] = []
        self.dead = False
        self._speaking = threading.Lock()
        self._target = (host, port)
        self._open: list[socket.socket] = []
        self._listening = socket.create_server((self.host, self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Nobody is let through any more, and all is cut."""
        self._listening.close()
        self.cut()

    def places(self) -> list[Place]:
        """In the middle of all that was said so far and before its last byte, and before and in each answer."""
        found = []
        for number, turn in enumerate(self.turns):
            said, answer = turn.to_server, turn.to_client
            if said:
                found += [Place(number, "to_server", said // 2), Place(number, "to_server", said - 1)]
            if answer:
                found += [Place(number, "to_client", 0), Place(number, "to_client", answer // 2)]
        return found

    def cut(self) -> None:
        """Cut all connections that are open now."""
        for one in self._open:
            _reset(one)
        self._open.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target, timeout=10)
            except OSError:
                _reset(client)
                continue
            server.settimeout(None)
            self._open += [client, server]
            self.turns.append(Turn())
            for pair in ((client, server, "to_server"), (server, client, "to_client")):
                threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, way: str) -> None:
        try:
            while data := source.recv(65536):
                if self.dead:
                    continue
                left = self._may_pass(way, data)
                data = data[:left]
                setattr(self, way, getattr(self, way) + len(data))  # first: whoever has received it may ask at once
                target.sendall(data)
                if left is not None and left <= len(data):
                    _reset(source)
                    _reset(target)
                    return
        except OSError:
            pass
        if self.dead:
            return
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _may_pass(self, way: str, data: bytes) -> int | None:
        """How much of this data may pass before the cut; None: nothing is cut here. Writes the turn down."""
        with self._speaking:
            if way == "to_server" and self.turns[-1].to_client:
                self.turns.append(Turn(data[:80]))
            turn, number = self.turns[-1], len(self.turns) - 1
            passed = getattr(turn, way)
            setattr(turn, way, passed + len(data))
            at = self.cut_at
            if at is not None and (at.turn, at.way) == (number, way) and passed + len(data) > at.passes:
                self.cut_at = None
                return max(0, at.passes - passed)
            left: int | None = getattr(self, f"{way}_left")
            if left is not None:
                setattr(self, f"{way}_left", max(0, left - len(data)))
            return left


def some_of(places: list[Place], thorough: bool) -> list[Place]:
    """All of them; or a few of each way, from the beginning of a conversation to its end."""
    if thorough:
        return places
    ways = [[one for one in places if one.way == way] for way in ("to_server", "to_client")]
    return [one for way in ways for one in way[1 :: max(1, len(way) // 4)]]


def _reset(one: socket.socket) -> None:
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()
