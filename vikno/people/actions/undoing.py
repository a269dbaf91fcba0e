"""The inverses of the verbs of people, one for each kind of event. What somebody changed again since stays: Refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from vikno.journal.acts import Act
from vikno.journal.models import Event
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people import custom
from vikno.people.actions import identities, joining, organisations, persons
from vikno.people.actions.custom import put_back
from vikno.people.actions.persons import Refused
from vikno.people.models import Contract, Former, Identity, Organisation, OrganisationDomain, Person


def _cannot() -> Refused:
    return Refused(_("This cannot be undone."))


def _changed_since() -> Refused:
    return Refused(_("This was changed again since. Nothing was undone."))


def _former(event: Event) -> Former:
    """The words that an event points to. Raises Refused if they were erased, or a later change of the same stands."""
    row = Former.objects.filter(id=event.delta.get("former", [0])[0]).first()
    if row is None or not row.data:
        raise _cannot()
    return row


def _former_name(event: Event) -> str:
    row = _former(event)
    same = Former.objects.filter(person=row.person, organisation=row.organisation, what=Former.What.NAME)
    if same.filter(id__gt=row.id).exists():
        raise _changed_since()
    return str(row.data["name"])


def _person_back(event: Event, by: Act) -> None:
    person, delta = Person.objects.get(id=event.person_id or 0), event.delta
    if _values_back(event, person, by):
        return
    if "former" in delta and "named" in delta:
        persons.rename(person, _former_name(event), by=by)
    elif "language" in delta:
        if (person.language or None) != delta["language"][1]:
            raise _changed_since()
        persons.set_language(person, delta["language"][0] or "", by=by)
    elif "contract" in delta:
        _contract_back(event, by, person=person)
    elif "organisation" in delta:
        before, after = delta["organisation"]
        if person.organisation_id != after:
            raise _changed_since()
        guessed = bool(delta.get("by_domain", [False])[0])
        persons.set_organisation(person, Organisation.objects.filter(id=before).first(), by=by, by_domain=guessed)
    else:
        raise _cannot()


def _values_back(event: Event, holder: Person | Organisation, by: Act) -> bool:
    """Put values of custom fields back; answers whether the event tells of any."""
    told = [pair for name, pair in event.delta.items() if name.startswith(custom.PREFIX)]
    for before, after in told:
        put_back(holder, before, after, by=by)
    return bool(told)


def _contract_back(
    event: Event, by: Act, *, person: Person | None = None, organisation: Organisation | None = None
) -> None:
    before, after = event.delta["contract"]
    if before is not None and after is not None:
        _contract_as_before(event, by)
    elif after is not None:
        row = Contract.objects.filter(id=after).first()
        if row is None:
            raise _changed_since()
        organisations.remove_contract(row, by=by)
    elif before is not None:
        data = _former(event).data
        since, until = (date.fromisoformat(data[name]) if data[name] else None for name in ("since", "until"))
        organisations.add_contract(
            data["number"], person=person, organisation=organisation, since=since, until=until, by=by
        )


def _contract_as_before(event: Event, by: Act) -> None:
    former, row = _former(event), Contract.objects.filter(id=event.delta["contract"][1]).first()
    later = Former.objects.filter(what=Former.What.CONTRACT, id__gt=former.id, data__contract=former.data["contract"])
    if row is None or later.exists():
        raise _changed_since()
    since, until = (date.fromisoformat(former.data[name]) if former.data[name] else None for name in ("since", "until"))
    organisations.change_contract(row, former.data["number"], since, until, by=by)


def _organisation_back(event: Event, by: Act) -> None:
    delta = event.delta
    before, after = delta["organisation"]
    organisation = Organisation.objects.filter(id=after or before).first()
    if organisation is None:
        raise _changed_since()
    if before is None:
        organisations.drop_organisation(organisation, by=by)
    elif _values_back(event, organisation, by):
        return
    elif "contract" in delta:
        _contract_back(event, by, organisation=organisation)
    elif "domain" not in delta:
        organisations.rename_organisation(organisation, _former_name(event), by=by)
    elif delta["domain"][1] is None:
        organisations.add_domain(organisation, _former(event).data["domain"], by=by)
    elif (row := OrganisationDomain.objects.filter(id=delta["domain"][1]).first()) is not None:
        organisations.remove_domain(row, by=by)
    else:
        raise _changed_since()


def _identity_of(event: Event) -> Identity:
    found = Identity.objects.filter(id=event.delta["identity"][1] or 0, erased_at=None).first()
    if found is None:
        raise _changed_since()
    return found


def _identity_back(event: Event, by: Act) -> None:
    identity, delta = _identity_of(event), event.delta
    if "blocked" in delta:
        (identities.unblock_identity if delta["blocked"][1] else identities.block_identity)(identity, by=by)
    elif "failed_as" in delta:
        if identity.failed_at is not None:
            raise _changed_since()
        identities.mark_failed(identity, delta["failed_as"][0] or Identity.Failure.GONE, by=by)
    elif "preferred_one" in delta:
        if not identity.preferred:
            raise _changed_since()
        before = Identity.objects.filter(id=delta["preferred_one"][0] or 0, erased_at=None).first()
        if before is None:
            identities.prefer_none(identity, by=by)
        else:
            identities.prefer_identity(before, by=by)
    elif delta.get("verified_by", [None, ""])[1] is None:
        identities.verify_identity(identity, delta["verified_by"][0], by=by)
    else:
        raise _cannot()


def _verified_back(event: Event, by: Act) -> None:
    before, after = event.delta["verified_by"]
    if before is not None or after != Identity.Proof.AGENT:
        raise _cannot()
    identities.take_back_word(_identity_of(event), by=by)


def _removed_back(event: Event, by: Act) -> None:
    """The row that went comes back under its own id, to which events point."""
    former = _former(event)
    data = dict(former.data)
    for name in ("verified_at", "failed_at", "blocked_at", "created_at"):
        data[name] = datetime.fromisoformat(data[name]) if data[name] else None
    row = Identity(id=event.delta["identity"][0], person=former.person, **data)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise _changed_since() from None  # somebody else has it by now
    record(by, Verb.IDENTITY_ADDED, person=row.person_id, delta={"identity": [None, row.id]})


def _apart(event: Event, by: Act) -> None:
    person = Person.objects.get(id=event.person_id or 0)
    if person.joined_to_id != event.delta["joined_to"][1]:
        raise _changed_since()
    joining.unjoin(person, by=by)


def _together(event: Event, by: Act) -> None:
    person = Person.objects.get(id=event.person_id or 0)
    if person.joined_to_id is not None:
        raise _changed_since()
    joining.join(person, Person.objects.get(id=event.delta["joined_to"][0]), by=by)


INVERSES: dict[str, Callable[[Event, Act], None]] = {
    Verb.PERSON_CHANGED: _person_back,
    Verb.PERSON_JOINED: _apart,
    Verb.PERSON_UNJOINED: _together,
    Verb.IDENTITY_CHANGED: _identity_back,
    Verb.IDENTITY_VERIFIED: _verified_back,
    Verb.IDENTITY_REMOVED: _removed_back,
    Verb.ORGANISATION_CHANGED: _organisation_back,
}
