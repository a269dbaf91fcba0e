"""Search in a real browser: results while one types, keys, completions, the palette, and back."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from tests.browser.office import Office, body, known_to_search, routed, until
from tests.installation import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Route

pytestmark = pytest.mark.browser


def test_what_arrived_is_found_while_typing_and_by_keys(office: Office, enter: Callable[..., Any]) -> None:
    office.write("Strange kettle", "The kettle whistles a waltz.", sender="Vera Waltz <vera@shop.example>")
    page = enter(path="/inbox/open")
    page.locator(".ticket-row", has_text="Strange kettle").wait_for()
    known_to_search(page, "waltz", "Strange kettle", "Vera Waltz")
    page.keyboard.press("/")
    expect(page.locator('.nav [name="q"]')).to_be_focused()
    page.keyboard.type("waltz")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=waltz")
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


def test_results_under_the_box_of_the_navigation(office: Office, enter: Callable[..., Any]) -> None:
    for subject in ("Purple teapot leaks", "Purple teapot cracks"):
        office.write(subject, "It is wet.", sender="Tea Totaller <tea@shop.example>")
    page = enter(path="/inbox/open")
    page.locator(".ticket-row", has_text="Purple teapot cracks").wait_for()
    page.locator(".ticket-row", has_text="Purple teapot leaks").wait_for()
    box, rows = page.locator('.nav [name="q"]'), page.locator("#quick [role=option]")
    known_to_search(page, "teapot", "Purple teapot cracks", "Purple teapot leaks")
    known_to_search(page, "totaller", "Tea Totaller")
    page.evaluate("""() => {
        const before = window.fetch;
        window.most = window.now = 0;
        window.fetch = async (...given) => {
            if (!String(given[0]).includes("/search/quick")) return before(...given);
            window.most = Math.max(window.most, window.now += 1);
            try { return await before(...given); } finally { window.now -= 1; }
        };
    }""")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("purple tea", delay=15)
    expect(rows).to_have_count(3)
    assert page.evaluate("window.most") == 1
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(rows.last).to_contain_text("All results for “purple tea”")
    held: list[Route] = []
    routed(page, "**/search/quick*", lambda route: held.append(route))
    page.keyboard.type("p")
    until(page, lambda: bool(held))
    page.keyboard.press("Escape")  # what is still looked for does not open it again
    held.pop().continue_()
    page.unroute("**/search/quick*")
    until(page, lambda: page.evaluate("window.now === 0"))
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    expect(box).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Backspace")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(rows.last).to_contain_text("All results for “purple tea”")
    page.keyboard.press("Escape")
    expect(rows.first).not_to_be_visible()
    expect(box).to_have_value("purple tea")
    expect(box).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows.first).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(rows.last).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", str(rows.last.get_attribute("id")))
    page.keyboard.press("ArrowDown")
    expect(rows.first).to_have_attribute("aria-selected", "true")
    subject = rows.first.locator(".menu__word").inner_text().partition(" ")[2]
    page.keyboard.press("Enter")
    page.locator(".thread__subject", has_text=subject).wait_for()
    body(page).wait_for()  # the page hears what one types
    box.fill("totaller")
    expect(rows.first).to_contain_text("Tea Totaller")
    rows.last.click()
    page.wait_for_url("**/search?q=totaller")


def test_on_a_telephone_the_box_has_its_results_too(office: Office, enter: Callable[..., Any]) -> None:
    office.write("Tiny gadget", "It is small.", sender="Vera Small <small@shop.example>")
    page = enter(path="/inbox/open", viewport={"width": 360, "height": 740}, has_touch=True)
    page.locator(".ticket-row", has_text="Tiny gadget").wait_for()
    known_to_search(page, "gadget", "Tiny gadget")
    page.get_by_role("link", name="Menu", exact=True).click()
    page.locator('.nav [name="q"]').fill("gadget")
    row = page.locator("#quick [role=option]", has_text="Tiny gadget")
    row.wait_for()
    shape = page.locator("#quick").bounding_box()
    assert shape is not None
    assert shape["x"] >= 0 and shape["x"] + shape["width"] <= 360
    row.click()
    page.locator(".thread__subject", has_text="Tiny gadget").wait_for()


def test_a_long_name_leaves_room_for_the_subject_in_the_palette(office: Office, enter: Callable[..., Any]) -> None:
    office.write("Quartz heron", sender=f"{'Konstantinopolskyi-' * 3}Dunin <heron@shop.example>")
    page = enter(viewport={"width": 360, "height": 740})
    known_to_search(page, "quartz heron", "Quartz heron")
    page.keyboard.press("Control+k")
    page.locator("#palette").wait_for()
    row = page.locator("#palette-list [role=option]", has_text="Quartz heron").first

    def found() -> bool:
        """A search that a busy machine gave no time for says so, and is not asked again by itself."""
        page.locator("#palette input").fill("")
        page.keyboard.type("quartz her")
        with contextlib.suppress(PlaywrightTimeout):
            row.wait_for(timeout=5_000)
        return row.is_visible()

    until(page, found)
    fits = "row => row.querySelector('.menu__word').clientWidth > 0.4 * row.clientWidth && row.clientHeight < 100"
    until(page, lambda: row.evaluate(fits))  # what is found is drawn anew while one types


def test_fields_complete_themselves_and_the_palette_knows_people(office: Office, enter: Callable[..., Any]) -> None:
    office.write("Round table", "A table.", sender="Artus Round <artus@shop.example>")
    page = enter(path="/inbox/open")
    page.locator(".ticket-row", has_text="Round table").wait_for()
    known_to_search(page, "artus", "Artus Round")
    page.goto(f"{office.url}/search")
    page.locator(".finder__input").press_sequentially("stat", delay=40)
    expect(page.locator("#completions [role=option]")).to_have_count(1)
    expect(page.locator("#completions")).to_have_css("opacity", "1")
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


def test_fields_complete_themselves_in_the_box_of_the_navigation(office: Office, enter: Callable[..., Any]) -> None:
    page = enter(path="/inbox/open")
    box, rows = page.locator('.nav [name="q"]'), page.locator("#quick [role=option]")
    page.keyboard.press("/")
    box.press_sequentially("statu", delay=40)  # no letter of this office has such a word
    expect(rows.first).to_contain_text("status:")
    page.keyboard.press("Tab")
    expect(box).to_have_value("status:")
    expect(box).to_be_focused()
    page.keyboard.type("clos")
    page.get_by_role("option", name="status:closed", exact=True).wait_for()
    page.keyboard.press("ArrowDown")
    expect(rows.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(box).to_have_value(re.compile('^status:"?closed', re.IGNORECASE))
    box.fill("zzqqxx")
    expect(rows).to_have_count(1)  # all results alone, and no line above it
    expect(rows.first).to_have_css("border-top-width", "0px")


def test_search_works_without_a_script(office: Office, enter: Callable[..., Any]) -> None:
    page = enter(path="/search?q=nothingatall", java_script_enabled=False)
    expect(page.locator(".empty__fact")).to_have_text("Nothing was found")
    page.locator(".finder__input").fill("status:open")
    page.locator(".finder button").click()
    page.wait_for_url("**/search?q=status%3Aopen")


# Settings by which a look ends after its first span, which is short: two letters do for millions.
NO_TIME = """
from django.apps import AppConfig
from vikno.settings import *

