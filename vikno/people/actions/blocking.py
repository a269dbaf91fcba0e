"""Verbs on whole domains: hold what comes from any of its addresses."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people import values
from vikno.people.actions.persons import Refused
from vikno.people.models import BlockedDomain
from vikno.people.providers import is_shared, is_suffix

_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W_](?:[\w-]{0,61}[^\W_])?")


def block_domain(domain: str, *, by: Act) -> BlockedDomain:
    """Hold what comes from this domain and all below it until a person lets it in.

    It is kept in the form that senders are known by. Raises Refused for what is no domain, for one at which everybody
    has an address, and for one below which everybody may have a domain.
    """
    try:
        domain = values.domain(domain)
    except values.WrongValue:
        domain = ""
    if not _DOMAIN.fullmatch(domain):
        raise Refused(_("This is not a domain. Write it as example.com."))
    if is_suffix(domain):
        raise Refused(
            _("Anybody can have a domain below %(domain)s, other customers too. Block the address alone.")
            % {"domain": domain}
        )
    if is_shared(domain):
        raise Refused(
            _("%(domain)s belongs to a mail provider: other customers write from there too. Block the address alone.")
            % {"domain": domain}
        )
    with transaction.atomic():
        row, _made = BlockedDomain.objects.select_for_update().get_or_create(domain=domain)
        if row.blocked_at is None:
            row.blocked_at = clock.now()
            row.save(update_fields=["blocked_at"])
            record(by, Verb.DOMAIN_CHANGED, delta={"domain": [row.id, row.id], "blocked": [False, True]})
    return row


def unblock_domain(row: BlockedDomain, *, by: Act) -> None:
    """Let in again what comes from this domain."""
    with transaction.atomic():
        if BlockedDomain.objects.filter(id=row.id, blocked_at__isnull=False).update(blocked_at=None):
            record(by, Verb.DOMAIN_CHANGED, delta={"domain": [row.id, row.id], "blocked": [True, False]})
