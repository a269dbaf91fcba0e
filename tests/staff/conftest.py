from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache

from tests.accounts.visitor import PASSWORD, Visitor
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.staff import actions
from vikno.staff.models import Agent


@pytest.fixture
def client() -> Visitor:
    cache.clear()  # of tries to sign in
    return Visitor()


@pytest.fixture
def act() -> Act:
    return acts.system()


@pytest.fixture
def letters(monkeypatch) -> list[tuple[str, str, str]]:
    """Letters about signing in that went out: (to, subject, text)."""
    sent: list[tuple[str, str, str]] = []
    monkeypatch.setattr("vikno.accounts.letters.SEND", lambda *letter: sent.append(letter))
    return sent


@pytest.fixture
def hire(act: Act) -> Callable[..., Agent]:
    """Somebody works here: hire("olena", "owner")."""

    def make(name: str, role: str = "agent", **more) -> Agent:
        return actions.employ(
            f"{name}@kashtan.example",
            name=name.title(),
            role=role,
            password=PASSWORD,
            proof="sign_in",
            by=act,
            **more,
        )

    return make
