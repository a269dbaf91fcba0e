"""Where all settings are, with a search over them."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from vikno.core.text import one_line
from vikno.desk import setting_pages, shell
from vikno.desk.face import DeskRequest, desk


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """The pages that the viewer may see; those in which the words of `q` stand."""
    q = one_line(request.GET.get("q", ""), 100)
    context = {"q": q, "groups": setting_pages.found(request.desk.viewer, q)}
    return render(request, "desk/settings_index.html", shell.context(request, "all_settings") | context)
