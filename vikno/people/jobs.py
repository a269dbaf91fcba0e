"""Work of people that is done later, by the engine."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from vikno.journal import acts
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.models import Identity, OrganisationDomain, Person

BATCH = 100


def adopt_domain(payload: dict[str, Any]) -> None:
    """Show people who write from a domain with its organisation, if they belong to none. May be called again."""
    organisation, domain = payload["organisation"], payload["domain"]
    last, act = 0, acts.system()
    while True:
        # The search runs over all addresses and so outside a transaction; each batch looks again at what it changes.
        found = Identity.objects.filter(
            kind=Identity.Kind.EMAIL, value__endswith=f"@{domain}", person__organisation=None, person_id__gt=last
        )
        batch = list(found.order_by("person_id").values_list("person_id", flat=True).distinct()[:BATCH])
        if not batch:
            return
        last = batch[-1]
        with transaction.atomic():
            if not OrganisationDomain.objects.filter(organisation=organisation, domain=domain).exists():
                return
            lone = Person.objects.select_for_update(no_key=True).filter(id__in=batch, organisation=None).order_by("id")
            for person in lone:
                person.organisation_id, person.organisation_by_domain = organisation, True
                person.save(update_fields=["organisation", "organisation_by_domain"])
                record(act, Verb.PERSON_CHANGED, person=person.id, delta={"organisation": [None, organisation]})
