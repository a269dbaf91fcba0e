"""What reports of mail systems say of deliveries and addresses, and whom they are believed about."""

from __future__ import annotations

import pytest

from tests.dialogs.wires import Wire, fresh, say
from tests.world import World
from vikno.dialogs import deliveries, sending
from vikno.dialogs.delivery_words import explain
from vikno.dialogs.models import Delivery, Dialog, Message

State = Delivery.State


@pytest.fixture
def sent(world: World, wire: Wire, dialog: Dialog) -> list[Delivery]:
    rows = say(dialog, world.maria, world.petro)
    Message.objects.filter(id=rows[0].message_id).update(foreign_id="<t1.x@kashtan.example>")
    sending.run_due()
    return rows


def test_a_report_names_letter_and_recipient(world: World, sent: list[Delivery]) -> None:
    reference, address = "<t1.x@kashtan.example>", "Petro@example.net"
    assert deliveries.mark_bounced(reference, address, "550 unknown", True, "5.1.1", proved=world.petro.id)
    assert [fresh(row).state for row in sent] == [State.SENT, State.BOUNCED]
    world.petro.refresh_from_db()
    assert world.petro.failed_at is not None


@pytest.mark.parametrize("with_her_token", [False, True])
def test_a_report_that_another_recipient_may_have_written_leaves_the_address(
    world: World, sent: list[Delivery], with_her_token: bool
) -> None:
    """Maria got the same letter, so she knows its Message-ID: her word is none about Petro's address."""
    proved = world.maria.id if with_her_token else None
    deliveries.mark_bounced("<t1.x@kashtan.example>", "petro@example.net", "550", True, "5.1.1", proved=proved)
    assert fresh(sent[1]).state == State.BOUNCED
    world.petro.refresh_from_db()
    assert world.petro.failed_at is None


def test_a_full_mailbox_is_no_wrong_address(world: World, sent: list[Delivery]) -> None:
    reference, address = sent[0].message_id, "maria@kramnytsia.example"
    assert deliveries.mark_bounced(reference, address, "full", True, "5.2.2", proved=world.maria.id)
    world.maria.refresh_from_db()
    assert fresh(sent[0]).state == State.BOUNCED
    assert (world.maria.failed_as, world.maria.is_gone) == ("full", False)


def test_a_delay_changes_no_state(sent: list[Delivery]) -> None:
    assert deliveries.mark_bounced(sent[0].message_id, "maria@kramnytsia.example", "451 busy", False, "4.4.1")
    assert fresh(sent[0]).state == State.SENT and "451 busy" in explain(fresh(sent[0]))


@pytest.mark.parametrize(
    ("reference", "recipient"),
    [("<other@kashtan.example>", "petro@example.net"), ("<t1.x@kashtan.example>", "else@example.net"), ("", "")],
)
def test_what_does_not_fit_changes_nothing(sent: list[Delivery], reference: str, recipient: str) -> None:
    assert not deliveries.mark_bounced(reference, recipient, "550", True, "5.1.1")
    assert {fresh(row).state for row in sent} == {State.SENT}
