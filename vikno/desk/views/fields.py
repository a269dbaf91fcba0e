"""One custom field, of requests or of customers: of whom it is asked, who sees it, and what can be chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
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
from vikno.desk import shell, word_pages
from vikno.desk.face import DeskRequest, desk
from vikno.desk.fields import drawn
from vikno.desk.setting_pages import tabs
from vikno.desk.word_pages import FACES, FIELD_KINDS
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.people.models import CustomField, CustomOption
from vikno.staff.rights import Right, require
from vikno.tickets.actions import asking_fields, customer_fields, words
from vikno.tickets.actions.asking_fields import WITH_OPTIONS
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.directory import directory, tree
from vikno.tickets.models import Field, FieldOption

Option = FieldOption | CustomOption


@dataclass(frozen=True, slots=True)
class Family:
    """Fields of requests, or of customers: their tables, the names of the addresses of their options, and the verb that
    adds one."""

    field: type[Any]
    option: type[Any]
    option_name: str
    add: Callable[[Any, dict[str, Any], Act], object]

    def options_url(self, field_id: int) -> str:
        return reverse(f"desk:{self.option_name}s", args=[field_id])

    def act_url(self, row: Option, verb: str) -> str:
        return reverse(f"desk:{self.option_name}_act", args=[row.id, verb])


def _add(field: Field, chosen: dict[str, Any], by: Act) -> object:
    parent = FieldOption.objects.filter(field=field, id=whole_number(chosen.get("parent") or "") or 0).first()
    return asking_fields.add_option(field, chosen["name"], parent=parent, by=by)


FAMILIES = {
    "fields": Family(Field, FieldOption, "option", _add),
    "customer_fields": Family(
        CustomField, CustomOption, "customer_option",
        lambda field, chosen, by: customer_fields.add_option(field, chosen["name"], by=by),
    ),
}  # fmt: skip


class FieldForm(forms.Form):
    """The name and the rules of a field."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    team = forms.TypedChoiceField(label=gettext_lazy("Team"), required=False, coerce=int, empty_value=None)
    category = forms.TypedChoiceField(label=gettext_lazy("Category"), required=False, coerce=int, empty_value=None)
    required = forms.ChoiceField(
        label=gettext_lazy("Required"), required=False,
        choices=[("", gettext_lazy("No")), ("opening", gettext_lazy("To open a request by hand, and to close it")),
                 ("closing", gettext_lazy("To close a request"))],
        help_text=gettext_lazy("Letters come in without it. Who closes a request is told what is missing."),
    )  # fmt: skip
    shown = forms.BooleanField(
        label=gettext_lazy("Customers see it"), required=False,
        help_text=gettext_lazy("On the page of their request, and in the copy of what is kept of them."),
    )  # fmt: skip

    def __init__(self, data: Any, row: Field) -> None:
        shown = {"name": row.name, "team": row.team_id, "category": row.category_id, "required": row.required,
                 "shown": row.shown_to_customers}  # fmt: skip
        super().__init__(data, initial=shown)
        there = directory()
        self.fields["team"].choices = [("", _("All teams")), *there.teams]  # type: ignore[attr-defined]
        self.fields["category"].choices = [("", _("All categories")), *there.categories]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def edit(request: DeskRequest, word_id: int) -> HttpResponse:
    """Another name; of whom it is asked, when it is required, whether customers see it."""
    require(request.desk.viewer, Right.SETTINGS)
    row = get_object_or_404(Field, id=word_id)
    form = FieldForm(request.POST if request.method == "POST" else None, row)
    if request.method == "POST" and _saved(
        request, form, row, lambda rest, by: asking_fields.set_rules(row, rest, by=by)
    ):
        return redirect("desk:fields")
    lead = _("%(kind)s. Programs know it as “%(key)s”.") % {"kind": FIELD_KINDS[row.kind], "key": row.key}
    return form_page(request, "fields", _of_field("fields", row, lead, form), reverse("desk:fields"), form)


