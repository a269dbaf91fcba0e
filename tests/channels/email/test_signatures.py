"""What stands under a letter."""

import pytest

from tests.world import World
from vikno.channels.email.signatures import fill, in_language, signature_for


def test_agent_first_then_team_in_the_readers_language(world: World) -> None:
    world.iryna.signature = {"uk": "З повагою,\n{agent}", "en": "Regards,\n{agent}"}
    world.support.signature = {"en": "{team}, {company}"}
    assert signature_for(world.iryna, world.support, "en") == "Regards,\nIryna Агентка\nПідтримка, Каштан"
    assert signature_for(world.iryna, None, "uk") == "З повагою,\nIryna Агентка"


def test_nothing_written_is_nothing_shown(world: World) -> None:
    assert signature_for(world.iryna, world.support, "uk") == "" and signature_for(None, None, "uk") == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{agent}", "{team}"),  # a value is not looked at again
        ("{agent.password} {0} {{agent}}", "{agent.password} {0} {{team}}"),
        ("{{ 7*7 }} {% if x %}", "{{ 7*7 }} {% if x %}"),
        ("%(agent)s $agent", "%(agent)s $agent"),
    ],
)
def test_only_the_closed_list_of_names_is_known(text: str, shown: str) -> None:
    assert fill(text, {"agent": "{team}", "team": "T", "company": "C"}) == shown


def test_another_language_is_better_than_none() -> None:
    assert in_language({"ru": "С уважением"}, "en") == "С уважением"
    assert in_language({}, "en") == "" and in_language({"en": ""}, "en") == ""
