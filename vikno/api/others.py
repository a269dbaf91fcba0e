"""Words of the company, dialogs, the ledger, deliveries and events."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import Query, Router
from ninja.errors import HttpError

from vikno.accounts.models import ApiToken
from vikno.accounts.security import address_of
from vikno.api import drawing, schemas
from vikno.api.access import ApiRequest, Bearer
from vikno.api.once import DESCRIBED, once
from vikno.api.paging import MOST, page
from vikno.api.schemas import REFUSALS, Line
from vikno.dialogs.models import Channel, Delivery, Dialog, Message
from vikno.intake import ledger, queries
from vikno.intake.access import named_tickets
from vikno.intake.models import Inbound
from vikno.journal import readers
from vikno.staff.access import NotAllowed
from vikno.staff.models import Team
from vikno.staff.rights import Right, require
from vikno.tickets import access
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Link, Status, Ticket

router = Router(tags=["others"])
BIGGEST_LETTER = 35 * 1024 * 1024
Limit = Query(50, ge=1, le=MOST)
NAME_TICKETS = frozenset(
    {"merged_into", "split", "link", "written_on", "cause"}
)  # fields of a delta that hold ids of tickets


@router.get("/teams", response={200: schemas.Page, **REFUSALS})
def list_teams(request: ApiRequest, cursor: Line = "", limit: int = Limit) -> Any:
    def draw(found: list[Team]) -> list[dict[str, Any]]:
        return [{"id": t.id, "name": t.name, "openness": t.openness} for t in found]

    return page(Team.objects.filter(archived_at=None), draw, cursor, limit)


@router.get("/statuses", response={200: schemas.Page, **REFUSALS})
def list_statuses(request: ApiRequest, cursor: Line = "", limit: int = Limit) -> Any:
    def draw(found: list[Status]) -> list[dict[str, Any]]:
        return [{"id": s.id, "name": s.name, "stage": s.stage, "customer_word": s.customer_word} for s in found]

    return page(Status.objects.filter(archived_at=None), draw, cursor, limit)


@router.get("/dialogs/{int:dialog_id}", response={200: dict[str, Any], **REFUSALS})
def get_dialog(request: ApiRequest, dialog_id: int, limit: int = Limit) -> Any:
    """A dialog with its newest messages, as far as they belong to tickets that this token may see. `hidden` says that
    there are others, and no more."""
    dialog = Dialog.objects.select_related("channel", "identity").filter(id=min(dialog_id, 2**62)).first()
    newest = (
        list(Message.objects.filter(dialog=dialog).select_related("identity").order_by("-id")[:limit]) if dialog else []
    )
    seen = access.readable_messages(request.viewer, dialog, [one.id for one in newest]) if dialog else set()
    if dialog is None or not seen:
        raise HttpError(404, "There is nothing here, or nothing that this token may see.")
    shown = [one for one in newest if one.id in seen]
    return drawing.dialogs([dialog])[0] | {"messages": drawing.messages(shown), "hidden": len(shown) < len(newest)}


@router.get("/inbound", response={200: schemas.Page, **REFUSALS})
def list_inbound(request: ApiRequest, fate: Line = "", cursor: Line = "", limit: int = Limit) -> Any:
    """The ledger of what came in, with the fate of each entry, as far as it concerns this token."""
    require(request.viewer, Right.LEDGER)
    rows = queries.entries(request.viewer, fate=fate).select_related("ticket")

    def draw(found: list[Inbound]) -> list[dict[str, Any]]:
        tickets = named_tickets(request.viewer, found)
        return [_inbound(one, tickets) for one in found]

    return page(rows, draw, cursor, limit)


def _inbound(entry: Inbound, tickets: set[int]) -> dict[str, Any]:
    return {
        "id": entry.id, "channel": entry.channel_id, "source": entry.source, "received_at": entry.received_at,
        "size": entry.size, "fate": entry.fate or "waiting", "kind": entry.kind, "reason": entry.reason,
        "sender": entry.sender, "subject": entry.subject,
        "ticket": entry.ticket.number if entry.ticket and entry.ticket_id in tickets else None,
    }  # fmt: skip


@router.post(
    "/inbound",
    auth=Bearer(scopes=(ApiToken.Scope.INBOUND, ApiToken.Scope.WRITE)),
    response={202: dict[str, Any], **REFUSALS},
    openapi_extra=DESCRIBED,
)
def hand_in(request: ApiRequest, channel: int | None = None) -> HttpResponse:
    """Hand in one letter as it is (the body, message/rfc822). 202 once it is safely stored; its fate follows. The
    address that this request comes from is remembered; the letter's own lines say better where it was written."""
    if request.token.scope != ApiToken.Scope.INBOUND:
        access.must_write(request.viewer)
    raw = request.body
    if not raw:
        raise Invalid("The body is the letter; it is empty.")
    if len(raw) > BIGGEST_LETTER:
        raise HttpError(413, "The letter is larger than 35 MB.")
    mail = Channel.objects.filter(kind="email", active=True).order_by("id")
    found = (mail.filter(id=min(channel, 2**62)) if channel is not None else mail).first()
    if found is None:
        raise Invalid("There is no such mail channel.")
    _must_reach(request, found)
    peer = address_of(request)
    return once(request, lambda: {"id": ledger.accept(found, raw, source="http", peer_ip=peer).id}, 202)


