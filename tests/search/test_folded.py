"""Of a letter everything is found: what lies folded below it (its signature, and what it quotes, if that came no other
way), and the end of a long one."""

from __future__ import annotations

import random

from tests.desk.seats import Seat
from tests.letters import letter
from tests.searching import found, index_follows, look
from tests.taking import arrive
from tests.world import World
from vikno.search import repeats, snippets
from vikno.search.models import Build
from vikno.search.rebuild import step
from vikno.tickets.actions import hiding
from vikno.tickets.models import Ticket

SIGNED = "Добрий день! Не друкує каса.\n\n-- \nТОВ «Квітка», м. Львів\nтел. 095 555-12-34\n"


def _said(world: World, text: str) -> str:
    """What stands below the first result."""
    hit = look(world, text).hits[0]
    pieces = snippets.said([hit])[hit.match.ticket].pieces
    return "".join(f"[{piece}]" if mark else piece for piece, mark in pieces)


def test_what_stands_in_a_signature_is_found(world: World) -> None:
    arrive(world.mail, letter(SIGNED))
    ticket = Ticket.objects.get()
    assert "Квітка" not in ticket.links.get().message.texts.get().text, "the page folds it"
    index_follows()
    for text in ("Львів", "ТОВ Квітка Львів", "0955551234", "095 555-12-34", "+380955551234", '"тов квітка"'):
        assert found(world, text, exactly=True) == [ticket.number], text
    assert "«[Квітка]», м. [Львів]" in _said(world, "квітка львові")
    page = Seat(world.iryna).page("/search?q=львів")
    assert "<mark>Львів</mark>" in page and f"#message-{ticket.links.get().message_id}" in page


def _dialog(world: World, quoted: str) -> Ticket:
    """A letter about a stork, and another one that answers it and quotes this."""
    arrive(world.mail, letter("Лелека сидить на даху.", message_id="<a@customers.example>"))
    arrive(world.mail, letter(f"Що чути?\n\n{quoted}", subject="Re: Каса", In_Reply_To="<a@customers.example>"))
    ticket = Ticket.objects.get()
    assert "Лелека" not in ticket.links.latest("id").message.texts.get().text, "the page folds it"
    return ticket


def test_what_is_quoted_is_found_once_and_what_came_no_other_way_too(world: World) -> None:
    ticket = _dialog(world, "> Лелека сидить\n> на даху.\n> Чапля стоїть у ставку.\n")
    index_follows()
    assert found(world, "чапля ставок") == [ticket.number]
    assert "[Чапля] стоїть у [ставку]" in _said(world, "чапля ставок")
    assert _said(world, "лелека") == "[Лелека] сидить на даху."
    held = look(world, "лелека чапля").hits[0].match.terms.split()
    assert sum("лелека" in place.split("|") for place in held) == 1


def test_what_was_hidden_is_not_found_by_its_quotes(world: World) -> None:
    ticket = _dialog(world, "> Лелека сидить на даху.\n")
    index_follows()
    assert found(world, "лелека") == [ticket.number]
    hiding.hide(ticket.links.earliest("id").message, by=world.act(world.iryna))
    index_follows()
    assert found(world, "лелека", exactly=True) == []


def test_an_index_without_signatures_is_made_anew(world: World) -> None:
    ticket = world.ticket(quoted="-- \nТОВ «Квітка», м. Львів")
    Build.objects.update(made_by=3)
    while step():
        pass
    assert found(world, "Львів") == [ticket.number]


def test_the_end_of_a_long_letter_is_found(world: World) -> None:
    lines = [f"рядок журналу {number} без помилок" for number in range(20_000)]
    ticket = world.ticket(subject="Журнал", text="\n".join([*lines, "kavomashyna 5000 зламалась зранку"]))
    index_follows()
    for text in ("kavomashyna 5000", '"зламалась зранку"', "журналу 19876"):
        assert found(world, text, exactly=True) == [ticket.number], text
    assert _said(world, "kavomashyna зламалась").endswith("[kavomashyna] 5000 [зламалась] зранку")


def test_a_long_letter_in_one_line_keeps_its_places(world: World) -> None:
    made = random.Random(2)
    words = " ".join(made.choice(("каса", "095 555 12 34", "чек", "та", "стрічка-2")) for _ in range(12_000))
    assert len(words) > 2 * repeats.WHOLE
    ticket = world.ticket(subject="Журнал", text=f"{words} лелека на даху")
    index_follows()
    assert found(world, "лелека дах") == [ticket.number]
    assert _said(world, "лелека дах").endswith("[лелека] на [даху]")
