"""People and organisations by their names, addresses, phones and contract numbers: they come before the tickets. The
company's people are known to all of its agents."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from vikno.people.models import Identity, Person
from vikno.search import marks, shelf
from vikno.search.language import Query
from vikno.search.matching import expression

MOST = 5
PROBE = 400  # people, the newest, that are looked at one by one


@dataclass(frozen=True, slots=True)
class Found:
    """One person. `asks_for` is what to look for to see all of their tickets."""

    id: int
    name: str
    addresses: tuple[str, ...]
    organisation: str
    asks_for: str


def find(active: str, query: Query, most: int = MOST, *, marked: bool = True) -> list[Found]:
    """People whom all words of a query name; none where fields or exclusions are asked for too. Two queries more if
    there are any. Where not all entries are `marked`, those without the sign of people are asked for too."""
    if not query.sought or query.fields or query.without:
        return []
    wanted = [expression(one, marks.PERSON) for one in query.sought]
    if not marked:
        wanted = [shelf.either([signed, expression(one)]) for signed, one in zip(wanted, query.sought, strict=True)]
    ids = _ids(active, shelf.all_of(wanted), most)
    if not ids:
        return []
    addresses: dict[int, list[str]] = {}
    rows = Identity.objects.filter(person__in=ids, erased_at=None).order_by("-preferred", "id")
    for pk, shown in rows.values_list("person_id", "shown"):
        addresses.setdefault(pk, []).append(shown)
    persons = Person.objects.filter(id__in=ids, erased_at=None)
    found = {
        pk: Found(pk, name, tuple(addresses.get(pk, ())), organisation or "", _asks(name, addresses.get(pk, [])))
        for pk, name, organisation in persons.values_list("id", "name", "organisation__name")
    }
    return [found[pk] for pk in ids if pk in found]


def _ids(active: str, wanted: str, most: int) -> list[int]:
    """The newest persons that answer an expression."""
    condition, params = shelf.condition(active, wanted)
    source = shelf.source(active)
    if connection.vendor == "postgresql":
        # A name that many have is found among the newest; else the index is asked, which knows no order. The planner
        # would walk all people for a name that nobody has.
        some = f"(SELECT id, vector FROM {source} WHERE id < 0 ORDER BY id LIMIT {PROBE}) found"
        sql = (
            f"WITH near AS MATERIALIZED (SELECT id FROM {some} WHERE {condition}), "
            f"rest AS (SELECT id FROM {source} WHERE {condition} AND (SELECT COUNT(*) FROM near) < {most}) "
            f"SELECT id FROM near UNION SELECT id FROM rest ORDER BY id LIMIT {most}"
        )
        params = [*params, *params]
    else:
        key = shelf.key()
        sql = f"SELECT {key} FROM {source} WHERE {condition} AND {key} < 0 ORDER BY {key} LIMIT {most}"
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [-row[0] for row in cursor.fetchall()]


def _asks(name: str, addresses: list[str]) -> str:
    value = next((one for one in addresses if "@" in one), addresses[0] if addresses else name)
    return f'from:"{value}"' if " " in value else f"from:{value}"
