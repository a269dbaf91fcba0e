"""One's own to-do list and own notes: nobody else reaches them, whatever their role."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.core import clock
from vikno.core.text import whole_number
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk, toast, way_back
from vikno.desk.own_things import NEW, drawn, reminders
from vikno.desk.person_page import person_for
from vikno.journal import acts
from vikno.notices.actions import read
from vikno.tasks import actions, queries
from vikno.tasks.actions import Plan
from vikno.tasks.models import Task
from vikno.tasks.planning import plan_of
from vikno.tickets import access
from vikno.tickets.actions.changing import Invalid


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """What one has to do, by its day, and what was done lately."""
    return _page(request)


def _page(request: DeskRequest, problem: str = "") -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in NEW}
    context = {
        "open": drawn(request.desk, queries.open_tasks(request.desk.agent)), "reminders": reminders(),
        "done": drawn(request.desk, queries.done_lately(request.desk.agent)), "fields": typed, "problem": problem,
    }  # fmt: skip
    around = shell.context(request, "todo")
    return render(request, "desk/todo.html", around | context, status=422 if problem else 200)


@require_POST
@desk
def add(request: DeskRequest) -> HttpResponse:
    """Put something on one's own list, about a request or a person if the form names one."""
    about = _about(request)
    try:
        actions.add(request.desk.agent, _plan(request), **about, by=acts.agent(request.desk.agent.id))
    except Invalid as refused:
        return _page(request, str(refused))
    messages.success(request, _("It is on your to-do list."))
    return redirect(_back(request, about))


@require_POST
@desk
def change(request: DeskRequest, task_id: int) -> HttpResponse:
    """Other words, another day, another reminder."""
    task = _task(request, task_id)
    try:
        actions.plan_anew(task, _plan(request), by=acts.agent(request.desk.agent.id))
    except Invalid as refused:
        return _page(request, str(refused))
    messages.success(request, _("Saved."))
    return redirect(way_back(request, reverse("desk:todo")))


@require_POST
@desk
def settle(request: DeskRequest, task_id: int, verb: str) -> HttpResponse:
    """It is done, or not after all; each can be undone."""
    if verb not in ("done", "reopen"):
        raise Http404(verb)
    task, done = _task(request, task_id), verb == "done"
    actions.set_done(task, done, by=acts.agent(request.desk.agent.id))
    read(request.desk.agent, tasks=[task.id])
    undo = reverse("desk:todo_settle", args=[task.id, "reopen"]) if done else ""
    messages.success(request, _("Done.") if done else _("Undone."), extra_tags=undo)
    here = way_back(request, reverse("desk:todo"))
    return HttpResponse(headers={"HX-Redirect": here}) if request.htmx else redirect(here)


@require_POST
@desk
def note(request: DeskRequest) -> HttpResponse:
    """Keep one's own note on a request or a person; an empty one goes."""
    about = _about(request)
    if not about:
        raise Http404
    try:
        actions.keep_note(
            request.desk.agent, request.POST.get("text", ""), **about, by=acts.agent(request.desk.agent.id)
        )
        words, tone = _("Saved for you alone."), "ok"
    except Invalid as refused:
        words, tone = str(refused), "danger"
    if request.htmx:
        return toast(request, words, tone)
    messages.success(request, words)
    return redirect(_back(request, about))


def _task(request: DeskRequest, task_id: int) -> Task:
    try:
        return queries.task_of(request.desk.agent, task_id)
    except queries.NoSuchTask:
        raise Http404(task_id) from None


def _plan(request: DeskRequest) -> Plan:
    """What the form says. Raises Invalid."""
    text, day, hour, remind = (request.POST.get(name, "") for name in ("text", "day", "hour", "remind"))
    zone = request.desk.zone
    return plan_of(text, day, hour, remind, zone, clock.day_in(clock.now(), zone))


def _about(request: DeskRequest) -> dict[str, Any]:
    """The request or the person that the form names, as far as the viewer may see it. Raises NoSuchTicket, Http404."""
    if "ticket" in request.POST:
        return {"ticket": access.ticket_for(request.desk.viewer, whole_number(request.POST["ticket"]) or 0)}
    if "person" in request.POST:
        return {"person": person_for(request, whole_number(request.POST["person"]) or 0)}
    return {}


def _back(request: DeskRequest, about: dict[str, Any]) -> str:
    """Back to where the form stood."""
    if "ticket" in about:
        return reverse("desk:ticket", args=[about["ticket"].number])
    if "person" in about:
        return f"{reverse('desk:person', args=[about['person'].id])}#own"
    return way_back(request, reverse("desk:todo"))
