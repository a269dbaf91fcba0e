"""The page of channels: health in words, the settings of a mailbox, the test letter."""

from __future__ import annotations

from html import unescape

import pytest

from tests.desk.seats import Seat
from tests.letters import letter
from tests.taking import arrive
from vikno.channels.email import names
from vikno.channels.email.servers import server
from vikno.channels.email.smtp_pool import POOL
from vikno.core import clock
from vikno.core.secrets import Secret
from vikno.dialogs.models import Channel, ChannelAddress
from vikno.intake import ledger, pipeline
from vikno.journal.models import Event
from vikno.tickets import directory
from vikno.tickets.models import Ticket


@pytest.fixture
def owner(world) -> Seat:
    directory.forget()
    return Seat(world.olena)


def mailbox(world, **more):
    """The answers of the form as it stands for the mail channel, with others."""
    answers = {
        "name": "Пошта", "address": "help@kashtan.example", "team": world.support.id, "imap_security": "tls",
        "imap_after": "keep", "smtp_security": "tls",
    }  # fmt: skip
    return answers | more


def set_health(channel: Channel, **health) -> None:
    channel.health = health
    channel.settings = {"imap": {"host": "imap.kashtan.example", "user": "help"}}
    channel.save()
    directory.forget()


def test_every_agent_sees_health_and_only_an_owner_sets(world, owner):
    for agent in (world.taras, world.iryna, world.sofia):
        seat = Seat(agent)
        assert "help@kashtan.example" in seat.page("/channels")
        assert "Check now" not in seat.page("/channels")
        for address in ("/channels/new", f"/channels/{world.mail.id}", f"/channels/{world.mail.id}/test"):
            assert seat.get(address).status_code == 403
        assert seat.post(f"/channels/{world.mail.id}/pause").status_code == 403
    assert "Check now" in owner.page("/channels")
    world.mail.refresh_from_db()
    assert world.mail.active


def test_trouble_of_either_way_is_told_in_words_and_on_the_whole_desk(world, owner):
    now = clock.now().isoformat()
    assert "has trouble" not in owner.page("/channels")
    set_health(world.mail, **{"in": {"ok": False, "code": "password_refused", "since": now}})
    page = owner.page("/channels")
    assert "refuses the user name or password" in page
    assert "“Пошта” has trouble" in page
    out = {"ok": False, "code": "unreachable", "detail": "", "since": now, "until": now}
    set_health(world.mail, **{"in": {"ok": True, "code": "", "since": now, "last_in": now}, "out": out})
    page = owner.page("/channels")
    assert "The mail server does not answer. Letters wait" in page
    assert "last letter" in page
    assert "“Пошта” has trouble" in page


def test_a_provider_nobody_knows_is_asked_whether_it_takes_a_plus(world, owner):
    set_health(world.mail)
    Channel.objects.filter(id=world.mail.id).update(settings=world.mail.settings | {"smtp": {"host": "smtp.x.example"}})
    assert "letters with a plus in it arrive" in owner.page("/channels")
    Channel.objects.filter(id=world.mail.id).update(settings={"imap": {"host": "imap.gmail.com"}})
    assert "letters with a plus in it arrive" not in owner.page("/channels")


