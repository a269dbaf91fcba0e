"""The same for markup: where the program marked the quoted letter, or introduced it as it does in text."""

from __future__ import annotations

import html as entities
from typing import Any

from lxml import etree
from lxml import html as trees

from .quote_words import ANSWERS_INSIDE, FORWARDED, SEPARATOR
from .quotes import is_header_block, is_intro
from .tags import plain_tags
from .words import words

_QUOTE_CLASSES = words("gmail_quote gmail_quote_container yahoo_quoted protonmail_quote zmail_extra")
_INTRO_CLASSES = words("gmail_attr moz-cite-prefix OutlookMessageHeader")
_REST_IDS = words("divRplyFwdMsg OLK_SRC_BODY_SECTION mail-editor-reference-message-container")
_BLOCKS = words("div p blockquote hr table span")
_MAX_ELEMENTS = 20_000


def fold_quotes_html(html: str) -> tuple[str, str]:
    """(visible, quoted) of a letter's markup, raw or in the kept form; clean both before drawing.

    The second is "" when nothing can be folded safely: an unmarked quote, answers inside it, a forwarded letter.
    """
    root = _tree(html)
    if root is None:
        return html, ""
    found = _find(root)
    if found is None:
        return html, ""
    element, rest = found
    if _forwarded(element) or ANSWERS_INSIDE.search(_text_before(root, element)):
        return html, ""
    quoted = _cut_rest(root, element) if rest else _cut_one(element)
    visible = _inner(root)
    if not _says_something(root):
        return html, ""
    return visible, quoted


