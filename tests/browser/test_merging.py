"""Two requests about one thing become one by the keyboard alone, and are two again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.office import Office, arrived, opened, toast, unhurried

if TYPE_CHECKING:
    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser

ASKS = "Mergeable Mia <mia@merge.example>"


def test_merged_by_keys_and_undone(office: Office, enter: Enter) -> None:
    office.write("The scanner is dead", "It does not start.", sender=ASKS)
    page = enter()
    unhurried(page)
    arrived(page, "The scanner is dead")
    office.write("The scanner is still dead", "Nobody answered.", sender=ASKS)
    arrived(page, "The scanner is still dead")
    opened(page, "The scanner is still dead")
    page.locator("#thread").focus()
    page.keyboard.press("Shift+M")
    dialog = page.locator("#asking")
    expect(dialog.locator("#picks .pick__subject").first).to_have_text("The scanner is dead")
    expect(dialog.locator("#picks .pick__why").first).to_have_text("same requester")
    page.keyboard.press("Enter")  # the likeliest
    expect(dialog.locator(".merged")).to_have_count(2)
    expect(dialog.locator("[data-keeps] .pick__subject")).to_have_text("The scanner is dead")  # the older one
    page.keyboard.press("Enter")
    said = toast(page, "Merged into")
    expect(page.locator(".thread__subject")).to_contain_text("The scanner is dead")
    expect(page.locator("#timeline .message--customer")).to_have_count(2)
    expect(page.locator("#card-merged")).to_contain_text("The scanner is still dead")
    expect(page.locator(".ticket-row", has_text="The scanner is still dead")).to_have_count(0)
    said.get_by_role("button", name="Undo").click()
    expect(page.locator("#timeline .message--customer")).to_have_count(1)
    arrived(page, "The scanner is still dead")


def test_escape_leaves_everything_as_it_was(office: Office, enter: Enter) -> None:
    office.write("Left alone", "Nothing is to be merged.", sender=ASKS)
    page = enter()
    opened(page, "Left alone")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Merge with …").click()
    search = page.get_by_role("searchbox", name="Which request?")
    expect(search).to_be_focused()
    page.keyboard.type("zzz nowhere")
    expect(page.locator("#asking .pick__none")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")  # the first one empties the field
    expect(page.locator("#asking")).not_to_be_visible()
    expect(page.locator(".thread__subject")).to_contain_text("Left alone")


def test_what_is_to_be_split_off_begins_at_its_first_field(office: Office, enter: Enter) -> None:
    office.write("To be split", "Two things at once.", sender=ASKS)
    page = enter()
    opened(page, "To be split")
    page.locator('#timeline [name="message"]').first.check(force=True)
    page.keyboard.press("s")
    fields = page.locator("#asking form :is(input:not([type=hidden]), select, textarea)")
    expect(fields.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#asking")).not_to_be_visible()
