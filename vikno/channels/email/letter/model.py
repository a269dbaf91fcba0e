"""What is read out of a letter: plain values, no behaviour, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of a header. `addr` is "" when the sender wrote a name only."""

    name: str
    addr: str

    @property
    def domain(self) -> str:
        """The part after the last @, in lower case; "" if there is none."""
        return self.addr.rpartition("@")[2].lower() if "@" in self.addr else ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a letter. `name` is for display and download only, never a path."""

    name: str
    type: str
    content: bytes = field(repr=False)
    cid: str | None
    inline: bool


@dataclass(frozen=True, slots=True)
class Hop:
    """One Received line: who gave the letter (name as claimed, address as seen) to which server."""

    from_host: str
    ip: str | None
    by_host: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as understood; whatever could not be read is named in `problems` and stays in the raw bytes.

    Message ids carry their angle brackets. `html` is safe markup in which images keep their addresses in a form that
    loads nothing ("cid:…", "remote:https://…"): draw it through `clean_html`.
    `seal` is "signed" (nobody checked it), "encrypted" (the words are in a file that its owner alone can open), or "".
    `fresh_results` says how many of `authentication_results` stand above the first Received line, that is, were
    written by the last server on the way.
    """

    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    from_: Address | None
    sender: Address | None
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    delivered_to: tuple[str, ...]
    date: datetime | None
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    headers: Mapping[str, str]
    received_ip_candidates: tuple[Hop, ...]
    content_type: str
    report_type: str
    authentication_results: tuple[str, ...]
    fresh_results: int
    problems: tuple[str, ...]
    seal: str = ""
