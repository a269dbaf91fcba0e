"""The first run in the browser, and what `vikno serve` prints for it: a link for whoever started it, used once."""

from __future__ import annotations

import re
import urllib.request

import pytest
from django.test import Client, override_settings

from vikno.accounts import links
from vikno.accounts.models import SignInLink, User
from vikno.channels.email.servers import server
from vikno.core.models import Company
from vikno.core.starting import Start
from vikno.dialogs.models import Channel
from vikno.staff.models import Agent, Team
from vikno.tickets import directory
from vikno.welcome.starting import NotADemo, begin

pytestmark = pytest.mark.django_db

HERE = Start(base_url="http://127.0.0.1:8000", demo=False)
DEMO = Start(base_url="http://127.0.0.1:8000", demo=True)
ANSWERS = {
    "company": "Каштан", "preset": "shop", "language": "uk", "zone": "Europe/Kyiv", "name": "Олена Левченко",
    "email": "olena@kashtan.example", "password": "трава росте вночі", "address": "help@kashtan.example",
}  # fmt: skip


@pytest.fixture(autouse=True)
def fresh_words():
    directory.forget()


def browser(address: str = "127.0.0.1", language: str = "en") -> Client:
    return Client(HTTP_HOST="127.0.0.1:8000", REMOTE_ADDR=address, HTTP_ACCEPT_LANGUAGE=language)


def printed(start: Start) -> str:
    """The path of the link among the lines that the command prints."""
    lines = begin(start)
    assert lines[-1].strip().startswith("http://127.0.0.1:8000/")
    return lines[-1].strip().removeprefix("http://127.0.0.1:8000")


# ---- who gets in ----------------------------------------------------------------------------------------------------


def test_every_page_leads_to_the_first_run_while_there_is_no_company():
    assert browser().get("/")["Location"] == "/welcome/"
    assert browser().get("/welcome/").status_code == 200


def test_from_another_machine_only_the_link_opens_it():
    link = printed(HERE)
    stranger = browser("203.0.113.9")
    assert stranger.get("/welcome/").status_code == 403
    assert stranger.post("/welcome/", ANSWERS).status_code == 403
    assert stranger.get("/welcome/guessed/").status_code == 410
    assert stranger.post("/welcome/guessed/", ANSWERS).status_code == 410
    assert not Company.objects.exists()
    assert stranger.get(link).status_code == 200


