"""Pages for owners: how long data are kept, and erasing a person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from vikno.care import erasure, pages, retention
from vikno.care.export import copy_of
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.fields import drawn
from vikno.desk.person_page import person_for
from vikno.desk.setting_pages import tabs
from vikno.journal import acts
from vikno.people.models import Person
from vikno.staff.rights import Right, require

LONGEST = 36_500  # days


class KeepingForm(forms.Form):
    """Days for each kind of data; empty is for ever."""

    def __init__(self, data: Any, days: dict[str, int | None]) -> None:
        super().__init__(data, initial=days)
        for kind in retention.KINDS.values():
            help_text = _("Unless you say otherwise: %(days)s") % {"days": kind.days or _("for ever")}
            self.fields[kind.name] = forms.IntegerField(
                label=str(kind.title), min_value=1, max_value=LONGEST, required=False, help_text=help_text
            )


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def keeping(request: DeskRequest) -> HttpResponse:
    """For how many days each kind of data is kept, and what the last runs did."""
    require(request.desk.viewer, Right.SETTINGS)
    days = {kind.name: retention.days_of(kind) for kind in retention.KINDS.values()}
    form = KeepingForm(request.POST if request.method == "POST" else None, days)
    if form.is_valid():
        act = acts.agent(request.desk.agent.id)
        with transaction.atomic():
            for name, chosen in form.cleaned_data.items():
                # A kind that the form did not bear at all stays as it is: emptiness must be said, it means for ever.
                if name in request.POST and chosen != days[name]:
                    retention.keep_for(name, chosen, by=act)
        messages.success(request, _("Saved. It holds from the next night on."))
        return redirect("care:keeping")
    context = {"tabs": tabs(request, "keeping"), "fields": drawn(form, *retention.KINDS), "runs": pages.runs()}
    status = 422 if form.errors else 200
    return render(request, "care/keeping.html", shell.context(request, "settings") | context, status=status)


@require_POST
@desk
def export(request: DeskRequest, person_id: int) -> FileResponse:
    """A copy of what is kept of this person, as an archive."""
    require(request.desk.viewer, Right.EXPORT)
    person = person_for(request, person_id)
    archive = copy_of(request.desk.viewer, person, by=acts.agent(request.desk.agent.id))
    return FileResponse(archive, as_attachment=True, filename=f"person-{person.id}.zip", content_type="application/zip")


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def erase(request: DeskRequest, person_id: int) -> HttpResponse:
    """What erasing this person would take and leave; and doing it, once their name or an address is typed."""
    require(request.desk.viewer, Right.ERASE)
    person = Person.objects.filter(id=min(person_id, 2**62)).first()
    known = erasure.known_as(person.id) if person else []
    if person is None or not known:  # nobody, or nothing is left of them
        raise Http404(person_id)
    problem, typed = "", request.POST.get("name", "")
    if request.method == "POST" and not _names(typed, known):
        problem = _("Nothing was erased: this is neither their name nor one of their addresses.")
    elif request.method == "POST":
        try:
            erasure.erase(person.id, acts.agent(request.desk.agent.id))
        except erasure.NotErasable as reason:
            problem = str(reason)
        else:
            messages.success(request, _("Erased. Nothing of what this person wrote or was called is left."))
            return redirect("desk:people")
    goes, stays = pages.preview_words(erasure.preview(person.id))
    context = {
        "known": known, "goes": goes, "stays": stays, "problem": problem, "typed": typed, "last": pages.last_erasure(),
        "back_url": reverse("desk:person", args=[person.id]),
        "export_url": reverse("care:export", args=[person.id]),
    }  # fmt: skip
    status = 422 if problem else 200
    return render(request, "care/erase.html", shell.context(request) | context, status=status)


def _names(typed: str, known: list[str]) -> bool:
    """Whether what was typed is the name or an address, whatever its case and spaces."""
    plain = " ".join(typed.split()).casefold()
    return bool(plain) and plain in {" ".join(one.split()).casefold() for one in known}
