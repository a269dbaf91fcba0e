"""Sessions, tokens, one-time links, second factors, the security log."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession

from tests.accounts.visitor import PASSWORD, Visitor
from tests.together import together
from vikno.accounts import actions, links
from vikno.accounts.access import token_for
from vikno.accounts.models import ApiToken, SecurityEvent, SignInLink
from vikno.core import clock
from vikno.core.models import Company
from vikno.staff.models import Agent

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


@pytest.fixture
def two(taras) -> tuple[Visitor, Visitor]:
    """Taras in two browsers."""
    here, there = Visitor(HTTP_USER_AGENT="Here"), Visitor(HTTP_USER_AGENT="There")
    here.sign_in("taras@kashtan.example")
    there.sign_in("taras@kashtan.example")
    return here, there


def test_one_session_is_ended_from_another(two, taras, log) -> None:
    here, there = two
    page = here.get("/account/sessions/").text
    assert "Here" in page
    assert "There" in page
    here.post(f"/account/sessions/{UserSession.objects.get(user_agent='There').pk}/end/")
    assert there.who == "nobody"
    assert here.who == "taras@kashtan.example"
    assert log()[-1] == "session_ended"
    assert "There" not in here.get("/account/sessions/").text


def test_all_others_are_ended_also_those_nobody_listed(two, taras, log) -> None:
    here, there = two
    UserSession.objects.filter(user_agent="There").delete()
    here.post("/account/sessions/end-others/")
    assert there.who == "nobody"
    assert here.who == "taras@kashtan.example"
    assert here.get("/account/sessions/").text.count("Here") == 1
    assert log()[-1] == "sessions_ended"


def test_nobody_ends_the_session_of_somebody_else(two, olena) -> None:
    _here, there = two
    other = Visitor()
    other.sign_in("olena@kashtan.example")
    assert other.post(f"/account/sessions/{UserSession.objects.get(user_agent='There').pk}/end/").status_code == 302
    assert there.who == "taras@kashtan.example"


def test_a_page_view_does_not_cost_a_write(two, queries) -> None:
    here, _there = two
    here.get("/who/")
    with queries(at_most=3) as seen:
        here.get("/who/")
    assert not [query for query in seen if not query["sql"].upper().startswith("SELECT")]


# ---- tokens


def make_token(visitor: Visitor, **form: str) -> str:
    visitor.post("/account/reauthenticate/", {"password": PASSWORD})
    page = visitor.post("/account/tokens/make/", {"name": "Script", "scope": "write", "days": "30"} | form)
    return re.search(r'value="(vikno_[\w-]+)"', page.text)[1]


def test_a_token_is_shown_once_and_kept_as_a_digest(visitor, taras) -> None:
    visitor.sign_in("taras@kashtan.example")
    secret = make_token(visitor)
    assert secret not in visitor.get("/account/tokens/").text
    assert secret not in str(ApiToken.objects.values().get())
    token = token_for(secret)
    assert (token.user, token.name, token.scope) == (taras, "Script", "write")


def test_a_token_needs_the_password_once_more(visitor, taras) -> None:
    visitor.sign_in("taras@kashtan.example")
    answer = visitor.post("/account/tokens/make/", {"name": "Script", "scope": "write"})
    assert answer["Location"].startswith("/account/reauthenticate/")
    assert not ApiToken.objects.exists()


def test_who_is_no_agent_makes_no_tokens(visitor) -> None:
    actions.create_login("customer@shop.example", PASSWORD)
    visitor.sign_in("customer@shop.example")
    assert visitor.get("/account/tokens/").status_code == 403


def test_a_token_that_was_revoked_expired_or_made_up_is_nothing(taras) -> None:
    revoked, one = actions.create_token(taras, "a")
    actions.revoke_token(revoked)
    _short, other = actions.create_token(taras, "b", lifetime=timedelta(days=1))
    assert token_for(one) is None
    assert token_for("vikno_made_up") is None
    assert token_for("") is None
    assert token_for(other) is not None
    with time_machine.travel(clock.now() + timedelta(days=1, seconds=1)):
        assert token_for(other) is None


def test_a_token_is_looked_up_by_one_query_and_its_use_noted_once_a_minute(taras, queries) -> None:
    _token, secret = actions.create_token(taras, "a")
    with queries(at_most=2):
        first = token_for(secret)
    with queries(at_most=1):
        assert token_for(secret).user.email == taras.email
    assert ApiToken.objects.get().last_used_at == first.last_used_at
    with time_machine.travel(clock.now() + timedelta(seconds=61)), queries(at_most=2):
        token_for(secret)
    assert ApiToken.objects.get().last_used_at > first.last_used_at


def test_nobody_revokes_the_token_of_somebody_else(visitor, taras, olena) -> None:
    token, secret = actions.create_token(taras, "a")
    visitor.sign_in("olena@kashtan.example")
    assert visitor.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert token_for(secret) is not None


# ---- one-time links


def test_looking_at_a_link_does_not_use_it_up_and_the_button_does(visitor, taras, log) -> None:
    secret = links.make("demo", taras)
    for _ in range(3):
        assert Visitor().get(f"/enter/{secret}/").status_code == 200
    assert visitor.post(f"/enter/{secret}/")["Location"] == "/"
    assert visitor.who == "taras@kashtan.example"
    other = Visitor()
    assert other.post(f"/enter/{secret}/").status_code == 410
    assert other.who == "nobody"
    assert log() == ["link_used", "signed_in"]
    assert secret not in str(SignInLink.objects.values().get())


def test_an_old_link_and_one_of_another_purpose_are_nothing(taras) -> None:
    secret = links.make("setup", taras, lifetime=timedelta(minutes=5))
    assert links.use(secret, "demo") is None
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert links.peek(secret) is None
        assert links.use(secret) is None
    assert links.use(secret, "setup") is not None
    other = links.make("setup")
    assert links.withdraw_all("setup") == 1
    assert links.use(other) is None


def test_a_link_of_who_left_opens_nothing(visitor, taras) -> None:
    secret = links.make("demo", taras)
    actions.switch_off(taras)
    visitor.post(f"/enter/{secret}/")
    assert visitor.who == "nobody"


@pytest.mark.django_db(transaction=True)
def test_a_link_pressed_eight_times_at_once_lets_one_in(taras) -> None:
    secret = links.make("demo", taras)
    results = together(*[lambda: links.use(secret)] * 8)
    assert [one for one in results if isinstance(one, Exception)] == []
    assert len([one for one in results if one is not None]) == 1


# ---- second factors


def code(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def set_up_app(visitor: Visitor) -> str:
    visitor.post("/account/reauthenticate/", {"password": PASSWORD})
    page = visitor.get("/account/two-factor/totp/activate/")
    assert "data:image/svg+xml" in page.text
    secret = re.search(r"<code>(\w+)</code>", page.text)[1]
    visitor.post("/account/two-factor/totp/activate/", {"code": code(secret)})
    return secret


@pytest.mark.django_db(transaction=True)  # that it was added is told once it is committed
def test_an_authenticator_app_is_asked_for_from_then_on(visitor, taras, log) -> None:
    visitor.sign_in("taras@kashtan.example")
    secret = set_up_app(visitor)
    assert "factor_added" in log()
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored
    assert "Recovery codes" in visitor.get("/account/two-factor/").text

    again = Visitor()
    assert again.sign_in("taras@kashtan.example")["Location"].startswith("/account/two-factor/authenticate/")
    assert again.who == "nobody"
    assert again.get("/account/two-factor/authenticate/").text.count('class="plain"') == 1
    again.post("/account/two-factor/authenticate/", {"code": "000000"})
    assert again.who == "nobody"
    assert log()[-1] == "second_factor_failed"
    with time_machine.travel(clock.now() + timedelta(seconds=31)):  # each code works once
        again.post("/account/two-factor/authenticate/", {"code": code(secret)})
    assert again.who == "taras@kashtan.example"


def test_a_recovery_code_opens_once(visitor, taras) -> None:
    visitor.sign_in("taras@kashtan.example")
    set_up_app(visitor)
    page = visitor.get("/account/two-factor/recovery-codes/").text
    spare = re.findall(r"<li>(\w{8})</li>", page)
    assert len(spare) == 10
    for expected in ("taras@kashtan.example", "nobody"):
        again = Visitor()
        again.sign_in("taras@kashtan.example")
        again.post("/account/two-factor/authenticate/", {"code": spare[0]})
        assert again.who == expected


def test_a_one_time_link_does_not_pass_by_the_second_factor(visitor, taras) -> None:
    visitor.sign_in("taras@kashtan.example")
    set_up_app(visitor)
    other = Visitor()
    answer = other.post(f"/enter/{links.make('demo', taras)}/")
    assert answer["Location"].startswith("/account/two-factor/authenticate/")
    assert other.who == "nobody"


def test_the_pages_of_second_factors_are_ours(visitor, taras) -> None:
    visitor.sign_in("taras@kashtan.example")
    set_up_app(visitor)
    for path in ("", "totp/deactivate/", "recovery-codes/", "recovery-codes/generate/", "webauthn/", "webauthn/add/"):
        page = visitor.get(f"/account/two-factor/{path}")
        assert page.status_code == 200, path
        assert 'class="plain"' in page.text, path
    assert "allauth.webauthn.forms.addForm" in page.text
    for path in ("reauthenticate/", "webauthn/reauthenticate/"):
        assert visitor.get(f"/account/two-factor/{path}").status_code in (200, 302)
    visitor.post("/account/two-factor/totp/deactivate/")
    assert not Authenticator.objects.filter(type="totp").exists()


# ---- the security log


def test_owners_read_everything_and_others_what_concerns_themselves(visitor, taras, olena) -> None:
    visitor.sign_in("taras@kashtan.example")
    owner = Visitor()
    owner.sign_in("olena@kashtan.example")
    assert "taras@kashtan.example" in owner.get("/account/security/").text
    assert "olena@kashtan.example" in owner.get("/account/security/").text
    page = visitor.get("/account/security/").text
    assert "taras@kashtan.example" in page
    assert "olena@kashtan.example" not in page


def test_times_are_told_on_the_clock_of_their_reader(visitor, taras) -> None:
    Company.objects.create(id=1, name="Kashtan", zone="Europe/Kyiv", language="en")
    at = datetime(2026, 1, 31, 22, 30, tzinfo=UTC)  # in Kyiv it is the first of February
    with time_machine.travel(datetime(2026, 2, 3, 12, tzinfo=UTC)):
        visitor.sign_in("taras@kashtan.example")
        SecurityEvent.objects.filter(kind="signed_in").update(at=at)
        token, _secret = actions.create_token(
            taras, "Exchange", scope="inbound", lifetime=timedelta(days=30), by=taras.pk
        )
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
        full = "February 1, 2026, 00:30"
        here = f'<time datetime="2026-01-31T22:30:00+00:00" title="{full}" data-ago>Sun 00:30<'
        assert here in visitor.get("/account/security/", HTTP_ACCEPT_LANGUAGE="en").text
        tokens = visitor.get("/account/tokens/", HTTP_ACCEPT_LANGUAGE="en").text
        assert f"last used {here}" in tokens
        assert "Hand in what came from outside, and read nothing · last used" in tokens
        Agent.objects.filter(person__user=taras).update(zone="America/New_York")
        assert ">Sat 17:30<" in visitor.get("/account/security/", HTTP_ACCEPT_LANGUAGE="en").text


def test_the_log_turns_its_pages(visitor, olena) -> None:
    visitor.sign_in("olena@kashtan.example")
    SecurityEvent.objects.bulk_create([SecurityEvent(kind="signed_in", user=olena) for _ in range(150)])
    first = visitor.get("/account/security/").text
    older = re.search(r'href="(\?before=\d+)"', first)[1]
    second = visitor.get(f"/account/security/{older}").text
    assert (first.count("<tr>"), "?before=" in second) == (101, False)
    assert visitor.get("/account/security/?before=x%00").status_code == 200
