"""People and organisations by their names, addresses, phones and contract numbers: they come before the tickets. Whom
an agent may look up is decided by `people_access.people_for`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db import connection

from vikno.core import rows
from vikno.people.models import Identity
from vikno.search import bounded, marks, shelf
from vikno.search.expressions import expression
from vikno.search.language import Query
from vikno.staff.access import Viewer
from vikno.tickets import people_access

MOST = 5
LOOKED_AT = (30, 300, 3_000)  # so many that answer are asked for one after another, until enough of them are seen
ASKERS_FIRST = LOOKED_AT[:2]  # of so many it is asked first who can be told at once
PROBE = 400  # people, the newest, that are looked at one by one
PROBE_UNMARKED = 4_000  # the same where the index would also give the requests that have the words


@dataclass(frozen=True, slots=True)
class Found:
    """One person."""

    id: int
    name: str
    addresses: tuple[str, ...]
    organisation: str


def find(viewer: Viewer, active: str, query: Query, most: int = MOST, *, marked: bool = True) -> list[Found]:
    """People that the viewer may look up and whom all words of a query name; none where fields or exclusions are asked
    for too. Two queries more if there are any. Where not all entries are `marked`, those without the sign of people
    are asked for too."""
    if not query.sought or query.fields or query.without or any(word.of_subject for word in query.words):
        return []
    wanted = [expression(one, marks.PERSON) for one in query.sought]
    if not marked:
        wanted = [shelf.either([signed, expression(one)]) for signed, one in zip(wanted, query.sought, strict=True)]
    seen = _seen(viewer, active, shelf.all_of(wanted), most, marked)
    if not seen:
        return []
    addresses: dict[int, list[str]] = {}
    theirs = Identity.objects.filter(person__in=list(seen), erased_at=None).order_by("-preferred", "id")
    for pk, shown in theirs.values_list("person_id", "shown"):
        addresses.setdefault(pk, []).append(shown)
    return [Found(pk, name, tuple(addresses.get(pk, ())), firm or "") for pk, (name, firm) in seen.items()]


def _seen(viewer: Viewer, active: str, wanted: str, most: int, marked: bool) -> dict[int, tuple[str, str | None]]:
    """The newest persons that answer an expression and that the viewer may look up, with their organisation. Those who
    are hidden from the viewer take the place of nobody: as long as too few are seen, more are looked at. Who asked for
    a request that the viewer sees is told at once; who else may be looked up, by all that was written, which is asked
    only if those are too few: a newer one may so be passed over for who asked."""
    seen: dict[int, tuple[str, str | None]] = {}

    def look(may_be_seen: tuple[str, tuple[Any, ...]], some: list[int]) -> None:
        if len(seen) < most and (unseen := [pk for pk in some if pk not in seen]):
            seen.update((pk, (name, firm)) for pk, name, firm in _of(unseen, *may_be_seen))

    ids, asked = list[int](), 0
    for count in ASKERS_FIRST:
        ids, before, asked = _ids(active, wanted, count, marked), asked, count
        look(people_access.requesters_where(viewer), ids[before:])
        if len(seen) >= most or len(ids) < count:
            break
    for begin, end in pairwise((0, *LOOKED_AT)):
        if len(seen) >= most or len(ids) < begin:
            break
        if end > asked and len(ids) == asked:
            ids = _ids(active, wanted, end, marked)
            look(people_access.requesters_where(viewer), ids[begin:])
        look(people_access.where(viewer), ids[begin:end])
    return {pk: seen[pk] for pk in [pk for pk in ids if pk in seen][:most]}


def _of(ids: list[int], may_be_seen: str, values: tuple[Any, ...]) -> list[tuple[int, str, str | None]]:
    """Those of these persons for whom a condition holds: id, name, organisation. On PostgreSQL planning the longest
    condition there is takes longer than answering it: it is prepared."""
    among, given = f"IN ({rows.places(ids)})", list[Any](ids)
    if connection.vendor == "postgresql":
        among, given = "= ANY(%s)", [ids]
    return rows.run(
        "SELECT people_person.id, people_person.name, people_organisation.name FROM people_person "
        "LEFT JOIN people_organisation ON people_organisation.id = people_person.organisation_id "
        f"WHERE people_person.id {among} AND ({may_be_seen})",
        *given, *values,
    )  # fmt: skip


def _ids(active: str, wanted: str, most: int, marked: bool) -> list[int]:
    """The newest persons that answer an expression. On PostgreSQL these are the newest of those who are looked at one
    by one; if they are too few, of the first that the index gives."""
    source = shelf.source(active)
    condition, params = shelf.condition(active, wanted)
    if connection.vendor == "postgresql":
        # A name that many have is found among the newest; else the index is asked, which knows no order. The planner
        # would walk all people for a name that nobody has.
        probe, further = PROBE, most
        if not marked:
            probe, further = PROBE_UNMARKED, 0 if bounded.is_common(active, wanted) else most
        some = f"(SELECT id, vector FROM {source} WHERE id < 0 ORDER BY id LIMIT {probe}) found"
        all_of, all_params = bounded.condition(wanted)
        sql = (
            f"WITH near AS MATERIALIZED (SELECT id FROM {some} WHERE {condition}), "
            f"answering AS MATERIALIZED (SELECT id FROM {source} WHERE {all_of}), "
            f"rest AS (SELECT id FROM answering WHERE (SELECT COUNT(*) FROM near) < {further} LIMIT {bounded.READ}) "
            "SELECT id FROM (SELECT id FROM near UNION SELECT id FROM rest) person "
            f"WHERE id < 0 ORDER BY id LIMIT {most}"
        )
        params = [*params, *all_params]
    else:
        key = shelf.key()
        sql = f"SELECT {key} FROM {source} WHERE {condition} AND {key} < 0 ORDER BY {key} LIMIT {most}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [-row[0] for row in cursor.fetchall()]
