"""The main job with nothing put in place of anything: letters by SMTP, pages in a browser, answers to a mail server."""

from __future__ import annotations

import re
from email.utils import parseaddr

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Enter
from tests.browser.office import (
    AGENT,
    DESK_ADDRESS,
    NO_UNDO,
    OWNER,
    Office,
    arrived,
    body,
    drop,
    exactly,
    opened,
    paste,
    routed,
    sign_in,
    toast,
    until,
    writing,
)

pytestmark = pytest.mark.browser

CHOOSE_LAST = """(select, version) => {
  select.form.elements.version.value = version;
  select.selectedIndex = select.options.length - 1;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}"""


def test_a_letter_is_answered_and_the_reply_to_it_comes_back_to_the_same_ticket(office: Office, enter: Enter) -> None:
    page = enter()
    page.locator("#rows").wait_for()
    page.evaluate("window.untouched = true")  # gone if the page is loaded again
    asked = office.write("The terminal sees no card", "Since the update the terminal sees no card.")
    opened(page, "The terminal sees no card")
    expect(page.locator("#timeline")).to_contain_text("Since the update the terminal sees no card.")

    body(page).click()
    page.keyboard.type("Please ")
    page.keyboard.press("Control+b")
    page.keyboard.type("restart")
    page.keyboard.press("Control+b")
    page.keyboard.type(" it.")
    paste(page, ".composer .ProseMirror", "steps.txt", "Step one")
    drop(page, ".composer .ProseMirror", "more.txt", "Step two")
    expect(page.locator(".composer .file__name")).to_have_text(["steps.txt", "more.txt"])
    page.keyboard.press("Control+Shift+Enter")
    toast(page, "Sent")

    left = office.answer_to("The terminal sees no card")
    letter = left.message
    assert left.recipients == ["maria@shop.example"]
    assert letter["In-Reply-To"] == asked["Message-ID"]
    assert asked["Message-ID"] in letter["References"].split()
    assert parseaddr(letter["From"])[1] == DESK_ADDRESS
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "Please restart it." in plain.get_content()
    assert "<strong>restart</strong>" in html.get_content()
    files = {part.get_filename(): part.get_content() for part in letter.iter_attachments()}
    assert files == {"steps.txt": "Step one", "more.txt": "Step two"}

    number = page.locator(".ticket-row", has_text="The terminal sees no card")
    expect(number).to_have_count(0)  # closed: it left the list of open ones
    back = parseaddr(letter["Reply-To"])[1]
    office.write("Re: The terminal sees no card", "Still dead!", to=back, In_Reply_To=letter["Message-ID"])
    row = arrived(page, "The terminal sees no card")
    expect(page.locator(".ticket-row", has_text="The terminal sees no card")).to_have_count(1)
    row.locator(".ticket-row__link").click()
    expect(page.locator("#timeline .message--customer")).to_have_count(2)
    expect(page.locator("#timeline .message--agent")).to_have_count(1)
    expect(page.locator("#timeline")).to_contain_text("Still dead!")
    assert page.evaluate("window.untouched"), "the page was loaded again on the way"


def test_a_reply_appears_on_the_open_ticket_and_what_is_being_written_stays(office: Office, enter: Enter) -> None:
    page = enter()
    office.write("A reply meanwhile")
    opened(page, "A reply meanwhile")
    body(page).click()
    page.keyboard.type("Half a sen")
    office.write("A reply meanwhile", "I found it myself.", In_Reply_To=_asked(page, office, "A reply meanwhile"))
    expect(page.locator("#timeline")).to_contain_text("I found it myself.")
    expect(body(page)).to_have_text("Half a sen")


def _asked(page: Page, office: Office, subject: str) -> str:
    """Answers once from elsewhere, so that there is something of ours to reply to: the id of that letter."""
    second = page.context.new_page()
    second.goto(page.url)
    second.locator(".composer .ProseMirror").click()
    second.keyboard.type("We look into it.")
    second.keyboard.press("Control+Enter")
    toast(second, "Sent")
    second.close()
    return str(office.answer_to(subject).message["Message-ID"])


