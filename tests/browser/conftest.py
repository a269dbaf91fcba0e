"""One office for all tests of the browser: each of them takes letters and tickets of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
def enter(office: Office, browser: Browser, sessions: dict[str, Any], troubles: list[str]) -> Iterator[Enter]:
    """Opens the desk as somebody: enter(OWNER, "/inbox/open", viewport=…), each in a browser profile of its own."""

    def session_of(who: str) -> Any:
        with browsers.opened(browser, troubles) as page:
            sign_in(office, page, who)
            return page.context.storage_state()

    with ExitStack() as stack:

        def entered(who: str = OWNER, path: str = "/inbox/open", **options: Any) -> Page:
            if who not in sessions:
                sessions[who] = session_of(who)
            given = {"viewport": {"width": 1440, "height": 900}, "storage_state": sessions[who]} | options
            page = stack.enter_context(browsers.opened(browser, troubles, **given))
            page.goto(f"{office.url}{path}")
            return page

        yield entered


@pytest.fixture
def long_undo(office: Office) -> Iterator[None]:
    """What is sent can be taken back for as long as a busy machine may need for it."""
    office.let_undo(LONG_UNDO_SECONDS)
    yield
    office.let_undo(NO_UNDO)
