"""When nobody answers: it is said at once, nothing that was wanted is lost or shown as done, all goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import Enter
from tests.browser.office import Office, arrived, body, opened, toast, until

pytestmark = pytest.mark.browser


@pytest.fixture
def broken(office: Office, troubles: list[str]) -> Iterator[Office]:
    """The office, whose server a test may stop: afterwards it runs again. What a browser says of that is no trouble."""
    yield office
    if office.process.returncode is not None:
        office.start()
    said = ("net::ERR_", "Failed to load resource", "TypeError: Failed to fetch", "AbortError", "TimeoutError")
    troubles[:] = [one for one in troubles if not any(words in one for words in said)]


def bar(page: Page):
    return page.locator("#bar")


def test_acts_while_the_server_is_down_are_not_done_and_can_be_tried_again(broken: Office, enter: Enter) -> None:
    page = enter()
    broken.write("The server goes away")
    opened(page, "The server goes away")
    page.evaluate("window.untouched = true")
    priority = page.locator("#p-priority")
    before = priority.input_value()
    broken.process.stop()
    expect(bar(page)).to_contain_text("Vikno has not answered since")

    priority.select_option(index=0 if before != priority.locator("option").nth(0).get_attribute("value") else 2)
    said = toast(page, "Not done: Priority")
    expect(priority).to_have_value(before)

    body(page).click()
    page.keyboard.type("Written meanwhile")
    page.keyboard.press("Control+Enter")
    unsent = toast(page, "Not done: Send")
    expect(body(page)).to_have_text("Written meanwhile")
    page.keyboard.type(".")
    expect(body(page)).to_have_text("Written meanwhile.")

    page.locator(".nav__link", has_text="Channels").click()
    toast(page, "leaving this page would lose what is on it")
    assert page.evaluate("window.untouched")

    broken.start()
    expect(bar(page)).not_to_be_visible()
    said.get_by_role("button", name="Try again").click()
    expect(priority).not_to_have_value(before)
    unsent.get_by_role("button", name="Try again").click()
    toast(page, "Sent")
    expect(page.locator("#timeline .message--agent")).to_have_count(1)
    expect(page.locator("#timeline .message--agent")).to_contain_text("Written meanwhile.")
    assert page.evaluate("window.untouched"), "the page was loaded again on the way"


def test_a_device_without_a_network_says_so_and_goes_on(broken: Office, enter: Enter) -> None:
    page = enter()
    broken.write("No network at all")
    row = arrived(page, "No network at all")
    page.context.set_offline(True)
    expect(bar(page)).to_contain_text("This device has been offline since")
    row.locator(".ticket-row__link").click()
    said = toast(page, "Not opened")
    expect(row.locator(".ticket-row__link")).not_to_have_attribute("aria-current", "true")
    page.context.set_offline(False)
    expect(bar(page)).not_to_be_visible()
    said.get_by_role("button", name="Try again").click()
    page.locator(".thread__subject", has_text="No network at all").wait_for()


def test_a_stream_that_comes_back_after_the_database_was_away_clears_the_bar(broken: Office, enter: Enter) -> None:
    """The stream that told of it was lost meanwhile: nobody says "back" to the one after it."""
    page = enter()
    told = "retry: 2000\nevent: away\ndata: {}\n\n"
    held: list[Route] = []  # the streams, of which the next one begins once the bar was seen
    address = page.url
    page.goto("about:blank")  # or the page that stands there asks once more
    page.route("**/live?*", lambda route: held.append(route))
    page.goto(address)
    until(page, lambda: bool(held))
    held.pop().fulfill(content_type="text/event-stream", body=told)
    expect(bar(page)).to_contain_text("database")
    until(page, lambda: bool(held))
    held.pop().continue_()
    page.unroute("**/live?*")
    expect(bar(page)).not_to_be_visible()


def test_a_stream_that_is_refused_for_want_of_a_session_is_not_asked_for_again(broken: Office, enter: Enter) -> None:
    page = enter()
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=401, content_type="text/plain", body="Please sign in.")

    page.route("**/live?*", refuse)
    page.clock.install()
    page.reload()
    page.clock.run_for(1000)
    expect(bar(page)).to_contain_text("Your session has ended")
    page.clock.run_for(5_000)
    so_far = len(asked)
    assert so_far
    page.clock.run_for(60_000)
    assert len(asked) - so_far <= 8, "it went on asking; what is drawn anew meanwhile may ask once more"


def test_words_that_lie_on_the_page_alone_are_not_left_by_accident(broken: Office, enter: Enter) -> None:
    page = enter()
    broken.write("Half a draft")
    opened(page, "Half a draft")
    broken.process.stop()
    body(page).click()
    page.keyboard.type("Not yet on the server")
    expect(page.locator("[data-saved-place]")).to_contain_text("Not saved: no connection")
    broken.start()
    expect(bar(page)).not_to_be_visible()
    expect(page.locator("[data-saved-place]")).not_to_contain_text("Not saved")
    page.reload()
    page.locator(".composer .ProseMirror").wait_for()
    expect(body(page)).to_have_text("Not yet on the server")


def test_what_an_open_page_asks_by_itself_says_so_and_a_click_does_not(office: Office, enter: Enter) -> None:
    office.write("Somebody is at work")
    page = enter()
    address = page.locator("#rows").get_attribute("hx-get") or ""

    def asks(act: str, mark: str | None, *, again: bool = False) -> None:
        """It asks for the rows with this mark; `again`: a stream may let the page ask too, and this one is left out."""
        asked: list[str | None] = []

        def note(one: Request) -> None:
            if one.url.endswith(address):
                asked.append(one.headers.get("vikno-by-itself"))

        page.on("request", note)
        page.evaluate(act)
        until(page, lambda: mark in asked or (again and page.evaluate(act)))
        page.remove_listener("request", note)

    part = """when => {
      const part = Object.assign(document.createElement("i"), { hidden: true });
      const asks = { "hx-get": "%s", "hx-trigger": when, "hx-swap": "none" };
      Object.entries(asks).forEach(([name, value]) => part.setAttribute(name, value));
      document.querySelector("#part")?.remove();
      document.body.append(Object.assign(part, { id: "part" }));
      htmx.process(part);
    }"""
    for when in ("load", "every 1s"):
        asks(f"() => ({part % address})('{when}')", "1")
    page.evaluate("() => document.querySelector('#part').remove()")
    asks("() => { htmx.trigger('#rows', 'refresh'); }", "1", again=True)
    asks("() => document.querySelector('[data-fresh]').click()", None, again=True)
