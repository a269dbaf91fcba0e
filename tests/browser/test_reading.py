"""Reading: how much of the screen a letter has, how tall its frame is, what is said of what comes meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.office import AGENT, Office, arrived, body, opened, toast, toasts_stay, until

if TYPE_CHECKING:
    from playwright.sync_api import Route

pytestmark = pytest.mark.browser

FRAME = "#timeline .letter-frame"


def table(rows: int) -> str:
    """A letter with a layout of its own, which is shown in a frame."""
    lines = "".join(f'<tr><td style="height:40px;background:#eee">Line {n}</td></tr>' for n in range(rows))
    return f'<table width="500" cellpadding="0" style="background:#fff"><tbody>{lines}</tbody></table>'


def test_on_a_telephone_a_letter_has_at_least_half_of_the_screen(office: Office, enter: Enter) -> None:
    office.write("A long letter", "\n".join(f"Line {n} of it." for n in range(80)))
    page = enter(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, device_scale_factor=2)
    opened(page, "A long letter")
    expect(page.locator(".composer__unfold")).to_be_visible()
    assert page.evaluate("innerHeight") == 740
    assert page.locator("#thread > .pane__scroll").evaluate("pane => pane.clientHeight") >= 370
    page.locator(".composer__unfold").tap()
    expect(page.locator(".composer .ProseMirror")).to_be_focused()


def test_a_short_letter_has_a_short_frame_and_a_tall_one_stands_whole(office: Office, enter: Enter) -> None:
    office.write("A short frame", html=table(2))
    office.write("A tall frame", html=table(60), sender="Tall <tall@shop.example>")
    page = enter()
    opened(page, "A short frame")
    height = "frame => frame.clientHeight"
    for _try in range(50):
        if page.locator(FRAME).evaluate(height) < 250:
            break
        page.wait_for_timeout(100)
    assert 80 <= page.locator(FRAME).evaluate(height) < 250
    opened(page, "A tall frame")
    for _try in range(50):
        if page.locator(FRAME).evaluate(height) > 2400:
            break
        page.wait_for_timeout(100)
    hidden = "frame => frame.contentDocument.documentElement.scrollHeight - frame.clientHeight"
    assert page.locator(FRAME).evaluate(hidden) <= 0


def test_a_letter_that_comes_while_one_reads_is_announced_below(office: Office, enter: Enter) -> None:
    first = office.write("Read from above", "\n".join(f"Line {n} of it." for n in range(120)))
    page = enter()
    opened(page, "Read from above")
    scroller = page.locator("#thread > .pane__scroll")
    page.wait_for_timeout(300)
    scroller.evaluate("pane => { pane.scrollTop = 100 }")
    office.write("Re: Read from above", "One thing more.", In_Reply_To=str(first["Message-ID"]))
    expect(page.locator("#newer button")).to_be_visible(timeout=15_000)
    assert scroller.evaluate("pane => pane.scrollTop") == 100
    expect(page.locator("#announcer")).to_contain_text("New message from Maria Koval")
    page.locator("#newer button").click()
    expect(page.locator("#timeline .message").last).to_be_in_viewport()
    expect(page.locator("#newer button")).not_to_be_visible()


def test_the_count_beside_the_title_follows_the_list(office: Office, enter: Enter) -> None:
    page = enter()
    office.write("Counted first")
    arrived(page, "Counted first")
    office.write("Counted second", sender="Other <other@shop.example>")
    arrived(page, "Counted second")
    rows = page.locator("#rows .ticket-row").count()
    expect(page.locator("#list .pane__count")).to_have_text(str(rows))


def test_the_name_of_the_requester_stands_beside_the_avatar(office: Office, enter: Enter) -> None:
    name = "Maximiliana Konstantinopolska-Vyshnevetska"
    office.write("From a long name", sender=f"{name} <a.very.long.address.of.hers@department.of.many.shops.example>")
    page = enter()
    opened(page, "From a long name")
    avatar, said = page.locator(".person > .avatar").bounding_box(), page.locator(".person__name").bounding_box()
    assert avatar is not None
    assert said is not None
    assert 0 <= said["x"] - (avatar["x"] + avatar["width"]) <= 24
    assert said["height"] <= 66, "at most three lines"
    assert page.locator("#context").evaluate("pane => pane.scrollWidth - pane.clientWidth") <= 0
    page.get_by_role("button", name="not verified").click()
    expect(page.locator("#menu-unverified")).to_be_visible()


def test_several_are_put_into_the_bin_by_the_menu_of_the_bar_and_come_back(office: Office, enter: Enter) -> None:
    for number in ("one", "two"):
        office.write(f"Binned {number}", sender=f"Bin {number} <bin-{number}@shop.example>")
    page = enter()
    toasts_stay(page)
    for number in ("one", "two"):
        arrived(page, f"Binned {number}").locator("[type=checkbox]").check(force=True)
    page.locator('[popovertarget="menu-bulk"]').click()
    page.locator("#bulk-priority").select_option(index=1)
    toast(page, "Done: 2.")
    expect(page.locator("#menu-bulk")).not_to_be_visible()
    page.locator('[popovertarget="menu-bulk"]').click()
    page.locator("#menu-bulk").get_by_role("button", name="Delete").click()
    expect(page.locator(".ticket-row", has_text="Binned")).to_have_count(0)
    expect(page.locator(".toast", has_text="Done: 2.")).to_have_count(2)
    said = toast(page, "Done: 2.")
    said.get_by_role("button", name="Undo").click()
    expect(page.locator(".ticket-row", has_text="Binned")).to_have_count(2)


def test_what_could_not_be_asked_for_is_asked_for_again(office: Office, enter: Enter, troubles: list[str]) -> None:
    """The stream told of a letter, and the question for the list was lost on the way, then answered with an error."""
    page = enter()
    office.write("Here already", sender="Already <already@shop.example>")
    arrived(page, "Here already")
    asked: list[str] = []

    def lose(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.abort()
        elif len(asked) == 2:
            route.fulfill(status=500, body="broken")
        else:
            route.continue_()

    page.route("**/inbox/open*", lose)
    office.write("Asked for again", sender="Again <again@shop.example>")
    arrived(page, "Asked for again")
    assert len(asked) >= 3
    troubles[:] = [one for one in troubles if not any(word in one for word in ("500", "ERR_FAILED", "Failed to fetch"))]


def test_a_list_is_asked_for_also_where_its_first_stream_never_opened(office: Office, enter: Enter) -> None:
    """Another ticket is opened before the stream is there: it is begun anew with the topics of both."""
    office.write("Opened in a hurry", sender="Hurry <hurry@shop.example>")
    page, elsewhere = enter(), enter(AGENT)
    arrived(page, "Opened in a hurry")
    held: list[Route] = []
    page.route("**/live?*", lambda route: route.continue_() if held else held.append(route))
    page.goto(page.url)
    arrived(page, "Opened in a hurry")
    until(page, lambda: bool(held))
    office.write("Came between two streams", sender="Between <between@shop.example>")
    arrived(elsewhere, "Came between two streams")
    opened(page, "Opened in a hurry")
    arrived(page, "Came between two streams")


def test_on_a_page_without_https_each_tab_hears_for_itself(office: Office, enter: Enter) -> None:
    """Browsers give such a page neither locks nor names that nobody else has."""
    first = enter()
    first.context.add_init_script("""
        Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
        Object.defineProperty(Crypto.prototype, "randomUUID", { value: undefined });
    """)
    first.reload()
    second = first.context.new_page()
    second.goto(first.url)
    office.write("Heard without https", sender="Plain <plain@shop.example>")
    arrived(second, "Heard without https")
    arrived(first, "Heard without https")
    third, asked = first.context.new_page(), []
    third.add_init_script("Object.defineProperty(Document.prototype, 'hidden', { get: () => !window.seen })")
    third.on("request", lambda request: asked.append(request.url) if "/live?" in request.url else None)
    third.goto(first.url)  # opened in the background
    arrived(third, "Heard without https")
    third.wait_for_timeout(500)
    assert asked == [], "a browser has few connections for one server"
    third.evaluate("window.seen = true; document.dispatchEvent(new Event('visibilitychange'))")
    until(third, lambda: bool(asked))


def test_what_a_server_said_is_read_without_pointing_at_it_and_leads_to_another_address(
    office: Office, enter: Enter
) -> None:
    office.write("Moved away", sender="Gone <gone@shop.example>")
    page = enter()
    opened(page, "Moved away")
    office.sink.refused = {"gone@shop.example": "550 5.1.1 no such user here"}
    try:
        body(page).click()
        page.keyboard.type("Hello?")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".message__why")).to_contain_text("550 5.1.1 no such user here")
    finally:
        office.sink.refused = {}
    page.reload()
    expect(page.get_by_text("Write another address of theirs")).to_be_visible()
    expect(page.locator('.composer [name="to"]')).to_be_visible()
