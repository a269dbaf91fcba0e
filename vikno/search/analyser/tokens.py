"""Reading a text: where its words, ids, addresses and phone numbers are, and the terms of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from vikno.search.analyser.folding import APOSTROPHES, composed, folded, spelled
from vikno.search.analyser.lemmas import Guesses, forms
from vikno.search.analyser.stops import STOPS

SHORTEST_TOGETHER = 6  # letters and digits of a number that is found without its hyphens, if not in groups of three
SHORTEST_BEGUN = 4  # digits of a phone number by which it is found
SHORTEST_ROW, SHORTEST_END = 6, 4  # digits of a row that is found by its end, and of such an end
MOST_ROWS = 3  # of one piece that are found so
END = ":"  # before a row of digits that is written backwards: an end is a beginning there, and no text begins so
LONGEST = 64  # characters of a term; what is longer (keys, long addresses) is found by its beginning
MOST_PARTS = 14  # terms of one place
# Words known to no dictionary whose other forms are guessed, of one text and of all texts of an entry: each takes most
# of a millisecond.
MOST_GUESSED, MOST_GUESSED_TOGETHER = 300, 1500
_LONGEST_KEPT = 80  # characters of a piece that is remembered
_KEPT = 20_000  # pieces
EMPTY = "|"  # a place without a term

_A = re.escape(APOSTROPHES)
_EMAIL = r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
_DIGITS = r"(?<![\w+])\+?\(?\d[\d \u00a0().-]{7,18}\d(?!\w)"
_PIECE = rf"\w+(?:[-./_:&+{_A}]\w+)*"
_GROUPED = r"(?<!\w)\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3}(?!\d))++(?![-./_:&+]?\w)"  # as long numbers are written
_READ = re.compile(f"({_EMAIL})|({_DIGITS}|{_GROUPED})|({_PIECE})")
_READ_WITHOUT_ADDRESSES = re.compile(f"(?!)()|({_DIGITS}|{_GROUPED})|({_PIECE})")  # half the work where there is no "@"
_NUMBER = re.compile(_DIGITS)
_BEGUN = re.compile(r"(?:\+|\(?0)\d*(?:[ \u00a0().-]+\d+)+(?!\w)")  # of a number: some groups of digits
_ABROAD = re.compile(r"^38(?=0)")  # how numbers begin that are written for callers from abroad
_PIECES = re.compile(f"({_GROUPED})|{_PIECE}")
_GROUPS = re.compile(_GROUPED)
_HYPHENED_GROUPS = re.compile(r"\d{2,3}(?:-\d{3})+")
_PARTS = re.compile(rf"[^\W_]+(?:[{_A}][^\W_]+)*")
_HYPHENED = re.compile(r"[^\W_]+(?:[-/_][^\W_]+)+")
_ROW = re.compile(rf"\d{{{SHORTEST_ROW},}}")
_RUNS = re.compile(r"\d+|[^\W\d_]+")
_DATE = re.compile(r"\d{1,4}[.-]\d{1,2}[.-]\d{1,4}")
_NAME_OF_HOST_OR_FILE = re.compile(r"[\x00-\x7f]*\.[a-z][a-z0-9]{1,14}", re.IGNORECASE)
_NOT_DIGIT = re.compile(r"\D")

Span = tuple[int, int]  # from, to (in the text)


# A piece of a text: the terms of its places (places parted by " ", terms by "|"), its words as people write them with
# the terms of each, and for how many words forms were guessed.
_Piece = tuple[str, tuple[tuple[str, str], ...], int]


class Reading:
    """Reads the texts of one entry. `words` are all words of them as people write them, each with its terms: what a
    beginning is completed to and a slip is mended by."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}
        self._guessed: set[str] = set()
        self._left = MOST_GUESSED_TOGETHER

    def analyse(self, text: str) -> str:
        """The places of a text as the index holds them, parted by spaces. Of a text with very many unknown words only
        the first have forms that are guessed; the rest stand as they are written, and are not offered to who
        mistypes."""
        return self.analyse_each((text,))[0]

    def analyse_each(self, texts: Iterable[str]) -> list[str]:
        """The same of each of several texts; together they have no more words guessed than one."""
        found: list[str] = []
        remember = self.words.update
        guessed, left = self._guessed, min(MOST_GUESSED, self._left)
        for text in texts:
            places: list[str] = []
            for address, digits, plain in _pattern(text).findall(composed(text)):
                raw = plain or address or digits
                piece = _kept if len(raw) <= _LONGEST_KEPT else _piece  # what is long hardly comes again
                terms, words, guesses = piece(raw, 0 if plain else 1 if address else 2, left > 0 or raw in guessed)
                if terms:
                    places.append(terms)
                    remember(words)
                if guesses and raw not in guessed:
                    guessed.add(raw)
                    left -= guesses
                    self._left -= guesses
            found.append(" ".join(places))
        return found


