"""Folders that a mailbox does not have yet, and that go and come back."""

from __future__ import annotations

import pytest

from tests.channels.email.conftest import BOX
from tests.channels.email.test_folders import engine, set_up, until
from tests.letters import letter
from tests.servers.dovecot import Dovecot
from tests.world import World
from vikno.channels.email import mailbox
from vikno.channels.email.mailboxes import Mailboxes
from vikno.dialogs.models import Channel
from vikno.intake.models import Inbound

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["engine"]


def test_a_folder_that_comes_later_is_read_without_a_new_connection(
    world: World, box: Dovecot, engine: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "POLL_OTHERS", 1.0)
    channel = set_up(world.mail, box, take_junk=True, take_sent=True)
    client = box.client(BOX)
    client.delete("Junk")
    client.delete("Sent")

    def missing() -> list[str] | None:
        found = Channel.objects.get(id=channel.id).health.get("in", {}).get("missing_folders")
        return None if found is None else list(found)

    engine.step()
    until(lambda: missing() == ["Junk", "Sent"])
    box.deliver(BOX, letter(subject="spam"), "Junk")
    until(lambda: [row.folder for row in Inbound.objects.all()] == ["junk"])
    until(lambda: missing() == ["Sent"])
    client.delete("Junk")
    client.logout()
    until(lambda: missing() == ["Junk", "Sent"])
    box.deliver(BOX, letter(subject="more spam"), "Junk")
    until(lambda: Inbound.objects.count() == 2 and missing() == ["Sent"])
