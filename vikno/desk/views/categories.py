"""Categories: the words that requests are filed under, their order, and which of them are matters of an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from vikno.core.text import whole_number
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.fields import drawn
from vikno.desk.setting_pages import tabs
from vikno.journal import acts
from vikno.staff.rights import Right, require
from vikno.tickets.actions import categories
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.directory import tree
from vikno.tickets.models import Category

Row = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def show(request: DeskRequest) -> HttpResponse:
    """All categories in their order, and the form for a new one."""
    require(request.desk.viewer, Right.SETTINGS)
    if request.method != "POST":
        return _page(request, {"name": "", "parent": "", "account": ""}, {})
    values = {name: request.POST.get(name, "") for name in ("name", "parent", "account")}
    number = whole_number(values["parent"])
    parent = Category.objects.filter(id=number).first() if number is not None else None
    if values["parent"] and parent is None:
        return _page(
            request, values | {"parent": ""}, {"parent": _("What was chosen is no longer there. Choose again.")}
        )
    matter = bool(values["account"]) or (parent is not None and parent.account_matter)
    by = acts.agent(request.desk.agent.id)
    try:
        categories.add(values["name"], parent=parent, account_matter=matter, by=by)
    except Invalid as reason:
        return _page(request, values, {"name": str(reason)})
    messages.success(request, _("The category is there."), extra_tags=_undo(by))
    return redirect("desk:categories")


def _undo(by: acts.Act) -> str:
    return reverse("desk:undo", args=[by.id])


def _page(request: DeskRequest, values: dict[str, str], errors: dict[str, str]) -> HttpResponse:
    rows = list(Category.objects.all())
    offered = tree(rows)
    context = {
        "tabs": tabs(request, "categories"), "account_help": account_help(),
        "categories": _rows(rows, {one.id for one, _depth in offered}),
        "new": {
            "url": reverse("desk:categories"), "values": values, "errors": errors,
            "parents": [(one.id, "\u2003" * depth + one.name) for one, depth in offered],
        },
    }  # fmt: skip
    page = shell.context(request, "all_settings") | context
    return render(request, "desk/settings_categories.html", page, status=422 if errors else 200)


def _rows(rows: list[Category], offered: set[int]) -> list[Row]:
    drawn_rows = []
    active: dict[int | None, list[int]] = {}
    everything = tree(rows, archived=True)
    for one, _depth in everything:
        if one.archived_at is None:
            active.setdefault(one.parent_id, []).append(one.id)
    for one, depth in everything:
        beside = active.get(one.parent_id, [])
        drawn_rows.append({
            "id": one.id, "name": one.name, "depth": min(depth, 4), "account": one.account_matter,
            "archived": one.id not in offered, "edit_url": reverse("desk:category", args=[one.id]),
            "up_url": _act(one, "up") if one.id in beside[1:] else "",
            "down_url": _act(one, "down") if one.id in beside[:-1] else "",
            "restore_url": _act(one, "restore") if one.archived_at is not None else "",
        })  # fmt: skip
    return drawn_rows


def _act(category: Category, verb: str) -> str:
    return reverse("desk:category_act", args=[category.id, verb])


class CategoryForm(forms.Form):
    """The name of a category, and whether it is a matter of an account."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=categories.LONGEST)
    account = forms.BooleanField(label=gettext_lazy("Matter of an account"), required=False)
    release = forms.BooleanField(label=gettext_lazy("Let them be answered without a proof"), required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def edit(request: DeskRequest, category_id: int) -> HttpResponse:
    """Another name; the switch "matter of an account"; the archive."""
    require(request.desk.viewer, Right.SETTINGS)
    category = get_object_or_404(Category, id=category_id)
    shown = {"name": category.name, "account": category.account_matter}
    form = CategoryForm(request.POST if request.method == "POST" else None, initial=shown)
    if request.method != "POST" or not form.is_valid():
        return _form(request, category, form)
    by, chosen = acts.agent(request.desk.agent.id), form.cleaned_data
    try:
        with transaction.atomic():
            categories.rename(category, chosen["name"], by=by)
            if chosen["account"] != category.account_matter:
                categories.set_account_matter(category, chosen["account"], by=by, release=chosen["release"])
    except categories.Releases as waiting:
        form.add_error("account", str(waiting))
        return _form(request, category, form, "release")
    except Invalid as reason:
        form.add_error("name", str(reason))
        return _form(request, category, form)
    renamed = chosen["name"] != category.name
    switched = chosen["account"] != category.account_matter
    messages.success(request, _("Saved."), extra_tags=_undo(by) if switched and not renamed else "")
    return redirect("desk:categories")


def _form(request: DeskRequest, category: Category, form: CategoryForm, *more: str) -> HttpResponse:
    """`more` are fields that are asked only now."""
    context = {
        "title": category.name, "lead": "", "save_word": _("Save"), "back_url": reverse("desk:categories"),
        "fields": drawn(form, "name", "account", *more, account={"help": account_help()}), "problem": "",
        "danger": _danger(category), "tabs": tabs(request, "categories"),
    }  # fmt: skip
    page = shell.context(request, "all_settings") | context
    return render(request, "desk/form_page.html", page, status=422 if form.errors else 200)


def account_help() -> str:
    """What the switch means, in plain words."""
    return _(
        "Passwords, payments, contracts, personal data: for what only the owner of an account may ask. Nothing is "
        "answered to the customer until the request is proved to come from an address that is confirmed as theirs; "
        "they get a letter that says so. A lead can decide to handle it anyway. It holds at once, for tickets that "
        "are here already and for the parts of this category too."
    )


def _danger(category: Category) -> list[tuple[str, str, str]]:
    if category.archived_at is not None:
        found = [(_act(category, "restore"), _("Restore"), _("The category is offered again."))]
    else:
        words = _("No longer offered, nor are its parts; tickets keep it. Can be undone.")
        found = [(_act(category, "archive"), _("Archive"), words)]
    if not categories.is_used(category):
        found.append((_act(category, "delete"), _("Delete"), _("No ticket has it. This cannot be undone.")))
    return found


@require_POST
@desk
def act(request: DeskRequest, category_id: int, verb: str) -> HttpResponse:
    """Up, down, archive, restore, delete."""
    require(request.desk.viewer, Right.SETTINGS)
    category = get_object_or_404(Category, id=category_id)
    verbs: dict[str, Callable[..., None]] = {
        "up": _move(-1), "down": _move(1), "archive": categories.archive, "restore": categories.restore,
        "delete": categories.delete,
    }  # fmt: skip
    if verb not in verbs:
        raise Http404(verb)
    by = acts.agent(request.desk.agent.id)
    try:
        verbs[verb](category, by=by)
    except Invalid as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, _("Done."), extra_tags="" if verb == "delete" else _undo(by))
    return redirect("desk:categories")


def _move(step: int) -> Callable[..., None]:
    def move(category: Category, *, by: acts.Act) -> None:
        categories.move(category, step, by=by)

    return move
