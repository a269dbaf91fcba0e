"""Verbs on an identity that exists: what is known about it, and what it may do."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.accounts import actions as accounts
from vikno.core import clock
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.actions.persons import Refused
from vikno.people.models import OPENS_LOGIN, Former, Identity, Person


@transaction.atomic
def verify_identity(identity: Identity, how: str, *, by: Act) -> None:
    """Say that the identity is this person's, and how we know (Identity.Proof). A second proof takes the first one's
    place only if it is one that may open a login and the first was not."""
    row = Identity.objects.select_for_update(no_key=True).get(id=identity.id)
    how = Identity.Proof(how)
    if row.erased_at or (row.verified_by and not (how in OPENS_LOGIN and row.verified_by not in OPENS_LOGIN)):
        return
    before = row.verified_by
    row.verified_by, row.verified_at = how, clock.now()
    row.save(update_fields=["verified_by", "verified_at"])
    identity.verified_by, identity.verified_at = row.verified_by, row.verified_at
    record(
        by,
        Verb.IDENTITY_VERIFIED,
        person=row.person_id,
        delta={"identity": [row.id, row.id], "verified_by": [before or None, str(how)]},
    )
    if how in OPENS_LOGIN and row.kind == Identity.Kind.EMAIL:
        let_addresses_follow(row.person_id, [row.value])


@transaction.atomic
def take_back_word(identity: Identity, *, by: Act) -> None:
    """Undo an agent's word that the identity is this person's. A proof by the person themselves stays: Refused."""
    row = Identity.objects.select_for_update().get(id=identity.id)
    if row.verified_by != Identity.Proof.AGENT:
        raise Refused(_("This address was proved otherwise meanwhile. Nothing was undone."))
    row.verified_by, row.verified_at = "", None
    row.save(update_fields=["verified_by", "verified_at"])
    identity.verified_by, identity.verified_at = "", None
    delta = {"identity": [row.id, row.id], "verified_by": [str(Identity.Proof.AGENT), None]}
    record(by, Verb.IDENTITY_CHANGED, person=row.person_id, delta=delta)


@transaction.atomic
def mark_failed(identity: Identity, how: str = Identity.Failure.GONE, *, by: Act) -> None:
    """It does not take what is sent, and how (Identity.Failure): a bounce or a complaint said so. Since when stays; a
    complaint is not forgotten for a bounce."""
    row = Identity.objects.select_for_update().get(id=identity.id)
    before = row.failed_as if row.failed_at else None
    if before == how or before == Identity.Failure.COMPLAINT:
        return
    row.failed_at, row.failed_as = row.failed_at or clock.now(), how
    row.save(update_fields=["failed_at", "failed_as"])
    identity.failed_at, identity.failed_as = row.failed_at, row.failed_as
    delta = {"identity": [row.id, row.id], "failed_as": [before, str(how)]}
    record(by, Verb.IDENTITY_FAILED, person=row.person_id, delta=delta)


@transaction.atomic
def mark_working(identity: Identity, *, by: Act) -> None:
    """It takes again what is sent: somebody wrote from there, or an agent says so."""
    row = Identity.objects.select_for_update().get(id=identity.id)
    if row.failed_at is not None:
        before, row.failed_at, row.failed_as = row.failed_as, None, ""
        identity.failed_at, identity.failed_as = None, ""
        row.save(update_fields=["failed_at", "failed_as"])
        delta = {"identity": [row.id, row.id], "failed": [True, False], "failed_as": [before or None, None]}
        record(by, Verb.IDENTITY_CHANGED, person=row.person_id, delta=delta)


@transaction.atomic
def block_identity(identity: Identity, *, by: Act) -> None:
    """Hold what comes from here until a person lets it in."""
    row = Identity.objects.select_for_update().get(id=identity.id)
    if row.blocked_at is None:
        row.blocked_at = identity.blocked_at = clock.now()
        row.save(update_fields=["blocked_at"])
        _changed(row, "blocked", False, True, by)


@transaction.atomic
def unblock_identity(identity: Identity, *, by: Act) -> None:
    """Let in again what comes from here."""
    row = Identity.objects.select_for_update().get(id=identity.id)
    if row.blocked_at is not None:
        row.blocked_at = identity.blocked_at = None
        row.save(update_fields=["blocked_at"])
        _changed(row, "blocked", True, False, by)


@transaction.atomic
def prefer_identity(identity: Identity, *, by: Act) -> None:
    """Write to this one first, of those of its kind that the person has."""
    Person.objects.select_for_update(no_key=True).get(id=identity.person_id)
    row = Identity.objects.get(id=identity.id)
    if row.preferred:
        return
    others = Identity.objects.filter(person_id=row.person_id, kind=row.kind, preferred=True)
    before = others.values_list("id", flat=True).first()
    others.update(preferred=False)
    row.preferred = identity.preferred = True
    row.save(update_fields=["preferred"])
    delta = {"identity": [row.id, row.id], "preferred": [False, True], "preferred_one": [before, row.id]}
    record(by, Verb.IDENTITY_CHANGED, person=row.person_id, delta=delta)


@transaction.atomic
def prefer_none(identity: Identity, *, by: Act) -> None:
    """Undo that this one was preferred, where none was before."""
    row = Identity.objects.select_for_update().get(id=identity.id)
    if row.preferred:
        row.preferred = identity.preferred = False
        row.save(update_fields=["preferred"])
        _changed(row, "preferred", True, False, by)


@transaction.atomic
def remove_identity(identity: Identity, *, by: Act) -> None:
    """Take an address from a person that was never theirs. Only for one by which nothing was ever said: a room below
    has looked (vikno.tickets.actions.customers); the database refuses others."""
    Person.objects.select_for_update(no_key=True).get(id=identity.person_id)
    row = Identity.objects.select_for_update().get(id=identity.id)
    kept = {name: getattr(row, name) for name in ("kind", "value", "shown", "verified_by", "preferred", "failed_as")}
    for name in ("verified_at", "failed_at", "blocked_at", "created_at"):
        at = getattr(row, name)
        kept[name] = at.isoformat() if at else None
    former = Former.objects.create(person_id=row.person_id, what=Former.What.IDENTITY, data=kept)
    known, person = row.id, row.person_id
    row.delete()
    record(by, Verb.IDENTITY_REMOVED, person=person, delta={"identity": [known, None], "former": [former.id, None]})


def _changed(row: Identity, what: str, before: bool, after: bool, by: Act) -> None:
    delta = {"identity": [row.id, row.id], what: [before, after]}
    record(by, Verb.IDENTITY_CHANGED, person=row.person_id, delta=delta)


def let_addresses_follow(person_id: int, proved: list[str]) -> None:
    """The addresses for signing in follow the verified identities, one way. Only what was just proved is added: an
    address that its owner gave up as a way in does not come back by itself."""
    user = Person.objects.filter(id=person_id).values_list("user_id", flat=True).first()
    if user is not None:
        accounts.follow_addresses(user, proved)
