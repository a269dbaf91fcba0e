"""The demo has something on the pages of what came, what is held and what is suspected, in each language."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.desk.seats import Seat
from tests.world import forget
from vikno.dialogs.models import Delivery, Message
from vikno.intake.models import Fate, Inbound
from vikno.tickets.models import Ticket
from vikno.welcome import demo_letters
from vikno.welcome.demo import ADDRESS, make_demo

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_each_page_of_letters_has_one_in_each_language(language: str) -> None:
    forget()
    owner = make_demo(language)
    before = Ticket.objects.count()
    demo_letters.bring(ADDRESS)
    assert Counter(Inbound.objects.values_list("fate", flat=True)) == {
        Fate.HELD: 3, Fate.SUSPECTED: 3, Fate.TICKET: 2, Fate.REPLY: 1,
    }  # fmt: skip
    assert Ticket.objects.count() == before + 2
    assert Message.objects.filter(inbound__isnull=False, kind="automatic").count() == 2
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}, "nothing waits to be sent"
    seat = Seat(owner)
    assert "Ваш сайт на першій сторінці" in seat.page("/held") and "48 000" in seat.page("/held")
    suspected = seat.page("/suspected")
    assert all(name in suspected for name in ("Леся Поліщук", "Инна Громова", "Jana Roth"))
    received = seat.page("/ledger")
    assert all(name in received for name in ("ruth.allen@post.example", "noreply@richka.example", "f.nazarenko@firma"))
    forget()
