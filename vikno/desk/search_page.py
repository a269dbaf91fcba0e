"""What the page of search shows: people, then tickets with the words around what was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Max
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core.text import whole_number
from vikno.core.times import day_alone, short_times
from vikno.desk.face import DeskRequest
from vikno.search import recent, snippets
from vikno.search.analyser.asked import Asked
from vikno.search.find import Answer, find
from vikno.search.language import LONGEST, Query
from vikno.search.matching import Match
from vikno.search.ranking import Hit
from vikno.search.shelf import seconds_of
from vikno.search.state import current
from vikno.tickets.directory import directory
from vikno.tickets.models import Link, Ticket
from vikno.tickets.queries import tags_of
from vikno.tickets.subjects import subject_words

PAGE = 25
TYPED = 12  # rows that a screen holds: each key draws no more


def found(request: DeskRequest) -> dict[str, Any]:
    """Everything of `desk/_found.html`."""
    given = request.GET
    q = given.get("q", "")[:LONGEST]
    typing, exactly, nothing_yet = (given.get(name) == "1" for name in ("t", "exactly", "nothing"))
    before, skip = given.get("before", ""), _whole(given.get("skip", ""))
    so_far = whole_number(given.get("found", "")) or 0
    desk = request.desk
    answer = find(
        desk.viewer, q, before=before, nothing_yet=nothing_yet, typing=typing, exactly=exactly,
        until=given.get("until", ""), zone=desk.zone,
    )  # fmt: skip
    named = [exact(pk) for pk in answer.exact] if not skip else []
    ranked = [hit for hit in answer.hits if hit.match.shown not in answer.exact]
    first = not (skip or before)
    end = skip + (min(TYPED, PAGE) if typing and first else PAGE)
    hits, more = [*named, *ranked[skip:end]], end < len(ranked)
    nothing = (first or nothing_yet) and not (hits or answer.people)
    further = {
        "q": answer.shown_for or q, "t": "1" if answer.begun or (typing and not answer.shown_for) else "",
        "exactly": "1" if exactly or not nothing else "", "nothing": "1" if nothing else "",
    }  # fmt: skip
    known = so_far + len({*(hit.match.shown for hit in answer.hits), *answer.exact})
    again = {
        "before": "" if answer.shown_for or answer.begun else before,  # a second try begins with the newest
        "until": answer.reached, "skip": str(end), "found": str(so_far),
    }  # fmt: skip
    return {
        "search": {
            "q": q, "people": people(answer) if not skip else [], "rows": rows(request, hits, answer.query.told),
            "empty": answer.query.empty, "typing": typing, "shown_for": answer.shown_for,
            "problems": problems(answer.query, typing) if not skip else [],
            "unknown": ", ".join(answer.unknown), "fewer": answer.fewer, "fewer_url": _url(q=answer.fewer),
            "only_without": bool(answer.query.without) and not answer.query.words,
            "exactly_url": _url(q=q, exactly="1"), "begun": answer.begun, "count": count(known, answer),
            "more_url": _url(**further, **again) if more else "",
            "older_url": _url(**further, before=answer.older, found=str(known)) if answer.older and not more else "",
            "looked_to": looked_to(answer, desk.zone) if not more else "", "nothing": nothing,
            "first": first, "narrower": narrower(q), "recent": [], "offered": [], "building": building(),
        },
    }  # fmt: skip


def with_recent(request: DeskRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The same with the agent's last searches, for a page on which nothing was asked for yet."""
    if context["search"]["empty"]:
        context["search"]["recent"] = [(text, _url(q=text)) for text in recent.of(request.desk.agent.id)]
    return context


def last_words(tickets: list[int]) -> dict[int, datetime]:
    """When the last message of each came: also of those that were brought here long after."""
    links = Link.objects.filter(ticket__in=tickets, ended_act=None).order_by()
    return dict(links.values_list("ticket_id").annotate(Max("arrived_at"))) if tickets else {}


