"""What a form on a person's page may ask for: one function for each field it may carry. Each calls one verb and answers
the words of the toast. What cannot be is raised as Refused or WrongValue, in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vikno.core import clock
from vikno.core.text import one_line, sort_key, whole_number
from vikno.desk import customer_fields
from vikno.desk.face import DeskRequest
from vikno.desk.person_page import human_for, must_edit
from vikno.journal.acts import Act
from vikno.people import actions as people
from vikno.people.actions.persons import Refused
from vikno.people.models import Contract, CustomField, Identity, Organisation, Person
from vikno.people.queries import by_value, one_human
from vikno.tickets import people_access
from vikno.tickets.actions import customers

Change = Callable[[DeskRequest, Person, Act], str]
BLOCKABLE = (Identity.Kind.EMAIL, Identity.Kind.PHONE)


class Belongs(Refused):
    """The address is known as that of somebody else, whom the viewer may look up: the two may be joined."""

    def __init__(self, words: str, other: Person) -> None:
        super().__init__(words)
        self.other = other


class Unknown(Refused):
    """No organisation is called so: it may be made."""


def _gone() -> Refused:
    return Refused(_("What was chosen is no longer there. Choose again."))


def _identity(request: DeskRequest, person: Person, name: str) -> Identity:
    """The address that a button names, of this human. Raises NotAllowed if it is a colleague's, joined with them."""
    number = whole_number(request.POST[name]) or 0
    mine = Identity.objects.filter(person_id__in=human_for(request, person), erased_at=None).select_related("person")
    found = mine.filter(id=number).first()
    if found is None:
        raise _gone()
    must_edit(request.desk, [found.person_id])
    return found


def _name(request: DeskRequest, person: Person, by: Act) -> str:
    people.rename(person, request.POST["name"], by=by, seen=request.POST.get("was"))
    return _("Renamed.")


def _language(request: DeskRequest, person: Person, by: Act) -> str:
    people.set_language(person, request.POST["language"], by=by, seen=request.POST.get("was"))
    return _("Saved.")


def organisation_called(text: str) -> Organisation | None:
    """The organisation of this name, whatever its case; None for none or no such."""
    key = sort_key(text)
    return Organisation.objects.filter(sort_key=key).order_by("id").first() if key else None


def _organisation(request: DeskRequest, person: Person, by: Act) -> str:
    """By its name. One that is not known yet is made only by the button that says so."""
    name = one_line(request.POST["organisation"])
    found = organisation_called(name)
    with transaction.atomic():
        if found is None and name:
            if not request.POST.get("make"):
                raise Unknown(_("There is no organisation called “%(name)s” yet.") % {"name": one_line(name, 80)})
            found = people.create_organisation(name, by=by)
        people.set_organisation(person, found, by=by, seen=request.POST.get("was"))
    return _("Organisation: %(name)s.") % {"name": found.name} if found else _("Belongs to no organisation now.")


def _add(request: DeskRequest, person: Person, by: Act) -> str:
    value = request.POST["address"]
    kind = Identity.Kind.EMAIL if "@" in value else Identity.Kind.PHONE
    known = by_value(kind, value)
    if known is not None and known.person_id != person.id:
        other = people_access.people_for(request.desk.viewer).filter(id=known.person_id).first()
        if known.person_id in human_for(request, person):
            return _("They have this address already.")
        words = _("This is known as another person's. If they are one human, join the two.")
        raise Belongs(words, other) if other else Refused(words)
    people.add_identity(person, kind, value, one_line(value), by=by)
    return _("Added.")


# What a button beside an address does to it, and the words of the toast.
_OF_ADDRESS: dict[str, tuple[Callable[[Identity, Act], object], Any]] = {
    "remove": (
        lambda one, by: customers.remove_address(one, by=by), gettext_lazy("%(address)s is not theirs any more."),
    ),
    "verify": (
        lambda one, by: people.verify_identity(one, Identity.Proof.AGENT, by=by),
        gettext_lazy("You vouch for %(address)s. It opens no login."),
    ),
    "prefer": (
        lambda one, by: people.prefer_identity(one, by=by), gettext_lazy("%(address)s is written to first."),
    ),
    "works": (
        lambda one, by: people.mark_working(one, by=by), gettext_lazy("%(address)s counts as working again."),
    ),
    "block": (
        lambda one, by: people.block_identity(one, by=by),
        gettext_lazy("What %(address)s writes is held from now on."),
    ),
    "unblock": (
        lambda one, by: people.unblock_identity(one, by=by),
        gettext_lazy("What %(address)s writes comes in again."),
    ),
}  # fmt: skip


def _to_address(name: str) -> Change:
    verb, words = _OF_ADDRESS[name]

    def change(request: DeskRequest, person: Person, by: Act) -> str:
        identity = _identity(request, person, name)
        verb(identity, by)
        return str(words) % {"address": identity.shown}

    return change


