"""When nothing was found: what was perhaps meant. A beginning of a word, another keyboard layout, another alphabet or
letter, a slip of the hand. Only what this viewer then finds is said: that a word exists may be a secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from django.db import connection

from vikno.search.analyser.asked import Asked
from vikno.search.analyser.folding import folded, spelled
from vikno.search.analyser.keyboards import other_layouts
from vikno.search.analyser.sounds import in_cyrillic, sound
from vikno.search.analyser.tokens import digits_of, parts_of
from vikno.search.language import Query, Word

MOST_BEGUN = 24  # words that a beginning stands for
SHORTEST_BEGUN = 2
SHORTEST_NUMBER = 4  # digits by which numbers are found that begin so
MOST_GUESSES = 6  # words that are tried in place of one
MOST_COMPARED = 20_000
LAST = "\U0010ffff"

Ask = Callable[[str], bool | None]  # whether something is found for a query of this text; None: not known in time


def begun(active: str, word: Word) -> Word | None:
    """The word as a beginning: all that goes on from it. None where it cannot be one, or nothing goes on."""
    if word.phrase or not word.asked:
        return None
    typed = parts_of(word.raw)
    if not typed or not word.raw.endswith(typed[-1]):
        return None
    last = digits_of(word.raw) or typed[-1]
    if last.isdigit():
        if len(last) < SHORTEST_NUMBER:
            return None
        begins = (last, last.lstrip("0") or last, *word.asked[-1].begins)
        more = Asked(word.asked[-1].alternatives, tuple(dict.fromkeys(begins)))
    else:
        terms = _terms_begun(active, folded(spelled(last)))
        if not terms:
            return None
        more = Asked(tuple(dict.fromkeys((*word.asked[-1].alternatives, *((term,) for term in terms)))))
        if more == word.asked[-1]:
            return None
    return replace(word, asked=(*word.asked[:-1], more))


def _terms_begun(active: str, beginning: str) -> list[str]:
    if len(beginning) < SHORTEST_BEGUN:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT terms FROM search_word_{active} WHERE word >= %s AND word < %s ORDER BY uses DESC, word LIMIT %s",
            [beginning, beginning + LAST, MOST_BEGUN],
        )
        return list(dict.fromkeys(term for (terms,) in cursor.fetchall() for term in terms.split("|")))


def guesses(active: str, word: Word) -> Iterator[str]:
    """What may stand in place of a word, likeliest first: texts to look for."""
    if word.phrase:
        return
    seen = {word.raw}
    for guess in (
        *_typed_elsewhere(active, word.raw),
        *_sounding_alike(active, word.raw),
        *in_cyrillic(folded(spelled(word.raw))),
        *_slipped(active, word.raw),
    ):
        if guess not in seen:
            seen.add(guess)
            yield guess
        if len(seen) > MOST_GUESSES + 1:
            return


def _typed_elsewhere(active: str, raw: str) -> list[str]:
    """The same keys on another layout, if words come out that are known here (or an address or a number)."""
    found = []
    for meant in other_layouts(raw):
        words = [folded(spelled(part)) for part in parts_of(meant)]
        letters = [word for word in words if word.isalpha()]
        if words and letters and (_known(active, letters) or any(letter.isdigit() for letter in meant)):
            found.append(meant)
    return found


def _known(active: str, words: list[str]) -> bool:
    """Whether each of these words, or one that begins so, stands somewhere in the index."""
    with connection.cursor() as cursor:
        for word in words:
            cursor.execute(
                f"SELECT 1 FROM search_word_{active} WHERE word >= %s AND word < %s LIMIT 1", [word, word + LAST]
            )
            if cursor.fetchone() is None:
                return False
    return True


def _sounding_alike(active: str, raw: str) -> list[str]:
    """Words that sound so, in whatever alphabet: і for и, є for е, Latin letters for Cyrillic ones."""
    word = folded(spelled(raw))
    heard = sound(word)
    if len(heard) < 3:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT word FROM search_word_{active} WHERE sound = %s AND word <> %s ORDER BY uses DESC, word LIMIT 3",
            [heard, word],
        )
        return [row[0] for row in cursor.fetchall()]


def _slipped(active: str, raw: str) -> list[str]:
    """Words that differ by one slip (a letter more, less, other, or two in the wrong order), long ones by two."""
    word = folded(spelled(raw))
    if len(word) < 4 or not word.isalpha():
        return []
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    most = 2 if len(word) >= 8 else 1
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT word, uses FROM search_word_{active} WHERE size BETWEEN %s AND %s "
            f"ORDER BY uses DESC, word LIMIT %s",
            [len(word) - most, len(word) + most, MOST_COMPARED],
        )
        uses = dict(cursor.fetchall())
    near = extract(word, list(uses), scorer=OSA.distance, score_cutoff=most, limit=40)
    ranked = sorted((distance, one[:1] != word[:1], -uses[one], one) for one, distance, _at in near if distance)
    return [one for *_rest, one in ranked[:3]]


def mended(query: Query, active: str, finds: Ask) -> str | None:
    """The text of a query that finds something, with those words replaced that surely find nothing by themselves. None
    when no guess helps."""
    text, shift = query.text, 0
    changed = False
    for word in query.words:
        if not word.sought or finds(_quoted(word)) is not False:
            continue
        guess = next((one for one in guesses(active, word) if finds(one)), None)
        if guess is None:
            return None
        text = f"{text[: word.begin + shift]}{guess}{text[word.end + shift :]}"
        shift += len(guess) - (word.end - word.begin)
        changed = True
    return text if changed and finds(text) else None


def without_unknown(query: Query, finds: Ask) -> tuple[list[str], str] | None:
    """The words that find nothing by themselves, and the text of the query without them, if that finds something."""
    words = [word for word in query.words if word.sought and not word.of_subject]
    if len(words) < 2:
        return None
    unknown = [word for word in words if finds(_quoted(word)) is False]
    if not unknown or len(unknown) == len(words):
        return None
    text = query.text
    for word in reversed(unknown):
        text = f"{text[: word.begin].rstrip()} {text[word.end :].lstrip()}".strip()
    return ([word.raw for word in unknown], text) if finds(text) else None


def _quoted(word: Word) -> str:
    return f'"{word.raw}"' if word.phrase else word.raw
