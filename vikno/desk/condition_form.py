"""The form of a saved view: its fields as they were posted or are kept, and the condition that they mean."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from vikno.core.selectors.fields import FIELDS, LISTS, SPANS, TEXTS, Field, Kind, Op
from vikno.core.selectors.grammar import LONGEST_TEXT, MOST_CONDITIONS, MOST_VALUES, Broken, Condition, Group, end, read
from vikno.core.text import fold, sort_key, whole_number
from vikno.desk.saved_lists import names_for
from vikno.people.models import Identity, Organisation
from vikno.people.queries import by_value
from vikno.staff.access import Viewer
from vikno.tickets import merged_words, own_fields, people_access
from vikno.tickets.models import SavedView
from vikno.tickets.queries import tags_seen

TURNED = "!"  # behind a way to ask: turned round
TYPED = frozenset({"tag", "requester", "organisation"})  # fields whose values are typed
MOST_BLOCKS = 5
_ROW = re.compile(r"c-(\d{1,3})-field")
_BLOCK = re.compile(r"g-(\d{1,2})-mode")


@dataclass(slots=True)
class Row:
    """One condition as the form holds it. `block` is the group that it belongs to, "" for none; `kept` are ids that the
    viewer may not know, which an earlier editor named."""

    key: str
    field: str
    op: str
    values: list[str] = dataclasses.field(default_factory=list)
    typed: str = ""
    low: str = ""
    high: str = ""
    number: str = "1"
    unit: str = "days"
    block: str = ""
    kept: list[int] = dataclasses.field(default_factory=list)
    error: str = ""

    @property
    def asked(self) -> Field:
        return FIELDS[self.field]


@dataclass(slots=True)
class Block:
    key: str
    mode: str = "any"
    negated: bool = False


@dataclass(slots=True)
class Form:
    name: str = ""
    audience: str = "private"  # or "all", or "team:3"
    closed_too: bool = False
    mode: str = "all"
    rows: list[Row] = dataclasses.field(default_factory=list)
    blocks: list[Block] = dataclasses.field(default_factory=list)
    errors: dict[str, str] = dataclasses.field(default_factory=dict)
    left_out: tuple[str, ...] = ()  # why conditions that were posted are not in it: so it is not to be saved

    def add(self, viewer: Viewer, code: str, block: str = "") -> None:
        """A further condition on this field, if the viewer may know it."""
        key = str(max([int(row.key) for row in self.rows], default=0) + 1)
        known = code in FIELDS and own_fields.known_to(viewer, code)
        if known and len(self.rows) < MOST_CONDITIONS:
            self.rows.append(Row(key, code, str(FIELDS[code].ops[0]), block=block))

    def add_block(self) -> None:
        if len(self.blocks) < MOST_BLOCKS:
            self.blocks.append(Block(str(max([int(one.key) for one in self.blocks], default=0) + 1)))

    def remove(self, key: str) -> None:
        """Take a condition away, or with "g" before its key a group with all that is in it."""
        if key.startswith("g"):
            self.blocks = [one for one in self.blocks if one.key != key[1:]]
            self.rows = [one for one in self.rows if one.block != key[1:]]
        else:
            self.rows = [one for one in self.rows if one.key != key]


def posted(viewer: Viewer, data: QueryDict, allowed: Mapping[str, Collection[int]]) -> Form:
    """The form as it was posted, without what is about fields that are gone or that the viewer may not know:
    `left_out` says so. `allowed` are the ids of each field that may be kept unseen."""
    form = Form(
        name=data.get("name", ""), audience=data.get("audience", "private"), closed_too="closed_too" in data,
        mode="any" if data.get("mode") == "any" else "all",
    )  # fmt: skip
    keys = [found[1] for name in data if (found := _BLOCK.fullmatch(name))][:MOST_BLOCKS]
    form.blocks = [
        Block(key, "all" if data.get(f"g-{key}-mode") == "all" else "any", f"g-{key}-not" in data) for key in keys
    ]
    for name in data:
        found, code = _ROW.fullmatch(name), data.get(name, "")
        if not found or len(form.rows) > MOST_CONDITIONS:
            continue
        if why := _left_out(viewer, code):
            form.left_out = tuple(dict.fromkeys([*form.left_out, why]))
            continue
        at = f"c-{found[1]}"
        block = data.get(f"{at}-block", "")
        form.rows.append(
            Row(
                found[1], code, data.get(f"{at}-op", ""), data.getlist(f"{at}-value"),
                data.get(f"{at}-typed", ""), data.get(f"{at}-low", ""), data.get(f"{at}-high", ""),
                data.get(f"{at}-number", ""), data.get(f"{at}-unit", ""), block if block in keys else "",
                [pk for pk in allowed.get(code, ()) if str(pk) in data.getlist(f"{at}-kept")],
            )
        )  # fmt: skip
    return form


def _left_out(viewer: Viewer, code: str) -> str:
    """Why a condition on this field cannot stand in a form of the viewer's; "" for one that can."""
    if code not in FIELDS:
        return _("There is no field “%(field)s” to ask about.") % {"field": code[:40]}
    return "" if own_fields.known_to(viewer, code) else _of_another_team()


