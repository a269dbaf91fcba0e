"""Verbs on organisations, their domains and contracts."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from vikno.core import jobs
from vikno.core.text import one_line, sort_key
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people import values
from vikno.people.actions.persons import Refused, must_be_as_seen, person_name
from vikno.people.models import Contract, Former, Organisation, OrganisationDomain, Person

ADOPT = "people.adopt_domain"  # the job that shows people of a new domain with their organisation


@transaction.atomic
def create_organisation(name: str, *, by: Act) -> Organisation:
    """A new organisation. Raises Refused without a name."""
    row = Organisation.objects.create(name=_named(name), sort_key=sort_key(_named(name)))
    record(by, Verb.ORGANISATION_CHANGED, delta={"organisation": [None, row.id]})
    return row


@transaction.atomic
def rename_organisation(organisation: Organisation, name: str, *, by: Act, seen: str | None = None) -> None:
    """Another name. Raises Refused without one, and if the name is not the one `seen`."""
    name = _named(name)
    row = Organisation.objects.select_for_update(no_key=True).get(id=organisation.id)
    if row.name == name:
        return
    must_be_as_seen(row.name, seen)
    former = Former.objects.create(organisation=row, what=Former.What.NAME, data={"name": row.name})
    row.name, row.sort_key = name, sort_key(name)
    row.save(update_fields=["name", "sort_key"])
    organisation.name, organisation.sort_key = row.name, row.sort_key
    record(by, Verb.ORGANISATION_CHANGED, delta={"organisation": [row.id, row.id], "former": [former.id, None]})


@transaction.atomic
def drop_organisation(organisation: Organisation, *, by: Act) -> None:
    """Undo that an organisation was made. Raises Refused once it has anything: persons, domains, contracts or values
    of fields."""
    row = Organisation.objects.select_for_update().get(id=organisation.id)
    if row.members.exists() or row.domains.exists() or row.contracts.exists() or _has_values(row):
        raise Refused(
            _("This organisation has persons, domains, contracts or values of fields by now. Nothing was undone.")
        )
    known = row.id
    row.delete()
    record(by, Verb.ORGANISATION_CHANGED, delta={"organisation": [known, None]})


def _has_values(row: Organisation) -> bool:
    return row.custom_values.filter(current=True).exists()


def _named(name: str) -> str:
    name = person_name(name)
    if not name:
        raise Refused(_("An organisation needs a name."))
    return name


@transaction.atomic
def add_domain(organisation: Organisation, domain: str, *, by: Act) -> OrganisationDomain:
    """Say that whoever writes from this domain belongs to the organisation. People known already are shown with it soon
    afterwards, by a job. Raises values.WrongValue, and Refused if the domain is another organisation's."""
    normal = values.domain(domain)
    try:
        with transaction.atomic():
            row, created = OrganisationDomain.objects.get_or_create(
                domain=normal, defaults={"organisation": organisation}
            )
    except IntegrityError:  # pragma: no cover - get_or_create reads again by itself
        raise Refused(_("This domain is another organisation's.")) from None
    if row.organisation_id != organisation.id:
        raise Refused(_("This domain is another organisation's."))
    if created:
        record(by, Verb.ORGANISATION_CHANGED, delta=_part(organisation, "domain", None, row.id))
        jobs.enqueue(ADOPT, {"organisation": organisation.id, "domain": normal}, unique=f"{ADOPT}:{normal}")
    return row


@transaction.atomic
def remove_domain(domain: OrganisationDomain, *, by: Act) -> None:
    """The domain is nobody's again. People stay with the organisation until somebody says otherwise; sight by this
    domain ends at once."""
    known, of = domain.pk, domain.organisation
    if OrganisationDomain.objects.filter(id=known).delete()[0]:
        former = Former.objects.create(organisation=of, what=Former.What.DOMAIN, data={"domain": domain.domain})
        record(by, Verb.ORGANISATION_CHANGED, delta=_part(of, "domain", known, None) | {"former": [former.id, None]})


@transaction.atomic
def add_contract(
    number: str,
    *,
    person: Person | None = None,
    organisation: Organisation | None = None,
    since: date | None = None,
    until: date | None = None,
    by: Act,
) -> Contract:
    """A contract of a person or of an organisation, exactly one of them. Raises Refused if the number is taken."""
    if (person is None) == (organisation is None):
        raise ValueError("a contract has one holder")
    number = _numbered(number, since, until)
    try:
        with transaction.atomic():
            row = Contract.objects.create(
                number=number, person=person, organisation=organisation, since=since, until=until
            )
    except IntegrityError:
        raise Refused(_("There is a contract with this number already.")) from None
    _record_contract(row, None, row.id, by)
    return row


@transaction.atomic
def remove_contract(contract: Contract, *, by: Act) -> None:
    """The contract is no longer known. Tickets lose their pointer to it and stay."""
    known = contract.pk
    if Contract.objects.filter(id=known).delete()[0]:
        former = _former_contract(contract)
        _record_contract(contract, known, None, by, former)


@transaction.atomic
def change_contract(
    contract: Contract, number: str, since: date | None, until: date | None, *, by: Act, seen: str | None = None
) -> None:
    """Another number, or other days; requests that are bound to it stay so. `seen` is what its `as_seen` was when the
    change was begun. Raises Refused if the number is taken, the days make no sense, or it was changed since."""
    number = _numbered(number, since, until)
    row = Contract.objects.select_for_update(no_key=True, of=("self",)).filter(id=contract.pk).first()
    if row is None:
        raise Refused(_("This contract is no longer known."))
    if (row.number, row.since, row.until) == (number, since, until):
        return
    must_be_as_seen(as_seen(row), seen)
    former = _former_contract(row)
    row.number, row.since, row.until = number, since, until
    try:
        with transaction.atomic():
            row.save(update_fields=["number", "since", "until"])
    except IntegrityError:
        raise Refused(_("There is a contract with this number already.")) from None
    _record_contract(row, row.id, row.id, by, former)


def as_seen(contract: Contract) -> str:
    """What a page showed of a contract, to tell later whether somebody else has changed it."""
    return f"{contract.number}|{contract.since or ''}|{contract.until or ''}"


def _numbered(number: str, since: date | None, until: date | None) -> str:
    number = one_line(number)
    if not number or len(number) > 60:
        raise Refused(_("A contract number has between 1 and 60 characters."))
    if since and until and until < since:
        raise Refused(_("The contract ends before it begins."))
    return number


def _former_contract(row: Contract) -> Former:
    days = {name: day.isoformat() if (day := getattr(row, name)) else None for name in ("since", "until")}
    return Former.objects.create(
        person_id=row.person_id, organisation_id=row.organisation_id, what=Former.What.CONTRACT,
        data={"contract": row.pk, "number": row.number, **days},
    )  # fmt: skip


def _record_contract(
    row: Contract, before: int | None, after: int | None, by: Act, former: Former | None = None
) -> None:
    pointed = {"former": [former.id, None]} if former else {}
    if row.person_id is not None:
        record(by, Verb.PERSON_CHANGED, person=row.person_id, delta={"contract": [before, after]} | pointed)
    elif row.organisation is not None:
        record(by, Verb.ORGANISATION_CHANGED, delta=_part(row.organisation, "contract", before, after) | pointed)


def _part(organisation: Organisation, what: str, before: int | None, after: int | None) -> dict[str, list[int | None]]:
    return {"organisation": [organisation.id, organisation.id], what: [before, after]}
