"""The main jobs without a mouse: nothing here presses a pointer, and the focus is never lost nor out of sight."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from tests.browser.office import Office, arrived, body, known_to_search, opened, routed, toast, unhurried, until

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser

# Where the focus is, and whether it can be seen there: an outline, the frame of a field, or the caret. A pane that is
# read has none of them, as the whole of it is where one is.
FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body || at === document.documentElement) return "lost";
  const box = at.getBoundingClientRect();
  const shown = at.checkVisibility({ visibilityProperty: true }) && box.width > 0 && box.height > 0;
  if (!shown) return `not drawn: ${at.outerHTML.slice(0, 120)}`;
  const outside = box.bottom < 0 || box.right < 0 || box.top > innerHeight || box.left > innerWidth;
  if (outside) return `outside: ${at.id || at.className}`;
  if (at.matches("#list, #thread, #context, #main, dialog")) return "";
  const framed = [at, at.parentElement, at.closest(".composer, .search, .combo")].filter(Boolean)
    .map((one) => getComputedStyle(one));
  const marked = framed.some((style) => style.outlineStyle !== "none" || style.boxShadow !== "none");
  if (marked || at.isContentEditable || at.matches("input, textarea, select")) return "";
  return `no mark: ${at.outerHTML.slice(0, 120)}`;
}"""


def focused(page: Page) -> None:
    """The focus is somewhere, and it can be seen; a drawing that is under way may end first. Asked in one breath: the
    next drawing may begin right after."""
    where = page.wait_for_function(f"() => {{ const now = ({FOCUS})(); return now === 'lost' ? null : [now]; }}")
    assert where.json_value() == [""]


# Whether a key that follows at once would be pressed within the menu that this one opens.
OPENS_AT_ONCE = """([key, menu]) => {
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  return document.activeElement.matches(`${menu} .menu__item`);
}"""


# Fulfilled once the list of what can be chosen was drawn anew.
FOUND = """() => {
  window.found = new Promise((done) => {
    new MutationObserver(() => done()).observe(document.getElementById("picks"), { childList: true, subtree: true });
  });
}"""


# Fulfilled once the page has done with what was found.
ANSWERED = """() => {
  window.answered = new Promise((done) => {
    document.querySelector('#asking [type="search"]').addEventListener("htmx:finally:request", () => done());
  });
}"""


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    focused(page)


def walked_to(page: Page, subject: str) -> None:
    """By j from wherever one is, and opened by Enter."""
    arrived(page, subject)
    page.keyboard.press("Escape")  # out of whatever field it may be
    page.locator("#rows .ticket-row__link").first.focus()
    for _step in range(60):
        at = page.evaluate("document.activeElement.querySelector('.ticket-row__subject')?.textContent.trim()")
        if at == subject:
            break
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator(".thread__subject", has_text=re.compile(rf"^\s*{re.escape(subject)}\s*#\d+\s*$")).wait_for()
    body(page).wait_for(state="attached")
    focused(page)


@pytest.mark.usefixtures("long_undo")
def test_a_request_is_taken_answered_and_noted(office: Office, enter: Enter) -> None:
    office.write("Keyboard: the till is dead", sender="Kay <kay@keys.example>")
    page = enter()
    walked_to(page, "Keyboard: the till is dead")
    press(page, "m")
    toast(page, "It is yours now")
    focused(page)
    press(page, "r")
    expect(body(page)).to_be_focused()
    page.keyboard.type("Switch it off and on.")
    page.keyboard.press("Control+Enter")
    toast(page, "Sent")
    expect(page.locator("#timeline .message--agent")).to_contain_text("Switch it off and on.")
    focused(page)
    press(page, "n")
    expect(body(page)).to_be_focused()
    page.keyboard.type("Please look @Tar")
    page.locator("#mentions [role=option], .menu [role=option]", has_text="Taras Agent").first.wait_for()
    page.keyboard.press("Enter")
    page.keyboard.type("soon")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline .message--note")).to_contain_text("@Taras Agent soon")
    focused(page)
    expect(body(page)).not_to_be_focused()  # the keys of the desk are at hand again
    press(page, "Control+z")
    toast(page, "Undone")
    focused(page)


