"""How the last piece of a query may go on: names of fields, and their values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from vikno.core.text import fold
from vikno.people.models import Identity
from vikno.search.fields import BY_NAME, NAMES, own_name, teams_of
from vikno.search.find import persons
from vikno.search.own_fields import field_named, name_of, values_of
from vikno.search.people import LOOKED_AT
from vikno.staff.access import Viewer
from vikno.tickets import people_access
from vikno.tickets.directory import directory
from vikno.tickets.own_fields import known_fields
from vikno.tickets.queries import tags_known_to

MOST = 8
ENDINGS = ("pdf", "docx", "xlsx", "jpg", "png", "zip", "txt", "eml")  # of names of files, the commonest first
_LAST = re.compile(r'(-?)(?:([^\W\d_][\w-]*):)?("[^"]*|[^\s"]*)$')


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` is the whole query with the piece in place; `shown` is the piece, `about` what it means."""

    text: str
    shown: str
    about: str


def about_fields() -> dict[str, str]:
    """What each field narrows to."""
    return {
        "from": _("who wrote"), "to": _("to whom it was written"), "cc": _("who had it in copy"),
        "team": _("the team"), "agent": _("the responsible"),
        "status": _("the status"), "tag": _("a tag"), "has": _("with files"),
        "file": _("words of the name of a file"), "before": _("last word before a day"),
        "after": _("last word from a day on"), "channel": _("the channel"), "number": _("the number"),
        "subject": _("words of the subject"), "is": _("how far it is"),
    }  # fmt: skip


def complete(text: str, viewer: Viewer, language: str) -> list[Completion]:
    """What may stand in place of the last piece of a text, at most eight."""
    found = _LAST.search(text)
    if found is None:
        return []
    before, minus, name, begun = text[: found.start()], found[1], found[2], found[3].lstrip('"')
    if name is None:
        fits = [*_names(begun, language), *_own_names(begun, viewer)]
        return [Completion(f"{before}{minus}{shown}:", f"{shown}:", about) for shown, about in fits[:MOST]]
    key = BY_NAME.get(name.casefold())
    own = field_named(name, viewer) if key is None else None
    if own is not None:
        values = [(value, "") for value in values_of(own) if _goes_on(value, begun)]
    elif key is None:
        return []
    elif key in ("from", "to", "cc"):
        values = _people(viewer, begun)
    else:
        values = [(value, "") for value in _values(key, begun, viewer) if _goes_on(value, begun)]
    return [
        Completion(f"{before}{minus}{name}:{_quoted(value)} ", f"{name}:{value}", about)
        for value, about in values[:MOST]
    ]


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


def _own_names(begun: str, viewer: Viewer) -> list[tuple[str, str]]:
    """Custom fields, by their names or by those for programs."""
    plain = fold(begun)
    named = [(name_of(one), one) for one in known_fields(viewer)] if plain else []
    fits = [(name if name.startswith(plain) else one.key, one) for name, one in named]
    return [(shown, one.name) for shown, one in fits if shown.startswith(plain) and shown not in BY_NAME]


def _values(key: str, begun: str, viewer: Viewer) -> list[str]:
    known = directory()
    if key == "team":
        return [name for _pk, name in teams_of(viewer)]
    if key == "agent":
        return [_("me"), _("nobody"), *known.names["agent"].values()]
    if key == "status":
        return list(dict.fromkeys([*(name for _pk, name in known.statuses), *_stages()]))
    if key == "is":
        return [*_stages(), _("snoozed")]
    if key == "tag":
        return tags_known_to(viewer)
    if key == "channel":
        return [name for name, _kind in known.channels.values()]
    if key == "has":
        return [_("file")]
    if key == "file":
        return list(ENDINGS)
    if key in ("before", "after"):
        return [_("today"), _("yesterday")]
    return []


def _stages() -> list[str]:
    return [_("open"), _("new"), _("waiting"), _("closed")]


def _people(viewer: Viewer, begun: str) -> list[tuple[str, str]]:
    """Who may have written, or been written to, with what more is known: colleagues by their names, others by their
    addresses, which begin so or are of a person whose name does."""
    known = [(name, "") for name in directory().names["agent"].values() if _goes_on(name, begun)]
    if len(begun) < 2:
        return known
    found = dict.fromkeys(_addresses(viewer, begun), "")
    for one in persons(viewer, begun, MOST):
        for address in one.addresses[:1]:
            found[address] = one.name
    return [*found.items(), *known]


def _addresses(viewer: Viewer, begun: str) -> list[str]:
    """Addresses that begin so, of those of persons whom the viewer may look up."""
    rows = Identity.objects.filter(kind="email", value__startswith=fold(begun), erased_at=None).order_by("value", "id")
    found: list[str] = []
    before = 0
    for count in LOOKED_AT:
        some = list(rows.values_list("person_id", "shown")[before:count])
        if some:
            seen = people_access.seen_of(viewer, {pk for pk, _shown in some})
            found += [shown for pk, shown in some if pk in seen]
        if len(found) >= MOST or len(some) < count - before:
            break
        before = count
    return found[:MOST]


def _goes_on(value: str, begun: str) -> bool:
    plain, typed = fold(value), fold(begun)
    return plain.startswith(typed) or any(word.startswith(typed) for word in plain.split())


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value
