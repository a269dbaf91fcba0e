"""Letters: how many a second through the whole pipeline onto the disk, how soon they stand on the agent's screen.

    bin/bench letters [--letters 600] [--only sqlite|postgresql]

Once as people write them; once of ten one is a giant of markup and one brings a file. Bounds: 60 letters a second for
one engine; 500 ms (p95) from the answer "250 Stored" to the stream's word that the list
has changed. The page then waits 250 ms of its own, to ask once for many changes; what it asks for is timed beside.
"""

from __future__ import annotations

import argparse
import http.client
import random
import smtplib
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from functools import partial

from bench._common import SUPPORT, Figure, fdatasync_ms, inside, keep, own_cpu, percentile
from bench._fresh import add_only, on_each
from tests.installation import Installation

RATE, SCREEN = 60, 500
SENDERS = 8  # connections that bring letters at the same time
SAID = "замовлення номер оплата доставка рахунок помилка не працює дякую прошу надіслати the order was late please"
WORDS = SAID.split()
GIANT = 400  # rows of a table: about 150 KB of markup, as shops and programs of offices send it
FILE = 300 * 1024  # bytes


Make = Callable[[int, random.Random], EmailMessage]


def letter(number: int, rng: random.Random) -> EmailMessage:
    """A letter as people write them: a few sentences, twice, as text and as HTML."""
    made = EmailMessage()
    made["From"] = f"Клієнт {number % 300} <customer{number % 300}@firm{number % 150}.example>"
    made["To"], made["Date"] = SUPPORT, formatdate()
    made["Subject"] = f"{rng.choice(WORDS)} {rng.choice(WORDS)} {number}"
    made["Message-ID"] = make_msgid(domain="people.example")
    lines = [" ".join(rng.choices(WORDS, k=14)).capitalize() + "." for _ in range(8)]
    made.set_content("\n\n".join(lines))
    made.add_alternative("".join(f"<p>{line}</p>" for line in lines), subtype="html")
    return made


def mixed(number: int, rng: random.Random) -> EmailMessage:
    """A letter of the mixture: of ten one is a giant of markup and one brings a file."""
    made = letter(number, rng)
    if number % 10 == 3:
        row = '<tr><td style="padding:4px;color:#333" bgcolor="#ffffff"><font face="Arial">{}</font></td></tr>'
        lines = "".join(row.format(" ".join(rng.choices(WORDS, k=12))) for _ in range(GIANT))
        made.clear_content()
        made.set_content("Замовлення нижче.")
        made.add_alternative(f"<html><body><table>{lines}</table></body></html>", subtype="html")
    elif number % 10 == 7:
        name = f"рахунок {number}.pdf"
        made.add_attachment(rng.randbytes(FILE), maintype="application", subtype="pdf", filename=name)
    return made


