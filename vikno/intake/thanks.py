"""Whether a message says thanks and nothing else. For any channel: give it the words without quotes and signature.

A request that is taken for thanks leaves a customer unheard; thanks that are taken for a request cost one click. So
nothing is guessed: every word must be known to be harmless, and one that is not makes it an ordinary message.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache

from vikno.intake import thanks_for
from vikno.intake import thanks_words as words
from vikno.intake.thanks_clauses import MOST_WORDS as LONGEST_CLAUSE
from vikno.intake.thanks_clauses import clause_at
from vikno.intake.thanks_signatures import MOST_LINES, fold, looks_signed, without_own

LONGEST = 600  # characters; whoever writes more says more
MOST_WORDS = 60

_SMILE = re.compile(r"(?<!\w)[:;=8]['^]?-?[)\]D*]+|\){1,20}|<3|\^\^")
_PIECE = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|\+{1,5}|\n|\s+|.", re.DOTALL)
_HARMLESS = frozenset('.,!;:-–—*~_"«»“”„…•>')  # ">" is left over from a quoted blank line
_SENTENCE_ENDS = frozenset(".!;…\n")
_PATRONYMIC = re.compile(
    r".{3,}(?:[иоеєї]вич(?:|у|а|ем|і)|(?:[иоеєї]вн|ичн)(?:а|о|і|у|е|ою|ой|ы)|[ъь]ич)".translate(words.SAME_LETTERS)
)
# "Thanks. Best regards, Ann": on one line, after the end of a sentence.
_SIGNED_INLINE = re.compile(
    r"([.!)…]\s+)((?:з|с|with|best|kind|kindest|warm|warmest)\s(?:[^\W\d_]+\s)?(?:повагою|побажаннями|пошаною|уважением|"
    r"пожеланиями|regards|wishes))[ ]?[,.][ ]+(?=[^\n]{1,60}\Z)",
    re.IGNORECASE,
)
_ABBREVIATED = re.compile(r"\b(mr|mrs|ms|dr|п|г-н|г-жа)\.(?= )", re.IGNORECASE)
# "Підтверджую, що все працює": what is said after it is judged by itself.
_SAID_THAT = re.compile(
    r"\b(підтверджу(?:ю|ємо|єм)|подтверждаю|подтверждаем|повідомляю|повідомляємо|сообщаю|сообщаем|повідомити|сообщить|"
    r"переконався|(?:переконал|убедил)(?:ась|ася|ись|ися|ся)|(?:хочу|хотів|хотіла|хотел|хотела) (?:сказати|сказать)),? "
    r"(?:що|шо|что) ",
    re.IGNORECASE,
)
_MODIFIERS = frozenset("\ufe0f\u200d\u2764") | {chr(code) for code in range(0x1F3FB, 0x1F400)}


class _Role(Enum):
    THANKS = "thanks"
    ASSENT = "assent"
    DONE = "done"
    THING = "thing"
    PRAISE = "praise"
    POLITE = "polite"
    FILLER = "filler"
    SIGN_OFF = "sign off"
    AFFIRMS = "affirms"


_TELLING = (_Role.THANKS, _Role.ASSENT, _Role.DONE, _Role.PRAISE)


@dataclass(frozen=True, slots=True)
class Thanks:
    """Pure thanks. `words` are those that say so, as they were written; `assents`: a part of them agrees or is glad,
    which to a question may be an answer; `affirms`: they say yes, which is one to whatever was to be confirmed."""

    words: tuple[str, ...]
    assents: bool
    affirms: bool


@dataclass(frozen=True, slots=True)
class _Word:
    folded: str
    meant: str  # `folded` without a slip of the fingers
    written: str
    capital: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """All words that are harmless, folded."""

    vocabulary: dict[tuple[str, ...], _Role]
    longest: int  # phrase of the vocabulary, in words
    objects: frozenset[str]
    every_word: frozenset[str]
    names: tuple[str, ...]
    forgiven: tuple[str, ...]


@cache
def _known() -> _Known:
    """Folding them takes a quarter of a second, which is no business of a process that reads no letter."""
    rows = (
        (words.FILLERS, _Role.FILLER), (words.THINGS, _Role.THING), (words.POLITE, _Role.POLITE),
        (words.PRAISE, _Role.PRAISE), (words.SIGN_OFF, _Role.SIGN_OFF), (words.DONE, _Role.DONE),
        (words.ASSENT, _Role.ASSENT), (words.AFFIRMS, _Role.AFFIRMS), (words.THANKS, _Role.THANKS),
    )  # fmt: skip
    vocabulary = {tuple(fold(word) for word in phrase): role for phrases, role in rows for phrase in phrases}
    objects = frozenset(fold(word) for word in thanks_for.OBJECTS)
    return _Known(
        vocabulary, max(map(len, vocabulary)), objects,
        frozenset(word for phrase in vocabulary for word in phrase) | objects,
        tuple(fold(stem) for stem in words.NAMES), tuple(fold(word) for word in words.FORGIVEN),
    )  # fmt: skip


def _role_of(*phrase: str) -> _Role | None:
    return _known().vocabulary.get(phrase)


def learn() -> None:
    """Have all words ready: half a second, that else the first message takes longer."""
    _known()
    clause_at([])


def thanks_in(text: str, names: Iterable[str] | None = (), own: Collection[str] = ()) -> Thanks | None:
    """The thanks that a message consists of; None if it says more, or does not thank. `names` are those of the people
    who write to each other: these words are harmless. With None every word with a capital counts as one: what is no
    thanks then, is none whatever people are called. `own`: names and addresses of whoever writes, who may sign so."""
    if len(text) > LONGEST:
        return None
    body = _without_signature(without_own(_tidy(text), None if names is None else own))
    if body is None:
        return None
    known = None if names is None else {fold(part) for name in names for part in re.findall(r"[^\W\d_]+", name)}
    found: list[tuple[_Role, str]] = []
    signs: list[str] = []
    for sentence in _sentences(body, signs):
        if sentence is None or not _read(sentence, known, found):
            return None
    return _judge(found, signs)


def _tidy(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\xa0", " ").replace("’", "'").replace("ʼ", "'").replace("`", "'")
    return _SAID_THAT.sub(r"\1 ", _ABBREVIATED.sub(r"\1", text.replace("\u200b", "").strip()))


def _without_signature(text: str) -> str | None:
    """The text above "best regards". What stands below must look like names and numbers, or there is more to it."""
    lines = _SIGNED_INLINE.sub(r"\1\n\2\n", text).split("\n")
    for place, line in enumerate(lines):
        if _is_sign_off(line):
            below = [one for one in lines[place + 1 :] if one.strip()]
            if len(below) > MOST_LINES or not all(looks_signed(one) for one in below):
                return None
            return "\n".join(lines[:place])
    return text


def _is_sign_off(line: str) -> bool:
    return _role_of(*(fold(word) for word in re.findall(r"[^\W\d_]+", line))) is _Role.SIGN_OFF


def _sentences(text: str, signs: list[str]) -> Iterable[list[_Word | None] | None]:
    """Sentences as words, with None for a comma; None for a whole one in which something stands that no word is.
    Smileys and kind signs are gathered in `signs`."""
    text = _SMILE.sub(lambda found: "🙂", text)
    sentence: list[_Word | None] = []
    for piece in _PIECE.findall(text):
        if piece[0].isalpha() or piece[0] == "+":
            sentence += _words(piece)
        elif piece in words.GOOD_SIGNS:
            signs.append(piece)
            sentence.append(None)
        elif piece in _SENTENCE_ENDS:
            yield sentence
            sentence = []
        elif piece in _HARMLESS:
            sentence.append(None)
        elif not piece.isspace() and piece not in _MODIFIERS:
            yield None
    yield sentence


def _words(piece: str) -> Iterable[_Word]:
    """A word, or several words of thanks that are joined by hyphens."""
    parts = piece.split("-")
    if len(parts) > 1 and all(_role_of(fold(part)) for part in parts):
        return [_word(part) for part in parts]
    return [_word(piece)]


def _word(written: str) -> _Word:
    folded = fold(written)
    return _Word(folded, _mended(folded), written, written[0].isupper())


def _read(sentence: list[_Word | None], names: set[str] | None, found: list[tuple[_Role, str]]) -> bool:
    """Read one sentence phrase by phrase, the longest first; False at the first word that is not known."""
    roles: list[_Role] = []
    place, objects, done, told = 0, False, False, True
    while place < len(sentence):
        word = sentence[place]
        if word is None:
            place += 1
            done = False
            objects = (
                objects and place < len(sentence) and _goes_on(sentence[place]) and not _longest(sentence, place)[1]
            )
            continue
        if objects and _is_object(word):
            if not _is_thanked_for(sentence, place):
                return False
            place += 1
            continue
        length, role = _next(sentence, place)
        if (
            role is None
            and _Role.THANKS in roles
            and word.folded in thanks_for.FOR
            and (not objects or _joins(sentence, place - 1))
        ):
            objects = place + 1 < len(sentence) and _goes_on(sentence[place + 1])
            if not objects:
                return False
            place += 1
            continue
        if role is None and not (word.capital and (_is_name(word.folded, names) or _has_title(sentence, place))):
            return False
        if role is _Role.DONE and _is_told_to_us(sentence, place):
            return False
        done = done or role is _Role.DONE
        told = done or (told and role is not _Role.THING)
        if role is not None:
            roles.append(role)
            written = " ".join(one.written for one in sentence[place : place + length] if one is not None)
            found.append((role, written))
        place += length
    return told and (_Role.DONE in roles or _Role.AFFIRMS not in roles)


def _goes_on(word: _Word | None) -> bool:
    return word is not None and _is_object(word)


def _is_object(word: _Word) -> bool:
    if word.folded in thanks_for.ORDERS:
        return False
    return word.folded in _known().objects or thanks_for.OBJECT.fullmatch(word.folded) is not None


def _is_thanked_for(sentence: list[_Word | None], place: int) -> bool:
    """Whether this word, after "for", is no irony, no trouble that nobody dealt with, and no order."""
    word, before = sentence[place], sentence[place - 1]
    said = "" if word is None else word.folded
    if said in thanks_for.SUCH:
        return _follows(sentence, place, thanks_for.PRAISING)
    if thanks_for.WANTED.match(said) and _stands_apart(sentence, place):
        return False
    if thanks_for.TROUBLE.fullmatch(said):
        return any(one is not None and thanks_for.DEALT.match(one.folded) for one in sentence[:place])
    if said == "hard":
        return _follows(sentence, place, thanks_for.WORK)
    if before is None or before.folded not in thanks_for.TO_DO:
        return True
    alone = sentence[place - 2] is None or _joins(sentence, place - 2)
    return said in thanks_for.AND if alone else said not in thanks_for.WHOM


def _stands_apart(sentence: list[_Word | None], place: int) -> bool:
    """Whether a comma stands between this word and the last "for"."""
    return (
        next((one for one in reversed(sentence[:place]) if one is None or one.folded in thanks_for.FOR), None) is None
    )


def _joins(sentence: list[_Word | None], place: int) -> bool:
    word = sentence[place]
    return word is not None and word.folded in thanks_for.AND


def _follows(sentence: list[_Word | None], place: int, pattern: re.Pattern[str]) -> bool:
    word = sentence[place + 1] if place + 1 < len(sentence) else None
    return word is not None and pattern.match(word.folded) is not None


def _is_told_to_us(sentence: list[_Word | None], place: int) -> bool:
    """Whether "to you" belongs to what came ("the papers came to you"), and not to thanks right before it."""
    before = sentence[place - 1] if place else None
    if before is None or before.folded not in words.TO_YOU:
        return False
    for word in reversed(sentence[: place - 1]):
        if word is None:
            return True
        if _role_of(word.folded) is _Role.THANKS:
            return False
    return True


def _has_title(sentence: list[_Word | None], place: int) -> bool:
    """Whether "Mr" or the like stands before a word: then it is a name."""
    before = sentence[place - 1] if place else None
    return before is not None and before.folded in words.TITLES


def _next(sentence: list[_Word | None], place: int) -> tuple[int, _Role | None]:
    """The longest phrase or clause that begins here, and its role; (1, None) if there is none."""
    length, role = _longest(sentence, place)
    run = []
    for one in sentence[place : place + LONGEST_CLAUSE]:
        if one is None:
            break
        run.append(one.meant)
    clause = clause_at(run)
    return (clause, _Role.DONE) if clause > length or (role is None and clause) else (length, role)


def _longest(sentence: list[_Word | None], place: int) -> tuple[int, _Role | None]:
    for length in range(min(_known().longest, len(sentence) - place), 0, -1):
        piece = sentence[place : place + length]
        if any(one is None for one in piece):
            continue
        role = _role_of(*(one.meant for one in piece if one is not None))
        if role is not None:
            return length, role
    return 1, None


def _mended(word: str) -> str:
    """A word of thanks in which a letter is missing, doubled, wrong or in its neighbour's place, as it was meant."""
    if len(word) < 5 or word in _known().every_word:
        return word
    return next((meant for meant in _known().forgiven if word[0] == meant[0] and _one_slip(word, meant)), word)


