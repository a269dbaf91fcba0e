from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache

from tests.accounts.visitor import PASSWORD, Visitor
from vikno.accounts.models import SecurityEvent, User
from vikno.journal import acts
from vikno.staff import actions
from vikno.staff.models import Agent


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    """Tries to sign in are counted from nought in each test."""
    cache.clear()


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


@pytest.fixture
def letters(monkeypatch) -> list[tuple[str, str, str]]:
    """Letters about signing in that went out: (to, subject, text)."""
    sent: list[tuple[str, str, str]] = []
    monkeypatch.setattr("vikno.accounts.letters.SEND", lambda *letter: sent.append(letter))
    return sent


@pytest.fixture
def hire() -> Callable[..., Agent]:
    def make(name: str, role: str = "agent") -> Agent:
        return actions.employ(
            f"{name}@kashtan.example",
            name=name.title(),
            role=role,
            password=PASSWORD,
            proof="sign_in",
            by=acts.system(),
        )

    return make


@pytest.fixture
def olena(hire) -> User:
    """The owner's login."""
    return hire("olena", "owner").person.user


@pytest.fixture
def taras(hire, olena) -> User:
    """An agent's login."""
    return hire("taras").person.user


@pytest.fixture
def log() -> Callable[[], list[str]]:
    """The kinds in the security log since the logins were made, in order."""

    def kinds() -> list[str]:
        rows = SecurityEvent.objects.exclude(kind="login_made").order_by("id")
        return list(rows.values_list("kind", flat=True))

    return kinds
