"""The process that reads letters for an engine while many wait: `python -m vikno.reading SOCKET`. The engine starts it
(vikno.intake.reading_process); it ends with the engine."""

from __future__ import annotations

import sys
from multiprocessing.connection import Connection

from vikno import cli
from vikno.intake import reading_process


def main(socket: str) -> None:
    """`socket`: the number of the open socket whose other end the engine has."""
    there = Connection(int(socket))
    reading_process.belong(there)
    cli.set_up("reading")
    from vikno.intake import pipeline

    reading_process.serve(there, pipeline.read_named)


if __name__ == "__main__":
    main(sys.argv[1])
