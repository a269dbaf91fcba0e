"""What one does to a request is seen at the click; refused or lost on the way, it is as before and one is told why."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.office import Office, arrived, opened, routed, toast, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import APIResponse, Page, Route

    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser
# Ends when the answer is drawn.
REFRESH = """() => new Promise((done) => {
  document.addEventListener("htmx:after:swap", () => setTimeout(done), { once: true });
  window.htmx.trigger("#timeline", "refresh");
})"""
ASK = """() => { window.htmx.trigger("#timeline", "refresh", {}, false); }"""
# Each priority that is shown from now on.
WATCH = """() => {
  window.shown = [];
  const look = () => {
    const { value } = document.getElementById("p-priority");
    if (window.shown.at(-1) !== value) window.shown.push(value);
    requestAnimationFrame(look);
  };
  look();
}"""
REFUSED = "Not done: a colleague has changed this"


@contextmanager
def held_back(page: Page, where: str = "**/change*") -> Iterator[list[Route]]:
    """What is asked for gets no answer until the block ends it; then the server's own."""
    held: list[Route] = []
    routed(page, where, lambda route: held.append(route))
    yield held
    page.unroute(where)


def go_on(page: Page, held: list[Route]) -> None:
    until(page, lambda: len(held) == 1)
    held.pop().continue_()


def test_who_is_responsible_status_priority_and_tags_are_seen_at_the_click(office: Office, enter: Enter) -> None:
    office.write("Shown ahead")
    page = enter()
    opened(page, "Shown ahead")
    row = page.locator(".ticket-row", has_text="Shown ahead")
    head = page.locator("#thread-head")
    with held_back(page) as held:
        page.locator(".thread__buttons [name=take]").click()
        expect(head.locator('[data-shows="agent"]')).to_contain_text("Olena Owner")
        expect(row.locator(".avatar")).to_have_text("OO")
        go_on(page, held)
        toast(page, "It is yours now")
        expect(head.locator('[data-shows="agent"]')).to_contain_text("Olena Owner")

        page.locator("#p-status").select_option(label="In progress")
        expect(head.locator('[data-shows="status"]')).to_have_text("In progress")
        expect(row.locator(".ticket-row__stage")).to_have_attribute("data-stage", "open")
        go_on(page, held)
        toast(page, "Status: In progress")

        page.locator("#p-priority").select_option(label="High")
        expect(head.locator('[data-shows="priority"]')).to_have_text("High")
        go_on(page, held)
        toast(page, "Priority: High")

        page.locator('[data-act="tags"]').fill("till")
        page.locator('[data-act="tags"]').press("Enter")
        expect(page.locator("#card-tags .tag")).to_have_text("till")
        expect(page.locator('[data-act="tags"]')).to_have_value("")
        go_on(page, held)
        toast(page, "Tagged")
        page.get_by_role("button", name="Remove the tag till").click()
        expect(page.locator("#card-tags .tag")).not_to_be_visible()
        go_on(page, held)
        toast(page, "Tag removed")
        expect(page.locator("#card-tags .tag")).to_have_count(0)

        page.get_by_role("button", name="More", exact=True).click()
        page.get_by_role("menuitem", name="Follow", exact=True).click()
        expect(page.get_by_role("menuitem", name="Stop following")).to_be_visible()
        go_on(page, held)
        toast(page, "You follow")


def test_a_refresh_in_between_takes_nothing_back(office: Office, enter: Enter) -> None:
    office.write("Refreshed ahead")
    page = enter()
    opened(page, "Refreshed ahead")
    shown = page.locator('#thread-head [data-shows="agent"]')
    with held_back(page) as held:
        page.locator(".thread__buttons [name=take]").click()
        expect(shown).to_contain_text("Olena Owner")
        page.evaluate(REFRESH)
        expect(shown).to_contain_text("Olena Owner")
        go_on(page, held)
    toast(page, "It is yours now")
    field = page.locator("#p-priority")
    with held_back(page) as held:
        urgent, *_others = field.select_option(index=0)
        page.evaluate(REFRESH)
        expect(field).to_have_value(urgent)
        page.evaluate(REFRESH)
        expect(field).to_have_value(urgent)
        go_on(page, held)
    toast(page, "Priority: Urgent")


def test_an_answer_from_before_an_act_that_comes_after_it_is_not_drawn(office: Office, enter: Enter) -> None:
    office.write("Overtaken by an act")
    page = enter()
    opened(page, "Overtaken by an act")
    field = page.locator("#p-priority")
    late: list[tuple[Route, APIResponse]] = []
    routed(page, re.compile(r"/tickets/\d+(\?|$)"), lambda route: late.append((route, route.fetch())), times=1)
    until(page, lambda: bool(late or page.evaluate(ASK)))  # again, if one that was under way has swallowed it
    [urgent] = field.select_option(index=0)
    toast(page, "Priority: Urgent")
    page.evaluate(WATCH)
    (route, answer), *_none = late
    with page.expect_response(lambda response: urlsplit(response.url).path.startswith("/tickets/")):
        route.fulfill(response=answer)
    page.evaluate(REFRESH)
    assert page.evaluate("window.shown") == [urgent]


