"""Drafts: words and files are kept with their author alone, and an answer that was taken back is one again."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from tests.desk.seats import Seat
from tests.desk.test_answering import once_of, send, shown
from tests.desk.test_files import content_of
from tests.together import of_kind, one_after_the_other
from tests.world import World, standing
from vikno.core import files
from vikno.core.models import StoredFile
from vikno.dialogs.actions import NewFile, Words
from vikno.dialogs.models import Attachment, Delivery, Dialog, Message, Participant
from vikno.journal.models import Event
from vikno.tickets.actions import drafts, merging
from vikno.tickets.actions.answering import Answer, Recipients, reply
from vikno.tickets.actions.drafts import Begun
from vikno.tickets.models import Draft, DraftFile, NoteAttachment, Ticket


def a_file(name: str = "план.txt", content: bytes = b"one") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/plain")


def drop(seat: Seat, ticket: Ticket, *uploads: SimpleUploadedFile, **form: str) -> str:
    """A file goes into the composer, as its script tells it; answers what the page shows then."""
    given = {"kind": "reply", "format": "text", "body": "", "files": list(uploads)} | form
    answer = seat.post(f"/tickets/{ticket.number}/draft", given, HTTP_HX_REQUEST="true")
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.content.decode())


def kept(page: str) -> list[str]:
    return re.findall(r'name="kept" value="(\d+)"', page)


def test_a_draft_is_kept_for_its_agent_alone(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    before = Event.objects.count()
    form = {"kind": "reply", "format": "text", "body": "Пів речен"} | shown(seat, ticket)
    assert seat.post(f"/tickets/{ticket.number}/draft", form).status_code == 204
    assert Event.objects.count() == before
    assert "Пів речен</textarea>" in seat.page(f"/tickets/{ticket.number}")
    assert "Пів речен" not in Seat(world.taras).page(f"/tickets/{ticket.number}")
    send(seat, ticket, **(form | {"body": "Ціле речення"}))
    assert not Draft.objects.exists()


def test_of_two_savings_on_their_way_the_later_one_counts(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    form = {"kind": "reply", "format": "text"} | shown(seat, ticket)
    where = f"/tickets/{ticket.number}/draft"
    for body, turn in (("Пів", "a.1"), ("Ціле речення", "a.3"), ("Пів рече", "a.2")):
        assert seat.post(where, form | {"body": body, "turn": turn}).status_code == 204
    assert Draft.objects.get().html == "Ціле речення"
    seat.post(where, form | {"body": "З іншої сторінки", "turn": "b.1"})
    assert Draft.objects.get().html == "З іншої сторінки"
    for turn in ("b.x", "b.", "\x00", "b." + "9" * 60, "b"):
        assert seat.post(where, form | {"body": turn, "turn": turn}).status_code == 204


def test_what_a_page_emptied_is_not_brought_back_by_an_earlier_saving(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    form = {"kind": "reply", "format": "text"} | shown(seat, ticket)
    where = f"/tickets/{ticket.number}/draft"
    for body, turn in (("Пів", "a.1"), ("", "a.3"), ("Пів рече", "a.2")):
        assert seat.post(where, form | {"body": body, "turn": turn}).status_code == 204
    assert not Draft.objects.exists()
    assert seat.post(where, form | {"body": "Як нотатка", "turn": "a.2", "kind": "note"}).status_code == 204
    assert not Draft.objects.exists()
    page = drop(seat, ticket, a_file(), turn="a.2", body="Пів рече")  # a file is no words: it was not taken out
    assert Draft.objects.get().html == "" and len(kept(page)) == 1
    seat.post(where, form | {"body": "Нове", "turn": "a.4"})
    assert Draft.objects.get().html == "Нове"
    seat.post(where, form | {"body": "З іншої сторінки", "turn": "b.1"})
    assert Draft.objects.get().html == "З іншої сторінки"


@pytest.mark.parametrize("then", ["answer", "discard", "note"])
def test_what_was_sent_or_thrown_away_is_not_brought_back_by_an_earlier_saving(world: World, then: str) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    kind = "note" if then == "note" else "reply"
    form = {"kind": kind, "format": "text", "body": "Готово"} | shown(seat, ticket)
    where = f"/tickets/{ticket.number}/draft"
    seat.post(where, form | {"turn": "a.1"})
    if then == "discard":
        seat.post(where, form | {"discard": "1", "turn": "a.3"})
    else:
        send(seat, ticket, **(form | {"turn": "a.3"}))
    assert not Draft.objects.exists()
    seat.post(where, form | {"turn": "a.2"})
    assert not Draft.objects.exists()
    seat.post(where, form | {"body": "Нове", "turn": "a.4"})
    assert Draft.objects.get().html == "Нове"


def test_what_a_draft_says_of_its_saving_stands_in_the_page(world: World) -> None:
    """By it a page that was loaded anew knows whether what was typed last had arrived."""
    seat, ticket = Seat(world.iryna), world.ticket()
    assert 'data-drawn=""' in seat.page(f"/tickets/{ticket.number}")
    form = {"kind": "reply", "format": "text", "body": "Пів", "turn": "a.7"} | shown(seat, ticket)
    seat.post(f"/tickets/{ticket.number}/draft", form)
    assert 'data-drawn="a.7"' in seat.page(f"/tickets/{ticket.number}")


@pytest.mark.only_on("postgresql")  # SQLite has one writer at a time
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("note", [False, True])
def test_of_two_first_savings_at_once_the_later_one_counts(note: bool) -> None:
    """There is no row yet that the second could wait for."""
    with standing() as world:
        with transaction.atomic():
            ticket = world.ticket()
        dialog = None if note else ticket.last_dialog

        def keeping(body: str, turn: int) -> Callable[[], drafts.Kept]:
            begun = Begun(body, page="p", turn=turn, note=note)
            return lambda: drafts.keep(world.iryna, ticket, dialog, begun)

        results = one_after_the_other(keeping("Ціле речення", 2), keeping("Пів", 1))
        assert [one.late for one in of_kind(results, drafts.Kept)] == [False, True]
        assert Draft.objects.get().html == "Ціле речення"


@pytest.mark.only_on("postgresql")
@pytest.mark.django_db(transaction=True)
def test_words_that_are_saved_while_the_last_file_is_taken_out_stay() -> None:
    with standing() as world:
        with transaction.atomic():
            ticket = world.ticket()
            drafts.keep_files(world.iryna, ticket, None, [NewFile("план.txt", "text/plain", b"one")], note=True)
        file = DraftFile.objects.get()
        begun = Begun("Ціле речення", page="p", turn=1, note=True)
        results = one_after_the_other(
            lambda: drafts.keep(world.iryna, ticket, None, begun),
            lambda: drafts.remove_file(world.iryna, ticket, file.id),
        )
        assert len(of_kind(results, drafts.Kept)) == 1
        assert Draft.objects.get().html == "Ціле речення" and not DraftFile.objects.exists()


def test_what_a_page_emptied_stays_so_when_its_last_file_goes(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    form = {"kind": "reply", "format": "text"} | shown(seat, ticket)
    where = f"/tickets/{ticket.number}/draft"
    [file] = kept(drop(seat, ticket, a_file(), turn="a.1"))
    seat.post(where, form | {"body": "", "turn": "a.3", "kept": file})
    seat.post(where, form | {"remove_file": file})
    assert not Draft.objects.exists()
    seat.post(where, form | {"body": "Пів рече", "turn": "a.2"})
    assert not Draft.objects.exists()
    seat.post(where, form | {"body": "Нове", "turn": "a.4"})
    assert Draft.objects.get().html == "Нове"


def test_a_draft_of_a_note_comes_back_as_a_note(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    seat.post(f"/tickets/{ticket.number}/draft", {"kind": "note", "format": "text", "body": "Нотатка"})
    page = seat.page(f"/tickets/{ticket.number}")
    assert re.search(r'value="note"[^>]* checked', page)
    assert "Нотатка</textarea>" in page


def test_the_language_that_one_writes_in_comes_back_with_the_draft(world: World) -> None:
    """Also when the answer is taken back before it has left; what is no language is none."""
    seat, ticket = Seat(world.iryna), world.ticket()
    where, form = f"/tickets/{ticket.number}", {"kind": "reply", "format": "text", "body": "Hello"}
    assert '<option value="en" selected>' in seat.page(where)
    seat.post(f"{where}/draft", form | shown(seat, ticket) | {"language": "<b>"})
    assert '<option value="en" selected>' in seat.page(where)
    seat.post(f"{where}/draft", form | shown(seat, ticket) | {"language": "ru"})
    assert '<textarea name="body" rows="3" lang="ru"' in seat.page(where)
    send(seat, ticket, **(form | shown(seat, ticket) | {"language": "ru"}))
    assert not Draft.objects.exists()
    seat.post(f"/messages/{Message.objects.latest('id').id}/unsend")
    assert '<option value="ru" selected>' in seat.page(where)


def test_an_empty_draft_is_none_and_any_is_taken(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    for body in ("x", "\x00", "a" * 600_000, "", "<script>"):
        form = {"kind": "reply", "format": "html", "body": body, "dialog": "²"}
        assert seat.post(f"/tickets/{ticket.number}/draft", form).status_code == 204
        assert seat.get(f"/tickets/{ticket.number}").status_code == 200


def test_a_file_lies_with_the_draft_at_once_and_only_its_author_has_it(world: World) -> None:
    seat, ticket, before = Seat(world.iryna), world.ticket(), Event.objects.count()
    shown_now = drop(seat, ticket, a_file("../план.txt"))
    row = DraftFile.objects.get()
    assert kept(shown_now) == [str(row.id)]
    assert ".." not in row.name
    assert row.file is not None
    assert re.fullmatch(r"[0-9a-f]{32}", row.file.key)
    elsewhere = Seat(world.iryna).page(f"/tickets/{ticket.number}")
    assert kept(elsewhere) == [str(row.id)]
    assert "план.txt" in elsewhere
    answer = seat.get(f"/files/draft/{row.id}")
    assert content_of(answer) == b"one"
    assert answer["Content-Disposition"].startswith("attachment")
    for other in (world.taras, world.olena, world.bohdan):
        assert Seat(other).get(f"/files/draft/{row.id}").status_code == 404
        assert kept(Seat(other).page(f"/tickets/{ticket.number}")) == [] if other != world.bohdan else True
    assert Event.objects.count() == before


def test_a_kept_file_goes_with_the_answer_and_is_stored_once(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    drop(seat, ticket, a_file())
    page = drop(seat, ticket, a_file("два.txt", b"two"))
    once, stored = once_of(seat, ticket), StoredFile.objects.count()
    form = {"body": "Ось", "kept": kept(page), "once": once}
    send(seat, ticket, **form)
    attached = {row.name: files.read(row.file) for row in Attachment.objects.select_related("file") if row.file}
    assert attached == {"план.txt": b"one", "два.txt": b"two"}
    assert StoredFile.objects.count() == stored
    assert not Draft.objects.exists()
    assert "It was sent already." in send(seat, ticket, **form).content.decode()
    assert Message.objects.filter(author="agent").count() == 1


def test_a_file_without_words_is_an_answer_and_one_of_a_note_stays_inside(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    page = drop(seat, ticket, a_file())
    send(seat, ticket, body="", kind="note", was="reply", kept=kept(page))  # chosen at the last moment
    assert NoteAttachment.objects.get().name == "план.txt"
    assert not Attachment.objects.exists()
    assert not Draft.objects.exists()


def test_files_that_are_too_big_for_a_letter_are_announced(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    world.mail.settings = {"link_above_mb": 1}
    world.mail.save()
    words = "Too big for a letter"
    given = shown(seat, ticket)
    assert words not in drop(seat, ticket, a_file(content=b"x" * 1000), **given)
    assert words in drop(seat, ticket, a_file("b.txt", b"y" * 1_100_000), **given)
    assert words in seat.page(f"/tickets/{ticket.number}")
    assert words not in drop(seat, ticket, a_file("c.txt", b"z" * 1_100_000), **(given | {"kind": "note"}))


def test_what_was_taken_out_elsewhere_is_said_and_nothing_is_sent(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    page = drop(seat, ticket, a_file(), body="Див. файл")
    seat.post(f"/tickets/{ticket.number}/draft", {"remove_file": kept(page)[0]}, HTTP_HX_REQUEST="true")
    assert not StoredFile.objects.exists()
    answer = send(seat, ticket, body="Див. файл", kept=kept(page))
    assert answer.status_code == 422
    assert "was removed elsewhere" in answer.content.decode()
    assert "Див. файл</textarea>" in answer.content.decode()
    assert not Delivery.objects.exists()


def test_another_agents_file_is_neither_sent_nor_removed(world: World) -> None:
    ticket, seat = world.ticket(), Seat(world.taras)
    page = drop(Seat(world.iryna), ticket, a_file())
    assert send(seat, ticket, body="Так", kept=kept(page)).status_code == 422
    seat.post(f"/tickets/{ticket.number}/draft", {"remove_file": kept(page)[0], "kind": "reply"})
    assert DraftFile.objects.count() == 1


@pytest.mark.parametrize("bound", ["MOST_BYTES", "MOST_FILES"])
def test_too_much_is_refused_in_words(world: World, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(drafts, bound, 3)
    seat, ticket = Seat(world.iryna), world.ticket()
    few = [a_file(f"{number}.txt", b"x") for number in range(3)]
    drop(seat, ticket, *few)
    answer = seat.post(
        f"/tickets/{ticket.number}/draft", {"files": a_file("4.txt", b"x"), "body": "Слова"}, HTTP_HX_REQUEST="true"
    )
    assert answer.status_code == 422
    assert "Leave some out" in answer.content.decode()
    assert DraftFile.objects.count() == 3
    assert Draft.objects.get().html == "Слова"


def test_a_draft_is_discarded_with_its_files(world: World, django_capture_on_commit_callbacks) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    drop(seat, ticket, a_file(), body="Передумала")
    key = StoredFile.objects.get().key
    with django_capture_on_commit_callbacks(execute=True):
        page = seat.post(f"/tickets/{ticket.number}/draft", {"discard": "1"}, follow=True).content.decode()
    assert "The draft is gone." in page
    assert "Передумала" not in page
    assert not Draft.objects.exists()
    assert key not in set(files.store().keys())


def test_without_a_script_a_chosen_file_is_kept_by_a_button(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    form = {"kind": "reply", "format": "text", "body": "Пів", "files": a_file(), "keep": "1", "to": "a@b.example"}
    page = seat.post(f"/tickets/{ticket.number}/draft", form, follow=True).content.decode()
    assert "The draft is kept." in page
    assert "план.txt" in page
    assert 'name="to" value="a@b.example"' in page
    left = {"remove_file": kept(page)[0], "dialog": shown(seat, ticket)["dialog"]}
    page = seat.post(f"/tickets/{ticket.number}/draft", left, follow=True).content.decode()
    assert kept(page) == []
    assert "Пів</textarea>" in page


def test_files_of_a_refused_answer_lie_with_the_draft(world: World) -> None:
    """A browser gives chosen files only once."""
    seat, ticket = Seat(world.iryna), world.ticket()
    answer = send(seat, ticket, body="Так", to="не адреса", files=a_file())
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "план.txt" in page
    assert 'value="не адреса"' in page
    send(seat, ticket, body="Так", kept=kept(page))
    assert Attachment.objects.get().name == "план.txt"


def test_an_answer_taken_back_is_a_draft_again_with_all_that_it_had(world: World) -> None:
    seat, ticket, other = Seat(world.iryna), world.ticket(), world.ticket(world.petro)
    dialog = Dialog.objects.get(identity=world.maria)
    words = Words("Ось", "<p>Ось <strong>план</strong></p>")
    to = Recipients([world.maria], [world.petro], [world.stranger])
    attached = [NewFile("план.txt", "text/plain", b"one")]
    message = reply(ticket, world.iryna, Answer(words, attached, dialog, to, [other]), by=world.act(world.iryna))
    page = seat.post(f"/messages/{message.id}/unsend", follow=True).content.decode()
    form = page[page.index('<form class="composer"') :]
    assert "&lt;strong&gt;план&lt;/strong&gt;" in form
    for role, one in (("to", world.maria), ("cc", world.petro), ("bcc", world.stranger)):
        assert f'name="{role}" value="{one.shown}"' in form
    assert f'name="also" value="{other.number}" checked' in form
    assert Draft.objects.get().ticket == ticket
    assert not Participant.objects.filter(dialog=dialog, identity=world.petro, until=None).exists()
    copy = DraftFile.objects.get()
    taken_back = Attachment.objects.get(message=message)
    assert copy.file is not None and taken_back.file is not None
    assert files.read(copy.file) == files.read(taken_back.file) == b"one"
    assert copy.file != taken_back.file
    again = {name: re.search(rf'name="{name}" value="([^"]*)"', form)[1] for name in ("to", "cc", "bcc")}  # type: ignore[index]
    send(seat, ticket, format="html", body=words.html, kept=kept(form), also=str(other.number), **again)
    last = Message.objects.filter(author="agent").latest("id")
    assert set(last.links.values_list("ticket", flat=True)) == {ticket.id, other.id}
    assert {row.role for row in last.deliveries.all()} == {"to", "cc", "bcc"}
    assert Attachment.objects.get(message=last).name == "план.txt"


def test_undoing_by_the_toast_draws_the_composer_of_several_tickets_anew(world: World) -> None:
    seat, ticket, other = Seat(world.iryna), world.ticket(), world.ticket(world.petro)
    answer = send(seat, ticket, body="Обом", also=str(other.number), **shown(seat, ticket))
    undo = re.search(r'action="(/undo/\d+)"', answer.content.decode())
    assert undo is not None
    page = seat.post(undo[1], HTTP_HX_REQUEST="true").content.decode()
    assert f"[data-ticket=&#39;{ticket.number}&#39;] #composer" in page
    assert "Обом</textarea>" in page


def test_what_was_begun_since_stays_behind_what_comes_back(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    message = world.answer(ticket, text="Перше")
    fields = shown(seat, ticket)
    form = {"kind": "reply", "format": "html", "body": "<p>Друге</p>"} | fields
    seat.post(f"/tickets/{ticket.number}/draft", form)
    page = seat.post(f"/messages/{message.id}/unsend", follow=True).content.decode()
    assert "&lt;p&gt;Перше&lt;/p&gt;&lt;p&gt;Друге&lt;/p&gt;" in page


def test_words_follow_from_an_answer_to_a_note(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    page = drop(seat, ticket, a_file(), body="Для всіх", **shown(seat, ticket))
    form = {"kind": "note", "format": "text", "body": "Для нас", "kept": kept(page), "was": "reply"}
    form |= shown(seat, ticket)
    seat.post(f"/tickets/{ticket.number}/draft", form, HTTP_HX_REQUEST="true")
    assert Draft.objects.get().dialog is None
    assert DraftFile.objects.get().draft == Draft.objects.get()
    send(seat, ticket, **(form | {"was": "note"}))
    assert not Draft.objects.exists()


def test_what_was_begun_on_a_merged_request_goes_on_where_it_leads_and_comes_back_with_it(world: World) -> None:
    seat, into, one = Seat(world.iryna), world.ticket(subject="Решта"), world.ticket(subject="Каса")
    form = {"kind": "reply", "format": "text", "body": "Пів речен"} | shown(seat, one)
    assert seat.post(f"/tickets/{one.number}/draft", form).status_code == 204
    merging.merge(one, into, by=world.act(world.taras))
    assert "Пів речен</textarea>" in seat.page(f"/tickets/{into.number}")
    merging.unmerge(Ticket.objects.get(id=one.id), by=world.act(world.taras))
    assert "Пів речен</textarea>" in seat.page(f"/tickets/{one.number}")
    assert "Пів речен" not in seat.page(f"/tickets/{into.number}")


def test_a_draft_stays_where_its_author_cannot_follow(world: World) -> None:
    seat, one, into = Seat(world.iryna), world.ticket(), world.ticket(world.petro, subject="Решта")
    form = {"kind": "reply", "format": "text", "body": "Пів речен"} | shown(seat, one)
    assert seat.post(f"/tickets/{one.number}/draft", form).status_code == 204
    Ticket.objects.filter(id=into.id).update(restricted=True)
    into.refresh_from_db()
    merging.merge(one, into, by=world.act(world.olena))
    assert Draft.objects.get().ticket_id == one.id
