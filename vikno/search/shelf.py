"""The index itself: two shelves, "a" and "b", of which one is in use while the other may be built anew.

A shelf holds entries and words. An entry is a ticket (or, of a long one, thirty messages of it) or a person, as a set
of terms; both databases find by the same terms, SQLite by FTS5, PostgreSQL by a tsvector of them. The key of an entry
is its age and its ticket, so that the newest come first without sorting and the rights are joined without reading it:

    seconds of its newest message (32 bits) · part of the ticket (2 bits) · id of the ticket (29 bits)

Where two entries of a ticket would have the same key, one of them counts as some seconds younger.
A person's key is its id below nought. Among the terms are marks (see marks.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from django.db import connection

from vikno.search.analyser.sounds import sound
from vikno.search.marks import PART, PERSON, in_order, of_files
from vikno.search.portions import head

SHELVES = ("a", "b")
TICKET_BITS, PART_BITS = 29, 2
TICKET_MASK = (1 << TICKET_BITS) - 1
HIGHEST = (1 << 63) - 1
# Whatever a term may hold beside letters and digits is no border between terms.
_TOKENIZE = "ascii tokenchars '=@._-/+#:&'"
_HELD_BITS = 31
_AGES = (16, 19, 22, 25)  # bits of seconds: 18 hours, 6 days, 7 weeks, a year
MOST_AGES = 8  # marks of one size that a span is asked for by, and one more
_ADVISORY = 0x736561  # of PostgreSQL's locks: writers of one ticket's entries wait for each other


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry to put on a shelf. `parts` says whose places follow each other in `terms` ("head:12 m7:40 n3:5");
    `words` are as people wrote them, each with its terms."""

    key: int
    owner: int  # id of the ticket; of a person, its id below nought
    part: int
    mark: int  # of what it was made of (see `mark_of`): the same mark, the same entry
    parts: str
    terms: str
    words: dict[str, str]


@dataclass(frozen=True, slots=True)
class Marked:
    """An entry that says what it said, under other marks: `held`, in their order, and the `mark` it has by them."""

    owner: int
    part: int
    mark: int
    held: Sequence[str]


def mark_of(said: int, held: Sequence[str]) -> int:
    """The mark of a ticket's entry: above a number of 32 bits of what it says, below one of the marks it holds."""
    return said << _HELD_BITS | crc32(" ".join(held).encode()) & (1 << _HELD_BITS) - 1


def says_the_same(one: int, other: int) -> bool:
    """Whether two entries with these marks say the same, whatever marks they hold."""
    return one >> _HELD_BITS == other >> _HELD_BITS


def key_of(seconds: int, part: int, ticket: int) -> int:
    """The key of a ticket's entry."""
    return (max(seconds, 0) << PART_BITS | part % (1 << PART_BITS)) << TICKET_BITS | ticket & TICKET_MASK


def oldest_key(seconds: int) -> int:
    """No entry from this instant on has a smaller key."""
    return key_of(seconds, 0, 0)


def _postgresql() -> bool:
    return connection.vendor == "postgresql"


def make(shelf: str) -> list[str]:
    """The statements that make an empty shelf."""
    entry, words, text = f"search_entry_{shelf}", f"search_word_{shelf}", f"search_text_{shelf}"
    columns = "owner bigint NOT NULL, part integer NOT NULL, mark bigint NOT NULL, parts text NOT NULL"
    made = [
        f"CREATE TABLE {entry} (id bigint PRIMARY KEY, {columns}, terms text NOT NULL, vector tsvector NOT NULL)"
        if _postgresql()
        else f"CREATE TABLE {entry} (id integer PRIMARY KEY, {columns}, terms text NOT NULL)",
        f"CREATE UNIQUE INDEX {entry}_owner ON {entry} (owner, part)",
    ]
    letters = 'text COLLATE "C"' if _postgresql() else "text"
    made.append(
        f"CREATE TABLE {words} (word {letters} PRIMARY KEY, terms text NOT NULL, sound {letters} NOT NULL, "
        f"size integer NOT NULL, uses integer NOT NULL){'' if _postgresql() else ' WITHOUT ROWID'}"
    )
    made.append(f"CREATE INDEX {words}_sound ON {words} (sound)")
    made.append(
        f"CREATE INDEX {text} ON {entry} USING gin (vector) WITH (gin_pending_list_limit = 512)"
        if _postgresql()
        else f"CREATE VIRTUAL TABLE {text} USING fts5(terms, content='{entry}', content_rowid='id', "
        f'tokenize="{_TOKENIZE}", detail=none, columnsize=0)'
    )
    return made