def _block_all(request: DeskRequest, person: Person, by: Act) -> str:
    """All addresses and phones at once, or none any more."""
    on, human = bool(request.POST["block_all"]), human_for(request, person)
    must_edit(request.desk, human)
    mine = Identity.objects.filter(person_id__in=human, kind__in=BLOCKABLE, erased_at=None)
    with transaction.atomic():
        for identity in mine.filter(blocked_at__isnull=on).order_by("id"):
            (people.block_identity if on else people.unblock_identity)(identity, by=by)
    if on:
        return _("Whatever this person writes is held from now on.")
    return _("What this person writes comes in again.")


def day_of(text: str) -> date | None:
    """A day as a form gives it. Raises Refused."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(_("This is not a date. Write it as 2026-12-31.")) from None


def contract_given(request: DeskRequest, by: Act, **holder: Any) -> str:
    """Note the contract that a form gives, of this person or organisation."""
    since, until = (day_of(request.POST.get(name, "")) for name in ("since", "until"))
    row = people.add_contract(request.POST["contract"], since=since, until=until, by=by, **holder)
    return _("Contract %(number)s is noted.") % {"number": row.number}


def contract_taken(request: DeskRequest, by: Act, **holder: Any) -> str:
    """Take away the contract that a button names, of these persons or this organisation."""
    row = _contract_of(request, "contract_remove", holder)
    number = row.number
    customers.remove_contract(row, by=by)
    return _("Contract %(number)s is taken away.") % {"number": number}


def contract_changed(request: DeskRequest, by: Act, **holder: Any) -> str:
    """Change a contract as a form says it, or end it with today."""
    ends = "contract_end" in request.POST
    row = _contract_of(request, "contract_end" if ends else "contract_change", holder)
    if ends:
        today = clock.now().astimezone(ZoneInfo(request.desk.zone)).date()
        people.change_contract(row, row.number, row.since, max(today, row.since or today), by=by)
        return _("Contract %(number)s has ended.") % {"number": row.number}
    since, until = (day_of(request.POST.get(name, "")) for name in ("since", "until"))
    number = request.POST.get("number", "")
    people.change_contract(row, number, since, until, by=by, seen=request.POST.get("was"))
    return _("Contract %(number)s is changed.") % {"number": number}


def _contract_of(request: DeskRequest, name: str, holder: dict[str, Any]) -> Contract:
    """The contract that this field of the form names. Raises Refused."""
    row = Contract.objects.filter(id=whole_number(request.POST[name]) or 0, **holder).first()
    if row is None:
        raise _gone()
    if row.person_id is not None:
        must_edit(request.desk, [row.person_id])
    return row


def _contract(request: DeskRequest, person: Person, by: Act) -> str:
    return contract_given(request, by, person=person)


def _contract_remove(request: DeskRequest, person: Person, by: Act) -> str:
    return contract_taken(request, by, person_id__in=human_for(request, person))


def _contract_change(request: DeskRequest, person: Person, by: Act) -> str:
    return contract_changed(request, by, person_id__in=human_for(request, person))


def _field(request: DeskRequest, person: Person, by: Act) -> str:
    """What a custom field says: of the one of this human whose value the page shows."""
    field, value, seen = customer_fields.asked(request, CustomField.Of.PERSON)
    holder = customer_fields.who_says(field, human_for(request, person))
    must_edit(request.desk, [holder])
    people.set_value(Person.objects.get(id=holder), field, value, by=by, seen=seen)
    return _("Saved.")


def _join(request: DeskRequest, person: Person, by: Act) -> str:
    """Show the person whom the button names as one with this one."""
    seen = people_access.people_for(request.desk.viewer)
    other = seen.filter(id=whole_number(request.POST["join"]) or 0).first()
    if other is None:
        raise _gone()
    must_edit(request.desk, one_human(other.id) | one_human(person.id))
    people.join(other, person, by=by)
    return _("They are shown as one person now. Nothing was moved, so it can be undone at any time.")


def _unjoin(request: DeskRequest, person: Person, by: Act) -> str:
    number = whole_number(request.POST["unjoin"]) or 0
    other = Person.objects.filter(id__in=set(human_for(request, person)) & {number}).first()
    if other is None:
        raise _gone()
    must_edit(request.desk, one_human(other.id))
    people.unjoin(other, by=by)
    return _("They are two persons again.")


CHANGES: dict[str, Change] = {
    "name": _name, "language": _language, "organisation": _organisation, "address": _add,
    **{name: _to_address(name) for name in _OF_ADDRESS},
    "block_all": _block_all, "contract": _contract, "contract_remove": _contract_remove,
    "contract_change": _contract_change, "contract_end": _contract_change, "join": _join,
    "unjoin": _unjoin, "field": _field,
}  # fmt: skip
