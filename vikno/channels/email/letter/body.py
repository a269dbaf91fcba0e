"""From parts to what a reader sees: text, markup, files. No word is dropped because a letter is built wrongly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from . import limits
from .charset import decode
from .headers import decoded, parameters, scrub, text_of
from .html import safe_html
from .model import Attachment
from .names import extension_for, name_for, name_of_id
from .smime import Seal, unwrap
from .text import clean_text, html_to_text, text_to_html, unflow
from .tnef import SIGNATURE, Allowance, read_tnef
from .transfer import decode_text_transfer, decode_transfer, extract_uuencoded
from .tree import Part, Tally, parse_tree
from .words import words

_LOOKS_LIKE_HTML = re.compile(r"\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]{1,40})", re.IGNORECASE)
_LOST_BOUNDARY = re.compile(
    rb"^--([^\s][^\r\n]{0,200}?)[ \t]*(?:\r\n|\r|\n)(?:Content-[A-Za-z-]{1,40}|MIME-Version):",
    re.MULTILINE | re.IGNORECASE,
)
_AS_FILES = words(
    "text/calendar text/vcard text/x-vcard text/directory text/csv text/xml text/rfc822-headers text/css "
    "text/javascript text/x-amp-html text/rtf text/x-patch text/x-diff text/x-log text/x-python"
)
_SEALED = words("application/pkcs7-mime application/x-pkcs7-mime")
_TNEF = words("application/ms-tnef application/vnd.ms-tnef")
_MAX_OPENED = 10  # wrappings, one in another or beside it


@dataclass(frozen=True, slots=True)
class Content:
    """What a letter says: text, kept markup or "", files, and how it was closed (see Letter.seal)."""

    text: str
    html: str
    attachments: tuple[Attachment, ...]
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of the body: its plain text, its markup, or both where they say the same."""

    text: str | None
    html: str | None


@dataclass(slots=True)
class Body:
    """What has been gathered so far."""

    problems: list[str]
    segments: list[Segment] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    wrapped: list[Segment] = field(default_factory=list)  # bodies inside winmail.dat
    seal: str = ""
    opened: int = 0  # wrappings taken off
    rich_text: Allowance = field(default_factory=Allowance)

    def attach(self, name: str, kind: str, content: bytes, cid: str | None, inline: bool) -> None:
        """Add a file, within bounds."""
        if len(self.attachments) >= limits.MAX_ATTACHMENTS:
            self.problems.append("too_many_attachments")
            return
        shown = name_for(name, kind, len(self.attachments) + 1)
        self.attachments.append(Attachment(shown, kind, content, cid, inline))


def read_body(root: Part, tally: Tally) -> Content:
    """The words and files of a letter."""
    body = Body(tally.problems)
    body.segments = _with_wrapped(_segments(root, body, tally), body.wrapped)
    if not any((one.text or one.html or "").strip() for one in body.segments):
        body.segments += _strays(root) or _named_texts(body)
    text, html = _text_of(body), _html_of(body)
    used = html.lower()
    files = tuple(
        Attachment(one.name, one.type, one.content, one.cid, bool(one.cid and f"cid:{one.cid.lower()}" in used))
        if one.cid
        else one
        for one in body.attachments
    )
    return Content(text, html, files, body.seal or _seal_in(text))


def _with_wrapped(segments: list[Segment], wrapped: list[Segment]) -> list[Segment]:
    """Outlook says in winmail.dat what the text beside it says plainly: of both the formatted form is shown."""
    if not wrapped or any(one.html for one in segments):
        return segments
    plain = "\n\n".join(one.text for one in segments if one.text and one.text.strip())
    if not plain:
        return wrapped
    marked = [one for one in wrapped if one.html]
    return [Segment(plain, marked[0].html)] if marked else segments


def _seal_in(text: str) -> str:
    """PGP as text, without MIME (RFC 4880 section 6.2)."""
    if "-----BEGIN PGP MESSAGE-----" in text[:5_000]:
        return Seal.ENCRYPTED
    return Seal.SIGNED if "-----BEGIN PGP SIGNED MESSAGE-----" in text[:5_000] else Seal.NONE


