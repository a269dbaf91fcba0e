"""Filling in the mail servers of an address, on the forms that ask for them: for the button "Find its mail servers",
which works without a script and which the script presses when one leaves the address; and for a form that comes with a
password and without servers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, JsonResponse, QueryDict
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from vikno.channels.email import server_finding
from vikno.channels.email.server_finding import Found
from vikno.people import values


@dataclass(frozen=True, slots=True)
class Filled:
    """`data`: what was typed, with the servers. `said`: tone, words and what else the provider wants, or None.
    `show`: nothing is to be done with it yet but to show it."""

    data: QueryDict
    fields: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] | None = None
    show: bool = False


def fill_in(request: HttpRequest, users: tuple[str, ...], password: str) -> Filled:
    """What was posted, with the servers of its address where they were asked for or left out. `users`: the fields of
    user names; `password`: the field by which one sees that a mailbox is to be read. Takes up to
    server_finding.PATIENCE."""
    data = request.POST
    asked = "find" in data
    left_out = bool(data.get(password)) and not (data.get("imap_host") or data.get("smtp_host"))
    if not asked and not left_out:
        return Filled(data)
    address = data.get("address", "").strip()
    try:
        found = server_finding.find(address)
    except values.WrongValue as wrong:
        return Filled(data, said=_said("warn", str(wrong)), show=asked)
    if found is None:
        words = _("The mail servers of %(domain)s could not be found. Whoever looks after the domain knows them.")
        return Filled(data, said=_said("warn", words % {"domain": values.domain_of(address)}), show=asked)
    fields = {name: str(value) for name, value in found.answers().items()}
    fields |= {name: address for name in users if asked or not data.get(name)}
    known = data.copy()
    for name, value in fields.items():
        known[name] = value
    return Filled(known, fields, _found_words(found, address), asked or not found.sure)


def _found_words(found: Found, address: str) -> dict[str, str]:
    if not found.sure:
        hosts = ", ".join(dict.fromkeys(one for one in (found.imap_host, found.smtp_host) if one))
        words = _("The domain names these servers: %(hosts)s. They are somebody else's: go on only if you know them.")
        return _said("warn", words % {"hosts": hosts})
    words = _("The mail servers of %(domain)s are filled in.") % {"domain": values.domain_of(address)}
    return _said("ok", words, found.hint, found.hint_url)


def _said(tone: str, text: str, hint: str = "", hint_url: str = "") -> dict[str, str]:
    return {"tone": tone, "text": text, "hint": hint, "hint_url": hint_url}


def wants_fields(request: HttpRequest) -> bool:
    """Whether the script asked, which fills the fields itself."""
    return "find" in request.POST and request.headers.get("Accept") == "application/json"


def as_fields(filled: Filled) -> JsonResponse:
    """The answer to the script: values by the names of fields, and what is said about them."""
    context: dict[str, Any] = {"servers": filled.said}
    return JsonResponse({"fields": filled.fields, "said": render_to_string("desk/_servers_found.html", context)})
