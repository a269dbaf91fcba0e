"""Letters with marks that say which words are the writer's own, and what is made of them; see README.md."""

from __future__ import annotations

import html as entities
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vikno.channels.email.letter.html import safe_html
from vikno.channels.email.letter.quotes import fold_quotes
from vikno.channels.email.letter.quotes_html import fold_quotes_html

_MARKS = re.compile("[⟦⟧⟪⟫]")
_MARKED = re.compile("(⟦[^⟦⟧]*⟧|⟪[^⟪⟫]*⟫)")
_STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Marked:
    """A letter of the corpus. `form`: text or markup; `language`: uk, ru, en or other."""

    name: str
    form: str
    language: str
    subject: str
    source: str

    @property
    def letter(self) -> str:
        return _MARKS.sub("", self.source)

    def halves(self) -> tuple[str, str]:
        """What is shown and what is folded."""
        if self.form == "markup":
            return fold_quotes_html(safe_html(self.letter), self.subject)
        folded = fold_quotes(self.letter, self.subject)
        return folded.visible, folded.quoted


@dataclass(frozen=True, slots=True)
class Judged:
    """Words of a letter: the writer's own and how many of them are out of sight; those of quotes and of signatures,
    and how many of them are folded."""

    own: int
    lost: int
    quoted: int
    quoted_folded: int
    signed: int
    signed_folded: int
    lost_words: tuple[str, ...]


def letters(folder: str = "") -> list[Marked]:
    """All letters of the corpus, or those of a folder in it (README.md says which there are)."""
    found = []
    for path in sorted((Path(__file__).parent / folder).glob("*-*.txt")):
        form, _, language = path.stem.partition("-")
        for entry in path.read_text(encoding="utf-8").split("#### ")[1:]:
            head, _, source = entry.partition("\n")
            name, _, subject = head.partition(" | ")
            found.append(
                Marked(f"{language} {form} {name.strip()}", form, language, subject.strip(), source.rstrip("\n"))
            )
    return found


def judge(marked: Marked) -> Judged:
    """Compare what is shown and folded with what the marks say."""
    pieces = _MARKED.split(marked.source)
    quoted = words(piece for piece in pieces if piece[:1] == "⟦")
    signed = words(piece for piece in pieces if piece[:1] == "⟪")
    own = words(piece for piece in pieces if piece[:1] not in ("⟦", "⟪"))
    shown, folded = (words([half]) for half in marked.halves())
    # A word may occur in both halves: it is lost if it is missing here or too many there.
    lost = (own - shown) | (folded - (quoted + signed))
    left = shown - own
    return Judged(
        own.total(),
        lost.total(),
        quoted.total(),
        quoted.total() - (quoted & left).total(),
        signed.total(),
        signed.total() - (signed & (left - quoted)).total(),
        tuple(lost),
    )


def words(pieces: Iterable[str]) -> Counter[str]:
    """The words of texts or markup."""
    text = _TAG.sub(" ", _STYLE.sub(" ", " ".join(pieces)))
    return Counter(re.findall(r"\w+", entities.unescape(text)))
