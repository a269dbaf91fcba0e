"""Two save the same thing for the first time at once: the second waits for the first, and both end. There is no row yet
that it could have locked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from tests.together import one_after_the_other
from tests.world import World, standing
from vikno.care import retention
from vikno.channels.email.actions import register_at_provider
from vikno.channels.email.models import Grant
from vikno.core.models import RetentionRule
from vikno.core.secrets import Secret
from vikno.notices import actions as notices
from vikno.notices.models import Choices, Rules
from vikno.search import recent
from vikno.search.models import Recent
from vikno.tickets.actions.state import mark_opened
from vikno.tickets.models import Opened, Ticket

# SQLite has one writer at a time: there is nobody to wait for.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.only_on("postgresql")]
Saving = Callable[[World], Callable[[], object]]


def at_a_provider(world: World) -> Callable[[], object]:
    return lambda: register_at_provider(world.mail, "kashtan", Secret("x"), by=world.act(world.olena))


def own_notices(world: World) -> Callable[[], object]:
    return lambda: notices.choose(world.iryna, {"note": True}, by=world.act(world.iryna))


def notices_of_all(world: World) -> Callable[[], object]:
    return lambda: notices.decide(words=False, letters_an_hour=7, by=world.act(world.olena))


def returned_notices(world: World) -> Callable[[], object]:
    return lambda: notices.mark_failed(world.iryna.id, "550 no such user")


def kept_for(world: World) -> Callable[[], object]:
    return lambda: retention.keep_for(next(iter(retention.KINDS)), 17, by=world.act(world.olena))


def opened(world: World) -> Callable[[], object]:
    ticket = Ticket.objects.get()
    return lambda: mark_opened(ticket, world.iryna.id)


def looked_for(world: World) -> Callable[[], object]:
    return lambda: recent.remember(world.iryna.id, "каса")


@pytest.mark.parametrize(
    ("saving", "rows"),
    [
        (at_a_provider, Grant), (own_notices, Choices), (notices_of_all, Rules), (returned_notices, Choices),
        (kept_for, RetentionRule), (opened, Opened), (looked_for, Recent),
    ],
)  # fmt: skip
def test_both_end_and_there_is_one_row(saving: Saving, rows: type) -> None:
    with standing() as world:
        with transaction.atomic():
            world.ticket()
        save = saving(world)
        results = one_after_the_other(save, save)
        assert [one for one in results if isinstance(one, Exception)] == []
        assert rows.objects.count() == 1  # type: ignore[attr-defined]