def analyse(text: str) -> str:
    """The places of a text as the index holds them, parted by spaces."""
    return Reading().analyse(text)


def spans(text: str) -> Iterator[Span]:
    """Where the places of a text are, in order. `text` must be composed (see folding). No dictionary is asked."""
    for found in _pattern(text).finditer(text):
        start = found.start()
        for begin, end in _spans(found[0], (found.lastindex or 0) % 3):
            yield start + begin, start + end


def _pattern(text: str) -> re.Pattern[str]:
    return _READ if "@" in text else _READ_WITHOUT_ADDRESSES


def pieces_of(text: str) -> Iterator[tuple[str, str]]:
    """The pieces of a query with their kind: "address", "phone", or "" for words, numbers and ids."""
    for found in _READ.finditer(text):
        if found.lastindex == 1:
            yield "address", found[0]
        elif found.lastindex == 2 and phone_terms(found[0]):
            yield "phone", found[0]
        else:
            yield from (("grouped" if piece[1] else "", piece[0]) for piece in _PIECES.finditer(found[0]))


def grouped_at(text: str, at: int) -> int:
    """Where a number ends that begins at this place, its digits in groups of three parted by spaces; 0 if none does."""
    found = _GROUPS.match(text, at)
    return found.end() if found else 0


def digits_of(raw: str) -> str:
    """The digits of a number that is written in groups, together; "" for anything else."""
    return _NOT_DIGIT.sub("", raw) if _GROUPS.fullmatch(raw) or _HYPHENED_GROUPS.fullmatch(raw) else ""


def phone_at(text: str, at: int) -> int:
    """Where a phone number that begins at this place ends; 0 if none does. Its groups may be parted by spaces."""
    found = _NUMBER.match(text, at)
    return found.end() if found and phone_terms(found[0]) else 0


def phone_begun_at(text: str, at: int) -> tuple[int, str]:
    """Where the beginning of a phone number ends that begins at this place, and its digits as they stand within the
    nine that each number has at its end; (0, "") if there is none."""
    found = _BEGUN.match(text, at)
    if found is None or _DATE.match(found[0]):
        return 0, ""
    digits = _ABROAD.sub("", _NOT_DIGIT.sub("", found[0]), count=1).removeprefix("0")
    return (found.end(), digits) if SHORTEST_BEGUN <= len(digits) < 9 else (0, "")


def parts_of(piece: str) -> list[str]:
    """The words and numbers of a piece, without what joins them."""
    return _PARTS.findall(piece)


def is_one_thing(raw: str) -> bool:
    """Ids, file names, hosts and hyphened words are one place; "так.Але" and "та/або" are two."""
    return (
        "-" in raw
        or "_" in raw
        or any(letter.isdigit() for letter in raw)
        or bool(_NAME_OF_HOST_OR_FILE.fullmatch(raw))
    )


# ---- a piece ---------------------------------------------------------------------------------------------------------


def _spans(raw: str, kind: int) -> Iterator[Span]:
    if kind == 0:
        yield from _plain_spans(raw)
    elif kind == 1 or phone_terms(raw):
        yield 0, len(raw)
    else:
        for found in _PIECES.finditer(raw):
            each = [(0, len(found[0]))] if found[1] else _plain_spans(found[0])
            yield from ((found.start() + begin, found.start() + end) for begin, end in each)


def _plain_spans(raw: str) -> list[Span]:
    parts = [found.span() for found in _PARTS.finditer(raw)]
    return [(0, len(raw))] if parts and (len(raw) == parts[0][1] - parts[0][0] or is_one_thing(raw)) else parts


def _piece(raw: str, kind: int, guess: bool) -> _Piece:
    """What a piece says. `guess`: forms of words that no dictionary knows are guessed, of the first ones."""
    guesses = Guesses(MOST_PARTS if guess else 0)
    if kind == 0:
        terms = _plain(raw, guesses)
    elif kind == 1:
        terms = [_joined(address_terms(raw, guesses))]
    elif number := phone_terms(raw):
        terms = [_joined((*number, backwards(number[0]), *_RUNS.findall(raw)))]
    else:
        terms = [
            one
            for found in _PIECES.finditer(raw)
            for one in ([_grouped(found[0])] if found[1] else _plain(found[0], guesses))
        ]
    words = _words(raw, guesses) if kind == 0 else ()
    return " ".join(terms), words, len(guesses.made)


