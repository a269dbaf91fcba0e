"""From a key to the screen on the page of search, in a real browser."""

from __future__ import annotations

import statistics

from playwright.sync_api import Browser, Page

from bench._common import percentile
from tests.servers import browser as browsers

WORDS = ("принтер не друкує", "замовлення оплата", "Шевченко доставка")
PAUSE = 350  # ms between keys: each key's answer is awaited
# A key is at the screen when the frame after the change of the results has been drawn.
WATCH = """() => {
  window.keys = []; window.shown = [];
  document.addEventListener("input", () => window.keys.push(performance.now()), true);
  new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => window.shown.push(performance.now()))))
    .observe(document.querySelector("#found"), { childList: true, subtree: true, characterData: true });
}"""


def typed(url: str, cookie: str) -> dict[str, float]:
    """Milliseconds from a key to what was found for it standing on the screen. Keys after which the same stands there
    are left out; `count` says how many were measured."""
    with browsers.running() as browser:
        took = [one for words in WORDS for one in _take(browser, url, cookie, words)]
    return {"middle": statistics.median(took), "late": percentile(took, 0.95), "count": len(took)}


def _take(browser: Browser, url: str, cookie: str, words: str) -> list[float]:
    troubles: list[str] = []
    with browsers.opened(browser, troubles, viewport={"width": 1440, "height": 900}) as page:
        page.context.add_cookies([{"name": "vikno_session", "value": cookie, "url": url}])
        page.goto(f"{url}/search")
        page.locator(".finder__input").wait_for()
        page.evaluate(WATCH)
        for key in words:  # a letter that is on no key of the layout comes as input alone
            page.keyboard.type(key)
            page.wait_for_timeout(PAUSE)
        return _took(page)


def _took(page: Page) -> list[float]:
    keys, shown = page.evaluate("[window.keys, window.shown]")
    took = []
    for at, following in zip(keys, [*keys[1:], float("inf")], strict=True):
        drawn = [one for one in shown if at < one < following]
        if drawn:
            took.append(drawn[0] - at)
    return took
