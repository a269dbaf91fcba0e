"""Switching notices on in a browser: what its state is stands in words, and the worker is registered at the click."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser
PAGE = "/settings/notices"
SWITCH = "Show notices on this device"
# The browser of the tests has no service to ask; this stands for what such a one gives.
GIVES = """() => {
  const point = "BCVxsr7N/eNgVRqvHtD0zTZsEc6+VV+JvLexhqUzORcxaOzi6+AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4=";
  const key = Uint8Array.from(atob(point), (one) => one.charCodeAt(0));
  const given = {
    endpoint: "https://push.example.net/of-a-test",
    options: {},
    getKey: (name) => (name === "auth" ? new Uint8Array(16) : key).buffer,
    unsubscribe: async () => true,
  };
  PushManager.prototype.subscribe = async (options) => {
    given.options.applicationServerKey = options.applicationServerKey.buffer;
    sessionStorage.setItem("given", "1");
    return given;
  };
  PushManager.prototype.getSubscription = async () => (sessionStorage.getItem("given") ? given : null);
  Object.defineProperty(Notification, "permission", { get: () => "granted" });
  Notification.requestPermission = async () => "granted";
}"""


def shows(page: Page, states: str) -> None:
    """It is one of these states alone, in words."""
    shown = page.locator("[data-behaviour=device] > [data-state]:not([hidden])")
    expect(shown).to_have_count(1)
    expect(shown).to_have_attribute("data-state", re.compile(f"^({states})$"))


def test_nobody_is_asked_before_the_click(enter: Enter) -> None:
    page = enter()
    page.add_init_script("Notification.requestPermission = async () => { window.wasAsked = true; return 'default'; }")
    page.goto(page.url.split("/inbox")[0] + PAGE)
    shows(page, "off|denied")  # a browser without a screen refuses by itself
    assert not page.evaluate("window.wasAsked")
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0


def test_who_refused_is_told_where_to_allow_it(enter: Enter) -> None:
    page = enter()
    page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
    page.goto(page.url.split("/inbox")[0] + PAGE)
    expect(page.get_by_text("This browser has been told to show none from here.")).to_be_visible()


def test_where_there_is_no_https_that_is_said(enter: Enter) -> None:
    page = enter()
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', { get: () => false })")
    page.goto(page.url.split("/inbox")[0] + PAGE)
    expect(page.get_by_text("This works only where Vikno is reached by https.")).to_be_visible()


def test_without_the_makers_service_one_is_told_what_to_do(enter: Enter) -> None:
    page = enter()
    page.add_init_script(f"({GIVES})(); PushManager.prototype.subscribe = () => Promise.reject(new Error('offline'));")
    page.goto(page.url.split("/inbox")[0] + PAGE)
    page.get_by_role("button", name=SWITCH).click()
    expect(page.get_by_text("The browser could not reach the service of its maker")).to_be_visible()
    expect(page.get_by_role("button", name="Try again").first).to_be_visible()


def test_it_is_switched_on_and_taken_away(enter: Enter) -> None:
    page = enter()
    page.add_init_script(f"({GIVES})()")
    page.goto(page.url.split("/inbox")[0] + PAGE)
    page.get_by_role("button", name=SWITCH).click()
    expect(page.get_by_text("This device shows notices")).to_be_visible()
    row = page.locator("[data-device]")
    expect(row).to_have_count(1)
    expect(row.get_by_text("This device")).to_be_visible()
    worker = page.evaluate("navigator.serviceWorker.ready.then((one) => [one.active.scriptURL, one.scope])")
    root = page.url.split(PAGE)[0]
    assert worker == [f"{root}/worker.js", f"{root}/"]
    row.get_by_role("button", name="Take away").click()
    expect(row).to_have_count(0)
    expect(page.get_by_role("button", name=SWITCH)).to_be_visible()