def _of_another_team() -> str:
    return _("It asks for a field of another team, which you may not see.")


def of_view(viewer: Viewer, view: SavedView) -> Form:
    """The form that shows a view as it is. Raises Broken for a condition that cannot be read, or that the viewer may
    not know."""
    group = read(view.condition)
    if not all(own_fields.known_to(viewer, one.field) for one in group.conditions()):
        raise Broken(_of_another_team())
    audience = f"team:{view.team_id}" if view.team_id else view.audience
    form = Form(view.name, audience, view.closed_too, "all" if group.every else "any")
    for part in group.parts:
        if isinstance(part, Group):
            form.add_block()
            block = form.blocks[-1]
            block.mode, block.negated = "all" if part.every else "any", part.negated
        for one in part.conditions() if isinstance(part, Group) else [part]:
            form.rows.append(
                _row_of(viewer, one, str(len(form.rows) + 1), block.key if isinstance(part, Group) else "")
            )
    return form


def _row_of(viewer: Viewer, one: Condition, key: str, block: str) -> Row:
    row = Row(key, one.field, f"{one.op}{TURNED if one.negated else ''}", block=block)
    if one.op in SPANS:
        row.number, row.unit = map(str, one.value)
    elif one.op in TEXTS:
        row.typed = str(one.value[0])
    elif one.op == Op.BETWEEN:
        row.low, row.high = ("" if value is None else str(value) for value in one.value)
    elif one.op in LISTS:
        now = merged_words.followed(one.field, [pk for pk in one.value if isinstance(pk, int)])
        ids = list(dict.fromkeys(now.values()))
        names = names_for(viewer, one.field, ids)
        row.kept = [pk for pk in ids if pk not in names]
        if one.field in TYPED:
            row.typed = _separator(one.field).join(_typed(one.field, [pk for pk in ids if pk in names], names))
        else:
            row.values = [str(pk) for pk in ids if pk in names] + [code for code in one.value if isinstance(code, str)]
    return row


def _separator(code: str) -> str:
    return ", " if code == "tag" else "; "


def _typed(code: str, ids: list[int], names: Mapping[int, str]) -> list[str]:
    """What one would type for these rows."""
    if code != "requester":
        return [names[pk] for pk in ids]
    addresses = dict(Identity.objects.filter(person__in=ids).order_by("-id").values_list("person_id", "shown"))
    return [addresses.get(pk) or names[pk] for pk in ids]


def kept_in(viewer: Viewer, view: SavedView | None) -> dict[str, set[int]]:
    """The ids of a view's condition that its editor may not know, and so hands back unseen."""
    found: dict[str, set[int]] = {}
    for row in of_view(viewer, view).rows if view else ():
        found.setdefault(row.field, set()).update(row.kept)
    return found


class Incomplete(Exception):
    """The form means no condition yet; its rows and `errors` say why."""


def group_of(viewer: Viewer, form: Form) -> Group:
    """The condition that a form means. Raises Incomplete, with the errors in the form, and Broken."""
    for row in form.rows:
        row.error = ""
    by_block: dict[str, list[dict[str, Any]]] = {}
    for row in form.rows:
        by_block.setdefault(row.block, []).append(_condition(viewer, row))
    parts = by_block.get("", [])
    for block in form.blocks:
        inside = by_block.get(block.key)
        if inside:
            parts.append({block.mode: inside} | ({"not": True} if block.negated else {}))
    if not parts:
        form.errors["conditions"] = _("Add at least one condition: without any, this would be a list of all tickets.")
    if not parts or any(row.error for row in form.rows):
        raise Incomplete
    return read({form.mode: parts})


