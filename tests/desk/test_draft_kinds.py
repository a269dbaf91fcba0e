"""A draft of an answer and one of a note: neither is lost or taken for the other, also where there is no dialog yet."""

from __future__ import annotations

import re

import pytest

from tests.desk.seats import Seat
from tests.desk.test_answering import send, shown
from tests.desk.test_create import create
from tests.desk.test_drafts import a_file, drop, kept
from tests.world import World
from vikno.dialogs.models import Attachment, Channel
from vikno.people.models import Identity
from vikno.tickets.actions import merging
from vikno.tickets.models import Draft, DraftFile, NoteAttachment, Ticket


@pytest.fixture
def call(world: World) -> Ticket:
    """A customer with an address came in person: there is no dialog that carries an answer."""
    create(world, requester=world.maria.value, kind="in_person")
    return Ticket.objects.get()


def keep(seat: Seat, ticket: Ticket, **form: str) -> None:
    given = {"kind": "reply", "format": "text", "dialog": ""} | form
    assert seat.post(f"/tickets/{ticket.number}/draft", given).status_code == 204


def composer_of(page: str) -> str:
    return page[page.index('<form class="composer"') :]


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', composer_of(page))
    assert found is not None
    return found[1]


def kind_of(page: str) -> str:
    found = re.search(r'name="kind" value="(\w+)"[^>]* checked', composer_of(page))
    assert found is not None
    return found[1]


class TestWithoutADialog:
    @pytest.mark.parametrize("kind", ["reply", "note"])
    def test_a_draft_comes_back_as_what_it_was(self, world: World, call: Ticket, kind: str) -> None:
        seat = Seat(world.iryna)
        keep(seat, call, kind=kind, body="Пів речен")
        page = seat.page(f"/tickets/{call.number}")
        assert "Пів речен</textarea>" in page
        assert (kind_of(page), field(page, "was")) == (kind, kind)

    def test_so_do_files_alone(self, world: World, call: Ticket) -> None:
        seat = Seat(world.iryna)
        drop(seat, call, a_file(), kind="reply")
        assert kind_of(seat.page(f"/tickets/{call.number}")) == "reply"

    @pytest.mark.parametrize("kind", ["reply", "note"])
    def test_files_are_too_big_for_a_letter_only_where_one_will_be_begun(
        self, world: World, call: Ticket, kind: str
    ) -> None:
        Channel.objects.filter(id=world.mail.id).update(settings={"link_above_mb": 1})
        seat, words = Seat(world.iryna), "Too big for a letter"
        said = drop(seat, call, a_file(content=b"y" * 1_100_000), kind=kind)
        drawn = seat.page(f"/tickets/{call.number}")
        assert (words in said, words in drawn) == (kind == "reply", kind == "reply")

    @pytest.mark.parametrize(("first", "then"), [("reply", "note"), ("note", "reply")])
    def test_words_and_files_follow_from_one_kind_to_the_other(
        self, world: World, call: Ticket, first: str, then: str
    ) -> None:
        seat = Seat(world.iryna)
        files = kept(drop(seat, call, a_file(), kind=first, body="Пів"))
        keep(seat, call, kind=then, was=first, body="Пів речен", kept=files[0])
        page = seat.page(f"/tickets/{call.number}")
        assert "Пів речен</textarea>" in page and "план.txt" in page and kind_of(page) == then
        assert Draft.objects.count() == DraftFile.objects.count() == 1

    @pytest.mark.parametrize(("first", "then"), [("reply", "note"), ("note", "reply"), ("reply", "reply")])
    def test_what_was_sent_is_no_draft_any_more(self, world: World, call: Ticket, first: str, then: str) -> None:
        seat = Seat(world.iryna)
        files = kept(drop(seat, call, a_file(), kind=first, body="Ціле речення"))
        send(seat, call, kind=then, was=first, body="Ціле речення", kept=files)
        assert not Draft.objects.exists()
        assert (Attachment if then == "reply" else NoteAttachment).objects.get().name == "план.txt"

    def test_it_moves_into_the_dialog_that_is_there_by_now(self, world: World, call: Ticket) -> None:
        seat = Seat(world.iryna)
        keep(seat, call, body="Пів")
        message = world.answer(call, agent=world.taras)
        letter = world.letter(world.maria, answers=message)
        assert letter.ticket == call
        page = seat.page(f"/tickets/{call.number}")
        assert "Пів</textarea>" in page and field(page, "dialog") == str(message.dialog_id)
        keep(seat, call, body="Пів речен", was=field(page, "was"), dialog=field(page, "dialog"))
        assert [(one.dialog_id, one.html) for one in Draft.objects.all()] == [(message.dialog_id, "Пів речен")]

    def test_recipients_come_back_as_they_were_typed(self, world: World, call: Ticket) -> None:
        seat, typed = Seat(world.iryna), {"to": "buh@kramnytsia.example", "cc": "taras@kashtan.example", "bcc": ""}
        keep(seat, call, body="Пів", **typed)
        page = seat.page(f"/tickets/{call.number}")
        assert {name: field(page, name) for name in typed} == typed
        page = send(seat, call, body="Ціле", **(typed | {"cc": "не адреса"})).content.decode()
        assert (field(page, "to"), field(page, "cc")) == (typed["to"], "не адреса")

    def test_the_usual_one_follows_who_asks(self, world: World, call: Ticket) -> None:
        seat, where = Seat(world.iryna), f"/tickets/{call.number}"
        assert field(seat.page(where), "to") == world.maria.shown
        keep(seat, call, body="Пів", to=world.maria.shown, cc="", bcc="")
        better = Identity.objects.create(
            person=world.maria.person, kind="email", value="m@x.example", shown="m@x.example", preferred=True
        )
        assert field(seat.page(where), "to") == better.shown

    def test_it_is_thrown_away_by_its_button(self, world: World, call: Ticket) -> None:
        seat = Seat(world.iryna)
        keep(seat, call, body="Передумала")
        seat.post(f"/tickets/{call.number}/draft", {"discard": "1", "kind": "reply", "dialog": ""})
        assert not Draft.objects.exists()


