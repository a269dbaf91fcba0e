"""Every act that a page of the inbox offers has a key, and so its place in the palette: pages and registry compared."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.desk.changes import CHANGES

pytestmark = pytest.mark.django_db

# What opens the menu that a button stands in has the key. Without one of their own: a tag's cross, which stands beside
# the field for tags; the tick of a row and its check mark, which are keys of the row; a custom field, of which there
# may be hundreds, named by the company.
MENUS = {"snooze": "snooze", "snooze_at": "snooze", "then": "send-more", "discard": "discard", "theme": "me"}
BY_THE_WAY = {"untag", "ticket", "value"}


class Controls(HTMLParser):
    """All that acts: buttons of forms and fields that save by themselves, with the form they belong to."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self.within: list[dict[str, str]] = []
        self.found: list[tuple[str, dict[str, str], dict[str, str]]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.within.append(given)
            self.forms[given.get("id", "")] = given
        if tag in ("button", "select", "input", "textarea") and given.get("type") not in ("hidden", "reset"):
            form = self.forms.get(given["form"], {}) if "form" in given else (self.within or [{}])[-1]
            self.found.append((tag, given, form))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.within:
            self.within.pop()


def _registry(page: str) -> dict[str, str]:
    return dict(re.findall(r'data-key-act="([\w-]+)" data-key-keys="([^"]+)"', page))


def _without_entry(page: str) -> set[str]:
    """Fields and buttons that change a ticket, a list or what is being written, and that no key stands for."""
    registry, controls = _registry(page), Controls()
    controls.feed(page)
    silent = set()
    for tag, given, form in controls.found:
        name = given.get("name", "")
        changes = form.get("action", "").split("?")[0].endswith(("/change", "/bulk")) or name in MENUS
        if not changes or not name or name in BY_THE_WAY or "data-without-script" in given:
            continue  # behind a combobox stands a select, which is there without a script
        if name == "close" and "data-act" not in given and given.get("form") == "bulk":
            continue
        act = given.get("data-act") or given.get("data-bulk") or MENUS.get(name, "")
        if act not in registry:
            silent.add(f"{tag} {name}={given.get('value', '')} act={act!r}")
    return silent


def test_all_that_can_be_done_to_a_ticket_has_a_key(world: World) -> None:
    seat, ticket = Seat(world.olena), world.ticket()
    address = f"/tickets/{ticket.number}"
    seat.sends(f"{address}/change", tag="till")
    pages = [seat.page(address)]
    for fields in ({"wait": "1"}, {"snooze": "tomorrow"}, {"close": "1"}, {"spam": "1"}, {"spam": ""}, {"delete": "1"}):
        seat.sends(f"{address}/change", **fields)
        pages.append(seat.page(address))
    assert [_without_entry(page) for page in pages] == [set()] * len(pages)
    assert 'name="restore"' in pages[-1]


def test_every_change_that_a_page_may_ask_for_is_named_in_the_registry(world: World) -> None:
    """What the server would do for a form: an act added there without a key fails here."""
    page = Seat(world.olena).page(f"/tickets/{world.ticket().number}")
    same: dict[str, str] = {
        "reopen": "close", "agent": "agent", "tag": "tags", "untag": "tags", "restricted": "restrict",
        "restore": "delete", "field": "subject",
    }  # fmt: skip
    assert {same.get(one, one) for one in CHANGES} - set(_registry(page)) == set()


def test_the_acts_of_lists_and_tables_have_keys(world: World) -> None:
    seat = Seat(world.olena)
    world.ticket()
    for address in ("/inbox/open", "/inbox/open?as=table"):
        assert _without_entry(seat.page(address)) == set()


def test_each_key_begins_no_other_one(world: World) -> None:
    """A key that is pressed first of two does nothing by itself: it would be done before the second comes."""
    keys = [one for keys in _registry(Seat(world.olena).page("/inbox/open")).values() for one in keys.split()]
    first = {one.split("_")[0] for one in keys if "_" in one}
    assert first & set(keys) == set()
    assert len(keys) == len(set(keys))
