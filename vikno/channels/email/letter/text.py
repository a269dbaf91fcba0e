"""Text of a letter: from HTML by a walk over its elements, from format=flowed, and as HTML again."""

from __future__ import annotations

import html as entities
import re
from typing import Any

from lxml import etree

from .tags import plain_tags, without_controls
from .words import words

_ANY_TAG = re.compile(r"<[/!?a-zA-Z][^<>]{0,5000}>")
_SKIP = words("script style title meta link template noscript object embed svg math iframe select")
_BLOCK = words(
    "address article aside blockquote center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 "
    "h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul body html"
)
_SPACED = words("p h1 h2 h3 h4 h5 h6 blockquote pre ul ol table dl")
_FOLD = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


def html_to_text(html: str) -> str:
    """Readable plain text: paragraphs, lists, tables by row, quotes with ">", links with address, picture names."""
    html = plain_tags(html)
    if not html.strip():
        return ""
    return _walked(html, hide=True) or _walked(html, hide=False)


def _walked(html: str, hide: bool) -> str:
    # Text goes in as text: libxml2 would otherwise believe a <meta charset> that was true of the bytes only.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(f"<div>{html}</div>".encode(), parser)
    except (etree.XMLSyntaxError, ValueError, AssertionError):
        root = None
    if root is None:
        return _tidy(entities.unescape(_ANY_TAG.sub(" ", html)))
    return _Walk(hide).of(root)


class _Walk:
    """One pass over a tree with a stack of its own: depth costs no recursion."""

    def __init__(self, hide: bool) -> None:
        self.hide = hide
        self.lines: list[str] = []
        self.parts: list[str] = []  # of the line being written
        self.filled = False  # whether it has more than spaces
        self.quote = 0
        self.lists: list[int | None] = []
        self.pre = 0
        self.gap = False
        self.bullet = False  # the line holds a list mark and nothing else
        self.depth_before = 0

    def of(self, root: Any) -> str:
        for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
            if not isinstance(element.tag, str):
                self._text(element.tail) if event in ("comment", "pi") else None
                continue
            if event == "start":
                if self._hidden(element):
                    self._skip(element)
                    continue
                self._open(element)
                self._text(element.text)
            elif event == "end":
                if element.get("_vikno_skipped") is None:
                    self._close(element)
                self._text(element.tail)
        self._end_line()
        return _tidy("\n".join(self.lines))

    def _hidden(self, element: Any) -> bool:
        if element.tag in _SKIP:
            return True
        return self.hide and bool(_HIDDEN.search(element.get("style") or ""))

    def _skip(self, element: Any) -> None:
        """Empty the element, so that the walk finds nothing in it; its tail is still to come."""
        tail = element.tail
        element.clear()
        element.tail = tail
        element.set("_vikno_skipped", "1")

    def _open(self, element: Any) -> None:
        tag = element.tag
        if tag in _BLOCK:
            self._end_line()
            self.gap = self.gap or (tag in _SPACED and not (self.lists or self.bullet))
        if tag == "blockquote":
            self.quote += 1
        elif tag in ("ul", "ol"):
            self.lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._bullet()
        elif tag == "pre":
            self.pre += 1
        elif tag == "br":
            self._end_line(force=True)
        elif tag == "hr":
            self._word("-" * 20)
            self._end_line()
        elif tag in ("td", "th") and self.filled:
            self.parts.append("\t")
        elif tag == "img":
            self._image(element)

    def _close(self, element: Any) -> None:
        tag = element.tag
        if tag == "a":
            self._link(element)
        if tag in _BLOCK:
            self._end_line()
        if tag == "blockquote":
            self.quote -= 1
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        elif tag == "pre":
            self.pre -= 1
        self.gap = self.gap or (tag in _SPACED and not self.lists)

    def _bullet(self) -> None:
        indent = "  " * max(len(self.lists) - 1, 0)
        if self.lists and self.lists[-1] is not None:
            self.lists[-1] += 1
            self.parts = [f"{indent}{self.lists[-1]}. "]
        else:
            self.parts = [f"{indent}- "]
        self.filled = self.bullet = True

    def _image(self, element: Any) -> None:
        source = (element.get("src") or "").strip()
        name = _FOLD.sub(" ", element.get("alt") or "").strip()
        if source.lower().startswith("cid:"):
            self._word(f"[{name or source[4:].partition('@')[0]}]")
        elif name:
            self._word(f"[{name}]")

    def _link(self, element: Any) -> None:
        address = (element.get("href") or "").strip()
        if not address.lower().startswith(("http://", "https://", "ftp://")) or len(address) > 1_000:
            return
        shown = _FOLD.sub("", "".join(element.itertext()))
        if shown and shown.rstrip("/") not in (address.rstrip("/"), address.partition("://")[2].rstrip("/")):
            self._word(f" <{address}>")

    def _word(self, text: str) -> None:
        self.parts.append(text)
        self.filled = self.filled or bool(text.strip())
        self.bullet = False

    def _text(self, text: str | None) -> None:
        if not text:
            return
        if self.pre:
            first, *more = text.split("\n")
            self._word(first)
            for one in more:
                self._end_line(force=True)
                self._word(one)
            return
        text = _FOLD.sub(" ", text)
        if text.startswith(" ") and (not self.parts or self.parts[-1].endswith((" ", "\t"))):
            text = text[1:]
        if text:
            self.parts.append(text)
        if text.strip():
            self.filled, self.bullet = True, False

    def _end_line(self, force: bool = False) -> None:
        if self.bullet and not force:
            return
        if self.filled or force:
            if self.gap and self.lines and self.lines[-1].strip("> "):
                self.lines.append(self._mark(min(self.quote, self.depth_before)).rstrip())
            self.lines.append((self._mark(self.quote) + "".join(self.parts)).rstrip())
            self.depth_before = self.quote
            self.gap = False
        self.parts = []
        self.filled = self.bullet = False

    def _mark(self, depth: int) -> str:
        return "> " * min(depth, 20)


def _tidy(text: str) -> str:
    text = clean_text(text.replace("\u00a0", " "))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n ")


def clean_text(text: str) -> str:
    """One kind of line end, no control characters, no lone surrogates."""
    return without_controls(text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n"))


def unflow(text: str, delete_space: bool) -> str:
    """format=flowed (RFC 3676): lines that end in a space go on in the next line of the same quote depth."""
    paragraphs: list[list[str]] = []
    open_depth = -1  # quote depth of the paragraph that the last line left open
    for line in text.split("\n"):
        body = line.lstrip(">")
        depth = len(line) - len(body)
        body = body.removeprefix(" ")
        signature = body == "-- "
        flows = body.endswith(" ") and not signature
        if flows and delete_space:
            body = body[:-1]
        if open_depth == depth and not signature:
            paragraphs[-1].append(body)
        else:
            paragraphs.append([">" * depth + (" " if depth and body else ""), body])
        open_depth = depth if flows else -1
    return "\n".join("".join(paragraph) for paragraph in paragraphs)


def text_to_html(text: str) -> str:
    """Plain text as markup that looks the same."""
    escaped = entities.escape(text, quote=False).strip("\n")
    return "<p>" + re.sub(r"\n{2,}", "</p><p>", escaped).replace("\n", "<br>") + "</p>" if escaped else ""