def test_its_properties_are_set(office: Office, enter: Enter) -> None:
    office.write("Keyboard: properties", sender="Kay <kay@keys.example>")
    page = enter()
    unhurried(page)
    walked_to(page, "Keyboard: properties")
    for key, field, typed, said in (
        ("S", "#p-status", "W", "Status"),
        ("p", "#p-priority", "H", "Priority"),
    ):
        press(page, key)
        expect(page.locator(field)).to_be_focused()
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        toast(page, said)
        focused(page)
        press(page, "Escape")
    page.keyboard.press("i")
    press(page, "t")
    expect(page.locator("#p-team-typed")).to_be_focused()
    press(page, "Escape", "Escape")
    press(page, "t")
    expect(page.locator('[data-act="tags"]')).to_be_focused()
    page.keyboard.type("tills")
    page.keyboard.press("Enter")
    expect(page.locator("#card-tags .tag")).to_have_text("tills")
    focused(page)
    press(page, "Escape")
    page.keyboard.press("i")
    press(page, "d")
    expect(page.locator("#p-due")).to_be_focused()
    page.keyboard.type("11302031")
    toast(page, "Due date saved")
    focused(page)
    press(page, "Escape")


def test_it_is_put_aside_and_the_next_one_is_there(office: Office, enter: Enter) -> None:
    office.write("Keyboard: below", sender="Kay <kay@keys.example>")
    page = enter()
    arrived(page, "Keyboard: below")
    office.write("Keyboard: put aside", sender="Kay <kay@keys.example>")
    walked_to(page, "Keyboard: put aside")
    assert page.evaluate(OPENS_AT_ONCE, ["h", "#menu-snooze"])
    expect(page.locator("#menu-snooze")).to_be_visible()
    press(page, "Enter")
    toast(page, "Put aside until")
    expect(page.locator(".thread__subject")).not_to_contain_text("Keyboard: put aside")
    focused(page)


def test_put_aside_where_its_list_does_not_have_it_the_menu_has_gone(office: Office, enter: Enter) -> None:
    office.write("Keyboard: not on this list")
    page = enter()
    opened(page, "Keyboard: not on this list")
    page.goto(page.url.replace("list=open", "list=mine"))
    body(page).wait_for()
    assert page.evaluate(OPENS_AT_ONCE, ["h", "#menu-snooze"])
    expect(page.locator("#menu-snooze")).to_be_visible()
    press(page, "Enter")
    toast(page, "Put aside until")
    expect(page.locator("#menu-snooze")).to_be_hidden()
    focused(page)