def test_what_was_typed_stays_when_it_cannot_be_used(world, owner):
    answers = mailbox(
        world, name="Друга", address="sales+x@kashtan.example", imap_host="imap.kashtan.example", imap_user="",
        imap_password="hunter2-hunter2",
    )  # fmt: skip
    answer = owner.post("/channels/new", answers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Write the address without a plus" in page
    assert "mostly it is the address itself" in page
    for typed in ("Друга", "sales+x@kashtan.example", "imap.kashtan.example"):
        assert f'value="{typed}"' in page
    assert "hunter2" not in page
    assert not Channel.objects.filter(name="Друга").exists()


def test_the_address_of_another_channel_is_refused(world, owner):
    answer = owner.post("/channels/new", mailbox(world, name="Ще одна"))
    assert answer.status_code == 422
    assert "Another channel has this address already" in answer.content.decode()


def test_a_mailbox_is_connected_and_changed_and_its_password_never_shown(world, owner):
    owner.sends("/channels/new", **mailbox(
        world, name="Продажі", address="sales@kashtan.example", team=world.billing.id, imap_host="imap.kashtan.example",
        imap_user="sales", imap_password="the first secret",
    ))  # fmt: skip
    channel = ChannelAddress.objects.get(address="sales@kashtan.example").channel
    assert (channel.team_id, channel.undo_seconds) == (world.billing.id, 10)
    assert Event.objects.filter(verb="setting.changed", delta__channel=[None, channel.id]).exists()
    page = owner.page(f"/channels/{channel.id}")
    assert "the first secret" not in page
    assert 'value="imap.kashtan.example"' in page
    again = mailbox(world, name="Продажі", address="sales@kashtan.example", imap_host="mail.kashtan.example",
                    imap_user="sales", imap_password="")  # fmt: skip
    owner.sends(f"/channels/{channel.id}", **again)
    channel.refresh_from_db()
    found = server(channel, "imap")
    assert (found.host, found.password.reveal(), channel.team_id) == (
        "mail.kashtan.example", "the first secret", world.support.id,
    )  # fmt: skip


def test_saving_tries_the_servers_and_says_what_is_wrong_at_the_field(world, owner):
    page = owner.sends(f"/channels/{world.mail.id}", **mailbox(
        world, imap_host="127.0.0.1:9", imap_security="none", imap_user="help", imap_password="junk",
    )).content.decode()  # fmt: skip
    assert "Saved, but it does not work yet" in page
    told = page[page.index('id="e-imap_host"') :]
    assert "The mail server does not answer" in told[: told.index("</p>")]
    world.mail.refresh_from_db()
    found = server(world.mail, "imap")
    assert (found.host, found.port) == ("127.0.0.1", 9)
    assert "The mail server does not answer" in owner.page("/channels")


def test_saving_says_that_the_servers_answer(world, owner, dovecot, smtp_sink):
    dovecot.add_user("help@kashtan.example", "right password")
    page = owner.sends(f"/channels/{world.mail.id}", **mailbox(
        world, imap_host="127.0.0.1", imap_port=dovecot.imap_port, imap_security="none",
        imap_user="help@kashtan.example", imap_password="right password",
        smtp_host="127.0.0.1", smtp_port=smtp_sink.port, smtp_security="none",
    )).content.decode()  # fmt: skip
    assert "Both mail servers let Vikno in" in page
    assert "Works" in page
    assert smtp_sink.letters == []


def test_a_way_out_that_nobody_has_tried_is_not_called_working(world, owner):
    world.mail.settings = {"smtp": {"host": "smtp.kashtan.example", "security": "tls"}}
    world.mail.save()
    page = owner.page("/channels")
    row = page[page.index(f'id="channel-{world.mail.id}"') :]
    row = row[: row.index("</tr>")]
    assert "Not tried yet" in row
    assert "Works" not in row


@pytest.mark.parametrize(
    ("typed", "more", "words"),
    [
        ("imap.kashtan.example:993", {"imap_port": "143"}, "Two ports are given"),
        ("imap.kashtan.example:99999", {}, "There is no port of this number"),
    ],
)
def test_a_port_behind_the_host_must_be_one(world, owner, typed, more, words):
    answer = owner.post(f"/channels/{world.mail.id}", mailbox(world, imap_host=typed, imap_user="help", **more))
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_new_settings_forget_the_trouble_of_the_old_ones(world, owner):
    now = clock.now().isoformat()
    set_health(world.mail, **{"in": {"ok": False, "code": "unknown_host", "since": now}})
    owner.sends(f"/channels/{world.mail.id}", **mailbox(world, imap_host="imap.other.example", imap_user="help"))
    world.mail.refresh_from_db()
    assert "in" not in world.mail.health
    assert "has trouble" not in owner.page("/channels")


def test_a_paused_channel_says_so_and_comes_back_by_the_toast(world, owner):
    page = owner.sends(f"/channels/{world.mail.id}/pause").content.decode()
    assert "Paused" in page
    assert f'action="/channels/{world.mail.id}/resume"' in page
    owner.sends(f"/channels/{world.mail.id}/resume")
    world.mail.refresh_from_db()
    assert world.mail.active


def test_a_check_says_what_is_missing(world, owner):
    page = owner.sends(f"/channels/{world.mail.id}/check").content.decode()
    assert "Nobody has said how letters leave" in page


def test_a_check_tells_of_a_server_that_does_not_answer(world, owner):
    world.mail.settings = {"smtp": {"host": "127.0.0.1", "port": 9, "security": "none"}}
    world.mail.save()
    page = owner.sends(f"/channels/{world.mail.id}/check").content.decode()
    assert "The mail server does not answer" in page


@pytest.mark.django_db(transaction=True)
def test_a_test_letter_proves_both_ways(world, owner, smtp_sink):
    world.mail.settings = {"smtp": {"host": smtp_sink.host, "port": smtp_sink.port, "security": "none"}}
    world.mail.secret = Secret("")
    world.mail.save()
    here = f"/channels/{world.mail.id}/test"
    page = owner.sends(here).content.decode()
    assert "It left" in page
    assert "Not here yet" in page
    [sent] = smtp_sink.wait(1)
    assert sent.recipients == ["help@kashtan.example"]
    ledger.accept(world.mail, sent.content, source="imap", envelope_from="help@kashtan.example")
    assert pipeline.run_due() == 1
    POOL.close()
    page = owner.page(here)
    assert "It came in" in page
    ticket = Ticket.objects.get()
    assert f'href="/tickets/{ticket.number}"' in page
    assert (ticket.stage, ticket.closed_at is not None, ticket.waiting_since) == ("closed", True, None)


def test_what_only_looks_like_a_test_letter_is_a_request(world):
    mark = f"<test.{'a' * 24}.{'b' * 32}@kashtan.example>"
    entry = arrive(world.mail, letter(sender="help@kashtan.example", message_id=mark))
    assert entry.ticket is not None
    assert entry.ticket.closed_at is None


def test_a_test_letter_that_cannot_leave_says_why(world, owner):
    world.mail.settings = {"smtp": {"host": "127.0.0.1", "port": 9, "security": "none"}}
    world.mail.save()
    page = owner.sends(f"/channels/{world.mail.id}/test").content.decode()
    assert "The mail server does not answer" in page
    assert "It left" not in page


def test_without_any_way_a_test_letter_names_what_is_missing(world, owner):
    page = owner.sends(f"/channels/{world.mail.id}/test").content.decode()
    assert "No mail server is set" in page


def test_more_channels_cost_no_more_queries(world, owner, queries):
    owner.page("/channels")
    with queries() as seen:
        owner.page("/channels")
    few = len(seen)
    for number in range(10):
        channel = Channel.objects.create(kind="email", name=f"Пошта {number}", brand=world.brand, team=world.support)
        ChannelAddress.objects.create(channel=channel, address=f"box{number}@kashtan.example", default=True)
    directory.forget()
    owner.page("/channels")
    with queries(at_most=few):
        owner.page("/channels")


# ---- the servers of an address --------------------------------------------------------------------------------------


@pytest.fixture
def dns(monkeypatch):
    table: dict[tuple[str, str], list[str]] = {}
    monkeypatch.setattr(names, "RESOLVER", lambda name, kind, seconds: table.get((name, kind), []))
    return table


def test_the_button_fills_the_servers_in_and_saves_nothing(world, owner):
    answers = mailbox(world, name="", address="kashtan.shop@gmail.com", imap_password="the first secret")
    page = owner.post("/channels/new", answers | {"find": "1"}).content.decode()
    for value in ("imap.gmail.com", "smtp.gmail.com", "kashtan.shop@gmail.com"):
        assert f'value="{value}"' in page
    assert '<option value="starttls" selected>' in page
    assert "make an app password" in page
    assert 'href="https://myaccount.google.com/apppasswords"' in page
    assert "cannot be used yet" not in page
    assert "the first secret" not in page
    assert not ChannelAddress.objects.filter(address="kashtan.shop@gmail.com").exists()


def test_the_script_is_told_the_fields(world, owner, dns):
    dns["kashtan.example", "MX"] = ["0 kashtan-example.mail.protection.outlook.com."]
    answer = owner.post(
        "/channels/new", {"address": "info@kashtan.example", "find": "1"}, HTTP_ACCEPT="application/json"
    )
    told = answer.json()
    assert told["fields"]["sign_in"] == "microsoft"
    assert told["fields"]["imap_host"] == "outlook.office365.com"
    assert told["fields"]["imap_user"] == told["fields"]["smtp_user"] == "info@kashtan.example"
    assert "you say yes there once" in told["said"]


def test_servers_that_were_left_out_are_found_when_the_form_is_sent(world, owner, dns):
    dns["_imaps._tcp.kashtan.example", "SRV"] = ["10 5 993 mail.kashtan.example."]
    dns["_submissions._tcp.kashtan.example", "SRV"] = ["10 5 465 mail.kashtan.example."]
    owner.sends("/channels/new", **mailbox(
        world, name="Продажі", address="sales@kashtan.example", imap_host="", imap_user="", imap_password="a secret",
    ))  # fmt: skip
    settings = ChannelAddress.objects.get(address="sales@kashtan.example").channel.settings
    assert (settings["imap"]["host"], settings["imap"]["user"]) == ("mail.kashtan.example", "sales@kashtan.example")
    assert (settings["smtp"]["host"], settings["smtp"]["port"]) == ("mail.kashtan.example", 465)


def test_servers_of_somebody_else_are_shown_before_a_password_goes_there(world, owner, dns):
    dns["_imaps._tcp.kashtan.example", "SRV"] = ["10 5 993 imap.hoster.example."]
    answers = mailbox(
        world, name="Продажі", address="sales@kashtan.example", imap_host="", imap_user="", imap_password="a secret",
    )  # fmt: skip
    page = owner.post("/channels/new", answers).content.decode()
    assert "They are somebody else’s" in page or "They are somebody else&#39;s" in page
    assert 'value="imap.hoster.example"' in page
    assert not ChannelAddress.objects.filter(address="sales@kashtan.example").exists()


def test_a_domain_nobody_knows_is_told(world, owner, dns):
    page = owner.post("/channels/new", {"address": "info@kashtan.example", "find": "1"}).content.decode()
    assert "The mail servers of kashtan.example could not be found" in page
    assert 'value="info@kashtan.example"' in page


def test_a_mailbox_that_letters_are_handed_to_keeps_no_servers(world, owner, dns):
    dns["_imaps._tcp.kashtan.example", "SRV"] = ["10 5 993 mail.kashtan.example."]
    owner.sends("/channels/new", **mailbox(
        world, name="Продажі", address="sales@kashtan.example", imap_host="", imap_user="", imap_password="",
    ))  # fmt: skip
    assert not ChannelAddress.objects.get(address="sales@kashtan.example").channel.settings["imap"]["host"]


def test_an_owner_names_further_addresses_of_a_mailbox(world, owner):
    edit = f"/channels/{world.mail.id}"
    owner.sends(edit, **mailbox(world, other_addresses="Sales@kashtan.example\n\ninfo@kashtan.example"))
    page = owner.page(edit)
    assert "sales@kashtan.example\ninfo@kashtan.example" in page
    answer = owner.post(edit, mailbox(world, other_addresses="sales+x@kashtan.example"))
    assert answer.status_code == 422 and "without a plus" in answer.content.decode()
    owner.sends(edit, **mailbox(world, other_addresses="sales@kashtan.example бухгалтерія"))
    assert "sales@kashtan.example Бухгалтерія" in owner.page(edit)
    rows = {one.address: (one.default, one.team_id) for one in world.mail.addresses.all()}
    assert rows.keys() == {"help@kashtan.example", "sales@kashtan.example"}
    assert rows["sales@kashtan.example"] == (False, world.billing.id)
    owner.sends(edit, **mailbox(world, address="sales@kashtan.example", other_addresses="help@kashtan.example"))
    assert dict(world.mail.addresses.values_list("address", "default")) == {
        "sales@kashtan.example": True, "help@kashtan.example": False,
    }  # fmt: skip


def test_what_is_written_to_a_further_address_begins_with_its_team(world, owner):
    edit = f"/channels/{world.mail.id}"
    lines = "sales@kashtan.example Бухгалтерія\ninfo@kashtan.example"
    owner.sends(edit, **mailbox(world, other_addresses=lines))

    def team_of(to: str) -> int:
        entry = arrive(world.mail, letter(to=to, sender=f"{to[0]}-{world.maria.id}@post.example"))
        return Ticket.objects.get(links__message=entry.message_id).team_id

    assert team_of("sales@kashtan.example") == world.billing.id
    assert team_of("info@kashtan.example") == team_of("help@kashtan.example") == world.support.id
    page = owner.post(edit, mailbox(world, other_addresses="sales@kashtan.example Nobody")).content.decode()
    assert "There is no team “Nobody”." in unescape(page)
    owner.sends(edit, **mailbox(world, other_addresses="sales@kashtan.example"))
    assert ChannelAddress.objects.get(address="sales@kashtan.example").team is None


def test_an_address_that_may_be_ours_is_offered(world, owner):
    arrive(world.mail, letter(to="sales@kashtan.example", X_Original_To="sales@kashtan.example"))
    assert "also written to sales@kashtan.example" in owner.page(f"/channels/{world.mail.id}")
