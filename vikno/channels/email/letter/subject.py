"""Which numbers of requests a subject names."""

from __future__ import annotations

import re
from dataclasses import dataclass

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
