"""All there is, walked by everybody: nothing of a restricted request is found by who may not see it.

Addresses are gathered from the program itself, so none is forgotten: a new one fails here until the table says who gets
what there. Then every answer, every word of the live stream and every page of the API is searched for the words that
were said only in the restricted request (see tests/walking.py).
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from tests.databases import Databases
from tests.installation import Installation
from tests.processes.conftest import Scenes
from tests.processes.listening import Listening
from tests.walk_table import QUESTIONS, READER, SEARCHES, STRANGER, TABLE, WALKERS
from tests.walking import CLOSED, COPY, NUMBER, WORD

# Who reads the restricted request, who reads most of the rest, and who reads what is open.
FEW = (READER, "olena", "iryna")
# What is done with a letter of the ledger.
DECIDING = ("let-in", "block", "retry")


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def told(self) -> str:
        """All that one learns from an answer."""
        head = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{head}\n{self.body.decode('utf-8', 'replace')}"


class Company:
    """A running installation with the two requests, and what its people ask of it."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.scenes = Scenes(installation, "tests.walking")
        made = self.scenes.play("letters")
        self.open, self.secret, self.closed = made["open"], made["secret"], made["closed"]
        self.cookies, self.tokens = made["cookies"], made["tokens"]
        installation.start_web()

    def ask(
        self, who: str, path: str, method: str = "GET", form: dict[str, Any] | None = None, **headers: str
    ) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        cookie = {settings.SESSION_COOKIE_NAME: self.cookies[who]} if who in self.cookies else {}
        body = None
        if path.startswith("/api/"):
            cookie = {}
            sent |= {"Authorization": f"Bearer {self.tokens[who]}"} if who in self.tokens else {}
            if form is not None:
                sent["Content-Type"], body = "application/json", json.dumps(form)
        elif method == "POST":
            cookie[settings.CSRF_COOKIE_NAME] = sent["X-CSRFToken"] = "a" * 32
            sent["Content-Type"], body = "application/x-www-form-urlencoded", urlencode(form or {})
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookie.items())
        connection = http.client.HTTPConnection("127.0.0.1", self.installation.port, timeout=60)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def close(self) -> None:
        self.scenes.close()
        self.installation.close()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[Company]:
    made = Company(Installation(tmp_path_factory.mktemp("walk"), databases))
    yield made
    made.close()


def routes() -> list[str]:
    """Every address of the program, as its patterns are written."""

    def walk(patterns: Any, before: str = "") -> Iterator[str]:
        for one in patterns:
            route = before + str(one.pattern)
            if isinstance(one, URLPattern):
                yield route
            elif isinstance(one, URLResolver):
                yield from walk(one.url_patterns, route)

    return sorted(set(walk(get_resolver().url_patterns)))


WORDS = {
    "which": "1",
    "key": "all",
    "kind": "agents",
    "verb": "retry",
    "secret": "x" * 43,
    "version": "1",
    "uidb36": "1",
}


def address(route: str, ids: dict[str, Any]) -> str:
    """An address of this pattern, about these records."""
    values = dict(ids)
    kind = route.split("/")[1] if route.startswith("settings/") and "<int:word_id>" in route else ""
    if kind:
        values["word_id"] = ids["words"][kind]
    if "customer-options/" in route:
        values["option_id"] = ids["customer_option_id"]
    if "files/note/" in route:
        values["attachment_id"] = ids["note_attachment_id"]
    if "confirm-email" in route or "password" in route:
        values["key"] = "nothing"

    def put(found: re.Match[str]) -> str:
        name = found[1].rpartition(":")[2]
        return str(values.get(name, WORDS.get(name, 1)))

    plain = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route).replace("^", "").replace("$", "")
    return "/" + re.sub(r"<([^>]+)>", put, plain)


def without(text: str, path: str) -> str:
    """What an answer tells beyond the address that one asked for oneself."""
    return text.replace(path, "").replace(path.replace("/", "%2F"), "")


def planted(answer: Answer, path: str) -> set[str]:
    """What of the restricted request an answer tells, beyond the address that one asked for oneself."""
    told = answer.told()
    for asked in (path, path.replace("/", "%2F")):
        told = told.replace(asked, "")
    return {word for word in (WORD, str(NUMBER), COPY) if word in told.casefold()}