def _saved(
    request: DeskRequest, form: forms.Form, row: Field | CustomField, set_rest: Callable[[dict[str, Any], Act], None]
) -> bool:
    """Whether the name was given, and by `set_rest` all else that the form asks; if not, the form says why."""
    if not form.is_valid():
        return False
    by, named, chosen = acts.agent(request.desk.agent.id), row.name, dict(form.cleaned_data)
    try:
        with transaction.atomic():
            words.rename(row, chosen.pop("name"), by=by)
            set_rest(chosen, by)
    except Invalid as reason:
        form.add_error("name", str(reason))
        return False
    lasting = named != row.name or not form.changed_data
    messages.success(request, _("Saved."), extra_tags="" if lasting else reverse("desk:undo", args=[by.id]))
    return True


class CustomerFieldForm(forms.Form):
    """The name of a field of customers or organisations, and where it stands."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    beside = forms.BooleanField(
        label=gettext_lazy("Shown beside requests"), required=False,
        help_text=gettext_lazy("On the card of the requester, for all agents who read the request."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def edit_of_customers(request: DeskRequest, word_id: int) -> HttpResponse:
    """Another name; whether it stands beside requests."""
    require(request.desk.viewer, Right.SETTINGS)
    row = get_object_or_404(CustomField, id=word_id)
    form = CustomerFieldForm(
        request.POST if request.method == "POST" else None, initial={"name": row.name, "beside": row.beside}
    )
    if request.method == "POST" and _saved(
        request, form, row, lambda rest, by: customer_fields.set_beside(row, rest["beside"], by=by)
    ):
        return redirect("desk:customer_fields")
    lead = _("%(kind)s. Programs know it as “%(key)s”.") % {"kind": FIELD_KINDS[row.kind], "key": row.key}
    return form_page(request, "customer_fields", _of_field("customer_fields", row, lead, form),
                     reverse("desk:customer_fields"), form)  # fmt: skip


def _of_field(key: str, row: Any, lead: str, form: forms.Form) -> dict[str, Any]:
    options = (FAMILIES[key].options_url(row.id), "list", _("What can be chosen"))
    return {"title": row.name, "lead": lead, "danger": word_pages.danger(FACES[key], row),
            "fields": drawn(form, *form.fields), "links": [options] if row.kind in WITH_OPTIONS else []}  # fmt: skip


def form_page(request: DeskRequest, key: str, context: dict[str, Any], back: str, form: forms.Form) -> HttpResponse:
    whole = {"save_word": _("Save"), "back_url": back, "problem": "", "tabs": tabs(request, key), **context}
    page = shell.context(request, "all_settings") | whole
    return render(request, "desk/form_page.html", page, status=422 if form.errors else 200)


class OptionForm(forms.Form):
    """One thing to choose; in a tree, below which other."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    parent = forms.ChoiceField(label=gettext_lazy("Part of"), required=False)

    def __init__(self, data: Any, field: Field | CustomField | None, row: Option | None = None) -> None:
        super().__init__(data, initial={"name": row.name} if row else {})
        if field is None or field.kind != Field.Kind.TREE:
            del self.fields["parent"]
        else:
            known = [(str(pk), path) for pk, path in directory().options.get(field.id, ())]
            self.fields["parent"].choices = [("", _("Nothing: it stands at the top")), *known]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def options(request: DeskRequest, key: str, word_id: int) -> HttpResponse:
    """What can be chosen in a field, in order, and the form for one more."""
    require(request.desk.viewer, Right.SETTINGS)
    family = FAMILIES[key]
    field = get_object_or_404(family.field, id=word_id, kind__in=WITH_OPTIONS)
    form, here = OptionForm(request.POST if request.method == "POST" else None, field), family.options_url(field.id)
    if request.method == "POST" and form.is_valid():
        by = acts.agent(request.desk.agent.id)
        try:
            family.add(field, form.cleaned_data, by)
        except Invalid as reason:
            form.add_error("name", str(reason))
        else:
            messages.success(
                request, _("It is there and can be chosen."), extra_tags=reverse("desk:undo", args=[by.id])
            )
            return redirect(here)
    face = replace(FACES[key], key="options", one=_("Option"), lead=_("What can be chosen, in this order."),
                   new=_("New option"), none=_("Nothing to choose yet"))  # fmt: skip
    context = {"title": field.name, "face": face, "rows": _rows(family, field), "fields": drawn(form, *form.fields),
               "tabs": tabs(request, key), "form_url": here}  # fmt: skip
    page = shell.context(request, "all_settings") | context
    return render(request, "desk/settings_words.html", page, status=422 if form.errors else 200)