def _url(**query: str) -> str:
    return f"{reverse('desk:search')}?{urlencode({name: value for name, value in query.items() if value})}"


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def problems(query: Query, typing: bool) -> list[str]:
    """What was not understood; while one types not of the piece that is being typed."""
    return query.problems[:-1] if typing and query.wrong_to == len(query.text) else query.problems


def exact(ticket: int) -> Hit:
    """A ticket that was asked for by its number, as a hit that marks nothing."""
    return Hit(Match(0, ticket, ticket), 0.0, "about", (), ())


def count(known: int, answer: Answer) -> str:
    """How many there are, as far as that is known: never a total of what was not looked at."""
    return (f"{known}+" if answer.older else str(known)) if known else ""


def looked_to(answer: Answer, zone: str) -> str:
    """The day that was reached when looking had taken long enough, in words; "" if it ended by itself."""
    if not answer.unfinished:
        return ""
    day = datetime.fromtimestamp(seconds_of(int(answer.older)), UTC)
    language = translation.get_language() or "en"
    return _("Looked back to %(day)s; going on …") % {"day": day_alone(day, zone, language)}


def building() -> str:
    """How far the first index of this installation is, in words; "" once it is complete."""
    now = current()
    if now.building != now.active:
        return ""
    share = f"{100 * now.done // now.total if now.total else 0} %"
    return _("The index is being made: %(share)s. Until it is done, not everything is found.") % {"share": share}


def people(answer: Answer) -> list[tuple[str, str, str]]:
    """Name, addresses and their page."""
    found = []
    for one in answer.people:
        name, *others = [part for part in (one.name, *one.addresses, one.organisation) if part] or [_("Unknown")]
        found.append((name, " · ".join(others[:4]), reverse("desk:person", args=[one.id])))
    return found


def narrower(q: str) -> list[tuple[str, str]]:
    """One click to look only among what is open, or one's own."""
    if not q.strip():
        return []
    offered = [(_("Only open ones"), "-status:closed"), (_("Only mine"), "agent:me"), (_("With files"), "has:file")]
    return [(word, _url(q=f"{q.strip()} {piece}")) for word, piece in offered if piece not in q]


def rows(request: DeskRequest, hits: list[Hit], told: Sequence[Asked] = ()) -> list[dict[str, Any]]:
    """The tickets as the template draws them, in the order of `hits`; `told` are the words that name files. Eleven
    queries at most."""
    tickets = {
        row[0]: row
        for row in Ticket.objects.filter(id__in=[hit.match.shown for hit in hits]).values_list(
            "id", "number", "subject", "stage", "status_id", "team_id", "agent_id", "requester__name",
            "identity__shown", "updated_at", "preview", "restricted",
        )
    }  # fmt: skip
    said = snippets.said(hits, told)
    last = last_words([pk for pk in tickets if pk not in said])
    tags = tags_of(tickets)
    names = directory().names
    short = short_times(request.desk.zone, translation.get_language() or "en")
    drawn = []
    for hit in hits:
        if hit.match.shown not in tickets:
            continue
        pk, number, subject, stage, status, team, agent, who, address, at, preview, restricted = tickets[
            hit.match.shown
        ]
        here = said.get(hit.match.ticket)
        at = here.at if here else last.get(pk, at)
        own = hit.match.ticket == hit.match.shown
        anchor = f"#message-{hit.part[1:]}" if here and here.kind == "m" else ""
        drawn.append({
            "number": number, "url": f"{reverse('desk:ticket', args=[number])}{anchor}", "stage": stage,
            "status": names["status"].get(status, ""), "team": names["team"].get(team, ""),
            "agent": names["agent"].get(agent, ""), "who": who or address or _("Unknown sender"),
            "subject": snippets.marked(subject_words(subject), hit.in_head if own else ()), "restricted": restricted,
            "said": here.pieces if here else [(preview, False)], "said_by": here.who if here else "",
            "files": here.files if here else (),
            "note": bool(here and here.kind == "n"), "tags": tags.get(pk, ()),
            "when_iso": at.isoformat(timespec="seconds"), "when": short(at),
        })  # fmt: skip
    return drawn
