"""What stands in nobody's way: axe finds nothing on the main pages, in both themes."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Enter
from tests.browser.office import OWNER, Office, opened
from tests.servers import browser as browsers
from tests.walk_table import TABLE, WALKERS

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
PAGES = ["/inbox/open", "/inbox/mine", "ticket", "/tickets/new", "/ledger", "/outbox", "/settings", "/channels",
         "/settings/notices", "/people", "/people/1", "person", "/organisations", "/views", "/views/new",
         "/inbox/open?as=table"]  # fmt: skip


def violations(page: Any) -> list[str]:
    """What axe objects to, a line for each kind with the first places."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found]


def _of_a_firm(office: Office, subject: str) -> int:
    """Who wrote this, now in an organisation: that is named, and linked, at the request and on their page."""
    ask = office.installation.ask
    [(person,)] = ask(f"SELECT requester_id FROM tickets_ticket WHERE subject = '{subject}'")
    ask("INSERT INTO people_organisation (name, sort_key, created_at) VALUES ('Firm', 'firm', CURRENT_TIMESTAMP)")
    ask(f"UPDATE people_person SET organisation_id = (SELECT MAX(id) FROM people_organisation) WHERE id = {person}")
    return int(person)


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_axe_finds_nothing_on_the_pages_of_the_desk(office: Office, enter: Enter, theme: str) -> None:
    subject = f"Seen by axe in {theme}"
    office.write(subject, html="<p>One <a href='https://shop.example'>link</a></p>", files={"a.txt": b"a"})
    page = enter(color_scheme=theme)
    opened(page, subject)
    known = {"ticket": page.url.removeprefix(office.url), "person": f"/people/{_of_a_firm(office, subject)}"}
    found = {}
    for path in PAGES:
        page.goto(office.url + known.get(path, path))
        page.locator("#nav").wait_for()
        if path == "ticket":
            page.locator(".composer .ProseMirror").wait_for()
        if objections := violations(page):
            found[path] = objections
    assert found == {}


def _pages() -> list[str]:
    """All pages of the desk that an owner opens by an address of their own."""
    at = WALKERS.index("olena")
    elsewhere = ("api/", "account/", "healthz", "readyz", "metrics", "live", "setup")
    return [
        f"/{route}"
        for route, row in TABLE.items()
        if row.split()[at] == "200" and "<" not in route and "^" not in route and not route.startswith(elsewhere)
    ]


@pytest.mark.long
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(office: Office, enter: Enter, theme: str) -> None:
    office.write(f"A page for axe in {theme}")
    page = enter(color_scheme=theme)
    found, seen = {}, list[str]()
    for path in _pages():
        if 'id="nav"' not in page.request.get(office.url + path).text():
            continue  # a part of a page
        page.goto(office.url + path)
        seen.append(path)
        if objections := violations(page):
            found[path] = objections
    assert found == {}
    assert len(seen) > 25, seen


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_where_one_signs_in(office: Office, browser: Any, troubles: list[str], theme: str) -> None:
    with browsers.opened(browser, troubles, color_scheme=theme) as page:
        page.goto(f"{office.url}/account/login/")
        page.get_by_label("Password").wait_for()
        assert violations(page) == []


def test_open_menus_and_dialogs_are_as_clean(office: Office, enter: Enter) -> None:
    office.write("Menus for axe")
    page = enter(OWNER)
    opened(page, "Menus for axe")
    page.get_by_role("button", name="More", exact=True).click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator(".thread__subject").click()
    page.keyboard.press("Control+k")
    page.locator("#palette").wait_for()
    assert violations(page) == []