def test_behind_a_proxy_nobody_counts_as_sitting_here():
    assert browser().get("/welcome/", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403
    with override_settings(BASE_URL="https://help.kashtan.example"):
        assert browser().get("/welcome/").status_code == 403


# ---- the mailbox's servers ------------------------------------------------------------------------------------------


def test_the_servers_of_the_address_are_filled_in_without_setting_up(monkeypatch):
    visitor = browser()
    page = visitor.post("/welcome/", ANSWERS | {"address": "kashtan@ukr.net", "find": "1"}).content.decode()
    for value in ("imap.ukr.net", "smtp.ukr.net", "Каштан", "kashtan@ukr.net"):
        assert f'value="{value}"' in page
    assert "a password of its own for other programs" in page
    assert "трава росте" not in page
    assert not Company.objects.exists()
    told = visitor.post("/welcome/", {"address": "kashtan@ukr.net", "find": "1"}, HTTP_ACCEPT="application/json").json()
    assert told["fields"]["mail_user"] == "kashtan@ukr.net"


def test_a_stranger_asks_for_no_servers():
    stranger = browser("203.0.113.9")
    answer = stranger.post("/welcome/", {"address": "a@ukr.net", "find": "1"}, HTTP_ACCEPT="application/json")
    assert answer.status_code == 403


# ---- setting up -----------------------------------------------------------------------------------------------------


def test_answers_make_the_company_and_sign_its_owner_in():
    link, visitor = printed(HERE), browser("203.0.113.9")
    answer = visitor.post(link, ANSWERS)
    assert (answer.status_code, answer["Location"]) == (302, "/welcome/next")
    company = Company.objects.get()
    assert (company.name, company.language, company.zone, company.preset) == ("Каштан", "uk", "Europe/Kyiv", "shop")
    assert Agent.objects.get().role == "owner"
    assert Channel.objects.get(kind="email").addresses.get().address == "help@kashtan.example"
    assert Team.objects.filter(default=True).count() == 1
    assert visitor.get("/inbox/open").status_code == 200
    assert User.objects.get().check_password(ANSWERS["password"])


def test_looking_does_not_use_the_link_up_and_setting_up_does():
    link, other = printed(HERE), printed(HERE)
    for _time in range(3):
        assert browser("203.0.113.9").get(link).status_code == 200
    browser("203.0.113.9").post(link, ANSWERS)
    assert not SignInLink.objects.filter(purpose="setup", used_at=None).exists()
    for used in (link, other):
        answer = browser("203.0.113.9").post(used, ANSWERS | {"company": "Чужа"})
        assert answer["Location"] == "/"
    assert Company.objects.get().name == "Каштан"
    assert User.objects.count() == 1


def test_a_link_that_somebody_used_meanwhile_makes_nothing():
    link = printed(HERE)
    secret = link.strip("/").rpartition("/")[2]
    assert links.use(secret, "setup")
    assert browser().post(link, ANSWERS).status_code == 410
    assert not Company.objects.exists()


def test_without_an_address_the_mailbox_is_skipped():
    browser().post("/welcome/", ANSWERS | {"address": ""})
    assert Company.objects.exists()
    assert not Channel.objects.filter(kind="email").exists()


def test_the_mailbox_comes_with_its_servers():
    browser().post("/welcome/", ANSWERS | {
        "imap_host": "imap.kashtan.example", "imap_security": "starttls", "smtp_host": "smtp.kashtan.example",
        "mail_password": "its secret",
    })  # fmt: skip
    channel = Channel.objects.get(kind="email")
    read, sent = server(channel, "imap"), server(channel, "smtp")
    assert (read.host, read.port, read.user) == ("imap.kashtan.example", 143, "help@kashtan.example")
    assert (sent.host, sent.port, sent.password.reveal()) == ("smtp.kashtan.example", 465, "its secret")


@pytest.mark.parametrize(
    ("password", "words", "done"),
    [
        ("right password", "The mailbox answers", True),
        ("wrong password", "The mailbox is not connected yet", False),
    ],
)
def test_the_mailbox_is_tried_before_it_is_called_connected(dovecot, smtp_sink, password, words, done):
    dovecot.add_user("help@kashtan.example", "right password")
    smtp_sink.login = ("help@kashtan.example", password)
    seat = browser()
    seat.post("/welcome/", ANSWERS | {
        "language": "en", "imap_host": f"127.0.0.1:{dovecot.imap_port}", "imap_security": "none",
        "smtp_host": f"127.0.0.1:{smtp_sink.port}", "smtp_security": "none", "mail_password": password,
    })  # fmt: skip
    channel = Channel.objects.get(kind="email")
    page = seat.get("/welcome/next").content.decode()
    assert words in page
    assert (f'href="/channels/{channel.id}">Correct the mailbox' in page) is not done
    first = page[page.index("Connect a mailbox") : page.index("Send a test letter")]
    assert ("Done" in first) is done
    read = server(channel, "imap")
    assert (read.host, read.port) == ("127.0.0.1", dovecot.imap_port), "what was typed is kept either way"
    for _time in range(2):  # said on every look, not only on the first
        page = seat.get("/welcome/next").content.decode()
        assert ("Done" in page[page.index("Connect a mailbox") : page.index("Send a test letter")]) is done
    form = seat.get(f"/channels/{channel.id}").content.decode()
    assert ('id="e-imap_host"' in form) is not done


def test_a_mailbox_that_is_read_and_cannot_send_is_not_called_connected(dovecot):
    dovecot.add_user("help@kashtan.example", "right password")
    seat = browser()
    seat.post("/welcome/", ANSWERS | {
        "language": "en", "imap_host": "127.0.0.1", "imap_port": dovecot.imap_port, "imap_security": "none",
        "mail_password": "right password",
    })  # fmt: skip
    page = seat.get("/welcome/next").content.decode()
    assert "nobody has said how answers leave" in page
    assert "Done" not in page
    assert "Done" not in seat.get("/welcome/next").content.decode()


def test_a_dead_server_is_told_at_its_field():
    seat = browser()
    seat.post("/welcome/", ANSWERS | {
        "language": "en", "imap_host": "127.0.0.1:9", "imap_security": "none", "mail_password": "junk",
    })  # fmt: skip
    page = seat.get("/welcome/next").content.decode()
    assert "The mailbox is not connected yet" in page
    assert "Done" not in page
    form = seat.get(f"/channels/{Channel.objects.get(kind='email').id}").content.decode()
    assert 'value="127.0.0.1"' in form
    told = form[form.index('id="e-imap_host"') :]
    assert "The mail server does not answer" in told[: told.index("</p>")]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("password", "short", "too short"),
        ("email", "olena", "This is not an e-mail address"),
        ("company", "", "Give the name of the company"),
        ("zone", "Kyiv", "There is no time zone of this name"),
        ("language", "de", "not one of the available choices"),
        ("address", "help@", "This is not an e-mail address"),
        ("address", "help+x@kashtan.example", "without a plus"),
    ],
)
def test_a_refusal_keeps_what_was_typed_and_makes_nothing(field, value, words):
    link = printed(HERE)
    answers = ANSWERS | {"imap_host": "imap.kashtan.example", "mail_password": "its secret", field: value}
    answer = browser("203.0.113.9").post(link, answers)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    for name in {"company", "name", "email", "address", "imap_host"} - {field}:
        assert f'value="{answers[name]}"' in page
    assert "its secret" not in page
    assert ANSWERS["password"] not in page
    assert not Company.objects.exists()
    assert not User.objects.exists()
    assert browser("203.0.113.9").get(link).status_code == 200


