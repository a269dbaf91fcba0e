"""Search in a real browser: results while one types, keys, completions, the palette, and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.office import Office

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.browser


def test_what_arrived_is_found_while_typing_and_by_keys(office: Office, enter: Callable[..., Any]) -> None:
    office.write("Strange kettle", "The kettle whistles a waltz.", sender="Vera Waltz <vera@shop.example>")
    page = enter(path="/inbox/open")
    page.locator(".ticket-row", has_text="Strange kettle").wait_for()
    page.keyboard.press("/")
    expect(page.locator('.nav [name="q"]')).to_be_focused()
    page.keyboard.type("waltz")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=waltz")
    for _ in range(80):  # the index follows within a second, on a machine that has nothing else to do
        if page.locator(".found__row").count():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(page.locator(".finder__person").first).to_contain_text("Vera Waltz")
    box = page.locator(".finder__input")
    box.fill("")
    box.press_sequentially("kettle whis", delay=40)
    expect(page.locator(".found__row mark", has_text="whistles")).to_be_visible()
    page.wait_for_url("**/search?q=kettle+whis")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".found__link").first).to_be_focused()
    page.keyboard.press("Enter")
    page.locator(".thread__subject", has_text="Strange kettle").wait_for()
    page.go_back()
    expect(page.locator(".finder__input")).to_have_value("kettle whis")
    expect(page.locator(".found__row")).to_have_count(1)


def test_fields_complete_themselves_and_the_palette_knows_people(office: Office, enter: Callable[..., Any]) -> None:
    office.write("Round table", "A table.", sender="Artus Round <artus@shop.example>")
    page = enter(path="/inbox/open")
    page.locator(".ticket-row", has_text="Round table").wait_for()
    page.goto(f"{office.url}/search")
    page.locator(".finder__input").press_sequentially("stat", delay=40)
    expect(page.locator("#completions [role=option]")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.locator(".finder__input")).to_have_value("status:")
    page.keyboard.type("clos")
    page.get_by_role("option", name="status:closed", exact=True).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".finder__input")).to_have_value(re.compile('^status:"?closed', re.IGNORECASE))
    page.keyboard.press("Control+k")
    page.keyboard.type("artus")
    page.locator("#palette-list [role=option]", has_text="Artus Round").first.wait_for()


def test_search_works_without_a_script(office: Office, enter: Callable[..., Any]) -> None:
    page = enter(path="/search?q=nothingatall", java_script_enabled=False)
    expect(page.locator(".empty__fact")).to_have_text("Nothing was found")
    page.locator(".finder__input").fill("status:open")
    page.locator(".finder button").click()
    page.wait_for_url("**/search?q=status%3Aopen")
