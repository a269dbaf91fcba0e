"""Two persons who are one human: shown as one by a pointer. Nothing moves, so it can be undone."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection, transaction
from django.utils.translation import gettext as _

from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people import queries
from vikno.people.actions.persons import Refused
from vikno.people.models import Person

_LOCK = 0x5649_4A4F  # of PostgreSQL's advisory locks: joins happen one at a time


class NotJoinable(Refused):
    """These two cannot be joined. The text says why."""


@transaction.atomic
def join(person: Person, to: Person, *, by: Act, signed_in: Collection[int] = ()) -> None:
    """Show `person` as one with `to`. Identities, dialogs, tickets and logins keep their owner.

    `signed_in` are the logins (ids of users) that the human before us has signed in to: two persons with logins are
    joined only by the one who signs in to both. Raises NotJoinable.
    """
    _one_at_a_time()
    absorbed, survivor = queries.root_of(person.id), queries.root_of(to.id)
    if absorbed == survivor:
        return
    both = queries.one_human(absorbed) | queries.one_human(survivor)
    rows = list(Person.objects.select_for_update(no_key=True).filter(id__in=both).order_by("id"))
    if any(row.erased_at for row in rows if row.id in (absorbed, survivor)):
        raise NotJoinable(_("One of the two was erased."))
    logins = {row.user_id for row in rows if row.user_id is not None}
    if len(logins) > 1 and not logins <= set(signed_in):
        raise NotJoinable(_("Both have a login. Only the one who signs in to both can join them."))
    Person.objects.filter(id=absorbed).update(joined_to=survivor)
    if person.id == absorbed:
        person.joined_to_id = survivor
    record(by, Verb.PERSON_JOINED, person=absorbed, delta={"joined_to": [None, survivor]})


@transaction.atomic
def unjoin(person: Person, *, by: Act) -> None:
    """Undo a join: the person stands alone again, with whoever had been joined to them."""
    _one_at_a_time()
    row = Person.objects.select_for_update(no_key=True).get(id=person.id)
    if row.joined_to_id is None:
        return
    before = row.joined_to_id
    row.joined_to_id = person.joined_to_id = None
    row.save(update_fields=["joined_to"])
    record(by, Verb.PERSON_UNJOINED, person=row.id, delta={"joined_to": [before, None]})


def _one_at_a_time() -> None:
    """Joins are rare and concern chains of rows that cannot be locked before they are known. Without this, two joins at
    once could make a ring. On SQLite writers take turns by themselves."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