def test_a_dialog_of_an_absorbed_ticket_keeps_its_draft_apart_from_the_note(world: World, call: Ticket) -> None:
    """The survivor has no dialog of its own: which one is meant is asked of the whole set."""
    seat, absorbed = Seat(world.iryna), world.ticket()
    merging.merge(absorbed, call, by=world.act(world.iryna))
    dialog = shown(seat, call)["dialog"]
    assert dialog
    keep(seat, call, body="Пів", dialog=dialog)
    keep(seat, call, body="Пів речен", kind="note", was="reply", dialog=dialog)
    assert [(one.dialog_id, one.html) for one in Draft.objects.all()] == [(None, "Пів речен")]
    keep(seat, call, body="Ціле речення", was="note", dialog=dialog)
    assert [(str(one.dialog_id), one.html) for one in Draft.objects.all()] == [(dialog, "Ціле речення")]


def test_an_address_that_takes_nothing_is_written_to_all_the_same(world: World) -> None:
    """Its mailbox was mended, and an agent typed it again: the composer itself no longer begins with it."""
    ticket, seat = world.ticket(), Seat(world.iryna)
    Identity.objects.filter(id=world.maria.id).update(failed_at=ticket.created_at, failed_as="gone")
    page = seat.page(f"/tickets/{ticket.number}")
    assert field(page, "to") == ""
    keep(seat, ticket, body="Пів", dialog=field(page, "dialog"), to=world.maria.shown, cc="", bcc="")
    assert field(seat.page(f"/tickets/{ticket.number}"), "to") == world.maria.shown


@pytest.mark.parametrize("turns", [(5, 6), (6, 5)])
@pytest.mark.parametrize("was", ["", "reply", "note"])
def test_of_two_kinds_on_their_way_the_later_one_counts(world: World, was: str, turns: tuple[int, int]) -> None:
    """What a page sends when it is left may overtake what it sent before, under another kind."""
    seat, ticket = Seat(world.iryna), world.ticket()
    dialog = shown(seat, ticket)["dialog"]
    keep(seat, ticket, body="П", dialog=dialog, turn="a.4", kind=was or "reply", was=was)
    said = {5: {"kind": "reply", "body": "Старе"}, 6: {"kind": "note", "body": "Нове"}}
    for turn in turns:
        keep(seat, ticket, dialog=dialog, was=was, turn=f"a.{turn}", **said[turn])
    assert [(one.dialog_id, one.html) for one in Draft.objects.all()] == [(None, "Нове")]


def test_a_file_on_its_way_lies_with_the_later_words(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    dialog = shown(seat, ticket)["dialog"]
    keep(seat, ticket, dialog=dialog, turn="a.6", kind="note", body="Нове")
    drop(seat, ticket, a_file(), dialog=dialog, turn="a.5", body="Старе")
    assert (Draft.objects.get().html, DraftFile.objects.get().draft) == ("Нове", Draft.objects.get())


def test_files_of_a_note_beside_a_dialog_are_never_too_big_for_a_letter(world: World) -> None:
    Channel.objects.filter(id=world.mail.id).update(settings={"link_above_mb": 1})
    seat, ticket = Seat(world.iryna), world.ticket()
    drop(seat, ticket, a_file(content=b"y" * 1_100_000), kind="note")
    page = seat.page(f"/tickets/{ticket.number}")
    assert kind_of(page) == "note" and "план.txt" in page
    assert "Too big for a letter" not in page
