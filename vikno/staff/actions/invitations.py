"""Verbs on invitations: how a colleague gets in without anybody knowing their password."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.accounts import letters, security
from vikno.accounts.actions import AddressTaken
from vikno.accounts.adapter import language_of
from vikno.core import clock, ids
from vikno.core.models import Company
from vikno.journal import acts
from vikno.journal.acts import Act, Kind
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people import values
from vikno.people.actions.persons import Refused, person_name
from vikno.staff.actions.agents import employ, user_of
from vikno.staff.models import Agent, Invitation, Team
from vikno.staff.rights import GIVES

log = structlog.get_logger(__name__)

LIFETIME = timedelta(days=7)


class InvitationOver(Refused):
    """The invitation was used, withdrawn, is too old, or never was. The text says what to do."""


@transaction.atomic
def invite(
    email: str,
    *,
    name: str = "",
    role: str = Agent.Role.AGENT,
    teams: Collection[Team] = (),
    lifetime: timedelta = LIFETIME,
    by: Act,
) -> tuple[Invitation, str]:
    """Invite somebody to the desk; answers the row and its secret, which is kept nowhere. A letter with the link goes
    out too. An earlier invitation of this address is withdrawn. Raises values.WrongValue,
    Refused."""
    email = values.email(email)
    if Agent.objects.filter(person__user__email=email).exists():
        raise Refused(_("There is an agent with this address already. One who left can be activated again."))
    for older in waiting().filter(email=email):
        withdraw(older, by=by)
    secret = ids.token()
    invitation = Invitation.objects.create(
        email=email,
        name=person_name(name),
        role=Agent.Role(role),
        digest=ids.digest(secret),
        invited_by_id=by.actor.id if by.actor.kind == Kind.AGENT else None,
        expires_at=clock.now() + lifetime,
    )
    invitation.teams.set(teams)
    delta = {"invitation": [None, invitation.id], "role": [None, str(invitation.role)]}
    record(by, Verb.AGENT_INVITED, delta=delta)
    security.log(security.Kind.INVITED, by=user_of(by), invitation=invitation.id, role=str(invitation.role))
    try:
        _send(invitation, secret)
    except OSError:  # the inviter is shown the link as well, so the invitation stands
        log.warning("the letter of an invitation could not be written", invitation=invitation.id, exc_info=True)
    return invitation, secret


def address_of(secret: str) -> str:
    """The whole address of an invitation's page."""
    return f"{settings.BASE_URL}{reverse('invitation', args=[secret])}"


def _send(invitation: Invitation, secret: str) -> None:
    with translation.override(language_of(None)):
        company = Company.objects.values_list("name", flat=True).first() or "Vikno"
        subject = _("Invitation to the desk of %(company)s") % {"company": company}
        text = _(
            "You were invited to answer requests at %(company)s.\n\n"
            "Open this address within a week and choose a password:\n%(url)s\n\n"
            "If you expected no invitation, do nothing."
        ) % {"company": company, "url": address_of(secret)}
    letters.send(invitation.email, subject, text)


def waiting() -> QuerySet[Invitation]:
    """Invitations that can still be used. One is worth no more than its inviter's word is now: who was deactivated, or
    may not give that role any more, lets nobody in, themselves under another address least of all."""
    stands = Q(invited_by=None)
    for role, given in GIVES.items():
        stands |= Q(invited_by__active=True, invited_by__role=role, role__in=given)
    rows = Invitation.objects.filter(stands, accepted_at=None, withdrawn_at=None, expires_at__gt=clock.now())
    return rows.order_by("id")


def invitation_for(secret: str) -> Invitation | None:
    """The invitation behind a link, if it can still be used; looking does not use it up."""
    return waiting().filter(digest=ids.digest(secret)).first()


@transaction.atomic
def withdraw(invitation: Invitation, *, by: Act) -> None:
    """The link opens nothing any more."""
    row = Invitation.objects.select_for_update().get(id=invitation.id)
    if row.accepted_at is None and row.withdrawn_at is None:
        row.withdrawn_at = invitation.withdrawn_at = clock.now()
        row.save(update_fields=["withdrawn_at"])
        record(by, Verb.AGENT_UNINVITED, delta={"invitation": [row.id, None]})
        security.log(security.Kind.INVITATION_WITHDRAWN, by=user_of(by), invitation=row.id)


@transaction.atomic
def accept(secret: str, *, name: str, password: str, language: str = "") -> Agent:
    """Use an invitation: login, person, agent and memberships come into being together. Of two at once one gets in.

    Raises InvitationOver, and Refused if a login with this address came into being meanwhile.
    """
    over = InvitationOver(_("This invitation was used, withdrawn or is older than a week. Ask for a new one."))
    row = Invitation.objects.select_for_update().filter(digest=ids.digest(secret)).first()
    if row is None or not waiting().filter(id=row.id).exists():
        raise over
    teams = dict.fromkeys(row.teams.filter(archived_at=None).values_list("id", flat=True), False)
    try:
        agent = employ(
            row.email,
            name=person_name(name) or row.name,
            role=row.role,
            teams=teams,
            password=password,
            language=language,
            by=acts.system(),
        )
    except AddressTaken as error:
        raise Refused(str(error)) from None
    row.accepted_at = clock.now()
    row.save(update_fields=["accepted_at"])
    return agent
