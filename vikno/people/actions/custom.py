"""Verbs on what custom fields say of a person or an organisation. The definitions are changed where a company's other
words are (vikno.tickets.actions.customer_fields)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core.text import one_line, whole_number
from vikno.core.typed import number
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people import custom
from vikno.people.actions.persons import Refused
from vikno.people.custom import Holder
from vikno.people.models import CustomField, CustomOption, CustomValue, Person

LONGEST = 500  # characters of a text
_YES_OR_NO = {"1": True, "on": True, "true": True, "0": False, "off": False, "false": False}


@transaction.atomic
def set_value(holder: Holder, field: CustomField, value: Any, *, by: Act, seen: int | None = None) -> None:
    """Set or clear (None, or nothing) what a field says of a person or an organisation. `seen` is the id of the value
    that a page showed, 0 for none. Raises Refused for what is no value of its kind, for a field out of use or of
    something else, and if a colleague has changed it meanwhile."""
    row = _locked(holder)
    if field.archived_at is not None or field.of != custom.kind_of(row):
        raise Refused(_("What was chosen is no longer there. Choose again."))
    typed = _typed(field, value)
    old = custom.current(row, field)
    if (old is None and typed is None) or (old and typed and all(getattr(old, n) == v for n, v in typed.items())):
        return
    if seen is not None and seen != (old.id if old else 0):
        now = one_line(custom.words_of(old), 80) if old else "–"
        raise Refused(_("Not done: a colleague has changed this meanwhile. It is “%(now)s” now.") % {"now": now})
    if old is not None:
        CustomValue.objects.filter(id=old.id).update(current=False)
    new = CustomValue.objects.create(**{custom.kind_of(row): row}, field=field, **typed) if typed is not None else None
    _record(row, field, old.id if old else None, new.id if new else None, by)


@transaction.atomic
def put_back(holder: Holder, before: int | None, after: int | None, *, by: Act) -> None:
    """Undo of a change from one value to another, by their ids. Raises Refused if it was changed again since, or what
    it said was erased."""
    row = _locked(holder)
    own = CustomValue.objects.select_related("field").filter(**{custom.kind_of(row): row})
    old, new = own.filter(id=before or 0).first(), own.filter(id=after or 0).first()
    there = old or new
    if there is None:
        raise Refused(_("This cannot be undone."))
    now = custom.current(row, there.field)
    if (now.id if now else None) != after:
        raise Refused(_("This was changed again since. Nothing was undone."))
    if new is not None:
        own.filter(id=new.id).update(current=False)
    if old is not None:
        own.filter(id=old.id).update(current=True)
    _record(row, there.field, after, before, by)


def _locked(holder: Holder) -> Holder:
    row: Holder = type(holder).objects.select_for_update(no_key=True).get(id=holder.pk)
    if isinstance(row, Person) and row.erased_at:
        raise Refused(_("This person was erased."))
    return row


def _record(row: Holder, field: CustomField, before: int | None, after: int | None, by: Act) -> None:
    changed = {f"{custom.PREFIX}{field.key}": [before, after]}
    if isinstance(row, Person):
        record(by, Verb.PERSON_CHANGED, person=row.id, delta=changed)
    else:
        record(by, Verb.ORGANISATION_CHANGED, delta={"organisation": [row.id, row.id], **changed})


def _typed(field: CustomField, value: Any) -> dict[str, Any] | None:
    """The column of a value, checked against the kind of its field. What is chosen is named by its id or by its
    name."""
    text = one_line(str(value)) if value is not None else ""
    if not text:
        return None
    try:
        if field.kind == CustomField.Kind.NUMBER:
            return {"number": number(text)}
        if field.kind == CustomField.Kind.DATE:
            return {"date": date.fromisoformat(text)}
        if field.kind == CustomField.Kind.CHECKBOX:
            return {"checked": _YES_OR_NO[text.lower()]}
        if field.kind == CustomField.Kind.CHOICE:
            by_id = isinstance(value, int) and not isinstance(value, bool)
            which = {"id": whole_number(text) or 0} if by_id else {"name": text}
            return {"option": CustomOption.objects.get(field=field, archived_at=None, **which)}
    except (ValueError, KeyError, ArithmeticError, CustomOption.DoesNotExist):
        raise Refused(
            _("“%(value)s” cannot be the value of “%(field)s”.") % {"value": one_line(text, 80), "field": field.name}
        ) from None
    return {"text": one_line(text, LONGEST)}
