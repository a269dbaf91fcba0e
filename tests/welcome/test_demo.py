"""The demo is a shop in the middle of a working day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vikno.core import clock, files
from vikno.core.models import Company
from vikno.dialogs.models import Attachment, Delivery, Message
from vikno.journal.models import Event
from vikno.search import filling
from vikno.search.find import find
from vikno.staff.access import viewer_for_agent
from vikno.tickets.actions.linking import summary_of
from vikno.tickets.models import Note, Ticket
from vikno.welcome.demo import make_demo

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "now", [None, datetime(2026, 3, 29, 2, 30, tzinfo=UTC), datetime(2026, 1, 1, 22, 5, tzinfo=UTC)]
)
def test_a_visitor_finds_a_living_inbox(now: datetime | None) -> None:
    owner = make_demo("uk", now)
    here = now or clock.now()
    assert owner.person.user is not None
    assert not owner.person.user.has_usable_password()
    assert Company.objects.get().demo
    assert Ticket.objects.count() >= 50
    assert set(Ticket.objects.values_list("language", flat=True)) == {"uk", "ru", "en"}
    fresh = Ticket.objects.filter(waiting_since__gt=here - timedelta(hours=6), first_reply_at=None)
    assert fresh.count() >= 8
    assert Ticket.objects.filter(merged_into__isnull=False).count() == 1
    assert Ticket.objects.filter(restricted=True).count() == 1
    assert Ticket.objects.filter(due_at__isnull=False).count() >= 5
    assert Note.objects.count() >= 10
    for attachment in Attachment.objects.all():
        assert len(files.read(attachment.file)) == attachment.size
    assert not Message.objects.filter(arrived_at__gt=here).exists()
    assert not Event.objects.filter(dialog_id__isnull=False, at__gt=here + timedelta(minutes=1)).exists()
    # Nothing waits to be sent.
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    for ticket in Ticket.objects.filter(closed_at=None, merged_into=None):
        told = summary_of(ticket)
        assert (ticket.waiting_since, ticket.first_reply_at) == (told["waiting_since"], told["first_reply_at"]), ticket


def test_its_people_are_found_by_name() -> None:
    owner = make_demo("uk")
    filling.catch_up()
    assert [one.name for one in find(viewer_for_agent(owner), "чумак").people] == ["Олег Чумак"]
