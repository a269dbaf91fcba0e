"""Whether letters to an address with a plus come in: what is known of providers, and what an owner says."""

import pytest

from tests.world import World
from vikno.channels.email.plus import is_unknown, takes_plus

HELP = "help@kashtan.example"


@pytest.mark.parametrize(
    "host",
    [
        "imap.gmail.com",
        "outlook.office365.com",
        "imap.fastmail.com",
        "imap.yandex.ru",
        "imap.yandex.com",
        "imap.mail.ru",
    ],
)
def test_large_providers_are_known(world: World, host: str) -> None:
    world.mail.settings = {"imap": {"host": host}}
    assert takes_plus(world.mail, HELP) and not is_unknown(world.mail)


def test_a_bridge_on_this_machine_is_known_by_the_address(world: World) -> None:
    world.mail.settings = {"imap": {"host": "127.0.0.1", "port": 1143}}
    world.mail.addresses.update(address="help@proton.me")
    assert takes_plus(world.mail, "help@proton.me") and not is_unknown(world.mail)


@pytest.mark.parametrize("host", ["imap.notgmail.com", "mail.ru.firm.example", "mail.firm.example"])
def test_a_name_that_only_looks_alike_is_not(world: World, host: str) -> None:
    world.mail.settings = {"imap": {"host": host}}
    assert not takes_plus(world.mail, HELP) and is_unknown(world.mail)


def test_our_own_listener_takes_them(world: World) -> None:
    assert takes_plus(world.mail, HELP) and not is_unknown(world.mail)


@pytest.mark.parametrize("said", [True, False])
def test_what_the_owner_says_counts(world: World, said: bool) -> None:
    world.mail.settings = {"imap": {"host": "mail.firm.example"}, "plus": said}
    assert takes_plus(world.mail, HELP) == said and not is_unknown(world.mail)
