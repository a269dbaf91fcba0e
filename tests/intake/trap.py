"""The process that reads letters, with a door where some of them do harm: python -m tests.intake.trap SOCKET"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from multiprocessing.connection import Connection

from vikno import cli
from vikno.intake import reading_process


class Odd(Exception):
    """An error that cannot be made anew out of what it holds, as some libraries have them."""

    def __init__(self, words: str, more: str) -> None:
        super().__init__(f"{words} {more}")


def main(socket: str) -> None:
    there = Connection(int(socket))
    reading_process.belong(there)
    cli.set_up("reading")
    from vikno.intake import pipeline
    from vikno.intake.models import Inbound

    door = pipeline.DOORS["email"]

    def read(entry: Inbound, raw: bytes) -> pipeline.Reading:
        if b"kills" in raw:
            os.kill(os.getpid(), signal.SIGKILL)
        while b"hangs" in raw:
            pass
        if b"odd error" in raw:
            raise Odd("planted", "words")
        found = door.read(entry, raw)
        return replace(found, value=lambda: None) if b"odd value" in raw else found

    reading_process.LONGEST = 3
    pipeline.DOORS["email"] = replace(door, read=read)
    reading_process.serve(there, pipeline.read_named)


if __name__ == "__main__":
    main(sys.argv[1])
