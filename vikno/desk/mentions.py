"""Colleagues who are mentioned in a note: an @ and their name, as it is written or chosen from the list."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from vikno.staff.access import NotAllowed, viewer_for_agent
from vikno.staff.models import Agent
from vikno.tickets import access
from vikno.tickets.directory import directory
from vikno.tickets.models import Ticket

MOST = 200  # signs that are looked at: nobody mentions more


def named_in(text: str, agents: Iterable[tuple[int, str]]) -> list[int]:
    """Ids of those whose whole name stands behind an @ in a text, in any case of letters. Of names that begin alike the
    longer one is meant; who bears the same name as another is meant with them: one of both would wait in vain."""
    folded = " ".join(text.casefold().split())
    found: set[int] = set()
    names = sorted(((" ".join(name.casefold().split()), pk) for pk, name in agents if name.strip()), reverse=True)
    names.sort(key=lambda pair: -len(pair[0]))
    most = max((len(name) for name, _pk in names), default=0) + 1
    signs = (place for place, sign in enumerate(folded) if sign == "@")
    for start in islice(signs, MOST):
        if start and folded[start - 1].isalnum():
            continue  # an address
        rest, longest = folded[start + 1 : start + 1 + most], ""
        for name, pk in names:
            ends = rest.startswith(name) and not rest[len(name) : len(name) + 1].isalnum()
            if ends and (not longest or name == longest):
                longest = name
                found.add(pk)
    return sorted(found)


def mentioned(text: str, *, but: Agent) -> list[Agent]:
    """Colleagues at work who are mentioned in a text by another one."""
    ids = [pk for pk in named_in(text, directory().agents) if pk != but.id]
    return list(Agent.objects.filter(id__in=ids, active=True).select_related("person").order_by("id")) if ids else []


def left_out(ticket: Ticket, agents: Iterable[Agent]) -> list[str]:
    """Names of those who were mentioned and may not read this ticket: it is restricted, or its team closed."""
    return [one.person.name for one in agents if not _reads(ticket, one)]


def _reads(ticket: Ticket, agent: Agent) -> bool:
    try:
        return bool(access.seen_of(viewer_for_agent(agent), [ticket.id]))
    except NotAllowed:
        return False
