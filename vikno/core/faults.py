"""What a browser gets when a page failed."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.template import loader

from vikno.core import away

AGAIN = "3"  # seconds after which it is worth asking again


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: a fault of ours, or a database that is away, which is said as what it is."""
    if not away.is_away(sys.exc_info()[1]):
        return HttpResponse(loader.get_template("500.html").render(), status=500)
    return HttpResponse(loader.get_template("503.html").render(), status=503, headers={"Retry-After": AGAIN})
