"""What an arriving letter repeats is folded on the page, in whatever form it was drawn, and never lost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests import taking
from tests.desk.seats import Seat
from tests.world import World
from vikno.dialogs.models import Message
from vikno.intake.models import Inbound

pytestmark = pytest.mark.django_db
QUOTE = (
    '<div class="gmail_quote"><div class="gmail_attr">пн, 5 жовт. 2026 р. о 10:00 Каштан &lt;help@kashtan.example&gt; '
    'пише:<br></div><blockquote class="gmail_quote">{}</blockquote></div>'
)


@pytest.fixture
def arrive(world: World) -> Callable[[str], Inbound]:
    def arrived(html: str) -> Inbound:
        head = (
            "From: maria@kramnytsia.example\r\nTo: help@kashtan.example\r\nSubject: Re: Каса\r\n"
            "Message-ID: <q1@customers.example>\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        )
        entry = taking.arrive(world.mail, (head + html).encode())
        assert entry.ticket is not None
        return entry

    return arrived


def parts(page: str) -> tuple[str, str]:
    """What the message shows and what it folds."""
    message = page[page.index('<div class="message__body">') :]
    fold = re.search(r'<details class="quote">(.*?)</details>', message, re.DOTALL)
    return (message[: fold.start()] if fold else message, fold[1] if fold else "")


def test_a_quote_in_markup_is_folded_once(world: World, arrive: Callable[[str], Inbound]) -> None:
    entry = arrive("<p>Дякую, досі <b>не</b> працює.</p>" + QUOTE.format("Перезавантажте касу."))
    shown, folded = parts(Seat(world.iryna).page(f"/tickets/{entry.ticket.number}"))
    assert "не</b> працює" in shown
    assert "Перезавантажте" not in shown
    assert "Перезавантажте касу." in folded


def test_a_quote_with_a_layout_of_its_own_leaves_the_answer_in_the_page(
    world: World, arrive: Callable[[str], Inbound]
) -> None:
    entry = arrive(
        "<p>Не працює.</p>" + QUOTE.format('<table bgcolor="#fff" width="600"><tr><td>Акція</td></tr></table>')
    )
    page = Seat(world.iryna).page(f"/tickets/{entry.ticket.number}")
    assert "letter-frame" not in page
    assert "Акція" in parts(page)[1]
    assert "<table" not in parts(page)[1]


def test_a_letter_in_a_frame_folds_its_quote_there(world: World, arrive: Callable[[str], Inbound]) -> None:
    entry = arrive('<table bgcolor="#eee"><tr><td>Не працює.</td></tr></table>' + QUOTE.format("Перезавантажте касу."))
    seat = Seat(world.iryna)
    assert "Перезавантажте" not in seat.page(f"/tickets/{entry.ticket.number}")
    frame = seat.page(f"/messages/{Message.objects.get().id}/letter")
    before, _, after = frame.partition('<details class="quote">')
    assert "Не працює." in before
    assert "Перезавантажте касу." in after


def test_answers_inside_a_quote_leave_it_open(world: World, arrive: Callable[[str], Inbound]) -> None:
    entry = arrive(
        '<blockquote type="cite">Яка модель?</blockquote><p>LX-300</p><blockquote type="cite">Який кабель?</blockquote>'
        "<p>USB</p>"
    )
    shown, folded = parts(Seat(world.iryna).page(f"/tickets/{entry.ticket.number}"))
    assert all(words in shown for words in ("Яка модель?", "LX-300", "Який кабель?", "USB"))
    assert not folded


def test_a_link_that_names_another_place_than_it_leads_to_has_a_mark(
    world: World, arrive: Callable[[str], Inbound]
) -> None:
    entry = arrive('<p>Увійдіть: <a href="https://evil.example/x">https://privat24.ua</a>, https://np.example/7</p>')
    assert entry.ticket is not None
    page = Seat(world.iryna).page(f"/tickets/{entry.ticket.number}")
    assert re.search(r'privat24\.ua</a> <span class="astray" title="leads to evil\.example">', page)
    assert re.search(r'<a rel="[^"]*nofollow" target="_blank" href="https://np\.example/7">', page)
    assert page.count("astray") == 1
