"""Verbs on persons that need to know what was said and asked: taking an address or a contract away."""

from __future__ import annotations

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from vikno.dialogs.models import Delivery, Dialog, Message, Participant
from vikno.journal.acts import Act
from vikno.people import actions as people
from vikno.people.actions.persons import Refused
from vikno.people.models import OPENS_LOGIN, Contract, Identity
from vikno.tickets.models import Ticket


def remove_address(identity: Identity, *, by: Act) -> None:
    """Take away an address that was never this person's. Raises Refused once something was said or asked by it, for
    then it is part of what happened, and if they sign in with it."""
    if identity.person.user_id is not None and identity.verified_by in OPENS_LOGIN:
        raise Refused(_("They sign in with this address, so it stays theirs."))
    if _was_used(identity):
        raise Refused(
            _("Something was written from this address or to it, so it stays. Block it, or prefer another one.")
        )
    try:
        with transaction.atomic():
            people.remove_identity(identity, by=by)
    except ProtectedError:  # something came meanwhile, or it stands where no index looks it up
        raise Refused(
            _("Something was written from this address or to it, so it stays. Block it, or prefer another one.")
        ) from None


def _was_used(identity: Identity) -> bool:
    asked = Ticket.objects.filter(requester=identity.person_id, identity=identity)
    said = (one.objects.filter(identity=identity) for one in (Dialog, Message, Delivery, Participant))
    return asked.exists() or any(one.exists() for one in said)


def remove_contract(contract: Contract, *, by: Act) -> None:
    """Take a contract away that was noted by mistake. Raises Refused if tickets are bound to it."""
    must_be_unbound(contract.id)
    people.remove_contract(contract, by=by)


def must_be_unbound(contract_id: int | None) -> None:
    """Raises Refused if tickets are bound to this contract: they would lose it silently."""
    if contract_id is not None and Ticket.objects.filter(contract=contract_id).exists():
        raise Refused(_("Tickets are bound to this contract, so it stays. Take it off them first."))
