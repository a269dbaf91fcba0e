"""A copy of what is kept of one person: what is in it, for whom, and that it is written down."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.dialogs.actions import NewFile
from vikno.journal.models import Event
from vikno.people import actions as people
from vikno.people.models import CustomField
from vikno.tickets.actions import hiding, noting

pytestmark = pytest.mark.django_db


def copy(seat: Seat, person: int) -> tuple[dict[str, Any], zipfile.ZipFile]:
    answer = seat.post(f"/people/{person}/copy")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == f'attachment; filename="person-{person}.zip"'
    packed = zipfile.ZipFile(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    return json.loads(packed.read("person.json")), packed


def test_it_holds_who_they_are_what_they_asked_and_what_was_said(world: World) -> None:
    ticket = world.ticket(world.maria, files=(NewFile("../../чек <1>.txt", "text/plain", b"42"),))
    world.answer(ticket, text="Перезавантажте касу.")
    noting.add_note(ticket, world.iryna, "Знову вона", by=world.act(world.iryna))
    field = CustomField.objects.create(key="limit", name="Ліміт", kind="number", of="person")
    people.set_value(world.maria.person, field, "1500,50", by=world.act(world.iryna))
    told, packed = copy(Seat(world.olena), world.maria.person_id)
    (person,) = told["persons"]
    assert (person["name"], person["contracts"][0]["number"]) == ("Марія Коваль", "Д-2041")
    assert person["fields"] == {"Ліміт": "1500.5"}
    assert person["addresses"][0]["address"] == "maria@kramnytsia.example"
    assert [one["number"] for one in told["requests"]] == [ticket.number]
    assert [one["written_by"] for one in told["messages"]] == ["us", "them"]
    assert "Перезавантажте касу." in told["messages"][0]["text"]
    (file,) = told["messages"][1]["files"]
    assert packed.read(file["path"]) == b"42" and ".." not in file["path"]
    assert "messages_left_out" not in told, "nothing is"
    assert "Знову вона" not in json.dumps(told, ensure_ascii=False)
    assert Event.objects.filter(verb="person.exported", person_id=world.maria.person_id).count() == 1


def test_who_was_joined_is_in_it_and_what_they_had_hidden_is_not(world: World) -> None:
    world.ticket(world.petro, subject="Друга пошта")
    hidden = world.ticket(world.maria, subject="Забрати назад", text="Мій рахунок UA21.").links.get().message
    hiding.hide(hidden, by=world.act(world.iryna))
    people.join(world.petro.person, world.maria.person, by=world.act(world.iryna))
    told, _packed = copy(Seat(world.olena), world.maria.person_id)
    assert {one["name"] for one in told["persons"]} == {"Марія Коваль", "Петро Лис"}
    assert len(told["requests"]) == 2
    assert "UA21" not in json.dumps(told["messages"])


def test_a_leads_copy_holds_what_the_lead_sees_and_an_owners_is_whole(world: World) -> None:
    world.ticket(world.maria, subject="Видне")
    hidden = world.ticket(world.maria, subject="Приватне", text="Скарга на Тараса.")
    hidden.team, hidden.restricted = world.billing, True
    hidden.save()
    for agent, subjects in ((world.taras, {"Видне"}), (world.olena, {"Видне", "Приватне"})):
        told, _packed = copy(Seat(agent), world.maria.person_id)
        assert {one["subject"] for one in told["requests"]} == subjects
        assert ("Скарга на Тараса." in json.dumps(told, ensure_ascii=False)) == (len(subjects) == 2)


def test_what_a_colleague_forwarded_with_a_remark_of_theirs_is_left_out(world: World) -> None:
    earlier = world.ticket(world.maria, subject="Fwd: Каса", text="Знову вона!\n\nКаса.", trust={"forwarded_by": 1})
    parted = world.ticket(world.maria, subject="Fwd: Чек", text="Чек.", trust={"forwarded_by": 1, "parted": True})
    told, _packed = copy(Seat(world.olena), world.maria.person_id)
    found = {one["id"]: (one["text"], one["text_left_out"]) for one in told["messages"]}
    assert found == {
        earlier.links.get().message_id: ("", True),
        parted.links.get().message_id: ("Чек.", False),
    }
    assert "Знову вона" not in json.dumps(told, ensure_ascii=False)


def test_what_another_in_copy_wrote_to_us_alone_is_not_in_it(world: World) -> None:
    first = world.letter(world.maria, text="Каса.", participants=((world.petro, "cc"),)).message
    world.letter(world.petro, answers=first, text="Лише вам: вона помилилась.")
    world.letter(world.petro, answers=first, text="Вам обом.", participants=((world.maria, "cc"),))
    told, _packed = copy(Seat(world.olena), world.maria.person_id)
    assert [(one["written_by"], one["text"]) for one in told["messages"]] == [
        ("another", "Вам обом."),
        ("them", "Каса."),
    ]
    theirs, _packed = copy(Seat(world.olena), world.petro.person_id)
    assert "Лише вам: вона помилилась." in [one["text"] for one in theirs["messages"] if one["written_by"] == "them"]


def test_leads_and_owners_alone_make_one(world: World) -> None:
    where = f"/people/{world.maria.person_id}"
    for agent in (world.iryna, world.sofia):
        seat = Seat(agent)
        assert seat.post(f"{where}/copy").status_code == 403
        assert "/copy" not in seat.page(where)
    assert f'action="{where}/copy"' in Seat(world.taras).page(where)
    assert "/erase" not in Seat(world.taras).page(where)
    page = Seat(world.olena).page(where)
    assert f'action="{where}/copy"' in page and f'href="{where}/erase"' in page
    assert Seat(world.olena).post("/people/99999999/copy").status_code == 404
    assert not Event.objects.filter(verb="person.exported").exists()
