"""What a page says of the sender of a letter, and where an owner says whose word counts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.dialogs.models import Message
from vikno.journal.models import Event
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db


def page(world: World, **trust: Any) -> str:
    ticket = Ticket.objects.first() or world.ticket()
    Message.objects.update(trust=trust)
    return Seat(world.iryna).page(f"/tickets/{ticket.number}")


def test_the_page_says_in_words_what_was_found_out(world: World) -> None:
    confirmed = page(world, proof="pass", spf="pass", dkim="pass", dmarc="pass", checked_by="mx.kashtan.example")
    for words in ("The sender&#39;s domain confirms this letter", "SPF", "passed", "mx.kashtan.example"):
        assert words in confirmed
    refused = page(world, proof="fail", spf="softfail", dmarc="fail")
    assert "does not match its domain: treat with care" in refused
    assert "probably not from there" in refused
    unknown = page(world, proof="unknown")
    assert "It could not be checked" in unknown
    assert "Nobody whom you trust has checked it" in unknown
    assert 'class="proof"' not in page(world)


def test_it_names_who_forwarded_a_letter_and_what_a_form_wrote(world: World) -> None:
    assert "forwarded by Taras Керівник" in page(world, forwarded_by=world.taras.id)
    assert "from a web form" in page(world, form=True)


def test_an_owner_says_whom_a_channel_believes(world: World) -> None:
    seat, where = Seat(world.olena), f"/channels/{world.mail.id}/believing"
    assert where in seat.page(f"/channels/{world.mail.id}")
    answer = seat.sends(
        where, trusted_servers=" MX.kashtan.example \n\n10.0.0.7\n", agent_letters="answer",
        form_senders="Site@Kramnytsia.example\n@forms.example",
    )  # fmt: skip
    assert "Saved." in answer.content.decode()
    world.mail.refresh_from_db()
    assert world.mail.settings == {
        "trusted_servers": ["mx.kashtan.example", "10.0.0.7"], "agent_letters": "answer",
        "form_senders": ["site@kramnytsia.example", "@forms.example"],
    }  # fmt: skip
    assert "mx.kashtan.example" in seat.page(where)
    assert Event.objects.filter(verb="setting.changed", actor_id=world.olena.id).count() == 1


@pytest.mark.parametrize("wrong", [{"trusted_servers": "a b"}, {"form_senders": "no address"}, {"agent_letters": "x"}])
def test_what_cannot_be_used_is_named_and_nothing_saved(world: World, wrong: dict[str, str]) -> None:
    answer = Seat(world.olena).post(f"/channels/{world.mail.id}/believing", wrong)
    assert answer.status_code == 422
    world.mail.refresh_from_db()
    assert world.mail.settings == {}


def test_it_is_for_owners_and_for_mail(world: World) -> None:
    assert Seat(world.taras).get(f"/channels/{world.mail.id}/believing").status_code == 403
    assert Seat(world.olena).get(f"/channels/{world.chat.id}/believing").status_code == 404


def test_the_page_says_whose_word_counts_without_being_named(world: World) -> None:
    seat, where = Seat(world.olena), f"/channels/{world.mail.id}/believing"
    assert "no letter that is read from a mailbox is proved" in seat.page(where)
    for host, words in (("imap.gmail.com", "mx.google.com counts"), ("outlook.office365.com", "Microsoft 365 counts")):
        world.mail.settings = {"imap": {"host": host}}
        world.mail.save()
        assert words in seat.page(where)