def _rows(family: Family, field: Any) -> list[dict[str, Any]]:
    found = field.options.all()
    flat = [(one, 0) for one in sorted(found, key=lambda row: (row.archived_at is not None, row.position, row.id))]
    everything: list[tuple[Any, int]] = tree(found, archived=True) if family.field is Field else flat
    used: dict[int | None, list[int]] = {}
    for one, _depth in everything:
        if one.archived_at is None:
            used.setdefault(_above(one), []).append(one.id)
    return [
        {
            "id": one.id, "name": one.name, "hue": None, "depth": depth, "archived": one.archived_at is not None,
            "sub": _("Out of use") if one.archived_at is not None else "",
            "edit_url": reverse(f"desk:{family.option_name}", args=[one.id]),
            "up_url": family.act_url(one, "up") if one.id in used.get(_above(one), [])[1:] else "",
            "down_url": family.act_url(one, "down") if one.id in used.get(_above(one), [])[:-1] else "",
            "restore_url": family.act_url(one, "restore") if one.archived_at is not None else "",
        }
        for one, depth in everything
    ]  # fmt: skip


def _above(row: Option) -> int | None:
    return row.parent_id if isinstance(row, FieldOption) else None


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def option(request: DeskRequest, key: str, option_id: int) -> HttpResponse:
    """Another name of something to choose."""
    require(request.desk.viewer, Right.SETTINGS)
    family = FAMILIES[key]
    row = get_object_or_404(family.option, id=option_id)
    form = OptionForm(request.POST if request.method == "POST" else None, None, row)
    back = family.options_url(row.field_id)
    if request.method == "POST" and form.is_valid():
        try:
            words.rename(row, form.cleaned_data["name"], by=acts.agent(request.desk.agent.id))
        except Invalid as reason:
            form.add_error("name", str(reason))
        else:
            messages.success(request, _("Saved."))
            return redirect(back)
    context = {"title": row.name, "lead": "", "danger": _danger(family, row), "fields": drawn(form, "name")}
    return form_page(request, key, context, back, form)


def _danger(family: Family, row: Option) -> list[tuple[str, str, str]]:
    of_requests = isinstance(row, FieldOption)
    if row.archived_at is not None:
        danger = [(family.act_url(row, "restore"), _("Restore"), _("It is offered again."))]
    else:
        told = _("No longer offered, nor is what is below it; requests keep it. Can be undone.")
        if not of_requests:
            told = _("No longer offered; who has it keeps it. Can be undone.")
        danger = [(family.act_url(row, "archive"), _("Take out of use"), told)]
    if not words.is_used(row) and not (isinstance(row, FieldOption) and row.children.exists()):
        told = _("No request has it. This cannot be undone.")
        if not of_requests:
            told = _("Nobody has a value of it. This cannot be undone.")
        danger.append((family.act_url(row, "delete"), _("Delete"), told))
    return danger


@require_POST
@desk
def option_act(request: DeskRequest, key: str, option_id: int, verb: str) -> HttpResponse:
    """Up, down, out of use, restore, delete."""
    require(request.desk.viewer, Right.SETTINGS)
    family = FAMILIES[key]
    row = get_object_or_404(family.option, id=option_id)
    verbs: dict[str, Callable[..., None]] = {
        "archive": words.archive, "restore": words.restore, "delete": words.delete,
        "up": lambda row, by: words.move(row, -1, by=by), "down": lambda row, by: words.move(row, 1, by=by),
    }  # fmt: skip
    if verb not in verbs:
        raise Http404(verb)
    by = acts.agent(request.desk.agent.id)
    try:
        verbs[verb](row, by=by)
    except Invalid as reason:
        messages.error(request, str(reason))
    else:
        undo = "" if verb == "delete" else reverse("desk:undo", args=[by.id])
        messages.success(request, _("Done."), extra_tags=undo)
    return redirect(family.options_url(row.field_id))
