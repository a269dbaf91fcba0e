"""Words that are on their way as a page is left, hidden or drawn anew: not lost, shown to no other, not in the way."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Enter
from tests.browser.office import OWNER, Office, body, kept, opened, routed, toast, until, writing

pytestmark = pytest.mark.browser


def hide(page: Page, hidden: bool) -> None:
    """As going to another tab and back does."""
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def test_what_was_typed_after_the_session_ended_is_saved_on_coming_back_from_signing_in(
    office: Office, enter: Enter, troubles: list[str]
) -> None:
    """What the page hands to the browser as it is hidden finds nobody signed in."""
    office.write("Signed in elsewhere")
    page = enter()
    opened(page, "Signed in elsewhere")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    body(page).click()
    page.keyboard.type("Not lost")
    with page.expect_request(lambda request: request.url.endswith("/draft")) as handed:
        hide(page, True)
    handed.value.response()
    for one in cookies:
        page.context.add_cookies([{"name": one["name"], "value": one["value"], "url": office.url}])
    hide(page, False)
    kept(page, office, "Signed in elsewhere", "Not lost")
    elsewhere = enter(OWNER)
    opened(elsewhere, "Signed in elsewhere")
    expect(body(elsewhere)).to_have_text("Not lost")
    troubles[:] = [one for one in troubles if "401" not in one and "403" not in one]


def test_a_page_loaded_anew_shows_whom_what_was_typed_last_goes_to(office: Office, enter: Enter) -> None:
    office.write("Loaded anew with a copy")
    page = enter()
    opened(page, "Loaded anew with a copy")
    with office.nothing_is_written():
        page.locator(".composer__to summary").click()
        page.locator('.composer [name="cc"]').fill("boss@shop.example")
        page.keyboard.press("Tab")
        page.locator(".composer__quote summary").click()
        page.locator(".composer__quote .segments__item").first.click()
        body(page).click()
        page.keyboard.type("Told in a copy")
        page.reload()
        expect(body(page)).to_have_text("Told in a copy")
        expect(page.locator('.composer [name="cc"]')).to_be_visible()
        expect(page.locator(".composer__to summary")).to_contain_text("boss@shop.example")
        expect(page.locator('.composer [name="quote"]').first).to_be_checked()
        expect(page.locator("#quote-word")).to_have_text("nothing")


@pytest.mark.parametrize("owner", ["elements.dialog.value", "dataset.agent"])
def test_what_was_left_for_another_dialog_or_by_another_agent_is_not_shown(
    office: Office, enter: Enter, owner: str
) -> None:
    subject = f"Left for another: {owner}"
    office.write(subject)
    page = enter()
    opened(page, subject)
    with office.nothing_is_written():
        page.locator(".composer").evaluate(f"form => {{ form.{owner} = '999999'; }}")
        body(page).click()
        page.keyboard.type("Not for this one")
        page.reload()
        page.locator(".composer .ProseMirror").wait_for()
        expect(body(page)).to_have_text("")


def test_where_one_signs_in_nothing_lies_in_the_tab_of_what_was_written(office: Office, enter: Enter) -> None:
    office.write("Left in the tab")
    page = enter()
    opened(page, "Left in the tab")
    in_the_tab = "Object.keys(sessionStorage).filter(key => key.startsWith('left '))"
    with office.nothing_is_written():
        body(page).click()
        page.keyboard.type("Nobody else reads this")
        hide(page, True)
        assert len(page.evaluate(in_the_tab)) == 1
        page.context.clear_cookies()
        page.goto(f"{office.url}/account/login/")
        page.wait_for_load_state("load")
        assert page.evaluate(in_the_tab) == []


@pytest.mark.usefixtures("long_undo")
def test_what_is_typed_while_undoing_is_on_the_way_does_not_take_the_place_of_what_comes_back(
    office: Office, enter: Enter
) -> None:
    page = writing(office, enter, "Typed in between")
    page.keyboard.type("Comes back")
    page.keyboard.press("Control+Enter")
    said = toast(page, "Sent")
    expect(body(page)).to_have_text("")
    on_the_way: list[Route] = []
    routed(page, "**/undo/**", lambda route: on_the_way.append(route))
    said.get_by_role("button", name="Undo").click()
    until(page, lambda: bool(on_the_way))
    body(page).click()
    page.keyboard.type("x")
    on_the_way[0].continue_()
    expect(body(page)).to_contain_text("Comes back")
    body(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(", all of it")
    kept(page, office, "Typed in between", "Comes back, all of it")
    elsewhere = enter(OWNER)
    opened(elsewhere, "Typed in between")
    expect(body(elsewhere)).to_have_text("Comes back, all of it")
