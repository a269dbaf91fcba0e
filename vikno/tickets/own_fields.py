"""What conditions can ask of the fields that a company made itself (vikno.core.selectors), and who may ask.

A ticket has one current value of a field at most, found by its unique index; the other way round, the indexes of values
by field lead to the tickets that have one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from django.utils.translation import gettext as _

from vikno.core.selectors import fields as asking
from vikno.staff.access import Viewer
from vikno.tickets.conditions import down_from
from vikno.tickets.directory import directory
from vikno.tickets.models import Field, FieldOption

PREFIX = "field"
_OF_TICKET = (
    "(SELECT {} FROM {{values}} said WHERE said.ticket_id = {{ticket}}.id AND said.field_id = {} AND said.current)"
)
_LEAD = "SELECT led.ticket_id FROM {{values}} led WHERE led.field_id = {} AND led.current AND {}"
_CONTRACT = "(SELECT bound.number FROM people_contract bound WHERE bound.id = {}.contract_id)"
_COLUMNS = {
    Field.Kind.TEXT: "NULLIF({}.text, '')", Field.Kind.NUMBER: "{}.number", Field.Kind.DATE: "{}.date",
    Field.Kind.CHOICE: "{}.option_id", Field.Kind.TREE: "{}.option_id", Field.Kind.CONTRACT: _CONTRACT,
}  # fmt: skip
_KINDS = {
    Field.Kind.TEXT: asking.Kind.TEXT, Field.Kind.NUMBER: asking.Kind.NUMBER, Field.Kind.DATE: asking.Kind.DAY,
    Field.Kind.CHOICE: asking.Kind.ONE, Field.Kind.TREE: asking.Kind.ONE, Field.Kind.CONTRACT: asking.Kind.TEXT,
    Field.Kind.CHECKBOX: asking.Kind.FLAG,
}  # fmt: skip

_kept: tuple[tuple[Field, ...], dict[str, asking.Field]] = ((), {})


def code_of(field: Field) -> str:
    """The name of a custom field in conditions, and of its column in a table."""
    return f"{PREFIX}.{field.key}"


def own_fields() -> Mapping[str, asking.Field]:
    """All custom fields as conditions ask of them; made once for each reading of the directory."""
    global _kept
    now = directory().fields
    if _kept[0] is not now:
        _kept = (now, {code_of(one): _asked(one) for one in now})
    return _kept[1]


def known_to(viewer: Viewer, code: str) -> bool:
    """Whether a viewer may know a field, by its code: those of a team are known to who reads its tickets."""
    if not code.startswith(f"{PREFIX}."):
        return True
    field = next((one for one in directory().fields if code_of(one) == code), None)
    return field is not None and is_known(viewer, field)


def name_of(code: str) -> str:
    """What a custom field is called, by its code."""
    return next((one.name for one in directory().fields if code_of(one) == code), "")


def options_of(code: str) -> list[tuple[int, str]]:
    """What can be chosen in a field, by its code."""
    field = next((one.id for one in directory().fields if code_of(one) == code), None)
    return directory().options.get(field, []) if field is not None else []


def is_known(viewer: Viewer, field: Field) -> bool:
    team = field.team_id
    return team is None or viewer.sees_all_teams or team in viewer.readable or team in viewer.guest


def known_fields(viewer: Viewer) -> list[Field]:
    """The custom fields in use that a viewer may know, in their order."""
    return [one for one in directory().fields if one.archived_at is None and is_known(viewer, one)]


def value_sql(field: Field) -> str:
    """The value of a field as SQL over "tickets_ticket"; of a checkbox whether it is ticked, 1 or nothing."""
    if field.kind == Field.Kind.CHECKBOX:
        column = "CASE WHEN said.checked THEN 1 END"
    else:
        column = _COLUMNS[Field.Kind(field.kind)].format("said")
    return _OF_TICKET.format(column, field.id).format(values="tickets_fieldvalue", ticket="tickets_ticket")


def _asked(field: Field) -> asking.Field:
    kind, pk, name = Field.Kind(field.kind), field.id, field.name
    offered = field.archived_at is None
    if kind == Field.Kind.CHECKBOX:
        return asking.Field(
            code_of(field), lambda: _("%(field)s: yes") % {"field": name}, asking.Kind.FLAG,
            f"EXISTS {_OF_TICKET.format('1', pk)[:-1]} AND said.checked)",
            no=lambda: _("%(field)s: no") % {"field": name}, lead=_LEAD.format(pk, "led.checked"),
            own_name=True, offered=offered,
        )  # fmt: skip
    chosen = kind in (Field.Kind.CHOICE, Field.Kind.TREE)
    return asking.Field(
        code_of(field), lambda: name, _KINDS[kind], _OF_TICKET.format(_COLUMNS[kind].format("said"), pk), nullable=True,
        known=_options_of(pk) if chosen else None, same=_with_below(pk) if kind == Field.Kind.TREE else None,
        lead=_LEAD.format(pk, "{holds}"), lead_value=_lead_value(kind), own_name=True, offered=offered,
    )  # fmt: skip


def _lead_value(kind: Field.Kind) -> str:
    return "led.text" if kind == Field.Kind.TEXT else _COLUMNS[kind].format("led")  # as the index has it


def _options_of(field: int) -> Callable[[Collection[int]], Mapping[int, str]]:
    """The names of the options that are there, of a tree with those above them."""

    def known(ids: Collection[int]) -> Mapping[int, str]:
        there = FieldOption.objects.filter(field=field, id__in=ids).values_list("id", "name")
        return {pk: directory().names["option"].get(pk, name) for pk, name in there}

    return known


def _with_below(field: int) -> Callable[[Collection[int]], dict[int, set[int]]]:
    """Of each node of a tree itself and all that is below it, however deep."""

    def same(ids: Collection[int]) -> dict[int, set[int]]:
        below: dict[int | None, list[int]] = {}
        for pk, parent in FieldOption.objects.filter(field=field).values_list("id", "parent_id"):
            below.setdefault(parent, []).append(pk)
        return {pk: down_from(pk, below) for pk in ids}

    return same
