"""Thanks below which their writer signs in the ordinary way: a name, a telephone, no greeting before them."""

from __future__ import annotations

import pytest

from tests.letters import letter
from tests.taking import arrive
from tests.world import World
from vikno.dialogs.models import Message
from vikno.intake.thanks import thanks_in
from vikno.tickets.actions import state


@pytest.mark.parametrize(
    "said",
    [
        "Дуже дякую!\n\nМарія Шевченко\nтел. (067) 123-45-67", "Дякую!\nШевченко Марія\n050 111 22 33",
        "Дякую!\n\nМарія\n+380 67 123-45-67, 050 111 22 33", "Дякую!\nМарія Шевченко, тел. 067 123 45 67",
        "Дякую!\n\nМ. Шевченко\nголовний бухгалтер\nmaria@kramnytsia.example\nwww.kramnytsia.example",
        "Дякую, все отримала, гарного вечора! Ви найкращі.\n\nШевченко\nтел. 050 111 22 33",
    ],
)  # fmt: skip
def test_the_senders_own_name_and_telephone_are_a_signature(said: str) -> None:
    own = ("Марія Шевченко", "maria@kramnytsia.example")
    assert thanks_in(said, own[:1], own) is not None
    assert thanks_in(said, None) is not None


@pytest.mark.parametrize(
    "said",
    [
        "Дякую!\n050 111 22 33", "Дякую!\nhttps://kramnytsia.example/", "Дякую!\nmaria@kramnytsia.example",
        "Дякую!\nМарія\nolena@kramnytsia.example", "Дякую!\nМарія\nhttps://kramnytsia.example/broken?id=1",
        "Дякую!\nЗа Марію\nтел. 050 111 22 33", "Дякую, подзвоніть\nМарія\nтел. 050 111 22 33",
        "Дякую!\nМарія Шевченко\nСкасуйте", "Дякую!\nТарас Бульба\nтел. 050 111 22 33", "Марія\n050 111 22 33",
        "Дякую!\nМарія Шевченко\nтел. 050 111 22 33\nне працює", "Дякую!\nМарія?\nтел. 050 111 22 33",
        # What we may have asked for: the number of an order or of a card, a site.
        "Дякую!\nМарія Шевченко\n100234567", "Дякую!\nМарія\n4149 4399 1234 5678", "Дякую!\nМарія\nshop.example.com",
        "Дякую!\nМарія\n№ 050 111 22 33",
    ],
)  # fmt: skip
def test_a_signature_without_the_senders_name_or_with_more_is_none(said: str) -> None:
    own = ("Марія Шевченко", "maria@kramnytsia.example")
    assert thanks_in(said, own[:1], own) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Марія Шевченко", "Дуже дякую!\n\nМарія Шевченко\nтел. (067) 123-45-67"),
        ("Остап Вишня",
         "Дуже дякую, все отримав, гарного вечора! Ви найкращі.\n\nОстап Вишня\nтел. 050 111 22 33"),
    ],
)  # fmt: skip
def test_a_letter_of_thanks_with_an_ordinary_signature_reopens_nothing(world: World, name: str, text: str) -> None:
    ticket = world.ticket(world.maria)
    answer = world.answer(ticket, text="Ми все полагодили.")
    state.close(ticket, by=world.act(world.iryna))
    text += "\n\nпт, 20 лист. 2026 р. о 10:00 Каштан <help@kashtan.example> пише:\n> Ми все полагодили.\n"
    Message.objects.filter(id=answer.id).update(foreign_id="<answer@kashtan.example>", subject="Re: Каса")
    sent = letter(text, subject="Re: Каса", In_Reply_To="<answer@kashtan.example>",
                  sender=f"{name} <maria@kramnytsia.example>")  # fmt: skip
    entry = arrive(world.mail, sent)
    assert (entry.fate, entry.kind) == ("reply", "thanks")
    ticket.refresh_from_db()
    assert ticket.closed_at is not None
