"""A ticket taken by hand: in person or by phone."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from vikno.channels.manual.channel import IN_PERSON, PHONE
from vikno.core.text import one_line, sort_key
from vikno.desk import choosing, custom_fields, shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.new_ticket import WrongField, create
from vikno.people.models import Identity
from vikno.staff.models import Team
from vikno.tickets import access
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.creating import default_priority
from vikno.tickets.actions.sending_once import SentAlready, new_number, send_once
from vikno.tickets.directory import directory

FIELDS = ("kind", "requester", "name", "subject", "text", "team", "assignee", "priority", "type", "category",
          "contract", "due", "tags")  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def new_ticket(request: DeskRequest) -> HttpResponse:
    """The form, and what comes of it."""
    access.must_write(request.desk.viewer)
    custom = [name for name in request.POST if name.startswith("field.")]
    values = {name: request.POST.get(name, "").replace("\0", "") for name in (*FIELDS, *custom)}
    errors: dict[str, str] = {}
    if request.method == "POST" and "choices" not in request.POST:
        try:
            with transaction.atomic():
                send_once(request.desk.agent, request.POST.get("once", ""), _said(request, values))
                return redirect("desk:ticket", create(request, values).number)
        except SentAlready:
            return _made_already(request, values)
        except WrongField as wrong:
            errors[wrong.field] = str(wrong)
        except Invalid as invalid:
            errors[""] = str(invalid)
    values["kind"] = values["kind"] or PHONE
    status = 422 if errors else 200
    return render(
        request, "desk/new_ticket.html", shell.context(request) | _form(request, values, errors), status=status
    )


def _said(request: DeskRequest, values: dict[str, str]) -> list[str]:
    """What makes two sendings of the form the same one."""
    files = [f"{one.name} {hashlib.sha256(one.read()).hexdigest()}" for one in request.FILES.getlist("files")]
    for one in request.FILES.getlist("files"):
        one.seek(0)
    return [*values.values(), *files]


def _made_already(request: DeskRequest, values: dict[str, str]) -> HttpResponse:
    """Two clicks, or back in the browser and sent again: the ticket that the first sending made."""
    mine = access.tickets_for(request.desk.viewer).filter(entered_by=request.desk.agent)
    made = mine.filter(subject=one_line(values["subject"], 500)).order_by("-id").first()
    messages.info(request, _("This form was sent already. There is one ticket of it."))
    return redirect("desk:ticket", made.number) if made else redirect("desk:home")


def choices() -> dict[str, Any]:
    """What can be chosen for a new ticket besides its team and who is responsible."""
    words = directory()
    return {"priorities": words.priorities, "types": words.types, "categories": words.categories}


def _form(request: DeskRequest, values: dict[str, str], errors: dict[str, str]) -> dict[str, Any]:
    words = directory()
    default = Team.objects.filter(default=True).values_list("id", flat=True).first()
    values["team"] = values["team"] or str(default or (words.teams[0][0] if words.teams else ""))
    values["priority"] = values["priority"] or str(default_priority().id)
    return {
        "once": request.POST.get("once") or new_number(),
        "form": {"values": values, "errors": {"": "", **errors}},
        "kinds": [(PHONE, _("By phone"), "phone"), (IN_PERSON, _("In person"), "user-round")],
        "custom": custom_fields.drawn(values, errors), **choices(),
        "teams": choosing.teams(request, chosen=values["team"], form=True),
        "agents": choosing.agents(request, ("", _("Nobody yet")), chosen=values["assignee"], form=True),
        "entered_by": request.desk.agent.person.name, "found": _people(values["requester"]),
    }  # fmt: skip


def _people(typed: str) -> list[tuple[str, str, str]]:
    """People found for what was typed as requester: by the beginning of a name or of an address."""
    if len(typed) < 2:
        return []
    rows = Identity.objects.filter(erased_at=None, kind__in=("email", "phone")).select_related("person__organisation")
    by_name = rows.filter(person__sort_key__startswith=sort_key(typed))
    by_value = rows.filter(value__startswith=typed.strip().lower())
    found = {row.id: row for row in [*by_value[:5], *by_name[:5]]}
    return [
        (row.shown, row.person.name or row.shown, row.person.organisation.name if row.person.organisation else "")
        for row in found.values()
    ]