def _tree(html: str) -> Any:
    if not html.strip():
        return None
    try:
        root = trees.fragment_fromstring(plain_tags(html), create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None
    return root if sum(1 for _ in root.iter()) <= _MAX_ELEMENTS else None


def _find(root: Any) -> tuple[Any, bool] | None:
    """The first element of the quoted letter, and whether all that follows belongs to it."""
    for element in root.iter(*_BLOCKS):
        classes = set((element.get("class") or "").split())
        if element.get("id") in _REST_IDS or _outlook(element):
            return _with_rule(element), True
        if classes & _INTRO_CLASSES and _next_is_quote(element):
            quote = _next(element)
            return (element, True) if not _text_after(root, quote) else None
        if classes & _QUOTE_CLASSES or (element.tag == "blockquote" and _marked(element)):
            if _answers_between(element):
                return None
            return (_with_intro(element), True) if not _text_after(root, element) else _lone(root, element)
    return None


def _marked(quote: Any) -> bool:
    """A blockquote is a quoted letter if it says so or is introduced as one; else it is a writer's indent."""
    return (quote.get("type") or "").lower() == "cite" or _with_intro(quote) is not quote


def _outlook(element: Any) -> bool:
    """Outlook draws a line above a block of From, Sent, To, Subject; some programs leave only the block."""
    style = (element.get("style") or "").replace(" ", "").lower()
    if element.tag not in ("div", "p", "table") or (
        "border-top:" not in style and element.tag != "p" and not _after_rule(element)
    ):
        return False
    lines = [line for line in _lines(element) if line.strip()][:12]
    return bool(lines) and (is_header_block(lines, 0) or (SEPARATOR.match(lines[0]) is not None))


def _after_rule(element: Any) -> bool:
    before = element.getprevious()
    return before is not None and before.tag == "hr"


def _with_rule(element: Any) -> Any:
    """The element, or the line drawn above it."""
    parent = element.getparent()
    only = parent is not None and parent.getparent() is not None and not (parent.text or "").strip()
    if only and parent[0] is element and parent.tag == "div" and not _after_rule(element):
        return parent if _after_rule(parent) is False else parent.getprevious()
    return element.getprevious() if _after_rule(element) else element


def _lines(element: Any) -> list[str]:
    """Text of an element by line."""
    out = [""]
    for event, one in etree.iterwalk(element, events=("start", "end")):
        breaks = one.tag in ("br", "div", "p", "tr", "li", "blockquote", "table")
        if event == "start":
            if breaks:
                out.append("")
            out[-1] += one.text or ""
        elif one is not element:
            if breaks:
                out.append("")
            out[-1] += one.tail or ""
    return [" ".join(line.split()) for line in out]


def _next(element: Any) -> Any:
    after = element.getnext()
    while after is not None and after.tag == "br" and not (after.tail or "").strip():
        after = after.getnext()
    return after


def _next_is_quote(element: Any) -> bool:
    after = _next(element)
    return after is not None and (after.tag == "blockquote" or bool(after.find(".//blockquote") is not None))


def _with_intro(quote: Any) -> Any:
    """The element that introduces `quote`, if one stands right before it; else `quote`."""
    before = quote.getprevious()
    while before is not None and before.tag == "br" and not (before.tail or "").strip():
        before = before.getprevious()
    if before is None or (before.tail or "").strip() or before.tag not in _BLOCKS:
        return quote
    return before if is_intro(" ".join(before.itertext()), True) else quote


def _answers_between(quote: Any) -> bool:
    """Words between the inner quotes of a container: answers given point by point."""
    if quote.tag == "blockquote":
        return False
    inner = quote.findall(".//blockquote")
    if not inner:
        return False
    words_outside = 0
    for element in quote.iter():
        if any(up.tag == "blockquote" for up in element.iterancestors()) or element.tag == "blockquote":
            text = (element.tail or "") if element.tag == "blockquote" and not _inside(element, "blockquote") else ""
        elif set((element.get("class") or "").split()) & _INTRO_CLASSES:
            text = element.tail or ""
        else:
            intro = is_intro(element.text or "", True)
            text = ("" if intro else element.text or "") + ((element.tail or "") if element is not quote else "")
        words_outside += len(text.split()) if not is_intro(text, True) else 0
    return words_outside > 0 and not is_intro(" ".join(_outer_text(quote).split()), True)


def _inside(element: Any, tag: str) -> bool:
    return any(up.tag == tag for up in element.iterancestors())


def _outer_text(quote: Any) -> str:
    """Text of a container before its first inner quote."""
    out: list[str] = []
    for event, element in etree.iterwalk(quote, events=("start", "end")):
        if event == "start":
            if element.tag == "blockquote":
                break
            out.append(element.text or "")
        elif element is not quote:
            out.append(element.tail or "")
    after = quote.findall(".//blockquote")[-1]
    return " ".join(out) + " " + (after.tail or "")


def _text_after(root: Any, element: Any) -> str:
    """Words that follow an element anywhere in the letter."""
    out = []
    while element is not None and element is not root:
        out.append(element.tail or "")
        for sibling in element.itersiblings():
            out.append(" ".join(sibling.itertext()))
            out.append(sibling.tail or "")
        element = element.getparent()
    return " ".join(" ".join(out).split())


def _text_before(root: Any, element: Any) -> str:
    out: list[str] = []
    for event, one in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            if one is element:
                break
            out.append(one.text or "")
        elif one is not root:
            out.append(one.tail or "")
    return " ".join(out)[-5_000:]


def _lone(root: Any, element: Any) -> tuple[Any, bool] | None:
    """A quote with the answer below it: folded alone if nothing stands above, else left where it explains."""
    quotes = [one for one in root.iter("blockquote") if not _inside(one, "blockquote")]
    if len(quotes) > 1 or _text_before(root, _with_intro(element)).strip():
        return None
    return element, False


def _forwarded(element: Any) -> bool:
    return any(FORWARDED.match(line) for line in [line for line in _lines(element) if line][:3])


def _cut_one(element: Any) -> str:
    """Take one element out; the text behind it stays."""
    tail = element.tail
    element.tail = None
    quoted = trees.tostring(element, encoding="unicode")
    parent, before = element.getparent(), element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + (tail or "")
    else:
        parent.text = (parent.text or "") + (tail or "")
    parent.remove(element)
    return str(quoted)


def _cut_rest(root: Any, element: Any) -> str:
    """Take out an element and all that follows it in the letter."""
    out: list[str] = []
    place = element
    first = True
    while place is not root:
        parent = place.getparent()
        following = list(place.itersiblings())
        if first:
            following.insert(0, place)
        elif place.tail:
            out.append(entities.escape(place.tail, quote=False))
            place.tail = None
        for one in following:
            out.append(str(trees.tostring(one, encoding="unicode", with_tail=True)))
            one.tail = None
            parent.remove(one)
        first = False
        place = parent
    return "".join(out)


def _inner(root: Any) -> str:
    return entities.escape(root.text or "", quote=False) + "".join(
        str(trees.tostring(child, encoding="unicode", with_tail=True)) for child in root
    )


def _says_something(root: Any) -> bool:
    return bool("".join(root.itertext()).strip()) or root.find(".//img") is not None
