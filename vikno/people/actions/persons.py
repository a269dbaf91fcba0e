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
from vikno.people.models import OPENS_LOGIN, Former, Identity, Organisation, Person

LONGEST_NAME = 200
_LANGUAGES = frozenset(code for code, _name in LANGUAGES)


class Refused(Exception):
    """The change cannot be made. The text says why, for people."""


def must_be_as_seen(now: str, seen: str | None) -> None:
    """Raises Refused if this is no more what a page showed when somebody began to change it (None: it showed none)."""
    if seen is not None and one_line(seen) != one_line(now):
        raise Refused(
            _("Not done: a colleague has changed this meanwhile. It is “%(now)s” now.") % {"now": one_line(now, 80)}
        )


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
def rename(person: Person, name: str, *, by: Act, seen: str | None = None) -> None:
    """Give the person another name. The event says that it changed, not the words; it points to the former ones.
    Raises Refused if the name is not the one `seen`."""
    row = Person.objects.select_for_update(no_key=True).get(id=person.id)
    name = person_name(name)
    if row.name == name:
        return
    must_be_as_seen(row.name, seen)
    had_one = bool(row.name)
    former = Former.objects.create(person=row, what=Former.What.NAME, data={"name": row.name})
    row.name, row.sort_key = name, sort_key(name)
    row.save(update_fields=["name", "sort_key"])
    person.name, person.sort_key = row.name, row.sort_key
    delta = {"named": [had_one, bool(name)], "former": [former.id, None]}
    record(by, Verb.PERSON_CHANGED, person=row.id, delta=delta)


@transaction.atomic
def set_language(person: Person, language: str, *, by: Act, seen: str | None = None) -> None:
    """In which language to write to the person; "" is unknown. Raises Refused for one that Vikno does not speak, and if
    it is not the one `seen`."""
    row = Person.objects.select_for_update(no_key=True).get(id=person.id)
    if language and language not in _LANGUAGES:
        raise Refused(_("What was chosen is no longer there. Choose again."))
    if row.language == language:
        return
    names = dict(LANGUAGES)
    must_be_as_seen(names.get(row.language, "–"), None if seen is None else names.get(seen, "–"))
    before, row.language = row.language, language
    row.save(update_fields=["language"])
    person.language = language
    record(by, Verb.PERSON_CHANGED, person=row.id, delta={"language": [before or None, language or None]})


@transaction.atomic
def set_organisation(
    person: Person, organisation: Organisation | None, *, by: Act, seen: str | None = None, by_domain: bool = False
) -> None:
    """Say to which organisation the person belongs, or that they belong to none. Takes the place of a guess by
    domain, or (`by_domain`, for an undo) is one again. Raises Refused if it is not the one `seen` (its name)."""
    row = Person.objects.select_for_update(no_key=True).get(id=person.id)
    before, after = row.organisation_id, organisation.id if organisation else None
    guessed, by_domain = row.organisation_by_domain, by_domain and organisation is not None
    if before == after and guessed == by_domain:
        return
    must_be_as_seen(row.organisation.name if row.organisation else "", seen)
    row.organisation, row.organisation_by_domain = organisation, by_domain
    row.save(update_fields=["organisation", "organisation_by_domain"])
    person.organisation, person.organisation_by_domain = organisation, by_domain
    record(
        by,
        Verb.PERSON_CHANGED,
        person=row.id,
        delta={"organisation": [before, after], "by_domain": [guessed, by_domain]},
    )


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
