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
from tests.walking import CLOSED, COPY, NUMBER, WORD

READER, STRANGER = "taras", "stranger"
# Who walks: the one who reads the request; the owner; the lead of another team; an agent and an observer of the open
# team; a customer with a login who is no agent; and who is not signed in.
WALKERS = ("taras", "olena", "bohdan", "iryna", "sofia", "maria", STRANGER)

# What a GET answers with the ids of the restricted request, in the order of WALKERS.
EVERYBODY = "200 200 200 200 200 200 200"
NOBODY = "302 302 302 302 302 302 302"  # leads elsewhere, to a part of signing in that comes before
SIGNED_IN = "200 200 200 200 200 200 302"
NOT_BY_GET = "405 405 405 405 405 405 405"
NOT_BY_GET_BEFORE_ALL = "405 405 405 405 405 405 302"
DESK = "200 200 200 200 200 403 302"
LEADS = "200 200 200 403 403 403 302"
OWNER = "403 200 403 403 403 403 302"
READERS = "200 404 404 404 404 403 302"
API, API_READERS, API_LEADS = (
    "200 200 200 200 200 403 401",
    "200 404 404 404 404 403 401",
    "200 200 200 403 403 403 401",
)
MISSING = "404 404 404 404 404 404 404"
USED_UP = "410 410 410 410 410 410 410"
TABLE = {
    "": "302 302 302 302 302 403 302",
    r"account/^confirm-email/(?P<key>[-:\w]+)/$": EVERYBODY,
    "account/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": EVERYBODY,
    "account/confirm-email/": EVERYBODY,
    "account/email/": SIGNED_IN,
    "account/inactive/": EVERYBODY,
    "account/login/": "302 302 302 302 302 302 200",
    "account/login/code/confirm/": NOBODY,
    "account/logout/": SIGNED_IN,
    "account/password/change/": SIGNED_IN,
    "account/password/reset/": EVERYBODY,
    "account/password/reset/done/": EVERYBODY,
    "account/password/reset/key/done/": EVERYBODY,
    "account/password/set/": NOBODY,
    "account/profile/": SIGNED_IN,
    "account/reauthenticate/": SIGNED_IN,
    "account/security/": SIGNED_IN,
    "account/sessions/": SIGNED_IN,
    "account/sessions/<int:session_id>/end/": NOT_BY_GET_BEFORE_ALL,
    "account/sessions/end-others/": NOT_BY_GET_BEFORE_ALL,
    "account/signup/": "302 302 302 302 302 302 200",  # it says that one needs an invitation
    "account/tokens/": "200 200 200 200 200 403 302",
    "account/tokens/<int:token_id>/revoke/": NOT_BY_GET_BEFORE_ALL,
    "account/tokens/make/": NOT_BY_GET_BEFORE_ALL,
    "account/two-factor/": SIGNED_IN,
    "account/two-factor/authenticate/": NOBODY,
    "account/two-factor/reauthenticate/": NOBODY,
    "account/two-factor/recovery-codes/": "404 404 404 404 404 404 302",
    "account/two-factor/recovery-codes/download/": "404 404 404 404 404 404 302",
    "account/two-factor/recovery-codes/generate/": NOBODY,
    "account/two-factor/totp/activate/": NOBODY,
    "account/two-factor/totp/deactivate/": "404 404 404 404 404 404 302",
    "account/two-factor/webauthn/": SIGNED_IN,
    "account/two-factor/webauthn/add/": NOBODY,
    "account/two-factor/webauthn/keys/<int:pk>/edit/": NOBODY,
    "account/two-factor/webauthn/keys/<int:pk>/remove/": NOBODY,
    "account/two-factor/webauthn/login/": NOBODY,
    "account/two-factor/webauthn/reauthenticate/": NOBODY,
    "api/v1/": MISSING,
    "api/v1/deliveries": API,
    "api/v1/dialogs/<int:dialog_id>": API,  # its other request is open to them
    "api/v1/events": API,
    "api/v1/inbound": API_LEADS,
    "api/v1/openapi.json": EVERYBODY,
    "api/v1/organisations": API,
    "api/v1/people": API,
    "api/v1/people/<int:person_id>": API,
    "api/v1/statuses": API,
    "api/v1/teams": API,
    "api/v1/tickets": API,
    "api/v1/tickets/<int:number>": API_READERS,
    "api/v1/tickets/<int:number>/messages": API_READERS,
    "bulk": NOT_BY_GET,
    "channels": DESK,
    "channels/<int:channel_id>": OWNER,
    "channels/<int:channel_id>/<str:verb>": NOT_BY_GET,
    "channels/<int:channel_id>/test": OWNER,
    "channels/new": OWNER,
    "deliveries/<int:delivery_id>/repeat": NOT_BY_GET,
    "design": DESK,
    "enter/<str:secret>/": USED_UP,
    "files/<int:attachment_id>": READERS,
    "files/draft/<int:file_id>": "200 404 404 404 404 403 302",  # its author
    "files/note/<int:attachment_id>": READERS,
    "icons/<str:version>.svg": EVERYBODY,
    "inbox/<str:key>": DESK,
    "invitation/<str:secret>/": USED_UP,
    "ledger": LEADS,
    "ledger/<int:entry_id>/<str:verb>": NOT_BY_GET,
    "ledger/<int:entry_id>/raw": "200 404 404 403 403 403 302",
    "messages/<int:message_id>/letter": READERS,
    "messages/<int:message_id>/not-thanks": NOT_BY_GET,
    "messages/<int:message_id>/unsend": NOT_BY_GET,
    "metrics": EVERYBODY,  # of this machine and its private network
    "nav": DESK,
    "outbox": LEADS,
    "outbox/<int:delivery_id>/<str:verb>": NOT_BY_GET,
    "people/<int:person_id>/erase": OWNER,
    "readyz": EVERYBODY,
    "search": DESK,
    "search/complete": DESK,
    "search/quick": DESK,
    "search/recent": NOT_BY_GET,
    "settings": DESK,
    "settings/keeping": OWNER,
    "settings/sessions/<int:session_id>/end": NOT_BY_GET,
    "settings/theme": NOT_BY_GET,
    "staff": LEADS,
    "staff/<int:agent_id>": LEADS,
    "staff/<int:agent_id>/<str:verb>": NOT_BY_GET,
    "staff/invitations/<int:invitation_id>/withdraw": NOT_BY_GET,
    "staff/invite": NOT_BY_GET,
    "tags": DESK,
    "teams": LEADS,
    "teams/<int:team_id>": "200 200 403 403 403 403 302",  # the owner, and its own lead
    "teams/<int:team_id>/<str:verb>": NOT_BY_GET,
    "tickets/<int:number>": READERS,
    "tickets/<int:number>/answer": NOT_BY_GET,
    "tickets/<int:number>/change": NOT_BY_GET,
    "tickets/<int:number>/draft": NOT_BY_GET,
    "tickets/<int:number>/open-anyway": NOT_BY_GET,
    "tickets/<int:number>/seen": NOT_BY_GET,
    "tickets/new": "200 200 200 200 403 403 302",
    "undo/<int:act_id>": NOT_BY_GET,
    "undone": OWNER,
    "undone/events/<int:parked_id>": NOT_BY_GET,
    "undone/jobs/<int:job_id>": NOT_BY_GET,
    "welcome/": NOBODY,  # everything is set up
    "welcome/<str:secret>/": NOBODY,
    "welcome/next": OWNER,
}
# Addresses with questions, which patterns do not name.
QUESTIONS = [
    *(f"/inbox/{key}" for key in ("mine", "unassigned", "unopened", "waiting", "open")),
    *(f"/inbox/all?sort={sort}" for sort in ("newest", "waiting", "due")),
    "/inbox/mine?sort=newest",
    *(f"/ledger?fate={fate}" for fate in ("waiting", "held", "suspected", "failed", "refused", "bounce", "duplicate")),
    *(f"/outbox?state={state}" for state in ("doubtful", "failed", "sent", "cancelled")),
    "/api/v1/deliveries?state=refused", "/api/v1/inbound?fate=reply", "/api/v1/events?limit=200",
    "/api/v1/tickets?limit=200", "/api/v1/people?q=hero"]  # fmt: skip