@pytest.fixture(scope="module")
def walked(company: Company, thorough: bool) -> dict[tuple[str, str], Answer]:
    """What everybody gets at every address about the restricted request, and at those about the open one beside it:
    there, if time is short, without who is told no more than the agent or is turned away."""
    about = {address(route, company.secret) for route in routes()} | set(QUESTIONS)
    about.add(f"/ledger/{company.closed['entry_id']}/raw")
    beside = {address(route, company.open) for route in routes()} - about
    before = company.scenes.play("events")
    found = {(who, path): company.ask(who, path) for path in sorted(about) for who in WALKERS}
    found |= {(who, path): company.ask(who, path) for path in sorted(beside) for who in (WALKERS if thorough else FEW)}
    assert company.scenes.play("events") == before, "a GET has written something"
    return found


def test_every_address_is_in_the_table() -> None:
    assert sorted(TABLE) == routes(), "say who gets what at a new address, and take out what is gone"


@pytest.mark.parametrize("who", WALKERS)
def test_everybody_is_answered_as_the_table_says(
    company: Company, walked: dict[tuple[str, str], Answer], who: str
) -> None:
    place = WALKERS.index(who)
    expected = {route: int(row.split()[place]) for route, row in TABLE.items()}
    assert {route: walked[who, address(route, company.secret)].status for route in TABLE} == expected


def test_the_walk_would_find_what_there_is(company: Company, walked: dict[tuple[str, str], Answer]) -> None:
    """Its reader sees the planted words at all the places where they can be."""
    ids = company.secret
    places = {
        f"/tickets/{NUMBER}", f"/tickets/{company.open['number']}", "/tags",
        f"/files/{ids['attachment_id']}", f"/files/note/{ids['note_attachment_id']}", "/inbox/mine?sort=newest",
        "/ledger", f"/ledger/{ids['entry_id']}/raw", "/outbox?state=failed", "/settings/notices",
        "/api/v1/tickets", "/api/v1/inbound",
        f"/api/v1/files/{ids['attachment_id']}", f"/api/v1/files/note/{ids['note_attachment_id']}",
        f"/api/v1/tickets/{NUMBER}/messages", f"/api/v1/dialogs/{ids['dialog_id']}", "/api/v1/events",
    }  # fmt: skip
    assert {path for path in places if not planted(walked[READER, path], path)} == set()


@pytest.mark.parametrize("who", [who for who in WALKERS if who != READER])
def test_nothing_of_the_restricted_request_is_found(
    company: Company, walked: dict[tuple[str, str], Answer], who: str
) -> None:
    told = {path: planted(answer, path) for (one, path), answer in walked.items() if one == who}
    for path in told:
        # All people of the company are known to owners.
        if path.startswith(("/api/v1/people", "/people")) and who == "olena":
            told[path] -= {COPY}
    assert {path: words for path, words in told.items() if words} == {}


@pytest.mark.parametrize("who", [who for who in WALKERS if who != "olena"])
def test_letters_of_a_closed_team_are_out_of_sight_and_out_of_reach(
    company: Company, walked: dict[tuple[str, str], Answer], who: str
) -> None:
    """Also of leads of other teams, though such a letter has no request yet. The owner sees it where it is."""
    entry = company.closed["entry_id"]
    places = {"/held", "/ledger", "/ledger?fate=held", f"/ledger/{entry}/raw", "/api/v1/inbound"}
    assert {path for path in places if CLOSED not in walked["olena", path].told()} == set()
    assert {path for (one, path), answer in walked.items() if one == who and CLOSED in answer.told()} == set()
    for verb in DECIDING:
        assert company.ask(who, f"/ledger/{entry}/{verb}", "POST").status in (302, 403, 404)
    assert company.scenes.play("held") == {"fate": "held"}


