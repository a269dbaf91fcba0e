"""A form is sent once: two clicks, a page loaded anew or a proxy that repeats must not answer a customer twice."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

from django.db import IntegrityError, transaction

from vikno.staff.models import Agent
from vikno.tickets.models import SentForm


class SentAlready(Exception):
    """This very form, or its letter from another page, was sent before. Nothing was sent now."""


def new_number() -> str:
    """A random number for a form that is being drawn."""
    return secrets.token_urlsafe(16)


def send_once(agent: Agent, number: str, said: Iterable[str]) -> None:
    """Remember that a form was sent; call it first in the transaction of what it does. `number` is the one it was drawn
    with, "" if it bears none (then nothing is remembered); `said` is what it says. Only both together are the same
    form: who goes back in the browser and writes something else is not held up.

    Raises SentAlready.
    """
    if not number:
        return
    # The number is never stored, so the digest tells nothing about the words.
    key = hashlib.sha256("\0".join([str(agent.id), number, *said]).encode(errors="surrogatepass")).hexdigest()
    try:
        with transaction.atomic():
            SentForm.objects.create(agent=agent, key=key)
    except IntegrityError:
        raise SentAlready(key) from None
