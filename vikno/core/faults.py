"""What a browser gets when a page failed."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.template import loader

from vikno.core import away, disk

AGAIN = "3"  # seconds after which it is worth asking again


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: a fault of ours; or a database that is away, or a full disk, said as what they are."""
    error = sys.exc_info()[1]
    if disk.is_full(error):
        return HttpResponse(loader.get_template("507.html").render(), status=507)
    if not away.is_away(error):
        return HttpResponse(loader.get_template("500.html").render(), status=500)
    return HttpResponse(loader.get_template("503.html").render(), status=503, headers={"Retry-After": AGAIN})
