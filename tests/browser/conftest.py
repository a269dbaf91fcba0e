"""One office for all tests of the browser: each of them takes letters and tickets of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.office import LONG_UNDO_SECONDS, NO_UNDO, OWNER, Office, sign_in
from tests.databases import Databases
from tests.installation import Installation
from tests.servers import browser as browsers
from tests.servers.smtp_sink import SmtpSink

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Enter = Callable[..., "Page"]
Seen = tuple["Page", deque[str]]  # a page of a test, and what it asked for last and was answered

OPEN_PAGES = pytest.StashKey[list[Seen]]()
# What has happened on a page lately, in the order in which it did.
WATCHED = """
window.happened = [];
for (const name of ["click", "keydown", "submit", "focusin", "htmx:before:request", "htmx:after:swap", "htmx:error"]) {
  window.addEventListener(name, ({ target, key = "", detail }) => {
    const at = detail?.ctx?.sourceElement ?? target;
    const why = detail?.ctx?.sourceEvent?.type ?? key;
    window.happened.push(`${Math.round(performance.now())} ${name} ${why} ${at.tagName} ${at.id || at.className}`);
    window.happened.splice(0, window.happened.length - 80);
  }, true);
}
"""
WHAT_IS_SEEN = """() => ({
  address: location.href,
  focus: document.activeElement?.outerHTML.slice(0, 200),
  toasts: [...document.querySelectorAll(".toast")].map((toast) => toast.innerText),
  subject: document.querySelector(".thread__subject")?.innerText,
  rows: [...document.querySelectorAll(".ticket-row__subject")].slice(0, 12).map((row) => row.innerText),
  written: document.querySelector(".composer .ProseMirror")?.innerText,
  happened: window.happened.join("\\n"),
  open: [...document.querySelectorAll("dialog[open], :popover-open")].map(({ id }) => id),
})"""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Whoever reads of a failure far away reads what the pages of the test showed."""
    report = yield
    if report.when == "call" and report.failed:
        for page, answers in item.stash.get(OPEN_PAGES, []):
            try:
                seen = page.evaluate(WHAT_IS_SEEN)
            except Exception as error:
                seen = {"gone": repr(error)}
            lines = [*(f"{name}: {value}" for name, value in seen.items()), *answers]
            report.sections.append(("A page", "\n".join(lines)))
    return report


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[Office]:
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("office")
        (folder / "sink").mkdir()
        sink = SmtpSink(folder / "sink")
        stack.callback(sink.stop)
        installation = Installation(folder, databases)
        stack.callback(installation.close)
        yield Office(installation, sink)


@pytest.fixture(scope="session")
def sessions() -> dict[str, Any]:
    """Who has signed in already; signing in is throttled, as it should be."""
    return {}


@pytest.fixture
def enter(
    office: Office, browser: Browser, sessions: dict[str, Any], troubles: list[str], request: pytest.FixtureRequest
) -> Iterator[Enter]:
    """Opens the desk as somebody: enter(OWNER, "/inbox/open", viewport=…), each in a browser profile of its own."""

    def session_of(who: str) -> Any:
        with browsers.opened(browser, troubles) as page:
            sign_in(office, page, who)
            return page.context.storage_state()

    pages = request.node.stash[OPEN_PAGES] = []
    with ExitStack() as stack:

        def entered(who: str = OWNER, path: str = "/inbox/open", **options: Any) -> Page:
            if who not in sessions:
                sessions[who] = session_of(who)
            given = {"viewport": {"width": 1440, "height": 900}, "storage_state": sessions[who]} | options
            page = stack.enter_context(browsers.opened(browser, troubles, **given))
            answers: deque[str] = deque(maxlen=80)
            page.on("request", lambda one: answers.append(f"asked {one.method} {one.url}"))
            page.on("response", lambda one: answers.append(f"{one.status} {one.request.method} {one.url}"))
            page.add_init_script(WATCHED)
            pages.append((page, answers))
            page.goto(f"{office.url}{path}")
            return page

        yield entered


@pytest.fixture
def long_undo(office: Office) -> Iterator[None]:
    """What is sent can be taken back for as long as a busy machine may need for it."""
    office.let_undo(LONG_UNDO_SECONDS)
    yield
    office.let_undo(NO_UNDO)
