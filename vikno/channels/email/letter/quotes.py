"""What is new in a letter and what it repeats. Everything is kept: the two halves hold every line between them.

To hide a customer's word is the worse fault, so where a sign is weak nothing is folded.
"""

from __future__ import annotations

from dataclasses import dataclass

from .quote_words import (
    ADDRESS,
    ANSWERS_INSIDE,
    BRACKETED,
    DATE,
    FORWARDED,
    HEADER_FIELD,
    OPENING,
    PHONE,
    RULE,
    SEPARATOR,
    SIGNATURE,
    TIME,
    VERB_END,
)

_MAX_INTRO_LINES = 5
_MAX_INTRO = 500  # characters
_MAX_SIGNATURE_LINES = 14
_MAX_LINES = 20_000
_MAX_LINE = 600  # characters of a line that are looked at
_MAX_TRIES = 400  # beginnings of an introduction that are followed up


@dataclass(frozen=True, slots=True)
class Folded:
    """`visible` is what the writer says now, `quoted` what is folded away ("" if nothing is)."""

    visible: str
    quoted: str


def fold_quotes(text: str) -> Folded:
    """Split a plain body. Quotes between answers stay visible; a letter of quotes alone is not folded."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > _MAX_LINES:
        return Folded(text, "")
    looks = [line[:_MAX_LINE] for line in lines]
    end = _thread_start(looks)
    if any(ANSWERS_INSIDE.search(line) for line in looks[:end]):
        return Folded(text, "")
    hidden = [index >= end for index in range(len(lines))]
    _hide_marked(looks, end, hidden)
    _hide_signature(looks, hidden)
    visible = _join(line for line, gone in zip(lines, hidden, strict=True) if not gone)
    quoted = _join(line for line, gone in zip(lines, hidden, strict=True) if gone)
    return Folded(visible, quoted) if visible else Folded(text, "")


def _join(lines: object) -> str:
    return "\n".join(lines).strip("\n").rstrip()  # type: ignore[arg-type]


def is_marked(line: str) -> bool:
    """Whether a line is quoted by ">"."""
    return line.lstrip(" \t\u00a0")[:1] == ">"


def is_intro(paragraph: str, marked_follows: bool) -> bool:
    """Whether a paragraph introduces a quote, as in "On 5 May 2026 at 10:00 Ann <a@b> wrote:".

    Without ">" after it, it must name a date, an hour and an address or a verb, and begin as programs write it.
    """
    paragraph = " ".join(paragraph.split())
    if not 3 < len(paragraph) <= _MAX_INTRO:
        return False
    colon = paragraph.endswith((":", "："))
    verb = VERB_END.search(paragraph) is not None
    opening = OPENING.match(paragraph) is not None
    dated = DATE.search(paragraph) is not None
    bracketed = BRACKETED.search(paragraph) is not None
    if marked_follows:
        return (verb and (colon or dated)) or (colon and ((opening and dated) or bracketed))
    if not (colon and opening and dated):
        return False
    timed = TIME.search(paragraph) is not None
    return (bracketed and (verb or timed)) or (verb and (timed or ADDRESS.search(paragraph) is not None))


def _thread_start(lines: list[str]) -> int:
    """The line from which on everything is an earlier letter, len(lines) if there is none."""
    tries = 0
    for index, line in enumerate(lines):
        if not line.strip() or is_marked(line):
            continue
        if FORWARDED.match(line):
            return len(lines)
        if SEPARATOR.match(line) and not is_marked(_next_text(lines, index + 1)):
            return index
        if is_header_block(lines, index):
            return _rule_above(lines, index)
        if tries < _MAX_TRIES and OPENING.match(line):
            tries += 1
            for count in range(1, _MAX_INTRO_LINES):
                last = index + count
                if last > len(lines) or not lines[last - 1].strip():
                    break
                follows = _next_text(lines, last)
                if follows and not is_marked(follows) and is_intro(" ".join(lines[index:last]), False):
                    return index
    return len(lines)


def _rule_above(lines: list[str], index: int) -> int:
    """The drawn line above a block, which belongs to it."""
    above = index - 1
    while above >= 0 and index - above < 4 and not lines[above].strip():
        above -= 1
    return above if above >= 0 and RULE.match(lines[above]) else index


def _next_text(lines: list[str], start: int) -> str:
    return next((line for line in lines[start : start + 4] if line.strip()), "")


def is_header_block(lines: list[str], index: int) -> bool:
    """Whether "From:", a date and another field of a letter's head stand here, as Outlook and phones write them."""
    first = HEADER_FIELD.match(lines[index])
    if not first or first.lastgroup != "from" or not lines[index].partition(":")[2].strip():
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


def _hide_marked(lines: list[str], end: int, hidden: list[bool]) -> None:
    """Hide blocks of ">" lines: the last one if nothing follows it, the first if the answer stands below it.

    Blocks with words before and after them belong to answers given point by point and stay.
    """
    blocks = _blocks(lines, end)
    if not blocks:
        return
    start, stop = blocks[-1]
    intro = _intro_start(lines, start)
    tail = [line for line in lines[stop:end] if line.strip()]
    if not tail or _is_signature(lines, stop, end):
        hidden[intro:stop] = [True] * (stop - intro)
        return
    if len(blocks) == 1:
        before = [line for line in lines[:intro] if line.strip()]
        if not before or (intro < start and stop - start > 3):
            hidden[intro:stop] = [True] * (stop - intro)


def _blocks(lines: list[str], end: int) -> list[tuple[int, int]]:
    """Runs of ">" lines before `end`; blank lines inside a run do not end it."""
    blocks: list[tuple[int, int]] = []
    for index in range(end):
        if not is_marked(lines[index]):
            continue
        if (blocks and not any(line.strip() for line in lines[blocks[-1][1] : index])) or (
            blocks and _is_wrapped(lines, blocks[-1][1], index)
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
        if is_intro(" ".join(lines[first:last]), True):
            found = first
            if OPENING.match(line):
                break
        if SEPARATOR.match(line):
            return first
    return found


def _is_signature(lines: list[str], start: int, end: int) -> bool:
    """Whether what stands from `start` to `end` is only a signature."""
    rest = [line for line in lines[start:end] if line.strip()]
    if not rest or len(rest) > _MAX_SIGNATURE_LINES:
        return False
    return SIGNATURE.match(rest[0]) is not None or all(PHONE.match(line) for line in rest)


def _hide_signature(lines: list[str], hidden: list[bool]) -> None:
    """Hide "-- " with the few lines below it, and the line that a phone adds, at the end of what is visible."""
    shown = [index for index, gone in enumerate(hidden) if not gone]
    while shown and not lines[shown[-1]].strip():
        shown.pop()
    while len(shown) > 1 and PHONE.match(lines[shown[-1]]):
        hidden[shown.pop()] = True
        while shown and not lines[shown[-1]].strip():
            shown.pop()
    for place in range(len(shown) - 1, max(len(shown) - _MAX_SIGNATURE_LINES - 2, 0), -1):
        if SIGNATURE.match(lines[shown[place]]):
            for index in shown[place:]:
                hidden[index] = True
            return