def _condition(viewer: Viewer, row: Row) -> dict[str, Any]:
    op = row.op.removesuffix(TURNED)
    found: dict[str, Any] = {"field": row.field, "op": op} | ({"not": True} if row.op.endswith(TURNED) else {})
    if op not in row.asked.ops:
        row.error = _("What was chosen is no longer there. Choose again.")
    elif op in SPANS:
        number = whole_number(row.number)
        if not number or number > 9999:
            row.error = _("Give a whole number from 1 to 9999.")
        found["value"] = [number, row.unit]
    elif op in TEXTS:
        found["value"] = [row.typed.strip()]
        if not row.typed.strip() or len(row.typed.strip()) > LONGEST_TEXT:
            row.error = _("Write some words, at most %(most)s characters.") % {"most": LONGEST_TEXT}
    elif op == Op.BETWEEN:
        found["value"] = _range(row)
    elif op in LISTS:
        found["value"] = [*_chosen(viewer, row), *row.kept]
        if not found["value"] and not row.error:
            row.error = _("Choose at least one.")
    return found


def _range(row: Row) -> list[str | None]:
    """The ends of a range, as a condition keeps them."""
    ends = [one.strip().replace(",", ".") or None for one in (row.low, row.high)]
    if ends == [None, None]:
        row.error = _("Give at least one end.")
    elif any(one is not None and end(row.asked.kind, one) is None for one in ends):
        row.error = _("This is no day.") if row.asked.kind == Kind.DAY else _("This is no number.")
    return ends


def _chosen(viewer: Viewer, row: Row) -> list[int | str]:
    if row.field not in TYPED:
        return [whole_number(value) or value for value in row.values]
    words = [word.strip() for word in row.typed.split("," if row.field == "tag" else ";") if word.strip()]
    found: list[int | str] = []
    if len(words) > MOST_VALUES:
        row.error = _("These are too many: at most %(most)s.") % {"most": MOST_VALUES}
        return found
    for word in words:
        ids = {"tag": _tags, "requester": _persons, "organisation": _organisations}[row.field](viewer, word)
        if len(ids) == 1:
            found += ids
        elif ids:
            row.error = _("Several are called “%(name)s”. Write the e-mail address.") % {"name": word[:60]}
        else:
            row.error = _("There is no “%(name)s”, or none that you may see.") % {"name": word[:60]}
    return found


def _tags(viewer: Viewer, name: str) -> list[int]:
    return list(tags_seen(viewer).filter(folded=fold(name)).values_list("id", flat=True))


def _persons(viewer: Viewer, word: str) -> list[int]:
    """The person of an address, or of this very name."""
    known = by_value("email", word) or by_value("phone", word)
    people = people_access.people_for(viewer)
    if known is not None:
        return list(people.filter(id=known.person_id).values_list("id", flat=True))
    return list(people.filter(sort_key=sort_key(word)).values_list("id", flat=True)[:2])


def _organisations(viewer: Viewer, name: str) -> list[int]:
    return list(Organisation.objects.filter(sort_key=sort_key(name)).values_list("id", flat=True)[:1])


def ways(asked: Field) -> list[tuple[str, str]]:
    """How a field can be asked, each also turned round, with the words of the form."""
    if asked.kind == Kind.FLAG:
        return [("yes", _first_up(asked.label())), ("yes!", _first_up(asked.no() if asked.no else asked.label()))]
    words = {
        Op.IN: (_("is one of"), _("is none of")), Op.WITH_ALL: (_("has all of"), _("has not all of")),
        Op.UNSET: (_("is not set"), _("is set")),
        Op.OLDER: (_("longer ago than"), _("not longer ago than")),
        Op.NEWER: (_("in the last"), _("not in the last")), Op.AHEAD: (_("in the next"), _("not in the next")),
        Op.BEYOND: (_("in more than"), _("not in more than")),
        Op.CONTAINS: (_("contains"), _("does not contain")), Op.IS: (_("is"), _("is not")),
        Op.BETWEEN: (_("is between"), _("is not between")),
    }  # fmt: skip
    return [(f"{op}{sign}", words[op][turned]) for op in asked.ops for turned, sign in enumerate(("", TURNED))]


def _first_up(words: str) -> str:
    return words[:1].upper() + words[1:]


def offered(viewer: Viewer) -> list[tuple[str, str]]:
    """All fields that a condition can be about."""
    return [(code, _named(one)) for code, one in FIELDS.items() if one.offered and own_fields.known_to(viewer, code)]


def _named(asked: Field) -> str:
    if asked.own_name and asked.kind == Kind.FLAG:
        return own_fields.name_of(asked.code)  # not "…: yes"
    return asked.label() if asked.own_name else _first_up(asked.label())
