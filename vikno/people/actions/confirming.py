"""A person who signs in has proved a new address of theirs: they clicked the link that was sent there."""

from __future__ import annotations

from django.db import transaction

from vikno.journal import acts
from vikno.people import queries
from vikno.people.actions.identifying import add_identity
from vikno.people.actions.identities import verify_identity
from vikno.people.actions.joining import NotJoinable, join
from vikno.people.models import Identity, Person


@transaction.atomic
def address_confirmed(user_id: int, email: str) -> None:
    """Take a proved address over as an identity. If it was known as that of another person without a login, the two are
    one human now: who reads the mailbox signs in here."""
    person = Person.objects.filter(user_id=user_id).first()
    if person is None:
        return
    act = acts.person(person.id)
    known = queries.by_value(Identity.Kind.EMAIL, email)
    identity = known or add_identity(person, Identity.Kind.EMAIL, email, by=act)
    if identity.person_id != person.id:
        try:
            join(identity.person, person, by=act, signed_in=[user_id])
        except NotJoinable:
            return
    verify_identity(identity, Identity.Proof.LINK, by=act)
