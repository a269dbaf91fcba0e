"""Suggestions of tags, asked for when somebody begins to write one: the page of a ticket need not carry them."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from vikno.desk.face import DeskRequest, desk
from vikno.tickets.queries import tags_known_to


@require_safe
@desk
def suggest(request: DeskRequest) -> HttpResponse:
    """The options of the field for a tag."""
    return render(request, "desk/_tag_options.html", {"names": tags_known_to(request.desk.viewer)})
