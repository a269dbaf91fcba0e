"""Verbs on teams."""

from __future__ import annotations

import pytest

from vikno.journal.models import Event
from vikno.people.actions.persons import Refused
from vikno.staff import actions, queries
from vikno.staff.models import Team

pytestmark = pytest.mark.django_db


def test_the_first_team_is_the_default_and_the_second_is_not(act) -> None:
    support, billing = actions.create_team("Підтримка", by=act), actions.create_team("Бухгалтерія", by=act)
    assert queries.default_team() == support
    assert [team.name for team in queries.teams()] == ["Бухгалтерія", "Підтримка"]
    assert not billing.default


def test_another_team_becomes_the_default_alone(act) -> None:
    actions.create_team("Підтримка", by=act)
    billing = actions.create_team("Бухгалтерія", by=act)
    actions.make_default(billing, by=act)
    assert list(Team.objects.filter(default=True)) == [billing]


def test_the_default_team_is_not_archived_and_an_archived_one_is_no_default(act) -> None:
    support, billing = actions.create_team("Підтримка", by=act), actions.create_team("Бухгалтерія", by=act)
    with pytest.raises(Refused):
        actions.archive_team(support, by=act)
    actions.archive_team(billing, by=act)
    assert list(queries.teams()) == [support]
    with pytest.raises(Refused):
        actions.make_default(billing, by=act)
    actions.restore_team(billing, by=act)
    actions.make_default(billing, by=act)
    assert queries.default_team() == billing


@pytest.mark.parametrize("name", ["Підтримка", " Підтримка\u200b ", ""])
def test_a_name_is_needed_and_given_once(act, name: str) -> None:
    actions.create_team("Підтримка", by=act)
    other = actions.create_team("Інша", by=act)
    with pytest.raises(Refused):
        actions.create_team(name, by=act)
    with pytest.raises(Refused):
        actions.rename_team(other, name, by=act)


def test_openness_changes_with_an_event_that_says_from_what_to_what(act) -> None:
    team = actions.create_team("Кадри", openness="own", by=act)
    actions.set_openness(team, "closed", by=act)
    actions.set_openness(team, "closed", by=act)
    deltas = [event.delta for event in Event.objects.filter(verb="team.changed").order_by("id")]
    assert [delta["openness"] for delta in deltas] == [[None, "own"], ["own", "closed"]]
    with pytest.raises(ValueError, match="ajar"):
        actions.set_openness(team, "ajar", by=act)


def test_a_team_has_its_habits(act) -> None:
    team = actions.create_team("Підтримка", by=act)
    for _ in range(2):
        actions.set_habits(team, zone="Europe/Kyiv", reopen_days=14, signature={"uk": "Підтримка"}, by=act)
    row = Team.objects.get(id=team.id)
    assert (row.zone, row.reopen_days, row.signature) == ("Europe/Kyiv", 14, {"uk": "Підтримка"})
    last = Event.objects.filter(verb="team.changed").order_by("id")[1:]
    assert [event.delta["reopen_days"] for event in last] == [[None, 14]]
