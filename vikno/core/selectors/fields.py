"""The fields that conditions may ask about. Rooms register theirs; nothing else can be asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
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


OPS: dict[Kind, tuple[Op, ...]] = {
    Kind.ONE: (Op.IN, Op.UNSET), Kind.SEVERAL: (Op.IN, Op.WITH_ALL, Op.UNSET),
    Kind.INSTANT: (Op.OLDER, Op.NEWER, Op.UNSET), Kind.FLAG: (Op.YES,),
}  # fmt: skip
LISTS = frozenset({Op.IN, Op.WITH_ALL})  # that take a list of values
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
    of `sql.Over.beside` for that table: of ONE and INSTANT the value, of FLAG a condition that is never null, of
    SEVERAL the id in the table `source`, whose rows of the ticket that one names.

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

    @property
    def ops(self) -> tuple[Op, ...]:
        """How it can be asked."""
        ahead = (Op.AHEAD, Op.BEYOND) if self.future else ()
        known = (*ahead, *OPS[self.kind])
        return tuple(op for op in known if op != Op.UNSET or self.nullable or self.kind == Kind.SEVERAL)


FIELDS: dict[str, Field] = {}


def register(fields: Iterable[Field]) -> None:
    """Let conditions ask about these. Called in `apps.ready`; the order is that in which they are offered."""
    for one in fields:
        FIELDS[one.code] = one
