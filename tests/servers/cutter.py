"""A wire between a client and a real server that can be cut anywhere, or go dead without a word."""

from __future__ import annotations

import socket
import struct
import threading

from tests.installation import free_port


class Cutter:
    """Listens on `host`:`port` and passes everything on. Counts what passes each way over all connections.

    `to_server_left`, `to_client_left`: after so many more bytes that way the connection is cut (None: never). `dead`:
    nothing passes either way any more, and nobody is told.
    """

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.host, self.port = "127.0.0.1", free_port()
        self.to_server = self.to_client = 0
        self.to_server_left: int | None = None
        self.to_client_left: int | None = None
        self.dead = False
        self._target = (host, port)
        self._open: list[socket.socket] = []
        self._listening = socket.create_server((self.host, self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Nobody is let through any more, and all is cut."""
        self._listening.close()
        self.cut()

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
            for pair in ((client, server, "to_server"), (server, client, "to_client")):
                threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, way: str) -> None:
        try:
            while data := source.recv(65536):
                if self.dead:
                    continue
                left = getattr(self, f"{way}_left")
                if left is not None:
                    setattr(self, f"{way}_left", max(0, left - len(data)))
                    data = data[:left]
                target.sendall(data)
                setattr(self, way, getattr(self, way) + len(data))
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


def _reset(one: socket.socket) -> None:
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()
