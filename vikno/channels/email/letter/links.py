"""Addresses of the web in texts and in markup: which words are links, and which say another place than they lead to."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

# In markup a bare "&" starts an entity: some of these end an address, as the characters themselves do.
_ADDRESS = re.compile(
    r"https?://(?:(?!&(?:lt|gt|quot|nbsp|#34|#39|#60|#62|#x27);)[^\s<>\"'\xa0]){2,2000}", re.IGNORECASE
)
_TRAILING = tuple(".,;:!?]»”*_")
_ENTITY = re.compile(r"&\w+;$")
# A tag, whatever stands within its quotes, or the text up to the next one: in a value nothing may be put.
_PIECE = re.compile(r'<(?:[^<>"]|"[^"]*")*>|[^<]+|<')
_NAME = re.compile(r"<(/?)([a-z][a-z0-9]*)")
_HREF = re.compile(r' href="([^"]*)"')
_HOST = re.compile(r"(https?://|www\.)?(?:[\w-]{1,63}\.)+([^\W\d_]{2,24})(?=$|[/:?#])", re.IGNORECASE)
_FILES = {
    "csv",
    "doc",
    "docx",
    "htm",
    "html",
    "jpg",
    "js",
    "md",
    "pdf",
    "png",
    "ppt",
    "pptx",
    "txt",
    "xls",
    "xlsx",
    "zip",
}
_MOST_SHOWN = 500  # characters of a link's words
_OPAQUE = ("a", "pre", "code")  # inside these, words are no links


def addresses_in(text: str) -> Iterator[tuple[int, int]]:
    """Where web addresses stand in a text or in the text of markup: (from, to), without the marks of the sentence."""
    for found in _ADDRESS.finditer(text):
        yield found.start(), found.start() + len(_without_marks(found[0]))


def _without_marks(address: str) -> str:
    while True:
        if address.endswith("&amp;"):
            address = address[:-5]
        elif (address.endswith(_TRAILING) and not _ENTITY.search(address)) or _closes_what_was_before(address):
            address = address[:-1]
        else:
            return address


def _closes_what_was_before(address: str) -> bool:
    return address.endswith(")") and address.count("(") < address.count(")")


def with_links(markup: str, attributes: str = "") -> str:
    """Cleaned markup with the web addresses in its text as links, which get these attributes besides."""
    if "://" not in markup:
        return markup
    parts, inside = [], 0
    for piece in _PIECE.findall(markup):
        if piece.startswith("<"):
            name = _NAME.match(piece)
            if name and name[2] in _OPAQUE:
                inside = max(0, inside + (-1 if name[1] else 1))
            parts.append(piece)
        else:
            parts.append(piece if inside else _linked(piece, attributes))
    return "".join(parts)


def _linked(text: str, attributes: str) -> str:
    parts, at = [], 0
    for start, end in addresses_in(text):
        address = text[start:end]
        if not re.search(r"://[\w\[]", address):
            continue
        parts += [text[at:start], f'<a{attributes} href="{address}">{address}</a>']
        at = end
    return "".join([*parts, text[at:]])


def strays(markup: str) -> Iterator[tuple[int, str]]:
    """The links of drawn markup whose words name another host than they lead to: of each where it ends, and the host
    it leads to."""
    href, said = None, ""
    for piece in _PIECE.finditer(markup):
        if not piece[0].startswith("<"):
            said += piece[0][:_MOST_SHOWN] if href is not None and len(said) < _MOST_SHOWN else ""
            continue
        name = _NAME.match(piece[0])
        if name is None or name[2] != "a":
            continue
        if name[1] and href is not None:
            target, named = _host_of(entities.unescape(href)), _named(entities.unescape(said).strip())
            if target and named and not _same(named, target):
                yield piece.end(), target
        found = None if name[1] else _HREF.search(piece[0])
        href, said = (found[1] if found else None), ""


def _named(said: str) -> str:
    """The host that a link's words name, if they are an address and nothing else."""
    found = None if any(letter.isspace() for letter in said) else _HOST.match(said)
    return _host_of(found[0]) if found and (found[1] or found[2].lower() not in _FILES) else ""


def _host_of(address: str) -> str:
    """The host of an address as it is asked for (IDNA), without "www."; "" for what is no web address."""
    whole = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(whole)
        host = (parts.hostname or "").rstrip(".")
        if parts.scheme not in ("http", "https"):
            return ""
        host = host.encode("idna").decode() if not host.isascii() else host
    except ValueError:
        return ""
    return host.lower().removeprefix("www.")


def _same(named: str, target: str) -> bool:
    return named == target or target.endswith(f".{named}")
