"""A company at work: real processes, a real mail server outside, and what its agents see in a browser."""

from __future__ import annotations

import re
import smtplib
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import TYPE_CHECKING, Any

import psycopg

from tests.databases import Sqlite, clean_environment
from tests.installation import Installation
from tests.servers import browser as browsers
from tests.servers.smtp_sink import Letter, SmtpSink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page, Route

PASSWORD = "a long walk by the river"
OWNER, AGENT = "olena@kashtan.example", "taras@kashtan.example"
DESK_ADDRESS = "help@kashtan.example"
NO_UNDO, LONG_UNDO_SECONDS = 0, 120

# A second agent, and no undo: what is sent leaves at once.
MORE = f"""
import django
django.setup()
from django.db import transaction
from vikno.dialogs.models import Channel
from vikno.journal import acts
from vikno.staff import actions
from vikno.staff.models import Team
with transaction.atomic():
    teams = {{Team.objects.order_by("id")[0].id: False}}
    actions.employ({AGENT!r}, name="Taras Agent", password={PASSWORD!r}, proof="sign_in", teams=teams, by=acts.system())
    Channel.objects.filter(kind="email").update(undo_seconds={NO_UNDO})
"""


class Office:
    """An installation that is set up, with a customer's way to write to it and what leaves it."""

    def __init__(self, installation: Installation, sink: SmtpSink) -> None:
        self.installation, self.sink, self.url = installation, sink, installation.url
        installation.run(
            "setup", "--company", "Kashtan", "--name", "Olena Owner", "--email", OWNER, "--password", PASSWORD,
            "--address", DESK_ADDRESS, "--language", "en", "--zone", "UTC",
        )  # fmt: skip
        environment = clean_environment(**installation.settings, DJANGO_SETTINGS_MODULE="vikno.settings")
        subprocess.run([sys.executable, "-c", MORE], env=environment, check=True, cwd=installation.folder)
        self.start()

    def start(self) -> None:
        """Pages and engine, as people start them; also again after they were stopped."""
        self.process = self.installation.start_all(VIKNO_SMTP_URL=self.sink.url)

    def _door(self) -> smtplib.SMTP:
        """The installation's own door for letters, which opens a moment after its pages do."""
        deadline = time.monotonic() + 60
        while True:
            try:
                return smtplib.SMTP("127.0.0.1", self.installation.smtp_port, timeout=60)
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def write(
        self, subject: str, text: str = "It does not work.", *, sender: str = "Maria Koval <maria@shop.example>",
        to: str = DESK_ADDRESS, files: dict[str, bytes] | None = None, html: str = "", **headers: str,
    ) -> EmailMessage:  # fmt: skip
        """A customer's letter, handed to the listener of the installation by SMTP."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"], letter["Date"] = sender, to, subject, formatdate()
        letter["Message-ID"] = f"<{time.time_ns()}@shop.example>"
        for name, value in headers.items():
            letter[name.replace("_", "-")] = value
        letter.set_content(text)
        if html:
            letter.add_alternative(html, subtype="html")
        for name, content in (files or {}).items():
            letter.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        with self._door() as wire:
            wire.send_message(letter, from_addr=parseaddr(sender)[1], to_addrs=[to])
        return letter

    def answer_to(self, subject: str, patience: float = 60) -> Letter:
        """The letter about this that has left the house."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            for letter in self.left(subject):
                return letter
            time.sleep(0.05)
        raise AssertionError(f"no letter about {subject!r} has left in {patience} s")

    def left(self, subject: str) -> list[Letter]:
        return [letter for letter in self.sink.letters if letter.message["Subject"] in (subject, f"Re: {subject}")]

    def let_undo(self, seconds: int) -> None:
        """For so long what is sent from now on can be taken back."""
        self.installation.ask(f"UPDATE dialogs_channel SET undo_seconds = {seconds} WHERE kind = 'email'")

    def drafts(self, subject: str) -> str:
        """What is kept of what was written about this and is not sent: the words of its agents, as HTML."""
        about = f"SELECT id FROM tickets_ticket WHERE subject = '{subject}'"
        return "".join(html for (html,) in self.installation.ask(
            f"SELECT html FROM tickets_draft WHERE ticket_id IN ({about}) ORDER BY id"
        ))  # fmt: skip

    @contextmanager
    def nothing_is_written(self) -> Iterator[None]:
        """Whoever writes a draft waits meanwhile; pages are drawn as before."""
        here = self.installation
        if address := here.settings.get("VIKNO_DATABASE_URL"):
            with psycopg.connect(address) as database:
                database.execute("LOCK TABLE tickets_draft, tickets_emptieddraft IN EXCLUSIVE MODE")
                yield
            return
        with closing(sqlite3.connect(here.data / Sqlite.NAME, timeout=60, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield
            database.execute("ROLLBACK")


def sign_in(office: Office, page: Page, who: str) -> None:
    """By the form, as a person does."""
    page.goto(f"{office.url}/account/login/")
    page.get_by_label("E-mail address").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/inbox/**")


def exactly(words: str) -> re.Pattern[str]:
    """Words that are all an element says: a text alone would be looked for in whatever contains it."""
    return re.compile(rf"^\s*{re.escape(words)}\s*$")


def arrived(page: Page, subject: str) -> Locator:
    """The row of a letter that has just come, on the open list: of this very subject, for others may contain it. The
    list does not move under the pointer, so that is taken away from it."""
    for corner in (1, 0):
        page.mouse.move(corner, corner)
    row = page.locator(".ticket-row", has=page.locator(".ticket-row__subject", has_text=exactly(subject)))
    row.wait_for()
    return row


def opened(page: Page, subject: str) -> None:
    """Opens the ticket of this subject; afterwards the composer can be written in."""
    arrived(page, subject).locator(".ticket-row__link").click()
    page.locator(".thread__subject", has_text=re.compile(rf"^\s*{re.escape(subject)}\s*#\d+\s*$")).wait_for()
    page.locator(".composer .ProseMirror").wait_for(state="attached")  # on a narrow window it is folded


def body(page: Page) -> Locator:
    """Where an answer is written."""
    return page.locator(".composer .ProseMirror")


def writing(office: Office, enter: Callable[..., Page], subject: str) -> Page:
    """A desk with a letter of this subject opened, and the place for the answer in focus."""
    office.write(subject)
    page = enter()
    opened(page, subject)
    body(page).click()
    return page


def toast(page: Page, words: str) -> Locator:
    """What the desk says back, once it says it."""
    said = page.locator(".toast", has_text=words).last
    said.wait_for()
    return said


def until(page: Page, condition: Callable[[], bool]) -> None:
    """The page goes on meanwhile."""
    deadline = time.monotonic() + browsers.PATIENCE / 1000
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        page.wait_for_timeout(100)


def routed(page: Page, where: str | re.Pattern[str], handle: Callable[[Route], Any], **options: Any) -> None:
    """From here on these requests of a page that stands already are the test's. A browser that is busy goes on sending
    past it for a moment after it has said that it will not: so one is sent for a look."""
    page.route(where, handle, **options)
    page.route("**/healthz?routed", lambda route: route.fulfill(body="routed"))
    look = "async () => await (await fetch('/healthz?routed')).text() === 'routed'"
    page.wait_for_function(look, polling=50)


def kept(page: Page, office: Office, subject: str, words: str) -> None:
    """Waits until these words, and no more, lie on the server as a draft: "Saved" is said for a moment alone, and of
    words from before too."""
    until(page, lambda: re.sub("<[^>]+>", "", office.drafts(subject)) == words)


def settled(page: Page) -> None:
    """Waits until nothing of the page moves or fades any more."""
    page.evaluate(SETTLED)


def known_to_search(page: Page, query: str, *words: str) -> None:
    """Waits until this finds what holds these words: the index of requests and that of people follow each by itself."""
    page.wait_for_function(
        """async ([query, words]) => {
            const answer = await (await fetch(`/search/quick?q=${encodeURIComponent(query)}`)).text();
            return words.every((word) => answer.includes(word));
        }""",
        arg=[query, list(words)],
        polling=300,
    )


def unhurried(page: Page) -> None:
    """However long a busy machine takes, on this page and those after it: what the desk says back does not leave by
    itself, and the second of two keys that belong together counts whenever it comes."""
    page.add_init_script(f"({UNHURRIED})()")
    page.evaluate(UNHURRIED)


UNHURRIED = """() => {
  const real = window.setTimeout.bind(window);
  const hurried = [1200, 8000]; // ms: for a second key, for a toast
  window.setTimeout = (act, after, ...more) => real(act, hurried.includes(after) ? 6e5 : after, ...more);
}"""
SETTLED = """() => Promise.allSettled(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime !== Infinity).map((one) => one.finished)).then(() => null)"""
DROP = """([selector, name, type, content]) => {
  const data = new DataTransfer();
  data.items.add(new File([content], name, { type }));
  const place = document.querySelector(selector);
  place.dispatchEvent(new DragEvent("dragover", { dataTransfer: data, bubbles: true, cancelable: true }));
  place.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""
PASTE = """([selector, name, type, content]) => {
  const data = new DataTransfer();
  data.items.add(new File([content], name, { type }));
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  document.querySelector(selector).dispatchEvent(event);
}"""


def drop(page: Page, selector: str, name: str, content: str) -> None:
    """A file is dragged from a folder and let go over an element."""
    page.evaluate(DROP, [selector, name, "text/plain", content])


def paste(page: Page, selector: str, name: str, content: str) -> None:
    """A file is pasted from the clipboard."""
    page.evaluate(PASTE, [selector, name, "text/plain", content])
