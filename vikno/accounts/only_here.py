"""Stay signed in here and nowhere else."""

from __future__ import annotations

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from vikno.accounts import actions
from vikno.accounts.models import User


def end_others(request: HttpRequest, user: User) -> None:
    """End all sessions of who asks but this one, which goes on under a new key."""
    actions.end_sessions(user, keep=request.session.session_key, by=user.pk)
    update_session_auth_hash(request, user)
