"""The query language: words, "phrases", -without, field:value. Whatever is typed is a query; what was not understood is
said, and the rest is looked for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from vikno.search.analyser.asked import Asked, ask, phone_begun
from vikno.search.analyser.folding import composed
from vikno.search.analyser.tokens import grouped_at, phone_at, phone_begun_at
from vikno.search.fields import BY_NAME, Narrowing, NotUnderstood, narrow
from vikno.search.own_fields import field_named, narrow_own
from vikno.staff.access import Viewer

LONGEST = 300  # characters of a query
MOST_WORDS = 16
_QUOTES = str.maketrans(dict.fromkeys("“”„«»″", '"'))
_VALUE = r'"(?P<{0}quoted>[^"]*)(?:"|$)|(?P<{0}plain>[^\s"]{1})'
_PIECE = re.compile(
    rf"(?P<minus>-?)(?:(?P<field>[^\W\d_]+):(?:{_VALUE.format('value_', '*')})|{_VALUE.format('', '+')})"
)

# Names of custom fields may have digits, hyphens and underscores: what looks like one and is none stays a word.
_OWN = re.compile(rf"(?P<minus>-?)(?P<field>[^\W\d_][\w-]*):(?:{_VALUE.format('value_', '*')})")


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of the query that looks for words. `raw` as it was typed; `begin` and `end` are its place in the text. A
    phrase keeps the words that stand everywhere, for their place. Of a subject, `begin` and `end` are its value's."""

    raw: str
    asked: tuple[Asked, ...]
    phrase: bool
    begin: int
    end: int
    of_subject: bool = False

    @property
    def sought(self) -> list[Asked]:
        """Its words that ask for something."""
        return [one for one in self.asked if one.alternatives or one.begins]


@dataclass(slots=True)
class Query:
    """A query as it was understood."""

    text: str
    words: list[Word] = field(default_factory=list)
    without: list[Word] = field(default_factory=list)
    narrowing: Narrowing = field(default_factory=Narrowing)
    fields: list[tuple[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    wrong_to: int = -1  # where the last piece ends that was not understood

    @property
    def sought(self) -> list[Asked]:
        return [one for word in self.words for one in word.sought]

    @property
    def told(self) -> list[Asked]:
        """Words that a place of an entry may stand for: also those of names of files."""
        return [*self.sought, *self.narrowing.files]

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for."""
        return not self.sought and not self.fields


def read(text: str, viewer: Viewer, zone: str = "UTC") -> Query:
    """Understand a query. Never raises for what somebody typed."""
    text = composed(text).replace("\x00", "").translate(_QUOTES)[:LONGEST]
    query = Query(text)
    at = 0
    while found := _PIECE.search(text, at):
        at = found.end()
        if own := _own_field(query, found.start(), viewer):
            at = own
            continue
        if end := phone_at(text, found.start()):
            raw = text[found.start() : end]
            query.words.append(Word(raw, tuple(ask(raw)), False, found.start(), end))
            at = end
            continue
        end, digits = phone_begun_at(text, found.start())
        if end:
            raw = text[found.start() : end]
            _add(query, Word(raw, (phone_begun(raw, digits),), False, found.start(), end), "")
            at = end
            continue
        begin = found.start() + text.startswith(("#", "№"), found.start())
        if end := grouped_at(text, begin):
            raw = text[begin:end]
            _add(query, Word(raw, tuple(ask(raw, ends=begin == found.start())), False, begin, end), "")
            at = end
            continue
        name = found["field"]
        quoted, plain = (found["value_quoted"], found["value_plain"]) if name else (found["quoted"], found["plain"])
        value = quoted if quoted is not None else plain
        key = BY_NAME.get(name.casefold()) if name else None
        if key == "subject" and value.strip():
            group = "value_plain" if quoted is None else "value_quoted"
            asked = tuple(ask(value, ends=quoted is None and not found["minus"]))
            word = Word(value, asked, quoted is not None, found.start(group), found.end(group), True)
            _add(query, word, found["minus"])
            continue
        if key is not None:
            if not _narrow(query, key, value, bool(found["minus"]), viewer, zone):
                query.wrong_to = found.end()
            continue
        raw = f"{name}:{value}" if name else value
        begin, phrase = found.start() + len(found["minus"]), quoted is not None and not name
        whole = phrase or found["minus"] or raw.startswith(("#", "№"))  # these numbers alone are meant
        asked = tuple(ask(raw, ends=not whole))
        _add(query, Word(raw, asked, phrase, begin, found.end()), found["minus"])
        if name and value and not value.startswith(("/", "\\")) and len(name) > 1:
            query.problems.append(_("There is no field “%(name)s”: it was looked for as a word.") % {"name": name})
            query.wrong_to = found.end()
    return query


def _own_field(query: Query, begin: int, viewer: Viewer) -> int:
    """Take a custom field with its value, if one stands here; answers where it ends, 0 for none."""
    found = _OWN.match(query.text, begin)
    field = field_named(found["field"], viewer) if found and found["field"].casefold() not in BY_NAME else None
    if found is None or field is None:
        return 0
    value = found["value_plain"] if found["value_quoted"] is None else found["value_quoted"]
    try:
        narrow_own(query.narrowing, field, value.strip(), bool(found["minus"]))
        query.fields.append((field.key, value))
    except NotUnderstood as wrong:
        query.problems.append(str(wrong))
        query.wrong_to = found.end()
    return found.end()


def _add(query: Query, word: Word, minus: str) -> None:
    if word.asked and len(query.words) + len(query.without) < MOST_WORDS:
        (query.without if minus else query.words).append(word)


def _narrow(query: Query, key: str, value: str, negated: bool, viewer: Viewer, zone: str) -> bool:
    """Whether it was understood."""
    try:
        narrow(query.narrowing, key, value.strip(), negated, viewer, zone)
    except NotUnderstood as wrong:
        query.problems.append(str(wrong))
        return False
    query.fields.append((key, value))
    if query.narrowing.problems:
        query.problems += query.narrowing.problems
        query.narrowing.problems.clear()
        return False
    return True
