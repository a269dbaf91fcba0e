"""Lists of teams in a company of many: the navigation has those that are near, a page and the palette all others."""

from __future__ import annotations

import re

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.desk import team_lists
from vikno.staff.models import Team
from vikno.tickets import directory
from vikno.tickets.models import Ticket

pytestmark = pytest.mark.django_db
NUMBER = 60


@pytest.fixture
def many(world: World) -> World:
    """Sixty more teams, of which one reads its requests alone."""
    names = [f"Branch {n:02}" for n in range(NUMBER)]
    teams = Team.objects.bulk_create(Team(name=name, sort_key=name.lower()) for name in names)
    Team.objects.filter(id=teams[-1].id).update(openness=Team.Openness.OWN)
    directory.forget()
    return world


def beside(page: str) -> list[str]:
    """Teams that the navigation of a page leads to."""
    return re.findall(r'data-place="team:(\d+)"', page[page.index('id="nav-places"') : page.index("nav__foot")])


def listed(page: str) -> dict[str, str]:
    """What the page of all teams says: name → how many are open."""
    table = page[page.index('id="team-lists"') :]
    return dict(re.findall(r'<bdi>([^<]+)</bdi>.*?data-label="Open requests">(\d+)<', table, re.S))


def test_a_small_company_has_all_of_them_at_hand(world: World) -> None:
    branch = Team.objects.create(name="Branch", sort_key="branch")
    directory.forget()
    page = Seat(world.iryna).page("/inbox/open")
    assert beside(page) == [str(world.support.id), str(branch.id)]
    assert "/lists/teams" not in page


def test_of_many_the_navigation_has_those_one_is_in_and_the_one_looked_at(many: World) -> None:
    assert beside(Seat(many.iryna).page("/inbox/open")) == [str(many.support.id)]
    far = Team.objects.get(name="Branch 07")
    page = Seat(many.iryna).page(f"/inbox/team:{far.id}")
    assert beside(page) == [str(many.support.id), str(far.id)] and 'href="/lists/teams"' in page


def test_the_page_has_all_whose_requests_one_reads_own_first(many: World) -> None:
    many.ticket()
    Ticket.objects.filter(id=many.ticket().id).update(team=Team.objects.get(name="Branch 01"))
    first = listed(Seat(many.iryna).page("/lists/teams"))
    assert len(first) == team_lists.PAGE and next(iter(first)) == many.support.name
    assert first[many.support.name] == first["Branch 01"] == "1" and first["Branch 00"] == "0"
    second = listed(Seat(many.iryna).page(f"/lists/teams?from={team_lists.PAGE}"))
    names = {*first, *second}
    assert not {*first} & {*second} and "Branch 58" in names and not {"Branch 59", many.billing.name} & names


def test_one_is_found_by_words_of_its_name(many: World) -> None:
    assert [*listed(Seat(many.iryna).page("/lists/teams?q=BRANCH+07"))] == ["Branch 07"]
    assert "Nothing was found for" in Seat(many.iryna).page("/lists/teams?q=nowhere")
    [found, *_others] = Seat(many.iryna).get("/search/quick?q=branch 07").json()["found"]
    assert found["word"] == "Branch 07" and found["url"].startswith("/inbox/team:")


def test_numbers_that_are_none_lead_to_the_beginning(many: World) -> None:
    assert listed(Seat(many.iryna).page("/lists/teams?from=x")) == listed(Seat(many.iryna).page("/lists/teams?from=0"))
    assert "There is no team" in Seat(many.iryna).page("/lists/teams?from=9999")
