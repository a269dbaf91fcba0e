"""How a colleague gets in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from tests.accounts.visitor import PASSWORD
from tests.together import of_kind, together
from vikno.accounts.models import User
from vikno.core import clock
from vikno.journal import acts
from vikno.journal.models import Event
from vikno.people import erasure
from vikno.people.actions.persons import Refused
from vikno.people.models import Person
from vikno.people.values import WrongValue
from vikno.staff import actions
from vikno.staff.actions import InvitationOver
from vikno.staff.models import Agent, Invitation

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


def test_a_letter_brings_the_link_and_the_link_brings_the_colleague(act, letters, client) -> None:
    support = actions.create_team("Підтримка", by=act)
    actions.invite("Iryna@Kashtan.example", name="Ірина", role="agent", teams=[support], by=act)
    ((to, _subject, text),) = letters
    assert to == "iryna@kashtan.example"
    path = re.search(r"http://127\.0\.0\.1:8000(/invitation/\S+)", text)[1]
    for _ in range(3):  # previews of the link do not use it up
        page = client.get(path)
        assert page.status_code == 200
        assert "iryna@kashtan.example" in page.text
    answer = client.post(path, {"name": "Ірина Бойко", "password": PASSWORD, "language": "uk"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.who == "iryna@kashtan.example"
    agent = Agent.objects.get()
    assert (agent.person.name, agent.role, agent.person.user.language) == ("Ірина Бойко", "agent", "uk")
    assert list(agent.memberships.values_list("team_id", flat=True)) == [support.id]
    assert client.get(path).status_code == 410
    assert client.post(path, {"name": "Хтось", "password": PASSWORD}).status_code == 410


def test_the_secret_is_kept_nowhere(act, letters) -> None:
    _invitation, secret = actions.invite("iryna@kashtan.example", by=act)
    row = Invitation.objects.values().get()
    assert secret not in str(row)
    assert secret not in str(list(Event.objects.values()))


@pytest.mark.parametrize("password", ["", "short", "1234567890", "iryna@kashtan.example"])
def test_a_weak_password_is_refused_and_uses_nothing_up(act, letters, client, password: str) -> None:
    _invitation, secret = actions.invite("iryna@kashtan.example", by=act)
    page = client.post(f"/invitation/{secret}/", {"name": "Ірина", "password": password})
    assert page.status_code == 422
    assert "field__error" in page.text
    assert not User.objects.exists()
    assert client.get(f"/invitation/{secret}/").status_code == 200


def test_withdrawn_expired_and_replaced_invitations_open_nothing(act, letters) -> None:
    invitation, withdrawn = actions.invite("a@kashtan.example", by=act)
    actions.withdraw(invitation, by=act)
    _row, replaced = actions.invite("b@kashtan.example", by=act)
    actions.invite("b@kashtan.example", by=act)
    _row, old = actions.invite("c@kashtan.example", by=act)
    for secret in (withdrawn, replaced, "made-up", ""):
        with pytest.raises(InvitationOver):
            actions.accept(secret, name="Х", password=PASSWORD)
    with time_machine.travel(clock.now() + timedelta(days=7, seconds=1)), pytest.raises(InvitationOver):
        actions.accept(old, name="Х", password=PASSWORD)
    assert not Agent.objects.exists()
    assert Event.objects.filter(verb="agent.uninvited").count() == 2


def test_an_agent_is_not_invited_and_a_wrong_address_neither(act, letters, hire) -> None:
    hire("olena", "owner")
    with pytest.raises(Refused):
        actions.invite("Olena@kashtan.example", by=act)
    with pytest.raises(WrongValue):
        actions.invite("olena", by=act)


def test_a_letter_that_cannot_be_sent_does_not_undo_the_invitation(act, monkeypatch) -> None:
    def fail(*_letter) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("vikno.accounts.letters.SEND", fail)
    actions.invite("iryna@kashtan.example", by=act)
    assert Invitation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_invitation_pressed_four_times_at_once_employs_one(act, letters) -> None:
    _invitation, secret = actions.invite("iryna@kashtan.example", by=act)
    results = together(*[lambda: actions.accept(secret, name="Ірина", password=PASSWORD)] * 4)
    assert len([result for result in results if isinstance(result, Agent)]) == 1
    assert len([result for result in results if isinstance(result, InvitationOver)]) == 3
    assert (User.objects.count(), Person.objects.count()) == (1, 1)
    of_kind([result for result in results if not isinstance(result, InvitationOver)], Agent)


def test_erasing_a_person_blanks_their_invitations(act, letters) -> None:
    _invitation, secret = actions.invite("iryna@kashtan.example", name="Ірина", by=act)
    agent = actions.accept(secret, name="Ірина", password=PASSWORD)
    step = erasure.STEPS["invitations"]
    assert step.preview(agent.person_id) == {"invitations": 1}
    step.run(agent.person_id)
    row = Invitation.objects.get()
    assert (row.name, "iryna" in row.email) == ("", False)
    assert step.preview(agent.person_id) == {"invitations": 0}


@pytest.mark.parametrize(
    ("inviter", "becomes", "invited", "stands"),
    [
        ("owner", "owner", "owner", True), ("owner", "lead", "owner", False), ("owner", "lead", "agent", True),
        ("lead", "agent", "observer", False), ("owner", "gone", "owner", False), ("lead", "gone", "agent", False),
    ],
)  # fmt: skip
def test_an_invitation_is_worth_no_more_than_its_inviters_word_is_now(
    act, letters, client, inviter: str, becomes: str, invited: str, stands: bool
) -> None:
    actions.employ("last@kashtan.example", name="Остання", role="owner", by=act)
    agent = actions.employ("mila@kashtan.example", name="Міла", role=inviter, by=act)
    _invitation, secret = actions.invite("second.self@elsewhere.example", role=invited, by=acts.agent(agent.id))
    if becomes == "gone":
        actions.deactivate(agent, by=act)
    else:
        actions.change_role(agent, becomes, by=act)
    form = {"name": "Міла знов", "password": PASSWORD, "language": "uk"}
    answer = client.post(f"/invitation/{secret}/", form)
    assert answer.status_code == (302 if stands else 410)
    assert Agent.objects.filter(person__name="Міла знов").exists() == stands
    if becomes == "gone":
        actions.reactivate(agent, by=act)
        assert client.post(f"/invitation/{secret}/", form).status_code == 302, "with the inviter it comes back"