def test_two_are_linked_and_two_are_merged(office: Office, enter: Enter) -> None:
    page = enter()
    unhurried(page)
    for subject in ("Keyboard: cause", "Keyboard: effect"):
        office.write(subject, sender="Linked Lin <lin@keys.example>")
        arrived(page, subject)
    number = arrived(page, "Keyboard: cause").get_attribute("data-ticket")
    walked_to(page, "Keyboard: effect")
    press(page, "l")
    dialog = page.locator("#asking")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    page.evaluate(FOUND)
    page.keyboard.insert_text(str(number))
    page.evaluate("window.found")  # else what was offered at first is chosen, and goes when what was found comes
    dialog.locator(".pick", has_text="Keyboard: cause").wait_for()
    press(page, "ArrowDown", "Space")
    expect(dialog.locator(".pick input:checked")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(dialog).not_to_be_visible()
    expect(page.locator("#card-bonds")).to_contain_text("Keyboard: cause")
    focused(page)
    press(page, "Control+z")
    expect(page.locator("#card-bonds")).to_have_count(0)
    focused(page)
    press(page, "M")
    dialog.locator(".pick__subject").first.wait_for()
    page.keyboard.press("Enter")
    expect(dialog.locator(".merged")).to_have_count(2)
    page.keyboard.press("Enter")
    toast(page, "Merged into")
    focused(page)
    press(page, "Control+z")
    arrived(page, "Keyboard: effect")
    focused(page)


def test_what_was_chosen_before_the_found_has_come_stays(office: Office, enter: Enter) -> None:
    page = enter()
    for subject in ("Keyboard: early", "Keyboard: late"):
        office.write(subject, sender="Early Eve <eve@keys.example>")
        arrived(page, subject)
    office.write("Keyboard: elsewhere 87654", sender="Other Ola <ola@keys.example>")
    arrived(page, "Keyboard: elsewhere 87654")
    known_to_search(page, "elsewhere", "Keyboard: elsewhere 87654")
    walked_to(page, "Keyboard: late")
    held: list[Route] = []
    routed(page, "**/link?*", lambda route: held.append(route))

    press(page, "l")
    dialog = page.locator("#asking")
    search, chosen = dialog.get_by_role("searchbox"), dialog.locator(".pick:has(:checked)")
    expect(dialog.locator(".pick").first).to_contain_text("Keyboard: early")  # of the same requester
    page.keyboard.insert_text("zzz nowhere")
    until(page, lambda: bool(held))
    press(page, "ArrowDown", "Space")
    expect(chosen).to_contain_text("Keyboard: early")
    page.evaluate(ANSWERED)
    held.pop().continue_()
    page.evaluate("window.answered")
    expect(chosen).to_contain_text("Keyboard: early")
    search.focus()
    search.fill("87654")
    until(page, lambda: bool(held))
    held.pop().continue_()
    expect(dialog.locator("#picks")).to_contain_text("There is no request #87654 to choose.")
    expect(dialog.locator(".pick")).to_contain_text("Keyboard: elsewhere")
    page.keyboard.press("Enter")  # a number means the request that has it, and no other
    expect(dialog.locator(".field__error")).to_contain_text("There is no such ticket")
    expect(chosen).to_have_count(0)
    search.fill("elsewhere")  # who goes on typing has not chosen yet
    expect(chosen).to_have_count(0)
    until(page, lambda: bool(held))
    page.keyboard.press("Enter")  # the likeliest of what is going to be found, not of what still stands there
    expect(chosen).to_have_count(0)
    held.pop().continue_()
    expect(chosen).to_contain_text("Keyboard: elsewhere")
    page.keyboard.press("Enter")
    expect(dialog).not_to_be_visible()
    expect(page.locator("#card-bonds")).to_contain_text("Keyboard: elsewhere")


def test_it_is_found_and_opened(office: Office, enter: Enter) -> None:
    office.write("Keyboard: findable zebra", sender="Kay <kay@keys.example>")
    page = enter()
    arrived(page, "Keyboard: findable zebra")
    known_to_search(page, "zebra", "findable")
    page.locator("#rows .ticket-row__link").first.focus()
    press(page, "/")
    page.keyboard.type("zebra")
    found = page.locator("#quick [role=option]", has_text="findable zebra")
    for _again in range(8):  # what is found while one types is found within a time: on a busy machine at a later key
        try:
            found.wait_for(timeout=3_000)
            break
        except PlaywrightTimeout:
            press(page, "Backspace", "a")
    found.wait_for()
    press(page, "ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".thread__subject", has_text="findable zebra").wait_for()
    page.wait_for_load_state()
    press(page, "Tab")
    press(page, "Control+k")
    page.keyboard.type("assign to me")
    page.keyboard.press("Enter")
    toast(page, "It is yours now")
    focused(page)


def test_several_are_selected_closed_and_back_again(office: Office, enter: Enter) -> None:
    page = enter()
    unhurried(page)
    for subject in ("Keyboard: bulk one", "Keyboard: bulk two"):
        office.write(subject, sender="Bulk <bulk@keys.example>")
        arrived(page, subject)
    walked_to(page, "Keyboard: bulk two")
    press(page, "J", "x")
    expect(page.locator(".bulk__count").first).to_have_text("2 selected")
    page.keyboard.press("e")
    for subject in ("Keyboard: bulk one", "Keyboard: bulk two"):
        expect(page.locator("#rows .ticket-row", has_text=subject)).to_have_count(0)
    focused(page)
    press(page, "Control+z")
    for subject in ("Keyboard: bulk one", "Keyboard: bulk two"):
        arrived(page, subject)
    focused(page)
