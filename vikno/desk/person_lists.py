"""Which persons stand on the page of customers, and how each is drawn. Bounded however many there are: they are walked
in an index, and no more are looked at than a page can need."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core import rows as sql
from vikno.core.clock import aware
from vikno.core.text import sort_key, whole_number
from vikno.core.times import full_time, short_times
from vikno.desk.face import Desk
from vikno.desk.rows import hue, initials
from vikno.people import queries
from vikno.people.models import Contract, CustomValue, Identity, Organisation, OrganisationDomain, Person
from vikno.search.find import persons as found_persons
from vikno.staff.access import Viewer
from vikno.tickets import access, people_access
from vikno.tickets.subjects import subject_words

PAGE = 50
MOST_FOUND = 50
PROBES = (PAGE + 1, 200, 800)  # persons looked at, portion by portion, where some are out of the viewer's sight
MOST_SHOWN = 3  # addresses of a person in a row
SORTS = ("newest", "name")


@dataclass(frozen=True, slots=True)
class Page:
    """Ids in their order, and the cursor of what follows ("" at the end)."""

    ids: list[int]
    after: str


def page(viewer: Viewer, sort: str, cursor: str, *, of: Organisation | None = None) -> Page:
    """One page of persons that the viewer may look up, those joined to another left out. Where many are hidden a page
    may be shorter than others and still have one after it."""
    people = Person.objects.all() if of is None else Person.objects.filter(organisation=of)
    after = whole_number(cursor)
    if after is not None:
        people = people.filter(_beyond(sort, after))
    people = people.filter(sort_key__gt="").order_by("sort_key", "id") if sort == "name" else people.order_by("-id")
    found: list[int] = []
    last = 0
    for portion in PROBES:
        step = people.filter(_beyond(sort, last)) if last else people
        # Joined and erased ones are left out here: SQLite would look all others up by these columns, and then sort.
        rows: list[Any] = list(step.values_list("id", "joined_to_id", "erased_at")[:portion])
        ids = [pk for pk, joined_to, erased in rows if joined_to is None and erased is None]
        seen = people_access.seen_of(viewer, ids)
        found += [pk for pk in ids if pk in seen]
        last = rows[-1][0] if rows else 0
        if len(found) > PAGE or len(rows) < portion:
            more = len(found) > PAGE
            return Page(found[:PAGE], str(found[PAGE - 1]) if more else "")
    return Page(found, str(last))


def _beyond(sort: str, person_id: int) -> Q:
    """What comes after a person in an order; by name those without one are left out, they are the newest page's."""
    if sort != "name":
        return Q(id__lt=person_id)
    key = Person.objects.filter(id=person_id).values_list("sort_key", flat=True).first() or ""
    return Q(sort_key__gte=key) & (Q(sort_key__gt=key) | Q(id__gt=person_id))


def search(viewer: Viewer, text: str, most: int = MOST_FOUND) -> tuple[list[int], bool]:
    """Persons whom a text names, and whether there are more than `most`: first who has this very address, phone or
    contract, then who is found by words of names, addresses and numbers, then members of an organisation of this name
    or domain. Who is joined to another is shown as that one."""
    ids = [*_of_this_value(text), *(one.id for one in found_persons(viewer, text, most + 1)), *_members(text, most + 1)]
    seen = people_access.seen_of(viewer, ids)
    shown = _as_shown(viewer, [pk for pk in dict.fromkeys(ids) if pk in seen])
    return shown[:most], len(shown) > most


def _of_this_value(text: str) -> list[int]:
    value = text.strip()[:254]
    identities = [queries.by_value(kind, value) for kind in (Identity.Kind.EMAIL, Identity.Kind.PHONE)]
    found = [one.person_id for one in identities if one is not None and one.erased_at is None]
    for contract in Contract.objects.filter(number=value):
        found += [contract.person_id] if contract.person_id else _of_organisation([contract.organisation_id or 0])
    return found


def _members(text: str, most: int) -> list[int]:
    organisations = organisations_named(text)[:5]
    return _of_organisation([one.id for one in organisations], most) if organisations else []


def _of_organisation(ids: Collection[int], most: int = MOST_FOUND) -> list[int]:
    people = Person.objects.filter(organisation_id__in=ids, erased_at=None)
    return list(people.order_by("-id").values_list("id", flat=True)[:most])