_kept = lru_cache(maxsize=_KEPT)(_piece)


def _grouped(raw: str) -> str:
    """A number in groups is one place, found by its digits together, by their end, and by each group."""
    digits = digits_of(raw)
    return _joined((digits, *_ends(digits), *(term for run in _RUNS.findall(raw) for term in part_terms(run))))


def _plain(raw: str, guesses: Guesses) -> list[str]:
    parts = _PARTS.findall(raw)
    if not parts:
        return []
    if len(parts) == 1 and len(parts[0]) == len(raw):
        return [_joined((*part_terms(raw, guesses), *_ends(raw)))]
    if not is_one_thing(raw):
        return [_joined((*part_terms(part, guesses), *_ends(part))) for part in parts]
    terms = [folded(spelled(raw)), *together(raw, parts), *_ends(raw)]
    for part in parts:
        if len(terms) >= MOST_PARTS:
            break
        terms += part_terms(part, guesses)
    return [_joined(terms)]


def together(raw: str, parts: Sequence[str]) -> tuple[str, ...]:
    """The term by which a number of several parts is found that is written without its hyphens. Not of what is short
    (hours, sizes, versions): it would be taken for another number."""
    joined = "".join(parts)
    of_hyphens = len(joined) >= SHORTEST_TOGETHER and _HYPHENED.fullmatch(raw) and any(map(str.isdigit, raw))
    return (folded(spelled(joined)),) if of_hyphens or _HYPHENED_GROUPS.fullmatch(raw) else ()


def _ends(raw: str) -> list[str]:
    """The terms by which the last rows of digits of a piece are found by their ends: one for each, however many digits
    are asked for. The middle of a row is no term: these would be many times as many as there are words."""
    return [backwards(row) for row in _ROW.findall(raw)[-MOST_ROWS:]]


def backwards(digits: str) -> str:
    """A row of digits as it is found by its end."""
    return f"{END}{digits[::-1]}"


def _words(raw: str, guesses: Guesses) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for part in _PARTS.findall(raw):
        word = folded(spelled(part))
        if word in found or not 3 <= len(word) <= 30 or any(letter.isdigit() for letter in word):
            continue
        terms = _joined(part_terms(word, guesses))
        if terms != EMPTY and word not in guesses.refused:
            found[word] = terms
    return tuple(found.items())


def _joined(terms: Sequence[str]) -> str:
    return "|".join(dict.fromkeys(term[:LONGEST] for term in terms[:MOST_PARTS])) or EMPTY


def part_terms(part: str, guesses: Guesses | None = None) -> tuple[str, ...]:
    """The terms of a piece of letters and digits without joints: a word, a number, a mark such as "hp1020"."""
    if part.isdigit():
        plain = part.lstrip("0")
        return (part, plain) if plain and plain != part else (part,)
    word = spelled(part)[:LONGEST]
    runs = _RUNS.findall(word)
    if len(runs) > 1 and "'" not in word:
        return (folded(word), *(run for run in runs if len(run) > 1 or run.isdigit()))
    plain = folded(word)
    return () if plain in STOPS or (len(plain) < 2 and not plain.isdigit()) else forms(word, guesses)


def address_terms(address: str, guesses: Guesses | None = None) -> tuple[str, ...]:
    """An e-mail address whole, its local part, its domain, and their pieces."""
    address = address.casefold().strip(".-")
    local, _at, domain = address.rpartition("@")
    pieces = [piece for piece in re.split(r"[^\w]+|_", f"{local} {domain.rpartition('.')[0]}") if len(piece) > 1]
    pieces = pieces[:MOST_PARTS]
    return (address, local, domain, *pieces, *(term for piece in pieces for term in part_terms(piece, guesses)))


def phone_terms(text: str) -> tuple[str, ...]:
    """The terms of a phone number in any notation: its digits, the nine and the seven at its end. Empty for what is
    none: too few digits, a date, no sign of a phone."""
    digits = _NOT_DIGIT.sub("", text)
    if not 9 <= len(digits) <= 15 or _DATE.match(text):
        return ()
    if not (text.startswith(("+", "(", "0")) or (digits.startswith(("380", "38", "7", "8")) and len(digits) >= 11)):
        return ()
    return (digits, f"{digits[-9:]}", digits[-7:])
