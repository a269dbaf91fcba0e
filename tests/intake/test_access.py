"""Who sees which entries of the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.letters import letter
from tests.world import World
from vikno.dialogs.models import ChannelAddress
from vikno.intake import queries
from vikno.intake.access import NoSuchEntry, entry_for, inbound_for
from vikno.intake.models import Inbound
from vikno.staff.access import SYSTEM, Face
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


def test_what_may_be_a_closed_teams_letter_is_seen_by_nobody_else(take: Take, world: World) -> None:
    ChannelAddress.objects.create(channel=world.mail, address="people@kashtan.example", team=world.hr)
    spam, fine = take(letter(X_Spam_Flag="YES")), take(letter())
    assert inbound_for(world.viewer(world.iryna)).get() == fine  # by its ticket, which is of the open team
    assert set(inbound_for(world.viewer(world.marko))) == {spam, fine}
    assert spam in inbound_for(world.viewer(world.olena))
    world.mail.addresses.filter(team=world.hr).delete()
    assert spam in inbound_for(world.viewer(world.iryna))


def test_a_message_split_off_is_not_seen_by_the_channel(take: Take, world: World) -> None:
    """An entry that lost its ticket, and has a message in one that is out of sight."""
    entry = take(letter())
    Ticket.objects.update(team=world.hr)
    Inbound.objects.update(ticket=None)
    assert not inbound_for(world.viewer(world.taras)).exists()
    assert inbound_for(world.viewer(world.marko)).get() == entry


def test_a_token_narrowed_to_teams_sees_no_more_than_these(take: Take, world: World) -> None:
    spam, fine = take(letter(X_Spam_Flag="YES")), take(letter())
    for agent in (world.olena, world.iryna):
        whole = replace(world.viewer(agent), face=Face.API)
        assert set(inbound_for(whole)) == {spam, fine}
        assert set(inbound_for(replace(whole, only_teams=frozenset({world.support.id})))) == {spam, fine}
        assert not inbound_for(replace(whole, only_teams=frozenset({world.billing.id}))).exists()


def test_entries_are_found_by_fate_sender_id_and_words(take: Take, world: World) -> None:
    viewer = world.viewer(world.iryna)
    spam = take(letter(X_Spam_Flag="YES", subject="Виграш", message_id="<spam@x.example>"))
    fine = take(letter(sender="petro@example.net", subject="Рахунок"))
    assert set(queries.entries(viewer)) == {fine, spam}
    assert queries.entries(viewer, fate="held").get() == spam
    assert queries.entries(viewer, words="<spam@x.example>").get() == spam
    assert queries.entries(viewer, words="Petro@example.net").get() == fine
    assert queries.entries(viewer, words="Виграш").get() == spam
    for fate in ("waiting", "explode", "\0"):
        assert not queries.entries(viewer, fate=fate).exists()
