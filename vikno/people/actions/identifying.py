"""Who is this? An address, phone or account leads to exactly one person, who comes into being the first time."""

from __future__ import annotations

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from vikno.core import rows
from vikno.core.text import one_line
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people import values
from vikno.people.actions.persons import Refused, create_person
from vikno.people.models import Identity, Person


def identify(
    kind: str, value: str, shown: str = "", name: str = "", language: str = "", *, by: Act | None = None
) -> Identity:
    """The identity under this value, with its person; both are made the first time somebody is met.

    `shown` is how it is written for people (else as `value`). `name` and `language` only fill what is still empty of a
    new person: what a stranger calls himself does not rename anybody. Two at once get the same identity, on both
    databases. Raises values.WrongValue.
    """
    normal = values.normal(kind, value)
    found = _find(kind, normal)
    if found is not None:
        return found
    act = by or acts.system()
    alone = not connection.in_atomic_block
    try:
        with transaction.atomic():
            # On SQLite we have the turn now, so that nobody comes between; inside a transaction we had it before.
            found = _find(kind, normal) if alone else None
            if found is not None:
                return found
            person = create_person(name, language=language, by=act)
            return _add(person, kind, normal, shown or value, act)
    except IntegrityError:  # on PostgreSQL another transaction was first; ours is undone, the person included
        found = _find(kind, normal)
        if found is None:
            raise
        return found


@transaction.atomic
def add_identity(person: Person, kind: str, value: str, shown: str = "", *, by: Act) -> Identity:
    """One more address, phone or account of a person we know.

    Raises values.WrongValue, and Refused if it is somebody else's: then these two persons may be joined.
    """
    normal = values.normal(kind, value)
    Person.objects.select_for_update(no_key=True).get(id=person.id)
    found = _find(kind, normal)
    if found is None:
        try:
            with transaction.atomic():
                return _add(person, kind, normal, shown or value, by)
        except IntegrityError:
            found = _find(kind, normal)
            if found is None:
                raise
    if found.person_id != person.id:
        raise Refused(_("This is known as another person's. If they are one human, join the two."))
    return found


def _find(kind: str, normal: str) -> Identity | None:
    found = rows.find_with(
        Identity, ["person"], "people_identity.kind = %s AND people_identity.value = %s", kind, normal
    )
    return found[0] if found else None


def _add(person: Person, kind: str, normal: str, shown: str, by: Act) -> Identity:
    identity = rows.add(Identity(person=person, kind=kind, value=normal, shown=one_line(shown, 254)))
    record(by, Verb.IDENTITY_ADDED, person=person.id, delta={"identity": [None, identity.id]})
    if kind == Identity.Kind.EMAIL and person.organisation_id is None:
        _guess_organisation(person, values.domain_of(normal), by)
    return identity


def _guess_organisation(person: Person, domain: str, by: Act) -> None:
    """Show the person with the organisation whose domain it is. A guess gives no sight: queries.organisations_seen."""
    found = rows.run("SELECT organisation_id FROM people_organisationdomain WHERE domain = %s", domain)
    if not found:
        return
    known = int(found[0][0])
    person.organisation_id, person.organisation_by_domain = known, True
    person.save(update_fields=["organisation", "organisation_by_domain"])
    record(by, Verb.PERSON_CHANGED, person=person.id, delta={"organisation": [None, known]})
