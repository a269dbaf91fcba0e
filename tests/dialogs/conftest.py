"""A mail channel that ends in the test's hand, and a dialog on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dialogs.wires import Wire
from tests.world import World
from vikno.dialogs import actions as dialogs
from vikno.dialogs.channels import KINDS, Kind
from vikno.dialogs.models import Channel, Dialog
from vikno.journal import acts


@pytest.fixture
def wire(world: World) -> Iterator[Wire]:
    made = Wire()
    kinds = dict(KINDS)
    KINDS["email"] = Kind(name="email", title=lambda: "Letters", icon="mail", ends=True, deliver=made.take)
    Channel.objects.filter(id=world.mail.id).update(undo_seconds=0)
    world.mail.refresh_from_db()
    yield made
    KINDS.clear()
    KINDS.update(kinds)


@pytest.fixture
def dialog(world: World) -> Dialog:
    return dialogs.open_dialog(world.mail, world.maria, by=acts.system(), address=world.address)
