"""The fields that conditions may ask about. Rooms register theirs; nothing else can be asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a field holds, and so how it can be asked."""

    ONE = "one"  # one id or code, or nothing
    SEVERAL = "several"  # any number of ids, in a table beside the ticket
    INSTANT = "instant"
    FLAG = "flag"  # yes or no
    TEXT = "text"  # words
    NUMBER = "number"
    DAY = "day"  # a day of the calendar, without an hour


class Op(StrEnum):
    """How a field is asked. The comment says what of a ticket makes it true; whatever is not set makes it false."""

    IN = "in"  # one of these; of several: at least one of these
    WITH_ALL = "with_all"  # every one of these
    UNSET = "unset"  # nothing is set
    OLDER = "older"  # before so long ago
    NEWER = "newer"  # since so long ago, and not in the future
    AHEAD = "ahead"  # from now on, before so long from now
    BEYOND = "beyond"  # so long from now, or later
    YES = "yes"
    CONTAINS = "contains"  # these words stand somewhere in it, written as here, small or large
    IS = "is"  # these words and no others
    BETWEEN = "between"  # from … to …, both included; either end may be open


OPS: dict[Kind, tuple[Op, ...]] = {
    Kind.ONE: (Op.IN, Op.UNSET), Kind.SEVERAL: (Op.IN, Op.WITH_ALL, Op.UNSET),
    Kind.INSTANT: (Op.OLDER, Op.NEWER, Op.UNSET), Kind.FLAG: (Op.YES,),
    Kind.TEXT: (Op.CONTAINS, Op.IS, Op.UNSET), Kind.NUMBER: (Op.BETWEEN, Op.UNSET), Kind.DAY: (Op.BETWEEN, Op.UNSET),
}  # fmt: skip
LISTS = frozenset({Op.IN, Op.WITH_ALL})  # that take a list of values
TEXTS = frozenset({Op.CONTAINS, Op.IS})  # that take [words]
SPANS = frozenset({Op.OLDER, Op.NEWER, Op.AHEAD, Op.BEYOND})  # that take [number, unit]
UNITS = {"hours": 3600, "days": 86400}  # a day is 24 hours, whatever the clock is set to


@dataclass(frozen=True, slots=True)
class Context:
    """In what a condition is asked: the instant, and for whom; nobody asks for a rule."""

    now: datetime
    me: int | None = None  # id of an agent
    teams: frozenset[int] = frozenset()  # that this agent is a member of
    same: Mapping[str, Mapping[int, Collection[int]]] = dataclass_field(
        default_factory=dict
    )  # looked up before, by field


@dataclass(frozen=True, slots=True)
class Special:
    """A value that depends on who asks: "me". `ids` gives what it stands for, or None where it means nothing."""

    word: Callable[[], str]
    ids: Callable[[Context], Collection[int] | None]


@dataclass(frozen=True, slots=True)
class Field:
    """A field. `sql` is an expression in which `{ticket}` stands for the relation, `{now}` for the instant and a name
    of `sql.Over.beside` for that table: of SEVERAL the id in the table `source`, whose rows of the ticket that one
    names, of FLAG a condition that is never null, of all others the value.

    `lead` is a statement that gives, by an index, the ids of the tickets for which `{holds}` is true of its value
    `lead_value` ("" where it is a FLAG): so what is rare is found without looking at each ticket.

    Values are ids of rows, of which `known` gives the names of those that are there, or the codes of `codes` with
    their words. `same` widens each id to all that mean the same (persons who were joined)."""

    code: str
    label: Callable[[], str]
    kind: Kind
    sql: str
    source: str = ""
    nullable: bool = False
    known: Callable[[Collection[int]], Mapping[int, str]] | None = None
    codes: Callable[[], Mapping[str, str]] | None = None
    specials: Mapping[str, Special] | None = None
    same: Callable[[Collection[int]], Mapping[int, Collection[int]]] | None = None
    no: Callable[[], str] | None = None  # of a flag: how its opposite is said
    future: bool = False  # an instant that may lie ahead
    lead: str = ""
    lead_value: str = ""
    own_name: bool = False  # `label` is what the company calls it, and is written so within a sentence too
    offered: bool = True  # to who makes a condition

    @property
    def ops(self) -> tuple[Op, ...]:
        """How it can be asked."""
        ahead = (Op.AHEAD, Op.BEYOND) if self.future else ()
        known = (*ahead, *OPS[self.kind])
        return tuple(op for op in known if op != Op.UNSET or self.nullable or self.kind == Kind.SEVERAL)


class Known(Mapping[str, Field]):
    """All fields by their codes: those of the rooms, and those that a company made itself, which come and go."""

    def __init__(self) -> None:
        self._registered: dict[str, Field] = {}
        self._made: dict[str, Callable[[], Mapping[str, Field]]] = {}

    def add(self, fields: Iterable[Field]) -> None:
        self._registered.update((one.code, one) for one in fields)

    def add_made(self, prefix: str, made: Callable[[], Mapping[str, Field]]) -> None:
        self._made[prefix] = made

    def __getitem__(self, code: str) -> Field:
        made = self._made.get(code.partition(".")[0])
        return made()[code] if made else self._registered[code]

    def __iter__(self) -> Iterator[str]:
        yield from self._registered
        for made in self._made.values():
            yield from made()

    def __len__(self) -> int:
        return len(self._registered) + sum(len(made()) for made in self._made.values())


FIELDS = Known()


def register(fields: Iterable[Field]) -> None:
    """Let conditions ask about these. Called in `apps.ready`; the order is that in which they are offered."""
    FIELDS.add(fields)


def register_made(prefix: str, made: Callable[[], Mapping[str, Field]]) -> None:
    """Let conditions ask about fields that are rows: `made` gives them as they are now, by their codes, which begin
    with the prefix and a point."""
    FIELDS.add_made(prefix, made)
