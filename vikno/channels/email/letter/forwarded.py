"""Who wrote the letter that somebody forwards: read from the block that mail programs put above it, or from the letter
that is attached. And what of the text is theirs: the rest is a remark of whoever forwards it.

Gmail, Outlook, Apple Mail and Thunderbird write the fields of the letter one below the other, in the language of their
user; Yandex writes date and author in one line. The labels are those by which quotations are folded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .addresses import addresses
from .model import Address, Letter
from .parse import parse
from .quote_words import ADDRESS, BARE_SEPARATOR, DATE, FORWARDED, HEADER_FIELD, RULE, SEPARATOR
from .quotes import is_marked

MOST_LINES = 600
MOST_ATTACHED = 3
NEAR = 6  # lines above and below a From line in which its other fields stand
# Below what is forwarded; few programs write it.
_ENDED = re.compile(
    r"^\s*[-_=*]{2,20}\s*(?:end of (?:the )?forwarded (?:message|letter|e-?mail)|"
    r"(?:конец|окончание) (?:пересылаемого|пересланного|переадресованного|перенаправленного) (?:сообщения|письма)|"
    r"кінець (?:пересланого|переадресованого|перенаправленого) (?:повідомлення|листа))\s*[-_=*]{2,20}\s*$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^[>\s|]{0,20}")
_VALUE = re.compile(r"^[^:：]{1,30}[:：]\s*")
_MAILTO = re.compile(r"\[\s?mailto:([^\]\s]{3,320})\]", re.IGNORECASE)


def original_author(letter: Letter, ours: Callable[[str], bool]) -> Address | None:
    """Who wrote what is forwarded: the first author who is not one of ours, of the letters quoted from the top down,
    then of those attached. None if no such block is found."""
    for one in (*(found for found, _ in _in_lines(letter.text.splitlines())), *(one.from_ for one in enclosed(letter))):
        if one is not None and one.addr and not ours(one.addr):
            return one
    return None


@dataclass(frozen=True, slots=True)
class Block:
    """Where in a text the letter of an author stands: its head from line `start` on, its words from `body` on."""

    start: int
    body: int


def block_of(lines: Sequence[str], author: str) -> Block | None:
    """The first block of a forwarded letter that this address wrote; None if there is none."""
    index = next((at for one, at in _in_lines(lines) if one.addr.casefold() == author.casefold()), None)
    return None if index is None else Block(_start(lines, index), _body(lines, index))


def not_theirs(lines: Sequence[str], block: Block) -> list[bool]:
    """Which lines are not the author's: all above the block, all from the line on that says where it ends, and where it
    is marked by ">" all that is not."""
    marked, end = _is_marked(lines, block), _end(lines, block)
    return [
        not block.start <= at < end or (marked and at >= block.body and bool(line.strip()) and not is_marked(line))
        for at, line in enumerate(lines)
    ]


def tells_its_end(lines: Sequence[str], block: Block) -> bool:
    """Whether a text shows where the author's letter ends. If not, its last words may be of whoever forwards it."""
    return _is_marked(lines, block) or _end(lines, block) < len(lines)


def is_end(line: str) -> bool:
    """Whether a line says that what was forwarded ends here."""
    return bool(_ENDED.match(line))


def _is_marked(lines: Sequence[str], block: Block) -> bool:
    return any(is_marked(line) for line in lines[block.start : block.body])


def _end(lines: Sequence[str], block: Block) -> int:
    return next((at for at in range(block.body, len(lines)) if is_end(lines[at])), len(lines))


def has_attached_letter(letter: Letter) -> bool:
    """Whether a whole letter is attached, as "forward as attachment" does it."""
    return any(one.type == "message/rfc822" for one in letter.attachments)


def enclosed(letter: Letter) -> Iterator[Letter]:
    """The first letters that are attached whole."""
    for one in [one for one in letter.attachments if one.type == "message/rfc822"][:MOST_ATTACHED]:
        yield parse(one.content)


def _start(lines: Sequence[str], index: int) -> int:
    """The first line of the block whose From line this is: fields above it, and the line that says it is forwarded."""
    start = index
    for at in range(index - 1, max(index - NEAR, 0) - 1, -1):
        line = _QUOTED.sub("", lines[at])
        if any(one.match(line) for one in (FORWARDED, SEPARATOR, BARE_SEPARATOR, RULE)):
            return at
        if line.strip() and not (at == start - 1 and HEADER_FIELD.match(line)):
            break
        start = at if line.strip() else start
    return start


def _body(lines: Sequence[str], index: int) -> int:
    """The first line below the head of a block."""
    at = index + 1
    while at < len(lines) and HEADER_FIELD.match(_QUOTED.sub("", lines[at])):
        at += 1
    return at


def _in_lines(whole: Sequence[str]) -> Iterator[tuple[Address, int]]:
    """Who a block names as its author, and in which line."""
    lines = [_QUOTED.sub("", line) for line in whole[:MOST_LINES]]
    kinds = [found.lastgroup if (found := HEADER_FIELD.match(line)) else None for line in lines]
    for index, line in enumerate(lines):
        if kinds[index] == "from":
            near = kinds[max(0, index - NEAR) : index + NEAR + 1]
            if len({kind for kind in near if kind}) >= 3:  # itself and two others
                yield from ((one, index) for one in _named(_value(lines, kinds, index)))
        elif FORWARDED.match(line):
            following = [one for one in lines[index + 1 : index + 4] if one.strip()][:2]
            if following and DATE.search(following[0]):  # "20.11.2026, 10:00, "Марія" <maria@…>:"
                named = _named(DATE.sub("", " ".join(following)).split(">")[0] + ">")
                yield from ((one, index) for one in named)


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