def test_servers_without_an_address_ask_for_it():
    answer = browser().post("/welcome/", ANSWERS | {"address": "", "smtp_host": "smtp.kashtan.example"})
    assert answer.status_code == 422
    assert "Write the address whose letters" in answer.content.decode()


@pytest.mark.parametrize(("language", "shop"), [("uk", "Магазин"), ("ru", "Магазин"), ("en", "Shop"), ("fr", "Shop")])
def test_the_page_follows_the_browsers_language(language, shop):
    page = browser(language=language).get("/welcome/").content.decode()
    chosen = language if language != "fr" else "en"
    assert f'<html lang="{chosen}"' in page
    assert f'<option value="{chosen}" selected>' in page
    assert shop in page


def test_three_steps_remain_with_real_links():
    visitor = browser()
    visitor.post("/welcome/", ANSWERS | {"language": "en"})
    page = visitor.get("/welcome/next").content.decode()
    channel = Channel.objects.get(kind="email").id
    for address in (f"/channels/{channel}", f"/channels/{channel}/test", "/staff"):
        assert f'href="{address}"' in page
        assert visitor.get(address).status_code == 200
    assert "Done" not in page
    visitor.post("/staff/invite", {"email": "iryna@kashtan.example", "role": "agent", "team": ""})
    assert page.count("Done") + 1 == visitor.get("/welcome/next").content.decode().count("Done")


# ---- what the command prints ----------------------------------------------------------------------------------------


def test_nothing_is_printed_once_there_is_a_company():
    browser().post("/welcome/", ANSWERS)
    assert begin(HERE) == []
    assert browser().get("/welcome/")["Location"] == "/"


def test_the_demo_never_stands_on_a_real_companys_data():
    browser().post("/welcome/", ANSWERS)
    with pytest.raises(NotADemo, match="real company"):
        begin(DEMO)
    assert Company.objects.get().name == "Каштан"


def test_the_demo_opens_by_a_link_that_a_preview_does_not_use_up(monkeypatch):
    monkeypatch.setenv("LC_ALL", "uk_UA.UTF-8")
    link = printed(DEMO)
    company = Company.objects.get()
    assert (company.demo, company.language) == (True, "uk")
    assert not any(user.has_usable_password() for user in User.objects.all())
    for _preview in range(2):
        assert browser().get(link).status_code == 200
    visitor = browser(language="ru")
    assert visitor.post(link).status_code == 302
    page = visitor.get("/inbox/open", follow=True).content.decode()
    assert '<html lang="ru"' in page
    assert browser().post(link).status_code == 410
    assert printed(DEMO) != link
    assert not Company.objects.filter(demo=False).exists()


def test_a_demo_that_is_there_already_is_kept(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    printed(DEMO)
    first = User.objects.values_list("id", flat=True).first()
    assert printed(HERE).startswith("/enter/")
    assert User.objects.values_list("id", flat=True).first() == first
    assert Company.objects.get().language == "en"


def test_the_command_prints_the_link_and_the_page_stands_behind_it(installation):
    process = installation.start_all()
    said = process.wait_for_words("/welcome/")
    link = re.search(rf"{installation.url}/welcome/\S+/", said)
    assert link
    with urllib.request.urlopen(link[0], timeout=60) as page:
        assert page.status == 200
        assert b'name="company"' in page.read()
    assert process.stop() == 0
