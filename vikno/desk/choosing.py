"""Colleagues and teams to choose from. While they are few, a page has them all. Of many it has those that are likely;
the others are fetched once a field is touched (`views/choosing.py`, `choices.js`), and without a script the page is
drawn again with all of them. A form that is filled in asks for it by a button behind its own, and keeps what it has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from vikno.desk.face import Desk, DeskRequest
from vikno.tickets.directory import MANY, directory

BUTTON = "#choose-from-all"  # of a form, on its page
LIKELY = 20  # colleagues at most that stand on a page because they are in a team that is near
Rows = list[tuple[Any, str]]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a field offers: see the macro `combobox`."""

    kind: str  # "agent" or "team": of what the last choices are remembered
    rows: Rows
    addresses: Mapping[int, str] = field(default_factory=dict)
    me: int | None = None
    rest_url: str = ""  # where all of them are, if the page has some
    all_url: str = ""  # this page with all of them, or the button of the form for that, for who has no script

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        return iter(self.rows)


def agents(
    request: DeskRequest, *ahead: tuple[Any, str], chosen: Any = "", near: Iterable[int] = (), form: bool = False
) -> Offer:
    """Colleagues who can be responsible. `ahead`: what stands before them; `chosen`: who stands there in any case;
    `near`: teams whose members are likely, besides those of the viewer's own teams; `form`: it is a part of a form that
    has the button of the macro `choose_from_all`."""
    members, me = directory().members, request.desk.agent.id
    likely = [pk for team in (*near, *sorted(request.desk.viewer.teams)) for pk in members.get(team, ())]
    return _offer(request, "agents", ahead, {str(chosen), str(me), *map(str, likely[:LIKELY])}, form)


def teams(
    request: DeskRequest, *ahead: tuple[Any, str], chosen: Any = "", read: bool = False, form: bool = False
) -> Offer:
    """Teams that a request can be handed to. `read`: those alone whose requests the viewer reads; `form` as above."""
    kind = "read-teams" if read else "teams"
    return _offer(request, kind, ahead, {str(chosen), *map(str, request.desk.viewer.teams)}, form)


def everything(desk: Desk, kind: str) -> Rows | None:
    """All that this viewer can choose of a kind; None for a kind that there is not."""
    words, viewer = directory(), desk.viewer
    if kind == "read-teams":
        return [one for one in words.teams if viewer.sees_all_teams or one[0] in viewer.readable]
    return {"agents": [*words.agents], "teams": [*words.teams]}.get(kind)


def addresses(kind: str) -> Mapping[int, str]:
    """By which one is found too."""
    return directory().addresses if kind == "agents" else {}


def version(desk: Desk, kind: str, rows: Rows) -> str:
    """A mark of all of them, for an address that a browser may keep; nobody else's browser has the same."""
    said = [desk.agent.id, kind, rows, sorted(addresses(kind).items())]
    return blake2b(repr(said).encode(), digest_size=8).hexdigest()


def _offer(request: DeskRequest, kind: str, ahead: tuple[tuple[Any, str], ...], wanted: set[str], form: bool) -> Offer:
    rows = everything(request.desk, kind) or []
    name, me = ("agent", request.desk.agent.id) if kind == "agents" else ("team", None)
    again = not request.htmx and (request.method == "POST" or request.GET.get("choices") == "all")
    if len(rows) <= MANY or again:
        return Offer(name, [*ahead, *rows], addresses(kind), me)
    some = [one for one in rows if str(one[0]) in wanted]
    query = urlencode({"v": version(request.desk, kind, rows)})
    everyone = BUTTON if form else f"?{urlencode([*_asked(request), ('choices', 'all')])}"
    return Offer(
        name, [*ahead, *some], addresses(kind), me, f"{reverse('desk:choices', args=[kind])}?{query}",
        "" if request.htmx else everyone,
    )  # fmt: skip


def _asked(request: DeskRequest) -> list[tuple[str, str]]:
    return [(name, value) for name, values in request.GET.lists() for value in values if name != "choices"]
