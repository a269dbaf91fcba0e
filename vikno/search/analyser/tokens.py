"""Reading a text: where its words, ids, addresses and phone numbers are, and the terms of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from vikno.search.analyser.folding import APOSTROPHES, composed, folded, spelled
from vikno.search.analyser.lemmas import forms
from vikno.search.analyser.stops import STOPS

LONGEST = 64  # characters of a term; what is longer (keys, long addresses) is found by its beginning
MOST_PARTS = 14
EMPTY = "|"  # a place without a term

_A = re.escape(APOSTROPHES)
_EMAIL = r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
_DIGITS = r"(?<![\w+])\+?\(?\d[\d \u00a0().-]{7,18}\d(?!\w)"
_PIECE = rf"\w+(?:[-./_:&+{_A}]\w+)*"
_READ = re.compile(f"({_EMAIL})|({_DIGITS})|{_PIECE}")
_NUMBER = re.compile(_DIGITS)
_PIECES = re.compile(_PIECE)
_PARTS = re.compile(rf"[^\W_]+(?:[{_A}][^\W_]+)*")
_RUNS = re.compile(r"\d+|[^\W\d_]+")
_DATE = re.compile(r"\d{1,4}[.-]\d{1,2}[.-]\d{1,4}")
_NAME_OF_HOST_OR_FILE = re.compile(r"[\x00-\x7f]*\.[a-z][a-z0-9]{1,14}", re.IGNORECASE)
_NOT_DIGIT = re.compile(r"\D")

Place = tuple[int, int, str]  # from, to (in the text), terms parted by "|"


def read(text: str) -> Iterator[Place]:
    """The places of a text, in order. `text` must be composed (see folding)."""
    for found in _READ.finditer(text):
        start, raw = found.start(), found[0]
        for begin, end, terms in _places(raw, found.lastindex or 0):
            yield start + begin, start + end, terms


def analyse(text: str) -> str:
    """The places of a text as the index holds them, parted by spaces."""
    return " ".join(
        terms for found in _READ.finditer(composed(text)) for _b, _e, terms in _places(found[0], found.lastindex or 0)
    )


def words_of(text: str) -> set[str]:
    """The words of a text as people write them: what a beginning is completed to and a slip is mended by."""
    found: set[str] = set()
    for one in _READ.finditer(composed(text)):
        if one.lastindex is None:
            found |= _written(one[0])
    return found


@lru_cache(maxsize=40_000)
def _written(raw: str) -> frozenset[str]:
    words = {folded(spelled(part[0])) for part in _PARTS.finditer(raw)}
    return frozenset(word for word in words if 3 <= len(word) <= 30 and not any(letter.isdigit() for letter in word))


def pieces_of(text: str) -> Iterator[tuple[str, str]]:
    """The pieces of a query with their kind: "address", "phone", or "" for words, numbers and ids."""
    for found in _READ.finditer(text):
        if found.lastindex == 1:
            yield "address", found[0]
        elif found.lastindex == 2 and phone_terms(found[0]):
            yield "phone", found[0]
        else:
            yield from (("", piece[0]) for piece in _PIECES.finditer(found[0]))


def phone_at(text: str, at: int) -> int:
    """Where a phone number that begins at this place ends; 0 if none does. Its groups may be parted by spaces."""
    found = _NUMBER.match(text, at)
    return found.end() if found and phone_terms(found[0]) else 0


def parts_of(piece: str) -> list[str]:
    """The words and numbers of a piece, without what joins them."""
    return _PARTS.findall(piece)


def _places(raw: str, kind: int) -> tuple[Place, ...]:
    if kind == 0:
        return _plain(raw)
    if kind == 1:
        return ((0, len(raw), _joined(address_terms(raw))),)
    number = phone_terms(raw)
    if number:
        return ((0, len(raw), _joined((*number, *_RUNS.findall(raw)))),)
    return tuple(
        (found.start() + begin, found.start() + end, terms)
        for found in _PIECES.finditer(raw)
        for begin, end, terms in _plain(found[0])
    )


@lru_cache(maxsize=40_000)
def _plain(raw: str) -> tuple[Place, ...]:
    parts = list(_PARTS.finditer(raw))
    if len(parts) == 1 and len(parts[0][0]) == len(raw):
        return ((0, len(raw), _joined(part_terms(raw))),)
    if not parts:
        return ()
    if is_one_thing(raw):
        each = [term for part in parts for term in part_terms(part[0])]
        return ((0, len(raw), _joined((folded(spelled(raw)), *each))),)
    return tuple((part.start(), part.end(), _joined(part_terms(part[0]))) for part in parts)


def is_one_thing(raw: str) -> bool:
    """Ids, file names, hosts and hyphened words are one place; "так.Але" and "та/або" are two."""
    return (
        "-" in raw
        or "_" in raw
        or any(letter.isdigit() for letter in raw)
        or bool(_NAME_OF_HOST_OR_FILE.fullmatch(raw))
    )


def _joined(terms: tuple[str, ...]) -> str:
    return "|".join(dict.fromkeys(term[:LONGEST] for term in terms[:MOST_PARTS])) or EMPTY


def part_terms(part: str) -> tuple[str, ...]:
    """The terms of a piece of letters and digits without joints: a word, a number, a mark such as "hp1020"."""
    if part.isdigit():
        plain = part.lstrip("0")
        return (part, plain) if plain and plain != part else (part,)
    word = spelled(part)[:LONGEST]
    runs = _RUNS.findall(word)
    if len(runs) > 1 and "'" not in word:
        return (folded(word), *(run for run in runs if len(run) > 1 or run.isdigit()))
    plain = folded(word)
    return () if plain in STOPS or (len(plain) < 2 and not plain.isdigit()) else forms(word)


def address_terms(address: str) -> tuple[str, ...]:
    """An e-mail address whole, its local part, its domain, and their pieces."""
    address = address.casefold().strip(".-")
    local, _at, domain = address.rpartition("@")
    pieces = [piece for piece in re.split(r"[^\w]+|_", f"{local} {domain.rpartition('.')[0]}") if len(piece) > 1]
    return (address, local, domain, *pieces, *(term for piece in pieces for term in part_terms(piece)))


def phone_terms(text: str) -> tuple[str, ...]:
    """The terms of a phone number in any notation: its digits, the nine and the seven at its end. Empty for what is
    none: too few digits, a date, no sign of a phone."""
    digits = _NOT_DIGIT.sub("", text)
    if not 9 <= len(digits) <= 15 or _DATE.match(text):
        return ()
    if not (text.startswith(("+", "(", "0")) or (digits.startswith(("380", "38", "7", "8")) and len(digits) >= 11)):
        return ()
    return (digits, f"{digits[-9:]}", digits[-7:])
