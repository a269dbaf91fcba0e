"""What kind of letter it is, by its headers: written by a human, by a machine, for a list, a bounce, or spam.

Rules are asked in order and the first that knows its answer decides; each answers with a code that says why. Thanks
are told by their words and by what they answer, for all channels alike: intake.gratitude.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from .bounce import looks_like_bounce
from .model import Letter
from .words import words

LOOP_HEADER = "X-Vikno-Loop"


class Kind(StrEnum):
    """What a letter is. Only an ordinary one may start acknowledgements and clocks."""

    ORDINARY = "ordinary"
    AUTOMATIC = "automatic"
    LIST = "list"
    BOUNCE = "bounce"
    SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Classified:
    """A kind, and as a code the rule that found it; "" for ordinary."""

    kind: Kind
    reason: str = ""


_MACHINES = re.compile(
    r"(?:mailer[-_.]?daemon|postmaster|no[-_.]?reply|do[-_.]?not[-_.]?reply|noreply[-_.+].*|.*[-_.+]no[-_.]?reply|"
    r"bounces?(?:[-+=].*)?|auto[-_.]?(?:reply|responder|mailer))",
    re.IGNORECASE,
)
_DAEMONS = re.compile(r"(?:mailer[-_.]?daemon|postmaster)", re.IGNORECASE)
# Headers that only machines set, whatever their value.
_MARKS = words(
    "x-autoreply x-autorespond x-autoresponder x-mail-autoreply x-autoreply-from auto-responder x-auto-response-from "
    "x-fc-machinegenerated x-cron-env"
)
_SUBJECTS = (
    "automatic reply:", "auto reply", "auto-reply", "autoreply", "auto response", "auto-response", "out of office",
    "out of the office", "away from my mail", "vacation reply", "on vacation", "undeliverable auto",
    "автоответ", "автоматический ответ", "автоматическое уведомление", "нет на месте", "вне офиса", "я в отпуске",
    "автоматична відповідь", "автовідповідь", "автоматичне повідомлення", "поза офісом", "немає на місці",
    "automatische antwort", "abwesenheitsnotiz", "réponse automatique", "odpowiedź automatyczna", "autoodpowiedź",
    "respuesta automática", "risposta automatica",
)  # fmt: skip
_SPAM_SUBJECT = re.compile(r"\*{3,}\s*spam\s*\*{3,}", re.IGNORECASE)
_SUPPRESSED = words("all autoreply oof")


def classify(letter: Letter, envelope_from: str | None, *, let_in: bool = False) -> Classified:
    """The kind of a letter. `envelope_from` is MAIL FROM, "" for the null sender, None if it is not known. `let_in`: a
    person says that it is no spam."""
    if envelope_from is None:
        envelope_from = letter.headers.get("return-path")
    for rule in ORDER:
        if let_in and rule is _spam:
            continue
        found = rule(letter, envelope_from)
        if found is not None:
            return found
    return Classified(Kind.ORDINARY)


def _own_loop(letter: Letter, envelope_from: str | None) -> Classified | None:
    if LOOP_HEADER.lower() in letter.headers:
        return Classified(Kind.AUTOMATIC, "own_loop")
    return None


def _bounce(letter: Letter, envelope_from: str | None) -> Classified | None:
    if letter.report_type == "delivery-status":
        return Classified(Kind.BOUNCE, "delivery_report")
    from_daemon = bool(letter.from_ and _DAEMONS.fullmatch(letter.from_.addr.rpartition("@")[0]))
    null_sender = envelope_from is not None and envelope_from.strip("<> ") == ""
    if (from_daemon or null_sender or "x-failed-recipients" in letter.headers) and looks_like_bounce(letter):
        return Classified(Kind.BOUNCE, "bounce_text")
    return None


def _spam(letter: Letter, envelope_from: str | None) -> Classified | None:
    for name, test in _SPAM_MARKS.items():
        value = letter.headers.get(name, "").strip().lower()
        if value and test(value):
            return Classified(Kind.SPAM, name.replace("-", "_"))
    return Classified(Kind.SPAM, "spam_subject") if _SPAM_SUBJECT.match(letter.subject) else None


def _yes(value: str) -> bool:
    return value.startswith(("yes", "true", "spam")) or value == "1"


def _confident(value: str) -> bool:
    """Microsoft's spam confidence level: 5 and above goes to the junk folder."""
    return value.isascii() and value.isdigit() and len(value) < 4 and int(value) >= 5


