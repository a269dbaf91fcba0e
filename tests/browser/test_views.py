"""An agent builds a view with a live look at what it finds, and works on its tickets as a table by keys alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.office import Office, arrived, body, toast

if TYPE_CHECKING:
    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser


def test_a_view_is_built_and_its_tickets_are_worked_on_as_a_table(office: Office, enter: Enter) -> None:
    for subject in ("Yacht engine", "Anchor chain"):
        office.write(subject, sender="Vera Viewer <vera@viewer.example>")
    page = enter()
    for subject in ("Yacht engine", "Anchor chain"):
        arrived(page, subject)
    page.get_by_role("link", name="All views").click()
    page.get_by_role("link", name="New view").click()
    page.get_by_label("Name", exact=True).fill("What Vera asked")
    page.get_by_label("What the next condition is about").select_option("requester")
    page.get_by_role("button", name="Add a condition").click()
    page.locator("#condition-1").get_by_role("textbox", name="Requester").fill("vera@viewer.example")
    expect(page.locator("#preview")).to_contain_text("2 tickets")
    expect(page.locator("#preview")).to_contain_text("Anchor chain")
    expect(page.get_by_label("Name", exact=True)).to_have_value("What Vera asked")
    page.get_by_label("What the next condition is about").select_option("agent")
    page.get_by_role("button", name="Add a condition").click()
    page.locator("#condition-2 select").select_option("unset")
    expect(page.locator("#preview")).to_contain_text("2 tickets")
    page.locator(".form__acts").get_by_role("button", name="Save").click()
    page.wait_for_url("**/inbox/view:*")
    badge = page.locator('.nav__link[aria-current="page"] .nav__count')
    expect(badge).to_have_text("2")

    page.keyboard.press("v")
    page.wait_for_url("**as=table*")
    page.get_by_role("link", name="Subject").click()
    page.wait_for_url("**sort=subject*")
    lines = page.locator(".sheet__row")
    expect(lines.nth(0)).to_contain_text("Anchor chain")
    box = page.get_by_role("checkbox", name="Select all that are shown")
    page.keyboard.press("*")
    expect(page.locator(".bulk__count")).to_have_text("2 selected")
    expect(box).to_be_checked()
    lines.nth(0).get_by_role("checkbox").uncheck()
    expect(page.locator(".bulk__count")).to_have_text("1 selected")
    box.click()
    expect(page.locator(".bulk__count")).to_have_text("2 selected")
    box.click()
    expect(box).not_to_be_checked()
    for key in ("j", "x", "m"):
        page.keyboard.press(key)
    toast(page, "Done: 1.")
    expect(lines).to_have_count(1)  # what is taken is not in this view any more, and the page says so by itself
    expect(lines.nth(0)).to_contain_text("Yacht engine")
    expect(badge).to_have_text("1")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator(".thread__subject", has_text=re.compile("Yacht engine")).wait_for()
    body(page).wait_for()  # the page hears the keys
    page.keyboard.press("u")
    page.wait_for_url("**/inbox/view:*as=table*sort=subject*")
    expect(lines).to_have_count(1)
