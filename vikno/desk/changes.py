"""What a form on a ticket's page may ask for: one function for each field it may carry. Each calls one verb and answers
the words of the toast. Raises Conflict and Invalid as the verbs do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.core.text import one_line, whole_number
from vikno.core.times import moments
from vikno.desk.face import DeskRequest
from vikno.desk.snoozing import until_of
from vikno.intake.actions import NotPossible, block_domain
from vikno.journal.acts import Act
from vikno.people import values
from vikno.people.actions import block_identity, unblock_identity
from vikno.people.actions.persons import Refused
from vikno.people.models import Contract
from vikno.staff.models import Agent, Team
from vikno.staff.rights import Right, require
from vikno.tickets.actions import account, assigning, fields, state
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.asked import asked_of
from vikno.tickets.models import Category, Field, Priority, Status, Tag, Ticket, TicketType

Change = Callable[[DeskRequest, Ticket, Act], str]


def _version(request: DeskRequest) -> int | None:
    return whole_number(request.POST.get("version", ""))


def _chosen(request: DeskRequest, name: str, rows: Any, *, needed: bool = False) -> Any:
    """The row that a choice names; None for none. Raises Invalid for one that is not there, and for none where one is
    needed."""
    value = request.POST[name]
    if not value and not needed:
        return None
    number = whole_number(value)
    found = rows.filter(id=number).first() if number is not None else None
    if found is None:
        raise Invalid(_("What was chosen is no longer there. Choose again."))
    return found


def _take(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    assigning.take(ticket, request.desk.agent, by=act, seen=_version(request))
    return _("It is yours now.")


def _close(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    state.close(ticket, by=act, seen=_version(request))
    return _("Closed.")


def _reopen(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    state.reopen(ticket, by=act, seen=_version(request))
    return _("Open again.")


def _wait(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    state.wait(ticket, by=act, seen=_version(request))
    return _("Waiting for others.")


def _snooze(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    if not request.POST["snooze"]:
        state.wake(ticket, by=act)
        return _("It is back in the lists.")
    zone = request.desk.zone
    until = until_of(request.POST["snooze"], request.POST.get("snooze_at", ""), zone, clock.now())
    state.snooze(ticket, until, by=act, seen=_version(request))
    moment = moments(zone, translation.get_language() or "en")
    return _("Put aside until %(when)s, or until an answer comes.") % {"when": moment(until)}


def _status(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    status = _chosen(request, "status", Status.objects.filter(archived_at=None), needed=True)
    state.set_status(ticket, status, by=act, seen=_version(request))
    return _("Status: %(name)s.") % {"name": status.name}


def _agent(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    agent = _chosen(request, "agent", Agent.objects.select_related("person"))
    assigning.assign(ticket, agent, by=act, seen=_version(request))
    return _("Responsible: %(name)s.") % {"name": agent.person.name} if agent else _("Given back to the team.")


def _team(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    team = _chosen(request, "team", Team.objects.filter(archived_at=None), needed=True)
    assigning.hand_over(ticket, team, by=act, seen=_version(request))
    return _("Handed to %(name)s.") % {"name": team.name}


def _priority(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    priority = _chosen(request, "priority", Priority.objects.filter(archived_at=None), needed=True)
    fields.set_priority(ticket, priority, by=act, seen=_version(request))
    return _("Priority: %(name)s.") % {"name": priority.name}


def _type(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    fields.set_type(ticket, _chosen(request, "type", TicketType.objects.all()), by=act, seen=_version(request))
    return _("Saved.")


def _category(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    fields.set_category(ticket, _chosen(request, "category", Category.objects.all()), by=act, seen=_version(request))
    return _("Saved.")


def _contract(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    fields.set_contract(ticket, _chosen(request, "contract", Contract.objects.all()), by=act, seen=_version(request))
    return _("Saved.")


def _due(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    try:
        due = date.fromisoformat(request.POST["due"]) if request.POST["due"] else None
    except ValueError:
        raise Invalid(_("This is not a date. Write it as 2026-12-31.")) from None
    fields.set_due(ticket, due, by=act, seen=_version(request))
    return _("Due date saved.") if due else _("No due date any more.")


def _subject(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    fields.rename(ticket, request.POST["subject"], by=act, seen=_version(request))
    return _("Renamed.")


def _tag(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    fields.tag(ticket, [fields.tag_named(name) for name in request.POST["tag"].split(",") if name.strip()], by=act)
    return _("Tagged.")


def _untag(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    fields.tag(ticket, (), Tag.objects.filter(name=one_line(request.POST["untag"])), by=act)
    return _("Tag removed.")


def _restricted(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    on = bool(request.POST["restricted"])
    fields.restrict(ticket, on, by=act, seen=_version(request))
    return _("Restricted: only the responsible, followers and leads see it.") if on else _("No longer restricted.")


def _follow(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    if request.POST["follow"]:
        assigning.follow(ticket, request.desk.agent.id, by=act)
        return _("You follow this ticket.")
    assigning.unfollow(ticket, request.desk.agent.id, by=act)
    return _("You follow it no longer.")


def _unread(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    state.mark_unread(ticket, request.desk.agent.id)
    return _("Unread again.")


def _delete(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    state.delete(ticket, by=act, seen=_version(request))
    return _("In the bin. It stays there for 30 days.")


def _restore(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    state.restore(ticket, by=act)
    return _("It is back in the lists.")


def _spam(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    if request.POST["spam"]:
        state.mark_spam(ticket, by=act, seen=_version(request))
        return _("Spam: it is in no list and in no figure any more.")
    state.not_spam(ticket, by=act)
    return _("No spam: it is back in the lists.")


def _block(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    """Hold what its sender writes from now on, or what comes from their whole domain, or neither any more."""
    identity = ticket.identity
    if identity is None:
        raise Invalid(_("This request has no address that could be blocked."))
    try:
        if request.POST["block"] == "domain":
            block_domain(values.domain_of(identity.value), by=act)
            return _("Letters from %(domain)s are held from now on.") % {"domain": values.domain_of(identity.value)}
    except (Refused, NotPossible) as refused:
        raise Invalid(str(refused)) from None
    if request.POST["block"]:
        block_identity(identity, by=act)
        return _("What %(address)s writes is held from now on.") % {"address": identity.shown}
    unblock_identity(identity, by=act)
    return _("What %(address)s writes comes in again.") % {"address": identity.shown}


def _account(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    """A lead has an account matter handled that nobody has proved; the time line says so."""
    require(request.desk.viewer, Right.LEDGER)
    account.handle_anyway(request.desk.viewer, ticket, by=act)
    return _("It can be answered now. The time line says that you decided so.")


def _field(request: DeskRequest, ticket: Ticket, act: Act) -> str:
    """A custom field; the form names it and carries its value."""
    key, value = request.POST["field"], request.POST.get("value", "")
    field = next((one for one in asked_of(ticket.team_id, ticket.category_id) if one.key == key), None)
    if field is None:
        raise Invalid(_("This field is no longer asked here. Load the page again."))
    chosen = whole_number(value) if field.kind == Field.Kind.CONTRACT else value
    fields.set_field(ticket, field, chosen, by=act, seen=_version(request))
    return _("%(field)s: saved.") % {"field": field.name}


LASTING = frozenset({"unread", "account"})  # no undo is offered
CHANGES: dict[str, Change] = {
    "take": _take, "close": _close, "reopen": _reopen, "wait": _wait, "snooze": _snooze, "status": _status,
    "agent": _agent, "team": _team, "priority": _priority, "type": _type, "category": _category, "contract": _contract,
    "due": _due, "subject": _subject, "tag": _tag, "untag": _untag, "restricted": _restricted, "follow": _follow,
    "unread": _unread, "delete": _delete, "restore": _restore, "spam": _spam, "block": _block, "account": _account,
    "field": _field,
}  # fmt: skip