# Where one asks by words. Whether they are those of the restricted request or nobody's, the answer is the same.
SEARCHES = [
    "/search?q={}", "/search?q={}&t=1", "/search?q=tag%3A{}", "/search?q=from%3A{}", "/search/quick?q={}",
    "/search/complete?q=tag%3A{}", "/ledger?q={}", "/api/v1/tickets?q={}"]  # fmt: skip
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
        connection = http.client.HTTPConnection("127.0.0.1", self.installation.port, timeout=30)
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


WORDS = {"key": "all", "verb": "retry", "secret": "x" * 43, "version": "1", "uidb36": "1"}


def address(route: str, ids: dict[str, Any]) -> str:
    """An address of this pattern, about these records."""
    values = dict(ids)
    if route.startswith("files/note/"):
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
def walked(company: Company) -> dict[tuple[str, str], Answer]:
    """What everybody gets at every address about the restricted request, and about the open one beside it."""
    about = {address(route, ids) for route in routes() for ids in (company.secret, company.open)}
    about.add(f"/ledger/{company.closed['entry_id']}/raw")
    before = company.scenes.play("events")
    found = {(who, path): company.ask(who, path) for path in sorted(about | set(QUESTIONS)) for who in WALKERS}
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
        "/ledger", f"/ledger/{ids['entry_id']}/raw", "/outbox?state=failed", "/api/v1/tickets", "/api/v1/inbound",
        f"/api/v1/tickets/{NUMBER}/messages", f"/api/v1/dialogs/{ids['dialog_id']}", "/api/v1/events",
    }  # fmt: skip
    assert {path for path in places if not planted(walked[READER, path], path)} == set()