def _one_slip(word: str, meant: str) -> bool:
    if abs(len(word) - len(meant)) > 1:
        return False
    same = next((n for n, (a, b) in enumerate(zip(word, meant, strict=False)) if a != b), min(len(word), len(meant)))
    rest, wanted = word[same:], meant[same:]
    swapped = len(rest) > 1 and rest[1] + rest[0] + rest[2:] == wanted
    return swapped or rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:]


def _is_name(word: str, names: set[str] | None) -> bool:
    """A name of those who write, in whatever case, or one that people commonly have, or that of a father."""
    if (
        names is None
        or word in names
        or _PATRONYMIC.fullmatch(word)
        or any(len(name) > 3 and word.startswith(name[:-1]) and len(word) <= len(name) + 2 for name in names)
    ):
        return True
    return any(word.startswith(stem) and len(word) - len(stem) <= 3 for stem in _known().names)


def _judge(found: list[tuple[_Role, str]], signs: list[str]) -> Thanks | None:
    kind = [sign for sign in signs if sign in words.THANKING_SIGNS]
    telling = [written for role, written in found if role in _TELLING]
    if len(found) > MOST_WORDS or not (telling or kind):
        return None
    roles = {role for role, _ in found}
    affirms = _Role.AFFIRMS in roles
    assents = affirms or _Role.ASSENT in roles or _Role.PRAISE in roles
    return Thanks(tuple(dict.fromkeys([*telling, *kind])), assents, affirms)
