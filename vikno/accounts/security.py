"""The security log: what happened around signing in and rights. Rows are never changed; owners read them."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from vikno.accounts.models import SecurityEvent


class Kind(StrEnum):
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SIGN_IN_FAILED = "sign_in_failed"
    SECOND_FACTOR_FAILED = "second_factor_failed"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_RESET = "password_reset"
    ADDRESS_CHANGED = "address_changed"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    CODES_RENEWED = "codes_renewed"
    SESSION_ENDED = "session_ended"
    SESSIONS_ENDED = "sessions_ended"
    LINK_MADE = "link_made"
    LINK_USED = "link_used"
    TOKEN_MADE = "token_made"
    TOKEN_REVOKED = "token_revoked"
    LOGIN_MADE = "login_made"
    LOGIN_OFF = "login_off"
    LOGIN_ON = "login_on"
    ROLE_CHANGED = "role_changed"
    INVITED = "invited"
    INVITATION_WITHDRAWN = "invitation_withdrawn"
    TICKET_OPENED_ANYWAY = "ticket_opened_anyway"
    RULES_CHANGED = "rules_changed"


WORDS = {
    Kind.SIGNED_IN: _("Signed in"),
    Kind.SIGNED_OUT: _("Signed out"),
    Kind.SIGN_IN_FAILED: _("Failed to sign in"),
    Kind.SECOND_FACTOR_FAILED: _("Wrong second factor"),
    Kind.PASSWORD_CHANGED: _("Password changed"),
    Kind.PASSWORD_RESET: _("Password set anew by a letter"),
    Kind.ADDRESS_CHANGED: _("Address for signing in changed"),
    Kind.FACTOR_ADDED: _("Second factor added"),
    Kind.FACTOR_REMOVED: _("Second factor removed"),
    Kind.CODES_RENEWED: _("Recovery codes made anew"),
    Kind.SESSION_ENDED: _("Session ended"),
    Kind.SESSIONS_ENDED: _("All other sessions ended"),
    Kind.LINK_MADE: _("One-time link made on the command line"),
    Kind.LINK_USED: _("Signed in by a one-time link"),
    Kind.TOKEN_MADE: _("API token made"),
    Kind.TOKEN_REVOKED: _("API token revoked"),
    Kind.LOGIN_MADE: _("Login made"),
    Kind.LOGIN_OFF: _("Login switched off"),
    Kind.LOGIN_ON: _("Login switched on again"),
    Kind.ROLE_CHANGED: _("Role changed"),
    Kind.INVITED: _("Invited somebody"),
    Kind.INVITATION_WITHDRAWN: _("Invitation withdrawn"),
    Kind.TICKET_OPENED_ANYWAY: _("Opened a ticket anyway"),
    Kind.RULES_CHANGED: _("Rules of signing in changed"),
}


def log(
    kind: Kind, *, user: int | None = None, by: int | None = None, request: HttpRequest | None = None, **detail: Any
) -> None:
    """Write one row. `user` is whom it concerns, `by` who did it if that is somebody else, both ids of users."""
    SecurityEvent.objects.create(kind=kind, user_id=user, by_id=by, ip=address_of(request), detail=detail)


def address_of(request: HttpRequest | None) -> str | None:
    """Where the request came from; vikno.core.middleware has settled which proxies are believed."""
    try:
        return str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))) if request is not None else None
    except ValueError:
        return None
