"""Who wrote the letter that somebody forwards: read from the block that mail programs put above it, or from the letter
that is attached.

Gmail, Outlook, Apple Mail and Thunderbird write the fields of the letter one below the other, in the language of their
user; Yandex writes date and author in one line. The labels are those by which quotations are folded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .addresses import addresses
from .model import Address, Letter
from .parse import parse
from .quote_words import ADDRESS, DATE, FORWARDED, HEADER_FIELD

MOST_LINES = 600
MOST_ATTACHED = 3
NEAR = 6  # lines above and below a From line in which its other fields stand
_QUOTED = re.compile(r"^[>\s|]{0,20}")
_VALUE = re.compile(r"^[^:：]{1,30}[:：]\s*")
_MAILTO = re.compile(r"\[\s?mailto:([^\]\s]{3,320})\]", re.IGNORECASE)


def original_author(letter: Letter, ours: Callable[[str], bool]) -> Address | None:
    """Who wrote what is forwarded: the first author who is not one of ours, of the letters quoted from the top down,
    then of those attached. None if no such block is found."""
    for one in (*_in_text(letter.text), *_attached(letter)):
        if one.addr and not ours(one.addr):
            return one
    return None


def has_attached_letter(letter: Letter) -> bool:
    """Whether a whole letter is attached, as "forward as attachment" does it."""
    return any(one.type == "message/rfc822" for one in letter.attachments)


def _attached(letter: Letter) -> Iterator[Address]:
    enclosed = [one for one in letter.attachments if one.type == "message/rfc822"]
    for one in enclosed[:MOST_ATTACHED]:
        inner = parse(one.content)
        if inner.from_ is not None:
            yield inner.from_


def _in_text(text: str) -> Iterator[Address]:
    lines = [_QUOTED.sub("", line) for line in text.splitlines()[:MOST_LINES]]
    kinds = [found.lastgroup if (found := HEADER_FIELD.match(line)) else None for line in lines]
    for index, line in enumerate(lines):
        if kinds[index] == "from":
            near = kinds[max(0, index - NEAR) : index + NEAR + 1]
            if len({kind for kind in near if kind}) >= 3:  # itself and two others
                yield from _named(_value(lines, kinds, index))
        elif FORWARDED.match(line):
            following = [one for one in lines[index + 1 : index + 4] if one.strip()][:2]
            if following and DATE.search(following[0]):  # "20.11.2026, 10:00, "Марія" <maria@…>:"
                yield from _named(DATE.sub("", " ".join(following)).split(">")[0] + ">")


def _value(lines: list[str], kinds: list[str | None], index: int) -> str:
    """What stands behind the label; a long one goes on in the next line."""
    value = _VALUE.sub("", lines[index].replace("*", ""), count=1)
    if "@" not in value and index + 1 < len(lines) and kinds[index + 1] is None:
        value = f"{value} {lines[index + 1]}"
    return value


def _named(value: str) -> Iterator[Address]:
    """The mailbox in a text, with the name before it."""
    linked = _MAILTO.search(value)
    if linked:
        yield Address(_name(value[: linked.start()]), linked[1])
        return
    for one in addresses(value[:500], []):
        if one.addr:
            yield Address(_name(one.name), one.addr)
            return
    found = ADDRESS.search(value[:500])
    if found:
        yield Address(_name(value[: found.start()]), found[0].strip("<>").removeprefix("mailto:"))


def _name(text: str) -> str:
    """A name without the time that may stand before it and the punctuation around it."""
    return re.sub(r"^[\d\s,.:]+", "", text).strip(" \t\"'<>[](),;:")[:200]
