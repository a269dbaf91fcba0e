"""People and organisations by their names, addresses, phones and contract numbers: they come before the tickets. Whom
an agent may look up is decided by `access.people_for`."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from vikno.people.models import Identity
from vikno.search import bounded, marks, shelf
from vikno.search.expressions import expression
from vikno.search.language import Query
from vikno.staff.access import Viewer
from vikno.tickets import access

MOST = 5
LOOKED_AT = (30, 300, 3_000)  # so many that answer are asked for one after another, until enough of them are seen
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
    rows = Identity.objects.filter(person__in=list(seen), erased_at=None).order_by("-preferred", "id")
    for pk, shown in rows.values_list("person_id", "shown"):
        addresses.setdefault(pk, []).append(shown)
    return [Found(pk, name, tuple(addresses.get(pk, ())), firm or "") for pk, (name, firm) in seen.items()]


def _seen(viewer: Viewer, active: str, wanted: str, most: int, marked: bool) -> dict[int, tuple[str, str | None]]:
    """The newest persons that answer an expression and that the viewer may look up, with their organisation. Those who
    are hidden from the viewer take the place of nobody: as long as too few are seen, more are looked at. Who asked for
    a request that the viewer sees is told at once; who else may be looked up, by all that was written, which is asked
    only if those are too few: a newer one may so be passed over for who asked."""
    seen: dict[int, tuple[str, str | None]] = {}
    before = 0
    for count in LOOKED_AT:
        ids = _ids(active, wanted, count, marked)
        further = ids[before:]
        for may_be_seen in (access.requesters_for, access.people_for):
            if len(seen) < most and (unseen := [pk for pk in further if pk not in seen]):
                persons = may_be_seen(viewer).filter(id__in=unseen)
                seen |= {pk: (name, firm) for pk, name, firm in persons.values_list("id", "name", "organisation__name")}
        if len(seen) >= most or len(ids) < count:
            break
        before = len(ids)
    return {pk: seen[pk] for pk in [pk for pk in ids if pk in seen][:most]}


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
