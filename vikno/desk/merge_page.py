"""What the page that merges tickets shows: which are chosen, which one stays, and what will be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core.text import whole_number
from vikno.core.times import short_times
from vikno.desk.face import DeskRequest
from vikno.desk.picking import described, offered
from vikno.tickets import access
from vikno.tickets.actions.account import is_open_matter
from vikno.tickets.actions.merging import stays_apart, widens
from vikno.tickets.models import Ticket

MOST = 50  # tickets that one merge makes one


def chosen_tickets(request: DeskRequest, numbers: Sequence[str]) -> list[Ticket]:
    """The tickets of these numbers that the viewer sees, each once, in the order they were chosen. One that was merged
    before stands for what it is read as."""
    whole = [number for one in numbers[: MOST * 2] if (number := whole_number(one.strip(" #"))) is not None]
    seen = access.tickets_for(request.desk.viewer)
    named = seen.filter(number__in=whole).only("number", "merged_into")
    known = {one.number: access.survivor_id(one.id) if one.merged_into_id else one.id for one in named}
    heads = dict.fromkeys(known[number] for number in whole if number in known)
    rows = seen.filter(id__in=heads, deleted_at=None).select_related("requester", "identity", "team").in_bulk()
    return [rows[pk] for pk in heads if pk in rows][:MOST]


def survivor_of(chosen: Sequence[Ticket], wanted: str) -> Ticket | None:
    """The one that keeps its number: whichever was asked for, else an open one before closed ones, then the oldest."""
    number = whole_number(wanted.strip(" #"))
    asked = next((one for one in chosen if one.number == number), None)
    return asked or min(chosen, key=lambda one: (one.closed_at is not None, one.created_at, one.id), default=None)


def page(request: DeskRequest, chosen: Sequence[Ticket], into: Ticket | None, problem: str = "") -> dict[str, Any]:
    """Everything of `desk/_merge.html`."""
    short = short_times(request.desk.zone, translation.get_language() or "en")
    numbers = [one.number for one in chosen]
    begun = request.GET.get("from", "") or request.POST.get("from", "")
    home = begun if begun.isdigit() and len(begun) < 20 else (str(numbers[0]) if numbers else "")
    alone = len(chosen) < 2
    cards = [
        described(one, short) | {
            "keeps": into is not None and one.id == into.id, "keep_url": _address(numbers, one.number, home),
            "drop_url": _address([n for n in numbers if n != one.number], None, home) if not alone else "",
        }
        for one in sorted(chosen, key=lambda one: into is None or one.id != into.id)
    ]  # fmt: skip
    return {"merge": {
        "cards": cards, "alone": alone, "into": into.number if into else "", "numbers": numbers, "home": home,
        "problem": problem, "warnings": [] if alone or into is None else warnings(chosen, into),
        "widens": into is not None and any(widens(one, into) for one in chosen),
        "url": reverse("desk:merge"), "back_url": reverse("desk:ticket", args=[home]) if home else "/",
        "picks": offered(
            request, chosen, request.GET.get("q", ""), lambda one: _address([*numbers, one.number], None, home),
            besides=alone,
        ),
    }}  # fmt: skip


def _address(numbers: Sequence[int], into: int | None, home: str) -> str:
    query: list[tuple[str, Any]] = [("ticket", number) for number in numbers]
    query += [("into", into)] if into is not None else []
    return f"{reverse('desk:merge')}?{urlencode([*query, ('from', home)])}"


def warnings(chosen: Sequence[Ticket], into: Ticket) -> list[tuple[str, str, str]]:
    """What one should know before: tone, icon, words. Nothing of it forbids the merge, and all of it can be undone."""
    told: list[tuple[str, str, str]] = []
    absorbed = [one for one in chosen if one.id != into.id]
    for one in absorbed:
        said = {"number": one.number, "team": one.team.name, "into": into.number}
        if widens(one, into):
            words = _("More people will read #%(number)s: so far the team %(team)s alone, then all who read #%(into)s.")
            told.append(("warn", "eye", words % said))
        elif stays_apart(one, into):
            words = _("#%(number)s stays hidden from those who may not read it now, also inside of #%(into)s.")
            told.append(("", "lock", words % said))
    for one in chosen:
        if is_open_matter(one):
            words = _(
                "#%(number)s is a matter of an account: nothing can be answered in the merged request until everybody "
                "who asks has proved who they are, or a lead lets it be handled."
            )
            told.append(("warn", "shield-alert", words % {"number": one.number}))
    told += _different_people(chosen, into)
    return told


def _different_people(chosen: Sequence[Ticket], into: Ticket) -> list[tuple[str, str, str]]:
    names = {one.requester_id: described(one, str)["who"] for one in chosen}
    if len(names) < 2:
        return []
    words = _(
        "Different people ask: %(names)s. They do not see each other's letters. An answer goes to %(name)s unless you "
        "write another address into “To”."
    )
    said = {"names": ", ".join(names.values()), "name": names[into.requester_id]}
    return [("", "users", words % said)]