@pytest.mark.usefixtures("long_undo")
@pytest.mark.parametrize("by", ["toast", "message"])
def test_undoing_a_send_brings_the_words_back_and_nothing_leaves(office: Office, enter: Enter, by: str) -> None:
    page, subject = enter(), f"Undone by the {by}"
    office.write(subject)
    opened(page, subject)
    body(page).click()
    page.keyboard.type("Too early")
    page.keyboard.press("Control+Enter")
    said = toast(page, "Sent")
    expect(body(page)).to_have_text("")
    if by == "toast":
        said.get_by_role("button", name="Undo").click()
    else:
        page.get_by_role("button", name="Undo sending").click()
    expect(body(page)).to_have_text("Too early")
    expect(page.locator("#timeline .message--agent")).to_have_count(0)
    expect(page.locator("#timeline .event", has_text="answer taken back before it left")).to_have_count(1)
    undoing = page.locator(".toast", has=page.get_by_role("button", name="Undo"))
    expect(undoing).to_have_count(0)  # the one that offered the undo is gone
    office.let_undo(NO_UNDO)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline .message--agent")).to_have_count(1)
    office.answer_to(subject)
    assert len(office.left(subject)) == 1


def one_above_another(office: Office, enter: Enter, above: str, below: str) -> Page:
    """The desk with the first of two tickets open."""
    office.write(below, sender="Under <under@shop.example>")
    page = enter()
    arrived(page, below)
    office.write(above)
    opened(page, above)
    return page


@pytest.mark.usefixtures("long_undo")
def test_undoing_send_and_close_leads_back_to_the_ticket(office: Office, enter: Enter) -> None:
    page = one_above_another(office, enter, "Closed too early", "Stays behind")
    body(page).click()
    page.keyboard.type("Done, I think")
    page.keyboard.press("Control+Shift+Enter")
    said = toast(page, "Sent")
    expect(page.locator(".thread__subject")).to_contain_text("Stays behind")
    said.get_by_role("button", name="Undo").click()
    expect(page.locator(".thread__subject")).to_contain_text("Closed too early")
    expect(body(page)).to_have_text("Done, I think")
    toast(page, "Undone")
    assert office.left("Closed too early") == []


def test_the_next_one_opens_also_when_the_list_has_let_the_closed_one_go_first(office: Office, enter: Enter) -> None:
    page = one_above_another(office, enter, "Answered slowly", "Waits below")
    held: list[Route] = []
    routed(page, "**/change*", lambda route: held.append(route))
    page.get_by_role("button", name="Close", exact=True).click()
    until(page, lambda: bool(held))
    answer = held[0].fetch()  # done over there, and not told yet
    row = page.locator(".ticket-row__subject", has_text=exactly("Answered slowly"))
    expect(row).to_have_count(0)
    held[0].fulfill(response=answer)
    expect(page.locator(".thread__subject")).to_contain_text("Waits below")


def test_a_colleague_is_seen_and_a_newer_letter_is_shown_before_one_sends(office: Office, enter: Enter) -> None:
    first = office.write("Two at once")
    mine, theirs = enter(OWNER), enter(AGENT)
    opened(mine, "Two at once")
    opened(theirs, "Two at once")
    body(theirs).click()
    theirs.keyboard.type("I am on it")
    expect(mine.locator("#presence")).to_contain_text("Taras Agent is replying")

    body(mine).click()
    mine.keyboard.type("My long answer")
    office.write("Re: Two at once", "One more thing", In_Reply_To=first["Message-ID"], References=first["Message-ID"])
    expect(mine.locator("#timeline")).to_contain_text("One more thing")
    mine.keyboard.press("Control+Enter")
    expect(mine.locator(".composer__alert")).to_contain_text("Something came while you wrote")
    expect(body(mine)).to_have_text("My long answer")
    expect(mine.locator("#timeline .message--agent")).to_have_count(0)
    mine.get_by_role("button", name="Send anyway").click()
    toast(mine, "Sent")
    expect(mine.locator("#timeline .message--agent")).to_contain_text("My long answer")


def both_at(office: Office, enter: Enter, subject: str) -> tuple[Page, Page]:
    """The desks of the owner and of an agent, each with a letter of this subject opened."""
    office.write(subject)
    desks = enter(OWNER), enter(AGENT)
    for desk in desks:
        opened(desk, subject)
    return desks


