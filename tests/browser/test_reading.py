"""Reading: how much of the screen a letter has, how tall its frame is, what is said of what comes meanwhile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.office import AGENT, OWNER, Office, arrived, body, opened, routed, toast, unhurried, until

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

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


# Beside the longest count that there is; all tickets that there ever were are not counted.
# Also where there are so many places that they scroll.
CUT = """() => {
  document.getElementById("nav-places").style.overflowY = "scroll";
  const links = document.querySelectorAll("#nav-places .nav__link:not([data-place^='team:'])");
  return [...links].filter((link) => {
    link.querySelector(".nav__count")?.remove();
    if (link.dataset.place !== "all") link.insertAdjacentHTML("beforeend", '<span class="nav__count">1,000+</span>');
    const word = link.querySelector(".nav__word");
    return word.scrollWidth > word.clientWidth || word.scrollHeight > word.clientHeight;
  }).map((link) => link.innerText);
}"""


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_no_place_of_the_navigation_is_cut_beside_its_count(office: Office, enter: Enter, language: str) -> None:
    mine = f"UPDATE accounts_user SET language = '{{}}' WHERE email = '{OWNER}'"
    office.installation.ask(mine.format(language))
    try:
        assert enter(OWNER).evaluate(CUT) == []
    finally:
        office.installation.ask(mine.format("en"))


def test_a_long_address_in_the_ledger_leaves_room_for_what_can_be_done(office: Office, enter: Enter) -> None:
    sender = f"{'a.customer.' * 5}1@{'department.' * 6}shop.example"
    office.write("From a long address", sender=sender, X_Spam_Flag="YES")
    page = enter(OWNER)
    here = "SELECT 1 FROM intake_inbound WHERE subject = 'From a long address'"
    until(page, lambda: bool(office.installation.ask(here)))
    page.goto(f"{office.url}/ledger")
    expect(page.get_by_text("From a long address")).to_be_visible()
    assert page.locator(".table-wrap").evaluate("wrap => wrap.scrollWidth - wrap.clientWidth") == 0


def test_a_refused_answer_is_counted_in_the_navigation_of_an_open_page(office: Office, enter: Enter) -> None:
    office.write("To be refused", sender="Refused <refused@shop.example>")
    office.sink.refused["refused@shop.example"] = "550 5.1.1 unknown"
    page = enter(OWNER)
    opened(page, "To be refused")
    badge = page.locator("#nav-places [data-place=outbox] .nav__count")
    before = badge.inner_text() if badge.count() else ""
    page.locator(".composer .ProseMirror").click()
    page.keyboard.type("We look into it.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline").get_by_text("refused").first).to_be_visible()
    expect(badge).not_to_have_text(before or "0")
    expect(badge).to_have_text(str(int(before or 0) + 1))


def test_a_short_letter_has_a_short_frame_and_a_tall_one_stands_whole(office: Office, enter: Enter) -> None:
    office.write("A short frame", html=table(2))
    office.write("A tall frame", html=table(60), sender="Tall <tall@shop.example>")
    page = enter()
    opened(page, "A short frame")
    height = "frame => frame.clientHeight"
    until(page, lambda: 80 <= page.locator(FRAME).evaluate(height) < 250)
    opened(page, "A tall frame")
    until(page, lambda: page.locator(FRAME).evaluate(height) > 2400)
    hidden = "frame => frame.contentDocument.documentElement.scrollHeight - frame.clientHeight"
    until(page, lambda: page.locator(FRAME).evaluate(hidden) <= 0)


def test_a_letter_that_comes_while_one_reads_is_announced_below(office: Office, enter: Enter) -> None:
    first = office.write("Read from above", "\n".join(f"Line {n} of it." for n in range(120)))
    page = enter()
    opened(page, "Read from above")
    scroller = page.locator("#thread > .pane__scroll")
    scroller.evaluate("pane => { pane.scrollTop = 100 }")
    office.write("Re: Read from above", "One thing more.", In_Reply_To=str(first["Message-ID"]))
    expect(page.locator("#newer button")).to_be_visible()
    assert scroller.evaluate("pane => pane.scrollTop") == 100
    expect(page.locator("#announcer")).to_contain_text("New message from Maria Koval")
    page.locator("#newer button").click()
    expect(page.locator("#timeline .message").last).to_be_in_viewport()
    expect(page.locator("#newer button")).not_to_be_visible()


def test_the_count_beside_the_title_follows_the_list(office: Office, enter: Enter) -> None:
    page = enter()
    office.write("Counted first")
    arrived(page, "Counted first")
    page.reload()  # as the server counts
    count = page.locator("#list .pane__count")
    before = int(count.inner_text())
    office.write("Counted second", sender="Other <other@shop.example>")
    arrived(page, "Counted second")
    expect(count).to_have_text(str(before + 1))


def test_the_name_of_the_requester_stands_beside_the_avatar(office: Office, enter: Enter) -> None:
    name = "Maximiliana Konstantinopolska-Vyshnevetska"
    office.write("From a long name", sender=f"{name} <a.very.long.address.of.hers@department.of.many.shops.example>")
    page = enter()
    opened(page, "From a long name")
    apart, height = page.evaluate("""() => {
      const box = (one) => document.querySelector(one).getBoundingClientRect();
      return [box(".person__name").left - box(".person > .avatar").right, box(".person__name").height];
    }""")
    assert 0 <= apart <= 24
    assert height <= 66, "at most three lines"
    assert page.locator("#context").evaluate("pane => pane.scrollWidth - pane.clientWidth") <= 0
    page.get_by_role("button", name="not verified").click()
    expect(page.locator("#menu-unverified")).to_be_visible()


def test_several_are_put_into_the_bin_by_the_menu_of_the_bar_and_come_back(office: Office, enter: Enter) -> None:
    for number in ("one", "two"):
        office.write(f"Binned {number}", sender=f"Bin {number} <bin-{number}@shop.example>")
    page = enter()
    unhurried(page)
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

    routed(page, "**/inbox/open*", lose)
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


@pytest.mark.parametrize("width", [360, 1440])
def test_a_wide_table_is_scrolled_and_its_words_stay_whole(office: Office, enter: Enter, width: int) -> None:
    cells = "".join(f'<td style="border:1px solid">Quantity{n}</td>' for n in range(20))
    subject = f"Prices {width}"
    office.write(subject, html=f'<table width="1400"><tbody><tr>{cells}</tr></tbody></table>')
    page = enter(viewport={"width": width, "height": 740})
    opened(page, subject)
    frame = page.frame_locator(FRAME)
    expect(frame.locator("td").last).to_have_text("Quantity19")
    broken = frame.locator("td").evaluate_all("all => all.filter((cell) => cell.clientHeight > 60).length")
    root = frame.locator(":root").evaluate(
        "root => [root.scrollWidth > root.clientWidth, getComputedStyle(root).overflowX]"
    )
    assert (broken, root[0]) == (0, True)
    assert root[1] != "hidden"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_letter_longer_than_the_window_opens_at_its_beginning(office: Office, enter: Enter) -> None:
    place = """pane => {
      const one = pane.querySelector(".message:last-of-type").getBoundingClientRect();
      const box = pane.getBoundingClientRect();
      return [one.top >= box.top, one.top < box.bottom - 40, one.bottom > box.bottom];
    }"""
    office.write("A very long letter", "\n\n".join(f"Paragraph {n} of it." for n in range(90)))
    page = enter()
    with page.expect_response(lambda answer: answer.url.endswith("/seen")):
        opened(page, "A very long letter")
        expect(page.get_by_text("Paragraph 0 of it.", exact=True)).to_be_in_viewport()
    assert page.locator("#thread > .pane__scroll").evaluate(place) == [True, True, True]
    page.reload()  # seen by now, and still taller than the pane
    expect(page.get_by_text("Paragraph 0 of it.", exact=True)).to_be_in_viewport()


def test_a_ticket_that_was_read_opens_at_what_came_since(office: Office, enter: Enter) -> None:
    first = office.write("Two long letters", "\n\n".join(f"Old {n}." for n in range(60)))
    page = enter()
    with page.expect_response(lambda answer: answer.url.endswith("/seen")):
        opened(page, "Two long letters")
    page.goto(f"{office.url}/inbox/open")
    expect(page.locator(".ticket-row[data-unread]", has_text="Two long letters")).to_have_count(0)
    office.write(
        "Re: Two long letters", "\n\n".join(f"New {n}." for n in range(60)), In_Reply_To=str(first["Message-ID"])
    )
    page.locator(".ticket-row[data-unread]", has_text="Two long letters").wait_for()
    opened(page, "Two long letters")
    expect(page.get_by_text("New 0.", exact=True)).to_be_in_viewport()
    expect(page.get_by_text("New 59.", exact=True)).not_to_be_in_viewport()


def _under_the_pointer(page: Page, office: Office, subject: str) -> list[str]:
    """The pointer rests on a row; answers what is asked of that ticket from then on."""
    row = arrived(page, subject)
    asked: list[str] = []
    path = f"/tickets/{row.get_attribute('data-ticket')}"
    page.on("request", lambda one: asked.append(one.url) if one.url.split("?")[0] == office.url + path else None)
    row.locator(".ticket-row__link").hover()
    return asked


def test_a_request_under_the_pointer_is_fetched_ahead_and_is_not_opened_by_that(office: Office, enter: Enter) -> None:
    office.write("Under the pointer")
    page = enter()
    asked = _under_the_pointer(page, office, "Under the pointer")
    until(page, lambda: bool(asked))
    page.wait_for_timeout(1_500)  # as long as one has to look at a request that is open
    assert page.locator(".ticket-row", has_text="Under the pointer").get_attribute("data-unread") is not None
    assert office.installation.ask("SELECT opened_at FROM tickets_ticket WHERE subject = 'Under the pointer'") == [
        (None,)
    ]


def test_a_click_takes_what_was_fetched_ahead(office: Office, enter: Enter) -> None:
    for subject in ("Opened before it", "Fetched ahead"):
        office.write(subject)
    page = enter()
    opened(page, "Opened before it")
    page.evaluate("() => { const now = Date.now(); Date.now = () => now; }")  # it is kept for some seconds alone
    asked = _under_the_pointer(page, office, "Fetched ahead")
    with page.expect_response(lambda answer: answer.url in asked):
        until(page, lambda: bool(asked))
    held: list[Route] = []
    routed(page, asked[0], lambda route: held.append(route))  # who asks again gets no answer
    page.locator(".ticket-row", has_text="Fetched ahead").locator(".ticket-row__link").click()
    expect(page.locator(".thread__subject")).to_contain_text("Fetched ahead")
    for route in held:
        route.continue_()
    page.unroute(asked[0])


def test_an_opened_request_is_asked_for_once_and_again_when_it_changes(office: Office, enter: Enter) -> None:
    """Not by pointer and click each, nor because the stream hears of it from now on, nor for one's own presence."""
    first = office.write("Asked for once")
    page = enter()
    with page.expect_response(lambda answer: answer.url.endswith("/seen")):
        opened(page, "Asked for once")  # that it was opened is a change, too
    page.goto(f"{office.url}/inbox/open")
    row = arrived(page, "Asked for once")
    path = f"{office.url}/tickets/{row.get_attribute('data-ticket')}"
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.url.split("?")[0] == path else None)
    heard = re.compile(rf"/live\?.*ticket%3A{path.rpartition('/')[2]}")
    with page.expect_response(heard), page.expect_response(lambda answer: answer.url.endswith("/seen")):
        row.locator(".ticket-row__link").click()
    expect(page.locator(".thread__subject")).to_contain_text("Asked for once")
    assert len(asked) == 1
    office.write("Re: Asked for once", "What came later.", In_Reply_To=str(first["Message-ID"]))
    expect(page.get_by_text("What came later.", exact=True)).to_be_visible()
    assert len(asked) > 1