def _segments(part: Part, body: Body, tally: Tally) -> list[Segment]:
    """Pieces of text below `part`, in order; files go to `body`. Depth is bounded by the parser."""
    kind, _ = part.type_and_parameters()
    if kind in ("multipart/signed", "multipart/encrypted"):
        body.seal = body.seal or (Seal.SIGNED if kind == "multipart/signed" else Seal.ENCRYPTED)
    if part.is_multipart():
        inside = [_segments(child, body, tally) for child in part.children()]
        return _best(inside) if kind == "multipart/alternative" else [one for row in inside for one in row]
    if kind.startswith("multipart/"):
        return _mend(part, body, tally)
    return _leaf(part, kind or "text/plain", body, tally)


def _best(inside: list[list[Segment]]) -> list[Segment]:
    """Of alternatives: plain text from the first that is only text, markup from the last that has any."""
    filled = [row for row in inside if any((one.text or one.html or "").strip() for one in row)]
    marked = [row for row in filled if any(one.html for one in row)]
    plain = [row for row in filled if not any(one.html for one in row)]
    if not marked:
        return plain[0] if plain else []
    if not plain:
        return marked[-1]
    text = "\n\n".join(one.text or "" for one in plain[0])
    first, *others = [one.html if one.html is not None else text_to_html(one.text or "") for one in marked[-1]]
    return [Segment(text, "\n".join([first, *others]))]


def _mend(part: Part, body: Body, tally: Tally) -> list[Segment]:
    """A multipart in which the parser found no parts: try the boundary that its lines show, else it is text."""
    data = part.raw_payload()
    tally.note("broken_multipart")
    lost = _LOST_BOUNDARY.search(data)
    if lost and part.depth < limits.MAX_DEPTH and tally.parts < limits.MAX_PARTS and b'"' not in lost[1]:
        boundary = lost[1].removesuffix(b"--") if lost[1].count(b"-") > 2 else lost[1]
        kind = part.type_and_parameters()[0].encode("ascii", "replace")
        again = b"Content-Type: " + kind + b'; boundary="' + boundary.replace(b"\\", b"\\\\") + b'"\n\n' + data
        mended = parse_tree(again, tally, part.depth + 1)
        if mended.is_multipart():
            first = decode(data[: lost.start()]).strip()
            return ([Segment(clean_text(first), None)] if first else []) + _segments(mended, body, tally)
    return [Segment(clean_text(decode(data)), None)]


def _leaf(part: Part, kind: str, body: Body, tally: Tally) -> list[Segment]:
    disposition, more = parameters(part.get("content-disposition", ""))
    params = part.type_and_parameters()[1]
    name = more.get("filename") or params.get("name") or ""
    encoding = scrub(text_of(part.get("content-transfer-encoding", "")))
    raw = part.raw_payload()
    if kind in ("text", "plain", "text/") or "/" not in kind:
        kind = "text/plain" if not name else "application/octet-stream"
    if _is_text(kind, disposition, name):
        data = decode_text_transfer(raw, encoding, body.problems)
        return _text_leaf(data, kind, params, body)
    if not raw.strip() and not name:
        return []
    cid = scrub(text_of(part.get("content-id", ""))).strip("<> ")[:300] or None
    content = decode_transfer(raw, encoding)
    inside = _unwrapped(part, kind, name, content, body, tally)
    if inside is not None:
        return inside
    if kind == "message/rfc822" and not name:
        name = _subject_inside(content)
    name = name or _described(part, kind) or name_of_id(cid)
    body.attach(name, kind, content, cid, disposition == "inline")
    return []


def _unwrapped(part: Part, kind: str, name: str, content: bytes, body: Body, tally: Tally) -> list[Segment] | None:
    """What is inside a wrapping of Outlook or S/MIME; None for what has to stay a file."""
    if kind in _SEALED:
        seal, letter = unwrap(content)
        body.seal = body.seal or seal
        if letter is None or body.opened >= _MAX_OPENED or part.depth >= limits.MAX_DEPTH:
            return None
        body.opened += 1
        return _segments(parse_tree(letter, tally, part.depth + 1), body, tally)
    if kind not in _TNEF and not (name.lower() == "winmail.dat" and content.startswith(SIGNATURE)):
        return None
    found = read_tnef(content, allowance=body.rich_text) if body.opened < _MAX_OPENED else None
    if found is None or not (found.files or found.text or found.html):
        return None
    body.opened += 1
    for file in found.files:
        cid = file.cid.strip("<>") or None
        body.attach(file.name, file.type or "application/octet-stream", file.content, cid, False)
    if found.text or found.html:
        body.wrapped.append(Segment(clean_text(found.text) or None, found.html or None))
    if not found.whole:
        tally.note("broken_tnef")
        return None  # the file itself stays too
    return []


