"""A mailbox whose server or user is changed: places in one account mean nothing in another."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.channels.email.conftest import BOX
from tests.channels.email.test_folders import append, look, look_by_imap, set_up
from tests.letters import letter
from tests.servers.dovecot import Dovecot
from tests.taking import handle_all
from tests.world import World
from vikno.channels.email import servers
from vikno.channels.email.models import Mailbox
from vikno.core import clock
from vikno.dialogs.models import Channel
from vikno.intake import ledger
from vikno.intake.models import Inbound
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = "second@kashtan.example"


def read(channel: Channel) -> None:
    if servers.reading_by(channel) == "pop3":
        look(channel)
    else:
        with look_by_imap(channel) as session:
            session.read_new()


def validity(dovecot: Dovecot, user: str) -> int:
    client = dovecot.client(user)
    answer = client.status("INBOX", "(UIDVALIDITY)")[1][0]
    client.logout()
    found = re.search(rb"UIDVALIDITY (\d+)", answer)
    assert found
    return int(found[1])


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_its_letters_are_its_own(world: World, box: Dovecot, protocol: str) -> None:
    channel = set_up(world.mail, box, protocol=protocol)
    box.deliver(BOX, letter(subject="To the first"))
    read(channel)
    assert Inbound.objects.count() == 1
    second = f"by-{protocol}@kashtan.example"
    box.add_user(second)
    old = b"Received: from a by b; Wed, 01 Jan 2020 10:00:00 +0000\r\n" + letter(subject="Long ago")
    append(box, old, 900, user=second)
    box.deliver(second, letter(subject="To the second"))
    set_up(channel, box, protocol=protocol, after="delete", days_on_server=0, user=second)
    Mailbox.objects.update(uidvalidity=validity(box, second))  # two accounts may have been numbered alike
    read(channel)
    read(channel)
    found = [ledger.raw_bytes(one) for one in Inbound.objects.order_by("id")]
    assert [b"To the first" in found[0], b"To the second" in found[1], len(found)] == [True, True, 2]
    assert [b"Long ago" in raw for _flags, raw in box.letters(second)] == [True]


def test_a_server_that_moved_loses_and_repeats_nothing(world: World, box: Dovecot) -> None:
    channel = set_up(world.mail, box)
    for days in (2, 1):
        append(box, letter(subject=f"{days} days old"), days)
    read(channel)
    Mailbox.objects.update(reconciled_at=clock.now() - timedelta(days=30))  # nothing was read since
    append(box, letter(subject="Meanwhile"), 20)
    channel.settings["imap"]["host"] = "localhost"
    channel.save()
    read(channel)
    handle_all()
    assert sorted(Ticket.objects.values_list("subject", flat=True)) == ["1 days old", "2 days old", "Meanwhile"]
    assert Inbound.objects.filter(fate="duplicate").count() == 2


def test_a_reader_with_the_settings_of_before_changes_nothing(world: World, box: Dovecot) -> None:
    before = set_up(world.mail, box)
    read(before)
    now = Channel.objects.get(id=before.id)
    now.settings["imap"]["user"] = SECOND
    now.save()
    box.add_user(SECOND)
    read(now)
    account = Mailbox.objects.get().account
    with pytest.raises(ConnectionAbortedError):
        read(before)
    assert Mailbox.objects.get().account == account


def test_letters_of_earlier_versions_stay_known(world: World, box: Dovecot) -> None:
    channel = set_up(world.mail, box)
    box.deliver(BOX, letter())
    read(channel)
    row, entry = Mailbox.objects.get(), Inbound.objects.get()
    Inbound.objects.update(source_key=entry.source_key.replace(f":{row.account}", ""))
    Mailbox.objects.update(account="", keyed=False, first_since=None)  # as they stand after an upgrade
    with look_by_imap(channel) as session:
        assert (session.read_new(), session.reconcile()["missing"]) == (0, 0)
