"""Secrets at rest and in memory: encrypted in the database, and of a type that never prints itself."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models


class Secret:
    """A text that shows itself only to who asks by name. Printing, logging and traces see stars."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    __hash__ = None  # type: ignore[assignment]


class Unreadable(Exception):
    """A stored secret was written with another secret key. It must be typed in anew, or the old key restored."""


def derived_key(purpose: str) -> bytes:
    """32 bytes for one purpose, derived from the installation's secret key, so that no key serves two purposes."""
    return hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=purpose.encode()[:16]).digest()


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived_key("secrets-at-rest")))


def seal(secret: Secret) -> str:
    """A secret as text that may lie in a row (of a job, say)."""
    return _box().encrypt(secret.reveal().encode()).decode()


def unseal(sealed: str) -> Secret:
    """What was sealed. Raises Unreadable."""
    try:
        return Secret(_box().decrypt(sealed.encode()).decode())
    except InvalidToken:
        raise Unreadable("A sealed secret cannot be read with this secret key") from None


class SecretField(models.TextField):
    """A column whose value is a `Secret`, encrypted (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def get_prep_value(self, value: Any) -> str:
        text = value.reveal() if isinstance(value, Secret) else (value or "")
        return _box().encrypt(text.encode()).decode() if text else ""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Secret:
        if not value:
            return Secret("")
        try:
            return Secret(_box().decrypt(value.encode()).decode())
        except InvalidToken:
            raise Unreadable("A stored secret cannot be read with this secret key") from None

    def to_python(self, value: Any) -> Secret:
        return value if isinstance(value, Secret) else Secret(value or "")

    def value_to_string(self, obj: Any) -> str:
        return "***"
