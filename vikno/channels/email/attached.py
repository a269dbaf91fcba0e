"""The words of attached letters, texts and invitations, for search. Whoever made them: bounded, and never an error."""

from __future__ import annotations

import re

from vikno.channels.email.letter.charset import decode
from vikno.search.attached import LONGEST, Kind, register

MOST_OF_A_LETTER = 256 * 1024  # bytes: before its words may stand long headers, and among them pictures
_FOLDED = re.compile(r"\r?\n[ \t]")  # RFC 5545, 3.1
_SAID = re.compile(r"^(?:SUMMARY|DESCRIPTION|LOCATION|COMMENT)(?:;[^:\n]*)?:(.*)$", re.IGNORECASE | re.MULTILINE)
_NAMED = re.compile(r'^(?:ORGANIZER|ATTENDEE)[^\n]*?;CN=("[^"\n]*"|[^;:\n]*)', re.IGNORECASE | re.MULTILINE)
_ESCAPED = re.compile(r"\\([nN,;\\])")  # RFC 5545, 3.3.11


def of_text(content: bytes) -> str:
    """ "" for what is called a text and is none."""
    if b"\x00" in content[:1024] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ""
    if len(content) >= LONGEST:  # cut off, perhaps in the middle of a letter
        content = content[: max(content.rfind(b"\n"), content.rfind(b" "), 0) or len(content)]
    return decode(content)


def of_calendar(content: bytes) -> str:
    """What it is about and who is invited, not its ids and times (RFC 5545)."""
    plain = _FOLDED.sub("", of_text(content))
    said = [_ESCAPED.sub(lambda one: " " if one[1] in "nN" else one[1], part) for part in _SAID.findall(plain)]
    return "\n".join([*said, *(name.strip('"') for name in _NAMED.findall(plain))])


def of_letter(content: bytes) -> str:
    """Its subject, who wrote it to whom, its words, and the names of what hangs on it."""
    from vikno.channels.email.letter import parse  # the mail libraries are for who needs them

    letter = parse(content)
    people = [one for one in (letter.from_, *letter.to, *letter.cc) if one is not None]
    names = [part for one in people for part in (one.name, one.addr) if part]
    return "\n".join([letter.subject, *names, letter.text, *(one.name for one in letter.attachments if one.name)])


def register_all() -> None:
    """Called when the program starts."""
    register("text/plain", Kind(of_text, (".txt", ".log")))
    register("text/csv", Kind(of_text, (".csv",)))
    register("text/calendar", Kind(of_calendar, (".ics",)))
    register("message/rfc822", Kind(of_letter, (".eml",), most=MOST_OF_A_LETTER, told=True))