INSTALLED_APPS = [*INSTALLED_APPS, "hurried.Hurried"]

class Hurried(AppConfig):
    name = "hurried"

    def ready(self):
        from vikno.search import walking
        walking.PROBE, walking.FURTHER, walking.FIRST, walking.WIDER, walking.ENOUGH = 1, 1, 100, 1, -1.0
"""


def test_a_look_that_is_not_at_its_end_goes_on_by_itself(
    office: Office, enter: Callable[..., Any], tmp_path: Path
) -> None:
    office.write("Ancient lantern", "An osprey took the lantern.", sender="Ada Old <ada@shop.example>")
    office.write("Recent lantern", "The lantern is back.", sender="Ada Old <ada@shop.example>")
    page = enter(path="/inbox/open")
    for subject in ("Ancient lantern", "Recent lantern"):
        page.locator(".ticket-row", has_text=subject).wait_for()
    long_ago, ancient = "'2016-05-04 10:00:00'", "WHERE subject = 'Ancient lantern'"
    links = f"ticket_id IN (SELECT id FROM tickets_ticket {ancient})"
    office.installation.ask(f"UPDATE tickets_link SET arrived_at = {long_ago} WHERE {links}")
    office.installation.ask(f"UPDATE tickets_ticket SET created_at = {long_ago} {ancient}")
    known_to_search(
        page, "lantern", "Ancient lantern", "Recent lantern"
    )  # or the engine would fill in what is made anew
    office.installation.run("reindex")
    (tmp_path / "hurried.py").write_text(NO_TIME)
    port = free_port()
    web = office.installation.start(
        "web", "--port", str(port), PYTHONPATH=str(tmp_path), DJANGO_SETTINGS_MODULE="hurried"
    )
    address = f"http://127.0.0.1:{port}"
    web.wait_for(f"{address}/healthz")
    answers: list[str] = []
    page.on("response", lambda answer: answers.append(answer.url) if "before=" in answer.url else None)
    page.goto(f"{address}/search?q=lantern+osprey")
    expect(page.locator(".found__row")).to_have_count(1)
    expect(page.locator(".found__subject")).to_contain_text("Ancient")
    expect(page.locator("#found .pane__count")).to_have_text("1")
    expect(page.locator("#more")).to_have_count(0)
    assert answers
    page.goto(f"{address}/search?q=lantern+ospreys+heron")
    expect(page.locator("#rows .empty__fact")).to_have_text("Nothing was found")
    page.keyboard.press("Control+k")
    page.keyboard.type("lantern osprey")
    page.locator("#palette-list [role=option]", has_text="Look further for “lantern osprey”").click()
    page.wait_for_url("**/search?q=lantern+osprey")
    expect(page.locator("#found .pane__count")).to_have_text("1")
    page.goto("about:blank")
    web.stop()
