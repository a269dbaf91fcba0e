"""Colleagues and teams to choose from in a company of many: a page has the likely ones, another address has all."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.core import clock
from vikno.people.models import Person
from vikno.staff.models import Agent, Membership, Team
from vikno.tickets import directory
from vikno.tickets.actions import fields
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
NUMBER = 60
ASKED: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def many(world: World) -> World:
    """Sixty more teams and colleagues. One of these is an agent of support; one team reads its requests alone."""
    names = [f"Branch {n:02}" for n in range(NUMBER)]
    teams = Team.objects.bulk_create(Team(name=name, sort_key=name.lower()) for name in names)
    Team.objects.filter(id=teams[-1].id).update(openness=Team.Openness.OWN)
    called = [f"Colleague {n:02}" for n in range(NUMBER)]
    persons = Person.objects.bulk_create(Person(name=name, sort_key=name.lower()) for name in called)
    agents = Agent.objects.bulk_create(Agent(person=one, role=Agent.Role.AGENT) for one in persons)
    Membership.objects.create(team=world.support, agent=agents[7])
    directory.forget()
    return world


def options(page: str, field: str) -> dict[str, str]:
    """What the field of this name (the first one) holds: value → words."""
    found = re.search(rf'<select [^>]*name="{field}".*?</select>', page, re.S)
    assert found, field
    return all_options(found[0])


def all_options(text: str) -> dict[str, str]:
    return {value: unescape(word) for value, word in re.findall(r'<option value="(\w*)"[^>]*>([^<]*)', text)}


def rest(page: str, kind: str) -> str:
    """Where a page says that all of a kind are."""
    found = re.search(rf'data-rest="(/choices/{kind}\?[^"]+)"', page)
    assert found, kind
    return unescape(found[1])


def in_context(page: str) -> str:
    return page[page.index('id="card-properties"') :]


def test_a_small_company_has_all_on_its_pages(world: World) -> None:
    ticket, seat = world.ticket(), Seat(world.iryna)
    for address in (f"/tickets/{ticket.number}", f"/tickets/{ticket.number}/hand", "/tickets/new", "/inbox/open"):
        page = seat.page(address)
        assert "data-rest" not in page and "choices=all" not in page, address
    page = in_context(seat.page(f"/tickets/{ticket.number}"))
    assert {"Nobody yet", "Olena Ковальчук"} & set(options(page, "agent").values())
    assert len(options(page, "team")) == 3


def test_of_many_the_page_has_the_likely_ones(many: World) -> None:
    ticket, seat = many.ticket(), Seat(many.iryna)
    far = Agent.objects.get(person__name="Colleague 42")
    Ticket.objects.update(agent=far)
    page = in_context(seat.page(f"/tickets/{ticket.number}"))
    found = options(page, "agent")
    assert {"", str(many.iryna.id), str(far.id)} <= found.keys() and "Colleague 07" in found.values()
    assert "Colleague 08" not in found.values() and len(found) < 10
    assert list(options(page, "team")) == [str(many.support.id)]
    assert f'value="{many.iryna.id}" data-more="{many.iryna.person.user.email}" data-me' in page


def test_the_rest_is_all_that_can_be_chosen(many: World) -> None:
    Agent.objects.filter(person__name="Colleague 59").update(active=False)
    Team.objects.filter(name="Branch 00").update(archived_at=clock.now())
    directory.forget()
    ticket, seat = many.ticket(), Seat(many.iryna)
    page = seat.page(f"/tickets/{ticket.number}")
    agents = seat.page(rest(page, "agents"), **ASKED)
    names = set(all_options(agents).values())
    assert {f"Colleague {n:02}" for n in range(NUMBER - 1)} <= names and "Colleague 59" not in names
    assert many.sofia.person.name not in names  # she observes
    assert f'data-more="{many.taras.person.user.email}"' in agents and "selected" not in agents
    teams = set(all_options(seat.page(rest(page, "teams"), **ASKED)).values())
    assert {"Branch 01", "Branch 59", many.hr.name} <= teams and "Branch 00" not in teams
    # Many at once are handed only to where one still sees them.
    read = set(all_options(seat.page(rest(page, "read-teams"), **ASKED)).values())
    assert {"Branch 01", "Branch 58"} <= read and not {"Branch 59", many.hr.name, many.billing.name} & read


def test_who_may_not_choose_is_told_nobody(many: World) -> None:
    for kind in ("agents", "teams", "read-teams"):
        assert Seat(many.sofia).get(f"/choices/{kind}").status_code == 403
    assert Seat(many.iryna).get("/choices/everybody").status_code == 404
    assert "data-rest" not in Seat(many.sofia).page(f"/tickets/{many.ticket().number}")


def test_a_browser_keeps_them_until_there_is_another(many: World) -> None:
    seat = Seat(many.iryna)
    address = rest(seat.page("/tickets/new"), "agents")
    assert rest(Seat(many.taras).page("/tickets/new"), "agents") != address
    answer = seat.get(address, **ASKED)
    assert answer["Cache-Control"] == "private, max-age=3600"
    again = seat.get(address, HTTP_IF_NONE_MATCH=answer["ETag"], **ASKED)
    assert again.status_code == 304 and not again.content
    person = Person.objects.create(name="Newcomer", sort_key="newcomer")
    Agent.objects.create(person=person, role=Agent.Role.AGENT)
    directory.forget()
    assert rest(seat.page("/tickets/new"), "agents") != address
    late = seat.get(address, HTTP_IF_NONE_MATCH=answer["ETag"], **ASKED)
    assert "Newcomer" in late.content.decode() and "no-cache" in late["Cache-Control"]


@pytest.mark.parametrize("address", ["/tickets/1000?list=mine", "/inbox/open?sort=due"])
def test_without_a_script_one_asks_for_all(many: World, address: str) -> None:
    many.ticket()
    number = str(Ticket.objects.get().number)
    seat, address = Seat(many.iryna), address.replace("1000", number)
    page = seat.page(address)
    link = re.search(r'<a class="small" href="([^"]+)" data-without-script>Choose from all</a>', page)
    assert link, address
    asked = unescape(link[1])
    assert asked.startswith("?") and all(part in asked for part in address.partition("?")[2].split("&"))
    whole = seat.page(address.partition("?")[0] + asked)
    assert "data-rest" not in whole and "Choose from all" not in whole
    assert all(re.search(rf"<option [^>]*>{name}</option>", whole) for name in ("Colleague 08", "Branch 33"))


FORMS: dict[str, dict[str, Any]] = {
    "/tickets/new": {"kind": "phone", "requester": "maria@", "subject": "", "text": "Half said", "assignee": ""},
    "/tickets/1000/hand": {"note": "Call her first", "version": "1", "agent": ""},
    "/letters/a-letter": {
        "to": "somebody@else",
        "subject": "Half a",
        "body": "And words",
        "format": "text",
        "assignee": "",
    },
}


@pytest.mark.parametrize("address", FORMS)
def test_without_a_script_a_form_keeps_what_it_has_when_one_asks_for_all(many: World, address: str) -> None:
    ticket, seat = many.ticket(), Seat(many.iryna)
    near = Agent.objects.get(person__name="Colleague 07")
    typed = {
        name: value or near.id if name in ("agent", "assignee") else value for name, value in FORMS[address].items()
    }
    address = address.replace("1000", str(ticket.number))
    page = seat.page(address)
    assert page.count('href="#choose-from-all" data-without-script>Choose from all</a>') == 2
    button = re.search(r'<button [^>]*id="choose-from-all" name="(\w+)" value="(\w+)"[^>]*formnovalidate', page)
    assert button, "the form has a button for it"
    assert page.index("button--primary") < button.start(), "Enter presses the form's own"
    fields.tag(ticket, [fields.tag_named("meanwhile")], by=many.act(many.taras))
    target = re.search(r'formaction="([^"]+)"', button[0])
    answer = seat.sends(target[1] if target else address, **typed, **{button[1]: button[2]})
    whole = answer.content.decode()
    assert answer.status_code == 200 and "data-rest" not in whole and "choose-from-all" not in whole
    assert {"Colleague 08", "Branch 33"} <= set(re.findall(r"<option [^>]*>([^<]*)", whole))
    for name, value in typed.items():
        field = re.search(rf'<(?:input|textarea) [^>]*name="{name}"[^>]*>[^<]*', whole)
        chosen = re.search(rf'<option value="{value}"[^>]* selected', whole)
        assert str(value) in unescape(field[0]) if field else chosen, name
    assert Ticket.objects.count() == 1 and Ticket.objects.get().team_id == ticket.team_id


def test_a_form_that_comes_back_has_all_and_what_was_chosen(many: World) -> None:
    far, seat = Agent.objects.get(person__name="Colleague 42"), Seat(many.iryna)
    page = seat.post("/tickets/new", {"kind": "phone", "assignee": far.id, "requester": ""}).content.decode()
    assert "data-rest" not in page and re.search(rf'<option value="{far.id}"[^>]* selected>Colleague 42', page)


def test_whom_the_page_had_not_can_be_chosen(many: World) -> None:
    ticket, seat = many.ticket(), Seat(many.iryna)
    far = Agent.objects.get(person__name="Colleague 42")
    address = f"/tickets/{ticket.number}/change"
    answer = seat.post(address, {"agent": far.id, "version": ticket.version}, **ASKED).content.decode()
    assert Ticket.objects.get().agent == far
    assert re.search(rf'<option value="{far.id}" selected>Colleague 42', answer)
    assert "data-rest" in answer and len(options(in_context(answer), "agent")) < 10


def test_many_cost_a_page_no_question_more(many: World, queries: Any) -> None:
    ticket, seat = many.ticket(), Seat(many.iryna)
    seat.page(f"/tickets/{ticket.number}")
    with queries(at_most=26):
        seat.page(f"/tickets/{ticket.number}")
    address = rest(seat.page("/inbox/open"), "agents")
    with queries(at_most=6):
        seat.page(address, **ASKED)
