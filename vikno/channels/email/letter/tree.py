"""The letter's parts, by the standard library's parser, which is told when to stop.

Over the depth limit a part is told to be plain text, so that what is in it is read as text instead of nesting on;
enclosed letters (message/*) are not opened, so their bytes stay as they came.
"""

from __future__ import annotations

from collections.abc import Iterable
from email.feedparser import BufferedSubFile, BytesFeedParser  # type: ignore[attr-defined]
from email.message import Message
from email.policy import compat32
from typing import Any

from . import limits
from .headers import parameters

_CHUNK = 16 * 1024


class Tally:
    """What one letter has cost so far; shared by all its parts."""

    def __init__(self) -> None:
        self.parts = 0
        self.problems: list[str] = []

    def note(self, problem: str) -> None:
        """Record a code once."""
        if problem not in self.problems:
            self.problems.append(problem)


class Part(Message):
    """One MIME part that knows its depth."""

    def __init__(self, tally: Tally, depth: int = 0) -> None:
        super().__init__(policy=compat32)
        self.tally = tally
        self.depth = depth
        self._headers: list[tuple[str, str]] = []
        self._payload: object = None
        self._type: tuple[str, dict[str, str]] | None = None
        tally.parts += 1

    def attach(self, payload: Message | str) -> None:
        """Take a child: the parser calls this before it looks into the child."""
        if isinstance(payload, Part):
            payload.depth = self.depth + 1
        super().attach(payload)

    def set_raw(self, name: str, value: str) -> None:
        """Keep a header, within bounds."""
        if len(self._headers) >= limits.MAX_HEADERS:
            self.tally.note("too_many_headers")
            return
        if len(value) > limits.MAX_HEADER_VALUE:
            self.tally.note("header_too_long")
            value = value[: limits.MAX_HEADER_VALUE]
        self._headers.append((name, value))

    def get(self, name: str, failobj: Any = None) -> Any:
        """A header as it came, bare bytes as surrogates: the library would make question marks of those."""
        wanted = name.lower()
        return next((value for key, value in self._headers if key.lower() == wanted), failobj)

    def type_and_parameters(self) -> tuple[str, dict[str, str]]:
        """Content type in lower case ("" if none is given) with its parameters."""
        if self._type is None:
            self._type = parameters(self.get("content-type", ""))
        return self._type

    def get_content_type(self) -> str:
        """For the parser only: multipart where it may go down, else text."""
        kind, params = self.type_and_parameters()
        if not kind.startswith("multipart/") or not params.get("boundary"):
            return "text/plain"
        if self.depth >= limits.MAX_DEPTH:
            self.tally.note("nested_too_deep")
            return "text/plain"
        return "multipart/mixed"

    def get_content_maintype(self) -> str:
        """See get_content_type."""
        return self.get_content_type().partition("/")[0]

    def get_boundary(self, failobj: object = None) -> str:
        """The boundary as declared, without the white space that may follow it."""
        return self.type_and_parameters()[1].get("boundary", "").rstrip()

    def raw_payload(self) -> bytes:
        """Bytes of a part without children, before transfer decoding."""
        payload = self._payload
        if not isinstance(payload, str):
            return b""
        return payload.encode("ascii", "surrogateescape")

    def children(self) -> list[Part]:
        """Parts inside, none for a leaf."""
        return [child for child in self._payload if isinstance(child, Part)] if isinstance(self._payload, list) else []


class _Lines(BufferedSubFile):
    """Lines for the parser, which takes a while for each: those that can be nothing but a piece of a body come several
    at once. No boundary begins so ("--"), no header (it has a colon, or goes on behind white space, or is "From "), and
    none of them is empty; so whatever the first of them is to the parser, the others are too."""

    def pushlines(self, lines: Iterable[str]) -> None:
        """Add these lines, which are whole."""
        run: list[str] = []
        add = self._lines.append
        for line in lines:
            if line[0] in "-F \t\r\n" or ":" in line:
                if run:
                    add("".join(run))
                    run = []
                add(line)
            else:
                run.append(line)
        if run:
            add("".join(run))


class _Parser(BytesFeedParser):
    """The standard library's parser, fed by the above."""

    def __init__(self, tally: Tally, depth: int) -> None:
        # The factory is called without arguments; the parser gives each child its depth by attaching it.
        super().__init__(lambda: Part(tally, depth), policy=compat32)
        self._input = _Lines()


def parse_tree(data: bytes, tally: Tally, depth: int = 0) -> Part:
    """Parse bounded bytes; stops between two pieces of 16 KB once there are too many parts."""
    parser = _Parser(tally, depth)
    for start in range(0, len(data), _CHUNK):
        parser.feed(data[start : start + _CHUNK])
        if tally.parts > limits.MAX_PARTS:
            tally.note("too_many_parts")
            break
    root = parser.close()
    return root if isinstance(root, Part) else Part(tally, depth)
