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
        held.wait(10)
        file = SimpleUploadedFile("звіт.pdf", b"%PDF-1.7 whole", "application/pdf")
        statuses.append(seat.post(f"/tickets/{ticket.number}/answer", form | {"files": [file]}).status_code)

    assert [str(one) for one in together(other, answering)] == ["None", "None"]
    assert statuses == [302]
    message = Message.objects.get(author=Message.Author.AGENT)
    attached = Attachment.objects.get(message=message)
    assert (attached.name, attached.file.size) == ("звіт.pdf", len(b"%PDF-1.7 whole"))
