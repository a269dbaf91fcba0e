"""Custom fields as persons and organisations have them: what each says now, and in words."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from vikno.core.typed import day_words, number_words
from vikno.people.models import CustomField, CustomValue, Organisation, Person

Holder = Person | Organisation
PREFIX = "field."  # of a field's key, in events


def said(of: str, holders: Collection[int]) -> QuerySet[CustomValue]:
    """What these persons or organisations (`of`: CustomField.Of) say now, by their ids, with the option of each
    value."""
    values = CustomValue.objects.filter(**{f"{of}__in": list(holders), "current": True})
    return values.select_related("option").order_by("id")


def current(holder: Holder, field: CustomField) -> CustomValue | None:
    """What one person or organisation says now in a field."""
    return said(kind_of(holder), [holder.pk]).filter(field=field).first()


def kind_of(holder: Holder) -> str:
    """Of what a field must be that this one can have (CustomField.Of)."""
    return str(CustomField.Of.PERSON if isinstance(holder, Person) else CustomField.Of.ORGANISATION)


def words_of(value: CustomValue) -> str:
    """A value as people read it. Its option is read with it."""
    if value.option is not None:
        return value.option.name
    if value.number is not None:
        return number_words(value.number)
    if value.date is not None:
        return day_words(value.date)
    if value.checked is not None:
        return _("Yes") if value.checked else _("No")
    return value.text
