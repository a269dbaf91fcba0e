"""Templates: whose they are, what becomes of their names, and how they come into what is being written."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from django.utils.translation import gettext

from tests.desk.seats import Seat
from tests.world import World
from vikno.dialogs.models import Attachment
from vikno.journal.models import Event
from vikno.people.models import Person
from vikno.replies.models import Template, TemplateFile
from vikno.tickets.models import Draft, DraftFile, Ticket
from vikno.tickets.subjects import BLANK_SUBJECT, NO_WORDS

pytestmark = pytest.mark.django_db
FORM: dict[str, Any] = {
    "name": "Вітання", "shortcut": "/Віт", "scope": "own", "uk": "Доброго дня, {name}!\nНомер {number}.", "ru": "",
    "en": "Hello, {name}!",
}  # fmt: skip


def made(world: World, agent: Any = None, **form: Any) -> Template:
    answer = Seat(agent or world.iryna).post("/templates/new", FORM | form)
    assert answer.status_code == 302, answer.content.decode()
    return Template.objects.latest("id")


def inserted(seat: Seat, ticket: Ticket, template: Template, **form: Any) -> Any:
    given = {"kind": "reply", "format": "html", "body": "<p>Почато</p>", "template": template.id} | form
    answer = seat.post(f"/tickets/{ticket.number}/template", given, HTTP_HX_REQUEST="true")
    return answer.json() if answer.status_code == 200 else answer.status_code


def test_its_names_are_replaced_once_and_escaped_in_the_language_of_who_asks(world: World) -> None:
    Person.objects.filter(id=world.maria.person_id).update(name="<b>{number}</b>", language="uk")
    ticket, template = world.ticket(), made(world)
    told = inserted(Seat(world.iryna), ticket, template)
    assert told["html"] == (
        f"<p>Доброго дня, &lt;b&gt;{{number}}&lt;/b&gt;!<br>Номер #{ticket.number}.</p>"
    )  # a value is not looked at again
    assert told["text"].startswith("Доброго дня, <b>{number}</b>!") and told["said"] == ""
    template.refresh_from_db()
    assert (template.used, template.shortcut) == (1, "віт")


def test_another_language_is_said_and_a_name_that_is_missing_leaves_no_hole(world: World) -> None:
    Person.objects.filter(id=world.maria.person_id).update(name="", language="ru")
    told = inserted(Seat(world.iryna), world.ticket(), made(world))
    assert told["text"].startswith("Доброго дня!\n") and "no words in Русский" in told["said"]
    told = inserted(Seat(world.iryna), Ticket.objects.get(), Template.objects.get(), language="en")
    assert told["text"] == "Hello!" and told["said"] == ""


@pytest.mark.parametrize("subject", [NO_WORDS, BLANK_SUBJECT])
def test_a_request_without_a_subject_is_called_as_the_customer_may_read_it(world: World, subject: str) -> None:
    ticket, template = world.ticket(), made(world, uk="Щодо «{subject}»:", en="About “{subject}”:")
    assert inserted(Seat(world.iryna), ticket, template, language="uk")["text"] == "Щодо «Не працює каса»:"
    Ticket.objects.update(subject=subject)
    with translation.override("uk"):
        theirs = f"Щодо «{gettext('your request')}»:"
    assert inserted(Seat(world.iryna), ticket, template, language="uk")["text"] == theirs
    assert inserted(Seat(world.iryna), ticket, template, language="en")["text"] == "About “your request”:"


def test_its_files_are_laid_with_the_draft_and_leave_with_the_answer(world: World) -> None:
    ticket = world.ticket()
    template = made(world, files=[SimpleUploadedFile("умови.txt", b"terms", "text/plain")])
    seat = Seat(world.iryna)
    told = inserted(seat, ticket, template)
    assert "умови.txt" in told["files"] and Draft.objects.get().html == "<p>Почато</p>"  # what was typed is kept
    kept = re.findall(r'name="kept" value="(\d+)"', told["files"])
    form = {"kind": "reply", "format": "html", "body": "<p>Ось</p>", "kept": kept}
    seat.post(f"/tickets/{ticket.number}/answer", form | {"dialog": Draft.objects.get().dialog_id})
    assert Attachment.objects.get().name == "умови.txt" and TemplateFile.objects.count() == 1
    row = TemplateFile.objects.get()
    seat.post(f"/templates/{template.id}", FORM | {"remove": row.id})
    assert not TemplateFile.objects.exists() and Attachment.objects.get().file is not None


def test_a_note_takes_one_too_and_its_files_stay_inside(world: World) -> None:
    ticket = world.ticket()
    template = made(world, files=[SimpleUploadedFile("план.txt", b"x", "text/plain")])
    inserted(Seat(world.iryna), ticket, template, kind="note")
    assert DraftFile.objects.get().draft.dialog is None


def test_a_first_letter_takes_one_in_the_language_of_its_recipient(world: World) -> None:
    Person.objects.filter(id=world.petro.person_id).update(language="en")
    form = {"to": world.petro.shown, "format": "html", "body": "", "template": made(world).id}
    told = Seat(world.iryna).post("/letters/one/template", form, HTTP_HX_REQUEST="true").json()
    assert told["text"] == "Hello, Петро Лис!"


def test_without_a_script_it_is_chosen_on_a_page_and_put_behind_what_was_written(world: World) -> None:
    ticket, template, seat = world.ticket(), made(world), Seat(world.iryna)
    form = {"kind": "reply", "format": "text", "body": "Почато"}
    page = seat.post(f"/tickets/{ticket.number}/template", form).content.decode()
    assert f'name="template" value="{template.id}"' in page and 'name="body" value="Почато"' in page
    shown = seat.post(f"/tickets/{ticket.number}/template", form | {"template": template.id}, follow=True)
    assert re.search(r"Почато\s+Доброго дня, Марія Коваль!", shown.content.decode())


@pytest.mark.parametrize(
    ("scope", "makers", "readers"),
    [
        ("own", ("iryna", "taras", "olena", "bohdan", "sofia"), ()),
        ("support", ("taras", "olena"), ("iryna", "taras", "olena")),
        ("all", ("olena",), ("iryna", "taras", "olena", "bohdan", "sofia", "marko")),
    ],
)
def test_agents_write_their_own_leads_those_of_their_team_owners_those_of_all(
    world: World, scope: str, makers: tuple[str, ...], readers: tuple[str, ...]
) -> None:
    chosen = str(world.support.id) if scope == "support" else scope
    for who in ("iryna", "taras", "olena", "bohdan", "sofia"):
        before = Template.objects.count()
        answer = Seat(getattr(world, who)).post("/templates/new", FORM | {"scope": chosen})
        assert answer.status_code == (302 if who in makers else 403)
        assert Template.objects.count() == before + (who in makers)
    template = Template.objects.order_by("id").first()
    assert template is not None
    maker = getattr(world, makers[0])
    for who in ("iryna", "taras", "olena", "bohdan", "sofia", "marko"):
        seat, reads = Seat(getattr(world, who)), who in readers or getattr(world, who) == maker
        offered = seat.get("/templates/offered").json()["templates"]
        assert (template.id in [one["id"] for one in offered]) == reads
        may = who in makers and reads
        expected = 200 if may else 403 if reads else 404
        assert seat.get(f"/templates/{template.id}").status_code == expected
        for verb in ("archive", "restore"):
            assert seat.post(f"/templates/{template.id}/{verb}").status_code == (302 if may else expected)
        ticket = world.ticket(text="Ще") if who == "olena" else None
        if ticket and not reads:
            there = seat.post(f"/tickets/{ticket.number}/template", {"kind": "note", "template": template.id})
            assert there.status_code == 404


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": " \n"}, "needs a name"),
        ({"uk": "", "en": ""}, "at least one language"),
        ({"uk": "Пароль {password}"}, "Nothing is known by the name {password}"),
        ({"uk": "x" * 20_001}, "too long"),
    ],
)
def test_what_is_refused_stays_word_for_word(world: World, more: dict[str, str], words: str) -> None:
    answer = Seat(world.iryna).post("/templates/new", FORM | {"en": "Kept"} | more)
    assert answer.status_code == 422 and words in answer.content.decode().replace("&#39;", "'")
    assert ("Kept" in answer.content.decode()) == ("en" not in more) and not Template.objects.exists()


def test_what_is_archived_is_not_offered_and_comes_back(world: World) -> None:
    template, seat = made(world), Seat(world.iryna)
    seat.post(f"/templates/{template.id}/archive")
    assert seat.get("/templates/offered").json()["templates"] == [] and "Archived" in seat.page("/templates")
    seat.post(f"/templates/{template.id}/restore")
    assert [one["word"] for one in seat.get("/templates/offered").json()["templates"]] == ["Вітання"]
    same = [template.id, template.id]
    assert [event.delta for event in Event.objects.filter(verb="setting.changed").order_by("id")] == [
        {"template": [None, template.id]}, {"template": same, "archived": [False, True]},
        {"template": same, "archived": [True, False]},
    ]  # fmt: skip


def test_the_preview_shows_what_a_customer_would_read(world: World) -> None:
    told = Seat(world.iryna).post("/templates/preview", FORM | {"en": "<i>{agent}</i>"}).content.decode()
    assert "Доброго дня, Марія Коваль!" in told and "&lt;i&gt;Iryna Агентка&lt;/i&gt;" in told


def test_files_that_do_not_fit_are_said_and_the_words_come_all_the_same(world: World) -> None:
    ticket, seat = world.ticket(), Seat(world.iryna)
    many = [SimpleUploadedFile(f"{n}.txt", b"x", "text/plain") for n in range(50)]
    template = made(world, files=many)
    assert inserted(seat, ticket, template)["said"] == ""
    told = inserted(seat, ticket, template)
    assert "more than 50 files" in told["said"] and told["text"].startswith("Доброго")
    assert DraftFile.objects.count() == 50
