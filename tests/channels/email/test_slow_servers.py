"""Mail servers that drip their answers: a letter's thread is never held for ever, and what has left is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.servers.dripper import Dripper
from vikno.channels.email import smtp_pool
from vikno.channels.email.servers import NONE, Server
from vikno.channels.email.smtp_pool import Envelope, Pool
from vikno.core.secrets import Secret
from vikno.dialogs.channels import Halted, Retry, Unknown

GREETING, HELLO, GOOD, GO_ON = b"220 here\r\n", b"250 here\r\n", b"250 2.0.0 good\r\n", b"354 go on\r\n"
LETTER = b"Subject: x\r\n\r\nHello\r\n"


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONNECT_PATIENCE", "PATIENCE", "FINAL_PATIENCE", "ALIVE_PATIENCE", "GOODBYE_PATIENCE"):
        monkeypatch.setattr(smtp_pool, name, 0.4)


@pytest.fixture
def dripping() -> Iterator[Callable[[list[bytes | None]], Dripper]]:
    made: list[Dripper] = []

    def start(script: list[bytes | None]) -> Dripper:
        made.append(Dripper(script, b"250-and so on\r\n"))
        return made[-1]

    yield start
    for one in made:
        one.close()


def send(server: Dripper) -> None:
    there = Server(server.host, server.port, NONE, "", Secret(""))
    Pool().send(there, Envelope("help@kashtan.example", "maria@kramnytsia.example"), LETTER)


@pytest.mark.parametrize(
    ("script", "error"),
    [([b"220-"], Halted), ([GREETING, b"250-"], Halted), ([GREETING, HELLO, b"250-"], Retry),
     ([GREETING, HELLO, GOOD, GOOD, b"354-"], Retry), ([GREETING, HELLO, GOOD, GOOD, GO_ON, b"", b"250-"], Unknown)],
    ids=["greeting", "EHLO", "MAIL", "DATA", "the letter itself"],
)  # fmt: skip
def test_each_wait_ends(
    dripping: Callable[[list[bytes | None]], Dripper], script: list[bytes | None], error: type[Exception]
) -> None:
    server = dripping(script)
    with pytest.raises(error):
        send(server)
    assert server.cut.wait(60)