def drop(shelf: str) -> list[str]:
    """The statements that take a shelf away."""
    gone = [f"DROP TABLE IF EXISTS search_{table}_{shelf}" for table in ("entry", "word")]
    return gone if _postgresql() else [f"DROP TABLE IF EXISTS search_text_{shelf}", *gone]


def clear(shelf: str) -> None:
    """Make a shelf empty, whatever was on it."""
    with connection.cursor() as cursor:
        for statement in (*drop(shelf), *make(shelf)):
            cursor.execute(statement)


def is_empty(shelf: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM search_entry_{shelf} LIMIT 1")
        return cursor.fetchone() is None


# ---- putting ---------------------------------------------------------------------------------------------------------


def lock(owners: Iterable[int]) -> None:
    """Until the transaction ends nobody else writes these owners' entries. SQLite has one writer anyway."""
    if _postgresql():
        with connection.cursor() as cursor:
            numbers = sorted({_ADVISORY << 40 | owner & (1 << 40) - 1 for owner in owners})
            cursor.execute("SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number", [numbers])


def marks(shelf: str, owners: Sequence[int]) -> dict[int, dict[int, int]]:
    """The marks of the entries that these owners have: owner → part → mark."""
    found: dict[int, dict[int, int]] = {}
    if owners:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT owner, part, mark FROM search_entry_{shelf} WHERE owner IN ({_slots(owners)})", owners
            )
            for owner, part, mark in cursor.fetchall():
                found.setdefault(owner, {})[part] = mark
    return found


def put(shelf: str, entries: Sequence[Entry]) -> None:
    """Write new entries; none of them may be there. Words are counted. Inside a transaction."""
    if not entries:
        return
    rows = sorted(  # FTS5 begins a new segment wherever a key is smaller than the one before
        (key, one.owner, one.part, one.mark, one.parts, one.terms)
        for key, one in zip(_free_keys(shelf, entries), entries, strict=True)
    )
    name = f"search_entry_{shelf}"
    if _postgresql():
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {name} (id, owner, part, mark, parts, terms, vector) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row((*row, vector(row[0], row[5])))
    else:
        raw = connection.connection
        raw.executemany(f"INSERT INTO {name} (id, owner, part, mark, parts, terms) VALUES (?, ?, ?, ?, ?, ?)", rows)
        raw.executemany(
            f"INSERT INTO search_text_{shelf} (rowid, terms) VALUES (?, ?)", [(row[0], row[5]) for row in rows]
        )
    _count(shelf, entries)


def _free_keys(shelf: str, entries: Sequence[Entry]) -> list[int]:
    """The keys of new entries, ties broken: only two bits of the part stand in a key, and all that was moved or
    imported may be of one second."""
    owners = sorted({one.owner for one in entries})
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM search_entry_{shelf} WHERE owner IN ({_slots(owners)})", owners)
        taken = {key for (key,) in cursor.fetchall()}
    keys = []
    for one in entries:
        key = one.key
        while key in taken:
            key += 1 << PART_BITS + TICKET_BITS
        taken.add(key)
        keys.append(key)
    return keys


def vector(key: int, terms: str) -> str:
    """A tsvector as PostgreSQL reads it, with the marks of its age. Terms hold neither quotes nor backslashes."""
    held = {*terms.replace("|", " ").split()}
    if key > 0:
        teams = [term[2:] for term in held if term.startswith("=t")]
        for bits in _AGES:
            age = _age(bits, seconds_of(key) >> bits)
            held |= {age, *(of_team(age, team) for team in teams)}
    return " ".join(f"'{term}'" for term in sorted(held))


