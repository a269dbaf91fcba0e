"""Delivery reports: which recipient was not reached, why, and which letter it was about.

RFC 3464 where it is kept; else the words of common mail systems in English, Russian and Ukrainian.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .bounce_words import SUBJECTS, TEXTS
from .charset import decode
from .headers import decoded, message_id
from .model import Attachment, Letter

_MAX_RECIPIENTS = 100
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_SMTP_CODE = re.compile(r"(?:^|[\s:(<>])([45]\d\d)[\s\-#]", re.MULTILINE)
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# Where the returned letter begins in a report that is all prose.
_RETURNED = re.compile(
    r"^(?:.{0,5}-{2,}.{0,40}(?:original|copy of|исходн|копия|оригінал|копія).*|"
    r"(?:message-id|return-path|received): .*)$",
    re.IGNORECASE | re.MULTILINE,
)
_OWN_ID = re.compile(r"^message-id:\s*(<[^<>\s]{3,990}>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class BounceRecipient:
    """What became of one recipient. `status_class` is 2 delivered, 4 for now, 5 for good; None if nobody said."""

    address: str
    original_address: str
    action: str
    status: str
    status_class: int | None
    diagnostic: str
    remote_mta: str


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report on a letter of ours. `message_id` is that letter's id; `standard` says that RFC 3464 was kept."""

    recipients: tuple[BounceRecipient, ...]
    message_id: str | None
    reporting_mta: str
    diagnostic: str
    standard: bool

    @property
    def permanent(self) -> bool:
        """Whether some recipient will never be reached at this address by this letter."""
        return any(one.status_class == 5 for one in self.recipients)


def looks_like_bounce(letter: Letter) -> bool:
    """Whether the words say that a letter was not delivered; only of use when its sender is a mail system."""
    if "x-failed-recipients" in letter.headers or _part(letter, "message/delivery-status") is not None:
        return True
    if not SUBJECTS.match(letter.subject):
        return False
    head = letter.text[:20_000]
    return any(pattern.search(head) for pattern, _, _ in TEXTS) or bool(_STATUS.search(head) or _SMTP_CODE.search(head))


def read_bounce(letter: Letter) -> Bounce | None:
    """The report in a letter, None if it is none. Says nothing about whether the report is true: compare the id."""
    status = _part(letter, "message/delivery-status")
    if status is not None:
        return _standard(letter, status)
    return _by_words(letter) if looks_like_bounce(letter) else None


def _part(letter: Letter, kind: str) -> Attachment | None:
    return next((one for one in letter.attachments if one.type == kind), None)


def _standard(letter: Letter, status: Attachment) -> Bounce:
    groups = groups_of(status)
    reporting = next((group["reporting-mta"] for group in groups if "reporting-mta" in group), "")
    recipients = tuple(
        _recipient(group) for group in groups if "final-recipient" in group or "original-recipient" in group
    )[:_MAX_RECIPIENTS]
    return Bounce(
        recipients=recipients,
        message_id=original_id(letter),
        reporting_mta=_after_type(reporting),
        diagnostic=next((one.diagnostic for one in recipients if one.diagnostic), ""),
        standard=bool(recipients),
    )


def groups_of(part: Attachment) -> list[dict[str, str]]:
    """Groups of fields between blank lines; names in lower case, the first of each counts."""
    text = decode(part.content[:200_000])
    groups: list[dict[str, str]] = []
    for block in re.split(r"\r?\n[ \t]*\r?\n", text.strip())[: _MAX_RECIPIENTS * 2]:
        group: dict[str, str] = {}
        for line in re.sub(r"\r?\n[ \t]+", " ", block).splitlines():
            name, colon, value = line.partition(":")
            if colon:
                group.setdefault(name.strip().lower(), decoded(value)[:2_000])
        if group:
            groups.append(group)
    return groups


def _recipient(group: dict[str, str]) -> BounceRecipient:
    status = _STATUS.search(group.get("status", "")) or _STATUS.search(group.get("diagnostic-code", ""))
    action = group.get("action", "").split(" ", 1)[0].lower()
    code = status[1] if status else ""
    klass = (
        int(code[0]) if code else {"failed": 5, "delayed": 4, "delivered": 2, "relayed": 2, "expanded": 2}.get(action)
    )
    if action == "failed" and klass == 4:
        klass = 5  # "Action" says what became of it: nobody will try again
    elif action == "delayed":
        klass = 4
    return BounceRecipient(
        address=typed_address(group.get("final-recipient", "") or group.get("original-recipient", "")),
        original_address=typed_address(group.get("original-recipient", "")),
        action=action,
        status=code,
        status_class=klass,
        diagnostic=_after_type(group.get("diagnostic-code", ""))[:1_000],
        remote_mta=_after_type(group.get("remote-mta", "")),
    )


def _after_type(value: str) -> str:
    """ "smtp; 550 no" is typed by RFC 3464; the type tells a reader nothing."""
    kind, mark, rest = value.partition(";")
    return rest.strip() if mark and kind.strip().replace("-", "").isalnum() else value.strip()


def typed_address(value: str) -> str:
    """The address in a field such as "rfc822; a@b.example"."""
    return re.sub(r"\s", "", _after_type(value)).strip("<>")[:320]


def original_id(letter: Letter) -> str | None:
    """The Message-ID in the returned letter or its header; never that of the report."""
    for kind in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
        for part in letter.attachments:
            found = _OWN_ID.search(_unfolded(decode(part.content[:100_000]))) if part.type == kind else None
            if found:
                return message_id(found[1])
    return None


def _unfolded(text: str) -> str:
    return re.sub(r"\r?\n[ \t]+", " ", text)


def _by_words(letter: Letter) -> Bounce:
    """A report in prose: the part before the returned letter tells, and what follows may hold its Message-ID."""
    text = letter.text[:50_000]
    report = _RETURNED.split(text, maxsplit=1)[0]
    own = letter.from_.addr.lower() if letter.from_ else ""
    ours = {one.addr.lower() for one in letter.to} | {own}
    named = _ADDRESS.findall(letter.headers.get("x-failed-recipients", "")) or [
        one for one in _ADDRESS.findall(report) if one.lower() not in ours and not one.lower().startswith("postmaster@")
    ]
    status, klass = _verdict(report)
    line = _diagnostic(report)
    recipients = tuple(
        BounceRecipient(one, "", "failed" if klass == 5 else "delayed" if klass == 4 else "", status, klass, line, "")
        for one in list(dict.fromkeys(named))[:_MAX_RECIPIENTS]
    )
    found = _OWN_ID.search(_unfolded(text))
    original = original_id(letter) or (message_id(found[1]) if found else None)
    return Bounce(recipients, original, "", line, standard=False)


def _verdict(report: str) -> tuple[str, int | None]:
    written = _STATUS.search(report)
    if written:
        return written[1], int(written[1][0])
    words = next(((status, klass) for pattern, klass, status in TEXTS if pattern.search(report)), ("", None))
    code = _SMTP_CODE.search(report)
    if code and (words[1] is None or words[1] != int(code[1][0])):
        return f"{code[1][0]}.0.0", int(code[1][0])
    return words


def _diagnostic(report: str) -> str:
    """The line that says why: one with a code, else one with known words."""
    lines = [" ".join(line.split()) for line in report.splitlines() if line.strip()][:500]
    for line in lines:
        if _STATUS.search(line) or _SMTP_CODE.search(f" {line} "):
            return line[:1_000]
    return next((line[:1_000] for line in lines for pattern, _, _ in TEXTS if pattern.search(line)), "")
