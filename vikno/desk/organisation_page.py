"""What the pages of organisations show: their names, domains and contracts, their persons, and what these asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from django.urls import reverse

from vikno.core import rows as sql
from vikno.core.text import whole_number
from vikno.desk import customer_fields, person_lists
from vikno.desk.colleague import name_of
from vikno.desk.face import Desk, DeskRequest
from vikno.desk.person_page import drawn_contracts, drawn_tickets
from vikno.people.models import Contract, CustomField, Organisation, OrganisationDomain
from vikno.staff.rights import Right, may
from vikno.tickets import access

PAGE = 50
MOST_FOUND = 50
MOST_MEMBERS = 5000  # whose requests are gathered: the newest
MOST_TICKETS = 50  # of each list


def organisation_for(organisation_id: int) -> Organisation:
    """The organisation of this id. Raises Http404. Organisations are known to all agents; who of their persons is, is
    decided by `people_access.people_for`."""
    found = Organisation.objects.filter(id=min(organisation_id, 2**62)).first()
    if found is None:
        raise Http404(organisation_id)
    return found


def page(q: str, after: str) -> tuple[list[Organisation], str, bool]:
    """Organisations in the order of their names, or those that a text names: the rows, the cursor of what follows, and
    whether a search found more."""
    if q:
        found = list(person_lists.organisations_named(q)[: MOST_FOUND + 1])
        return found[:MOST_FOUND], "", len(found) > MOST_FOUND
    rows = Organisation.objects.order_by("sort_key", "id")
    last = Organisation.objects.filter(id=whole_number(after) or 0).first()
    if last is not None:
        rows = rows.filter(sort_key__gt=last.sort_key) | rows.filter(sort_key=last.sort_key, id__gt=last.id)
    found = list(rows[: PAGE + 1])
    return found[:PAGE], str(found[PAGE - 1].id) if len(found) > PAGE else "", False


def draw(found: Sequence[Organisation]) -> list[dict[str, Any]]:
    """Rows of the list. Two queries."""
    ids = [one.id for one in found]
    domains: dict[int, list[str]] = {}
    for pk, domain in (
        OrganisationDomain.objects.filter(organisation_id__in=ids)
        .order_by("domain")
        .values_list("organisation_id", "domain")
    ):
        domains.setdefault(pk, []).append(domain)
    contracts: dict[int, list[str]] = {}
    for holder, number in (
        Contract.objects.filter(organisation_id__in=ids).order_by("number").values_list("organisation_id", "number")
    ):
        contracts.setdefault(holder or 0, []).append(number)
    return [
        {
            "id": one.id, "name": one.name, "url": reverse("desk:organisation", args=[one.id]),
            "domains": ", ".join(domains.get(one.id, [])[:5]), "contracts": ", ".join(contracts.get(one.id, [])[:5]),
        }
        for one in found
    ]  # fmt: skip


def whole(request: DeskRequest, organisation: Organisation) -> dict[str, Any]:
    """The context of `desk/organisation.html`."""
    desk = request.desk
    members = person_lists.page(desk.viewer, "newest", request.GET.get("after", ""), of=organisation)
    contracts = organisation.contracts.order_by("number")[:200]
    domains = organisation.domains.order_by("domain")[:200]
    return {
        "person": {  # as the parts that it shares with the page of a person call it
            "name": organisation.name, "may_change": may(desk.viewer, Right.PEOPLE),
            "change_url": reverse("desk:organisation_change", args=[organisation.id]),
        },
        "domains": [{"id": one.id, "domain": one.domain} for one in domains],
        "contracts": drawn_contracts(contracts, desk.zone),
        "custom": customer_fields.drawn(CustomField.Of.ORGANISATION, [organisation.id]),
        "people": person_lists.draw(desk, members.ids),
        "older_url": f"?after={members.after}#people" if members.after else "",
    } | _tickets(desk, organisation)  # fmt: skip


def _tickets(desk: Desk, organisation: Organisation) -> dict[str, list[dict[str, Any]]]:
    """What its persons asked, newest first, as far as the viewer sees it: what is open, and what is closed. Joined
    persons of another organisation, or of none, are not gathered: a request is its requester's. All of theirs are
    gathered first, as the planner would rather look for what is open in an index of all that is open."""
    seen, values = access.where(desk.viewer)
    statement = (
        "WITH theirs AS MATERIALIZED ("
        "SELECT number, subject, stage, status_id, agent_id, created_at, closed_at, requester_id FROM tickets_ticket "
        "WHERE tickets_ticket.requester_id IN ("
        f"SELECT id FROM people_person WHERE organisation_id = %s ORDER BY id DESC LIMIT {MOST_MEMBERS}) "
        f"AND tickets_ticket.merged_into_id IS NULL AND tickets_ticket.deleted_at IS NULL AND ({seen})), "
        f"going AS (SELECT * FROM theirs WHERE closed_at IS NULL ORDER BY created_at DESC LIMIT {MOST_TICKETS}), "
        f"ended AS (SELECT * FROM theirs WHERE closed_at IS NOT NULL ORDER BY created_at DESC LIMIT {MOST_TICKETS}) "
        "SELECT tickets_ticket.number, tickets_ticket.subject, tickets_ticket.stage, tickets_status.name, "
        f"COALESCE({name_of('tickets_ticket.agent_id')}, ''), tickets_ticket.created_at, requester.name, "
        "tickets_ticket.closed_at IS NULL "
        "FROM (SELECT * FROM going UNION ALL SELECT * FROM ended) tickets_ticket "
        "JOIN people_person requester ON requester.id = tickets_ticket.requester_id "
        "LEFT JOIN tickets_status ON tickets_status.id = tickets_ticket.status_id "
        "ORDER BY tickets_ticket.created_at DESC"
    )
    found = sql.run(statement, organisation.id, *values)
    drawn = drawn_tickets(desk, [row[:6] for row in found])
    told = [(bool(row[7]), one | {"who": row[6]}) for one, row in zip(drawn, found, strict=True)]
    return {"open": [one for going, one in told if going], "closed": [one for going, one in told if not going]}
