"""What the form of a new ticket says, turned into a verb: entering what was told. What it says besides the words is the
same for a letter that an agent writes first."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from vikno.channels.manual.channel import IN_PERSON, PHONE
from vikno.core.text import one_line, whole_number
from vikno.desk.custom_fields import asked_now
from vikno.desk.face import DeskRequest
from vikno.desk.written import addresses, uploaded
from vikno.dialogs.actions import Words
from vikno.dialogs.models import Channel
from vikno.journal import acts
from vikno.people.actions import add_contract, add_identity, create_person, identify
from vikno.people.actions.persons import Refused
from vikno.people.models import Contract, Identity, Person
from vikno.people.values import WrongValue
from vikno.staff.models import Agent, Team
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.entering import enter
from vikno.tickets.actions.fields import open_with, set_contract, set_due, set_field, tag, tag_named
from vikno.tickets.asked import Missing
from vikno.tickets.models import Category, Priority, Ticket, TicketType


class WrongField(Exception):
    """One field of the form cannot be used; everything typed stays on the page."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


def create(request: DeskRequest, values: dict[str, str]) -> Ticket:
    """The ticket that the form asks for. Raises WrongField and Invalid; call it inside a transaction."""
    agent, act = request.desk.agent, acts.agent(request.desk.agent.id)
    requester = _requester(values, act)
    subject = one_line(values["subject"], 500)
    text = values["text"].replace("\r\n", "\n").strip()
    files = uploaded(request.FILES.getlist("files"))
    if not subject:
        raise WrongField("subject", _("Say in a few words what it is about."))
    if not text and not files:
        raise WrongField("text", _("Write down what was said."))
    more, due = known(values), due_day(values["due"])
    words = Words(text, subject=subject)
    kind = values["kind"] if values["kind"] in (IN_PERSON, PHONE) else PHONE
    channel = _channel(kind, _("This way of asking is not set up. An owner can restore it."))
    ticket = enter(agent, channel, requester, words, by=act, files=files, **more)
    afterwards(ticket, requester.person, values, due, act)
    return ticket


def known(values: dict[str, str]) -> dict[str, Any]:
    """What the form says besides the words; what it leaves open follows from the channel."""
    chosen = {
        "team": _row(Team.objects.filter(archived_at=None), values["team"], "team"),
        "agent": _row(Agent.objects.filter(active=True), values["assignee"], "assignee"),
        "priority": _row(Priority.objects.all(), values["priority"], "priority"),
        "type": _row(TicketType.objects.all(), values["type"], "type"),
        "category": _row(Category.objects.all(), values["category"], "category"),
    }
    return {name: value for name, value in chosen.items() if value is not None}


def _channel(kind: str, missing: str) -> Channel:
    channel = Channel.objects.filter(kind=kind, active=True).order_by("id").first()
    if channel is None:
        raise WrongField("kind", missing)
    return channel


def afterwards(ticket: Ticket, person: Person, values: dict[str, str], due: date | None, act: acts.Act) -> None:
    """What is set once the ticket is there. Raises WrongField."""
    names = [name for name in values["tags"].split(",") if name.strip()]
    if names:
        tag(ticket, [tag_named(name) for name in names], by=act)
    number = values["contract"].strip()
    if number:
        try:
            contract = Contract.objects.filter(number=number).first() or add_contract(number, person=person, by=act)
            set_contract(ticket, contract, by=act)
        except (Invalid, Refused) as invalid:
            raise WrongField("contract", str(invalid)) from None
    _fill_in(ticket, values, act)
    if due is not None:
        try:
            set_due(ticket, due, by=act)
        except Invalid as invalid:
            raise WrongField("due", str(invalid)) from None


def _fill_in(ticket: Ticket, values: dict[str, str], act: acts.Act) -> None:
    """What the form asks by custom fields of the team and category that it went to."""
    known = {"team": str(ticket.team_id), "category": str(ticket.category_id or "")}
    for field in asked_now(known):
        try:
            set_field(ticket, field, values.get(f"field.{field.key}", ""), by=act)
        except Invalid as invalid:
            raise WrongField(f"field.{field.key}", str(invalid)) from None
    try:
        open_with(ticket, {}, by=act)
    except Missing as missing:
        raise WrongField(f"field.{missing.fields[0].key}", str(missing)) from None


def _requester(values: dict[str, str], act: acts.Act) -> Identity:
    """The identity that was typed: an address, a phone, or the name of somebody who has neither."""
    typed = values["requester"].strip()
    if not typed:
        raise WrongField("requester", _("Say who asks: an address, a phone or a name."))
    if "@" in typed:
        try:
            found = addresses(typed, values["name"])
        except Invalid as invalid:
            raise WrongField("requester", str(invalid)) from None
        if len(found) != 1:
            raise WrongField("requester", _("One requester, please. Others can be added in copy."))
        return found[0]
    if sum(letter.isdigit() for letter in typed) >= 5:
        try:
            return identify(Identity.Kind.PHONE, typed, typed, name=values["name"])
        except WrongValue as bad:
            raise WrongField("requester", str(bad)) from None
    person = create_person(typed, by=act)
    return add_identity(person, Identity.Kind.PLACE, f"person:{person.id}", person.name, by=act)


def _row(rows: Any, value: str, field: str) -> Any:
    if not value:
        return None
    number = whole_number(value)
    found = rows.filter(id=number).first() if number is not None else None
    if found is None:
        raise WrongField(field, _("What was chosen is no longer there. Choose again."))
    return found


def due_day(value: str) -> date | None:
    """The day that a form names, if any. Raises WrongField."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise WrongField("due", _("This is not a date. Write it as 2026-12-31.")) from None