def test_what_is_refused_is_as_before_and_says_why(office: Office, enter: Enter) -> None:
    office.write("Refused ahead")
    page = enter()
    opened(page, "Refused ahead")
    theirs = page.context.new_page()
    theirs.goto(page.url)
    theirs.locator("#p-status").select_option(label="Waiting for supplier")
    toast(theirs, "Status: Waiting for supplier")
    theirs.close()
    row = page.locator(".ticket-row", has_text="Refused ahead")
    with held_back(page) as held:
        page.locator("#p-status").select_option(label="In progress")
        expect(page.locator('[data-shows="status"]')).to_have_text("In progress")
        expect(row.locator(".ticket-row__stage")).to_have_attribute("data-stage", "open")
        until(page, lambda: len(held) == 1)
        asked = held.pop()  # sent as from a page that has not heard of the colleague
        asked.continue_(post_data=re.sub(r"\bversion=\d+", "version=1", asked.request.post_data or ""))
    toast(page, REFUSED)
    expect(page.locator('[data-shows="status"]')).to_have_text("Waiting for supplier")
    # As before, or, if the news was on its way already, as the colleague left it; never as it was asked for.
    expect(row.locator(".ticket-row__stage")).to_have_attribute("data-stage", re.compile("new|waiting"))


def test_what_has_no_answer_is_as_before(office: Office, enter: Enter, troubles: list[str]) -> None:
    office.write("Lost ahead")
    page = enter()
    opened(page, "Lost ahead")
    shown = page.locator('#thread-head [data-shows="agent"]')
    was = shown.inner_text()
    with held_back(page) as held:
        page.locator(".thread__buttons [name=take]").click()
        expect(shown).to_contain_text("Olena Owner")
        until(page, lambda: len(held) == 1)
        held.pop().abort()
        expect(page.locator(".toast", has_text="Not done: Take")).to_be_visible()
        expect(shown).to_have_text(was)
        expect(page.locator(".ticket-row", has_text="Lost ahead").locator(".avatar")).to_have_count(0)
    troubles[:] = [one for one in troubles if not any(word in one for word in ("ERR_FAILED", "Failed to fetch"))]


def test_what_its_customer_has_written_to_is_back_and_is_closed_after_a_look(office: Office, enter: Enter) -> None:
    office.write("Left out ahead", "The newest words of all.")
    page = enter()
    row = arrived(page, "Left out ahead")
    with held_back(page, "**/bulk") as held:
        row.locator("[name=close]").click(force=True)
        expect(row).to_have_attribute("data-handled", "")
        until(page, lambda: len(held) == 1)
        asked = held.pop()  # sent as from a list that does not show the letter yet
        asked.continue_(post_data=re.sub(r"\b(close=\d+)-\d+", r"\1-0", asked.request.post_data or ""))
    said = toast(page, "1 of 1 was left")
    expect(row).not_to_have_attribute("data-handled", "")
    said.get_by_role("link", name="Look").click()
    asking = page.locator("#asking")
    expect(asking).to_contain_text("The newest words of all.")
    asking.get_by_role("button", name="Close anyway").click()
    toast(page, "Done: 1.")
    expect(asking).not_to_be_visible()


def test_what_a_later_step_of_an_act_leaves_out_is_as_before(office: Office, enter: Enter) -> None:
    page = enter()
    subjects = ("Left by a later step", "Done by a later step")
    for subject in subjects:
        office.write(subject)
        arrived(page, subject)
    left, done = (page.locator(".ticket-row", has_text=subject) for subject in subjects)
    for row in (left, done):
        row.locator("[name=ticket]").check(force=True)
    number = left.get_attribute("data-ticket")
    step = '<form hx-post="/bulk" hx-trigger="load" hx-swap="none"><input type="hidden" name="work" value="7"></form>'
    goes_on = f'<hx-partial hx-target="#toasts" hx-swap="beforeend">{step}</hx-partial>'
    with held_back(page, "**/bulk*") as held:  # answered as an act on more than fifty is
        page.locator('.bulk [data-bulk="take"]').click()
        until(page, lambda: len(held) == 1)
        held.pop().fulfill(body=goes_on, content_type="text/html", headers={"X-Goes-On": "7"})
        until(page, lambda: len(held) == 1)
        expect(left.locator(".avatar")).to_have_text("OO")
        held.pop().fulfill(body="", content_type="text/html", headers={"X-Left": str(number)})
        expect(left.locator(".avatar")).to_have_count(0)
        expect(done.locator(".avatar")).to_have_text("OO")


def test_an_act_on_several_rows_is_seen_in_them_at_the_click(office: Office, enter: Enter) -> None:
    page = enter()
    for subject in ("Ahead of several one", "Ahead of several two"):
        office.write(subject)
        arrived(page, subject)
        page.locator(".ticket-row", has_text=subject).locator("[name=ticket]").check(force=True)
    rows = page.locator(".ticket-row", has_text="Ahead of several")
    with held_back(page, "**/bulk*") as held:
        page.locator('.bulk [data-bulk="take"]').click()
        expect(rows.locator(".avatar")).to_have_text(["OO", "OO"])
        go_on(page, held)
    toast(page, "Done: 2")
    expect(rows.locator(".avatar")).to_have_count(2)
