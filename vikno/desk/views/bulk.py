"""One act on several ticked tickets, undone as one."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from vikno.core import clock
from vikno.core.text import whole_number
from vikno.desk import batches, lists
from vikno.desk.batches import Verb, Work
from vikno.desk.face import DeskRequest, desk, toast
from vikno.desk.merge_page import chosen_tickets, survivor_of
from vikno.desk.merge_page import page as merge_page
from vikno.desk.snoozing import until_of
from vikno.desk.views.ticket import level
from vikno.journal import acts
from vikno.staff.models import Agent, Team
from vikno.tickets import access
from vikno.tickets.actions import assigning, fields, state
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Priority, Status

MOST_NAMED = 5  # of those that were refused for one reason
NOBODY = "0"  # as a colleague's id: back to the team


@require_POST
@desk
def bulk(request: DeskRequest) -> HttpResponse:
    """Do what the pressed button, or the choice that was made, says to each ticked ticket that the viewer sees."""
    access.must_write(request.desk.viewer)
    if request.POST.get("act") == "merge":
        return _to_merge(request)
    work = None
    try:
        work = _work(request)
        batches.go_on(work, request.desk.viewer, _verb(request, work), batches.STEP if request.htmx else inf)
    except Invalid as invalid:
        return _told(request, " ".join([_done(work), str(invalid)]), True, work)
    if work.left:
        return _under_way(request, work)
    return _told(request, " ".join([_done(work), *_refusals(work)]), bool(work.refused or work.beyond), work)


bulk.commits_by_parts = True  # type: ignore[attr-defined]  # see core.middleware.once_more_after_a_deadlock


def _work(request: DeskRequest) -> Work:
    """What is to be done: as the click said, or what is left of it."""
    agent = request.desk.agent.id
    if packed := request.POST.get("work"):
        return batches.brought_back(packed, agent)
    if close_one := request.POST.get("close", ""):
        return batches.begun(agent, {"act": "close"}, [close_one])
    asked = {name: value for name in ("act", "snooze", *CHOICES) if (value := request.POST.get(name, ""))}
    return batches.begun(agent, asked, request.POST.getlist("ticket"))


def _to_merge(request: DeskRequest) -> HttpResponse:
    """Several become one after a look at what will be: in the dialog, or on its page."""
    numbers = request.POST.getlist("ticket")[: batches.MOST]
    if request.htmx:
        chosen = chosen_tickets(request, numbers)
        return render(request, "desk/_merge_alone.html", merge_page(request, chosen, survivor_of(chosen, "")))
    return redirect(f"{reverse('desk:merge')}?{urlencode([('ticket', number) for number in numbers])}")


def _verb(request: DeskRequest, work: Work) -> Verb:
    """What is to be done to one ticket: a button, or the choice that was made. Raises Invalid for one that is not
    there."""
    act, what = work.by, work.asked.get("act", "")
    buttons: dict[str, Verb] = {
        "close": lambda ticket: state.close(ticket, by=act),
        "take": lambda ticket: assigning.take(ticket, request.desk.agent, by=act),
        "spam": lambda ticket: state.mark_spam(ticket, by=act),
        "delete": lambda ticket: state.delete(ticket, by=act),
    }
    if chosen := work.asked.get("snooze", "") if what in ("", "snooze") else "":
        until = until_of(chosen, "", request.desk.zone, clock.now())
        return lambda ticket: state.snooze(ticket, until, by=act)
    if what in buttons:
        return buttons[what]
    name = next((one for one in CHOICES if what in ("", one) and work.asked.get(one)), None)
    if name is None:
        raise Invalid(_("Choose first what should be done."))
    return CHOICES[name](work.asked[name], act)


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


def _done(work: Work | None) -> str:
    return _("Done: %(count)s.") % {"count": work.done if work else 0}


def _refusals(work: Work) -> list[str]:
    """Each reason once, with the numbers of the tickets that it holds for."""
    lines = []
    for why, numbers in work.refused.items():
        some = ", ".join(f"#{number}" for number in numbers[:MOST_NAMED])
        more = len(numbers) - MOST_NAMED
        if more > 0:
            some = ngettext("%(some)s and %(num)s more", "%(some)s and %(num)s more", more) % {
                "some": some,
                "num": more,
            }
        lines.append(f"{some}: {why}")
    if work.beyond:
        words = _("At most %(most)s are changed at once; so many were left out: %(count)s.")
        lines.append(words % {"most": batches.MOST, "count": work.beyond})
    return lines


def _under_way(request: DeskRequest, work: Work) -> HttpResponse:
    """How far it is, in the corner; a script goes on from there by itself."""
    place = "" if "work" not in request.POST else _place(work)
    context = {
        "place": place, "id": _place(work), "packed": work.packed(), "total": work.total, "so_far": work.so_far,
        "words": _("Done: %(count)s of %(total)s.") % {"count": work.so_far, "total": work.total},
    }  # fmt: skip
    return render(request, "desk/_under_way.html", context)


def _place(work: Work) -> str:
    return f"bulk-{work.act}"


def _told(request: DeskRequest, words: str, refused: bool, work: Work | None) -> HttpResponse:
    undo_url = reverse("desk:undo", args=[work.act]) if work and work.done else ""
    tone = "danger" if refused else ""
    if request.htmx:
        place = _place(work) if work and "work" in request.POST else ""
        return toast(request, words, tone, undo_url=undo_url, place=place)
    messages.add_message(request, level(tone), words, extra_tags=undo_url)
    key = request.POST.get("list", "")
    return redirect("desk:list", key if lists.is_there(request.desk.viewer, key) else "open")
