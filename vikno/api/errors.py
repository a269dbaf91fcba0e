"""Errors as problem details (RFC 9457): a status, a short title, and words that say what to do."""

from __future__ import annotations

import json
from typing import Any

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from vikno.core import disk
from vikno.intake.ledger import NotPossible, NotStored
from vikno.people.actions.persons import Refused
from vikno.people.values import WrongValue
from vikno.staff.access import NotAllowed
from vikno.tickets.access import NoSuchMessage, NoSuchTicket
from vikno.tickets.actions.answering import NewerMessage
from vikno.tickets.actions.changing import Conflict, Invalid
from vikno.tickets.actions.linking import WidensSight

log = structlog.get_logger(__name__)

TITLES = {
    400: "The request cannot be read", 401: "A token is needed", 403: "Not allowed", 404: "Nothing here",
    409: "Changed meanwhile", 412: "Changed meanwhile", 413: "Too large", 422: "Not possible like this",
    503: "Not now", 507: "The disk is full",
}  # fmt: skip


def problem(status: int, detail: str, **more: Any) -> HttpResponse:
    """One problem document. `more` are extension members."""
    body = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail, **more}
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type="application/problem+json")


def install(api: NinjaAPI) -> None:
    """Say for each kind of refusal how it is told."""

    def on(kind: type[Exception], status: int, words: str = "") -> None:
        def answer(request: HttpRequest, error: Any) -> HttpResponse:
            return problem(status, words or str(error))

        api.add_exception_handler(kind, answer)

    on(NoSuchTicket, 404, "There is nothing here, or nothing that this token may see.")
    on(NoSuchMessage, 404, "There is nothing here, or nothing that this token may see.")
    on(NotAllowed, 403)
    on(Invalid, 422)
    on(Refused, 422)
    on(WrongValue, 422)
    on(NotPossible, 409)
    on(NotStored, 503)
    api.add_exception_handler(DatabaseError, _database)
    on(
        WidensSight,
        409,
        'The message belongs to a restricted ticket. Repeat with "confirmed": true to show it to more people.',
    )
    on(AuthenticationError, 401, "Send a valid token: Authorization: Bearer …")
    api.add_exception_handler(Conflict, _conflict)
    api.add_exception_handler(NewerMessage, _newer)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(HttpError, _http)


def _database(request: HttpRequest, error: Any) -> HttpResponse:
    log.error("the database refused a request of the API", path=request.path, exc_info=error)
    if disk.is_full(error):
        return problem(507, "The disk of the server is full. Nothing was changed; try again when there is space.")
    return problem(503, "The database does not answer. Nothing was changed; try again.")


def _conflict(request: HttpRequest, error: Any) -> HttpResponse:
    fields = {name: {"current": theirs, "wanted": yours} for name, (theirs, yours) in error.fields.items()}
    words = "Somebody changed these fields since." if fields else "The customer has written since."
    return problem(412, f"{words} Nothing was changed.", fields=fields)


def _newer(request: HttpRequest, error: Any) -> HttpResponse:
    words = "Something came into the dialog meanwhile. Nothing was sent."
    return problem(409, words, message=error.message_id)


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    wrong = [{"at": ".".join(str(part) for part in one["loc"]), "detail": one["msg"]} for one in error.errors]
    return problem(422, "Some values cannot be used.", errors=wrong)


def _http(request: HttpRequest, error: Any) -> HttpResponse:
    return problem(error.status_code, str(error))
