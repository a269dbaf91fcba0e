"""What has to be done by the program itself, in a process of its own: sessions, a page taken apart for its floor."""

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path
from typing import Any

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402 - Django comes first
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.template import engines  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import translation  # noqa: E402
from jinja2 import Template  # noqa: E402
from markupsafe import Markup  # noqa: E402

from vikno.accounts.models import User  # noqa: E402
from vikno.tickets.models import Link, Ticket  # noqa: E402

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def session_of(user: Any) -> str:
    """A session of somebody, as signing in makes it."""
    store = SessionStore()
    store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.pk), BACKEND
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def session() -> dict[str, str]:
    """A session of the owner."""
    return {"cookie": session_of(User.objects.order_by("id")[0])}


def places() -> dict[str, Any]:
    """A session, and the addresses of a list of 50 and of a ticket with 30 messages and more before them."""
    linked = Link.objects.filter(ended_act=None).values("ticket").annotate(said=Count("id"))
    long = linked.filter(said__gte=31).order_by("said", "ticket").values_list("ticket", flat=True)[0]
    number = Ticket.objects.values_list("number", flat=True).get(id=long)
    # As it stands after a click in the list: the ticket alone, and as it stands after a reload: with the list beside.
    return session() | {"list": "/inbox/open", "ticket": f"/tickets/{number}?list=open"}


def jinja2() -> Any:
    """The engine of pages; Django's type of it knows no environment."""
    return engines["jinja2"]


class Taken:
    """One page taken apart: its SQL with parameters, its template with context, what its helpers answered."""

    def __init__(self) -> None:
        self.sql: list[tuple[str, Any]] = []
        self.name = ""
        self.context: dict[str, Any] = {}
        self.helped: dict[str, dict[Any, Any]] = {}

    def execute(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.sql.append((sql, _bare(params)))
        return execute(sql, params, many, context)


def take_apart(path: str, cookie: str) -> Taken:
    taken = Taken()
    client = Client(headers={"host": "localhost", "accept-language": "uk"})
    client.cookies["vikno_session"] = cookie
    for _ in range(2):  # what is looked up once a process is not the page's
        assert client.get(path).status_code == 200, path
    render, env = Template.render, jinja2().env
    helpers = {name: what for name, what in env.globals.items() if callable(what) and name in HELPERS}

    def watched(self: Template, *args: Any, **kwargs: Any) -> str:
        taken.name, taken.context = self.name or "", dict(*args, **kwargs)
        return render(self, *args, **kwargs)

    def told(name: str) -> Any:
        def helper(*args: Any, **kwargs: Any) -> Any:
            answer = helpers[name](*args, **kwargs)
            taken.helped.setdefault(name, {})[args] = answer
            return answer

        return helper

    def drawn(name: str, *values: Any) -> Any:  # nothing is kept, so that helpers are asked
        return env.get_template(name).make_module().part(*values)

    Template.render = watched  # type: ignore[method-assign]
    instead = {name: told(name) for name in helpers} | {"part": drawn}
    env.globals.update(instead)
    for template in env.cache.values():
        template.globals.update(instead)
    with connection.execute_wrapper(taken.execute):
        body = client.get(path).content
    Template.render = render  # type: ignore[method-assign]
    taken.context = _plain(taken.context)
    taken.helped = _plain(taken.helped)
    taken.context |= {"csrf_token": "x" * 64, "request": {"LANGUAGE_CODE": translation.get_language()}}
    taken.length = len(body)  # type: ignore[attr-defined]
    return taken


HELPERS = ("static", "url", "icon", "htmx_script", "language")


def _plain(value: Any) -> Any:
    """Only what a bare template needs: plain values."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items() if key not in ("request", "timeline", "messages")}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, tuple):
        return tuple(_plain(one) for one in value)
    if hasattr(value, "__html__"):
        return Markup(value.__html__())
    return value if value is None or type(value) in (int, float, bool) else str(value)


def _bare(params: Any) -> Any:
    """Parameters without Django's own types, for the bare driver."""
    return [str(one) if isinstance(one, str) else one for one in params or ()]


def capture(target: str) -> dict[str, Any]:
    """Both pages taken apart, pickled into a file; answers a session, the addresses and how many queries each has."""
    found = places()
    pages = {name: vars(take_apart(found[name], found["cookie"])) for name in ("list", "ticket")}
    env = jinja2().env
    database = connection.settings_dict
    Path(target).write_bytes(
        pickle.dumps({
            "vendor": connection.vendor, "database": str(database["NAME"]),
            "connection": connection.get_connection_params() if connection.vendor == "postgresql" else {},
            "folders": [str(folder) for folder in env.loader.searchpath], "pages": pages,
            "locale": [str(folder) for folder in _locale()],
        })
    )  # fmt: skip
    return found | {"queries": {name: len(page["sql"]) for name, page in pages.items()}}


def statements(cookie: str, *paths: str) -> dict[str, int]:
    """How many statements each of these pages takes, once all that is looked up once a process was."""
    client = Client(headers={"host": "localhost", "accept-language": "uk"})
    client.cookies["vikno_session"] = cookie
    found = {}
    for path in paths:
        for _ in range(2):
            with CaptureQueriesContext(connection) as seen:
                answer = client.get(path)
            assert answer.status_code == 200, (path, answer.status_code)
        found[path] = len(seen)
    return found


def _locale() -> Any:
    from django.conf import settings

    return settings.LOCALE_PATHS


def settled(count: str, patience: str) -> dict[str, float]:
    """Wait until so many entries of the ledger have their fate, at most so many seconds; answers how many, and when."""
    import time

    from vikno.intake.models import Inbound

    deadline = time.monotonic() + float(patience)
    while (done := Inbound.objects.filter(state="done").count()) < int(count) and time.monotonic() < deadline:
        time.sleep(0.02)
    return {"done": done, "at": time.time()}


def no_flood() -> dict[str, int]:
    """Let one sender write as many letters as the measurement sends."""
    from vikno.dialogs.models import Channel

    for channel in Channel.objects.all():
        channel.settings = channel.settings | {"flood_letters": 10_000_000, "flood_domain_letters": 10_000_000}
        channel.save(update_fields=["settings"])
    return {}


if __name__ == "__main__":
    translation.activate("uk")
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
