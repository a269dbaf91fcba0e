"""Named reads of persons. Pages that show a human follow the pointers of joined persons; sight never does."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection
from django.db.models import Q

from vikno.core import rows
from vikno.people import values
from vikno.people.models import Identity, OrganisationDomain, Person
from vikno.people.providers import is_shared

_ROOT = """
WITH RECURSIVE up(id, joined_to_id) AS (
    SELECT id, joined_to_id FROM people_person WHERE id = %s
    UNION SELECT p.id, p.joined_to_id FROM people_person p JOIN up ON p.id = up.joined_to_id
) SELECT id FROM up WHERE joined_to_id IS NULL
"""
_ALL = """
WITH RECURSIVE up(id, joined_to_id) AS (
    SELECT id, joined_to_id FROM people_person WHERE id = %s
    UNION SELECT p.id, p.joined_to_id FROM people_person p JOIN up ON p.id = up.joined_to_id
), down(id) AS (
    SELECT id FROM up WHERE joined_to_id IS NULL
    UNION SELECT p.id FROM people_person p JOIN down ON p.joined_to_id = down.id
) SELECT id FROM down
"""


def root_of(person_id: int) -> int:
    """The person as whom this one is shown: itself, unless joined to another. Raises Person.DoesNotExist."""
    with connection.cursor() as cursor:
        cursor.execute(_ROOT, [person_id])
        row = cursor.fetchone()
    if row is None:
        raise Person.DoesNotExist(f"no person {person_id}")
    return int(row[0])


def one_human(person_id: int) -> set[int]:
    """The ids of all persons that are one human with this one, itself included; empty if there is no such person.

    For what a page shows about a human. What a login may see follows from `identities_seen` alone.
    """
    return {int(one) for (one,) in rows.run(_ALL, person_id)}


_HUMANS = """
WITH RECURSIVE up (asked, id, joined_to_id) AS (
    SELECT id, id, joined_to_id FROM people_person WHERE id IN ({slots})
    UNION SELECT up.asked, p.id, p.joined_to_id FROM people_person p JOIN up ON p.id = up.joined_to_id
), down (asked, id) AS (
    SELECT asked, id FROM up WHERE joined_to_id IS NULL
    UNION SELECT down.asked, p.id FROM people_person p JOIN down ON p.joined_to_id = down.id
) SELECT asked, id FROM down
"""


def humans(person_ids: Collection[int]) -> dict[int, set[int]]:
    """As `one_human`, of each of these persons that there is; one statement for five hundred of them."""
    asked, found = sorted(set(person_ids)), dict[int, set[int]]()
    for start in range(0, len(asked), 500):
        part = asked[start : start + 500]
        for pk, same in rows.run(_HUMANS.format(slots=rows.places(part)), *part):
            found.setdefault(pk, set()).add(same)
    return found


def by_value(kind: str, value: str) -> Identity | None:
    """The identity under this value, in whatever way it is written, with its person; None if unknown or no such
    value."""
    try:
        normal = values.normal(kind, value)
    except values.WrongValue:
        return None
    return Identity.objects.select_related("person").filter(kind=kind, value=normal).first()


def preferred_identity(person_id: int, kind: str = Identity.Kind.EMAIL) -> Identity | None:
    """Where to write first to this human, own or joined: preferred, then verified, then oldest; never one that is
    erased or does not work."""
    usable = Identity.objects.filter(person_id__in=one_human(person_id), kind=kind, erased_at=None, failed_at=None)
    return min(usable, key=lambda one: (not one.preferred, not one.verified_by, one.id), default=None)


def identities_seen(person_id: int) -> set[int]:
    """The identities whose requests the login of this person sees in the portal: its own verified ones. Joining widens
    nobody's sight, so joined persons do not count."""
    mine = Identity.objects.filter(person_id=person_id, verified_at__isnull=False, erased_at=None)
    return set(mine.values_list("id", flat=True))


def organisations_seen(person_id: int) -> set[int]:
    """The organisations to which this person belongs for sight: by the domain of a verified address, or because an
    agent said so. A guess by an unverified address does not count."""
    verified = Identity.objects.filter(person_id=person_id, verified_at__isnull=False, erased_at=None)
    proofs = list(verified.values_list("kind", "value"))
    domains = {values.domain_of(value) for kind, value in proofs if kind == Identity.Kind.EMAIL}
    found = set(OrganisationDomain.objects.filter(domain__in=domains).values_list("organisation_id", flat=True))
    if proofs:
        said = Person.objects.filter(Q(id=person_id) & Q(organisation_by_domain=False) & ~Q(organisation=None))
        found |= set(said.values_list("organisation_id", flat=True))
    return found


MOST_NAMESAKES = 30  # of one name that are looked at


def likely_same(human: set[int]) -> dict[int, str]:
    """Persons who may be the same human as these persons (ids), each with why: "organisation" (of the same name and
    organisation), "domain" (of the same name, writing from the same domain that is no provider's) or "address" (of the
    same name, before the @ too). Joined and erased ones are left out; who may look at them is not asked here."""
    mine = list(Person.objects.filter(id__in=human).values_list("sort_key", "organisation_id"))
    keys = {key for key, _ in mine if key}
    if not keys:
        return {}
    namesakes = Person.objects.filter(sort_key__in=keys, joined_to=None, erased_at=None).exclude(id__in=human)
    found = dict(namesakes.order_by("id").values_list("id", "organisation_id")[:MOST_NAMESAKES])
    if not found:
        return {}
    addresses = Identity.objects.filter(person_id__in={*human, *found}, kind=Identity.Kind.EMAIL, erased_at=None)
    marks: dict[int, set[tuple[str, str]]] = {}
    for person, value in addresses.values_list("person_id", "value"):
        local, _at, domain = value.rpartition("@")
        own = set() if is_shared(domain) else {("domain", domain)}
        marks.setdefault(person, set()).update({("address", local)} | own)
    ours = set().union(*(marks.get(one, set()) for one in human))
    organisations = {one for _, one in mine if one}
    likely = {}
    for person, organisation in found.items():
        common = {kind for kind, _ in marks.get(person, set()) & ours}
        why = "organisation" if organisation in organisations else next(iter(sorted(common, reverse=True)), "")
        if why:
            likely[person] = why
    return likely


def of_proved_addresses(person_ids: Collection[int], addresses: Collection[str]) -> set[int]:
    """Those of these persons who have one of these addresses, verified."""
    normal = [values.email(address) for address in addresses]
    found = Identity.objects.filter(person__in=person_ids, kind=Identity.Kind.EMAIL, value__in=normal, erased_at=None)
    return set(found.filter(verified_at__isnull=False).values_list("person_id", flat=True))
