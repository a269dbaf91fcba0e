"""The test ground's real processes: pages that answer, a browser that sees them, an end in time."""

from __future__ import annotations

import time
import urllib.request

import pytest

from tests.installation import Installation


def test_pages_answer_and_end_in_time(installation: Installation) -> None:
    web = installation.start_web()
    with urllib.request.urlopen(f"{installation.url}/healthz") as answer:
        assert answer.status == 200
    began = time.monotonic()
    assert web.stop() == 0
    assert time.monotonic() - began < 30  # 5 s are promised; a busy machine gets far more


@pytest.mark.browser
def test_a_browser_sees_the_pages(web: Installation, page) -> None:
    page.goto(web.url)
    assert page.title()


@pytest.mark.browser
def test_what_a_page_complains_of_is_noticed(page, troubles: list[str]) -> None:
    page.evaluate("console.error('something is wrong')")
    page.evaluate("setTimeout(() => { throw new Error('broken') })")
    deadline = time.monotonic() + 60
    while len(troubles) < 2 and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert [trouble.partition(":")[0] for trouble in troubles] == ["console", "script"]
    troubles.clear()
