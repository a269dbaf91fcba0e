"""`parse`: raw bytes to a Letter. It never raises; what it cannot read it names in `Letter.problems`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType

from . import limits
from .addresses import addresses
from .body import Content, read_body
from .charset import charset_of_headers, decode
from .headers import bytes_of, count_encoded_words, date, decoded, hop, message_id, message_ids, parameters, text_of
from .model import Address, Letter
from .text import clean_text
from .tree import Part, Tally, parse_tree
from .words import words

log = logging.getLogger(__name__)

# Headers that later steps look at, besides those with a field of their own in Letter.
_OF_INTEREST = words(
    "auto-submitted precedence list-id list-unsubscribe list-post list-help return-path content-language "
    "x-auto-response-suppress x-autoreply x-autorespond x-autoresponder x-mail-autoreply x-autoreply-from "
    "auto-responder x-vikno-loop x-loop x-spam-flag x-spam-status x-spam x-spam-level x-spam-score x-spam-action "
    "x-spamd-result x-microsoft-antispam x-mras x-proofpoint-spam-details "
    "x-rspamd-action x-barracuda-spam-flag x-barracuda-spam-status x-ms-exchange-organization-scl x-yandex-spam "
    "x-forefront-antispam-report x-gnd-status x-failed-recipients x-mailer user-agent importance x-priority priority "
    "x-original-from x-forwarded-for x-forwarded-to resent-from disposition-notification-to errors-to "
    "feedback-id x-cron-env x-fc-machinegenerated x-post-messageclass thread-index thread-topic "
    "x-envelope-from x-envelope-to x-auto-response-from x-ticket-id"
)
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
_SAID = words("subject from to cc reply-to sender")  # headers in words
_MAX_VALUE = 2_000


def parse(raw: bytes) -> Letter:
    """Understand a letter as far as it can be understood (RFC 5322, MIME, and what really comes)."""
    tally = Tally()
    try:
        root = parse_tree(limits.bound(raw, tally.problems), tally)
    except Exception:  # a letter must not stop those behind it, whatever is wrong with it or with us
        log.exception("A letter could not be taken apart; it is kept as plain text")
        tally.note("unreadable")
        root = Part(tally)
        root.set_payload(raw[: limits.MAX_TEXT].decode("ascii", "surrogateescape"))
    return _letter(root, tally, _body(root, raw, tally))


def _body(root: Part, raw: bytes, tally: Tally) -> Content:
    try:
        return read_body(root, tally)
    except Exception:
        log.exception("The body of a letter could not be read; its source is shown instead")
        tally.note("body_unreadable")
        return Content(clean_text(decode(raw[: limits.MAX_TEXT])), "", ())


def _letter(root: Part, tally: Tally, content: Content) -> Letter:
    problems = tally.problems
    values = _by_name(root, problems)
    senders = [one for value in values.get("from", []) for one in addresses(value, problems)]
    if len(values.get("from", [])) > 1:
        problems.append("many_from")
    content_type, params = parameters(_first(values, "content-type"))
    results, fresh = _authentication(root)
    letter_id = message_id(_first(values, "message-id"))
    from_ = next((one for one in senders if one.addr), senders[0] if senders else None)
    if from_ is None or not from_.addr:
        problems.append("no_from")
        from_ = _instead_of_from(values, from_)
    if letter_id is None:
        problems.append("no_message_id")
    return Letter(
        message_id=letter_id,
        in_reply_to=message_ids(_first(values, "in-reply-to")),
        references=message_ids(" ".join(str(value) for value in values.get("references", [])[:5])),
        subject=decoded(_first(values, "subject"))[: limits.MAX_SUBJECT],
        from_=from_,
        sender=_one(values, "sender", problems),
        reply_to=_all(values, "reply-to", problems),
        to=_all(values, "to", problems),
        cc=_all(values, "cc", problems),
        delivered_to=_delivered(values),
        date=date(_first(values, "date")) if "date" in values else None,
        text=content.text,
        html=content.html,
        attachments=content.attachments,
        headers=_of_interest(values),
        received_ip_candidates=tuple(hop(value) for value in values.get("received", [])[: limits.MAX_HOPS]),
        content_type=content_type,
        report_type=params.get("report-type", "").lower() if content_type == "multipart/report" else "",
        authentication_results=results,
        fresh_results=fresh,
        problems=tuple(dict.fromkeys(problems)),
        seal=content.seal,
    )


def _by_name(root: Part, problems: list[str]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    charset = _charset_of(root)
    bare = [bytes_of(value) for name, value in root.raw_items() if name.lower() in _SAID and not value.isascii()]
    charset = charset_of_headers(charset, bare) if bare else None
    for name, raw in root.raw_items():
        value = raw if raw.isascii() else text_of(raw, charset)
        values.setdefault(name.strip().lower(), []).append(value)
        if count_encoded_words(value) > limits.MAX_ENCODED_WORDS:
            problems.append("too_many_encoded_words")
    return values


def _charset_of(root: Part) -> str | None:
    """The charset that the first text of a letter names, if it does."""
    part = root
    for _ in range(5):
        kind, params = part.type_and_parameters()
        inside = part.children()
        if not inside:
            return params.get("charset") if kind in ("", "text/plain", "text/html") else None
        part = inside[0]
    return None


def _first(values: Mapping[str, list[str]], name: str) -> str:
    return next(iter(values.get(name, [])), "")


def _instead_of_from(values: Mapping[str, list[str]], named: Address | None) -> Address | None:
    """Somebody to answer when From is missing or has no address: Reply-To, Sender, the envelope's sender."""
    for name in ("reply-to", "sender", "return-path"):
        for one in _all(values, name, []):
            return Address(named.name if named else one.name, one.addr)
    return named


def _one(values: Mapping[str, list[str]], name: str, problems: list[str]) -> Address | None:
    return next(iter(_all(values, name, problems)), None)


def _all(values: Mapping[str, list[str]], name: str, problems: list[str]) -> tuple[Address, ...]:
    """Mailboxes of all headers of that name that have an address, each once."""
    found: dict[str, Address] = {}
    for value in values.get(name, [])[:20]:
        for one in addresses(value, problems):
            if one.addr:
                found.setdefault(one.addr.lower(), one)
        if len(found) > limits.MAX_ADDRESSES:
            problems.append("too_many_addresses")
            break
    return tuple(found.values())[: limits.MAX_ADDRESSES]


def _delivered(values: Mapping[str, list[str]]) -> tuple[str, ...]:
    found = [
        one.addr
        for name in _DELIVERED
        for value in values.get(name, [])[:20]
        for one in addresses(value, [])
        if one.addr
    ]
    return tuple(dict.fromkeys(found))[: limits.MAX_ADDRESSES]


def _of_interest(values: Mapping[str, list[str]]) -> Mapping[str, str]:
    return MappingProxyType(
        {name: decoded(rows[0])[:_MAX_VALUE] for name, rows in values.items() if name in _OF_INTEREST}
    )


def _authentication(root: Part) -> tuple[tuple[str, ...], int]:
    """Authentication-Results from the top, and how many of them stand unbroken above the first Received line."""
    results: list[str] = []
    fresh, still_above = 0, True
    for name, value in root.raw_items():
        name = name.strip().lower()
        if name == "received":
            still_above = False
        elif name == "authentication-results" and len(results) < 20:
            results.append(text_of(value)[:4_000])
            fresh += still_above
    return tuple(results), fresh