def test_two_agents_change_the_same_field_and_both_are_told(office: Office, enter: Enter) -> None:
    mine, theirs = both_at(office, enter, "Both want it")
    stale = mine.locator('#context form:has(#p-priority) [name="version"]').get_attribute("value")
    [urgent] = theirs.locator("#p-priority").select_option(index=0)
    toast(theirs, "Priority")
    # A page that has not heard of it yet still carries the version that it was drawn with.
    mine.locator("#p-priority").evaluate(CHOOSE_LAST, stale)
    said = toast(mine, "a colleague has changed this meanwhile")
    expect(said).to_contain_text("priority")
    expect(mine.locator("#p-priority")).to_have_value(urgent)


def test_a_choice_shows_what_the_server_knows_also_where_one_chose_oneself(office: Office, enter: Enter) -> None:
    mine, theirs = both_at(office, enter, "Chosen back and forth")
    field, other = mine.locator("#p-priority"), theirs.locator("#p-priority")
    stale = mine.locator('#context form:has(#p-priority) [name="version"]').get_attribute("value")
    [urgent] = other.select_option(index=0)
    expect(field).to_have_value(urgent)  # heard of before the choice that is refused
    field.evaluate(CHOOSE_LAST, stale)
    toast(mine, "a colleague has changed this meanwhile")
    expect(field).to_have_value(urgent)
    field.focus()  # as it stays when one has chosen
    [high] = field.select_option(index=1)
    expect(other).to_have_value(high)
    version = theirs.locator('#context form:has(#p-priority) [name="version"]')
    before = version.input_value()
    other.select_option(index=2)
    expect(field).not_to_have_value(high)
    expect(version).not_to_have_value(before)  # or what is chosen next were refused
    other.select_option(index=1)
    expect(field).to_have_value(high)


def test_words_typed_into_a_property_stay_when_a_colleague_changes_it(office: Office, enter: Enter) -> None:
    mine, theirs = both_at(office, enter, "Renamed by both")
    field, head = mine.locator("#p-subject"), mine.locator(".thread__subject")
    field.click()
    field.press("End")
    mine.keyboard.type(", as I see it")
    theirs.locator("#p-subject").fill("Renamed by a colleague")
    theirs.locator("#p-subject").press("Enter")
    expect(head).to_contain_text("Renamed by a colleague")
    expect(field).to_have_value("Renamed by both, as I see it")
    field.press("Enter")
    toast(mine, "a colleague has changed this meanwhile")
    expect(field).to_have_value("Renamed by both, as I see it")
    field.press("Enter")
    expect(head).to_contain_text("Renamed by both, as I see it")


def test_a_session_that_ends_while_one_writes_loses_nothing(office: Office, enter: Enter, troubles: list[str]) -> None:
    page = writing(office, enter, "Signed out while writing")
    page.keyboard.type("Words that must not be lost")
    page.context.clear_cookies(name="vikno_session")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#bar")).to_contain_text("Your session has ended")
    expect(body(page)).to_have_text("Words that must not be lost")
    other = page.context.new_page()
    sign_in(office, other, OWNER)
    other.close()
    page.keyboard.press("Control+Enter")
    toast(page, "Sent")
    expect(page.locator("#timeline .message--agent")).to_contain_text("Words that must not be lost")
    expect(page.locator("#bar")).not_to_be_visible()
    troubles[:] = [one for one in troubles if "401" not in one and not one.startswith("console: HTTP 401")]