def organisations_named(text: str) -> QuerySet[Organisation]:
    """Organisations whose name begins so, or who have this very domain, contract or text in a custom field."""
    plain = text.strip()
    if not plain:
        return Organisation.objects.none()
    domains = OrganisationDomain.objects.filter(domain=plain.lower().lstrip("@")[:253])
    contracts = Contract.objects.filter(number=plain[:60], organisation__isnull=False)
    named = Q(sort_key__startswith=sort_key(plain)) if sort_key(plain) else Q(pk__in=())
    said = CustomValue.objects.filter(text=plain[:500], current=True, organisation__isnull=False)
    by_part = Q(id__in=domains.values("organisation")) | Q(id__in=contracts.values("organisation"))
    by_part |= Q(id__in=said.values("organisation"))
    return Organisation.objects.filter(named | by_part).order_by("sort_key", "id")


def _as_shown(viewer: Viewer, ids: Sequence[int]) -> list[int]:
    """Each joined person as the one they are shown as, if the viewer may look that one up too."""
    joined = list(Person.objects.filter(id__in=ids, joined_to__isnull=False).values_list("id", flat=True))
    roots = {pk: queries.root_of(pk) for pk in joined}
    seen = people_access.seen_of(viewer, roots.values())
    return list(dict.fromkeys(roots[pk] if roots.get(pk) in seen else pk for pk in ids))


def draw(desk: Desk, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Rows of the table for these persons, in this order. Four queries."""
    if not ids:
        return []
    people = {
        row[0]: row[1:]
        for row in Person.objects.filter(id__in=ids).values_list(
            "id", "name", "organisation_id", "organisation__name", "agent__id"
        )
    }
    addresses: dict[int, list[tuple[str, bool, bool]]] = {}
    identities = Identity.objects.filter(person_id__in=ids, erased_at=None).order_by("-preferred", "id")
    for pk, shown, verified, blocked in identities.values_list("person_id", "shown", "verified_by", "blocked_at"):
        addresses.setdefault(pk, []).append((shown, bool(verified), blocked is not None))
    contracts: dict[int, list[str]] = {}
    for pk, number in Contract.objects.filter(person_id__in=ids).order_by("id").values_list("person_id", "number"):
        contracts.setdefault(pk or 0, []).append(number)
    last = _last_tickets(desk.viewer, ids)
    language = translation.get_language() or "en"
    short = short_times(desk.zone, language)
    drawn = []
    for pk in ids:
        if pk not in people:
            continue
        name, organisation_id, organisation, agent = people[pk]
        known = addresses.get(pk, [])
        name = name or (known[0][0] if known else _("Unknown"))
        ticket = last.get(pk)
        drawn.append({
            "id": pk, "url": reverse("desk:person", args=[pk]), "name": name, "initials": initials(name),
            "hue": hue(pk), "addresses": known[:MOST_SHOWN], "more": max(len(known) - MOST_SHOWN, 0),
            "contracts": ", ".join(contracts.get(pk, [])[:MOST_SHOWN]), "organisation": organisation or "",
            "organisation_url": reverse("desk:organisation", args=[organisation_id]) if organisation_id else "",
            "colleague": agent is not None, "blocked": bool(known) and all(blocked for *_rest, blocked in known),
            "ticket": ticket and {
                "url": reverse("desk:ticket", args=[ticket[0]]), "stage": ticket[1],
                "subject": subject_words(ticket[2]),
                "when_iso": ticket[3].isoformat(timespec="seconds"), "when_text": short(ticket[3]),
                "when_full": full_time(ticket[3], desk.zone, language),
            },
        })  # fmt: skip
    return drawn


def _last_tickets(viewer: Viewer, ids: Sequence[int]) -> dict[int, tuple[int, str, str, Any]]:
    """The newest ticket of each of these persons that the viewer sees: number, stage, subject, when it was asked."""
    seen, values = access.where(viewer)
    newest = (
        "SELECT tickets_ticket.id FROM tickets_ticket WHERE tickets_ticket.requester_id = people_person.id "
        f"AND tickets_ticket.merged_into_id IS NULL AND tickets_ticket.deleted_at IS NULL AND ({seen}) "
        "ORDER BY tickets_ticket.created_at DESC LIMIT 1"
    )
    told = (
        "SELECT t.requester_id, t.number, t.stage, t.subject, t.created_at FROM tickets_ticket t WHERE t.id IN "
        f"(SELECT ({newest}) FROM people_person WHERE people_person.id IN ({sql.places(list(ids))}))"
    )
    with connection.cursor() as cursor:
        cursor.execute(told, [*values, *ids])
        return {row[0]: (row[1], row[2], row[3], aware(row[4])) for row in cursor.fetchall()}
