"""What a subject says: whether it answers or forwards something, and which numbers of requests it names.

Prefixes are those that mail programs write, in the languages around here and the rest of Europe. "VS" answers in
Finnish and forwards in Danish; it is read as an answer: an answer that opens a second request is the worse mistake.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_REPLY = (
    "re|aw|antw?|antwort|sv|vs|odp|ynt|yan|ref|rif|res|resp|respuesta|rép|réf|r|vá|válasz|απ|σχετ|ats|atb|odg|відп|від|вдп|"
    "на|ha|отв|ответ|відповідь|адказ"
)
_FORWARD = (
    "fwd?|wg|weitergeleitet|tr|rv|enc|i|inoltro|doorst|vb|vl|pd|przek|továbbítás|tov|i̇lt|ilt|πρθ|fs|pers|redir|"
    "пересл|пересланное|пересланий|пер|пересилання|переслано|перенаправлено|转发|轉寄|הועבר"
)
_MARK = r"\s{0,3}(?:[\[(]\d{1,3}[\])]|\^\d{1,3})?\s{0,3}[:：]"
_BEFORE = re.compile(r"\s{0,20}\[[^\[\]#]{1,40}\]")  # "[External]", as gateways write in front
_ANSWERS = re.compile(rf"\s{{0,20}}(?:{_REPLY}){_MARK}", re.IGNORECASE)
_FORWARDS = re.compile(rf"\s{{0,20}}(?:{_FORWARD}){_MARK}", re.IGNORECASE)

_WORDS = (
    "ticket(?:[ -]?id)?|case(?:[ -]?id)?|incident|request(?:[ -]?id)?|issue|service request|vorgang|anfrage|zgłoszenie|"
    "dossier|incidencia|тікет|тикет|заявк[аиуі]|запит|звернення|обращени[ея]|запрос|инцидент|інцидент|кейс|справа"
)
_NUMBER = r"[A-Za-zА-Яа-яІіЇїЄєҐґ]{0,10}[-_/]?\d[\d/-]{0,24}"
_BRACKETS = re.compile(
    rf"\[\s?(?:(?P<word>{_WORDS})\b)?\s?[:.]?\s?(?:id|no|nr)?[:.]?\s?(?P<mark>[#№])?\s?(?P<number>{_NUMBER})\s?\]",
    re.IGNORECASE,
)
_WORDED = re.compile(
    rf"\b(?:{_WORDS})\s?(?:id|no|nr|номер)?[:.]?\s?(?P<mark>[#№])?\s?(?P<number>{_NUMBER})(?![\w])", re.IGNORECASE
)
_KNOWN = (
    re.compile(r"\b(?P<number>(?:INC|REQ|RITM|SCTASK|CHG|TASK)\d{5,15})\b"),
    re.compile(r"##\s?(?P<number>[\w-]{0,10}\d{1,15})\s?##"),
    re.compile(r"\b(?P<number>ref:[!._0-9A-Za-z]{8,60}):ref\b"),
)
_LOOSE = re.compile(r"(?<![\w/#№])[#№]\s?(?P<number>\d{3,18})(?![\w-])")
_YEAR = re.compile(r"(?:19|20)\d\d")
MOST = 5  # numbers of one subject that are looked at


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of requests that a subject names, in one form of writing. `plain`: as helpdesks write them ("[#1042]",
    "Ticket 1042"); `loose`: any number behind a sign ("#1042"), which may as well be one of an order."""

    plain: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()


def is_answer(subject: str) -> bool:
    """Whether a subject says that it answers something."""
    return bool(_ANSWERS.match(_without_marks(subject)))


def is_forward(subject: str) -> bool:
    """Whether a subject says that it forwards something. Of several prefixes the first one counts: "Re: Fwd:" is an
    answer."""
    return bool(_FORWARDS.match(_without_marks(subject)))


def _without_marks(subject: str) -> str:
    for _ in range(3):
        found = _BEFORE.match(subject)
        if not found:
            break
        subject = subject[found.end() :]
    return subject


def numbers(subject: str) -> Numbers:
    """The numbers that a subject names."""
    plain = [one["number"] for one in _BRACKETS.finditer(subject) if _is_number(one, bare=False)]
    plain += [one["number"] for one in _WORDED.finditer(subject) if _is_number(one, bare=True)]
    plain += [one["number"] for pattern in _KNOWN for one in pattern.finditer(subject)]
    first = tuple(dict.fromkeys(_normal(one) for one in plain))[:MOST]
    loose = dict.fromkeys(_normal(one["number"]) for one in _LOOSE.finditer(subject))
    return Numbers(first, tuple(one for one in loose if one not in first)[:MOST])


def _is_number(found: re.Match[str], *, bare: bool) -> bool:
    """In brackets a sign, a word or a series ("ABC-123") tells a number of a request from a year or a count; behind a
    word its length does, if there is no sign."""
    number = found["number"]
    if found["mark"]:
        return True
    if bare:
        return sum(one.isdigit() for one in number) >= 4 and not _YEAR.fullmatch(number)
    return bool(found["word"]) or bool(re.match(r"[^\W\d_]{2,10}-\d", number))


def _normal(number: str) -> str:
    return number.strip("-_/").casefold()[:60]
