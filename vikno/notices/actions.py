"""Verbs on notices: what a person chooses, what the owner decides, and that letters to somebody come back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any

from allauth.usersessions.models import UserSession
from django.db import transaction

from vikno.core import clock
from vikno.core.secrets import Secret
from vikno.core.text import one_line
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.notices import ringing
from vikno.notices.kinds import AHEADS, Kind
from vikno.notices.models import Choices, Device, Notice, NoticeDelivery, Rules, Warned
from vikno.notices.push.subscriptions import Subscription
from vikno.notices.queries import Recipient, recipient
from vikno.notices.working import Hours
from vikno.staff.models import Agent
from vikno.tickets.actions.changing import code, lock

MOST_DEVICES = 10  # of one person
# What the owner decides, as events name it.
_TOLD = {"words": "notice_words", "letters_an_hour": "notices_an_hour", "off": "notices_off",
         "push": "notice_push", "ahead_least": "notice_ahead_least", "ahead_most": "notice_ahead_most"}  # fmt: skip


def choose(
    agent: Agent,
    mail: Mapping[str, bool],
    *,
    page: Mapping[str, bool] | None = None,
    push: Mapping[str, bool] | None = None,
    by: Act,
) -> None:
    """Which kinds go to this person by mail, stand in their list at the desk and go to their devices (None: as before).
    Whoever chooses says with it that their address takes letters."""
    with transaction.atomic():
        row, _made = Choices.objects.select_for_update().get_or_create(agent=agent)
        before = recipient(agent)[0]
        row.mail, row.failed_at, row.failed_words = {kind: bool(mail.get(kind)) for kind in Kind.values}, None, ""
        if page is not None:
            row.page = {kind: bool(page.get(kind)) for kind in Kind.values}
        if push is not None:
            row.push = {kind: bool(push.get(kind)) for kind in Kind.values}
        row.save(update_fields=["mail", "page", "push", "failed_at", "failed_words"])
        after = before._replace(mail=row.mail, page=row.page, push=row.push)
        was, now = _switched_on(before), _switched_on(after)
        told = {way: [was[way], now[way]] for way in now if was[way] != now[way]}
        if told:
            record(by, Verb.AGENT_CHANGED, person=agent.person_id, delta={"agent": [agent.id] * 2, **told})


def _switched_on(person: Recipient) -> dict[str, list[str]]:
    """The kinds that somebody is told of by mail, at the desk and on devices, as events name these."""
    ways = {"notices": person.by_mail, "notices_page": person.here, "notices_push": person.by_push}
    return {way: [str(kind) for kind in Kind if goes(kind)] for way, goes in ways.items()}


def set_times(agent: Agent, hours: Hours, digest: int | None, ahead: int | None = None, *, by: Act) -> None:
    """When this person may be told: working hours for days of the week (none: always; from 00:00 to 00:00 is the whole
    day), the hour of one letter a day (None: each by itself), and how many minutes before a deadline (None: as
    everybody). Raises ValueError for what is no hour."""
    for day, (begin, end) in hours.items():
        times = [time.fromisoformat(one) for one in (begin, "00:00" if end == "24:00" else end)]
        if day not in map(str, range(7)) or (begin == end != "00:00") or any(one.tzinfo for one in times):
            raise ValueError(day)
    if digest is not None and not 0 <= digest < 24:
        raise ValueError(digest)
    if ahead is not None and ahead not in AHEADS:
        raise ValueError(ahead)
    after = {day: list(span) for day, span in hours.items()}
    with transaction.atomic():
        row, _made = Choices.objects.select_for_update().get_or_create(agent=agent)
        pairs = {"hours": [row.hours, after], "digest": [row.digest, digest], "ahead": [row.ahead, ahead]}
        row.hours, row.digest, row.ahead = after, digest, ahead
        row.save(update_fields=["hours", "digest", "ahead"])
        told = {f"notice_{name}": pair for name, pair in pairs.items() if pair[0] != pair[1]}
        if told:
            record(by, Verb.AGENT_CHANGED, person=agent.person_id, delta={"agent": [agent.id] * 2, **told})


def warn(ticket_id: int, ahead: int) -> bool:
    """The deadline of a request is near: written down, so that those whom it concerns are told who want to know it so
    many minutes before. False if there is no need any more, or it was said already."""
    with transaction.atomic():
        ticket = lock(ticket_id)
        due = ticket.due_at
        if due is None or due <= clock.now() or ticket.closed_at is not None or ticket.deleted_at is not None:
            return False
        if Warned.objects.filter(ticket=ticket, due_at=due, ahead=ahead).exists():
            return False
        Warned.objects.update_or_create(ticket=ticket, ahead=ahead, defaults={"due_at": due})
        delta = {"due_at": [None, code(due)], "ahead": [None, ahead]}
        record(acts.system(), Verb.TICKET_DUE_SOON, tickets=[(ticket.id, ticket.version)], delta=delta)
    return True


def read(agent: Agent, *, tickets: Iterable[int] | None = None, tasks: Iterable[int] | None = None) -> bool:
    """This person has read what they were told of these requests or to-dos (ids), or of all. Breath: no event. False if
    nothing of it was unread."""
    unread = Notice.objects.filter(agent=agent, in_page=True, read_at=None)
    if tickets is not None:
        unread = unread.filter(ticket__in=list(tickets))
    elif tasks is not None:
        unread = unread.filter(task__in=list(tasks))
    done = bool(unread.update(read_at=clock.now()))
    if done:
        ringing.ring([agent.id])
    return done


def decide(
    *,
    words: bool,
    letters_an_hour: int,
    off: Iterable[str] = (),
    push: bool = True,
    ahead_least: int = AHEADS[0],
    ahead_most: int = AHEADS[-1],
    by: Act,
) -> None:
    """What the owner decides for everybody: whether letters carry the customer's words, how many there may be, which
    kinds go to nobody by mail, whether devices are told at all, and how many minutes before a deadline people may be
    told. Raises ValueError."""
    if not 0 < ahead_least <= ahead_most:
        raise ValueError(ahead_least)
    with transaction.atomic():
        row, _made = Rules.objects.select_for_update().get_or_create(id=1)
        after = {"words": words, "letters_an_hour": letters_an_hour, "off": sorted(set(off) & set(Kind.values)),
                 "push": push, "ahead_least": ahead_least, "ahead_most": ahead_most}  # fmt: skip
        before = {name: getattr(row, name) for name in after}
        for name, value in after.items():
            setattr(row, name, value)
        row.save(update_fields=list(after))
        if before != after:
            told = {_TOLD[name]: [before[name], after[name]] for name in after if before[name] != after[name]}
            record(by, Verb.SETTING_CHANGED, delta=told)


def add_device(agent: Agent, session: UserSession, told: Subscription, *, by: Act) -> Device:
    """This person wants notices on the device that gave this, as long as its sign-in lasts. The same browser once more
    is the same device, whoever had it before; of too many the oldest gives way."""
    with transaction.atomic():
        Agent.objects.select_for_update().get(id=agent.id)
        mine = Device.objects.filter(agent=agent)
        before = mine.count()
        Device.objects.filter(endpoint=told.endpoint).delete()
        spare = list(mine.order_by("-id").values_list("id", flat=True)[MOST_DEVICES - 1 :])
        Device.objects.filter(id__in=spare).delete()
        secret: Any = Secret(told.secret)
        made = Device.objects.create(agent=agent, session=session, endpoint=told.endpoint, key=told.key, secret=secret)
        _tell_devices(agent, before, by)
    return made


def take_device(agent: Agent, device_id: int, *, by: Act) -> None:
    """This person wants none on this device any more."""
    with transaction.atomic():
        before = Device.objects.filter(agent=agent).count()
        Device.objects.filter(agent=agent, id=device_id).delete()
        _tell_devices(agent, before, by)


def _tell_devices(agent: Agent, before: int, by: Act) -> None:
    after = Device.objects.filter(agent=agent).count()
    if before != after:
        delta = {"agent": [agent.id] * 2, "notice_devices": [before, after]}
        record(by, Verb.AGENT_CHANGED, person=agent.person_id, delta=delta)


def drop_device(device_id: int) -> None:
    """Its service says that this device is gone."""
    Device.objects.filter(id=device_id).delete()


def note_device(device_id: int, words: str) -> None:
    """A device was told; or its service did not take it, with these words."""
    if words:
        Device.objects.filter(id=device_id).update(failed_words=one_line(words, 500))
    else:
        Device.objects.filter(id=device_id).update(failed_words="", told_at=clock.now())


def mark_failed(agent_id: int, words: str) -> None:
    """Letters to this person come back: none goes out any more until they say that it works again."""
    with transaction.atomic():
        row, _made = Choices.objects.select_for_update().get_or_create(agent_id=agent_id)
        if row.failed_at is None:
            row.failed_at, row.failed_words = clock.now(), one_line(words, 500)
            row.save(update_fields=["failed_at", "failed_words"])


def mark_returned(mark: str, words: str, *, permanent: bool) -> bool:
    """A mail server reports that a letter with this mark did not arrive. False if no notice left with it."""
    sent = NoticeDelivery.objects.filter(mark=mark).exclude(mark="")
    agent = sent.values_list("agent_id", flat=True).first()
    if agent is None:
        return False
    if permanent:
        with transaction.atomic():
            sent.update(state=NoticeDelivery.State.REFUSED, reason=one_line(words, 2000))
            mark_failed(agent, words)
    return True
