"""The company's own words: teams, agents, statuses, priorities, types, categories, channels. They are few, change
seldom and stand on every page, so each process keeps them for some seconds. Rights are never read from here.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from vikno.dialogs.models import Channel
from vikno.people.models import CustomField, CustomOption
from vikno.staff.models import Agent, Membership, Team
from vikno.tickets.models import Category, Field, FieldOption, Priority, SavedView, Status, TicketType

SECONDS = 5.0  # what another process changed is seen here after so long; what this one changed, at once (`forget`)
MANY = 50  # colleagues, or teams: more are not all shown to choose from
Choices = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Directory:
    """Names by id, archived ones included; and what can be chosen, in its order."""

    names: dict[str, dict[int, str]]
    teams: Choices
    zones: dict[int, str]  # of teams that have one of their own
    agents: Choices
    addresses: dict[int, str]  # of agents: what they sign in with
    members: dict[int, list[int]]  # of teams, where agents are too many to be shown at once; for what is likely alone
    statuses: Choices
    stages: dict[int, str]  # of statuses
    priorities: Choices
    steps: dict[int, int]  # priority → how many steps it stands above the ordinary one; below it, less than nought
    types: Choices
    categories: Choices
    parents: dict[int, int | None]  # of categories
    fields: tuple[Field, ...]  # custom ones in their order, those out of use too
    options: dict[int, Choices]  # field → what can be chosen, of a tree each with those below it
    customer_fields: tuple[CustomField, ...]  # those of persons and organisations in their order, out of use too
    customer_options: dict[int, Choices]
    defaults: dict[str, Status]  # of each stage, the status it begins with
    ordinary: Priority | None  # rank 0, or the nearest there is
    channels: dict[int, tuple[str, str]]  # id → (name, kind)
    channels_in_use: frozenset[int]
    views: list[tuple[int, str, str, int | None, int]]  # id, name, audience, team, agent; who has which is asked anew
    troubled: tuple[str, ...]  # names of channels that report trouble
    askers: dict[int, bool]  # person → whether they asked for anything themselves; filled as pages want to know
    read_at: float


_kept: Directory | None = None
Row = TypeVar("Row", Category, FieldOption)


def directory() -> Directory:
    """The words as they were at most `SECONDS` ago: eleven queries at most, or none."""
    global _kept
    kept = _kept
    if kept is None or time.monotonic() - kept.read_at > SECONDS:
        kept = _kept = _read()
    return kept


def forget() -> None:
    """Read them anew next time. Called after this process changed one of them, and by tests."""
    global _kept
    _kept = None


def _read() -> Directory:
    teams = list(Team.objects.order_by("sort_key").values_list("id", "name", "archived_at", "zone"))
    agents = list(
        Agent.objects.order_by("person__sort_key").values_list(
            "id", "person__name", "active", "role", "person__user__email"
        )
    )
    statuses = list(Status.objects.order_by("position", "id"))
    priorities = list(Priority.objects.order_by("-rank"))
    usable = [one for one in statuses if one.archived_at is None]
    types = list(TicketType.objects.order_by("position", "id").values_list("id", "name", "archived_at"))
    categories = list(Category.objects.order_by("position", "id"))
    channels = list(Channel.objects.values_list("id", "name", "kind", "active", "health"))
    fields = tuple(Field.objects.order_by("position", "id"))
    options = list(FieldOption.objects.order_by("position", "id")) if fields else []
    values = _paths({one.id: (one.parent_id, one.name) for one in options})
    of_customers = tuple(CustomField.objects.order_by("position", "id"))
    chosen = list(CustomOption.objects.order_by("position", "id")) if of_customers else []
    paths = _paths({one.id: (one.parent_id, one.name) for one in categories})
    return Directory(
        names={
            "team": {row[0]: row[1] for row in teams},
            "agent": {row[0]: row[1] for row in agents},
            "status": {one.id: one.name for one in statuses},
            "priority": {one.id: one.name for one in priorities},
            "type": {row[0]: row[1] for row in types},
            "category": paths,
            "option": values,
            "customer_field": {one.id: one.name for one in of_customers},
            "customer_option": {one.id: one.name for one in chosen},
        },
        teams=[(row[0], row[1]) for row in teams if row[2] is None],
        zones={row[0]: row[3] for row in teams if row[3]},
        agents=[(pk, name) for pk, name, active, role, _at in agents if active and role != Agent.Role.OBSERVER],
        addresses={row[0]: row[4] or "" for row in agents},
        members=_members() if len(agents) > MANY else {},
        statuses=[(one.id, one.name) for one in usable],
        stages={one.id: one.stage for one in statuses},
        priorities=[(one.id, one.name) for one in priorities if one.archived_at is None],
        defaults=beginnings(usable),
        ordinary=min(
            (one for one in priorities if one.archived_at is None), key=lambda one: abs(one.rank), default=None
        ),
        steps=_steps(priorities),
        types=[(row[0], row[1]) for row in types if row[2] is None],
        categories=[(one.id, paths[one.id]) for one, _depth in tree(categories)],
        parents={one.id: one.parent_id for one in categories},
        fields=fields,
        options={field.id: _choices(values, [row for row in options if row.field_id == field.id]) for field in fields},
        customer_fields=of_customers,
        customer_options=_offered(of_customers, chosen),
        channels={row[0]: (row[1], row[2]) for row in channels},
        views=_views(),
        channels_in_use=frozenset(row[0] for row in channels if row[3]),
        troubled=tuple(name for _pk, name, _kind, active, health in channels if active and _has_trouble(health)),
        askers={},
        read_at=time.monotonic(),
    )


def _members() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    rows = Membership.objects.filter(agent__active=True).order_by("agent__person__sort_key")
    for team, agent in rows.values_list("team_id", "agent_id"):
        found.setdefault(team, []).append(agent)
    return found


def _steps(priorities: list[Priority]) -> dict[int, int]:
    """Ranks leave room between them for others: what counts is the order. `priorities`: the most urgent first."""
    ordinary = min(range(len(priorities)), key=lambda at: abs(priorities[at].rank), default=0)
    return {one.id: ordinary - at for at, one in enumerate(priorities)}


def beginnings(statuses: Iterable[Status]) -> dict[str, Status]:
    """Of each stage the status that is marked; without a marked one, the first in order."""
    found: dict[str, Status] = {}
    for one in statuses:
        if one.default or one.stage not in found:
            found[one.stage] = one
    return found


def _views() -> list[tuple[int, str, str, int | None, int]]:
    found = SavedView.objects.filter(deleted_at=None).order_by("team_id", "position", "id")
    return list(found.values_list("id", "name", "audience", "team_id", "agent_id"))


def _offered(fields: Iterable[CustomField], options: Iterable[CustomOption]) -> dict[int, Choices]:
    found: dict[int, Choices] = {one.id: [] for one in fields}
    for row in options:
        if row.archived_at is None:
            found[row.field_id].append((row.id, row.name))
    return found


def _choices(paths: dict[int, str], options: list[FieldOption]) -> Choices:
    return [(row.id, paths[row.id]) for row, _depth in tree(options)]


def _paths(rows: dict[int, tuple[int | None, str]]) -> dict[int, str]:
    def path(pk: int) -> str:
        parent, name = rows[pk]
        return f"{path(parent)} / {name}" if parent in rows else name

    return {pk: path(pk) for pk in rows}


def tree(categories: Iterable[Row], *, archived: bool = False) -> list[tuple[Row, int]]:
    """Categories, or options of a field, in the company's order, each followed by its parts, with how deep it lies.
    `archived`: also those that are archived, or a part of such, which are not offered."""
    below: dict[int | None, list[Row]] = {}
    for one in sorted(categories, key=lambda row: (row.archived_at is not None, row.position, row.id)):
        if archived or one.archived_at is None:
            below.setdefault(one.parent_id, []).append(one)

    found: list[tuple[Row, int]] = []
    waiting: list[tuple[Row, int]] = [(one, 0) for one in reversed(below.get(None, []))]
    while waiting:
        row, depth = waiting.pop()
        found.append((row, depth))
        waiting += [(part, depth + 1) for part in reversed(below.get(row.id, []))]
    return found


def _has_trouble(health: dict[str, dict[str, object]]) -> bool:
    """A channel tells of its way in and of its way out apart."""
    return any(way.get("ok") is False for way in health.values())
