"""What stands in nobody's way: axe finds nothing on the main pages, in both themes."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Enter
from tests.browser.office import OWNER, Office, opened, settled
from tests.servers import browser as browsers
from tests.walk_table import TABLE, WALKERS

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
PAGES = ["/inbox/open", "/inbox/mine", "ticket", "/tickets/new", "/ledger", "/outbox", "/settings", "/channels",
         "/settings/notices", "/people", "/people/1", "person", "/organisations", "/views", "/views/new",
         "/inbox/open?as=table"]  # fmt: skip


COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"]}


def violations(page: Any, rules: dict[str, list[str]] = RULES) -> list[str]:
    """What axe objects to, a line for each kind with the first places."""
    settled(page)
    found = Axe().run(page, options=rules).response["violations"]
    return [f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found]


def in_the_dark(page: Any) -> list[str]:
    """The same page in the other theme, which is one of colours alone: of the rules those that look at these."""
    page.emulate_media(color_scheme="dark")
    found = violations(page, COLOURS)
    page.emulate_media(color_scheme="light")
    return [f"in the dark: {one}" for one in found]


def _of_a_firm(office: Office, subject: str) -> int:
    """Who wrote this, now in an organisation: that is named, and linked, at the request and on their page."""
    ask = office.installation.ask
    [(person,)] = ask(f"SELECT requester_id FROM tickets_ticket WHERE subject = '{subject}'")
    ask("INSERT INTO people_organisation (name, sort_key, created_at) VALUES ('Firm', 'firm', CURRENT_TIMESTAMP)")
    ask(f"UPDATE people_person SET organisation_id = (SELECT MAX(id) FROM people_organisation) WHERE id = {person}")
    return int(person)


def _pages() -> list[str]:
    """All pages of the desk that an owner opens by an address of their own."""
    at = WALKERS.index("olena")
    elsewhere = ("api/", "account/", "healthz", "readyz", "metrics", "live", "setup")
    return [
        f"/{route}"
        for route, row in TABLE.items()
        if row.split()[at] == "200" and "<" not in route and "^" not in route and not route.startswith(elsewhere)
    ]


def test_axe_finds_nothing_on_the_pages_of_the_desk(office: Office, enter: Enter, thorough: bool) -> None:
    """On the main ones; where there is time on all, and in the dark too."""
    subject = "Seen by axe"
    office.write(subject, html="<p>One <a href='https://shop.example'>link</a></p>", files={"a.txt": b"a"})
    page = enter(color_scheme="light")
    opened(page, subject)
    known = {"ticket": page.url.removeprefix(office.url), "person": f"/people/{_of_a_firm(office, subject)}"}
    found, seen = {}, list[str]()
    for path in [*PAGES, *(path for path in _pages() if thorough and path not in PAGES)]:
        if path not in PAGES and 'id="nav"' not in page.request.get(office.url + path).text():
            continue  # a part of a page
        page.goto(office.url + known.get(path, path))
        page.locator("#nav").wait_for()
        if path == "ticket":
            page.locator(".composer .ProseMirror").wait_for()
        seen.append(path)
        if objections := [*violations(page), *(in_the_dark(page) if thorough else [])]:
            found[path] = objections
    assert found == {}
    assert len(seen) > (25 if thorough else 15), seen


def test_axe_finds_nothing_where_one_signs_in(office: Office, browser: Any, troubles: list[str]) -> None:
    with browsers.opened(browser, troubles, color_scheme="light") as page:
        page.goto(f"{office.url}/account/login/")
        page.get_by_label("Password").wait_for()
        assert [*violations(page), *in_the_dark(page)] == []


def test_open_menus_and_dialogs_are_as_clean(office: Office, enter: Enter) -> None:
    office.write("Menus for axe")
    page = enter(OWNER)
    opened(page, "Menus for axe")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem").first.wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator(".thread__subject").click()
    page.keyboard.press("Control+k")
    page.locator("#palette").wait_for()
    assert violations(page) == []