@pytest.mark.parametrize("who", ["olena", "bohdan", "iryna"])
@pytest.mark.parametrize("search", SEARCHES)
def test_a_search_does_not_betray_that_words_exist(company: Company, who: str, search: str) -> None:
    def asked(word: str) -> tuple[int, str]:
        answer = company.ask(who, search.format(word))
        text = answer.body.decode().replace(word, "…")
        return answer.status, re.sub(r"\b[A-Za-z0-9]{64}\b", "", text)  # tokens of forms differ each time

    for real, made_up in ((WORD, "zzzzz"), ("quillsubject", "zzzzzzzzzzzz"), (str(NUMBER), "9999999")):
        assert asked(real) == asked(made_up)


WRITES = [
    "tickets/<int:number>/answer", "tickets/<int:number>/change", "tickets/<int:number>/draft",
    "tickets/<int:number>/open-anyway", "tickets/<int:number>/seen", "messages/<int:message_id>/unsend",
    "deliveries/<int:delivery_id>/repeat", "deliveries/<int:delivery_id>/arrived", "outbox/<int:delivery_id>/repeat",
    "outbox/<int:delivery_id>/arrived", "outbox/<int:delivery_id>/give-up",
    "ledger/<int:entry_id>/retry", "ledger/<int:entry_id>/let-in", "ledger/<int:entry_id>/block", "undo/<int:act_id>",
    "bulk", "bulk/told", "merge", "tickets/<int:number>/apart", "messages/place",
    "tickets/<int:number>/link", "tickets/<int:number>/unlink",
    "api/v1/tickets/<int:number>/messages", "held/act", "held/senders/act", "held/undo/<int:act_id>",
    "suspected/<int:entry_id>/join", "suspected/<int:entry_id>/apart", "suspected/<int:entry_id>/hold",
    "messages/<int:message_id>/hide", "messages/<int:message_id>/show", "messages/<int:message_id>/place",
    "messages/<int:message_id>/not-thanks",
]  # fmt: skip
FORM = {"body": "x", "kind": "note", "close": "1", "ticket": NUMBER, "act": "close", "text": "x", "where": "own"}
# What the API changes of a request: words, who sees it, and whom it is given to.
PATCHED: list[dict[str, Any]] = [{"subject": "x"}, {"restricted": False}, {"agent": None}, {"tags": ["x"]}]


@pytest.mark.parametrize("who", [who for who in WALKERS if who != READER])
def test_nobody_changes_what_they_do_not_see(company: Company, who: str) -> None:
    before = company.scenes.play("events")
    for route in WRITES:
        path = address(route, company.secret)
        form = {"kind": "note", "text": "x"} if route.startswith("api/") else FORM
        form = form | {"one": f"block:{company.secret['entry_id']}"} if route == "held/act" else form
        for more in ({}, {"HX_Request": "true"}):
            answer = company.ask(who, path, "POST", form, **more)
            assert planted(answer, path) == set(), path
            assert answer.status < 500, path
    path = address("api/v1/tickets/<int:number>", company.secret)
    for changed in PATCHED:
        answer = company.ask(who, path, "PATCH", changed)
        assert planted(answer, path) == set(), changed
        assert answer.status in (401, 403, 404), changed
    assert company.scenes.play("events") == before


def test_the_stream_tells_nothing_of_it(company: Company) -> None:
    lists = ["counts", *(f"list:{key}" for key in ("mine", "unassigned", "unopened", "waiting", "open", "all"))]
    topics = ",".join([*lists, f"ticket:{NUMBER}", f"ticket:{company.open['number']}"])
    streams = {who: Listening(company.installation.port, company.cookies.get(who, ""), topics) for who in WALKERS}
    try:
        assert {who: stream.status for who, stream in streams.items() if stream.status != 200} == {
            "maria": 403, STRANGER: 401,
        }  # fmt: skip
        listening = {who: stream for who, stream in streams.items() if stream.status == 200}
        for stream in listening.values():
            stream.wait_for("hello")
        company.scenes.play("touch", NUMBER)
        company.scenes.play("breath", NUMBER, "taras", "typing")
        company.scenes.play("touch", company.open["number"])
        for stream in listening.values():  # told last, so what comes before has come
            stream.wait_for("changed", lambda data: company.open["number"] in data["tickets"])
        heard = {who for who, stream in listening.items() if any(str(NUMBER) in str(one.data) for one in stream.told)}
        assert heard == {READER}
    finally:
        for stream in streams.values():
            stream.close()
