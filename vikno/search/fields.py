"""The fields of the query language: their names in three languages, and what their values mean.

English names always work, and so do the Ukrainian and the Russian ones: nobody should have to switch the layout.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.core.text import fold, whole_number
from vikno.search import marks
from vikno.search.analyser.asked import Asked, ask
from vikno.search.analyser.tokens import analyse
from vikno.search.expressions import expression
from vikno.search.shelf import HIGHEST, all_of, any_of, oldest_key
from vikno.staff.access import Viewer
from vikno.tickets import access
from vikno.tickets.directory import directory
from vikno.tickets.models import Stage, Status, Tag, TicketTag

NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "from": {"uk": ("від",), "ru": ("от",)},
    "to": {"uk": ("кому",), "ru": ("кому",)},
    "cc": {"uk": ("копія",), "ru": ("копия",)},
    "team": {"uk": ("команда",), "ru": ("команда",)},
    "agent": {
        "en": ("agent", "assignee"), "uk": ("агент", "відповідальний", "виконавець"),
        "ru": ("агент", "ответственный", "исполнитель"),
    },
    "status": {"uk": ("статус", "стан"), "ru": ("статус", "состояние")},
    "tag": {"uk": ("тег", "мітка"), "ru": ("тег", "метка")},
    "has": {"uk": ("є", "має"), "ru": ("есть",)},
    "file": {"uk": ("файл",), "ru": ("файл",)},
    "before": {"uk": ("до",), "ru": ("до",)},
    "after": {"uk": ("після",), "ru": ("после",)},
    "channel": {"uk": ("канал",), "ru": ("канал",)},
    "number": {"uk": ("номер",), "ru": ("номер",)},
    "subject": {"uk": ("тема",), "ru": ("тема",)},
    "is": {},
}  # fmt: skip
BY_NAME = {name: key for key, named in NAMES.items() for names in ((key,), *named.values()) for name in names}

STAGES: dict[str, tuple[str, ...]] = {
    Stage.NEW: ("new", "новий", "нові", "новый", "новые"),
    Stage.OPEN: ("open", "відкритий", "відкриті", "відкрито", "открытый", "открытые", "открыто"),
    Stage.WAITING: ("waiting", "чекає", "чекають", "ждёт", "ждет", "ждут"),
    Stage.CLOSED: (
        "closed", "закритий", "закриті", "закрито", "закрытый", "закрытые", "закрыто",
        "resolved", "solved", "вирішений", "вирішені", "вирішено", "решённый", "решенный", "решено",
    ),
}  # fmt: skip
SNOOZED = (
    "snoozed", "відкладений", "відкладені", "відкладено", "отложенный", "отложенные", "отложено",
)  # fmt: skip
ME = ("me", "я", "мене", "меня", "мої", "мои")
NOBODY = ("nobody", "none", "ніхто", "нікого", "никто", "никого")
FILES = ("file", "files", "attachment", "файл", "файли", "файлы", "вкладення", "вложение", "вложения")
DAYS = {"today": 0, "сьогодні": 0, "сегодня": 0, "yesterday": 1, "вчора": 1, "учора": 1, "вчера": 1}
_DATES = (
    (re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})"), (3, 2, 1)),
)


class NotUnderstood(Exception):
    """The text says which value means nothing to its field, and what would."""


@dataclass(slots=True)
class Narrowing:
    """What fields ask for: conditions on live rows, expressions of the index, bounds of age."""

    where: list[str] = field(default_factory=list)
    params: list[Any] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)  # what entries must have if `where` is to hold: to be fast
    files: list[Asked] = field(default_factory=list)  # words of names of files
    of_number: bool = False  # one ticket is asked for
    of_few: bool = False  # `where` names a few tickets by their ids
    above: int = 0  # keys of entries lie over this one
    below: int = HIGHEST  # and under this one
    since: datetime | None = None  # the same for what is found without words
    until: datetime | None = None
    problems: list[str] = field(default_factory=list)  # what is asked for, but surely names nothing


def own_name(key: str, language: str) -> str:
    """How a field is called in a language."""
    return NAMES[key].get(language, (key,))[0]


def narrow(into: Narrowing, key: str, value: str, negated: bool, viewer: Viewer, zone: str) -> None:
    """Add what `key:value` asks for. Raises NotUnderstood."""
    if not value:
        raise NotUnderstood(_("“%(field)s:” needs a value.") % {"field": key})
    if key == "file":
        _named(into, value, negated)
    elif key in ("from", "to", "cc", "has"):
        (into.without if negated else into.wanted).extend(_marked(key, value))
    elif key in ("before", "after"):
        _aged(into, (key == "before") != negated, value, zone)
    else:
        asked = _CONDITIONS[key](value, viewer)
        into.problems += [asked.problem] if asked.problem else []
        into.where.append(f"(({asked.sql}) IS NOT TRUE)" if negated else f"({asked.sql})")
        into.params += asked.params
        into.of_number |= key == "number" and not negated
        held = asked.others if negated else asked.marks
        if held:
            into.hints.append(any_of(held))


def _marked(key: str, value: str) -> list[str]:
    if key == "has":
        if fold(value) not in FILES:
            raise NotUnderstood(_("“has:” knows only “file”, not “%(value)s”.") % {"value": value})
        return [any_of([marks.FILE])]
    sign = {"from": marks.AUTHOR, "to": marks.RECIPIENT, "cc": marks.COPIED}[key]
    # Of an address its whole stands first among the terms of its place, and that alone is meant.
    places = [place.split("|") for place in analyse(value).split()]
    asked = [[terms[0]] if "@" in terms[0] else terms for terms in places if terms[0]]
    if not asked:
        raise NotUnderstood(_("“%(value)s” is neither a name nor an address.") % {"value": value})
    return [any_of([f"{sign}{term}" for term in terms]) for terms in asked]


def _named(into: Narrowing, value: str, negated: bool) -> None:
    """Files of this name: whole, or some words of it, in any form, or its ending."""
    asked = [one for one in ask(value, ends=not negated) if one.alternatives]
    if not asked:
        raise NotUnderstood(_("“%(value)s” is no name of a file.") % {"value": value})
    wanted = [expression(one, marks.HANGING) for one in asked]
    if negated:
        into.without.append(all_of(wanted))
    else:
        into.wanted += wanted
        into.files += asked


def _aged(into: Narrowing, before: bool, value: str, zone: str) -> None:
    begin, end = period(value, zone)
    if before:
        into.below = min(into.below, oldest_key(int(begin.timestamp())))
        into.until = min(into.until or begin, begin)
    else:
        into.above = max(into.above, min(oldest_key(int(end.timestamp())) - 1, HIGHEST))
        into.since = max(into.since or end, end)


def period(value: str, zone: str) -> tuple[datetime, datetime]:
    """A day, a month or a year as two instants: before its first, or from its first on. "after" means from that day on,
    so both are its beginning, in UTC: where the calendar begins, its first day east of Greenwich has none. Raises
    NotUnderstood."""
    here = ZoneInfo(zone)
    if (back := DAYS.get(fold(value))) is not None:
        day = clock.now().astimezone(here).date() - timedelta(days=back)
    else:
        day = day_of(value)
    try:
        begin = datetime(day.year, day.month, day.day, tzinfo=here).astimezone(UTC)
    except OverflowError:
        begin = datetime.min.replace(tzinfo=UTC)
    return begin, begin


def day_of(value: str) -> date:
    """A day, or the first one of a month or year. Raises NotUnderstood."""
    for pattern, (year, month, day) in _DATES:
        if found := pattern.fullmatch(value):
            try:
                return date(int(found[year]), int(found[month] or 1), int(found[day] or 1))
            except ValueError:
                break
    raise NotUnderstood(_("“%(value)s” is no date; write 2026-11-22 or 22.11.2026.") % {"value": value})


# ---- conditions on live rows -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Condition:
    """What a field asks of live rows, as SQL. `marks`: one of these has every entry that may answer; `others`: the same
    where the field is negated. Empty where no marks say so."""

    sql: str
    params: list[Any]
    marks: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    problem: str = ""


def _in(column: str, ids: list[int], mark: Callable[[int], str] | None = None) -> Condition:
    if not ids:
        return Condition("1=0", [], [marks.NOTHING])
    held = [mark(pk) for pk in ids] if mark else []
    return Condition(f"tickets_ticket.{column} IN ({', '.join(['%s'] * len(ids))})", list(ids), held)


def named(value: str, choices: list[tuple[int, str]]) -> list[int]:
    """Whose name this is; else whose name begins so; else of whose name a word begins so."""
    plain = fold(value)
    ways: tuple[Callable[[str], bool], ...] = (
        lambda name: name == plain,
        lambda name: name.startswith(plain),
        lambda name: any(word.startswith(plain) for word in name.split()),
    )
    for way in ways:
        found = [pk for pk, name in choices if way(fold(name))]
        if found:
            return found
    return []


def _team(value: str, viewer: Viewer) -> Condition:
    if fold(value) in ME:
        return _in("team_id", sorted(viewer.teams), marks.team)
    teams = _known(named(value, teams_of(viewer)), _("There is no team “%(value)s”."), value)
    return _in("team_id", teams, marks.team)


def teams_of(viewer: Viewer) -> list[tuple[int, str]]:
    """The teams that this viewer may name."""
    named = directory().names["team"]
    return [
        (pk, name) for pk, name in named.items() if viewer.sees_all_teams or pk in viewer.readable or pk in viewer.guest
    ]


def _known(ids: list[int], words: str, value: str) -> list[int]:
    if not ids:
        raise NotUnderstood(words % {"value": value})
    return ids


def _agent(value: str, viewer: Viewer) -> Condition:
    if fold(value) in NOBODY:
        return Condition("tickets_ticket.agent_id IS NULL", [], [marks.agent(None)])
    if fold(value) in ME:
        return _in("agent_id", [viewer.agent_id] if viewer.agent_id else [], marks.agent)
    everybody = list(directory().names["agent"].items())
    agents = _known(named(value, everybody), _("There is no agent “%(value)s”."), value)
    return _in("agent_id", agents, marks.agent)


def _status(value: str, _viewer: Viewer) -> Condition:
    plain = fold(value)
    exact = [pk for pk, name in directory().names["status"].items() if fold(name) == plain]
    if exact and plain not in STAGES[Stage.OPEN]:
        return _of_statuses(exact)
    if (asked := _of_stage(plain)) is not None:
        return asked
    found = named(value, list(directory().names["status"].items()))
    return _of_statuses(_known(found, _("There is no status “%(value)s”."), value))


def _of_stage(plain: str) -> Condition | None:
    """What a word for a stage asks of live rows. Open is, as in the lists, whatever is not closed."""
    closed, held = marks.stage(Stage.CLOSED), {stage: marks.stage(stage) for stage in STAGES}
    for stage, words in STAGES.items():
        if plain not in words:
            continue
        others = [mark for one, mark in held.items() if one != stage]
        if stage == Stage.OPEN:
            alive = [mark for mark in held.values() if mark != closed]
            return Condition("tickets_ticket.stage <> %s", [str(Stage.CLOSED)], alive, [closed])
        return Condition("tickets_ticket.stage = %s", [str(stage)], [held[stage]], others)
    if plain in SNOOZED:
        return Condition("tickets_ticket.snoozed_until IS NOT NULL", [])
    return None


def _is(value: str, _viewer: Viewer) -> Condition:
    if (asked := _of_stage(fold(value))) is not None:
        return asked
    raise NotUnderstood(
        _("“is:” knows only open, new, waiting, closed and snoozed, not “%(value)s”.") % {"value": value}
    )


def _of_statuses(ids: list[int]) -> Condition:
    stages = Status.objects.filter(id__in=ids).values_list("stage", flat=True)
    asked = _in("status_id", ids)
    return Condition(asked.sql, asked.params, [marks.stage(one) for one in sorted(set(stages))])


def _channel(value: str, _viewer: Viewer) -> Condition:
    channels = directory().channels
    found = [pk for pk, (_name, kind) in channels.items() if kind == fold(value)]
    found = found or named(value, [(pk, name) for pk, (name, _kind) in channels.items()])
    return _in("channel_id", _known(found, _("There is no channel “%(value)s”."), value), marks.channel)


def _tag(value: str, viewer: Viewer) -> Condition:
    # Of a tag that only others' requests wear the same is said as of none: it may say much about these.
    seen = TicketTag.objects.filter(tag__folded=fold(value), ticket__in=access.tickets_for(viewer).values("id"))
    problem = "" if seen.exists() else _("There is no tag “%(value)s”.") % {"value": value}
    worn = "SELECT 1 FROM tickets_tickettag worn JOIN tickets_tag tag ON tag.id = worn.tag_id"
    held = [marks.tag(pk) for pk in Tag.objects.filter(folded=fold(value)).values_list("id", flat=True)]
    asked = f"EXISTS ({worn} WHERE worn.ticket_id = tickets_ticket.id AND tag.folded = %s)"
    return Condition(asked, [fold(value)], held or [marks.NOTHING], problem=problem)


def _number(value: str, _viewer: Viewer) -> Condition:
    number = whole_number(value.lstrip("#№"))
    if number is None:
        raise NotUnderstood(_("“%(value)s” is no number of a ticket.") % {"value": value})
    return Condition("tickets_ticket.number = %s", [number], [str(number)])


_CONDITIONS: dict[str, Callable[[str, Viewer], Condition]] = {
    "team": _team, "agent": _agent, "status": _status, "is": _is, "channel": _channel, "tag": _tag, "number": _number,
}  # fmt: skip


def adapted(instant: datetime) -> Any:
    """An instant as the driver takes it."""
    return connection.ops.adapt_datetimefield_value(instant)
