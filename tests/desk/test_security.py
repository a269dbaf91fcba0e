"""The owners' page of signing in."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session

from tests.desk.seats import Seat
from tests.desk.test_setting_journal import lines
from tests.world import World
from vikno.accounts.models import SecurityEvent, SignInRules
from vikno.journal.models import Event

pytestmark = pytest.mark.django_db
HOLD = {"idle_minutes": "43200", "most_minutes": "43200", "factor_for": "nobody"}


@pytest.fixture
def owner(world: World) -> Seat:
    return Seat(world.olena)


def with_factor(agent: Any) -> None:
    Authenticator.objects.create(user=agent.person.user, type="totp", data={"secret": "x"})


def test_times_are_chosen_told_and_undone(world: World, owner: Seat) -> None:
    page = owner.page("/settings/security")
    assert page.count("selected>30 days") == 2 and 'href="/account/security/"' in page
    owner.sends("/settings/security", **HOLD | {"idle_minutes": "60"})
    assert SignInRules.objects.get().idle_minutes == 60
    assert lines(owner)[0] == "Signing in | a session that nobody uses ends after: 30 days → 1 hour | Olena Власниця"
    owner.sends(f"/undo/{Event.objects.latest('id').act}")
    assert SignInRules.objects.get().idle_minutes == 43200


def test_who_uses_no_longer_than_a_session_lasts(world: World, owner: Seat) -> None:
    answer = owner.post("/settings/security", HOLD | {"most_minutes": "1440"})
    assert answer.status_code == 422 and "longer than a session lasts" in answer.content.decode()
    assert owner.post("/settings/security", HOLD | {"idle_minutes": "7"}).status_code == 422
    assert not SignInRules.objects.exists()


def test_an_owner_cannot_lock_themselves_out(world: World, owner: Seat) -> None:
    answer = owner.post("/settings/security", HOLD | {"factor_for": "leads"})
    assert answer.status_code == 422 and "a second factor of your own first" in answer.content.decode()
    with_factor(world.olena)
    assert owner.post("/settings/security", HOLD | {"factor_for": "leads"}).status_code == 302
    assert SignInRules.objects.get().factor_for == "leads"
    Authenticator.objects.all().delete()
    assert owner.post("/settings/security", HOLD | {"factor_for": "nobody"}).status_code == 302


def test_undoing_names_who_did_it_and_keeps_to_the_same_rule(world: World, owner: Seat) -> None:
    with_factor(world.olena)
    owner.sends("/settings/security", **HOLD | {"factor_for": "all"})
    owner.sends("/settings/security", **HOLD | {"factor_for": "nobody"})
    act = Event.objects.latest("id").act
    Authenticator.objects.all().delete()
    owner.post(f"/undo/{act}")
    assert SignInRules.objects.get().factor_for == "nobody", "who demands one of others must have one"
    with_factor(world.olena)
    owner.sends(f"/undo/{act}")
    assert SignInRules.objects.get().factor_for == "all"
    row = SecurityEvent.objects.filter(kind="rules_changed").latest("id")
    assert row.by == world.olena.person.user and row.detail == {"factor_for": ["nobody", "all"]}


def test_an_undo_that_no_longer_fits_is_refused(world: World, owner: Seat) -> None:
    owner.sends("/settings/security", **HOLD | {"idle_minutes": "60"})
    act = Event.objects.latest("id").act
    owner.sends("/settings/security", **HOLD | {"idle_minutes": "60", "most_minutes": "1440"})
    assert owner.post(f"/undo/{act}").status_code < 500
    assert SignInRules.objects.get().idle_minutes == 60


def test_the_page_says_who_has_none(world: World, owner: Seat) -> None:
    with_factor(world.taras)
    page = owner.page("/settings/security")
    assert "Without one now: " in page
    named = page.partition("Without one now: ")[2].partition("</p>")[0]
    assert "Olena" in named and "Taras" not in named


def test_the_page_is_the_owners(world: World) -> None:
    seat = Seat(world.taras)
    assert seat.get("/settings/security").status_code == 403
    assert seat.post("/settings/security", HOLD | {"idle_minutes": "60"}).status_code == 403
    assert "/settings/security" not in seat.page("/settings/all")


def test_a_page_costs_nothing_more(world: World, owner: Seat, queries: Any) -> None:
    owner.page("/settings/all")
    with queries() as seen:
        owner.page("/settings/all")
    assert not [one for one in seen if "accounts_signinrules" in one["sql"]]
    assert Session.objects.exists()
