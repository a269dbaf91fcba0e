"""The form of a mailbox in a real browser: its servers come by themselves, and what one typed oneself stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.office import OWNER

pytestmark = pytest.mark.browser
# Whether "Copied" has stood on a button: it does so for a moment alone.
WATCHED = """() => {
  const button = document.querySelector("[data-copy]");
  new MutationObserver(() => { window.copied ||= button.textContent.includes("Copied"); })
    .observe(button, { characterData: true, childList: true, subtree: true });
}"""


def test_servers_are_filled_in_when_one_leaves_the_address(enter: Enter) -> None:
    page = enter(OWNER, "/channels/new")
    address, server = page.locator("[name=address]"), page.locator("[name=imap_host]")
    address.fill("kashtan.shop@gmail.com")
    address.press("Tab")
    expect(server).to_have_value("imap.gmail.com")
    expect(page.locator("[name=smtp_security]")).to_have_value("starttls")
    expect(page.locator("[name=imap_user]")).to_have_value("kashtan.shop@gmail.com")
    expect(page.locator("[data-servers-said]")).to_contain_text("make an app password")

    address.fill("kashtan@ukr.net")
    address.press("Tab")
    expect(server).to_have_value("imap.ukr.net")
    expect(page.locator("[name=imap_user]")).to_have_value("kashtan@ukr.net")

    server.fill("mail.kashtan.example")
    address.fill("shop@i.ua")
    address.press("Tab")
    page.locator("[name=imap_port]").focus()
    expect(server).to_have_value("mail.kashtan.example")
    page.get_by_role("button", name="Find its mail servers").click()
    expect(server).to_have_value("imap.i.ua")
    assert page.url.endswith("/channels/new")


def test_enter_saves_and_does_not_look_for_servers(enter: Enter, troubles: list[str]) -> None:
    page = enter(OWNER, "/channels/new")
    page.locator("[name=name]").fill("")
    page.locator("[name=address]").fill("kashtan.shop+x@gmail.com")
    page.locator("[name=imap_port]").focus()
    page.locator("[name=name]").evaluate("field => field.required = false")
    page.locator("[name=imap_port]").press("Enter")
    expect(page.locator(".notice--danger").first).to_contain_text("nothing was saved")
    troubles[:] = [one for one in troubles if "422" not in one]


def test_what_is_to_be_carried_elsewhere_is_copied_by_a_button(enter: Enter) -> None:
    page = enter(OWNER, "/channels", permissions=["clipboard-read", "clipboard-write"])
    page.locator(".table__main a").first.click()
    page.get_by_role("link", name="Signing and DNS").click()
    with page.expect_event("load"):
        page.get_by_role("button", name="Make a key").click()
    name = page.locator("[id^=f-name-]").first.input_value()
    page.evaluate(WATCHED)
    page.get_by_role("button", name="Copy").first.click()
    page.wait_for_function("() => window.copied")
    assert page.evaluate("navigator.clipboard.readText()") == name
