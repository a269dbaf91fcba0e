"""What one decides for oneself: looks, language, zone, signature, sessions."""

from __future__ import annotations

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from tests.desk.seats import Seat
from tests.world import PASSWORD, World
from vikno.accounts.devices import device
from vikno.accounts.models import User
from vikno.journal.models import Event
from vikno.staff.models import Agent
from vikno.tickets import directory


@pytest.fixture(autouse=True)
def fresh_words():
    directory.forget()


@pytest.fixture
def iryna(world) -> Seat:
    return Seat(world.iryna)


def signed_in(name: str) -> Client:
    """By the form, so that the session is known."""
    browser = Client(HTTP_HOST="127.0.0.1:8000", HTTP_ACCEPT_LANGUAGE="en")
    browser.post("/account/login/", {"login": f"{name}@kashtan.example", "password": PASSWORD})
    return browser


ANSWERS = {
    "name": "Ірина Мельник", "language": "uk", "zone": "Europe/Warsaw", "theme": "dark", "density": "compact",
    "keys": "off", "signature_uk": "З повагою, {agent}", "signature_ru": "", "signature_en": "Yours, {agent}",
}  # fmt: skip


def test_everybody_settles_their_own_desk(world, iryna):
    answer = iryna.sends("/settings", **ANSWERS)
    agent = Agent.objects.select_related("person__user").get(id=world.iryna.id)
    user = agent.person.user
    assert (agent.person.name, agent.zone) == ("Ірина Мельник", "Europe/Warsaw")
    assert agent.signature == {"uk": "З повагою, {agent}", "en": "Yours, {agent}"}
    assert (user.language, user.theme, user.density, user.single_keys) == ("uk", "dark", "compact", False)
    page = answer.content.decode()
    assert '<html lang="uk" data-theme="dark" data-density="compact">' in page
    assert 'data-keys="off"' in page
    assert iryna.cookies["vikno_language"].value == "uk"


def test_a_time_zone_is_kept_by_the_name_it_has_now(world, iryna):
    page = iryna.sends("/settings", **ANSWERS | {"language": "en", "zone": "Europe/Kiev"}).content.decode()
    assert Agent.objects.get(id=world.iryna.id).zone == "Europe/Kyiv"
    assert "Europe/Kiev" not in page


def test_the_journal_says_that_a_signature_changed_and_not_its_words(world, iryna):
    iryna.sends("/settings", **ANSWERS)
    told = str(list(Event.objects.filter(person_id=world.iryna.person_id).values_list("verb", "delta")))
    assert "signed" in told
    assert "повагою" not in told
    assert "Мельник" not in told


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("zone", "Kyiv/Europe", "There is no time zone of this name"), ("name", " ", "Customers see your name")],
)
def test_a_refusal_keeps_what_was_typed_and_saves_nothing(world, iryna, field, value, words):
    answer = iryna.post("/settings", ANSWERS | {field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "З повагою, {agent}" in page
    assert 'value="dark" checked' in page
    assert User.objects.get(person__agent=world.iryna).theme == "system"
    assert Agent.objects.get(id=world.iryna.id).signature == {}


def test_observers_settle_their_own_desk_too(world):
    assert Seat(world.sofia).sends("/settings", **ANSWERS).status_code == 200
    assert User.objects.get(person__agent=world.sofia).theme == "dark"


def test_the_menu_switches_the_colours_alone(world, iryna):
    assert iryna.post("/settings/theme", {"theme": "dark"}, headers={"HX-Request": "true"}).status_code == 204
    assert User.objects.get(person__agent=world.iryna).theme == "dark"
    assert iryna.post("/settings/theme", {"theme": "pink"}).status_code == 302
    assert User.objects.get(person__agent=world.iryna).theme == "dark"


def test_a_session_elsewhere_is_ended_and_that_of_others_is_not(world):
    here, elsewhere, sofia = (signed_in(one) for one in ("iryna", "iryna", "sofia"))
    keys = dict(UserSession.objects.values_list("session_key", "id"))
    here.post(f"/settings/sessions/{keys[sofia.session.session_key]}/end")
    assert sofia.get("/settings").status_code == 200
    page = here.get("/settings").content.decode()
    assert f"/settings/sessions/{keys[elsewhere.session.session_key]}/end" in page
    assert f"/settings/sessions/{keys[here.session.session_key]}/end" not in page
    here.post(f"/settings/sessions/{keys[elsewhere.session.session_key]}/end")
    assert elsewhere.get("/settings").status_code == 302
    assert here.get("/settings").status_code == 200


def test_the_page_leads_on_to_password_factors_and_tokens(iryna):
    page = iryna.page("/settings")
    for address in ("/account/password/change/", "/account/two-factor/", "/account/tokens/"):
        assert f'href="{address}"' in page


def test_who_only_looks_after_themselves_sees_no_tabs_of_others(iryna):
    page = iryna.page("/settings")
    assert 'href="/undone"' not in page
    assert 'href="/teams"' not in page


def test_a_browser_is_told_in_two_words():
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    chrome = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
    safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1 Version/17.5 Safari/604.1"
    assert [device(one) for one in (firefox, chrome, safari)] == [
        "Firefox on Linux",
        "Chrome on Android",
        "Safari on iPhone",
    ]
    assert str(device("")) == "Unknown device"


def test_the_page_of_components_is_there_for_every_agent(world):
    assert "Every component in every state" in Seat(world.sofia).page("/design")


@pytest.mark.parametrize(
    "address",
    ["/channels", "/channels/new", "/staff", "/teams", "/settings", "/design", "/welcome/next", "/account/sessions/",
     "/account/profile/", "/account/tokens/"],
)  # fmt: skip
def test_a_page_may_be_asked_for_its_head_alone(world: World, address: str) -> None:
    seat = Seat(world.olena)
    expected = seat.get(address).status_code
    answer = seat.head(address)
    assert answer.status_code == expected
    assert answer.content == b""


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_the_theme_leads_to_no_address_of_others(world: World, back: str) -> None:
    seat = Seat(world.iryna)
    answer = seat.post("/settings/theme", {"theme": "dark", "back": back}, HTTP_REFERER="https://evil.example/x")
    assert answer["Location"] == "/settings"
    assert seat.post("/settings/theme", {"theme": "dark", "back": "/inbox/mine"})["Location"] == "/inbox/mine"


def test_sessions_are_told_by_the_name_of_the_browser(world: World) -> None:
    raw = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
    seat = signed_in("iryna")
    UserSession.objects.update(user_agent=raw)
    page = seat.get("/account/sessions/", HTTP_USER_AGENT=raw).content.decode()
    assert f'title="{raw}">Firefox on Windows</strong>' in page


def test_the_registry_of_keys_is_in_each_viewers_language(world: World) -> None:
    seat = Seat(world.iryna)
    for language, word in (("en", "Next row"), ("uk", "Наступний рядок"), ("en", "Next row")):
        User.objects.filter(person__agent=world.iryna).update(language=language)
        assert f'<span class="keys__word">{word}</span>' in seat.page("/settings")
