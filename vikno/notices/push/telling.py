"""What a device is told: as little as is of use, since it may show it to whoever stands before it. The number of a
request and what happened; its subject only where letters carry the customers' words, and of a restricted one never."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.core.models import Company
from vikno.core.secrets import derived_key
from vikno.core.text import one_line
from vikno.notices.judging import Needed
from vikno.notices.kinds import NAMES, PUSH
from vikno.notices.models import Choices, NoticeDelivery
from vikno.notices.push.sealing import written
from vikno.notices.queries import rules
from vikno.notices.telling import language_of, many
from vikno.notices.working import end_of_work
from vikno.staff.models import Agent
from vikno.staff.queries import zone_of
from vikno.tickets.access import survivor_id
from vikno.tickets.models import Opened, Ticket
from vikno.tickets.subjects import subject_words

LONGEST = 200  # characters of a subject
LASTS = timedelta(hours=12)  # for a device that is switched off meanwhile; never beyond its person's working hours
CLOSED = 40  # of what was shown lately: what of it was read meanwhile is taken from the screen
NEWS = "news"  # the tag of what is about several requests


@dataclass(frozen=True, slots=True)
class Pushed:
    """What is told now. `devices`: which of them are still to be told (ids); None: all. `topic` says to a service which
    messages are of one matter, and not which. `words` are what our service worker gets. `mark` as in `ways.Told`."""

    mark: str
    agent: Agent
    devices: tuple[int, ...] | None
    topic: str
    urgent: bool
    lasts: timedelta
    words: Mapping[str, Any]
    answers: None = None


def brief(agent: Agent, needed: Sequence[Needed], chosen: Choices) -> Pushed:
    """What this person's devices are told of all that is needed."""
    now, company = clock.now(), Company.objects.first() or Company()
    topics = {one.topic for one in needed}
    urgent = any(one.urgent for one in needed)
    tag = _tag(needed[0]) if len(topics) == 1 else NEWS
    language = language_of(agent, company)
    with translation.override(language):
        words = _of_one(needed) if len(topics) == 1 else {"title": many(len(topics)), "url": reverse("desk:told")}
    closes = _read_meanwhile(agent, now, {_tag(one) for one in needed})
    return Pushed(
        mark=secrets.token_hex(12),
        agent=agent,
        devices=None if needed[0].row.devices is None else tuple(needed[0].row.devices),
        topic=_topic(agent, tag),
        urgent=urgent,
        lasts=_lasts(chosen, zone_of(agent, company), now, urgent=urgent),
        words={**words, "tag": tag, "lang": language, "at": int(now.timestamp() * 1000), "read": closes},
    )


def _of_one(needed: Sequence[Needed]) -> dict[str, str]:
    """All that happened to one request, or a reminder."""
    ticket, notice = needed[0].ticket, needed[0].row.notice
    happened = ", ".join(dict.fromkeys(str(NAMES[one.row.notice.kind]) for one in needed))
    if ticket is None:
        text = one_line(notice.task.text, LONGEST) if notice.task and rules().words else ""
        return {"title": text or happened, "body": happened if text else "", "url": reverse("desk:todo")}
    named = rules().words and ticket.subject and not ticket.restricted
    number = {"number": ticket.number}
    subject = one_line(subject_words(ticket.subject), LONGEST)
    title = f"#{ticket.number} {subject}" if named else _("Request #%(number)s") % number
    return {"title": title, "body": happened, "url": reverse("desk:ticket", args=[ticket.number])}


def _tag(one: Needed) -> str:
    """What a device replaces by what comes later: one thing on the screen for each request."""
    return _named(one.row.notice.task_id, one.ticket.number if one.ticket else None)


def _named(task: int | None, number: int | None) -> str:
    return f"ticket-{number}" if task is None else f"todo-{task}"


def _topic(agent: Agent, tag: str) -> str:
    """At most 32 letters (RFC 8030 section 5.4), of which the service learns nothing."""
    digest = blake2b(f"{agent.id}.{tag}".encode(), digest_size=24, key=derived_key("web-push-topics"))
    return written(digest.digest())


def _lasts(chosen: Choices, zone: str, now: datetime, *, urgent: bool) -> timedelta:
    """For how long a service keeps it for a device that is off: what is not urgent is not shown in the evening."""
    end = None if urgent else end_of_work(chosen.hours, zone, now)
    return LASTS if end is None else max(timedelta(), min(LASTS, end - now))


def _read_meanwhile(agent: Agent, now: datetime, keep: Collection[str]) -> list[str]:
    """The tags of what these devices were shown lately and its person has read since, wherever. The newest of what was
    shown of a request decides: it is what stands on the screen. What was merged since may have been shown under its own
    number or under that of the request it is read on now."""
    shown = NoticeDelivery.objects.filter(
        agent=agent, way=PUSH, state=NoticeDelivery.State.SENT, sent_at__gt=now - 2 * LASTS
    )
    rows = list(
        shown.order_by("-notice_id").values_list(
            "notice__task_id", "notice__ticket_id", "notice__ticket__merged_into_id", "notice__at", "notice__read_at"
        )[:CLOSED]
    )
    homes = {home: home if into is None else survivor_id(home) for _task, home, into, _at, _read in rows if home}
    known = [*homes, *homes.values()]
    numbers = dict(Ticket.objects.filter(id__in=known).values_list("id", "number"))
    opened = dict(Opened.objects.filter(agent=agent, ticket__in=known).values_list("ticket_id", "at"))
    read: dict[str, bool] = {}
    for task, home, _into, at, read_at in rows:
        names = [home, homes[home]] if home else [None]
        seen = any(opened[one] >= at for one in names if one in opened)
        for one in names:
            read.setdefault(_named(task, numbers[one] if one else None), seen or read_at is not None)
    return [tag for tag, done in read.items() if done and tag not in keep]
