"""One act on several ticked tickets, undone as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from vikno.core.text import whole_number
from vikno.desk import lists
from vikno.desk.face import DeskRequest, desk, toast
from vikno.desk.views.ticket import level
from vikno.journal import acts
from vikno.staff.models import Agent, Team
from vikno.tickets import access
from vikno.tickets.actions import assigning, fields, state
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Priority, Status, Ticket

MOST = 500  # tickets that one act is done to
MOST_NAMED = 5  # of those that were refused for one reason
NOBODY = "0"  # as a colleague's id: back to the team

Verb = Callable[[Ticket], object]


@require_POST
@desk
def bulk(request: DeskRequest) -> HttpResponse:
    """Do what the pressed button, or the choice that was made, says to each ticked ticket that the viewer sees."""
    access.must_write(request.desk.viewer)
    close_one = request.POST.get("close", "")
    numbers = [whole_number(one) for one in ([close_one] if close_one else request.POST.getlist("ticket"))]
    wanted = access.tickets_for(request.desk.viewer).filter(
        number__in=[one for one in numbers if one is not None][:MOST]
    )
    act = acts.agent(request.desk.agent.id)
    done = 0
    refused: dict[str, list[int]] = {}
    try:
        verb = _verb(request, "close" if close_one else request.POST.get("act", ""), act)
        for ticket in wanted.order_by("id"):
            try:
                verb(ticket)
                done += 1
            except Invalid as invalid:
                refused.setdefault(str(invalid), []).append(ticket.number)
    except Invalid as invalid:
        refused[str(invalid)] = []
    words = " ".join([_("Done: %(count)s.") % {"count": done}, *_refusals(refused)])
    return _told(request, words, bool(refused), done, act)


def _verb(request: DeskRequest, what: str, act: acts.Act) -> Verb:
    """What is to be done to one ticket: a button, or the choice that was made. Raises Invalid for one that is not
    there."""
    buttons: dict[str, Verb] = {
        "close": lambda ticket: state.close(ticket, by=act),
        "take": lambda ticket: assigning.take(ticket, request.desk.agent, by=act),
        "spam": lambda ticket: state.mark_spam(ticket, by=act),
        "delete": lambda ticket: state.delete(ticket, by=act),
    }
    if what in buttons:
        return buttons[what]
    name = next((one for one in CHOICES if what in ("", one) and request.POST.get(one, "")), None)
    if name is None:
        raise Invalid(_("Choose first what should be done."))
    return CHOICES[name](request.POST[name], act)


def _agent(value: str, act: acts.Act) -> Verb:
    colleague = None if value == NOBODY else _row(Agent.objects.all(), value)
    return lambda ticket: assigning.assign(ticket, colleague, by=act)


def _team(value: str, act: acts.Act) -> Verb:
    team = _row(Team.objects.filter(archived_at=None), value)
    return lambda ticket: assigning.hand_over(ticket, team, by=act)


def _status(value: str, act: acts.Act) -> Verb:
    status = _row(Status.objects.filter(archived_at=None), value)
    return lambda ticket: state.set_status(ticket, status, by=act)


def _priority(value: str, act: acts.Act) -> Verb:
    priority = _row(Priority.objects.filter(archived_at=None), value)
    return lambda ticket: fields.set_priority(ticket, priority, by=act)


def _tag(value: str, act: acts.Act) -> Verb:
    tags = [fields.tag_named(name) for name in value.split(",") if name.strip()]
    return lambda ticket: fields.tag(ticket, tags, by=act)


CHOICES: dict[str, Callable[[str, acts.Act], Verb]] = {
    "agent": _agent, "team": _team, "status": _status, "priority": _priority, "tag": _tag,
}  # fmt: skip


def _row(rows: QuerySet[Any], value: str) -> Any:
    """The row that a choice names. Raises Invalid for one that is not there."""
    found = rows.filter(id=whole_number(value) or 0).first()
    if found is None:
        raise Invalid(_("What was chosen is no longer there. Choose again."))
    return found


def _refusals(refused: dict[str, list[int]]) -> list[str]:
    """Each reason once, with the numbers of the tickets that it holds for."""
    lines = []
    for why, numbers in refused.items():
        some = ", ".join(f"#{number}" for number in numbers[:MOST_NAMED])
        more = len(numbers) - MOST_NAMED
        if more > 0:
            some = ngettext("%(some)s and %(num)s more", "%(some)s and %(num)s more", more) % {
                "some": some,
                "num": more,
            }
        lines.append(f"{some}: {why}" if numbers else why)
    return lines


def _told(request: DeskRequest, words: str, refused: bool, done: int, act: acts.Act) -> HttpResponse:
    undo_url, tone = reverse("desk:undo", args=[act.id]) if done else "", "danger" if refused else ""
    if request.htmx:
        return toast(request, words, tone, undo_url=undo_url)
    messages.add_message(request, level(tone), words, extra_tags=undo_url)
    key = request.POST.get("list", "")
    return redirect("desk:list", key if lists.place(request.desk.viewer, key) else "open")
