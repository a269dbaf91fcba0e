"""Saved views: the list of them, the form with its filter builder, and the badges of the navigation that they have."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vikno.core.selectors.grammar import Broken
from vikno.core.text import whole_number
from vikno.desk import badges, lists, saved_lists, shell, view_page
from vikno.desk.condition_form import Form, Incomplete, group_of, kept_in, of_view, posted
from vikno.desk.face import DeskRequest, desk
from vikno.journal import acts
from vikno.staff.models import Team
from vikno.staff.rights import Right, require
from vikno.tickets import saved_views
from vikno.tickets.actions import saving_views
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import SavedView


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """All views that the viewer has, and for an owner those of all teams."""
    context = {"views": view_page.rows_of_page(request.desk.viewer)}
    return render(request, "desk/views.html", shell.context(request, "views") | context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def new(request: DeskRequest) -> HttpResponse:
    """A new view, or one that begins as a copy of another."""
    require(request.desk.viewer, Right.NOTE)
    if request.method == "POST":
        return _worked_on(request, None)
    source = whole_number(request.GET.get("copy", ""))
    form = Form()
    if source is not None:
        form, problem = _shown(request, _view(request, source))
        form.audience = "private"
        form.name = _("Copy of %(name)s") % {"name": form.name}
        return _page(request, None, form, problem=problem)
    return _page(request, None, form)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def edit(request: DeskRequest, view_id: int) -> HttpResponse:
    """Another name, condition or audience."""
    view = _view(request, view_id)
    saved_views.must_change(request.desk.viewer, [view])
    if request.method == "POST":
        return _worked_on(request, view)
    form, problem = _shown(request, view)
    return _page(request, view, form, problem=problem)


def _view(request: DeskRequest, view_id: int) -> SavedView:
    try:
        return saved_views.view_for(request.desk.viewer, view_id)
    except saved_views.NoSuchView:
        raise Http404(view_id) from None


def _shown(request: DeskRequest, view: SavedView) -> tuple[Form, str]:
    """The form of a view as it is; where its condition cannot be read, what is wrong with it and a form without."""
    try:
        return of_view(request.desk.viewer, view), ""
    except Broken as broken:
        audience = f"team:{view.team_id}" if view.team_id else view.audience
        return Form(view.name, audience, view.closed_too), " ".join(broken.problems)


def _kept(request: DeskRequest, view: SavedView | None) -> dict[str, set[int]]:
    """Of the view that is changed, or copied: what its editor may not know and hands back unseen."""
    source = whole_number(request.GET.get("copy", ""))
    if view is None and source is not None:
        view = _view(request, source)
    try:
        return kept_in(request.desk.viewer, view)
    except Broken:
        return {}


def _worked_on(request: DeskRequest, view: SavedView | None) -> HttpResponse:
    """What the pressed button says: a condition more or less, a look at what is found, or saving."""
    form = posted(request.desk.viewer, request.POST, _kept(request, view))
    what = request.POST.get("do", "save")
    if what == "save":
        return _saved(request, view, form)
    if what.startswith("add"):
        block = what.partition(":")[2]
        form.add(request.desk.viewer, request.POST.get(f"new-{block}", ""), block)
    elif what == "group":
        form.add_block()
    elif what.startswith("remove:"):
        form.remove(what.partition(":")[2])
    if request.htmx and what == "preview":
        return render(request, "desk/_view_preview.html", {"preview": view_page.preview(request.desk, form)})
    if request.htmx:
        return render(request, "desk/_view_builder.html", _context(request, form))
    return _page(request, view, form, problem=" ".join(form.left_out))


def _saved(request: DeskRequest, view: SavedView | None, form: Form) -> HttpResponse:
    viewer, by = request.desk.viewer, acts.agent(request.desk.agent.id)
    audience, _colon, team = form.audience.partition(":")
    number = whole_number(team)
    of_team = Team.objects.filter(id=number).first() if number is not None else None
    missing = audience == SavedView.Audience.TEAM and of_team is None
    may = saved_views.may_share(viewer, audience, number) and not missing
    if not may or audience not in SavedView.Audience.values:
        form.errors["audience"] = _("You cannot make a view for these. Choose again.")
    try:
        if form.left_out:  # without them it would be another view
            raise Broken(*form.left_out)
        group = group_of(viewer, form)
        if form.errors:
            return _page(request, view, form, status=422)
        wanted = saving_views.Wanted(form.name, group, audience, of_team, form.closed_too)
        if view is None:
            view = saving_views.make(wanted, by=by)
        else:
            saving_views.change(view, wanted, by=by)
    except (Incomplete, Broken, Invalid) as reason:
        problem = "" if isinstance(reason, Incomplete) else str(reason)
        return _page(request, view, form, problem=problem, status=422)
    messages.success(request, _("Saved."))
    return redirect("desk:list", saved_lists.key_of(view.id))


def _context(request: DeskRequest, form: Form) -> dict[str, object]:
    return view_page.form_context(request.desk, form) | {"preview": view_page.preview(request.desk, form)}


def _page(
    request: DeskRequest, view: SavedView | None, form: Form, *, problem: str = "", status: int = 200
) -> HttpResponse:
    errors = dict(form.errors)
    context = shell.context(request, saved_lists.key_of(view.id) if view else "views") | _context(request, form)
    form.errors = errors  # the preview of a form that was only begun is no mistake of its writer
    more = {
        "title": view.name if view else _("New view"), "problem": problem, "errors": errors,
        "back_url": reverse("desk:views"),
        "delete_url": reverse("desk:view_act", args=[view.id, "delete"]) if view else "",
    }  # fmt: skip
    return render(request, "desk/view.html", context | more, status=status)


@require_POST
@desk
def act(request: DeskRequest, view_id: int, verb: str) -> HttpResponse:
    """Up, down, delete."""
    view = _view(request, view_id)
    saved_views.must_change(request.desk.viewer, [view])
    by = acts.agent(request.desk.agent.id)
    undo_url, words = "", _("Done.")
    try:
        if verb == "delete":
            saving_views.take_away(view, by=by)
            undo_url, words = (
                reverse("desk:undo", args=[by.id]),
                _("The view was deleted. Its tickets are as they were."),
            )
        elif verb in ("up", "down"):
            saving_views.move(view, -1 if verb == "up" else 1, by=by)
        else:
            raise Http404(verb)
    except Invalid as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, words, extra_tags=undo_url)
    return redirect("desk:views")


@require_safe
@desk
def counts(request: DeskRequest) -> HttpResponse:
    """The badges of views and channels, as far as they can be counted in a moment."""
    viewer = request.desk.viewer
    of = [*saved_lists.places_of_views(viewer), *lists.channel_places(viewer)]
    texts, done = badges.count(viewer, of)
    return render(request, "desk/_badges.html", {"texts": texts, "again": not done, "late": badges.NOT_READY})
