"""Verbs on a person."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.accounts import actions as accounts
from vikno.accounts.models import User
from vikno.core import rows
from vikno.core.models import LANGUAGES
from vikno.core.text import one_line, sort_key
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.models import OPENS_LOGIN, Identity, Organisation, Person

LONGEST_NAME = 200
_LANGUAGES = frozenset(code for code, _name in LANGUAGES)


class Refused(Exception):
    """The change cannot be made. The text says why, for people."""


def person_name(text: str) -> str:
    """A name as it is kept: on one line, without control and direction marks, cut to the column's length."""
    return one_line(text, LONGEST_NAME)


@transaction.atomic(savepoint=False)
def create_person(name: str = "", *, language: str = "", by: Act) -> Person:
    """A new person with no identity yet. A language that Vikno does not speak counts as unknown."""
    name = person_name(name)
    person = rows.add(Person(name=name, sort_key=sort_key(name), language=language if language in _LANGUAGES else ""))
    record(by, Verb.PERSON_CREATED, person=person.id)
    return person


@transaction.atomic
def rename(person: Person, name: str, *, by: Act) -> None:
    """Give the person another name. The event says that it changed, not the words."""
    row = Person.objects.select_for_update(no_key=True).get(id=person.id)
    name = person_name(name)
    if row.name == name:
        return
    had_one = bool(row.name)
    row.name, row.sort_key = name, sort_key(name)
    row.save(update_fields=["name", "sort_key"])
    person.name, person.sort_key = row.name, row.sort_key
    record(by, Verb.PERSON_CHANGED, person=row.id, delta={"named": [had_one, bool(name)]})


@transaction.atomic
def set_organisation(person: Person, organisation: Organisation | None, *, by: Act) -> None:
    """Say to which organisation the person belongs, or that they belong to none. Takes the place of a guess by
    domain."""
    row = Person.objects.select_for_update(no_key=True).get(id=person.id)
    before, after = row.organisation_id, organisation.id if organisation else None
    if before == after and not row.organisation_by_domain:
        return
    row.organisation, row.organisation_by_domain = organisation, False
    row.save(update_fields=["organisation", "organisation_by_domain"])
    person.organisation, person.organisation_by_domain = organisation, False
    record(by, Verb.PERSON_CHANGED, person=row.id, delta={"organisation": [before, after]})


@transaction.atomic
def give_login(person: Person, user: User, *, by: Act) -> None:
    """Let this person sign in as `user`. Raises Refused if they have another login already."""
    row = Person.objects.select_for_update(no_key=True).get(id=person.id)
    if row.user_id not in (None, user.id):
        raise Refused(_("This person has a login already."))
    if row.erased_at:
        raise Refused(_("This person was erased."))
    if row.user_id == user.id:
        return
    row.user = person.user = user
    row.save(update_fields=["user"])
    record(by, Verb.PERSON_CHANGED, person=row.id, delta={"login": [None, user.id]})
    proved = row.identities.filter(kind=Identity.Kind.EMAIL, verified_by__in=OPENS_LOGIN, erased_at=None)
    accounts.follow_addresses(user.id, list(proved.values_list("value", flat=True)))
