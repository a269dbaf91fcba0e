"""Messages of a time line are selected by the keyboard and become a request of their own."""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.office import Office, arrived, body, opened, toast, unhurried

if TYPE_CHECKING:
    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser


def test_a_selected_message_becomes_a_request_of_its_own(office: Office, enter: Enter) -> None:
    asked = office.write("Two things at once", "The scale is broken.", sender="Split Sam <sam@split.example>")
    page = enter()
    unhurried(page)
    opened(page, "Two things at once")
    body(page).click()
    page.keyboard.type("We look at it.")
    page.keyboard.press("Control+Enter")
    toast(page, "Sent")
    left = office.answer_to("Two things at once")
    office.write(
        "Re: Two things at once", "And the drawer is stuck.", sender="Split Sam <sam@split.example>",
        to=parseaddr(left.message["Reply-To"])[1], In_Reply_To=left.message["Message-ID"],
        References=f"{asked['Message-ID']} {left.message['Message-ID']}",
    )  # fmt: skip
    later = page.locator("#timeline .message--customer", has_text="And the drawer is stuck.")
    later.wait_for()
    expect(page.locator("#chosen")).not_to_be_visible()
    later.locator(".message__time").focus()
    page.keyboard.press("x")
    expect(page.locator("#chosen .bulk__count")).to_have_text("1 selected")
    page.keyboard.press("s")
    expect(page.locator("#asking").get_by_label("Subject", exact=True)).to_have_value("And the drawer is stuck.")
    page.locator("#asking").get_by_role("button", name="Save").click()
    said = toast(page, "a request of its own now")
    expect(page.locator(".thread__subject")).to_contain_text("And the drawer is stuck.")
    expect(page.locator("#timeline .message--customer")).to_have_count(1)
    said.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast", has_text="Undone.")).to_be_visible()
    arrived(page, "Two things at once").locator(".ticket-row__link").click()
    expect(page.locator("#timeline .message--customer")).to_have_count(2)
