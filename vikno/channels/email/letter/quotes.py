"""What is new in a letter and what it repeats. Everything is kept: the two halves hold every line between them.

To hide a customer's word is the worse fault, so where a sign is weak nothing is folded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from vikno.core.subjects import is_forward

from .closing import hide_closing, is_closing
from .quote_words import (
    ADDRESS,
    ANSWERS_INSIDE,
    BARE_SEPARATOR,
    BRACKETED,
    DATE,
    FORWARDED,
    GREETING,
    HEADER_FIELD,
    OPENING,
    RULE,
    SEPARATOR,
    TIME,
    TOLD,
    VERB_END,
)

_MAX_INTRO_LINES = 5
_MAX_INTRO = 500  # characters
MAX_LINES = 20_000
_MAX_LINE = 600  # characters of a line that are looked at
_MAX_TRIES = 400  # beginnings of an introduction that are followed up


@dataclass(frozen=True, slots=True)
class Folded:
    """`visible` is what the writer says now, `quoted` what is folded away ("" if nothing is)."""

    visible: str
    quoted: str


def fold_quotes(text: str, subject: str = "") -> Folded:
    """Split a plain body. Quotes between answers stay visible; a letter of quotes alone, or a forwarded one, is not
    folded."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    hidden = hidden_lines(lines, forwards=is_forward(subject))
    if not any(hidden):
        return Folded(text, "")
    visible = _join(line for line, gone in zip(lines, hidden, strict=True) if not gone)
    return Folded(visible, _join(line for line, gone in zip(lines, hidden, strict=True) if gone))


def hidden_lines(
    lines: Sequence[str],
    starts: Collection[int] = (),
    closings: Collection[int] = (),
    forwards: bool = False,
) -> list[bool]:
    """Which lines to fold; none of them where that would leave nothing.

    `starts` are lines where the program says that an earlier letter begins, `closings` those where it says that a
    signature does. `forwards`: the subject says so; then what is under the head of a letter is what is told.
    """
    return _hidden(lines, starts, closings, forwards)[1]


def closing_of(text: str, subject: str = "") -> str:
    """What of a plain body is folded as its signature, without what it quotes; "" if nothing is."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    quoted, hidden = _hidden(lines, (), (), is_forward(subject))
    return _join(line for line, before, gone in zip(lines, quoted, hidden, strict=True) if gone and not before)


def _hidden(
    lines: Sequence[str], starts: Collection[int], closings: Collection[int], forwards: bool
) -> tuple[list[bool], list[bool]]:
    """The lines that are quoted, and those that are folded: these, and the signature above them."""
    nothing = [False] * len(lines), [False] * len(lines)
    if len(lines) > MAX_LINES:
        return nothing
    looks = [line[:_MAX_LINE] for line in lines]
    end = None if forwards else _thread_start(looks, starts)
    if end is None:
        return nothing
    hidden = [index >= end for index in range(len(lines))]
    _hide_marked(looks, end, hidden)
    quoted = list(hidden)
    hide_closing(looks, hidden, closings)
    if not any(hidden) or any(ANSWERS_INSIDE.search(line) for line in looks[:end] if not is_marked(line)):
        return nothing
    seen = any(line.strip() and not gone for line, gone in zip(lines, hidden, strict=True))
    return (quoted, hidden) if seen else nothing


def _join(lines: Iterable[str]) -> str:
    return "\n".join(lines).strip("\n").rstrip()


def is_marked(line: str) -> bool:
    """Whether a line is quoted by ">"."""
    return line.lstrip(" \t\u00a0")[:1] == ">"


def is_intro(paragraph: str, marked_follows: bool) -> bool:
    """Whether a paragraph introduces a quote, as in "On 5 May 2026 at 10:00 Ann <a@b> wrote:".

    Without ">" after it, it must name a date, an hour and an address or a verb, begin as programs write it, and hold
    no word of somebody who tells of it ("05.10.2026 at 10:00 your manager wrote:").
    """
    paragraph = " ".join(paragraph.split())
    if not 3 < len(paragraph) <= _MAX_INTRO:
        return False
    colon = paragraph.endswith((":", "："))
    if not marked_follows and not colon:  # nearly every paragraph
        return False
    verb = VERB_END.search(paragraph) is not None
    opening = OPENING.match(paragraph) is not None
    dated = DATE.search(paragraph) is not None
    bracketed = BRACKETED.search(paragraph) is not None
    if marked_follows:
        return (verb and (colon or dated)) or (colon and ((opening and dated) or bracketed))
    if not (opening and dated):
        return False
    timed = TIME.search(paragraph) is not None
    if bracketed:
        return verb or timed
    return verb and (timed or ADDRESS.search(paragraph) is not None) and not TOLD.search(paragraph)


def _thread_start(lines: list[str], starts: Collection[int]) -> int | None:
    """The line from which on everything is an earlier letter, len(lines) if there is none; None if what follows was
    forwarded."""
    tries = 0
    for index, line in enumerate(lines):
        if index in starts:
            return _rule_above(lines, index)
        if not line.strip() or is_marked(line):
            continue
        if FORWARDED.match(line):
            return None
        if SEPARATOR.match(line) and not is_marked(_next_text(lines, index + 1)):
            return index
        if is_header_block(lines, index):
            return _rule_above(lines, index)
        if tries < _MAX_TRIES and OPENING.match(line):
            tries += 1
            if _introduces(lines, index):
                return index
    return len(lines)


def _introduces(lines: list[str], index: int) -> bool:
    """Whether an introduction of an unmarked quote begins at this line."""
    for last in range(index + 1, min(index + _MAX_INTRO_LINES, len(lines) + 1)):
        if not lines[last - 1].strip():
            return False
        follows = _next_text(lines, last)
        if follows and not is_marked(follows) and is_intro(" ".join(lines[index:last]), False):
            return True
    return False


def _rule_above(lines: list[str], index: int) -> int:
    """The drawn line above a block, which belongs to it."""
    above = index - 1
    while above >= 0 and index - above < 4 and not lines[above].strip():
        above -= 1
    return above if above >= 0 and (RULE.match(lines[above]) or BARE_SEPARATOR.match(lines[above])) else index


def _next_text(lines: list[str], start: int) -> str:
    return next((line for line in lines[start : start + 4] if line.strip()), "")


def is_header_block(lines: Sequence[str], index: int) -> bool:
    """Whether "From:", a date and another field of a letter's head stand here, as Outlook and phones write them."""
    first = HEADER_FIELD.match(lines[index])
    if not first or first.lastgroup != "from":
        return False
    if not lines[index].partition(":")[2].strip(" *_\t") and not _is_value(lines, index + 1):
        return False  # a label without a value is a form's, not a letter's
    kinds, other = {"from"}, 0
    for line in lines[index + 1 : index + 14]:
        field = HEADER_FIELD.match(line)
        if field and field.lastgroup == "from":
            break
        if field and field.lastgroup:
            kinds.add(field.lastgroup)
        elif line.strip():
            other += 1
            if other > 3:
                break
    return len(kinds) >= 3 and bool(kinds & {"date", "subject"})


