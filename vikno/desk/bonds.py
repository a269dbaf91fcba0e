"""How a ticket belongs with others, as the page beside it says it, and what can be said of two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vikno.desk.face import DeskRequest
from vikno.desk.picking import offered
from vikno.staff.access import Viewer
from vikno.tickets.models import Relation, Stage, Ticket
from vikno.tickets.queries import Bond, bonds_of
from vikno.tickets.subjects import subject_words

Kind = Relation.Kind
BACK = "-"  # before a kind: the other ticket says it of this one
_COUNTED = (f"{BACK}{Kind.CHILD}", f"{BACK}{Kind.CAUSED_BY}")  # of these one wants to know how many are done
_ORDER = (
    Kind.CHILD, f"{BACK}{Kind.CHILD}", Kind.CAUSED_BY, f"{BACK}{Kind.CAUSED_BY}", Kind.DUPLICATE,
    f"{BACK}{Kind.DUPLICATE}", Kind.FOLLOWS, f"{BACK}{Kind.FOLLOWS}", Kind.RELATED,
)  # fmt: skip


def words_of() -> dict[str, str]:
    """What stands above the other tickets, by what this one is to them."""
    return {
        Kind.CHILD: _("Part of"), f"{BACK}{Kind.CHILD}": _("Its parts"),
        Kind.CAUSED_BY: _("Caused by"), f"{BACK}{Kind.CAUSED_BY}": _("Waiting for this"),
        Kind.DUPLICATE: _("Duplicate of"), f"{BACK}{Kind.DUPLICATE}": _("Its duplicates"),
        Kind.FOLLOWS: _("Goes on from"), f"{BACK}{Kind.FOLLOWS}": _("Gone on with in"),
        Kind.RELATED: _("Related"),
    }  # fmt: skip


def kinds() -> list[tuple[str, str]]:
    """What one can say of a ticket and another one."""
    return [
        (Kind.RELATED, _("is related to")), (Kind.DUPLICATE, _("is a duplicate of")),
        (Kind.CAUSED_BY, _("is caused by")), (f"{BACK}{Kind.CAUSED_BY}", _("is the cause of")),
        (Kind.CHILD, _("is a part of")),
    ]  # fmt: skip


def drawn(viewer: Viewer, part: Sequence[int]) -> list[dict[str, Any]]:
    """The groups of `desk/_bonds.html`."""
    groups: dict[str, list[Bond]] = {}
    for bond in bonds_of(viewer, part):
        key = bond.kind if bond.forward or bond.kind == Kind.RELATED else f"{BACK}{bond.kind}"
        groups.setdefault(key, []).append(bond)
    words = words_of()
    return [
        {"word": words[key], "progress": _progress(groups[key]) if key in _COUNTED else "",
         "rows": [_row(bond) for bond in groups[key]]}
        for key in _ORDER if key in groups
    ]  # fmt: skip


def _progress(bonds: Sequence[Bond]) -> str:
    done = sum(bond.stage == Stage.CLOSED for bond in bonds)
    words = ngettext("%(done)s of %(num)s closed", "%(done)s of %(num)s closed", len(bonds))
    return words % {"done": done, "num": len(bonds)}


def _row(bond: Bond) -> dict[str, Any]:
    if not bond.seen:
        return {"id": bond.id, "number": 0, "subject": _("A request that you may not see"), "stage": "", "url": ""}
    url = reverse("desk:ticket", args=[bond.number])
    return {
        "id": bond.id,
        "number": bond.number,
        "subject": subject_words(bond.subject),
        "stage": bond.stage,
        "url": url,
    }


def page(request: DeskRequest, ticket: Ticket, **errors: str) -> dict[str, Any]:
    """Everything of `desk/_link.html`."""
    asked = request.POST if request.method == "POST" else request.GET
    kind, typed = asked.get("kind", ""), asked.get("number", "")
    return {"bond": {
        "number": ticket.number, "subject": subject_words(ticket.subject),
        "url": reverse("desk:link", args=[ticket.number]),
        "back_url": reverse("desk:ticket", args=[ticket.number]), "kinds": kinds(), "errors": errors,
        "kind": kind if kind in dict(kinds()) else str(Kind.RELATED), "typed": typed,
        "picks": offered(request, [ticket], typed),
    }}  # fmt: skip
