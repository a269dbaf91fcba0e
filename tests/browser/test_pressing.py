"""What one presses does what it said: once, on what was there, and it can be undone from the next page too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.office import Office, arrived, body, opened, toast, writing

if TYPE_CHECKING:
    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser

# Ends when the open request is drawn anew.
REDRAW = """() => new Promise((done) => {
  document.addEventListener("htmx:after:swap", function drawn({ target }) {
    if (target.id !== "timeline") return;
    document.removeEventListener("htmx:after:swap", drawn);
    setTimeout(done);
  });
  window.htmx.trigger("#timeline", "refresh");
})"""


def test_a_button_that_is_being_pressed_is_not_drawn_anew(office: Office, enter: Enter) -> None:
    for subject in ("Older on the phone", "Pressed on the phone"):
        office.write(subject, sender="Pressed <pressed@shop.example>")
    page = enter(viewport={"width": 360, "height": 740}, has_touch=True)
    arrived(page, "Older on the phone")
    opened(page, "Pressed on the phone")
    beside = page.locator("#thread-head [data-act=previous], #thread-head [data-act=next]")
    addresses = "all => all.map((one) => one.getAttribute('href'))"
    ways = beside.evaluate_all(addresses)
    assert ways, "two requests at least stand in the list"
    page.locator('.thread__head [aria-controls="context"]').hover()
    page.mouse.down()
    page.evaluate(REDRAW)
    page.mouse.up()
    expect(page.locator("#context")).to_be_visible()
    page.locator("#context [data-close]").click()
    expect(page.locator("#context")).not_to_be_visible()
    assert beside.evaluate_all(addresses) == ways, "the ways to those beside it are kept"


def test_enter_in_a_property_saves_it_once(office: Office, enter: Enter) -> None:
    office.write("Named too early")
    page = enter()
    opened(page, "Named too early")
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" and "/change" in one.url else None)
    page.locator("#p-subject").fill("Named once")
    page.locator("#p-subject").press("Enter")
    expect(page.locator(".thread__subject")).to_contain_text("Named once")
    page.locator("#p-priority").select_option(index=0)
    toast(page, "Priority")
    assert len(sent) == 2, "the subject, and the priority after it"


@pytest.mark.usefixtures("long_undo")
def test_what_can_be_undone_can_be_undone_on_the_next_page(office: Office, enter: Enter) -> None:
    page = writing(office, enter, "Undone from elsewhere")
    page.keyboard.type("Too quick")
    page.keyboard.press("Control+Enter")
    toast(page, "Sent")
    for path in ("/people", "/inbox/all"):
        page.goto(f"{office.url}{path}")
        said = toast(page, "Sent")
    said.get_by_role("button", name="Undo").click()
    page.locator(".thread__subject", has_text="Undone from elsewhere").wait_for()
    expect(body(page)).to_have_text("Too quick")
    expect(page.locator(".toast", has_text="Sent")).to_have_count(0)
    assert office.left("Undone from elsewhere") == []
