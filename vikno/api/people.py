"""People and organisations."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from ninja import Query, Router
from ninja.errors import HttpError

from vikno.api import drawing, schemas
from vikno.api.access import ApiRequest
from vikno.api.once import DESCRIBED, once
from vikno.api.paging import MOST, page
from vikno.api.schemas import REFUSALS, Line
from vikno.core.text import sort_key
from vikno.journal import acts
from vikno.people.actions import create_person, identify, set_value
from vikno.people.custom import Holder, kind_of
from vikno.people.models import CustomField, Identity, Organisation, Person
from vikno.staff.access import NotAllowed
from vikno.staff.rights import Right, may_edit, require
from vikno.tickets import access, people_access
from vikno.tickets.actions.changing import Invalid

router = Router(tags=["people"])
LIMIT = Query(50, ge=1, le=MOST)


@router.get("/people", response={200: schemas.Page, **REFUSALS})
def list_people(request: ApiRequest, q: Line = "", cursor: Line = "", limit: int = LIMIT) -> Any:
    """People, newest first; `q` is the beginning of a name, or an address or phone. A token narrowed to teams is
    shown those who asked, wrote, were written to or in copy in tickets of these."""
    rows = people_access.people_for(request.viewer).prefetch_related("identities")
    if q:
        value = q.strip().lower()
        by_value = Identity.objects.filter(value__startswith=value).values_list("person_id", flat=True)[:1000]
        rows = rows.filter(id__in=list(by_value)) | rows.filter(sort_key__startswith=sort_key(q))
    return page(rows, drawing.people, cursor, limit)


@router.post("/people", response={201: dict[str, Any], **REFUSALS}, openapi_extra=DESCRIBED)
def add_person(request: ApiRequest, new: schemas.NewPerson) -> HttpResponse:
    """A person by address or phone (the one there is, or a new one), or by name alone. 403 for the address of somebody
    whom the token's agent may not look up, and for a token that is narrowed to teams: there somebody new begins with a
    ticket."""
    access.must_write(request.viewer)
    if request.viewer.only_teams:
        raise NotAllowed("This token is narrowed to teams. Whoever is new to them begins with a ticket.")
    return once(request, lambda: _added(request, new))


def _added(request: ApiRequest, new: schemas.NewPerson) -> dict[str, Any]:
    person = _add_person(request, new)
    if not people_access.people_for(request.viewer).filter(id=person.id).exists():
        raise NotAllowed("Somebody is known by this address whom you may not look up. Ask an owner.")
    return drawing.people([person])[0]


def _add_person(request: ApiRequest, new: schemas.NewPerson) -> Person:
    if new.email:
        return identify(Identity.Kind.EMAIL, new.email, new.email, new.name, new.language).person
    if new.phone:
        return identify(Identity.Kind.PHONE, new.phone, new.phone, new.name, new.language).person
    if not new.name.strip():
        raise Invalid("A person needs a name, an email or a phone.")
    return create_person(new.name, language=new.language, by=acts.agent(request.viewer.agent_id or 0))


@router.get("/people/{int:person_id}", response={200: dict[str, Any], **REFUSALS})
def get_person(request: ApiRequest, person_id: int) -> Any:
    """One person, if they are among those that the list shows to this token."""
    rows = people_access.people_for(request.viewer).prefetch_related("identities")
    found = rows.filter(id=min(person_id, 2**62)).first()
    if found is None:
        raise HttpError(404, "There is no such person.")
    return drawing.people([found])[0]


@router.get("/organisations", response={200: schemas.Page, **REFUSALS})
def list_organisations(request: ApiRequest, cursor: Line = "", limit: int = LIMIT) -> Any:
    """Organisations, newest first; to a token narrowed to teams, those of the people that it is shown."""
    return page(_organisations(request), drawing.organisations, cursor, limit)


def _organisations(request: ApiRequest) -> QuerySet[Organisation]:
    rows = Organisation.objects.prefetch_related("domains")
    if request.viewer.only_teams:
        rows = rows.filter(Exists(people_access.people_for(request.viewer).filter(organisation=OuterRef("pk"))))
    return rows


@router.patch("/people/{int:person_id}", response={200: dict[str, Any], **REFUSALS})
def change_person(request: ApiRequest, person_id: int, patch: schemas.CustomerPatch) -> Any:
    """Set the custom fields that are named, all of them or none; null clears one. Fields that are not named stay as
    they are. Who works here is changed by owners and by themselves."""
    access.must_write(request.viewer)
    rows = people_access.people_for(request.viewer).prefetch_related("identities").filter(id=min(person_id, 2**62))
    found = rows.first()
    if found is None:
        raise HttpError(404, "There is no such person.")
    if not may_edit(request.viewer, [found.id]):
        raise NotAllowed("This person works here. They change their own page, and owners do.")
    _set(request, found, patch)
    return drawing.people([found])[0]


@router.patch("/organisations/{int:organisation_id}", response={200: dict[str, Any], **REFUSALS})
def change_organisation(request: ApiRequest, organisation_id: int, patch: schemas.CustomerPatch) -> Any:
    """Set the custom fields that are named, all of them or none; null clears one. Fields that are not named stay as
    they are."""
    access.must_write(request.viewer)
    require(request.viewer, Right.PEOPLE)
    found = _organisations(request).filter(id=min(organisation_id, 2**62)).first()
    if found is None:
        raise HttpError(404, "There is no such organisation.")
    _set(request, found, patch)
    return drawing.organisations([found])[0]


def _set(request: ApiRequest, holder: Holder, patch: schemas.CustomerPatch) -> None:
    by = acts.agent(request.viewer.agent_id or 0)
    there = {one.key: one for one in CustomField.objects.filter(of=kind_of(holder), archived_at=None)}
    with transaction.atomic():
        for key, value in patch.fields.items():
            if key not in there:
                raise Invalid(f"There is no field {key}.")
            set_value(holder, there[key], value, by=by)
