"""What is written is not lost: drafts with files, undoing, a server that is away, a small window."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import Enter
from tests.browser.office import (
    AGENT,
    NO_UNDO,
    OWNER,
    Office,
    arrived,
    body,
    drop,
    kept,
    opened,
    routed,
    toast,
    unhurried,
    until,
    writing,
)

pytestmark = pytest.mark.browser


def shows_files(page: Page, *names: str) -> None:
    """The composer has these files, and no more."""
    expect(page.locator(".composer .file__name")).to_have_text(list(names))


def test_with_all_of_it_open_one_sees_what_one_writes_and_the_button(office: Office, enter: Enter) -> None:
    office.write("Everything open", "A line of the question.\n" * 40)
    page = enter(viewport={"width": 1440, "height": 720})
    opened(page, "Everything open")
    for part in ("to", "quote"):
        page.locator(f"details.composer__{part} > summary").click()
    expect(page.locator(".composer__quotation")).to_be_visible()
    drop(page, ".composer .ProseMirror", "plan.txt", "Step one")
    expect(page.locator("[data-kept] .file__name")).to_have_text(["plan.txt"])
    body(page).click()
    page.keyboard.type("Here is the answer")
    expect(page.locator(".composer .ProseMirror p")).to_be_in_viewport(ratio=1)
    expect(page.locator('.composer [data-act="send"]')).to_be_in_viewport(ratio=1)


def test_a_dropped_file_is_kept_at_once_and_is_there_on_another_device(office: Office, enter: Enter) -> None:
    page = writing(office, enter, "Kept with its file")
    page.keyboard.type("See the plan")
    drop(page, ".composer .ProseMirror", "plan.txt", "Step one")
    expect(page.locator("[data-kept] .file__name")).to_have_text(["plan.txt"])
    expect(page.locator("[data-files] .file")).to_have_count(0)
    elsewhere = enter(OWNER, "/inbox/open")
    opened(elsewhere, "Kept with its file")
    expect(body(elsewhere)).to_have_text("See the plan")
    shows_files(elsewhere, "plan.txt")
    theirs = enter(AGENT)
    opened(theirs, "Kept with its file")
    shows_files(theirs)
    drop(elsewhere, ".composer .ProseMirror", "second.txt", "Step two")
    expect(elsewhere.locator("[data-kept] .file__name")).to_have_text(["plan.txt", "second.txt"])
    elsewhere.get_by_role("button", name="Take plan.txt out").click()
    expect(elsewhere.locator("[data-kept] .file__name")).to_have_text(["second.txt"])
    page.reload()
    expect(page.locator("[data-kept] .file__name")).to_have_text(["second.txt"])
    body(page).click()
    page.keyboard.press("Control+Enter")
    toast(page, "Sent")
    letter = office.answer_to("Kept with its file").message
    assert [part.get_filename() for part in letter.iter_attachments()] == ["second.txt"]


def test_a_page_that_is_loaded_anew_at_once_shows_what_was_typed_last(office: Office, enter: Enter) -> None:
    """What it was left with has not been written by then."""
    page = writing(office, enter, "Loaded anew")
    page.keyboard.type("First")
    kept(page, office, "Loaded anew", "First")
    with office.nothing_is_written():
        page.keyboard.type(", second")
        page.reload()
        expect(body(page)).to_have_text("First, second")
    kept(page, office, "Loaded anew", "First, second")
    elsewhere = enter(OWNER)
    opened(elsewhere, "Loaded anew")
    expect(body(elsewhere)).to_have_text("First, second")
    with office.nothing_is_written():
        body(page).click()
        page.keyboard.press("Control+a")
        page.keyboard.press("Backspace")
        page.reload()
        expect(body(page)).to_have_text("")
    kept(page, office, "Loaded anew", "")
    page.reload()
    expect(body(page)).to_have_text("")


@pytest.mark.usefixtures("long_undo")
def test_undoing_a_send_brings_words_format_files_and_recipients_back(office: Office, enter: Enter) -> None:
    page = writing(office, enter, "All comes back")
    page.keyboard.type("Very ")
    page.keyboard.press("Control+b")
    page.keyboard.type("soon")
    drop(page, ".composer .ProseMirror", "plan.txt", "Step one")
    page.locator(".composer__to summary").click()
    page.locator('.composer [name="cc"]').fill("boss@shop.example")
    body(page).click()
    page.keyboard.press("Control+Enter")
    said = toast(page, "Sent")
    expect(body(page)).to_have_text("")
    body(page).click()
    page.keyboard.type("And another thing")  # not saved yet when the first one is taken back
    said.get_by_role("button", name="Undo").click()
    expect(body(page).locator("strong")).to_have_text("soon")
    expect(body(page)).to_contain_text("And another thing")
    shows_files(page, "plan.txt")
    expect(page.locator('.composer [name="cc"]')).to_have_value("boss@shop.example")
    office.let_undo(NO_UNDO)
    page.keyboard.press("Control+Enter")
    letter = office.answer_to("All comes back")
    assert sorted(letter.recipients) in (["boss@shop.example"], ["maria@shop.example"])
    names = [part.get_filename() for part in letter.message.iter_attachments()]
    assert names == ["plan.txt"]


def test_what_is_quoted_below_is_seen_and_chosen_before_it_leaves(office: Office, enter: Enter) -> None:
    office.write("Quoted or not", "The till is silent")
    page = enter()
    opened(page, "Quoted or not")
    page.keyboard.press("q")
    shown = page.locator("#quotation")
    expect(shown).to_contain_text("> The till is silent")
    page.locator(".composer__quote .segments__item").first.click()
    expect(shown).to_contain_text("Nothing stands below this answer")
    expect(page.locator("#quote-word")).to_have_text("nothing")
    body(page).click()
    page.keyboard.type("In the afternoon")
    page.keyboard.press("Control+Enter")
    toast(page, "Sent")
    plain = office.answer_to("Quoted or not").message.get_body(("plain",))
    assert plain is not None
    assert "silent" not in plain.get_content()


def test_whom_an_answer_goes_to_stands_in_no_address_when_its_quotation_is_asked_for(
    office: Office, enter: Enter
) -> None:
    office.write("Told to nobody", "The till is silent")
    page = enter()
    opened(page, "Told to nobody")
    asked: list[Request] = []
    page.on("request", lambda one: asked.append(one) if "/quotation" in one.url else None)
    page.locator(".composer__to summary").click()
    with page.expect_request("**/draft"):
        page.locator('.composer [name="bcc"]').fill("secret@shop.example")
        body(page).click()
        page.keyboard.type("In the afternoon")
    assert asked == []  # while it is folded nobody looks
    summary = page.locator(".composer__quote > summary")
    with page.expect_response("**/quotation?*"):
        summary.click()
    expect(page.locator("#quotation")).to_contain_text("> The till is silent")
    with page.expect_response("**/quotation?*"):
        page.locator('.composer [name="cc"]').fill("boss@shop.example")
        page.locator('.composer [name="cc"]').blur()
    with page.expect_response("**/quotation?*"):
        page.locator(".composer__quote .segments__item").first.click()
    expect(page.locator("#quote-word")).to_have_text("nothing")
    assert [(one.method, "shop" in one.url) for one in asked] == [("POST", False)] * 3
    told = [parse_qs(one.post_data or "") for one in asked]
    assert [set(one) for one in told] == [
        {"quote", "to", "bcc"},
        {"quote", "to", "cc", "bcc"},
        {"quote", "to", "cc", "bcc"},
    ]


def test_a_draft_is_discarded(office: Office, enter: Enter) -> None:
    page = writing(office, enter, "Discarded")
    page.keyboard.type("Never mind")
    drop(page, ".composer .ProseMirror", "plan.txt", "Step one")
    expect(page.locator("[data-kept] .file__name")).to_have_text(["plan.txt"])
    page.get_by_role("button", name="Discard the draft").click()
    page.get_by_role("menuitem", name="Discard the words and files for ever").click()
    toast(page, "The draft is gone")
    expect(body(page)).to_have_text("")
    page.reload()
    expect(body(page)).to_have_text("")
    shows_files(page)


def test_without_a_script_a_draft_is_kept_with_its_file(office: Office, enter: Enter) -> None:
    office.write("Kept by hand")
    first = enter()
    opened(first, "Kept by hand")
    page = enter(OWNER, first.url.removeprefix(office.url), java_script_enabled=False)
    page.locator('.composer [name="body"]').fill("Half a sentence")
    page.locator('.composer [name="files"]').set_input_files(
        {"name": "bare.txt", "mimeType": "text/plain", "buffer": b"bare"}
    )
    page.get_by_role("button", name="Keep the draft").click()
    expect(page.locator(".toast")).to_contain_text("The draft is kept")
    expect(page.locator('.composer [name="body"]')).to_have_value("Half a sentence")
    shows_files(page, "bare.txt")


def test_on_a_narrow_window_an_empty_composer_is_one_line_until_it_is_touched(office: Office, enter: Enter) -> None:
    office.write("Folded on the phone", "\n\n".join(f"Line {number}" for number in range(40)))
    page = enter(viewport={"width": 360, "height": 740}, has_touch=True)
    opened(page, "Folded on the phone")
    line = page.get_by_role("button", name="Reply …")
    expect(line).to_be_visible()
    expect(body(page)).not_to_be_visible()
    until(page, lambda: page.locator(".composer").evaluate("form => form.offsetHeight") <= 60)
    line.tap()
    expect(body(page)).to_be_focused()
    page.keyboard.type("Half")
    page.locator(".thread__subject").tap()
    expect(body(page)).to_be_visible()  # something is written
    body(page).tap()
    expect(body(page)).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.press("Backspace")
    page.locator(".thread__subject").tap()
    page.evaluate("document.activeElement.blur()")
    expect(line).to_be_visible()
    page.keyboard.press("n")
    expect(body(page)).to_be_focused()
    expect(page.locator('.composer [name="kind"][value="note"]')).to_be_checked()
    bare = enter(
        OWNER, page.url.removeprefix(office.url), java_script_enabled=False, viewport={"width": 360, "height": 740}
    )
    expect(bare.locator('.composer [name="body"]')).to_be_visible()
    expect(bare.locator("#p-agent")).to_be_attached()


def test_a_colleague_is_chosen_by_typing(office: Office, enter: Enter) -> None:
    office.write("Chosen by typing")
    page = enter()
    opened(page, "Chosen by typing")
    page.locator(".thread__subject").click()
    page.keyboard.press("a")
    field = page.get_by_role("combobox", name="Responsible")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-expanded", "true")
    options = page.get_by_role("listbox", name="Responsible").get_by_role("option")
    expect(options.first).to_contain_text("Olena Owner")  # oneself
    expect(options.nth(1)).to_contain_text("Nobody yet")
    page.keyboard.type("taras@kash")
    expect(options).to_have_count(1)
    expect(field).to_have_attribute("aria-activedescendant", "p-agent-list-0")
    page.keyboard.press("Enter")
    toast(page, "Responsible: Taras Agent")
    expect(field).to_have_value("Taras Agent")
    expect(page.locator(".thread__who")).to_contain_text("Taras Agent")
    page.locator(".thread__subject").click()
    page.keyboard.press("a")
    page.keyboard.type("zzz")
    expect(page.locator("#p-agent-list")).to_contain_text("Nothing by that name")
    page.keyboard.press("Escape")
    expect(field).to_have_value("Taras Agent")
    page.locator(".thread__subject").click()
    page.keyboard.press("a")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    toast(page, "Given back to the team")
    expect(page.locator(".thread__facts")).not_to_contain_text("Taras Agent")


def test_whom_the_page_has_not_is_fetched_once_the_field_is_touched(
    office: Office, enter: Enter, troubles: list[str]
) -> None:
    def without(route: Route) -> None:
        """As where colleagues are many: the page has oneself alone, and says where all of them are."""
        answer = route.fetch()
        some = re.sub(r"<option[^>]*>Taras Agent</option>", "", answer.text())
        route.fulfill(response=answer, body=some.replace('id="p-agent"', 'id="p-agent" data-rest="/choices/agents"'))

    office.write("Chosen from many")
    page = enter()
    routed(page, re.compile(r"/tickets/\d+(\?|$)"), without)
    page.route("**/choices/agents", lambda route: route.fulfill(status=503))
    opened(page, "Chosen from many")
    page.locator(".thread__subject").click()
    page.keyboard.press("a")
    page.keyboard.type("taras@kash")
    options = page.get_by_role("listbox", name="Responsible").get_by_role("option")
    expect(options).to_have_text(["Try againThe list could not be fetched."])
    page.unroute("**/choices/agents")
    page.keyboard.press("Enter")
    expect(options).to_have_text([re.compile("^Taras Agent")])
    troubles[:] = [one for one in troubles if "503" not in one]
    page.evaluate("""() => new Promise((done) => {
      addEventListener("htmx:after:swap", ({ detail }) => detail.ctx.sourceElement.id === "timeline" && done());
      window.htmx.trigger("#timeline", "refresh");
    })""")
    expect(options).to_have_text([re.compile("^Taras Agent")])  # drawn anew while one looks for them
    page.keyboard.press("Enter")
    toast(page, "Responsible: Taras Agent")
    expect(page.locator(".thread__who")).to_contain_text("Taras Agent")


def test_at_most_three_toasts_stand_in_the_corner(office: Office, enter: Enter) -> None:
    office.write("Many acts")
    page = enter()
    opened(page, "Many acts")
    unhurried(page)
    for number, name in enumerate(("one", "two", "three", "four"), 1):
        page.locator("#context").get_by_label("Add a tag").fill(name)
        page.keyboard.press("Enter")
        expect(page.locator("#context .tag", has_text=name)).to_be_visible()
        expect(page.locator(".toast")).to_have_count(min(number, 3))


def test_an_answer_that_could_not_be_sent_is_written_on_and_kept(
    office: Office, enter: Enter, troubles: list[str]
) -> None:
    """The server says that it cannot, as it does while its database is away."""
    page = writing(office, enter, "Written on")
    page.keyboard.type("First half")
    action = page.locator(".composer").evaluate("form => form.action")
    routed(page, action, lambda route: route.fulfill(status=503, body="away"), times=1)
    page.keyboard.press("Control+Enter")
    page.locator(".toast--danger").wait_for()
    page.keyboard.type(", second half")
    expect(body(page)).to_have_text("First half, second half")
    kept(page, office, "Written on", "First half, second half")
    elsewhere = enter(OWNER)
    opened(elsewhere, "Written on")
    expect(body(elsewhere)).to_have_text("First half, second half")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline .message--agent")).to_contain_text("First half, second half")
    troubles[:] = [one for one in troubles if "503" not in one]


# Whether the editor has the focus as soon as it is there.
TAKES_OVER = """() => new MutationObserver(() => {
  const editor = document.querySelector(".composer .ProseMirror");
  if (editor) window.takenOver ??= document.activeElement === editor;
}).observe(document.body, { childList: true, subtree: true })"""


def test_what_is_typed_before_the_editor_has_come_stays_and_goes_on_in_it(office: Office, enter: Enter) -> None:
    office.write("Typed early")
    page = enter()
    held: list[Route] = []
    routed(page, "**/django_prose_editor/editor.js", lambda route: held.append(route))
    page.evaluate(TAKES_OVER)
    arrived(page, "Typed early").locator(".ticket-row__link").click()
    until(page, lambda: bool(held))
    page.keyboard.press("r")
    page.keyboard.type("Before, ")
    held.pop().continue_()
    body(page).wait_for()
    assert page.evaluate("window.takenOver"), "or keys of the desk would be pressed meanwhile"
    page.keyboard.type("and after")
    expect(body(page)).to_have_text("Before, and after")


def test_a_message_is_forwarded_and_what_comes_back_stands_with_the_request(office: Office, enter: Enter) -> None:
    office.write("To be forwarded", "The till beeps.", files={"photo.txt": b"a photo"})
    page = enter()
    opened(page, "To be forwarded")
    page.locator(".message").first.hover()
    page.get_by_role("link", name="Forward this message").first.click()
    page.wait_for_url("**/letters/**")
    expect(page.locator("#quotation")).to_contain_text("The till beeps.")
    expect(page.get_by_label("photo.txt")).to_be_checked()
    page.get_by_label("To", exact=True).fill("expert@supplier.example")
    body(page).click()
    page.keyboard.type("Please look at this")
    page.wait_for_function("() => document.querySelector('[data-saved-place]').textContent === 'Saved'")
    page.reload()
    expect(body(page)).to_have_text("Please look at this")
    page.locator('.composer [data-act="send"]').click()
    page.wait_for_url("**/tickets/**")
    expect(page.locator(".message--third")).to_contain_text("Please look at this")
    left = office.answer_to("Fwd: To be forwarded")
    assert left.message["To"] and "expert@supplier.example" in left.message["To"]
    assert "The till beeps." in str(left.message.get_body(("plain",)))
    answer = {"In_Reply_To": left.message["Message-ID"], "sender": "Expert <expert@supplier.example>"}
    office.write("Re: Fwd: To be forwarded", "Change the cable.", **answer)
    expect(page.locator(".message--third").nth(1)).to_contain_text("Change the cable.")