@pytest.mark.parametrize("line", ["{saveData: true}", "{effectiveType: '3g'}"])
def test_on_a_slow_or_dear_line_nothing_is_fetched_before_the_click(office: Office, enter: Enter, line: str) -> None:
    subject = f"Over {line}"
    office.write(subject)
    page = enter()
    page.add_init_script(f"Object.defineProperty(navigator, 'connection', {{get: () => ({line})}})")
    page.reload()
    asked = _under_the_pointer(page, office, subject)
    page.wait_for_timeout(500)
    assert asked == []
    opened(page, subject)
    assert asked != []


def test_what_is_closed_is_seen_to_leave_at_once_and_is_back_if_that_failed(
    office: Office, enter: Enter, troubles: list[str]
) -> None:
    office.write("Leaves at once")
    page = enter()
    opened(page, "Leaves at once")
    row = page.locator(".ticket-row", has_text="Leaves at once")
    held: list[Route] = []
    routed(page, "**/change*", lambda route: held.append(route))
    page.locator(".thread__buttons [name=close]").click()
    expect(row).to_have_attribute("data-handled", "")  # there is no answer yet
    until(page, lambda: len(held) == 1)
    page.evaluate(
        "new Promise((done) => { document.addEventListener('htmx:after:swap', done, { once: true });"
        " htmx.trigger('#rows', 'refresh'); }).then(() => {})"
    )
    expect(row).to_have_attribute("data-handled", "")  # a list that is drawn anew does not bring it back
    held.pop().abort()
    expect(page.locator(".toast", has_text="Not done: Close")).to_be_visible()
    expect(row).not_to_have_attribute("data-handled", "")
    page.unroute("**/change*")
    page.locator(".toast", has_text="Not done: Close").get_by_role("button", name="Try again").click()
    expect(row).to_have_count(0)
    troubles[:] = [one for one in troubles if not any(word in one for word in ("ERR_FAILED", "Failed to fetch"))]
