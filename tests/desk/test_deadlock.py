"""Two at the desk who wait for each other's locks: PostgreSQL ends one of both, who is not asked to do it again."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from tests.desk.seats import Seat
from tests.together import together, until_somebody_waits
from tests.world import World, standing
from vikno.dialogs.models import Attachment, Dialog, Message
from vikno.staff.models import Agent
from vikno.tickets.models import Ticket

# SQLite has one writer at a time: nobody waits for a lock there.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.only_on("postgresql")]


@pytest.fixture
def world() -> Iterator[World]:
    """The world, where two can be at it at once."""
    with standing() as made:
        yield made


def test_an_answer_that_loses_is_sent_once_with_its_file(world: World) -> None:
    with transaction.atomic():
        ticket = world.ticket()
    seat, held = Seat(world.iryna), threading.Event()
    form = {"kind": "reply", "format": "text", "body": "Ось звіт.", "once": "of-this-composer"}
    statuses = []

    def other() -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '60s'")  # whoever waits less finds it out, and loses
            list(Ticket.objects.select_for_update())
            held.set()
            until_somebody_waits()
            list(Dialog.objects.select_for_update())

    def answering() -> None:
        held.wait(60)
        file = SimpleUploadedFile("звіт.pdf", b"%PDF-1.7 whole", "application/pdf")
        statuses.append(seat.post(f"/tickets/{ticket.number}/answer", form | {"files": [file]}).status_code)

    assert [str(one) for one in together(other, answering)] == ["None", "None"]
    assert statuses == [302]
    message = Message.objects.get(author=Message.Author.AGENT)
    attached = Attachment.objects.get(message=message)
    assert (attached.name, attached.file.size) == ("звіт.pdf", len(b"%PDF-1.7 whole"))


def test_many_are_taken_by_an_agent_who_is_locked_before_them(world: World) -> None:
    """Who leaves is locked first, and then the tickets that they give back: nobody waits for each other over that."""
    with transaction.atomic():
        tickets = [world.ticket() for _number in range(3)]
    seat, held = Seat(world.iryna), threading.Event()
    pages: list[str] = []

    def leaves() -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '60s'")
            Agent.objects.select_for_update(no_key=True).get(id=world.iryna.id)
            held.set()
            until_somebody_waits()
            list(Ticket.objects.select_for_update(nowait=True))  # whoever waits for the agent holds none of them yet

    def takes() -> None:
        held.wait(60)
        form = {"ticket": [one.number for one in tickets], "act": "take"}
        pages.append(seat.post("/bulk", form, HTTP_HX_REQUEST="true").content.decode())

    assert [str(one) for one in together(leaves, takes)] == ["None", "None"]
    assert "Done: 3." in pages[0]
    assert Ticket.objects.filter(agent=world.iryna).count() == 3
