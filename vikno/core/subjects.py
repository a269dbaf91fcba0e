"""The subject of a letter: whether it answers or forwards something, and what it is called without saying so.

Prefixes are those that mail programs write, in the languages around here and the rest of Europe. "VS" answers in
Finnish and forwards in Danish; it is read as an answer: an answer that opens a second request is the worse mistake.
"""

from __future__ import annotations

import re

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
_MOST_PREFIXES = 20


def is_answer(subject: str) -> bool:
    """Whether a subject says that it answers something."""
    return bool(_ANSWERS.match(_without_marks(subject)))


def is_forward(subject: str) -> bool:
    """Whether a subject says that it forwards something. Of several prefixes the first one counts: "Re: Fwd:" is an
    answer."""
    return bool(_FORWARDS.match(_without_marks(subject)))


def bare(subject: str) -> str:
    """What a subject names, without the prefixes of answers and forwards; "" if it is nothing but these."""
    for _ in range(_MOST_PREFIXES):
        rest = _without_marks(subject)
        found = _ANSWERS.match(rest) or _FORWARDS.match(rest)
        if not found:
            break
        subject = rest[found.end() :]
    return subject.strip()


def answer_to(subject: str) -> str:
    """The subject of an answer: one that answers already stays as it is, unless what it answers was forwarded."""
    rest = subject
    for _ in range(_MOST_PREFIXES):
        found = _ANSWERS.match(_without_marks(rest))
        if not found:
            break
        rest = _without_marks(rest)[found.end() :]
    if rest != subject and not is_forward(rest):
        return subject
    return f"Re: {bare(subject) or subject}"


def _without_marks(subject: str) -> str:
    for _ in range(3):
        found = _BEFORE.match(subject)
        if not found:
            break
        subject = subject[found.end() :]
    return subject
