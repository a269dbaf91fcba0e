"""How the last piece of a query may go on: names of fields, and their values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from vikno.core.text import fold
from vikno.people.models import Identity
from vikno.search.fields import BY_NAME, NAMES, own_name, teams_of
from vikno.staff.access import Viewer
from vikno.tickets.directory import directory
from vikno.tickets.models import Stage
from vikno.tickets.queries import tags_known_to

MOST = 8
_LAST = re.compile(r'(-?)(?:([^\W\d_]+):)?("[^"]*|[^\s"]*)$')


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` is the whole query with the piece in place; `shown` is the piece, `about` what it means."""

    text: str
    shown: str
    about: str


def about_fields() -> dict[str, str]:
    """What each field narrows to."""
    return {
        "from": _("who wrote"), "to": _("to whom it was written"), "team": _("the team"), "agent": _("the responsible"),
        "status": _("the status"), "tag": _("a tag"), "has": _("with files"), "before": _("last word before a day"),
        "after": _("last word from a day on"), "channel": _("the channel"), "number": _("the number"),
    }  # fmt: skip


def complete(text: str, viewer: Viewer, language: str) -> list[Completion]:
    """What may stand in place of the last piece of a text, at most eight."""
    found = _LAST.search(text)
    if found is None:
        return []
    before, minus, name, begun = text[: found.start()], found[1], found[2], found[3].lstrip('"')
    if name is None:
        return [Completion(f"{before}{minus}{shown}:", f"{shown}:", about) for shown, about in _names(begun, language)][
            :MOST
        ]
    key = BY_NAME.get(name.casefold())
    if key is None:
        return []
    values = [value for value in _values(key, begun, viewer) if _goes_on(value, begun)][:MOST]
    return [Completion(f"{before}{minus}{name}:{_quoted(value)} ", f"{name}:{value}", "") for value in values]


def _names(begun: str, language: str) -> list[tuple[str, str]]:
    """Fields in the agent's own language; by a name of another language if that is what was begun."""
    about, plain = about_fields(), fold(begun)
    found: dict[str, str] = {}
    if not plain:
        return []
    for key in NAMES:
        names = [own_name(key, language), key, *(name for named in NAMES[key].values() for name in named)]
        fits = next((name for name in names if name.startswith(plain)), None)
        if fits is not None:
            found.setdefault(fits, about[key])
    return list(found.items())


def _values(key: str, begun: str, viewer: Viewer) -> list[str]:
    known = directory()
    if key == "team":
        return [name for _pk, name in teams_of(viewer)]
    if key == "agent":
        return [_("me"), _("nobody"), *known.names["agent"].values()]
    if key == "status":
        stages = {Stage.NEW: _("new"), Stage.OPEN: _("open"), Stage.WAITING: _("waiting"), Stage.CLOSED: _("closed")}
        return list(dict.fromkeys([*(name for _pk, name in known.statuses), *stages.values()]))
    if key == "tag":
        return tags_known_to(viewer)
    if key == "channel":
        return [name for name, _kind in known.channels.values()]
    if key == "has":
        return [_("file")]
    if key in ("before", "after"):
        return [_("today"), _("yesterday")]
    if key in ("from", "to") and len(begun) > 1:
        return _addresses(begun)
    return []


def _addresses(begun: str) -> list[str]:
    """Addresses that begin so: the company's people are known to all of its agents."""
    rows = Identity.objects.filter(kind="email", value__startswith=fold(begun), erased_at=None).order_by("value")
    return list(rows.values_list("shown", flat=True)[:MOST])


def _goes_on(value: str, begun: str) -> bool:
    plain, typed = fold(value), fold(begun)
    return plain.startswith(typed) or any(word.startswith(typed) for word in plain.split())


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
