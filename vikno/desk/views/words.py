"""Statuses, types, priorities, tags: their names, order and colours, taking them out of use, making two into one."""

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

from vikno.desk import shell, word_pages
from vikno.desk.face import DeskRequest, desk
from vikno.desk.fields import drawn
from vikno.desk.setting_pages import PAGES, tabs
from vikno.desk.word_pages import FACES, Face, WordForm
from vikno.journal import acts
from vikno.people.models import CustomField
from vikno.staff.rights import Right, require
from vikno.tickets.actions import sorting_words, words
from vikno.tickets.actions.asking_fields import WITH_OPTIONS
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.words import Word
from vikno.tickets.models import Field


def _row(request: DeskRequest, face: Face, word_id: int) -> Any:
    return get_object_or_404(word_pages.known(face, request.desk.viewer), id=word_id)


def _undo(by: acts.Act) -> str:
    return reverse("desk:undo", args=[by.id])


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def show(request: DeskRequest, key: str) -> HttpResponse:
    """All words of a kind in their order, and the form for a new one."""
    require(request.desk.viewer, Right.SETTINGS)
    face = FACES[key]
    form = WordForm(request.POST if request.method == "POST" else None, face)
    if request.method == "POST" and form.is_valid():
        by = acts.agent(request.desk.agent.id)
        try:
            row = face.add(form.cleaned_data, by)
        except Invalid as reason:
            form.add_error("name", str(reason))
        else:
            said, where = _added(row, form.cleaned_data)
            messages.success(request, said, extra_tags=_undo(by))
            return redirect(where or reverse(f"desk:{key}"))
    title = next(page.title for page in PAGES if page.key == key)
    context = {"title": title, "face": face, "rows": word_pages.rows(face, request.desk.viewer), "fields": form.drawn(),
               "tabs": tabs(request, key), "form_url": reverse(f"desk:{key}")}  # fmt: skip
    page = shell.context(request, "all_settings") | context
    return render(request, "desk/settings_words.html", page, status=422 if form.errors else 200)


def _added(row: Any, chosen: dict[str, Any]) -> tuple[str, str]:
    """What is said of a new word, and where one goes on: "" for the page of its kind."""
    if not isinstance(row, Field | CustomField):
        return _("It is there and can be chosen."), ""
    if row.kind not in WITH_OPTIONS or chosen["options"]:
        return _("The field is there."), ""
    name = "options" if isinstance(row, Field) else "customer_options"
    return _("The field is there. Say here what can be chosen in it."), reverse(f"desk:{name}", args=[row.id])


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def edit(request: DeskRequest, key: str, word_id: int) -> HttpResponse:
    """Another name, and what belongs to its kind."""
    require(request.desk.viewer, Right.SETTINGS)
    face, row = FACES[key], _row(request, FACES[key], word_id)
    form = WordForm(request.POST if request.method == "POST" else None, face, row)
    if request.method == "POST" and form.is_valid():
        by, named = acts.agent(request.desk.agent.id), row.name
        try:
            with transaction.atomic():
                _save(row, form.cleaned_data, by)
        except Invalid as reason:
            form.add_error("stage" if "stage" in form.changed_data else "name", str(reason))
        else:
            lasting = named != row.name or "customer_word" in form.changed_data or not form.changed_data
            messages.success(request, _("Saved."), extra_tags="" if lasting else _undo(by))
            return redirect(f"desk:{key}")
    context = {"title": row.name, "lead": word_pages.lead_of(row), "danger": word_pages.danger(face, row),
               "fields": form.drawn(), "links": _links(request, face, row)}  # fmt: skip
    return _form(request, face, context, form)


def _save(row: Any, chosen: dict[str, Any], by: acts.Act) -> None:
    words.rename(row, chosen["name"], by=by)
    if "stage" in chosen:
        sorting_words.set_stage(row, chosen["stage"], by=by)
        sorting_words.set_customer_word(row, chosen["customer_word"], by=by)
    if "hue" in chosen:
        sorting_words.set_hue(row, int(chosen["hue"]), by=by)


def _links(request: DeskRequest, face: Face, row: Word) -> list[tuple[str, str, str]]:
    if (
        row.archived_at is not None
        or words.must_not_begin(row)
        or not word_pages.others(face, row, request.desk.viewer)
    ):
        return []
    return [(reverse(f"desk:{face.key}_merge", args=[row.id]), "git-merge", _("Merge into another one …"))]


def _form(request: DeskRequest, face: Face, context: dict[str, Any], form: forms.Form) -> HttpResponse:
    whole = {"save_word": _("Save"), "back_url": reverse(f"desk:{face.key}"), "problem": "", "danger": [],
             "tabs": tabs(request, face.key), **context}  # fmt: skip
    page = shell.context(request, "all_settings") | whole
    return render(request, "desk/form_page.html", page, status=422 if form.errors else 200)


class MergeForm(forms.Form):
    """What a word is merged into."""

    into = forms.TypedChoiceField(label=gettext_lazy("Merge into"), coerce=int)

    def __init__(self, data: Any, choices: list[tuple[int, str]]) -> None:
        super().__init__(data)
        self.fields["into"].choices = choices  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def merge(request: DeskRequest, key: str, word_id: int) -> HttpResponse:
    """Make two words one: says beforehand how many requests that changes."""
    require(request.desk.viewer, Right.SETTINGS)
    face, row = FACES[key], _row(request, FACES[key], word_id)
    choices = word_pages.others(face, row, request.desk.viewer)
    form = MergeForm(request.POST if request.method == "POST" else None, choices)
    if request.method == "POST" and form.is_valid():
        by, into = acts.agent(request.desk.agent.id), _row(request, face, form.cleaned_data["into"])
        try:
            sorting_words.merge(row, into, by=by)
        except Invalid as reason:
            form.add_error("into", str(reason))
        else:
            said = _("“%(one)s” is merged into “%(into)s”; its requests follow within a moment.")
            messages.success(request, said % {"one": row.name, "into": into.name}, extra_tags=_undo(by))
            return redirect(f"desk:{key}")
    title = _("Merge “%(name)s” into another one") % {"name": row.name}
    context = {"title": title, "lead": word_pages.merge_lead(row), "fields": drawn(form, "into"),
               "save_word": _("Merge")}  # fmt: skip
    return _form(request, face, context, form)


@require_POST
@desk
def act(request: DeskRequest, key: str, word_id: int, verb: str) -> HttpResponse:
    """Up, down, begin the stage with it, out of use, restore, delete."""
    require(request.desk.viewer, Right.SETTINGS)
    row = _row(request, FACES[key], word_id)
    verbs: dict[str, Callable[..., None]] = {
        "archive": words.archive, "restore": words.restore, "delete": words.delete,
    }  # fmt: skip
    if key in ("statuses", "types", "fields", "customer_fields"):
        verbs |= {"up": lambda row, by: words.move(row, -1, by=by), "down": lambda row, by: words.move(row, 1, by=by)}
    if key == "statuses":
        verbs["default"] = sorting_words.make_default
    if verb not in verbs:
        raise Http404(verb)
    by = acts.agent(request.desk.agent.id)
    try:
        verbs[verb](row, by=by)
    except Invalid as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, _("Done."), extra_tags="" if verb == "delete" else _undo(by))
    return redirect(f"desk:{key}")
