"""The same for markup: the marks by which mail programs set off the quoted letter become marks of its lines, and the
lines are judged as those of a plain body are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from lxml import html as trees

from vikno.core.subjects import is_forward

from .pages import Page
from .quote_words import BRACKETED, FORWARDED, OPENING, SEPARATOR
from .quotes import hidden_lines, is_header_block, is_intro, is_marked
from .tags import plain_tags
from .words import words

_QUOTE_CLASSES = words(
    "gmail_quote gmail_quote_container yahoo_quoted protonmail_quote zmail_extra tutanota_quote iosymail "
    "mail-quote-collapse mailru-blockquote skiff_quote"
)
_INTRO_CLASSES = words("gmail_attr moz-cite-prefix OutlookMessageHeader")
_REST_IDS = words("divRplyFwdMsg OLK_SRC_BODY_SECTION mail-editor-reference-message-container")
_REST_CLASSES = words("ms-outlook-mobile-reference-message OutlookMessageHeader")
_CLOSING_CLASSES = words(
    "gmail_signature moz-signature protonmail_signature_block AppleMailSignature ms-outlook-ios-signature"
)
_CLOSING_IDS = words(
    "Signature AppleMailSignature ms-outlook-mobile-signature lineBreakAtBeginningOfSignature ymail_android_signature"
)
MARKS = _QUOTE_CLASSES | _INTRO_CLASSES | _REST_CLASSES | _CLOSING_CLASSES
MARK_IDS = _REST_IDS | _CLOSING_IDS
_MAX_ELEMENTS = 20_000
_MAX_CLOSING = 700  # characters of what a program calls a signature; more may be a letter that was written into it


def fold_quotes_html(html: str, subject: str = "") -> tuple[str, str]:
    """(visible, quoted) of a letter's markup, raw or in the kept form; clean both before drawing.

    The second is "" when nothing can be folded safely: answers inside the quote, a forwarded letter, a quote alone.
    """
    root = tree_of(html)
    if root is None:
        return html, ""
    page = Page(root, _is_watched)
    found = _Marks(page)
    hidden = hidden_lines(found.lines, found.starts, found.closings, forwards=is_forward(subject))
    if not any(line.strip() and gone for line, gone in zip(found.lines, hidden, strict=True)):
        return html, ""
    return page.split(hidden)


def tree_of(html: str) -> Any:
    """The tree of a letter's markup; None for an empty one, one that cannot be read, and one of too many elements."""
    if not html.strip():
        return None
    try:
        root = trees.fragment_fromstring(plain_tags(html), create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None
    return root if sum(1 for _ in root.iter()) <= _MAX_ELEMENTS else None


def _classes(element: Any) -> set[str]:
    return set((element.get("class") or "").split())


def _is_watched(element: Any) -> bool:
    """Whether the lines of an element matter."""
    if element.tag == "blockquote" or element.get("id") in MARK_IDS:
        return True
    return bool(_classes(element) & MARKS) or (element.tag in ("div", "p", "table") and _has_line_above(element))


def _has_line_above(element: Any) -> bool:
    """Outlook draws a line above the head of the letter answered."""
    style = (element.get("style") or "").replace(" ", "").lower()
    return "border-top:" in style or re.search(r"border-style:solidnone", style) is not None


@dataclass(slots=True)
class _Marks:
    """What the program that wrote the letter says about its lines."""

    page: Page
    lines: list[str] = field(default_factory=list)
    starts: set[int] = field(default_factory=set)
    closings: set[int] = field(default_factory=set)
    _quotes: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        for element, (first, last) in sorted(self.page.spans.items(), key=lambda one: (one[1][0], -one[1][1])):
            self._look(element, first, last)
        self.lines = self.page.marked(self._quotes)
        self.starts = {line for line in self.starts if not is_marked(self.lines[line])}

    def _look(self, element: Any, first: int, last: int) -> None:
        lines = self.page.lines[first:last]
        if not any(lines) or any(FORWARDED.match(line) for line in [line for line in lines if line][:3]):
            return
        classes, name = _classes(element), element.get("id") or ""
        if name in _CLOSING_IDS or classes & _CLOSING_CLASSES:
            if sum(map(len, lines)) <= _MAX_CLOSING:
                self.closings.add(self._filled(first))
        elif name in _REST_IDS or classes & _REST_CLASSES or _is_head(element, lines):
            self.starts.add(self._filled(first))
        elif classes & _INTRO_CLASSES:
            if self._quote_follows(last):
                self._quotes.append(element)
        elif element.tag == "blockquote":
            if self._is_letter(element, first, lines):
                self._quotes.append(element)
        elif classes & _QUOTE_CLASSES and not self._holds_quotes(element, first, last):
            self._quotes.append(element)

    def _filled(self, first: int) -> int:
        return next((at for at in range(first, len(self.page.lines)) if self.page.lines[at]), first)

    def _quote_follows(self, last: int) -> bool:
        """Whether a blockquote begins right after an introduction."""
        start = self._filled(last)
        return any(
            element.tag == "blockquote" and self._filled(first) == start
            for element, (first, _) in self.page.spans.items()
        )

    def _is_letter(self, quote: Any, first: int, lines: Sequence[str]) -> bool:
        """A blockquote is a quoted letter if it says so or is introduced as one; else it is a writer's indent."""
        if (quote.get("type") or "").lower() == "cite" or _classes(quote) & _QUOTE_CLASSES:
            return not self._follows_forward(first)
        if any(_classes(up) & _QUOTE_CLASSES for up in quote.iterancestors()):
            return True
        inside = [line for line in lines if line][:2]
        if any(is_intro(" ".join(inside[:count]), True) and OPENING.match(inside[0]) for count in range(1, 3)):
            return True
        return self._introduced(first) and not self._follows_forward(first)

    def _introduced(self, first: int) -> bool:
        above = [line for line in self.page.lines[max(first - 6, 0) : first] if line]
        for count in range(1, min(len(above), 4) + 1):
            if SEPARATOR.match(above[-count]):
                return True
            said = " ".join(above[-count:])
            if is_intro(said, True) and (OPENING.match(above[-count]) or BRACKETED.search(said)):
                return True
        return False

    def _follows_forward(self, first: int) -> bool:
        return any(FORWARDED.match(line) for line in self.page.lines[max(first - 12, 0) : first])

    def _holds_quotes(self, element: Any, first: int, last: int) -> bool:
        """Whether quotes stand in a container as parts of their own, so that what is between them are answers."""
        return any(
            one.tag == "blockquote"
            and not any(up.tag == "blockquote" for up in one.iterancestors())
            and self._begins(first, self.page.spans[one][0])
            for one in element.iter("blockquote")
            if one in self.page.spans
        )

    def _begins(self, first: int, quote: int) -> bool:
        """Whether nothing but an introduction stands between the container's beginning and its quote."""
        above = [line for line in self.page.lines[first:quote] if line]
        return not above or (len(above) <= 4 and is_intro(" ".join(above), True))


def _is_head(element: Any, lines: Sequence[str]) -> bool:
    """Outlook's block of From, Sent, To, Subject under a drawn line."""
    if not _has_line_above(element):
        return False
    shown = [line for line in lines if line][:12]
    return bool(shown) and (is_header_block(shown, 0) or SEPARATOR.match(shown[0]) is not None)
