"""What others report of a letter of ours that is no question of delivery: that it was read, that it was called spam."""

from __future__ import annotations

from dataclasses import dataclass

from .bounce import groups_of, original_id, typed_address
from .headers import message_id
from .model import Letter


@dataclass(frozen=True, slots=True)
class Report:
    """`kind` is "read_receipt" (RFC 8098) or "complaint" (RFC 5965). `message_id` is our letter's, `recipient` who got
    it; None and "" if the report does not say. Says nothing about whether it is true: compare the id."""

    kind: str
    message_id: str | None
    recipient: str


def read_report(letter: Letter) -> Report | None:
    """The report in a letter, None if it is none."""
    if letter.report_type == "disposition-notification":
        fields = _fields(letter, "message/disposition-notification")
        named = fields.get("original-message-id", "").strip()
        recipient = fields.get("final-recipient", "") or fields.get("original-recipient", "")
        return Report("read_receipt", message_id(named) if named else original_id(letter), typed_address(recipient))
    if letter.report_type == "feedback-report":
        fields = _fields(letter, "message/feedback-report")
        return Report("complaint", original_id(letter), typed_address(fields.get("original-rcpt-to", "")))
    return None


def _fields(letter: Letter, kind: str) -> dict[str, str]:
    part = next((one for one in letter.attachments if one.type == kind), None)
    found = groups_of(part) if part else []
    return found[0] if found else {}