def _age(bits: int, number: int) -> str:
    return f"=d{bits}.{number}"


def of_team(age: str, team: int | str) -> str:
    """The mark of the entries of this age that are a team's."""
    return f"{age}.{team}"


def seconds_of(key: int) -> int:
    """The age that a key tells."""
    return key >> TICKET_BITS + PART_BITS


def ages(begin: int, end: int) -> tuple[list[str], int]:
    """Marks one of which each entry between these seconds has, and the second from which on all that are older than
    `end` have one. PostgreSQL's index, which does not find in the order of keys, is asked for the newest entries so."""
    begin = max(begin, 0)
    bits = next((one for one in _AGES if end - begin >> one < MOST_AGES), _AGES[-1])
    first, last = begin >> bits, end >> bits
    return [_age(bits, number) for number in range(first, last + 1)], first << bits


def _count(shelf: str, entries: Sequence[Entry]) -> None:
    uses: dict[str, int] = {}
    terms: dict[str, str] = {}
    for entry in entries:
        for word, made in entry.words.items():
            uses[word] = uses.get(word, 0) + 1
            terms[word] = made
    words = sorted(uses)
    rows = [(word, terms[word], sound(word), len(word), uses[word]) for word in words]
    name = f"search_word_{shelf}"
    into = f"INSERT INTO {name} (word, terms, sound, size, uses)"
    again = f"ON CONFLICT (word) DO UPDATE SET uses = {name}.uses + excluded.uses"
    if _postgresql():
        with connection.cursor() as cursor:  # one way to the server for all words
            cursor.execute(
                f"{into} SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[], %s::int[]) {again}",
                [list(column) for column in zip(*rows, strict=True)] or [[]] * 5,
            )
    else:
        connection.connection.executemany(f"{into} VALUES (?, ?, ?, ?, ?) {again}", rows)


def remark(shelf: str, marked: Sequence[Marked]) -> None:
    """Write other marks on entries that are there; what they say stays as it was read. Inside a transaction. Files
    hang on what is said: their marks stay as well."""
    wanted = {(one.owner, one.part): one for one in marked}
    if not wanted:
        return
    owners = sorted({one.owner for one in marked})
    name = f"search_entry_{shelf}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, owner, part, parts, terms FROM {name} WHERE owner IN ({_slots(owners)})", owners)
        there = sorted(row for row in cursor.fetchall() if (row[1], row[2]) in wanted)
    rows = []
    for key, owner, part, parts, terms in there:
        one = wanted[owner, part]
        rows.append((one.mark, *_with_marks(parts, terms, one.held), key))
    if _postgresql():
        _update(name, rows)
        return
    raw, text = connection.connection, f"search_text_{shelf}"
    gone = [(row[0], row[4]) for row in there]
    raw.executemany(f"INSERT INTO {text} ({text}, rowid, terms) VALUES ('delete', ?, ?)", gone)
    raw.executemany(f"UPDATE {name} SET mark = ?, parts = ?, terms = ? WHERE id = ?", rows)
    raw.executemany(f"INSERT INTO {text} (rowid, terms) VALUES (?, ?)", [(key, terms) for _, _, terms, key in rows])


def _update(name: str, rows: Sequence[tuple[int, str, str, int]]) -> None:
    """One statement for all of them, as each is a way to the server."""
    columns = zip(*((*row, vector(row[3], row[2])) for row in rows), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {name} SET mark = now.mark, parts = now.parts, terms = now.terms, vector = now.vector::tsvector "
            "FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::text[]) "
            f"AS now (mark, parts, terms, id, vector) WHERE {name}.id = now.id",
            [list(column) for column in columns] or [[]] * 5,
        )


def _with_marks(parts: str, terms: str, held: Sequence[str]) -> tuple[str, str]:
    """The parts and the terms of an entry with these marks instead of those it has."""
    first, _space, others = parts.partition(" ")
    count = int(first.partition(":")[2])
    places = terms.split(" ", count)
    before, rest = places[:count], places[count:]
    now = head(" ".join(in_order({*held, *of_files(before)})))
    return f"{PART}:{len(now.split())} {others}", " ".join([now, *rest])


