"""What can be done to many tickets at once, and how it is said what became of it: for the page and for the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vikno.core import clock
from vikno.core.text import whole_number
from vikno.desk import batches, seen_marks
from vikno.desk.batches import Doing, Work
from vikno.desk.snoozing import until_of
from vikno.journal.acts import Act
from vikno.staff.models import Agent, Team
from vikno.tickets.actions import assigning, fields, state
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Priority, Stage, Status, Ticket

MOST_NAMED = 5  # of those that were refused for one reason
MOST_SHOWN = 100  # of those that were left out, on the page that shows what their customers wrote
NOBODY = "0"  # as a colleague's id: back to the team


def doing(work: Work, agent: Agent, zone: str) -> Doing:
    """What is to be done to each: a button, or the choice that was made. `agent` acts, in this zone. Raises Invalid for
    what is not there."""
    act, what = work.by, work.asked.get("act", "")
    if chosen := work.asked.get("snooze", "") if what in ("", "snooze") else "":
        return Doing(partial(state.snooze, until=until_of(chosen, "", zone, clock.now()), by=act), away=_always)
    buttons = {
        "close": Doing(
            partial(state.close, by=act),
            others=state.caused_by,
            alone=partial(state.close, by=act, caused=()),
            away=_always,
        ),
        "take": Doing(partial(assigning.take, agent=agent, by=act), agent),
        "spam": Doing(partial(state.mark_spam, by=act), away=_always),
        "delete": Doing(partial(state.delete, by=act), away=_always),
    }
    if what in buttons:
        return buttons[what]
    name = next((one for one in CHOICES if what in ("", one) and work.asked.get(one)), None)
    if name is None:
        raise Invalid(_("Choose first what should be done."))
    return CHOICES[name](work.asked[name], act)


def _always(_ticket: Ticket) -> bool:
    return True


def anyway(asked: Mapping[str, str]) -> str:
    """What the button says that does it in spite of what the customers wrote."""
    if asked.get("snooze") and asked.get("act", "") in ("", "snooze"):
        return _("Put aside anyway")
    words = {"close": _("Close anyway"), "spam": _("Mark as spam anyway"), "delete": _("Delete anyway")}
    return words.get(asked.get("act", "")) or _("Set the status anyway")


def _agent(value: str, act: Act) -> Doing:
    colleague = None if value == NOBODY else _row(Agent.objects.all(), value)
    return Doing(partial(assigning.assign, agent=colleague, by=act), colleague)


def _team(value: str, act: Act) -> Doing:
    return Doing(partial(assigning.hand_over, team=_row(Team.objects.filter(archived_at=None), value), by=act))


def _status(value: str, act: Act) -> Doing:
    status = _row(Status.objects.filter(archived_at=None), value)
    verb = partial(state.set_status, status=status, by=act)
    if status.stage not in (Stage.CLOSED, Stage.WAITING):
        return Doing(verb)
    if status.stage == Stage.WAITING:
        return Doing(verb, away=lambda ticket: ticket.stage != Stage.WAITING)
    return Doing(verb, others=state.caused_by, alone=partial(verb, caused=()), away=_always)


def _priority(value: str, act: Act) -> Doing:
    priority = _row(Priority.objects.filter(archived_at=None), value)
    return Doing(partial(fields.set_priority, priority=priority, by=act))


def _tag(value: str, act: Act) -> Doing:
    tags = [fields.tag_named(name) for name in value.split(",") if name.strip()]
    return Doing(partial(fields.tag, add=tags, by=act))


CHOICES: dict[str, Callable[[str, Act], Doing]] = {
    "agent": _agent, "team": _team, "status": _status, "priority": _priority, "tag": _tag,
}  # fmt: skip


def _row(rows: QuerySet[Any], value: str) -> Any:
    """The row that a choice names. Raises Invalid for one that is not there."""
    found = rows.filter(id=whole_number(value) or 0).first()
    if found is None:
        raise Invalid(_("What was chosen is no longer there. Choose again."))
    return found


def report(work: Work) -> str:
    """How many it was done to, and each reason once with the numbers of the tickets that it holds for."""
    already = [_("Already so: %(some)s.") % {"some": _some(work.already)}] if work.already else []
    return " ".join([done(work), *already, *_left_out(work), *_refusals(work)])


def done(work: Work) -> str:
    return _("Done: %(count)s.") % {"count": work.done}


def is_refused(work: Work) -> bool:
    """Whether something that was wanted was not done."""
    return bool(work.refused or work.beyond or work.unheard)


def look_url(work: Work) -> str:
    """Where one sees what the customers wrote of those that were left out, and does it all the same; "" for none."""
    if not work.unheard:
        return ""
    query = [*work.asked.items(), *(("ticket", _shown(work, number)) for number in work.unheard[:MOST_SHOWN])]
    if (more := len(work.unheard) - MOST_SHOWN) > 0:
        query.append(("more", str(more)))
    return f"{reverse('desk:bulk_left')}?{urlencode(query)}"


def _shown(work: Work, number: int) -> str:
    """The request as the list showed it: from there on it is looked at."""
    version = work.seen.get(str(number))
    return str(number) if version is None else seen_marks.mark(number, version)


def not_done(work: Work) -> list[int]:
    """The numbers of those that it passed over, or that refused it; of each the last ones."""
    refused = [number for numbers in work.refused.values() for number in numbers]
    return [*work.unheard[-MOST_SHOWN:], *refused[-MOST_SHOWN:]]


def drawn(work: Work) -> dict[str, Any]:
    """What `desk/_under_way.html` shows of an act that goes on, or has ended."""
    ended = not work.left
    how_far = _("Done: %(count)s of %(total)s.") % {"count": work.so_far, "total": work.total}
    return {
        "id": f"bulk-{work.act}", "act": work.act, "total": work.total, "so_far": work.so_far, "ended": ended,
        "words": report(work) if ended else how_far, "danger": ended and is_refused(work),
        "undo_url": reverse("desk:undo", args=[work.act]) if ended and work.done else "",
        "look_url": look_url(work) if ended else "",
    }  # fmt: skip


def _left_out(work: Work) -> list[str]:
    count = len(work.unheard)
    if not count:
        return []
    words = ngettext(
        "%(num)s of %(total)s was left, as its customer has written meanwhile: %(some)s.",
        "%(num)s of %(total)s were left, as their customers have written meanwhile: %(some)s.",
        count,
    )
    return [words % {"num": count, "total": work.total, "some": _some(work.unheard)}]


def _some(numbers: list[int]) -> str:
    """The first of these tickets, and how many more there are."""
    some = ", ".join(f"#{number}" for number in numbers[:MOST_NAMED])
    more = len(numbers) - MOST_NAMED
    if more <= 0:
        return some
    return ngettext("%(some)s and %(num)s more", "%(some)s and %(num)s more", more) % {"some": some, "num": more}


def _refusals(work: Work) -> list[str]:
    lines = [f"{_some(numbers)}: {why}" for why, numbers in work.refused.items()]
    if work.beyond:
        words = _("At most %(most)s are changed at once; so many were left out: %(count)s.")
        lines.append(words % {"most": batches.MOST, "count": work.beyond})
    return lines
