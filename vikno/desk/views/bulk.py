"""One act on several ticked tickets, undone as one."""

from __future__ import annotations

from math import inf
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from vikno.core.models import Job
from vikno.core.text import whole_number
from vikno.desk import batches, going_on, lists, many, seen_marks, shell
from vikno.desk.batches import Doing, Work
from vikno.desk.face import DeskRequest, desk, toast
from vikno.desk.left_page import left_out
from vikno.desk.merge_page import chosen_tickets, survivor_of
from vikno.desk.merge_page import page as merge_page
from vikno.desk.views.ticket import level
from vikno.tickets import access
from vikno.tickets.actions.changing import Invalid


@require_POST
@desk
def bulk(request: DeskRequest) -> HttpResponse:
    """Do what the pressed button, or the choice that was made, says to each ticked ticket that the viewer sees; or take
    the next step of what goes on."""
    access.must_write(request.desk.viewer)
    if request.POST.get("act") == "merge":
        return _to_merge(request)
    if act := request.POST.get("work"):
        return _next_step(request, act)
    work = _begun(request)
    try:
        doing = many.doing(work, request.desk.agent, request.desk.zone)
        job = going_on.keep(work) if work.total > batches.AT_ONCE else None
    except Invalid as invalid:
        return _told(request, f"{many.done(work)} {invalid}", True)
    return _step(request, work, doing, job)


bulk.commits_by_parts = True  # type: ignore[attr-defined]  # see core.middleware.once_more_after_a_deadlock


def _next_step(request: DeskRequest, act: str) -> HttpResponse:
    """The page asks for it by itself."""
    found = going_on.take(request.desk.agent.id, act)
    if found is None:  # it ended, and another page has told of it
        return render(request, "desk/_under_way_alone.html", {"place": f"bulk-{whole_number(act)}", "going": None})
    work, job = found
    if job is None:  # the engine is at it, or another page; or it has ended
        return _under_way(request, work, waits=True)
    doing = None
    try:
        doing = many.doing(work, request.desk.agent, request.desk.zone)
    except Invalid as invalid:
        work.refuse_the_rest(str(invalid))
    return _step(request, work, doing, job)


def _step(request: DeskRequest, work: Work, doing: Doing | None, job: Job | None) -> HttpResponse:
    """Do as much as one request may take, and say how far it is, or what became of it."""
    try:
        if doing is not None:
            batches.go_on(work, request.desk.viewer, doing, batches.STEP if request.htmx else inf, going_on.noting(job))
    except batches.Taken:  # the step took longer than its lease
        now = going_on.kept(work.agent) or work
        return _under_way(request, now, waits=True) if request.htmx else redirect("desk:list", "open")
    finally:
        if job is not None:
            going_on.step_done(job, work)
    if job is not None and request.htmx:
        return _under_way(request, work)
    if job is not None:
        going_on.told(work.agent)
    return _told(request, many.report(work), many.is_refused(work), work)


@require_POST
@desk
def told(request: DeskRequest) -> HttpResponse:
    """The agent has seen what became of an act on many."""
    going_on.told(request.desk.agent.id)
    return HttpResponse(status=204) if request.htmx else redirect("desk:home")


@require_safe
@desk
def left(request: DeskRequest) -> HttpResponse:
    """What an act on many passed over, as the customers have written meanwhile: what they wrote, and the same act once
    more. In the dialog, or a page of its own."""
    access.must_write(request.desk.viewer)
    context = {"left": left_out(request)}
    if request.htmx:
        return render(request, "desk/_left.html", context)
    return render(request, "desk/left.html", shell.context(request) | context)


def _begun(request: DeskRequest) -> Work:
    """What is to be done, as the click said."""
    agent = request.desk.agent.id
    if close_one := request.POST.get("close", ""):
        return batches.begun(agent, {"act": "close", "list": request.POST.get("list", "")}, [close_one])
    asked = {name: value for name in ("act", "snooze", "list", *many.CHOICES) if (value := request.POST.get(name, ""))}
    return batches.begun(agent, asked, _named(request))


def _named(request: DeskRequest) -> list[str]:
    """The marks of what was selected: row by row, and as all of a list."""
    return [*request.POST.getlist("ticket"), *filter(None, request.POST.get("all", "").split(","))]


def _to_merge(request: DeskRequest) -> HttpResponse:
    """Several become one after a look at what will be: in the dialog, or on its page."""
    if request.POST.get("all"):
        return _told(request, _("Select one by one what is to become one request."), True)
    numbers = [str(number) for number in seen_marks.read(request.POST.getlist("ticket"))][: batches.MOST]
    if request.htmx:
        chosen = chosen_tickets(request, numbers)
        return render(request, "desk/_merge_alone.html", merge_page(request, chosen, survivor_of(chosen, "")))
    return redirect(f"{reverse('desk:merge')}?{urlencode([('ticket', number) for number in numbers])}")


def _under_way(request: DeskRequest, work: Work, *, waits: bool = False) -> HttpResponse:
    """How far it is, in the corner; a script goes on from there by itself, or asks again soon if somebody else does."""
    going = many.drawn(work) | {"waits": waits, "seen": True}
    place = going["id"] if "work" in request.POST else ""
    answer = _saying(work, render(request, "desk/_under_way_alone.html", {"place": place, "going": going}))
    if work.left:
        answer["X-Goes-On"] = str(work.act)
    return answer


def _told(request: DeskRequest, words: str, refused: bool, work: Work | None = None) -> HttpResponse:
    undo_url = reverse("desk:undo", args=[work.act]) if work and work.done else ""
    tone = "danger" if refused else ""
    look_url = many.look_url(work) if work else ""
    if request.htmx:
        answer = _saying(work, toast(request, words, tone, undo_url=undo_url, look_url=look_url))
        if refused and not undo_url:
            answer["X-Refused"] = "1"
        return answer
    messages.add_message(request, level(tone), words, extra_tags=undo_url)
    if look_url:
        return redirect(look_url)
    key = request.POST.get("list", "")
    return redirect("desk:list", key if lists.is_there(request.desk.viewer, key) else "open")


def _saying(work: Work | None, answer: HttpResponse) -> HttpResponse:
    """Name in a header those that it was not done to: what the page shows of them ahead is taken back."""
    if work is not None and (numbers := many.not_done(work)):
        answer["X-Left"] = ",".join(map(str, numbers))
    return answer
