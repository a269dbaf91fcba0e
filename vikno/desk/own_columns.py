"""Custom fields as columns of a table: their cells in words, and the order of what they say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core.text import sort_key
from vikno.tickets.directory import directory
from vikno.tickets.models import Field

Kind = Field.Kind


def shown(field: Field) -> Callable[[Any], str]:
    """How a value that the database gave is written in a cell."""
    kind = Kind(field.kind)
    if kind == Kind.NUMBER:
        return lambda value: f"{Decimal(str(value)).normalize():f}"
    if kind == Kind.DATE:
        return lambda value: str(format_date(_day(value), "medium", locale=translation.get_language() or "en"))
    if kind in (Kind.CHOICE, Kind.TREE):
        return lambda value: directory().names["option"].get(value, "")
    return (lambda _value: _("Yes")) if kind == Kind.CHECKBOX else str


def ranked(field: Field) -> Callable[[Any], Any]:
    """What a value is ordered by: options stand in the order in which they are offered."""
    kind = Kind(field.kind)
    if kind == Kind.NUMBER:
        return lambda value: Decimal(str(value))
    if kind == Kind.DATE:
        return _day
    if kind in (Kind.CHOICE, Kind.TREE):
        place = {pk: n for n, (pk, _name) in enumerate(directory().options.get(field.id, []))}
        return lambda value: place.get(value, len(place))
    return sort_key if kind != Kind.CHECKBOX else int


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