def _described(part: Part, kind: str) -> str:
    """A name from Content-Description (RFC 2045 section 8), as reports of mail servers give it."""
    said = decoded(part.get("content-description", ""))[:80].replace("/", "-").strip(" .")
    return said + extension_for(kind) if said else ""


def _is_text(kind: str, disposition: str, name: str) -> bool:
    if not kind.startswith("text/") or kind in _AS_FILES or disposition == "attachment":
        return kind in ("application/plain", "application/text") and disposition != "attachment"
    return not name or (kind == "text/html" and disposition != "inline" and "." not in name)


def _text_leaf(data: bytes, kind: str, params: dict[str, str], body: Body) -> list[Segment]:
    charset = params.get("charset")
    if kind == "text/html" and not charset:
        meta = _META_CHARSET.search(data[:4_000])
        charset = meta[1].decode("ascii") if meta else None
    text = decode(data[: limits.MAX_TEXT_BYTES], charset)
    if len(text) > limits.MAX_TEXT or len(data) > limits.MAX_TEXT_BYTES:
        body.problems.append("text_too_long")
        text = text[: limits.MAX_TEXT]
    if kind == "text/html" or (kind == "text/plain" and _LOOKS_LIKE_HTML.match(text)):
        if len(text) > limits.MAX_HTML:
            body.problems.append("html_too_long")
        return [Segment(None, text)]
    text, embedded = extract_uuencoded(clean_text(text))
    for one in embedded:
        body.attach(decoded(one.name), "application/octet-stream", one.content, None, False)
    if params.get("format", "").lower() == "flowed":
        text = unflow(text, params.get("delsp", "").lower() == "yes")
    return [Segment(text, None)]


def _subject_inside(content: bytes) -> str:
    """A name for an enclosed letter, from its subject."""
    head = re.split(rb"\r?\n\r?\n", content[:20_000], maxsplit=1)[0]
    found = re.search(rb"(?im)^subject:[ \t]*((?:[^\r\n]|\r?\n[ \t]){0,500})", head)
    if not found:
        return ""
    return re.sub(r"[\\/]", "_", decoded(found[1].decode("ascii", "surrogateescape")))[:80].strip(" .") + ".eml"


def _strays(root: Part) -> list[Segment]:
    """Text outside all parts (before the first boundary, after the last), of use only where there is no other."""
    found = []
    for part in _walk(root):
        for stray in (part.preamble, part.epilogue):
            if not part.is_multipart() or not isinstance(stray, str) or not stray.strip():
                continue
            if len(stray) < 300 and "mime" in stray.lower():  # "This is a multi-part message in MIME format"
                continue
            found.append(
                Segment(clean_text(decode(stray[: limits.MAX_TEXT].encode("ascii", "surrogateescape"))).strip(), None)
            )
    return found


def _walk(root: Part) -> Iterator[Part]:
    yield root
    for child in root.children():
        yield from _walk(child)


def _named_texts(body: Body) -> list[Segment]:
    """A letter whose only text carries a file name: show it, and keep the file."""
    for one in body.attachments:
        if one.type in ("text/plain", "text/html") and len(one.content) <= limits.MAX_TEXT:
            text = decode(one.content)
            return [Segment(None, text)] if one.type == "text/html" else [Segment(clean_text(text), None)]
    return []


def _text_of(body: Body) -> str:
    pieces = []
    for one in body.segments:
        text = one.text if one.text is not None and one.text.strip() else html_to_text(one.html or "")
        if text.strip():
            pieces.append(text.strip("\n"))
    return "\n\n".join(pieces)


def _html_of(body: Body) -> str:
    if not any(one.html for one in body.segments):
        return ""
    pieces = [one.html if one.html is not None else text_to_html(one.text or "") for one in body.segments]
    return "\n".join(safe_html(piece) for piece in pieces if piece).strip()
