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
# For five seconds, and until the places have been asked for, somebody says every moment that counts have changed.
# Answers how often they were asked for, and how many ms that took.
BUSY = """async () => {
  const channel = new BroadcastChannel("vikno-live");
  const began = performance.now();
  let asked = 0;
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (new URL(ctx.request.action, location.href).pathname === "/nav") asked += 1;
  });
  const took = () => performance.now() - began;
  while (took() < 5000 || (!asked && took() < 60000)) {
    channel.postMessage({ changed: { lists: ["counts"] } });
    await new Promise((done) => setTimeout(done, 50));
  }
  return [asked, took()];
}"""


def test_badges_are_asked_for_at_most_every_two_seconds_and_are_right_in_the_end(office: Office, enter: Enter) -> None:
    page = enter()
    times, took = page.evaluate(BUSY)
    assert 1 <= times <= took / APART + 1, (times, took)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    office.write("After the rush")
    until(page, lambda: "/nav" in asked)
