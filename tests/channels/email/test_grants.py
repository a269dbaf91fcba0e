"""Signing in through a provider: the owner's yes in the browser, tokens that are renewed, and what ends them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection

from tests.desk.seats import Seat
from tests.servers.provider import Door, TokenServer
from tests.world import World
from vikno.channels.email import checking, grants, mailbox_health, sending_health, servers, smtp_pool
from vikno.channels.email.actions import register_at_provider
from vikno.channels.email.models import Grant
from vikno.core import clock, web
from vikno.core.secrets import Secret
from vikno.dialogs import sending
from vikno.dialogs.models import Channel, Delivery
from vikno.journal.models import Event
from vikno.tickets import directory

pytestmark = pytest.mark.django_db


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    made = TokenServer()
    yield made
    made.close()


@pytest.fixture
def doors(tokens: TokenServer) -> Iterator[dict[str, Door]]:
    made = {"imap": Door(tokens, "imap"), "smtp": Door(tokens, "smtp")}
    yield made
    smtp_pool.POOL.close()
    for one in made.values():
        one.close()


def set_up(world: World, tokens: TokenServer, doors: dict[str, Door]) -> Channel:
    def at(protocol: str) -> dict[str, object]:
        return {"host": "127.0.0.1", "port": doors[protocol].port, "security": "none", "user": "help@kashtan.example"}

    world.mail.settings = {
        "imap": at("imap"), "smtp": at("smtp"),
        "sign_in": {"by": "other", "authorize_url": f"{tokens.url}/yes", "token_url": f"{tokens.url}/token",
                    "scope": "mail"},
    }  # fmt: skip
    world.mail.save()
    directory.forget()
    return world.mail


def granted(channel: Channel, tokens: TokenServer) -> Grant:
    register_at_provider(channel, "id", Secret("the client secret"), by=_act())
    grant = Grant.objects.get(channel=channel)
    grant.refresh_token = Secret(tokens.refresh)  # type: ignore[assignment]
    grant.connected_at = clock.now()
    grant.save()
    return grant


def _act():
    from vikno.journal import acts

    return acts.system()


class TestTheYes:
    def test_from_the_form_to_the_first_token(self, world: World, tokens: TokenServer, doors: dict[str, Door]) -> None:
        channel = set_up(world, tokens, doors)
        owner = Seat(world.olena)
        at = f"/channels/{channel.id}/connect"
        assert "Redirect URI" in owner.page(at)
        page = owner.post(at, {"client_id": "the id", "client_secret": "the client secret"}).content.decode()
        assert "the client secret" not in page and f"{tokens.url}/yes?" in page
        asked = owner.session["mail_grant"]
        answer = owner.get(f"/channels/connected?state={asked['state']}&code=the-code")
        assert (answer.status_code, answer["Location"]) == (302, f"/channels/{channel.id}/test")
        [form] = tokens.asked
        assert (form["code"], form["client_secret"], form["code_verifier"]) == (
            "the-code", "the client secret", asked["verifier"],
        )  # fmt: skip
        grant = Grant.objects.get(channel=channel)
        assert [grant.id] == [
            event.delta["grant"][1] for event in Event.objects.filter(verb="setting.changed") if "grant" in event.delta
        ]
        assert checking.check(channel) == ""
        assert doors["imap"].seen == doors["smtp"].seen == [("help@kashtan.example", "access-1")]
        with connection.cursor() as cursor:
            cursor.execute("SELECT client_secret, refresh_token, access_token FROM channel_email_grant")
            stored = str(cursor.fetchone())
        assert all(word not in stored for word in ("the client secret", "refresh-1", "access-1"))

    def test_the_question_carries_state_and_challenge(
        self, world: World, tokens: TokenServer, doors: dict[str, Door]
    ) -> None:
        channel = set_up(world, tokens, doors)
        granted(channel, tokens)
        url = grants.authorization_url(
            channel, state="s", verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", back="https://desk.example/back"
        )
        asked = {name: value[0] for name, value in parse_qs(urlsplit(url).query).items()}
        assert asked["code_challenge"] == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636 appendix B
        assert (asked["state"], asked["code_challenge_method"], asked["login_hint"]) == (
            "s", "S256", "help@kashtan.example",
        )  # fmt: skip

    def test_an_answer_to_nobodys_question_changes_nothing(
        self, world: World, tokens: TokenServer, doors: dict[str, Door]
    ) -> None:
        channel = set_up(world, tokens, doors)
        owner = Seat(world.olena)
        owner.post(f"/channels/{channel.id}/connect", {"client_id": "the id"})
        answer = owner.get("/channels/connected?state=forged&code=x")
        assert answer["Location"] == "/channels" and tokens.asked == []
        assert Seat(world.iryna).get("/channels/connected?state=a&code=b").status_code == 403

    def test_a_no_of_the_provider_is_told_in_its_own_words(
        self, world: World, tokens: TokenServer, doors: dict[str, Door]
    ) -> None:
        channel = set_up(world, tokens, doors)
        owner = Seat(world.olena)
        page = owner.post(f"/channels/{channel.id}/connect", {"client_id": "the id"}).content.decode()
        assert "Change the registration" in page
        state = owner.session["mail_grant"]["state"]
        why = "error=invalid_scope&error_description=AADSTS65001:%20an%20<b>administrator</b>%20must%20consent"
        assert owner.get(f"/channels/connected?state={state}&{why}")["Location"] == f"/channels/{channel.id}/connect"
        page = owner.page(f"/channels/{channel.id}/connect")
        assert "(AADSTS65001: an &lt;b&gt;administrator&lt;/b&gt; must consent)" in page

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            ((400, {"error": "invalid_grant", "error_description": "Code was redeemed."}), "it was too old, or used"),
            ((503, {}), "connect once more in some minutes"),
            ((401, {"error": "invalid_client"}), "client id and client secret"),
        ],
    )
    def test_why_it_was_not_connected_stands_on_the_page_once(
        self, world: World, tokens: TokenServer, doors: dict[str, Door], answer: tuple[int, dict[str, str]], words: str
    ) -> None:
        channel = set_up(world, tokens, doors)
        owner = Seat(world.olena)
        at = f"/channels/{channel.id}/connect"
        owner.post(at, {"client_id": "the id"})
        tokens.answer = answer
        owner.get(f"/channels/connected?state={owner.session['mail_grant']['state']}&code=the-code")
        page = owner.page(at)
        assert words in page and f"({answer[1].get('error_description', '')}" in page
        assert not any(wrong in page for wrong in ("taken back, or the password", "goes on trying"))
        assert words not in owner.page(at)

    def test_with_the_yes_letters_that_waited_are_due(
        self, world: World, tokens: TokenServer, doors: dict[str, Door]
    ) -> None:
        channel = set_up(world, tokens, doors)
        delivery = world.answer(world.ticket()).deliveries.get()
        Delivery.objects.update(not_before=delivery.created_at)
        sending.run_due()
        mailbox_health.tell(channel.id, "not_connected")
        assert "connect it" in checking.check(channel)
        directory.forget()
        owner = Seat(world.olena)
        assert "See Channels for what to do" in owner.page(f"/channels/{channel.id}/connect")
        owner.post(f"/channels/{channel.id}/connect", {"client_id": "the id"})
        answer = owner.get(f"/channels/connected?state={owner.session['mail_grant']['state']}&code=the-code")
        assert "See Channels for what to do" not in owner.page(answer["Location"])
        channel.refresh_from_db()
        assert channel.health == {}
        sending.run_due()
        assert Delivery.objects.get(id=delivery.id).state == Delivery.State.SENT
        assert len(doors["smtp"].letters) == 1

    def test_google_and_microsoft_are_known(self, world: World) -> None:
        world.mail.settings = {"sign_in": {"by": "google"}}
        assert "https://mail.google.com/" in grants.provider_of(world.mail).scope
        world.mail.settings = {"sign_in": {"by": "microsoft", "tenant": "../evil"}}
        found = grants.provider_of(world.mail)
        assert "offline_access" in found.scope
        assert found.token == "https://login.microsoftonline.com/..%2Fevil/oauth2/v2.0/token"


class TestTheToken:
    def test_it_is_kept_while_it_is_good_and_renewed_before_its_end(
        self, world: World, tokens: TokenServer, doors: dict[str, Door]
    ) -> None:
        channel = set_up(world, tokens, doors)
        granted(channel, tokens)
        assert [grants.access_token(channel.id).reveal() for _ in range(3)] == ["access-1"] * 3
        Grant.objects.update(expires_at=clock.now() + timedelta(minutes=4))
        assert grants.access_token(channel.id).reveal() == "access-2"

    def test_a_new_refresh_token_takes_the_place_of_the_old_one(
        self, world: World, tokens: TokenServer, doors: dict[str, Door]
    ) -> None:
        channel = set_up(world, tokens, doors)
        granted(channel, tokens)
        tokens.rotates = True
        for number in (1, 2, 3):
            assert grants.access_token(channel.id, anew=True).reveal() == f"access-{number}"

    @pytest.mark.parametrize("ended", [False, True])
    def test_what_was_asked_with_the_former_yes_does_not_touch_the_new_one(
        self, world: World, tokens: TokenServer, doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch, ended: bool
    ) -> None:
        channel = set_up(world, tokens, doors)
        granted(channel, tokens)
        post_form = web.post_form

        def connected_meanwhile(url: str, fields: dict[str, str], *, inner: bool = False) -> web.Answer:
            if ended:
                tokens.answer = (400, {"error": "invalid_grant"})
            answer = post_form(url, fields, inner=inner)
            row = Grant.objects.get(channel=channel)
            row.refresh_token, row.access_token = Secret("another account's"), Secret("its access")  # type: ignore[assignment]
            row.expires_at = clock.now() + timedelta(hours=1)
            row.save()
            return answer

        monkeypatch.setattr(web, "post_form", connected_meanwhile)
        assert grants.access_token(channel.id).reveal() == "its access"
        row = Grant.objects.get(channel=channel)
        assert (row.refresh_token.reveal(), row.trouble) == ("another account's", "")  # type: ignore[attr-defined]

    def test_one_that_was_taken_back_early_is_asked_for_anew(
        self, world: World, tokens: TokenServer, doors: dict[str, Door]
    ) -> None:
        channel = set_up(world, tokens, doors)
        granted(channel, tokens)
        assert checking.check(channel) == ""
        tokens.good.clear()
        assert checking.check(channel) == ""
        assert [token for _, token in doors["imap"].seen] == ["access-1", "access-1", "access-2"]

    def test_of_a_server_that_takes_no_token_nobody_is_told_to_type_a_password(
        self, world: World, tokens: TokenServer, doors: dict[str, Door]
    ) -> None:
        """As where IMAP is switched off for the account, or another one was connected than is named."""
        channel = set_up(world, tokens, doors)
        granted(channel, tokens)
        tokens.answer = (200, {"access_token": "of another account", "expires_in": 3600})
        said = checking.check(channel)
        assert said.count("connect the account again") == 2 and "password" not in said

    def test_the_end_of_the_yes_is_said_in_plain_words(
        self, world: World, tokens: TokenServer, doors: dict[str, Door]
    ) -> None:
        channel = set_up(world, tokens, doors)
        granted(channel, tokens)
        tokens.answer = (400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
        assert "connect the account again" in checking.check(channel)
        assert Grant.objects.get().trouble
        assert "connect the account again" in Seat(world.olena).page(f"/channels/{channel.id}/connect")
        tokens.answer = (401, {"error": "invalid_client"})
        assert "client id and client secret" in checking.check(channel)
        tokens.answer = (503, {})
        assert "goes on trying" in checking.check(channel)

    def test_letters_wait_for_the_yes_and_leave_with_it(
        self, world: World, tokens: TokenServer, doors: dict[str, Door]
    ) -> None:
        channel = set_up(world, tokens, doors)
        delivery = world.answer(world.ticket()).deliveries.get()
        Delivery.objects.update(not_before=delivery.created_at)
        sending.run_due()
        channel.refresh_from_db()
        assert channel.health["out"]["code"] == "not_connected" and "connect it" in sending_health.line(channel)
        granted(channel, tokens)
        channel.health = {}
        channel.save()
        sending.run_due()
        assert Delivery.objects.get(id=delivery.id).state == Delivery.State.SENT
        assert len(doors["smtp"].letters) == 1

    def test_a_server_that_wants_the_other_way_gets_it(self, world: World, tokens: TokenServer) -> None:
        doors = {"imap": Door(tokens, "imap", "OAUTHBEARER"), "smtp": Door(tokens, "smtp", "OAUTHBEARER")}
        channel = set_up(world, tokens, doors)
        granted(channel, tokens)
        assert checking.check(channel) == ""
        assert [one.seen[0][0] for one in doors.values()] == ["help@kashtan.example"] * 2
        for one in doors.values():
            one.close()


class TestAskingOutside:
    @pytest.mark.parametrize(
        "url", ["http://login.example/token", "https://127.0.0.1/token", "https://[::1]/token", "https://10.0.0.8/x"]
    )
    def test_inner_and_open_addresses_are_not_asked(self, url: str) -> None:
        with pytest.raises(web.Forbidden):
            web.post_form(url, {"a": "b"})

    @pytest.mark.parametrize(
        ("address", "outside"),
        [("8.8.8.8", True), ("192.168.1.1", False), ("169.254.169.254", False), ("::ffff:10.0.0.1", False),
         ("fe80::1%eth0", False), ("224.0.0.1", False), ("2606:4700::1111", True), ("64:ff9b::a00:1", False),
         ("64:ff9b::808:808", True), ("64:ff9b:1::808:808", False), ("2002:7f00:1::1", False), ("::a00:1", False)],
    )  # fmt: skip
    def test_which_addresses_are_outside(self, address: str, outside: bool) -> None:
        assert web.is_outside(address) is outside


def test_the_secret_of_a_server_is_no_password(world: World, tokens: TokenServer, doors: dict[str, Door]) -> None:
    server = servers.server(set_up(world, tokens, doors), "imap")
    assert server is not None and server.grant == world.mail.id