def _is_value(lines: Sequence[str], index: int) -> bool:
    """Whether a line holds an address: some programs break the head of a letter after each name."""
    return index < len(lines) and ADDRESS.search(lines[index]) is not None


def _hide_marked(lines: list[str], end: int, hidden: list[bool]) -> None:
    """Hide blocks of ">" lines: the last one if nothing follows it, the first if the answer stands below it.

    Blocks with words between them belong to answers given point by point: the whole quote stays, unless the last block
    is introduced anew and so is a quote of its own.
    """
    blocks = _blocks(lines, end)
    if not blocks:
        return
    start, stop = blocks[-1]
    intro = _intro_start(lines, start)
    tail = [line for line in lines[stop:end] if line.strip()]
    if (not tail or is_closing(tail)) and (len(blocks) == 1 or intro < start):
        hidden[intro:stop] = [True] * (stop - intro)
        return
    if len(blocks) == 1:
        before = [line for line in lines[:intro] if line.strip()]
        # The Bat writes the greeting first, the quote below it and the answer below that.
        greeted = intro < start and len(before) == 1 and GREETING.match(before[0]) is not None
        if not before or greeted or (intro < start and stop - start > 3):
            hidden[intro:stop] = [True] * (stop - intro)


def _blocks(lines: list[str], end: int) -> list[tuple[int, int]]:
    """Runs of ">" lines before `end`; blank lines inside a run do not end it."""
    blocks: list[tuple[int, int]] = []
    for index in range(end):
        if not is_marked(lines[index]):
            continue
        if blocks and (
            not any(line.strip() for line in lines[blocks[-1][1] : index]) or _is_wrapped(lines, blocks[-1][1], index)
        ):
            blocks[-1] = (blocks[-1][0], index + 1)
        else:
            blocks.append((index, index + 1))
    return blocks


def _is_wrapped(lines: list[str], stop: int, index: int) -> bool:
    """A single short line between quoted ones, after a long quoted line: its end, broken off by some program."""
    between = lines[stop:index]
    return len(between) == 1 and len(lines[stop - 1]) > 68 and 0 < len(between[0].split()) <= 2


def _intro_start(lines: list[str], start: int) -> int:
    """Where the introduction above the block at `start` begins; `start` if there is none."""
    last = start
    while last > 0 and start - last < 3 and not lines[last - 1].strip():
        last -= 1
    found = start
    for first in range(last - 1, max(last - _MAX_INTRO_LINES, -1), -1):
        line = lines[first]
        if not line.strip() or is_marked(line):
            break
        if SEPARATOR.match(line):
            return first
        if found == start:
            if is_intro(" ".join(lines[first:last]), True):
                found = first
                if OPENING.match(line) or BRACKETED.search(line):
                    break
        elif OPENING.match(line) and DATE.search(" ".join(lines[first:last])):
            found = first  # the date stands on a line above the name
            break
    return found
