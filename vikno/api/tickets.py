"""Tickets: lists, one, new ones, changes."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from ninja import Query, Router
from ninja.errors import HttpError
from pydantic import Field

from vikno.accounts.security import address_of
from vikno.api import drawing, schemas
from vikno.api.access import ApiRequest, agent_of, ticket_of
from vikno.api.once import DESCRIBED, once
from vikno.api.paging import MOST, page
from vikno.api.schemas import REFUSALS, Key, Line, new_files
from vikno.dialogs.actions import Words
from vikno.dialogs.models import Channel
from vikno.journal import acts
from vikno.journal.since import changed_since
from vikno.people.actions import identify
from vikno.people.models import Identity
from vikno.search.find import matching
from vikno.search.matching import Scope
from vikno.staff.access import NotAllowed
from vikno.staff.models import Agent, Team
from vikno.tickets import access
from vikno.tickets.actions import assigning, fields, state
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.creating import team_of
from vikno.tickets.actions.entering import enter
from vikno.tickets.models import Category, Priority, Status, Ticket, TicketTag, TicketType
from vikno.tickets.models import Field as CustomField

router = Router(tags=["tickets"])


class Filter(schemas.Strict):
    """All that a list of tickets can be narrowed by."""

    q: Line = ""
    stage: str = Field("", pattern="^(new|open|waiting|closed)?$")
    status: Key | None = None
    team: Key | None = None
    agent: Key | None = None
    requester: Key | None = None
    tag: Line = ""
    updated_after: schemas.Instant | None = None
    cursor: Line = ""
    limit: int = Field(50, ge=1, le=MOST)


@router.get("/tickets", response={200: schemas.Page, **REFUSALS})
def list_tickets(request: ApiRequest, given: Query[Filter]) -> Any:
    """Tickets, newest first; merged and deleted ones are left out. `q` is a search, with the newest words first.
    `updated_after` asks for those of which anything changed since, tags and fields too."""
    same = {"stage": given.stage, "status": given.status, "team": given.team, "agent": given.agent,
            "requester": given.requester}  # fmt: skip
    narrowed = Q(**{name: value for name, value in same.items() if value})
    if given.tag:
        narrowed &= Q(Exists(TicketTag.objects.filter(ticket=OuterRef("pk"), tag__name=given.tag)))
    if given.updated_after:
        narrowed &= Q(id__in=changed_since(given.updated_after))
    rows = access.tickets_for(request.viewer).filter(deleted_at=None).select_related("contract")
    if not given.q:
        return page(rows.filter(narrowed, merged_into=None), drawing.tickets, given.cursor, given.limit)
    # What was merged is found by its words and shown as the ticket that it is read as now.
    found = matching(request.viewer, given.q, before=given.cursor, limit=given.limit, scope=Scope.of(narrowed))
    ids = [match.shown for match in found.matches]
    by_id = {one.id: one for one in rows.filter(id__in=ids)}
    return {"items": drawing.tickets([by_id[pk] for pk in ids if pk in by_id]), "next": found.older or None}


@router.post("/tickets", response={201: schemas.Ticket, **REFUSALS}, openapi_extra=DESCRIBED)
def create_ticket(request: ApiRequest, new: schemas.NewTicket) -> HttpResponse:
    """A ticket for somebody: what was said becomes their first message, entered by the token's owner. The address that
    this request comes from is remembered with it."""
    access.must_write(request.viewer)
    return once(request, lambda: drawing.tickets([_create(request, new)])[0])


def _create(request: ApiRequest, new: schemas.NewTicket) -> Ticket:
    agent, act = agent_of(request), acts.agent(request.viewer.agent_id or 0)
    who = new.requester
    if bool(who.email) == bool(who.phone):
        raise Invalid("A requester has either an email or a phone.")
    kind = Identity.Kind.EMAIL if who.email else Identity.Kind.PHONE
    with transaction.atomic():
        identity = identify(kind, who.email or who.phone or "", who.email or who.phone or "", name=who.name)
        channel = Channel.objects.filter(kind=new.channel).order_by("id").first()
        if channel is None:
            raise Invalid("This channel is not set up.")
        category = _row(Category.objects.all(), new.category, "category")
        ticket = enter(
            agent, channel, identity, Words(new.text, subject=new.subject), by=act, files=new_files(new.attachments),
            team=_team(request, channel, new.team, category),
            agent=None, priority=_row(Priority.objects.all(), new.priority, "priority"),
            type=_row(TicketType.objects.all(), new.type, "type"),
            category=category, restricted=new.restricted, ip=address_of(request),
        )  # fmt: skip
        if new.agent:
            assigning.assign(ticket, _row(Agent.objects.all(), new.agent, "agent"), by=act)
        if new.due:
            fields.set_due(ticket, new.due, by=act)
        if new.tags:
            fields.tag(ticket, [fields.tag_named(name) for name in new.tags], by=act)
        fields.open_with(ticket, new.fields, by=act)
    return Ticket.objects.select_related("contract").get(id=ticket.id)


def _team(request: ApiRequest, channel: Channel, key: int | None, category: Category | None) -> Team | None:
    """The team that was named; None leaves it to the category and the channel."""
    team: Team | None = _row(Team.objects.filter(archived_at=None), key, "team")
    _must_reach(request, team_of(channel, team, category).id)
    return team


def _must_reach(request: ApiRequest, team_id: int | None) -> None:
    """A token narrowed to teams opens tickets in these, and hands them over to these alone: it would not see any more
    what it did. Raises NotAllowed."""
    only = request.viewer.only_teams
    if only and team_id is not None and team_id not in only:
        raise NotAllowed("This token is narrowed to teams. Name one of them as the ticket's team.")


def _row(rows: Any, key: int | None, name: str) -> Any:
    if key is None:
        return None
    found = rows.filter(id=key).first()
    if found is None:
        raise Invalid(f"There is no {name} {key}.")
    return found


@router.get("/tickets/{int:number}", response={200: schemas.Ticket, **REFUSALS})
def get_ticket(request: ApiRequest, number: int, response: HttpResponse) -> Any:
    """One ticket; its version is also the ETag."""
    ticket = ticket_of(request, number)
    response["ETag"] = f'"{ticket.version}"'
    return drawing.tickets([ticket])[0]


@router.patch("/tickets/{int:number}", response={200: schemas.Ticket, **REFUSALS})
def change_ticket(request: ApiRequest, number: int, patch: schemas.TicketPatch, response: HttpResponse) -> Any:
    """Change what is named, all of it or nothing. With `If-Match: "<version>"` it is refused (412) if one of these
    fields changed since; changes of other fields do no harm."""
    access.must_write(request.viewer)
    ticket = ticket_of(request, number)
    seen = _seen(request)
    act = acts.agent(request.viewer.agent_id or 0)
    given = patch.dict(exclude_unset=True)
    _must_reach(request, given.get("team"))
    with transaction.atomic():
        fields.lock_ahead(
            ticket, agent=_row(Agent.objects.all(), given.get("agent"), "agent"),
            category=_row(Category.objects.all(), given.get("category"), "category"),
        )  # fmt: skip
        for name in sorted(given, key=lambda one: one == "status"):  # last: closing asks for the rest
            if name in PATCHES:
                PATCHES[name](ticket, given[name], act, seen)
    ticket = Ticket.objects.select_related("contract").get(id=ticket.id)
    response["ETag"] = f'"{ticket.version}"'
    return drawing.tickets([ticket])[0]


def _seen(request: ApiRequest) -> int | None:
    given = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not given or given == "*":
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        raise HttpError(422, 'If-Match carries the version of the ticket, such as "7".')
    return int(given)


def _needed(rows: Any, value: Any, name: str) -> Any:
    found = _row(rows, value, name)
    if found is None:
        raise Invalid(f"{name} cannot be empty.")
    return found


def _patch_tags(ticket: Ticket, names: Any, act: acts.Act, seen: int | None) -> None:
    wanted = {one.id: one for one in (fields.tag_named(name) for name in names or [])}
    present = {row.tag_id: row.tag for row in ticket.tag_rows.select_related("tag")}
    add = [tag for pk, tag in wanted.items() if pk not in present]
    fields.tag(ticket, add, [tag for pk, tag in present.items() if pk not in wanted], by=act)


def _patch_fields(ticket: Ticket, values: Any, act: acts.Act, seen: int | None) -> None:
    for key, value in (values or {}).items():
        field = CustomField.objects.filter(key=key, archived_at=None).first()
        if field is None:
            raise Invalid(f"There is no field {key}.")
        fields.set_field(ticket, field, value, by=act, seen=seen)


PATCHES: dict[str, Any] = {
    "subject": lambda t, v, by, seen: fields.rename(t, v or "", by=by, seen=seen),
    "description": lambda t, v, by, seen: fields.describe(t, v or "", by=by, seen=seen),
    "status": lambda t, v, by, seen: state.set_status(t, _needed(Status.objects.all(), v, "status"), by=by, seen=seen),
    "team": lambda t, v, by, seen: assigning.hand_over(t, _needed(Team.objects.all(), v, "team"), by=by, seen=seen),
    "agent": lambda t, v, by, seen: assigning.assign(t, _row(Agent.objects.all(), v, "agent"), by=by, seen=seen),
    "priority": lambda t, v, by, seen: fields.set_priority(
        t, _needed(Priority.objects.all(), v, "priority"), by=by, seen=seen
    ),
    "type": lambda t, v, by, seen: fields.set_type(t, _row(TicketType.objects.all(), v, "type"), by=by, seen=seen),
    "category": lambda t, v, by, seen: fields.set_category(
        t, _row(Category.objects.all(), v, "category"), by=by, seen=seen
    ),
    "due": lambda t, v, by, seen: fields.set_due(t, v, by=by, seen=seen),
    "restricted": lambda t, v, by, seen: fields.restrict(t, bool(v), by=by, seen=seen),
    "tags": _patch_tags,
    "fields": _patch_fields,
}  # fmt: skip