_SCL = re.compile(r"\bscl:\s*(\d{1,2})\b")
# What Microsoft's filter found, and into which class it put the letter.
_FOREFRONT = re.compile(r"\bsfv:(?:spm|skb|skq)\b|\bcat:(?:spm|hspm|phsh|hphsh|hphish|malw)\b")
_SPAM_MARKS: dict[str, Callable[[str], bool]] = {
    "x-spam-flag": _yes,
    "x-spam-status": _yes,
    "x-spam": _yes,
    "x-spamd-result": lambda value: value.startswith("default: true"),  # Rspamd: "default: True [15.2 / 15.0]"
    "x-microsoft-antispam": lambda value: bool(_SCL.search(value) and _confident(_SCL.findall(value)[0])),
    "x-mras": lambda value: value == "spam",
    "x-proofpoint-spam-details": lambda value: value.startswith("rule=spam"),
    "x-barracuda-spam-flag": _yes,
    "x-barracuda-spam-status": _yes,
    "x-ms-exchange-organization-scl": _confident,
    "x-forefront-antispam-report": lambda value: bool(_FOREFRONT.search(value)),
    "x-rspamd-action": lambda value: value.startswith(("reject", "add header", "rewrite subject")),
    "x-spam-action": lambda value: value.startswith(("reject", "add header", "rewrite subject")),
    "x-yandex-spam": lambda value: value == "4",
    "x-gnd-status": lambda value: value.startswith("spam"),
}


def _auto_submitted(letter: Letter, envelope_from: str | None) -> Classified | None:
    """RFC 3834 section 5: any value but "no" is a machine's."""
    value = letter.headers.get("auto-submitted", "no").partition(";")[0].strip().lower()
    return None if value in ("no", "") else Classified(Kind.AUTOMATIC, "auto_submitted")


def _report(letter: Letter, envelope_from: str | None) -> Classified | None:
    if letter.report_type == "feedback-report":
        return Classified(Kind.AUTOMATIC, "complaint")
    if letter.report_type == "disposition-notification":
        return Classified(Kind.AUTOMATIC, "receipt")
    return Classified(Kind.AUTOMATIC, "report") if letter.content_type == "multipart/report" else None


def _lists(letter: Letter, envelope_from: str | None) -> Classified | None:
    for name in ("list-id", "list-unsubscribe", "list-post"):
        if name in letter.headers:
            return Classified(Kind.LIST, name.replace("-", "_"))
    return Classified(Kind.LIST, "precedence_list") if _precedence(letter) == "list" else None


def _precedence(letter: Letter) -> str:
    return letter.headers.get("precedence", "").strip().lower()


def _marked(letter: Letter, envelope_from: str | None) -> Classified | None:
    if _precedence(letter) in ("bulk", "junk", "auto_reply", "auto-reply"):
        return Classified(Kind.AUTOMATIC, "precedence")
    if _SUPPRESSED & set(re.split(r"[,;\s]+", letter.headers.get("x-auto-response-suppress", "").lower())):
        return Classified(Kind.AUTOMATIC, "auto_response_suppress")
    for name in letter.headers:
        if name in _MARKS and letter.headers[name].strip().lower() not in ("no", "false", "0"):
            return Classified(Kind.AUTOMATIC, name.replace("-", "_"))
    if "autoresponder" in letter.headers.get("x-post-messageclass", "").lower():
        return Classified(Kind.AUTOMATIC, "x_post_messageclass")
    return None


def _null_sender(letter: Letter, envelope_from: str | None) -> Classified | None:
    if envelope_from is not None and envelope_from.strip("<> ") == "":
        return Classified(Kind.AUTOMATIC, "null_sender")
    return None


def _machine_sender(letter: Letter, envelope_from: str | None) -> Classified | None:
    if letter.from_ and _MACHINES.fullmatch(letter.from_.addr.rpartition("@")[0]):
        return Classified(Kind.AUTOMATIC, "machine_sender")
    return None


def _subject(letter: Letter, envelope_from: str | None) -> Classified | None:
    if letter.subject.lower().lstrip("[( ").startswith(_SUBJECTS):
        return Classified(Kind.AUTOMATIC, "subject")
    return None


ORDER: tuple[Callable[[Letter, str | None], Classified | None], ...] = (
    _own_loop,
    _bounce,
    _spam,
    _auto_submitted,
    _report,
    _lists,
    _marked,
    _null_sender,
    _machine_sender,
    _subject,
)
