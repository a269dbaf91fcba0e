"""An agent looks a customer up, finds them twice, joins the two, and takes that back, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.office import AGENT, Office, opened, toast, unhurried

pytestmark = pytest.mark.browser


def test_a_customer_is_found_changed_joined_and_parted_again(office: Office, enter: Enter, troubles: list[str]) -> None:
    office.write("From the office", sender="Zoryana Hai <zoryana@hai.example>")
    office.write("From home", sender="Zoryana Hai <z.hai@hai.example>")
    page = enter(AGENT)
    unhurried(page)
    opened(page, "From the office")
    page.locator("#card-person .person__name a").click()
    page.wait_for_url("**/people/*")
    expect(page.locator("h1")).to_have_text("Zoryana Hai")
    expect(page.locator(".past--wide").first).to_contain_text("From the office")

    page.get_by_label("Language").select_option("uk")
    toast(page, "Saved.")
    page.get_by_label("Organisation", exact=True).fill("Hai & Sons")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Make it").click()
    toast(page, "Organisation: Hai & Sons.")

    expect(page.locator("#same")).to_contain_text("writes from the same domain")
    page.get_by_role("button", name="They are one person").first.click()
    said = toast(page, "They are shown as one person now.")
    expect(page.locator(".person-page__main")).to_contain_text("From home")
    expect(page.locator("#addresses")).to_contain_text("z.hai@hai.example")
    said.get_by_role("button", name="Undo").click()
    toast(page, "Undone.")
    expect(page.locator("#addresses")).not_to_contain_text("z.hai@hai.example")

    page.locator("#addresses .person-identity button").first.focus()
    page.keyboard.press("Enter")  # the menu is reached by keys alone
    page.get_by_role("menuitem", name="I know that it is theirs").click()
    toast(page, "You vouch for zoryana@hai.example.")

    page.get_by_label("What colleagues should know of this person").fill("Calls on Fridays")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#notes")).to_contain_text("Calls on Fridays")

    page.locator("#nav").get_by_role("link", name="Customers").click()
    page.wait_for_url("**/people")
    expect(page.locator("#people tbody tr")).not_to_have_count(0)
    page.keyboard.press("Control+k")
    page.get_by_role("dialog", name="All actions").get_by_role("combobox").fill("Organisations")
    page.keyboard.press("Enter")
    page.wait_for_url("**/organisations")
    page.get_by_role("link", name="Hai & Sons").click()
    expect(page.locator("#people")).to_contain_text("Zoryana Hai")
    troubles[:] = [one for one in troubles if "422" not in one]  # the organisation that nobody had made yet
