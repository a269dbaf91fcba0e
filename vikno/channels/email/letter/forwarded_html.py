"""The same for markup: what of a forwarded letter is its author's, and what a remark of whoever forwards it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .forwarded import block_of, not_theirs
from .pages import Page
from .quotes_html import MARKS, tree_of
from .words import words

_CONTAINERS = MARKS | words("moz-forward-container")


@dataclass(frozen=True, slots=True)
class ForwardedHtml:
    """Markup of the author's words and of the head above them. `said`, `remark`: as text, the author's words and what
    is not theirs; `below`: whether some of that stands under their letter, where only the markup tells it."""

    body: str
    head: str
    said: str
    remark: str
    below: bool


def part_html(html: str, author: str) -> ForwardedHtml | None:
    """The parts of a forwarded letter; None if no block of this author is found in it."""
    first, second = tree_of(html), tree_of(html)
    if first is None or second is None:
        return None
    page = Page(first, _is_container)
    block = block_of(page.lines, author)
    if block is None:
        return None
    end = _end(page, block.start, block.body)
    foreign = [one or at >= end for at, one in enumerate(not_theirs(page.lines, block))]
    heading = [block.start <= at < block.body for at in range(len(page.lines))]
    body, _ = page.split([one or other for one, other in zip(foreign, heading, strict=True)])
    _, head = Page(second, _is_container).split(heading)
    said = [line for at, line in enumerate(page.lines) if not foreign[at] and not heading[at]]
    return ForwardedHtml(
        body, head, _joined(said), _joined([line for line, one in zip(page.lines, foreign, strict=True) if one]),
        any(line.strip() for line in page.lines[end:]),
    )  # fmt: skip


def _is_container(element: Any) -> bool:
    return element.tag == "blockquote" or bool(set((element.get("class") or "").split()) & _CONTAINERS)


def _end(page: Page, start: int, body: int) -> int:
    """The line behind the last one of the widest element that holds the block and nothing above it."""
    ends = [last for first, last in page.spans.values() if start <= first < body < last]
    return max(ends, default=len(page.lines))


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines).strip()