def _must_reach(request: ApiRequest, channel: Channel) -> None:
    """Raises NotAllowed if a letter of this channel could open a ticket in a team that the token is narrowed from."""
    only = request.viewer.only_teams
    teams = {channel.team_id, *channel.addresses.exclude(team=None).values_list("team_id", flat=True)}
    if only and not teams <= only:
        raise NotAllowed("This token is narrowed to teams, and this channel serves others too.")


@router.get("/deliveries", response={200: schemas.Page, **REFUSALS})
def list_deliveries(request: ApiRequest, state: Line = "", cursor: Line = "", limit: int = Limit) -> Any:
    """What goes out, one row for each recipient, as far as this token may see the ticket."""
    rows = Delivery.objects.select_related("identity")
    if state:
        rows = rows.filter(state=state)

    def draw(found: list[Delivery]) -> list[dict[str, Any]]:
        links = Link.objects.filter(message_id__in=[one.message_id for one in found], ended_act=None)
        pairs = list(links.values_list("message_id", "ticket_id"))
        seen = access.contributing(request.viewer, {ticket for _message, ticket in pairs})
        shown = {message for message, ticket in pairs if ticket in seen}  # of several tickets one is enough
        return [
            {"id": one.id, "message": one.message_id, "to": one.identity.shown, "role": one.role, "state": one.state,
             "attempts": one.attempts, "reason": one.reason, "sent_at": one.sent_at}
            for one in found if one.message_id in shown
        ]  # fmt: skip

    return page(rows, draw, cursor, limit)


@router.get("/events", response={200: schemas.Page, **REFUSALS})
def list_events(request: ApiRequest, after: int = Query(0, ge=0, le=2**62), limit: int = Limit) -> Any:
    """Events after an id, in order, as far as they concern tickets that this token may see. `next` is the id to go on
    from: also when no item is shown, there may be more."""
    rows = readers.read_after(after, limit)
    seen = access.seen_of(request.viewer, {ticket for row in rows for ticket, _version in row.tickets})
    numbers = dict(Ticket.objects.filter(id__in=seen).values_list("id", "number"))
    items = [
        {
            "id": row.id, "at": row.at, "verb": row.verb, "actor": {"kind": row.actor_kind, "id": row.actor_id},
            "act": row.act, "cause": row.cause, "message": row.message_id, "dialog": row.dialog_id,
            "tickets": [numbers[ticket] for ticket, _version in row.tickets if ticket in numbers],
            "delta": _delta(row.delta, seen),
        }
        for row in rows
        if any(ticket in seen for ticket, _version in row.tickets)
    ]  # fmt: skip
    return {"items": items, "next": str(rows[-1].id) if rows else None}


def _delta(delta: dict[str, Any], seen: set[int]) -> dict[str, Any]:
    """What changed, without the part of tickets that may not be seen: neither what became of them nor their ids."""
    shown = {name: change for name, change in delta.items() if _named(name, change) <= seen}
    if "tickets" in shown:
        parts = shown["tickets"].items()
        shown["tickets"] = {key: _delta(part, seen) for key, part in parts if int(key) in seen}
    return shown


def _named(field: str, change: Any) -> set[int]:
    """The tickets that a change of this field names by their ids."""
    return {one for one in change if one is not None} if field in NAME_TICKETS else set()
