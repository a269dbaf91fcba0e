"""Idempotency: a POST with an `Idempotency-Key` is done once; a repeat within a day gets the first answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.http import HttpResponse

from vikno.api.access import ApiRequest
from vikno.api.errors import problem
from vikno.api.models import FirstAnswer
from vikno.core import clock

KEPT = timedelta(hours=24)
LONGEST_KEY = 255
# For the description of each POST that is done by `once`: the header is read here, so no handler of ninja names it.
DESCRIBED: dict[str, Any] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "The same key with the same request within 24 hours is answered as the first time, and "
            "nothing is done again; with another request it is refused (422).",
            "schema": {"type": "string", "maxLength": LONGEST_KEY},
        }
    ]
}


def once(request: ApiRequest, work: Callable[[], Any], status: int = 201) -> HttpResponse:
    """Do `work` in one transaction with the row that remembers its answer, or give the first answer again.

    The same key with another request is refused (422): it would hide a mistake of the caller.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return _answer(status, _encoded(work()))
    if len(key) > LONGEST_KEY or "\x00" in key:
        return problem(422, "An Idempotency-Key has at most 255 characters.")
    asked = hashlib.sha256(
        b"\n".join([(request.method or "").encode(), request.get_full_path().encode(), request.body])
    ).hexdigest()
    mine = FirstAnswer.objects.filter(token=request.token, key=key)
    before = mine.filter(at__gte=clock.now() - KEPT).first()
    if before is None:
        try:
            with transaction.atomic():
                mine.filter(at__lt=clock.now() - KEPT).delete()
                row = FirstAnswer.objects.create(token=request.token, key=key, request=asked, status=status, body="")
                row.body = _encoded(work())
                row.save(update_fields=["body"])
                return _answer(status, row.body)
        except IntegrityError:  # the same key at the same moment: the other one's answer is ours
            before = mine.first()
            if before is None:
                raise
    if before.request != asked:
        return problem(422, "This Idempotency-Key was used for another request.")
    return _answer(before.status, before.body)


def _encoded(answer: Any) -> str:
    return json.dumps(answer, cls=DjangoJSONEncoder, ensure_ascii=False)


def _answer(status: int, body: str) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json")


def sweep() -> int:
    """Forget answers older than a day; answers how many."""
    return FirstAnswer.objects.filter(at__lt=clock.now() - KEPT).delete()[0]
