"""In which time zone a login reads times. Which one an agent chose is known in a lower room, which puts its function
into `ZONE_OF`."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from vikno.core.models import Company


def _companys(_user_id: int) -> str:
    return Company.objects.values_list("zone", flat=True).first() or "UTC"


ZONE_OF: Callable[[int], str] = _companys


def context(request: HttpRequest) -> dict[str, SimpleLazyObject]:
    """A context processor: `viewer_zone`, looked up only where a page asks for it."""
    user_id = getattr(getattr(request, "user", None), "pk", None)
    return {"viewer_zone": SimpleLazyObject(lambda: ZONE_OF(user_id or 0))}