def remove(shelf: str, owners: Sequence[int], parts: Sequence[tuple[int, int]] | None = None) -> None:
    """Take away the entries of these owners, or only these parts of them (pairs of owner and part)."""
    if not owners:
        return
    name = f"search_entry_{shelf}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, owner, part, terms FROM {name} WHERE owner IN ({_slots(owners)})", owners)
        wanted = None if parts is None else set(parts)
        gone = sorted((row[0], row[3]) for row in cursor.fetchall() if wanted is None or (row[1], row[2]) in wanted)
        if not gone:
            return
        if not _postgresql():
            connection.connection.executemany(
                f"INSERT INTO search_text_{shelf} (search_text_{shelf}, rowid, terms) VALUES ('delete', ?, ?)", gone
            )
        keys = [key for key, _terms in gone]
        cursor.execute(f"DELETE FROM {name} WHERE id IN ({_slots(keys)})", keys)


def forget_words(shelf: str, owners: Sequence[int]) -> None:
    """Take away the entries of these owners, and every word that stood nowhere else: a name that was erased must not
    be offered to who mistypes."""
    if not owners:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT terms FROM search_entry_{shelf} WHERE owner IN ({_slots(owners)})", owners)
        held = {place.replace(PERSON, "") for (terms,) in cursor.fetchall() for place in terms.split()}
        remove(shelf, owners)
        for place in sorted(held):
            terms = [term for term in place.split("|") if term and not term.startswith("=")]
            if terms and not _any(cursor, shelf, [*terms, *(PERSON + term for term in terms)]):
                cursor.execute(f"DELETE FROM search_word_{shelf} WHERE word = %s OR terms = %s", [terms[0], place])


def _any(cursor: Any, shelf: str, terms: Sequence[str]) -> bool:
    sql, params = condition(shelf, all_of([any_of(terms)]))
    cursor.execute(f"SELECT 1 FROM {source(shelf)} WHERE {sql} LIMIT 1", params)
    return cursor.fetchone() is not None


def _slots(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


# ---- finding ---------------------------------------------------------------------------------------------------------


def source(shelf: str) -> str:
    """The table that a condition is asked of; its key is `found.id` on PostgreSQL and `found.rowid` on SQLite."""
    return f"search_entry_{shelf} found" if _postgresql() else f"search_text_{shelf} found"


def key() -> str:
    return "found.id" if _postgresql() else "found.rowid"


def ticket() -> str:
    """The id of a found ticket, as SQL."""
    return "found.owner" if _postgresql() else f"(found.rowid & {TICKET_MASK})"


def condition(shelf: str, wanted: str) -> tuple[str, list[Any]]:
    """The condition that an entry answers an expression made by `all_of`."""
    return ("found.vector @@ %s::tsquery" if _postgresql() else f"search_text_{shelf} MATCH %s"), [wanted]


def term(text: str, *, prefix: bool = False) -> str:
    """One term as an expression. Nothing of a query reaches the database but the terms that the analyser made, and
    these are quoted."""
    plain = text.replace('"', "").replace("'", "").replace("\\", "")
    if _postgresql():
        return f"'{plain}':*" if prefix else f"'{plain}'"
    return f'"{plain}" *' if prefix else f'"{plain}"'


def any_of(terms: Sequence[str], beginnings: Sequence[str] = ()) -> str:
    """One of these terms, or a term that begins with one of `beginnings`."""
    made = [term(one) for one in terms] + [term(one, prefix=True) for one in beginnings]
    return either(made)


def either(made: Sequence[str]) -> str:
    """One of these expressions."""
    return f"({(' | ' if _postgresql() else ' OR ').join(made)})"


def all_of(wanted: Sequence[str], without: Sequence[str] = ()) -> str:
    """All of `wanted` and nothing of `without`, each an expression of `any_of`. At least one must be wanted."""
    if _postgresql():
        return f"({' & '.join([*wanted, *(f'!({one})' for one in without)])})"
    made = f"({' AND '.join(wanted)})"
    return f"{made} NOT ({' OR '.join(without)})" if without else made
