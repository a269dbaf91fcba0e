"""All colleagues, or teams, that can be chosen: fetched once a field is touched whose page has only the likely ones."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from vikno.desk import choosing
from vikno.desk.face import DeskRequest, desk
from vikno.tickets import access

KEPT = 3600  # seconds that a browser need not ask again; the address changes with what there is to choose


@require_safe
@desk
def choices(request: DeskRequest, kind: str) -> HttpResponse:
    """The options of a field. Raises Http404 for a kind that there is not."""
    access.must_write(request.desk.viewer)
    rows = choosing.everything(request.desk, kind)
    if rows is None:
        raise Http404(kind)
    version = choosing.version(request.desk, kind, rows)
    context = {"rows": rows, "addresses": choosing.addresses(kind)}
    etag = quote_etag(version)
    found = get_conditional_response(request, etag=etag)
    answer = found if isinstance(found, HttpResponse) else render(request, "desk/_choices.html", context)
    answer["ETag"] = etag
    if request.GET.get("v") == version:
        answer["Cache-Control"] = f"private, max-age={KEPT}"
    return answer
