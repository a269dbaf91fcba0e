"""Organisations: the firms that customers belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.core.text import one_line, whole_number
from vikno.desk import customer_fields, organisation_page, shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.person_changes import contract_changed, contract_given, contract_taken, organisation_called
from vikno.desk.views.persons import done
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.people import actions as people
from vikno.people import values
from vikno.people.actions.persons import Refused
from vikno.people.models import CustomField, Organisation
from vikno.people.providers import is_shared, is_suffix
from vikno.staff.rights import Right, may, require

LONGEST = 300


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """Organisations by name, or those that a text names."""
    return _list(request, 200)


def _list(request: DeskRequest, status: int, **more: Any) -> HttpResponse:
    q, after = one_line(request.GET.get("q", ""))[:LONGEST], request.GET.get("after", "")
    found, older, beyond = organisation_page.page(q, after)
    context = {
        "q": q, "rows": organisation_page.draw(found), "more": beyond, "problem": "", "typed": "",
        "older_url": f"?after={older}" if older else "", "first_url": "?" if after and not q else "",
        "may_add": may(request.desk.viewer, Right.PEOPLE),
    }  # fmt: skip
    page = shell.context(request, "organisations") | context | more
    return render(request, "desk/organisations.html", page, status=status)


@require_POST
@desk
def add(request: DeskRequest) -> HttpResponse:
    """A new organisation; one that has this name already is shown instead."""
    require(request.desk.viewer, Right.PEOPLE)
    name, by = request.POST.get("name", ""), acts.agent(request.desk.agent.id)
    known = organisation_called(name)
    if known is not None:
        messages.info(request, _("There is one of this name already: here it is."))
        return redirect("desk:organisation", known.id)
    try:
        made = people.create_organisation(name, by=by)
    except Refused as refused:
        return _list(request, 422, problem=str(refused), typed=name)
    done(request, _("The organisation is there."), by)
    return redirect("desk:organisation", made.id)


@require_safe
@desk
def organisation(request: DeskRequest, organisation_id: int) -> HttpResponse:
    """One organisation."""
    return _page(request, organisation_page.organisation_for(organisation_id), 200)


def _page(request: DeskRequest, found: Organisation, status: int, **more: Any) -> HttpResponse:
    context = organisation_page.whole(request, found) | {"problem": "", "kept": {}} | more
    page = shell.context(request, "organisations") | context
    return render(request, "desk/organisation.html", page, status=status)


@require_POST
@desk
def change(request: DeskRequest, organisation_id: int) -> HttpResponse:
    """One change of an organisation. The form names it by the field it carries."""
    require(request.desk.viewer, Right.PEOPLE)
    found = organisation_page.organisation_for(organisation_id)
    name = next((name for name in CHANGES if name in request.POST), None)
    by = acts.agent(request.desk.agent.id)
    try:
        if name is None:
            raise Refused(_("The page asked for something unknown. Load it again."))
        words = CHANGES[name](request, found, by)
    except (Refused, values.WrongValue) as refused:
        found = organisation_page.organisation_for(organisation_id)
        return _page(request, found, 422, problem=str(refused), kept=request.POST)
    done(request, words, by)
    return redirect("desk:organisation", found.id)


def _name(request: DeskRequest, found: Organisation, by: Act) -> str:
    people.rename_organisation(found, request.POST["name"], by=by, seen=request.POST.get("was"))
    return _("Renamed.")


def _domain(request: DeskRequest, found: Organisation, by: Act) -> str:
    domain = values.domain(request.POST["domain"])
    if is_shared(domain) or is_suffix(domain):
        raise Refused(
            _("Anybody can write from %(domain)s, so it tells nothing of who belongs here.") % {"domain": domain}
        )
    people.add_domain(found, domain, by=by)
    return _("Whoever writes from %(domain)s belongs here; those who are known are added soon.") % {"domain": domain}


def _domain_remove(request: DeskRequest, found: Organisation, by: Act) -> str:
    row = found.domains.filter(id=whole_number(request.POST["domain_remove"]) or 0).first()
    if row is None:
        raise Refused(_("What was chosen is no longer there. Choose again."))
    domain = row.domain
    people.remove_domain(row, by=by)
    return _("%(domain)s is nobody's now. Who belonged here by it still does.") % {"domain": domain}


def _contract(request: DeskRequest, found: Organisation, by: Act) -> str:
    return contract_given(request, by, organisation=found)


def _contract_remove(request: DeskRequest, found: Organisation, by: Act) -> str:
    return contract_taken(request, by, organisation=found)


def _contract_change(request: DeskRequest, found: Organisation, by: Act) -> str:
    return contract_changed(request, by, organisation=found)


def _field(request: DeskRequest, found: Organisation, by: Act) -> str:
    field, value, seen = customer_fields.asked(request, CustomField.Of.ORGANISATION)
    people.set_value(found, field, value, by=by, seen=seen)
    return _("Saved.")


CHANGES: dict[str, Callable[[DeskRequest, Organisation, Act], str]] = {
    "name": _name, "domain": _domain, "domain_remove": _domain_remove, "contract": _contract,
    "contract_remove": _contract_remove, "contract_change": _contract_change, "contract_end": _contract_change,
    "field": _field,
}  # fmt: skip