@pytest.mark.parametrize("who", [who for who in WALKERS if who != READER])
def test_nothing_of_the_restricted_request_is_found(
    company: Company, walked: dict[tuple[str, str], Answer], who: str
) -> None:
    told = {path: planted(answer, path) for (one, path), answer in walked.items() if one == who}
    for path in told:
        # The company's people are known to all agents, and who takes part in a dialog to all who may write there.
        if path.startswith("/api/v1/people") or path == f"/tickets/{company.open['number']}":
            told[path] -= {COPY}
    assert {path: words for path, words in told.items() if words} == {}


@pytest.mark.parametrize("who", [who for who in WALKERS if who != "olena"])
def test_letters_of_a_closed_team_are_out_of_sight_and_out_of_reach(
    company: Company, walked: dict[tuple[str, str], Answer], who: str
) -> None:
    """Also of leads of other teams, though such a letter has no request yet. The owner sees it where it is."""
    entry = company.closed["entry_id"]
    places = {"/ledger", "/ledger?fate=held", f"/ledger/{entry}/raw", "/api/v1/inbound"}
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
    "deliveries/<int:delivery_id>/repeat", "outbox/<int:delivery_id>/repeat", "outbox/<int:delivery_id>/give-up",
    "ledger/<int:entry_id>/retry", "ledger/<int:entry_id>/let-in", "ledger/<int:entry_id>/block", "undo/<int:act_id>",
    "bulk", "api/v1/tickets/<int:number>/messages",
]  # fmt: skip
FORM = {"body": "x", "kind": "note", "close": "1", "ticket": NUMBER, "act": "close", "text": "x"}


@pytest.mark.parametrize("who", [who for who in WALKERS if who != READER])
def test_nobody_changes_what_they_do_not_see(company: Company, who: str) -> None:
    before = company.scenes.play("events")
    for route in WRITES:
        path = address(route, company.secret)
        form = {"kind": "note", "text": "x"} if route.startswith("api/") else FORM
        for more in ({}, {"HX_Request": "true"}):
            answer = company.ask(who, path, "POST", form, **more)
            assert planted(answer, path) == set(), path
            assert answer.status < 500, path
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
