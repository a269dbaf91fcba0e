"""Nothing moves under the hand: what comes while one points at a list, or walks it by keys, waits until that ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.office import AGENT, OWNER, Office, arrived, exactly, opened, toast, unhurried

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser

# The list has more than what is shown, also when it is drawn anew.
MORE = """() => {
  const rows = document.getElementById("rows");
  const add = () => document.getElementById("more") || rows.insertAdjacentHTML("beforeend", '<li id="more"></li>');
  new MutationObserver(add).observe(rows, { childList: true });
  add();
}"""
LIST, TABLE = "/inbox/open", "/inbox/open?as=table"


def lines(page: Page, subject: str) -> Locator:
    """The line of this request, in a list or in a table."""
    words = page.locator(".ticket-row__subject, .sheet__subject", has_text=exactly(subject))
    return page.locator(".ticket-row", has=words)


def come(office: Office, page: Page, *subjects: str) -> None:
    for subject in subjects:
        office.write(subject)
        page.mouse.move(1, 1)
        page.mouse.move(0, 0)
        lines(page, subject).wait_for()


def place(row: Locator) -> dict[str, Any]:
    box = row.bounding_box()
    assert box is not None
    return dict(box)


@pytest.mark.parametrize("path", [LIST, TABLE])
def test_the_row_under_the_pointer_is_the_one_that_a_click_opens(office: Office, enter: Enter, path: str) -> None:
    kind = "table" if path == TABLE else "list"
    page = enter(path=path)
    come(office, page, f"Still in a {kind} one", f"Still in a {kind} two", f"Still in a {kind} three")
    third = lines(page, f"Still in a {kind} one")
    third.locator(".ticket-row__link").hover()
    before = place(third)

    office.write(f"Comes into a {kind} meanwhile")
    pill = page.locator("#fresh button")
    expect(pill).to_have_text(re.compile(r"^\s*\d+ new\s*$"))
    assert place(third) == before
    expect(lines(page, f"Comes into a {kind} meanwhile")).to_have_count(0)
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(".thread__subject")).to_contain_text(f"Still in a {kind} one")
    if kind == "list":
        assert place(third) == before
    else:
        page.go_back()
        page.mouse.move(2, 2)
        third.locator(".ticket-row__link").hover()
        office.write("Comes into a table again")
        expect(pill).to_be_visible()
    page.mouse.move(2, 2)
    expect(lines(page, f"Comes into a {kind} meanwhile")).to_be_visible()
    expect(pill).not_to_be_visible()


def test_a_row_under_the_pointer_says_what_is_new_of_it_where_it_stands(office: Office, enter: Enter) -> None:
    page, theirs = enter(OWNER), enter(AGENT)
    come(office, page, "Told in its place", "Stands above that")
    row = lines(page, "Told in its place")
    row.locator(".ticket-row__link").hover()
    before = place(row)
    opened(theirs, "Told in its place")
    theirs.locator(".thread__buttons [name=take]").click()
    expect(row.locator(".avatar")).to_have_text("TA")
    theirs.locator("#p-due").fill("2031-11-30")
    expect(row.locator(".chip")).to_be_visible()
    assert place(row) == before


def test_a_row_that_leaves_keeps_its_place_until_the_pointer_has_gone(office: Office, enter: Enter) -> None:
    page, theirs = enter(OWNER), enter(AGENT)
    come(office, page, "Below what leaves", "Leaves from above")
    below, leaves = lines(page, "Below what leaves"), lines(page, "Leaves from above")
    below.locator(".ticket-row__link").hover()
    before = place(below)
    opened(theirs, "Leaves from above")
    theirs.locator(".thread__buttons [name=close]").click()
    toast(theirs, "Closed")
    expect(leaves).to_have_attribute("data-gone", "")
    assert place(below) == before
    page.mouse.move(2, 2)
    expect(leaves).to_have_count(0)


def test_all_means_what_is_in_the_list_and_not_what_has_left_it(office: Office, enter: Enter) -> None:
    page, theirs = enter(OWNER, path=TABLE), enter(AGENT)
    come(office, page, "Meant by all", "Left before all")
    meant, left = lines(page, "Meant by all"), lines(page, "Left before all")
    meant.locator(".ticket-row__link").hover()
    opened(theirs, "Left before all")
    theirs.locator(".thread__buttons [name=close]").click()
    toast(theirs, "Closed")
    expect(left).to_have_attribute("data-gone", "")
    page.locator("[data-tick-all]").check()
    expect(meant.locator("[name=ticket]")).to_be_checked()
    expect(left.locator("[name=ticket]:checked")).to_have_count(0)


def test_under_the_keys_nothing_moves_until_one_asks_or_goes_on(office: Office, enter: Enter) -> None:
    page = enter()
    come(office, page, "Walked by keys one", "Walked by keys two")
    for _step in range(2):
        page.keyboard.press("j")
    at = page.locator(".ticket-row:focus-within")
    subject = at.locator(".ticket-row__subject").inner_text()
    before = place(lines(page, subject))
    office.write("Comes beside the keys")
    expect(page.locator("#fresh button")).to_be_visible()
    assert place(lines(page, subject)) == before
    expect(lines(page, "Comes beside the keys")).to_have_count(0)
    page.keyboard.press("/")
    arrived(page, "Comes beside the keys")

    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    office.write("Asked for by the pill")
    page.locator("#fresh button").click()
    expect(lines(page, "Asked for by the pill")).to_be_visible()
    expect(page.locator("#fresh button")).not_to_be_visible()


def test_under_a_toast_that_was_pressed_the_list_goes_on(office: Office, enter: Enter) -> None:
    """A toast may lie over the list: where it was, the pointer is over a row then, at which nobody points."""
    page = enter()
    unhurried(page)
    come(office, page, "Taken back by a toast")
    opened(page, "Taken back by a toast")
    page.locator(".thread__buttons [name=close]").click()
    said = toast(page, "Closed")
    expect(lines(page, "Taken back by a toast")).to_have_count(0)
    said.get_by_role("button", name="Undo").click()
    expect(lines(page, "Taken back by a toast")).to_be_visible()


def test_a_bar_that_comes_does_not_push_the_list(office: Office, enter: Enter, troubles: list[str]) -> None:
    page = enter()
    come(office, page, "Below a bar")
    before = place(lines(page, "Below a bar"))
    page.context.set_offline(True)
    expect(page.locator("#bar")).to_be_visible()
    assert place(lines(page, "Below a bar")) == before
    page.context.set_offline(False)
    expect(page.locator("#bar")).not_to_be_visible()
    said = ("net::ERR_", "Failed to load resource", "Failed to fetch", "AbortError", "TimeoutError")
    troubles[:] = [one for one in troubles if not any(words in one for words in said)]


def test_that_more_stand_in_the_list_than_are_selected_is_said(office: Office, enter: Enter) -> None:
    page = enter()
    come(office, page, "Selected with all")
    come(office, page, "Selected as well")
    page.evaluate(MORE)
    page.keyboard.press("*")
    count, whole = page.locator(".bulk__count").first, page.locator("[data-select-whole]")
    expect(count).to_contain_text("all that are shown, the list has more")
    whole.click()
    expect(count).to_have_text(re.compile(r"^\d+ selected: all of this list$"))
    expect(whole).not_to_be_visible()
    meant = page.locator("#whole [name=all]")
    expect(meant).to_have_value(re.compile(r"^\d+-\d+(,\d+-\d+)*$"))
    row = lines(page, "Selected as well")
    left = {"X-Left": row.get_attribute("data-ticket") or ""}
    page.route("**/bulk", lambda route: route.fulfill(body="", content_type="text/html", headers=left))
    with page.expect_response("**/bulk"):
        row.locator("[name=close]").dispatch_event("click")
    expect(row).not_to_have_attribute("data-handled", "")  # the answer has been heard
    expect(meant).to_have_count(1)
    page.locator("#list [name=ticket]").first.uncheck()
    expect(count).to_have_text(re.compile(r"^\d+ selected$"))
    expect(meant).to_have_count(0)
