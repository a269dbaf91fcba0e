"""A web process over the named world, and desks that are open there."""

from __future__ import annotations

import urllib.request

from tests.installation import Installation
from tests.processes.conftest import Scenes
from tests.processes.listening import Listening


class Desk:
    """A web process over the named world, and the streams of its agents."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.scenes = Scenes(installation)
        self.play = self.scenes.play
        made = self.play("desk")
        self.numbers, self.pair, self.cookies = made["numbers"], made["pair"], made["cookies"]
        self.streams: list[Listening] = []
        installation.start_web()

    def listen(self, name: str, *topics: str, **headers: str) -> Listening:
        cookie = self.cookies.get(name) or self.play("session", name)["cookie"]
        self.cookies[name] = cookie
        stream = Listening(self.installation.port, cookie, ",".join(topics), **headers)
        self.streams.append(stream)
        if stream.status == 200:
            stream.wait_for("hello")
        return stream

    def page(self, name: str, number: int) -> str:
        """The page of a ticket as this agent sees it, in English."""
        headers = {"Cookie": f"vikno_session={self.cookies[name]}", "Accept-Language": "en"}
        asked = urllib.request.Request(f"{self.installation.url}/tickets/{number}", headers=headers)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return str(answer.read().decode())

    def new_ticket(self) -> int:
        return int(self.play("ticket")["number"])

    def settle(self, *streams: Listening) -> None:
        """All that happened so far was told to these streams, and is forgotten. Each of them hears of all lists."""
        self.play("touch", self.numbers["support"])
        for stream in streams:
            stream.wait_for("changed", lambda data: self.numbers["support"] in data["tickets"])
            stream.told.clear()

    def close_streams(self) -> None:
        for stream in self.streams:
            stream.close()
        self.streams.clear()

    def close(self) -> None:
        self.scenes.close()
        self.installation.close()
