"""Everything fits: text twice as large, a telephone, both densities, more contrast, the system's own colours."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.office import OWNER, Office, arrived, body, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser

MEASURE = (Path(__file__).parent / "measure.js").read_text().split("\n", 1)[1]
PAGES = [
    "/inbox/open", "/inbox/open?as=table", "ticket", "/tickets/new", "/letters/new", "/search?q=till", "/next", "/todo",
    "/notices", "/people", "/people/1", "/organisations", "/views", "/views/new", "/ledger", "/outbox", "/suspected",
    "/held", "/settings", "/settings/all", "/channels", "/templates", "/staff", "/design",
]  # fmt: skip
LONG = "A subject that is much too long for one line of anything at all, with Donaudampfschifffahrtsgesellschaft"


def does_not_fit(page: Page, ticket: str, *, text: int = 100, widths: tuple[int, ...] = ()) -> dict[str, list[str]]:
    """Pages on which something is cut, lies outside of the window or over something else, and what. `widths`: windows
    to try each page in, loaded once; else the one that there is."""
    found = {}
    for path in PAGES:
        page.goto(ticket if path == "ticket" else page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + path)
        page.locator("#nav").wait_for(state="attached")
        if path == "ticket":
            body(page).wait_for(state="attached")
        page.evaluate(f"document.documentElement.style.fontSize = '{text}%'")
        for width in widths or (0,):
            if width:
                page.set_viewport_size({"width": width, "height": 900})
            page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            if objections := page.evaluate(MEASURE):
                found[f"{path} {width or ''}".strip()] = objections[:8]
    return found


def _with_a_ticket(office: Office, enter: Enter, subject: str, **options: Any) -> tuple[Page, str]:
    office.write(subject, files={"a file with a long name of its own, for the till.txt": b"a"})
    page = enter()
    opened(page, subject)
    address = page.url
    return enter(**options), address


@pytest.mark.long
@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_is_cut_or_lies_outside(office: Office, enter: Enter, width: int) -> None:
    page, ticket = _with_a_ticket(office, enter, f"{LONG} {width}", viewport={"width": width, "height": 900})
    assert does_not_fit(page, ticket) == {}


@contextmanager
def reading(office: Office, language: str) -> Iterator[None]:
    """The owner reads the desk in this language meanwhile."""
    mine = f"UPDATE accounts_user SET language = '{{}}' WHERE email = '{OWNER}'"
    office.installation.ask(mine.format(language))
    try:
        yield
    finally:
        office.installation.ask(mine.format("en"))


@pytest.mark.long
@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_text_twice_as_large_fits_in_each_language(office: Office, enter: Enter, language: str) -> None:
    page, ticket = _with_a_ticket(office, enter, f"{LONG} {language}")
    with reading(office, language):
        assert does_not_fit(page, ticket, text=200, widths=(1280, 360)) == {}
        assert page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_the_head_of_a_request_is_two_rows(office: Office, enter: Enter, language: str) -> None:
    office.write(f"Two rows {language}")
    with reading(office, language):
        page = enter()
        opened(page, f"Two rows {language}")
        assert page.locator("html").get_attribute("lang") == language
        _are_two_rows(page)
        page.locator(".thread__buttons [name=take]").click()
        expect(page.locator(".thread__buttons [name=take]")).to_have_count(0)
        _are_two_rows(page)


BOXES = """() => [".thread__subject", ".thread__facts", ".thread__buttons"].map((one) => {
  const { x, y, width, height } = document.querySelector(one).getBoundingClientRect();
  return { x, y, width, height };
})"""


def _are_two_rows(page: Page) -> None:
    subject, facts, buttons = page.evaluate(BOXES)
    assert facts["y"] >= subject["y"] + subject["height"] - 1
    assert abs(facts["y"] + facts["height"] / 2 - buttons["y"] - buttons["height"] / 2) <= 2, "in one row"
    assert facts["x"] + facts["width"] <= buttons["x"] + 1
    assert facts["height"] <= 34, "and what is known is one row itself"


MIDDLES = """(bar) => [...bar.querySelectorAll(":scope > .bulk__count, .bulk__acts > *")]
  .map((one) => one.getBoundingClientRect()).filter(({ height }) => height).map(({ y, height }) => y + height / 2)"""
BROKEN = """() => [...document.querySelectorAll(".sheet th a")].flatMap((head) => {
  const words = [...head.childNodes].find((one) => one.nodeType === Node.TEXT_NODE);
  return [...words.data.matchAll(/\\S+/g)].filter(({ 0: word, index }) => {
    const range = document.createRange();
    range.setStart(words, index);
    range.setEnd(words, index + word.length);
    return range.getClientRects().length > 1;
  }).map(([word]) => word);
})"""


def test_no_word_in_the_head_of_a_table_is_broken(office: Office, enter: Enter) -> None:
    with reading(office, "ru"):
        page = enter(path="/inbox/open?as=table")
        expect(page.locator(".sheet th", has_text="Ответственный")).to_be_visible()
        assert page.evaluate(BROKEN) == []


def test_on_a_telephone_the_head_of_a_request_and_the_bar_leave_room(office: Office, enter: Enter) -> None:
    subject = f"{LONG}, on a telephone"
    office.write(subject)
    page = enter(viewport={"width": 360, "height": 740})
    row = arrived(page, subject)
    row.locator("[name=ticket]").check(force=True)
    middles = page.locator(".bulk").evaluate(MIDDLES)
    assert len(middles) > 4 and max(middles) - min(middles) <= 2, "the bar is one row"
    row.locator(".ticket-row__link").click()
    words = page.locator(".thread__words")
    lines = "(one) => one.clientHeight / parseFloat(getComputedStyle(one).lineHeight)"
    expect(words).to_have_attribute("title", subject)
    assert words.evaluate(lines) < 2.2
    words.click()
    assert words.evaluate(lines) > 2.8, "and all of it at a tap"
    page.keyboard.press("Space")
    assert words.evaluate(lines) < 2.2


@pytest.mark.parametrize("height", [900, 500])
def test_the_chooser_of_columns_shows_the_button_that_ends_it(enter: Enter, height: int) -> None:
    page = enter(path="/inbox/open?as=table", viewport={"width": 1440, "height": height})
    page.locator('[popovertarget="menu-columns"]').click()
    expect(page.locator("#menu-columns").get_by_role("button", name="Save")).to_be_in_viewport(ratio=1)


@pytest.mark.long
@pytest.mark.parametrize("options", [{"contrast": "more"}, {"forced_colors": "active"}])
def test_nothing_is_cut_with_more_contrast(office: Office, enter: Enter, options: dict[str, str]) -> None:
    subject = f"{LONG} {next(iter(options))}"
    page, ticket = _with_a_ticket(office, enter, subject, viewport={"width": 1440, "height": 900}, **options)
    assert does_not_fit(page, ticket) == {}


@pytest.mark.long
def test_rows_are_closer_and_all_fits_in_the_compact_density(office: Office, enter: Enter) -> None:
    page, ticket = _with_a_ticket(office, enter, f"{LONG} compact")
    row = page.locator("#rows .ticket-row").first
    cosy = row.bounding_box()
    mine = f"UPDATE accounts_user SET density = '{{}}' WHERE email = '{OWNER}'"
    office.installation.ask(mine.format("compact"))
    try:
        page.reload()
        compact = row.bounding_box()
        assert cosy is not None and compact is not None
        assert compact["height"] < cosy["height"]
        assert does_not_fit(page, ticket) == {}
    finally:
        office.installation.ask(mine.format("cosy"))


def test_what_is_chosen_is_seen_without_our_colours(office: Office, enter: Enter) -> None:
    """The system's own colours take away every background: the open row, the place one is at and the chosen tab are
    shown by a line."""
    office.write("Without our colours")
    page = enter(forced_colors="active")
    opened(page, "Without our colours")
    for what in (
        '.ticket-row:has(> [aria-current="true"])',
        ".nav__link[aria-current]",
        ".composer__tab:has(:checked)",
    ):
        lines = page.locator(what).first.evaluate(
            "(one) => { const s = getComputedStyle(one); return [s.outlineStyle, s.borderBlockEndStyle, s.boxShadow]; }"
        )
        assert lines[0] != "none" or lines[1] != "none", what


def test_the_formats_are_one_row_on_a_telephone(office: Office, enter: Enter) -> None:
    office.write("Formats in one row")
    page = enter(viewport={"width": 360, "height": 800})
    opened(page, "Formats in one row")
    page.locator(".composer__unfold").click()
    expect(body(page)).to_be_focused()
    buttons, foot = page.evaluate("""() => [".composer .toolbar .button", ".composer__foot .button"].map((which) =>
      [...document.querySelectorAll(which)].filter((one) => one.checkVisibility()).map((one) => {
        const { y, width, height } = one.getBoundingClientRect();
        return { y: Math.round(y), width, height };
      }))""")
    assert len({one["y"] for one in buttons}) == 1
    assert all(one["height"] >= 44 and one["width"] >= 44 for one in buttons)
    assert len({one["y"] for one in foot if one["height"]}) == 2, "what ends the writing, and the formats"
    last = page.locator(".composer .toolbar .button").last
    last.scroll_into_view_if_needed()
    box = last.bounding_box()
    assert box is not None and box["x"] + box["width"] <= 361
