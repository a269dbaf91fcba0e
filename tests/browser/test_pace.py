"""What goes on changing is asked for again and again, but not so often that many open desks drown the server."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.browser.office import Office, until

if TYPE_CHECKING:
    from tests.browser.conftest import Enter

pytestmark = pytest.mark.browser
APART = 2000  # ms between two questions for badges
# For five seconds somebody says every moment that counts have changed.
BUSY = """async () => {
  const channel = new BroadcastChannel("vikno-live");
  const began = performance.now();
  while (performance.now() - began < 5000) {
    channel.postMessage({ changed: { lists: ["counts"] } });
    await new Promise((done) => setTimeout(done, 50));
  }
}"""
# Milliseconds from each question for the places to the next one, as the browser has sent them.
GAPS = """() => {
  const all = performance.getEntriesByType("resource").filter(({ name }) => new URL(name).pathname === "/nav");
  const times = all.map(({ startTime }) => startTime).sort((one, other) => one - other);
  return times.slice(1).map((at, index) => at - times[index]);
}"""


def test_badges_are_asked_for_at_most_every_two_seconds_and_are_right_in_the_end(office: Office, enter: Enter) -> None:
    page = enter()
    page.evaluate(BUSY)
    until(page, lambda: bool(page.evaluate(GAPS)))
    gaps = page.evaluate(GAPS)
    assert min(gaps) > APART / 2, gaps  # from when each began: a busy browser sends one later than another
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    office.write("After the rush")
    until(page, lambda: "/nav" in asked)