@pytest.mark.usefixtures("long_undo")
def test_the_whole_job_by_keys(office: Office, enter: Enter) -> None:
    for subject in ("Keys one", "Keys two"):
        office.write(subject, sender="Keys <keys@shop.example>")
    page = enter(path="/inbox/open")
    arrived(page, "Keys one")
    arrived(page, "Keys two")
    at = "document.activeElement.querySelector('.ticket-row__subject').textContent"
    first = ""
    for _step in range(60):  # others may have come since
        page.keyboard.press("j")
        if (first := page.evaluate(at)) in ("Keys one", "Keys two"):
            break
    page.keyboard.press("j")
    assert {first, page.evaluate(at)} == {"Keys one", "Keys two"}
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.locator(".thread__subject", has_text=first).wait_for()
    body(page).wait_for()

    page.locator(".thread__subject").click()
    page.keyboard.press("n")
    expect(body(page)).to_be_focused()
    page.keyboard.type("Only between us")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline .message--note")).to_contain_text("Only between us")
    page.locator(".thread__subject").click()
    page.keyboard.press("r")
    expect(page.locator('.composer [name="kind"][value="reply"]')).to_be_checked()
    expect(body(page)).to_be_focused()
    page.keyboard.type("Told from the keyboard")
    page.keyboard.press("Control+Enter")  # right after a note, which is no message to be newer than
    toast(page, "Sent")
    page.locator("#timeline .message--agent").get_by_role("button", name="Undo sending").click()
    expect(body(page)).to_have_text("Told from the keyboard")
    page.locator(".thread__subject").click()
    page.keyboard.press("a")
    expect(page.locator("#p-agent-typed")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator(".thread__subject").click()
    page.keyboard.press("/")
    expect(page.locator('.nav [name="q"]')).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator('.nav [name="q"]')).not_to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#shortcuts")).not_to_be_visible()
    page.keyboard.press("e")
    toast(page, "Closed")
    words = page.locator(".ticket-row__subject", has_text=exactly(first))  # others may contain them
    expect(page.locator(".ticket-row", has=words)).to_have_count(0)
    assert office.left(first) == []


def test_the_palette_goes_anywhere_and_does_anything(office: Office, enter: Enter) -> None:
    office.write("For the palette")
    page = enter()
    opened(page, "For the palette")
    page.locator(".thread__subject").click()
    page.keyboard.press("Control+k")
    page.keyboard.type("assign to me")
    page.keyboard.press("Enter")
    toast(page, "It is yours now")
    number = re.search(r"\d+", page.locator(".thread__number").inner_text())
    assert number is not None
    page.keyboard.press("Control+k")
    page.keyboard.type("All, with closed")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/all*")
    page.keyboard.press("Control+k")
    page.keyboard.type(number[0])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tickets/{number[0]}*")


def test_reading_replying_and_closing_work_without_a_script(office: Office, enter: Enter) -> None:
    office.write("No scripts here", html="<p>Plain <b>and</b> simple</p>", sender="No <no@shop.example>")
    page = enter(OWNER, "/inbox/open", java_script_enabled=False)
    row = page.locator(".ticket-row", has_text="No scripts here")
    until(page, lambda: bool(row.count() or (page.reload() and row.count())))
    page.locator(".ticket-row__link", has_text="No scripts here").click()
    expect(page.locator("#timeline")).to_contain_text("Plain and simple")
    page.locator('.composer [name="body"]').fill("Written with bare hands")
    page.locator('.composer [name="files"]').set_input_files(
        {"name": "bare.txt", "mimeType": "text/plain", "buffer": b"bare"}
    )
    page.locator(".composer").get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#timeline .message--agent")).to_contain_text("Written with bare hands")
    page.locator(".thread__buttons").get_by_role("button", name="Close").click()
    expect(page.locator(".toast")).to_contain_text("Closed")
    expect(page.locator(".thread__facts .chip").first).to_have_attribute("data-stage", "closed")
    letter = office.answer_to("No scripts here").message
    assert [part.get_filename() for part in letter.iter_attachments()] == ["bare.txt"]


def test_a_phone_shows_one_pane_at_a_time(office: Office, enter: Enter) -> None:
    office.write("On the phone")
    page = enter(viewport={"width": 360, "height": 740}, has_touch=True)
    opened(page, "On the phone")
    expect(page.locator("#thread")).to_be_visible()
    expect(page.locator("#list")).not_to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator('.thread__head [aria-controls="context"]').click()
    expect(page.locator("#context")).to_be_visible()
    page.locator("#context [data-close]").click()
    expect(page.locator("#context")).not_to_be_visible()
    page.locator(".pane__back").click()
    expect(page.locator("#list")).to_be_visible()
    expect(page.locator("#thread")).not_to_be_visible()
    page.go_back()
    expect(page.locator("#thread")).to_be_visible()
    page.go_back()
    expect(page.locator("#list")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