def send_all(port: int, letters: list[EmailMessage]) -> None:
    """Bring all letters over a few connections; returns when each has its 250."""

    def bring(some: list[EmailMessage]) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as smtp:
            for one in some:
                smtp.send_message(one, from_addr="bounce@people.example", to_addrs=[SUPPORT])

    threads = [threading.Thread(target=bring, args=(letters[n::SENDERS],)) for n in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def throughput(here: Installation, count: int, kind: str, make: Make, what: str) -> list[Figure]:
    """Letters that this function makes, from the socket to their tickets."""
    rng = random.Random(1)
    letters = [make(n, rng) for n in range(count)]
    before = int(inside(here.settings, "settled", "0", "0")["done"])
    send_all(here.smtp_port, letters[:SENDERS])
    wait_settled(here, before + SENDERS)
    with ThreadPoolExecutor(1) as watching:
        settled = watching.submit(wait_settled, here, before + count)
        time.sleep(5)  # its process is there before the first letter
        began, cpu = time.time(), own_cpu()
        send_all(here.smtp_port, letters[SENDERS:])
        accepted, own = time.time() - began, own_cpu() - cpu
        whole, sent = settled.result() - began, count - SENDERS
    sync = fdatasync_ms(here.data)
    return [
        Figure(
            f"{what} through the whole pipeline, {kind}, durable", f"{sent / whole:.0f}/s ({sent} letters)",
            f"≥ {RATE}/s an engine", sent / whole >= RATE,
        ),
        Figure(f"of these, accepted by SMTP, {kind}", f"{sent / accepted:.0f}/s; fdatasync here {sync:.2f} ms"),
        Figure(f"load generator's own processor while sending, {kind}", f"{own / accepted:.0%} of one core"),
    ]  # fmt: skip


def wait_settled(here: Installation, count: int) -> float:
    """Until so many entries of the ledger have their fate; answers the moment. Raises RuntimeError after two
    minutes."""
    said = inside(here.settings, "settled", str(count), "120")
    if said["done"] < count:
        raise RuntimeError(f"only {said['done']} of {count} letters were settled in two minutes")
    return float(said["at"])


class Screen:
    """An open desk: hears by its stream that a list changed, then asks for the rows."""

    def __init__(self, here: Installation, cookie: str) -> None:
        self.port, self.cookie = here.port, cookie
        self.heard: list[float] = []
        self._socket = socket.create_connection(("127.0.0.1", here.port), 30)
        words = f"GET /live?topics=list:open HTTP/1.1\r\nHost: localhost\r\nCookie: vikno_session={cookie}\r\n\r\n"
        self._socket.sendall(words.encode())
        self._ready = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if not self._ready.wait(20):
            raise RuntimeError("the stream did not open")

    def _read(self) -> None:
        with self._socket.makefile("rb") as lines:
            for line in lines:
                if line.startswith(b"event: hello"):
                    self._ready.set()
                elif line.startswith(b"event: changed"):
                    self.heard.append(time.perf_counter())

    def rows(self) -> bytes:
        there = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        names = {"Cookie": f"vikno_session={self.cookie}", "HX-Request": "true", "HX-Target": "ul#rows"}
        there.request("GET", "/inbox/open", headers=names)
        answer = there.getresponse()
        body = answer.read()
        assert answer.status == 200, answer.status
        there.close()
        return body


def to_screen(here: Installation, count: int, kind: str) -> list[Figure]:
    screen = Screen(here, inside(here.settings, "session")["cookie"])
    rng, told, seen, missed = random.Random(2), [], [], 0
    with smtplib.SMTP("127.0.0.1", here.smtp_port, timeout=60) as smtp:
        for number in range(count):
            one = letter(900_000 + number, rng)
            time.sleep(0.3 + rng.random() * 0.2)
            smtp.send_message(one, from_addr="bounce@people.example", to_addrs=[SUPPORT])
            began = time.perf_counter()
            while not (after := [at for at in screen.heard if at > began - 0.02]):
                if time.perf_counter() - began > 10:
                    break
                time.sleep(0.002)
            if not after:
                missed += 1
                continue
            told.append((after[0] - began) * 1000)
            body = screen.rows()
            seen.append((time.perf_counter() - began) * 1000)
            assert str(900_000 + number).encode() in body, "the stream spoke before the list knew of the letter"
    return [
        Figure(
            f"letter accepted → stream says so, {kind}, p50 / p95",
            f"{percentile(told, 0.5):.0f} / {percentile(told, 0.95):.0f} ms ({len(told)} letters, {missed} unheard)",
            f"p95 ≤ {SCREEN} ms", not missed and percentile(told, 0.95) <= SCREEN,
        ),
        Figure(
            f"letter accepted → rows answered, {kind}, p50 / p95",
            f"{percentile(seen, 0.5):.0f} / {percentile(seen, 0.95):.0f} ms",
            f"p95 ≤ {SCREEN} ms", percentile(seen, 0.95) <= SCREEN,
        ),
    ]  # fmt: skip


def measure(here: Installation, kind: str, letters: int, screens: int) -> list[Figure]:
    here.start_all(VIKNO_LOG="warning")
    plain = throughput(here, letters, kind, letter, "letters")
    heavy = throughput(here, letters, kind, mixed, "letters, of ten a giant and a file,")
    return plain + heavy + to_screen(here, screens, kind)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=600)
    parser.add_argument("--screens", type=int, default=30, help="letters timed to the screen")
    add_only(parser)
    options = parser.parse_args()
    figures = on_each(options.only, partial(measure, letters=options.letters, screens=options.screens))
    return 0 if keep("letters", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
