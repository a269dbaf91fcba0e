"""Who sees which entries of the ledger."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.letters import letter
from tests.world import World
from vikno.dialogs.models import ChannelAddress
from vikno.intake import queries
from vikno.intake.access import NoSuchEntry, entry_for, inbound_for, must_decide
from vikno.intake.models import Inbound
from vikno.staff.access import SYSTEM, NotAllowed
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
Take = Callable[..., Inbound]


def test_an_entry_with_a_ticket_is_seen_with_it(take: Take, world: World) -> None:
    entry = take(letter())
    assert inbound_for(world.viewer(world.iryna)).get() == entry
    Ticket.objects.update(team=world.hr)
    assert entry_for(world.viewer(world.marko), entry.id) == entry
    with pytest.raises(NoSuchEntry):
        entry_for(world.viewer(world.iryna), entry.id)
    assert not inbound_for(world.customer(world.maria)).exists()


def test_an_entry_without_one_is_seen_by_teams_that_serve_the_channel(take: Take, world: World) -> None:
    entry = take(letter(X_Spam_Flag="YES"))
    assert inbound_for(world.viewer(world.iryna)).get() == entry
    assert not inbound_for(world.viewer(world.bohdan)).exists()
    ChannelAddress.objects.create(channel=world.mail, address="bills@kashtan.example", team=world.billing)
    assert inbound_for(world.viewer(world.bohdan)).get() == entry
    assert inbound_for(world.viewer(world.olena)).get() == inbound_for(SYSTEM).get() == entry


def test_who_only_reads_decides_nothing(world: World) -> None:
    must_decide(world.viewer(world.iryna))
    with pytest.raises(NotAllowed):
        must_decide(world.viewer(world.sofia))


def test_the_page_finds_by_fate_sender_id_and_words(take: Take, world: World) -> None:
    viewer = world.viewer(world.iryna)
    spam = take(letter(X_Spam_Flag="YES", subject="Виграш", message_id="<spam@x.example>"))
    fine = take(letter(sender="petro@example.net", subject="Рахунок"))
    assert queries.page(viewer) == [fine, spam]
    assert queries.page(viewer, fate="person") == queries.page(viewer, fate="held") == [spam]
    assert queries.page(viewer, search="<spam@x.example>") == [spam]
    assert queries.page(viewer, search="Petro@example.net") == [fine]
    assert queries.page(viewer, before=fine.id) == [spam]
    assert queries.page(viewer, fate="waiting") == []
    assert queries.waiting_for_a_person(viewer) == 1
