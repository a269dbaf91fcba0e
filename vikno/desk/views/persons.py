"""Customers: who they are, by what they are reached, and everything they asked."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.core.text import one_line
from vikno.desk import person_lists, person_page, search_page, shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.person_changes import CHANGES, Belongs, Unknown
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.journal.models import Event
from vikno.people.actions import create_person, identify
from vikno.people.actions.persons import Refused
from vikno.people.models import Identity, Organisation, Person
from vikno.people.queries import root_of
from vikno.people.values import WrongValue
from vikno.staff.access import NotAllowed
from vikno.staff.rights import Right, may, require
from vikno.tickets import access, people_access
from vikno.tickets.actions import noting
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Note

LONGEST = 300  # of what is searched for
SUGGESTED = 20


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """Persons, the newest first or by name; or those whom a text names."""
    viewer, q = request.desk.viewer, one_line(request.GET.get("q", ""))[:LONGEST]
    sort = request.GET.get("sort", "")
    sort = sort if sort in person_lists.SORTS else person_lists.SORTS[0]
    more, after = False, ""
    if q:
        ids, more = person_lists.search(viewer, q)
    else:
        found = person_lists.page(viewer, sort, request.GET.get("after", ""))
        ids, after = found.ids, found.after
    words = {"newest": _("Newest first"), "name": _("By name")}
    context = {
        "q": q, "people": person_lists.draw(request.desk, ids), "more": more,
        "sorts": [(f"?{urlencode({'sort': key})}", words[key], key == sort) for key in person_lists.SORTS],
        "older_url": f"?{urlencode({'sort': sort, 'after': after})}" if after else "",
        "first_url": f"?{urlencode({'sort': sort})}" if request.GET.get("after") and not q else "",
        "building": search_page.building() if q else "", "may_add": may(viewer, Right.PEOPLE),
    }  # fmt: skip
    return render(request, "desk/people.html", shell.context(request, "persons") | context)


@require_POST
@desk
def add(request: DeskRequest) -> HttpResponse:
    """A person by an address or phone (who has it already is shown), or by name alone."""
    require(request.desk.viewer, Right.PEOPLE)
    name, address = request.POST.get("name", ""), request.POST.get("address", "").strip()
    by = acts.agent(request.desk.agent.id)
    try:
        if address:
            kind = Identity.Kind.EMAIL if "@" in address else Identity.Kind.PHONE
            person = identify(kind, address, address, name, by=by).person
        elif one_line(name):
            person = create_person(name, by=by)
        else:
            raise Refused(_("A person needs a name, an address or a phone."))
    except (Refused, WrongValue) as refused:
        messages.error(request, str(refused))
        return redirect("desk:people")
    if not people_access.people_for(request.desk.viewer).filter(id=person.id).exists():
        messages.error(request, _("Somebody is known by this address whom you may not look up. Ask an owner."))
        return redirect("desk:people")
    return redirect("desk:person", person.id)


@require_safe
@desk
def person(request: DeskRequest, person_id: int) -> HttpResponse:
    """One person; who is joined to another is shown as that one."""
    found = person_page.person_for(request, person_id)
    root = root_of(found.id)
    if root != found.id and people_access.people_for(request.desk.viewer).filter(id=root).exists():
        return redirect("desk:person", root)
    return _page(request, found, 200)


def _page(request: DeskRequest, found: Person, status: int, **more: Any) -> HttpResponse:
    context = (
        person_page.whole(request, found)
        | {"problem": "", "kept": {}, "other": None, "makes": False}
        | _sought(request, found)
    )
    return render(request, "desk/person.html", shell.context(request, "persons") | context | more, status=status)


def _sought(request: DeskRequest, found: Person) -> dict[str, Any]:
    """Whom the agent looks for as the same human; of those who are not one with them yet."""
    same = one_line(request.GET.get("same", ""))[:LONGEST]
    if not same or not may(request.desk.viewer, Right.PEOPLE):
        return {"same": same, "sought": []}
    human = set(person_page.human_for(request, found))
    ids, _more = person_lists.search(request.desk.viewer, same, 10)
    return {"same": same, "sought": person_lists.draw(request.desk, [pk for pk in ids if pk not in human])}


@require_POST
@desk
def change(request: DeskRequest, person_id: int) -> HttpResponse:
    """One change of a person. The form names it by the field it carries."""
    require(request.desk.viewer, Right.PEOPLE)
    found = person_page.person_for(request, person_id)
    person_page.must_edit(request.desk, [found.id])
    name = next((name for name in CHANGES if name in request.POST), None)
    by = acts.agent(request.desk.agent.id)
    try:
        if name is None:
            raise Refused(_("The page asked for something unknown. Load it again."))
        words = CHANGES[name](request, found, by)
    except (Refused, WrongValue) as refused:
        other = person_lists.draw(request.desk, [refused.other.id])[0] if isinstance(refused, Belongs) else None
        found = person_page.person_for(request, person_id)  # as it is, not as it was to be
        return _page(request, found, 422, problem=str(refused), kept=request.POST, other=other,
                     makes=isinstance(refused, Unknown))  # fmt: skip
    done(request, words, by)
    return redirect("desk:person", found.id)


def done(request: DeskRequest, words: str, by: Act) -> None:
    """Say what was done, with its undo if there is anything to undo: it may have been so before."""
    undo = reverse("desk:undo", args=[by.id]) if Event.objects.filter(act=by.id).exists() else ""
    messages.add_message(request, messages.SUCCESS, words, extra_tags=undo)


def _noted(request: DeskRequest, person_id: int) -> Person:
    """The person on whom the viewer writes a note. Raises Http404, and NotAllowed for who they are themselves."""
    found = person_page.person_for(request, person_id)
    if not person_page.may_know(request.desk, person_page.human_for(request, found)):
        raise NotAllowed(_("Notes on a colleague are written by others."))
    return found


@require_POST
@desk
def note(request: DeskRequest, person_id: int) -> HttpResponse:
    """Note something about a person."""
    access.must_note(request.desk.viewer)
    found = _noted(request, person_id)
    by = acts.agent(request.desk.agent.id)
    try:
        noting.add_note(found, request.desk.agent, request.POST.get("text", ""), by=by)
    except Invalid as refused:
        return _page(request, found, 422, problem=str(refused), kept=request.POST)
    messages.success(request, _("Noted."))
    return redirect(f"{reverse('desk:person', args=[found.id])}#notes")


@require_POST
@desk
def note_edit(request: DeskRequest, note_id: int) -> HttpResponse:
    """Another version of one's own note on a person."""
    access.must_note(request.desk.viewer)
    row = Note.objects.filter(id=min(note_id, 2**62), agent=request.desk.agent, person__isnull=False).first()
    if row is None:
        raise Http404(note_id)
    found = _noted(request, row.person_id or 0)
    try:
        noting.edit_note(row, request.POST.get("text", ""), by=acts.agent(request.desk.agent.id))
    except Invalid as refused:
        return _page(request, found, 422, problem=str(refused))
    messages.success(request, _("Saved."))
    return redirect(f"{reverse('desk:person', args=[found.id])}#notes")


@require_safe
@desk
def organisations(request: DeskRequest) -> HttpResponse:
    """The options of a field for an organisation, by what was typed."""
    typed = one_line(request.GET.get("organisation", ""))
    found = person_lists.organisations_named(typed) if typed else Organisation.objects.order_by("sort_key", "id")
    return render(request, "desk/_tag_options.html", {"names": found.values_list("name", flat=True)[:SUGGESTED]})
