"""What owners decide about signing in: how long sessions last, and of whom a second factor is demanded."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session

from tests.accounts.test_sessions_and_tokens import set_up_app
from tests.accounts.visitor import PASSWORD, Visitor
from vikno.accounts import actions
from vikno.accounts.access import token_for
from vikno.accounts.models import SecurityEvent, SignInRules
from vikno.core import clock
from vikno.journal import acts
from vikno.live.access import opened_by
from vikno.staff import actions as staff

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]
DAY = 24 * 60
TARAS = "taras@kashtan.example"


def decide(**values: object) -> None:
    actions.set_rules(values, by=acts.system())


@pytest.fixture
def here(visitor: Visitor, taras) -> Visitor:
    """Taras, signed in now."""
    visitor.sign_in(TARAS)
    return visitor


def after(visitor: Visitor, **time: int) -> str:
    """Who is signed in, so much later; looking is using."""
    with time_machine.travel(clock.now() + timedelta(**time)):
        return visitor.who


def test_a_session_ends_when_nobody_uses_it(taras) -> None:
    decide(idle_minutes=60)
    first, second = Visitor(), Visitor()
    first.sign_in(TARAS)
    second.sign_in(TARAS)
    assert after(first, minutes=55) == TARAS
    assert after(second, minutes=71) == "nobody"


def test_using_a_session_puts_its_end_off_and_an_open_page_that_asks_does_not(here) -> None:
    decide(idle_minutes=60)
    begun = clock.now()
    with time_machine.travel(begun + timedelta(minutes=50), tick=False) as moment:
        before = Session.objects.get().expire_date
        later = Visitor()  # another process: this one has noted lately, and its clock does not travel
        later.cookies = here.cookies
        later.get("/who/", headers={"Vikno-By-Itself": "1"})
        assert Session.objects.get().expire_date == before
        later.get("/who/")
        assert Session.objects.get().expire_date == clock.now() + timedelta(minutes=70)
        moment.move_to(begun + timedelta(minutes=115))
        assert later.who == TARAS


def test_however_much_it_is_used_it_ends(taras) -> None:
    decide(idle_minutes=DAY, most_minutes=DAY)
    visitor = Visitor()
    cookie = visitor.sign_in(TARAS).cookies.get("vikno_session")
    begun = clock.now()
    assert after(visitor, hours=23) == TARAS
    with time_machine.travel(begun + timedelta(hours=24, seconds=1)):
        assert visitor.who == "nobody"
    assert cookie["max-age"] == "" or int(cookie["max-age"]) <= DAY * 60


def test_to_stay_signed_in_means_as_long_as_the_rules_allow(taras) -> None:
    decide(idle_minutes=30 * DAY, most_minutes=90 * DAY)
    asked = {"login": TARAS, "password": PASSWORD}
    stays = Visitor().post("/account/login/", asked | {"remember": "on"}).cookies["vikno_session"]
    assert 89 * DAY * 60 < int(stays["max-age"]) <= 90 * DAY * 60
    assert Visitor().post("/account/login/", asked).cookies["vikno_session"]["max-age"] == ""
    decide(idle_minutes=DAY, most_minutes=DAY)
    stays = Visitor().post("/account/login/", asked | {"remember": "on"}).cookies["vikno_session"]
    assert int(stays["max-age"]) <= DAY * 60


def test_a_session_from_before_there_were_rules_goes_on_while_it_is_used(here) -> None:
    session = here.session
    del session["begun"]
    session.save()
    decide(idle_minutes=60)
    begun = clock.now()
    for minutes in (50, 100, 150):
        with time_machine.travel(begun + timedelta(minutes=minutes)):
            later = Visitor()  # another process, whose clock does not travel
            later.cookies = here.cookies
            assert later.who == TARAS
    with time_machine.travel(begun + timedelta(minutes=300)):
        assert here.who == "nobody"


def test_a_shorter_time_ends_open_sessions_and_their_streams(here) -> None:
    cookies = f"vikno_session={here.cookies['vikno_session'].value}"
    with time_machine.travel(clock.now() + timedelta(hours=13)):
        assert opened_by(cookies) is not None
        decide(idle_minutes=30, most_minutes=12 * 60)
        assert opened_by(cookies) is None
        assert here.who == "nobody"


def test_a_longer_time_does_not_bring_back_what_ended(here) -> None:
    decide(idle_minutes=30)
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        decide(idle_minutes=DAY)
        assert here.who == "nobody"


def test_what_makes_no_sense_is_refused() -> None:
    for wrong in ({"idle_minutes": 0}, {"idle_minutes": 2 * DAY, "most_minutes": DAY}, {"factor_for": "cats"}):
        with pytest.raises(ValueError):
            decide(**wrong)
    assert not SignInRules.objects.exists()


# ---- a second factor


@pytest.mark.parametrize(("whom", "role", "led"), [
    ("nobody", "owner", False), ("leads", "agent", False), ("leads", "lead", True), ("leads", "owner", True),
    ("all", "observer", True),
])  # fmt: skip
def test_it_is_demanded_at_the_next_signing_in(olena, hire, whom: str, role: str, led: bool) -> None:
    user = hire("petro", role).person.user
    before, now = Visitor(), Visitor()
    before.sign_in(user.email)
    decide(factor_for=whom)
    assert before.who == user.email, "who is signed in works on"
    now.sign_in(user.email)
    answer = now.get("/who/?page=2")
    assert (answer.status_code == 302 and answer["Location"] == "/account/two-factor/") == led
    if led:
        page = now.get("/account/two-factor/")
        assert page.status_code == 200 and "Your company asks for a second factor" in page.text


def test_an_agent_who_leads_one_team_is_a_lead_too(hire, visitor: Visitor) -> None:
    petro = hire("petro", "agent")
    team = staff.create_team("Support", by=acts.system())
    decide(factor_for="leads")
    visitor.sign_in(petro.person.user.email)
    assert visitor.who == petro.person.user.email
    staff.join_team(petro, team, lead=True, by=acts.system())
    again = Visitor()
    again.sign_in(petro.person.user.email)
    assert again.get("/who/")["Location"] == "/account/two-factor/"


@pytest.mark.django_db(transaction=True)  # that a factor was added is told once it is committed
def test_who_sets_one_up_goes_on_to_where_they_wanted(taras) -> None:
    decide(factor_for="all")
    visitor = Visitor()
    visitor.sign_in(TARAS)
    visitor.get("/who/?page=2")
    set_up_app(visitor)
    assert 'href="/who/?page=2"' in visitor.get("/account/two-factor/recovery-codes/").text
    assert visitor.who == TARAS
    assert "Go on to what you wanted" not in visitor.get("/account/two-factor/").text
    visitor.post("/account/reauthenticate/", {"password": "correct horse battery"})
    visitor.post("/account/two-factor/totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert visitor.get("/who/").status_code == 302, "who takes it away is asked for another at once"


@pytest.mark.django_db(transaction=True)
def test_who_takes_the_last_factor_away_is_signed_out_elsewhere(taras) -> None:
    here, elsewhere = Visitor(), Visitor()
    here.sign_in(TARAS)
    elsewhere.sign_in(TARAS)
    set_up_app(here)
    decide(factor_for="all")
    here.post("/account/reauthenticate/", {"password": PASSWORD})
    here.post("/account/two-factor/totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert elsewhere.who == "nobody"
    assert here.get("/who/")["Location"] == "/account/two-factor/", "here one goes on, and is asked for another"


def test_the_way_on_is_the_first_page_that_somebody_asked_for(taras) -> None:
    decide(factor_for="all")
    visitor = Visitor()
    visitor.sign_in(TARAS)
    visitor.get("/account/profile/")
    visitor.get("/who/?by=script", headers={"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"})
    visitor.get("/who/?in=frame", headers={"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"})
    assert "factor_way_on" not in visitor.session
    visitor.get("/who/?page=2", headers={"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"})
    visitor.get("/who/?page=3")
    assert visitor.session["factor_way_on"] == "/who/?page=2"


def test_nothing_goes_round_it_and_nothing_is_lost(taras) -> None:
    decide(factor_for="all")
    visitor = Visitor()
    visitor.sign_in(TARAS)
    assert visitor.get("/account/tokens/").status_code == 302
    assert visitor.get("/account/profile/").status_code == 302
    fragment = visitor.get("/who/", headers={"HX-Request": "true"})
    assert fragment.status_code == 401 and "what you wrote is kept" in fragment.text
    sent = visitor.post("/who/", {"words": "long ones"})
    assert sent.status_code == 403 and "what you wrote is still there" in sent.text
    assert opened_by(f"vikno_session={visitor.cookies['vikno_session'].value}") is None
    decide(factor_for="nobody")
    assert visitor.who == TARAS, "the demand is gone, and so is the way"


def test_programs_with_a_token_are_not_asked(taras) -> None:
    _token, secret = actions.create_token(taras, "Exchange")
    decide(factor_for="all")
    assert token_for(secret) is not None


def test_who_demands_one_of_others_has_one(olena) -> None:
    with pytest.raises(actions.FactorFirst):
        actions.set_rules({"factor_for": "all"}, user=olena.pk, by=acts.system())
    assert not SignInRules.objects.exclude(factor_for="nobody").exists()


def test_it_is_written_down(olena, log) -> None:
    Authenticator.objects.create(user=olena, type="totp", data={"secret": "x"})
    actions.set_rules({"factor_for": "leads"}, user=olena.pk, by=acts.system())
    actions.set_rules({"factor_for": "leads"}, user=olena.pk, by=acts.system())
    assert log() == ["rules_changed"]
    assert SecurityEvent.objects.get(kind="rules_changed").detail == {"factor_for": ["nobody", "leads"]}
