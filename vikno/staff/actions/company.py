"""Verbs on the company and on how it shows itself. Names and the logo are words and pictures, which events never hold:
their changes are told and cannot be undone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from vikno.accounts.actions import FactorFirst, set_rules
from vikno.accounts.models import SignInRules
from vikno.core import files, look
from vikno.core.models import LANGUAGES, Brand, Company
from vikno.core.text import one_line
from vikno.journal.acts import Act, Kind
from vikno.journal.models import Event
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.actions.persons import Refused
from vikno.staff.models import Agent

_COMPANY = frozenset({"name", "language", "zone"})
_BRAND = frozenset({"name", "sender_name", "language", "accent_hue"})
_WORDS = frozenset({"name", "sender_name"})
_ROWS: dict[str, Any] = {"company": Company, "brand": Brand, "rules": SignInRules}


def set_company(values: Mapping[str, Any], *, by: Act) -> None:
    """The company's name, language (of colleagues who chose none) and time zone (of its days). Raises Refused."""
    _set(Company, "company", _COMPANY, values, by)


def set_brand(brand: Brand, values: Mapping[str, Any], *, by: Act) -> None:
    """What customers see: the name, the sender's name ("" for that name), the language of letters to who has none, and
    the hue of what can be pressed. Raises Refused."""
    _set(Brand, "brand", _BRAND, values, by, brand.id)


@transaction.atomic
def _set(
    model: type[models.Model], code: str, columns: frozenset[str], values: Mapping[str, Any], by: Act, pk: int = 1
) -> None:
    row: Any = model._base_manager.select_for_update(no_key=True).get(id=pk)
    delta: dict[str, Any] = {}
    for name in columns & values.keys():
        before, after = getattr(row, name), _checked(name, values[name])
        if before != after:
            setattr(row, name, after)
            delta[name] = [True, True] if name in _WORDS else [before, after]
    if delta:
        row.save(update_fields=list(delta))
        record(by, Verb.SETTING_CHANGED, delta={code: [row.pk, row.pk], **delta})
        look.forget()


def _checked(name: str, value: Any) -> Any:
    if name in _WORDS:
        value = one_line(value, 200)
        if name == "name" and not value:
            raise Refused(_("It needs a name."))
    if name == "language" and value not in dict(LANGUAGES):
        raise Refused(_("Choose a language."))
    if name == "accent_hue" and not 0 <= value < 360:
        raise Refused(_("Choose one of the colours."))
    return value


@transaction.atomic
def set_logo(brand: Brand, picture: bytes | None, *, by: Act) -> None:
    """The logo, a PNG that was made anew from what somebody chose; None takes it away."""
    row = Brand.objects.select_for_update(no_key=True).get(id=brand.id)
    before = row.logo
    if before is None and picture is None:
        return
    row.logo = files.put(picture) if picture is not None else None
    row.save(update_fields=["logo"])
    told = [before is not None, row.logo is not None]
    record(by, Verb.SETTING_CHANGED, delta={"brand": [row.id, row.id], "logo": told})
    if before is not None:
        files.remove(before)
    look.forget()


def as_before(event: Event, by: Act) -> None:
    """The inverse of what an event tells of the company, a brand or the rules of signing in. Raises Refused if it was
    changed again since, or another name or logo was given."""
    code = next((one for one in ("company", "brand", "rules") if one in event.delta), None)
    told = {name: pair for name, pair in event.delta.items() if name != code}
    if code is None or told.keys() & (_WORDS | {"logo"}):
        raise Refused(_("This cannot be undone."))
    pk = event.delta[code][1]
    row: Any = _ROWS[code].objects.get(id=pk)
    if any(getattr(row, name) != after for name, (_before, after) in told.items()):
        raise Refused(_("It was changed again since. Nothing was undone."))
    back = {name: before for name, (before, _after) in told.items()}
    if code == "company":
        set_company(back, by=by)
    elif code == "rules":
        try:
            set_rules(back, user=_login_of(by), by=by)
        except FactorFirst as refused:
            raise Refused(str(refused)) from None
        except ValueError:  # the other time was changed since, and the two do not go together
            raise Refused(_("It was changed again since. Nothing was undone.")) from None
    else:
        set_brand(row, back, by=by)


def _login_of(by: Act) -> int | None:
    """The user behind an act of an agent, for the security log."""
    if by.actor.kind != Kind.AGENT or by.actor.id is None:
        return None
    return Agent.objects.filter(id=by.actor.id).values_list("person__user_id", flat=True).first()
