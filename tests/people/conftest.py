from __future__ import annotations

from collections.abc import Callable

import pytest

from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.journal.models import Event
from vikno.people import actions
from vikno.people.models import Identity


@pytest.fixture
def act() -> Act:
    return acts.system()


@pytest.fixture
def met() -> Callable[..., Identity]:
    """Somebody who wrote from this address."""

    def meet(address: str, name: str = "") -> Identity:
        return actions.identify("email", address, name=name)

    return meet


@pytest.fixture
def events() -> Callable[[str], list[Event]]:
    """The events of a verb so far, in order."""
    return lambda verb: list(Event.objects.filter(verb=verb).order_by("id"))
