"""Foreign markup made easy to read: every "<" that is left begins a well-formed tag, and nesting is bounded.

HTML readers take quadratic time for deep nesting, and each reads ill-formed tags in its own way, so that no estimate
made from the source would hold. This pass decides instead: comments and raw text go, a malformed tag loses its
attributes, a tag beyond the bound is dropped, its words stay. It cleans nothing; that comes after.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html.entities import html5

from . import limits
from .words import words

MAX_NESTING = 120  # elements; libxml2 stops at 256
MAX_TAGS = 100_000
MAX_ATTRIBUTES = 100  # of one tag; more of them and it has none, as each is compared with all before it
MAX_AMPERSANDS = 20_000  # that stand for themselves; the reader takes quadratic time for them

_TAG = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9:_-]{0,40}+)"
    r"(?:[\s/]*+[^\s\"'<>/=]++(?:\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'|[^\s\"'<>=`][^\s\"'<>]*+))?+)*+[\s/]*+>"
)
_LONG_TAG = 300  # characters
_SHORT_TAG = 200
_KEPT = (False, "")
_ATTRIBUTE = re.compile(r"[\s/]+[^\s\"'<>/=]+")
_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:_-]{0,40})")
_ALONE = words("br img hr wbr col area")
# Ended by their parent or their next sibling, so not counted; what they stand in is.
_UNCOUNTED = words("p li td tr th dd dt tbody thead tfoot colgroup html body head")
_FORMATTING = words("a b big code em font i nobr s small strike strong tt u")
_BARRIERS = words("table caption")
# Gone with what is in them.
_RAW = ("script", "style", "title", "noscript", "noembed", "noframes")
# The tag goes, its words stay: these change how what follows is read.
_DROPPED = words(
    "svg math select option optgroup template button object applet marquee iframe frameset frame textarea xmp "
    "plaintext listing form input meta link base embed param source track audio video canvas map area keygen "
    "isindex image"
) | frozenset(_RAW)
_REFERENCE = re.compile(r"&(#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)?")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff]+")


def plain_tags(html: str) -> str:
    """The same words in markup that every reader reads alike, bounded in size and nesting."""
    html = without_controls(html[: limits.MAX_HTML])
    small = html.lower()
    if "<!--" in small:
        html = _without(html, "<!--", "-->", len("-->"))
    for name in _RAW:
        if f"<{name}" in small:
            html = _without(html, f"<{name}", f"</{name}", 0)
    html = _few_ampersands(html)
    words, *pieces = html.split("<")
    stack: list[str] = []
    out = [words]
    for piece in pieces[:MAX_TAGS]:
        end = piece.find(">") + 1
        known = _known(piece[:end]) if 0 < end <= _SHORT_TAG else None
        if known is None:
            out.append(_piece(f"<{piece}", stack))
        elif known is _KEPT:
            out.append(f"<{piece}")
        else:
            ends, name = known
            out.append(_close(stack, name) if ends else _open(stack, name, f"<{piece[:end]}"))
            out.append(piece[end:])
    out += [piece.partition(">")[2] for piece in pieces[MAX_TAGS:]]
    return "".join(out) + "".join(f"</{one}>" for one in reversed(stack))


@lru_cache(maxsize=2000)
def _known(tag: str) -> tuple[bool, str] | None:
    """Whether a tag, without its "<", is an end tag, and its name; _KEPT if it stands as it is; None if it has to be
    looked at closely. A letter has thousands of tags and few different ones."""
    found = _TAG.fullmatch(f"<{tag}")
    name = found[2].lower() if found else ""
    if found is None or name in _DROPPED:
        return None
    return _KEPT if name in _ALONE or name in _UNCOUNTED else (bool(found[1]), name)


def _few_ampersands(html: str) -> str:
    """Beyond the bound an ampersand is a wide one, which begins nothing; references to other signs stay."""
    if html.count("&") <= MAX_AMPERSANDS:
        return html
    count = 0

    def one(found: re.Match[str]) -> str:
        nonlocal count
        name = found[1]
        if name and name != "amp;" and (name[0] == "#" or name in html5):
            return found[0]
        count += 1
        return found[0] if count <= MAX_AMPERSANDS else "＆" + (name or "")

    return _REFERENCE.sub(one, html)


def without_controls(text: str) -> str:
    """Without characters that no page and no database should meet."""
    if _CONTROLS.search(text):
        text = _CONTROLS.sub(lambda found: " " if "\f" in found[0] else "", text)
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _without(html: str, start: str, end: str, length: int) -> str:
    """Remove from `start` through `end`. Where the end is missing only the start is removed: no words are lost."""
    small = html.lower()
    if len(small) != len(html):  # a few letters grow in lower case
        small = html
    out, place = [], 0
    while (begin := small.find(start, place)) >= 0:
        if start[-1].isalpha() and small[begin + len(start) : begin + len(start) + 1].isalnum():
            out.append(html[place : begin + 1])
            place = begin + 1
            continue
        stop = small.find(end, begin + len(start))
        out.append(html[place:begin])
        if stop < 0:
            place = begin
            break
        place = stop + length
    out.append(html[place:])
    return "".join(out)


def _piece(piece: str, stack: list[str]) -> str:
    """One "<" with what follows up to the next."""
    tag = _TAG.match(piece)
    if tag:
        shown, rest = tag[0], piece[tag.end() :]
        if len(shown) > _LONG_TAG and len(_ATTRIBUTE.findall(shown)) > MAX_ATTRIBUTES:
            shown = f"<{tag[1]}{tag[2]}>"
    else:
        tag = _NAME.match(piece)
        if ">" not in piece or not (tag or piece[1:2] in ("!", "?", "/")):
            return "&lt;" + piece[1:]
        if not tag:
            return piece.partition(">")[2]
        shown, rest = f"<{tag[1]}{tag[2]}>", piece[tag.end() :].partition(">")[2]
    name = tag[2].lower()
    if name in _DROPPED:
        return rest
    if name in _ALONE or name in _UNCOUNTED:
        return shown + rest
    if tag[1]:
        return _close(stack, name) + rest
    return _open(stack, name, shown) + rest


def _open(stack: list[str], name: str, shown: str) -> str:
    before = ""
    if name == "a" and "a" in stack:  # links do not nest: the earlier one ends here, if it can
        before = _close(stack, name)
        if not before:
            return ""
    if len(stack) >= MAX_NESTING:
        return before
    stack.append(name)
    return before + shown


def _close(stack: list[str], name: str) -> str:
    """End tags for an element and what is open in it, so that all is nested well; "" if it cannot end here.

    Nothing is closed from inside a table, and formatting does not end in the middle of a block that it holds.
    """
    for place in range(len(stack) - 1, -1, -1):
        if stack[place] == name:
            ends = "".join(f"</{one}>" for one in reversed(stack[place:]))
            del stack[place:]
            return ends
        if stack[place] in _BARRIERS or (name in _FORMATTING and stack[place] not in _FORMATTING):
            return ""
    return ""
