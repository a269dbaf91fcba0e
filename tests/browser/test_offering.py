"""Lists that open while one writes a sign: colleagues behind "@", templates behind "/"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.office import AGENT, Office, arrived, body, toast, until, writing

if TYPE_CHECKING:
    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser


def test_a_colleague_is_mentioned_in_a_note_by_typing_an_at_sign(office: Office, enter: Enter) -> None:
    page = writing(office, enter, "Mentioned in a note")
    page.locator('.composer [name="kind"][value="note"]').check()
    body(page).click()
    page.keyboard.type("Please look, @tar")
    options = page.get_by_role("listbox", name="Mention a colleague").get_by_role("option")
    expect(options).to_have_text(["Taras Agent"])
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(body(page)).to_be_focused()
    page.keyboard.press("Backspace")
    expect(options).to_have_text(["Taras Agent"])
    page.keyboard.press("Enter")
    expect(options).to_have_count(0)
    page.keyboard.type("today")
    expect(body(page)).to_have_text("Please look, @Taras Agent today")
    page.keyboard.press("Control+Enter")
    toast(page, "Noted.")
    other = enter(AGENT, "/inbox/mentioned")
    arrived(other, "Mentioned in a note")


def test_a_template_is_found_by_typing_and_takes_its_place(office: Office, enter: Enter) -> None:
    page = enter(path="/templates/new")
    page.get_by_role("textbox", name="Name (required)").fill("Greeting")
    page.get_by_role("textbox", name="Shortcut").fill("hi")
    page.get_by_role("textbox", name="English").fill("Hello, {name}!")
    expect(page.locator("#preview")).to_contain_text("Hello, Марія Коваль!")
    page.locator('.form input[type="file"]').set_input_files(
        {"name": "terms.txt", "mimeType": "text/plain", "buffer": b"terms"}
    )
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.wait_for_url("**/templates")
    desk = writing(office, enter, "By a template")
    desk.keyboard.type("Before. 1/2 and /gre")
    expect(desk.locator("#templates [role=option]")).to_have_text([re.compile("Greeting")])
    desk.keyboard.press("Enter")
    expect(body(desk)).to_contain_text("Hello, Maria Koval!")
    expect(body(desk)).to_contain_text("Before. 1/2 and")
    expect(desk.locator("[data-kept] .file__name")).to_have_text(["terms.txt"])
    desk.keyboard.press("Control+j")
    expect(desk.locator("#templates [role=option]").first).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.locator("#templates")).to_be_hidden()
    expect(body(desk)).to_be_focused()
    until(desk, lambda: "Hello, Maria Koval!" in office.drafts("By a template"))
    desk.reload()
    expect(body(desk)).to_contain_text("Hello, Maria Koval!")
