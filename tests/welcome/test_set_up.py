"""Setting up: one verb makes a company that can take its first letter, once."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress

from tests.installation import Installation
from vikno.accounts.models import User
from vikno.channels.email.plus import takes_plus
from vikno.channels.email.signatures import signature_for
from vikno.core.models import Brand, Company
from vikno.dialogs.models import Channel, ChannelAddress
from vikno.journal.models import Event
from vikno.journal.vocabulary import Verb
from vikno.people.models import Person
from vikno.staff.models import Agent, Team
from vikno.tickets.models import Category, Priority, Stage, Status, TicketType
from vikno.welcome import presets
from vikno.welcome.actions import AlreadySetUp, WrongAnswer, set_up

pytestmark = pytest.mark.django_db
ANSWERS: dict[str, Any] = {
    "company": "Каштан", "name": "Оксана Левченко", "email": "Owner@Kashtan.example",
    "password": "a long enough password",
    "language": "uk", "zone": "Europe/Kyiv", "preset": "shop", "address": "Help@Kashtan.example",
}  # fmt: skip


def test_all_that_the_first_letter_needs_is_there() -> None:
    made = set_up(**ANSWERS)
    assert (made.company.id, made.company.zone, Brand.objects.get().name) == (1, "Europe/Kyiv", "Каштан")
    user = User.objects.get()
    assert user.email == "owner@kashtan.example"
    assert user.check_password("a long enough password")
    assert EmailAddress.objects.get().verified, "without this second factors cannot be set up"
    assert made.owner.role == Agent.Role.OWNER
    assert made.owner.person.user == user
    assert made.owner.memberships.count() == Team.objects.count() == 4
    assert Team.objects.get(default=True) == made.team
    assert ChannelAddress.objects.get().address == "help@kashtan.example"
    assert set(Channel.objects.values_list("kind", flat=True)) == {"email", "phone", "in_person"}
    assert {Status.objects.filter(stage=stage, default=True).count() for stage in Stage.values} == {1}
    assert Priority.objects.filter(rank=0).count() == 1
    assert Event.objects.filter(verb=Verb.AGENT_JOINED, person_id=made.owner.person_id).count() == 1


def test_answers_from_its_first_address_come_back_to_one_of_their_own() -> None:
    made = set_up(**ANSWERS)
    assert made.mail is not None
    assert takes_plus(made.mail, "help@kashtan.example")


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_answers_are_signed_from_the_first_day_on(language: str) -> None:
    made = set_up(**ANSWERS)
    assert signature_for(made.owner, made.team, language) == "Оксана Левченко\nКаштан"


@pytest.mark.parametrize("preset", presets.PRESETS)
@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_every_preset_stands_in_every_language(preset: str, language: str) -> None:
    set_up(**ANSWERS | {"preset": preset, "language": language})
    plan = presets.PRESETS[preset]
    assert Team.objects.count() == len(plan.teams)
    assert Category.objects.count() == sum(1 + len(one.children) for one in plan.categories)
    assert TicketType.objects.count() == len(plan.types)
    names = [
        *Team.objects.values_list("name", flat=True), *Category.objects.values_list("name", flat=True),
        *Status.objects.values_list("name", "customer_word")[0],
    ]  # fmt: skip
    cyrillic = [name for name in names if any("а" <= letter <= "я" for letter in name.lower())]
    assert bool(cyrillic) == (language != "en")
    assert all(set("ыэъё").isdisjoint(name.lower()) for name in names) or language == "ru"
    assert all(set("іїєґ").isdisjoint(name.lower()) for name in names) or language == "uk"


def test_a_second_time_is_refused_and_changes_nothing() -> None:
    set_up(**ANSWERS)
    with pytest.raises(AlreadySetUp):
        set_up(**ANSWERS | {"company": "Another", "email": "b@kashtan.example"})
    assert Company.objects.get().name == "Каштан"
    assert Person.objects.count() == User.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("company", "  "), ("email", "owner"), ("address", "help at kashtan"), ("language", "de"), ("zone", "Kyiv"),
        ("zone", "../etc/passwd"), ("preset", "bank"), ("password", "short"),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_used_is_named(field: str, value: str) -> None:
    with pytest.raises(WrongAnswer) as refused:
        set_up(**ANSWERS | {field: value})
    assert refused.value.field == field
    assert not Company.objects.exists()
    assert not User.objects.exists()


def test_the_command_and_the_token(installation: Installation) -> None:
    done = installation.run(
        "setup", "--company", "Kashtan", "--email", "owner@kashtan.example", "--password", "-", "--preset", "it",
        input=b"a long enough password\n",
    )  # fmt: skip
    assert "owner@kashtan.example" in done.stdout.decode()
    again = installation.run(
        "setup", "--company", "K", "--email", "o@k.example", "--password", "a long enough password", check=False
    )
    assert again.returncode == 73
    assert "set up already" in again.stderr.decode()
    printed = installation.run("token", "owner@kashtan.example", "bench").stdout.decode()
    token = printed.splitlines()[-1]
    assert len(token) >= 26
    assert token == token.strip()
    assert installation.run("token", "stranger@kashtan.example", "bench", check=False).returncode == 67
    link = installation.run("link", "Owner@kashtan.example").stdout.decode().splitlines()[-1]
    assert link.startswith("http") and "/enter/" in link and link == link.strip()
    stranger = installation.run("link", "stranger@kashtan.example", check=False)
    assert (stranger.returncode, stranger.stdout) == (67, b"")
