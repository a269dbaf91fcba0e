"""The way out of notices: one letter, or one message to the devices of a person, at a time, each row claimed by a lease
and written down before its first byte. Each way has a loop of its own, so that a slow server of one holds up no other;
that of devices is `side_by_side`.

What is due for one person is looked at together: what is read, taken or out of sight by now is dropped; while the
desk is open before them it waits a while longer; what is about one request goes in one letter, and beyond the limit of
an hour the rest goes in one letter that names them all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import connection, transaction
from django.db.models import F, Q

from vikno.core import clock
from vikno.core.jobs import backoff
from vikno.core.loops import STOPPING
from vikno.core.models import Company
from vikno.core.text import one_line
from vikno.dialogs import throttle
from vikno.dialogs.channels import Halted, NoWayOut, Rejected, Retry, Unknown
from vikno.dialogs.deliveries import FIRST_WAIT, LONGEST_WAIT, NO_WAY_WAIT
from vikno.dialogs.delivery_words import failure_of
from vikno.notices.actions import mark_failed
from vikno.notices.judging import Needed, Why, judge
from vikno.notices.kinds import MAIL, Kind
from vikno.notices.models import Choices, NoticeDelivery
from vikno.notices.push.telling import Pushed, brief
from vikno.notices.push.way import Again
from vikno.notices.queries import rules
from vikno.notices.telling import tell
from vikno.notices.ways import WAYS, Told
from vikno.notices.working import begin_of_work, next_digest
from vikno.staff.models import Agent
from vikno.staff.queries import zone_of

log = structlog.get_logger(__name__)

State = NoticeDelivery.State
REST = 2.0  # seconds between two looks
LEASE = timedelta(minutes=15)  # longer than any letter takes
AT_DESK = timedelta(minutes=2)  # whose stream was open so lately has the desk before them
LOOK_AGAIN = timedelta(minutes=2)
PATIENT = timedelta(minutes=20)  # an open page need not mean that somebody sits there: then it goes out all the same
LATE = timedelta(hours=24)  # what could not leave for so long is no news any more
HOUR = timedelta(hours=1)
MANY = 5  # requests; what is about more goes in one letter
WINDOW = 500
FOR_ITS_TIME = (Kind.DUE, Kind.TASK)  # of no use in a daily letter


def step(way: str = MAIL) -> float | None:
    """Send what is due by this way; answers how long to rest."""
    if not anything(way):
        return REST
    settle_abandoned(way)
    while not STOPPING.is_set():
        if not run_one(way):
            return REST
    return REST


def run_one(way: str = MAIL) -> bool:
    """Look at all that is due for one person by one way and send at most one letter, or tell their devices once; false
    if nothing is due."""
    letter = next_due(way)
    if letter is not None and letter.told is not None:
        _hand_over(letter.rows, letter.told)
    return letter is not None


@dataclass(frozen=True, slots=True)
class Letter:
    """What is told one person now, and the rows that it is told for; no words if all was put off or dropped."""

    rows: list[NoticeDelivery]
    told: Told | Pushed | None


def next_due(way: str, without: Collection[int] = ()) -> Letter | None:
    """What is told whoever waits longest by this way, apart from these agents (ids). None: nothing is due."""
    rows = _claim(way, without)
    if not rows:
        return None
    agent = rows[0].agent
    judged = judge(agent, rows)
    for row, why in judged.dropped:
        _dropped(row, why)
    late = [one.row for one in judged.needed if clock.now() - (one.row.not_before or one.row.notice.at) > LATE]
    for row in late:
        _dropped(row, Why.LATE)
    needed = [one for one in judged.needed if one.row not in late]
    chosen = judged.chosen or Choices(agent=agent)
    needed = _in_their_time(agent, needed, chosen)
    if not needed or judged.viewer is None:
        return Letter([], None)
    wait = _at_desk(agent, needed) or _over_the_limit(agent, needed)
    if wait is not None:
        return Letter([], None)
    now = _together(needed)
    _give_back(one.row for one in needed if one not in now)
    told = tell(agent, judged.viewer, now) if way == MAIL else brief(agent, now, chosen)
    return Letter([one.row for one in now], told)


def anything(way: str) -> bool:
    """Whether anything waits at all: asked again and again, so in plain SQL over a partial index."""
    waits = "SELECT 1 FROM notices_noticedelivery WHERE state IN ('waiting', 'sending') AND way = %s LIMIT 1"
    with connection.cursor() as cursor:
        cursor.execute(waits, [way])
        return cursor.fetchone() is not None


def _claim(way: str = MAIL, without: Collection[int] = ()) -> list[NoticeDelivery]:
    """All that is due for the one who waits longest, apart from these agents, leased."""
    now = clock.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    due = NoticeDelivery.objects.filter(free, state=State.WAITING, way=way, due_at__lte=now)
    agent = due.exclude(agent__in=without).order_by("due_at", "id").values_list("agent_id", flat=True).first()
    if agent is None:
        return []
    with transaction.atomic():
        mine = due.filter(agent=agent).select_for_update(skip_locked=True).order_by("notice__at", "id")
        ids = [row.id for row in mine[:WINDOW]]
        NoticeDelivery.objects.filter(id__in=ids).update(lease_until=now + LEASE, fence=F("fence") + 1)
    rows = NoticeDelivery.objects.filter(id__in=ids).select_related(
        "agent__person__user", "notice__by__person", "notice__message__identity__person",
        "notice__message__dialog__channel", "notice__delivery__identity", "notice__ticket__team", "notice__task",
    )  # fmt: skip
    return list(rows.order_by("notice__at", "id"))


# ---- when ------------------------------------------------------------------------------------------------------------


def _in_their_time(agent: Agent, needed: Sequence[Needed], chosen: Choices) -> list[Needed]:
    """What may go now. The rest waits: for the daily letter of who wants one, and until working hours begin. What is
    urgent waits for neither, nor does a deadline that would have passed by then."""
    now, zone, going = clock.now(), zone_of(agent, Company.objects.first() or Company()), []
    begins = begin_of_work(chosen.hours, zone, now)
    for one in needed:
        daily = one.row.notice.kind not in FOR_ITS_TIME and one.row.not_before is None
        digest = chosen.digest is not None and daily
        until = next_digest(chosen.digest or 0, zone, now) if digest else begins
        if until is None or one.urgent or _too_late(one, until):
            going.append(one)
        else:
            _put_off([one.row], until, held=True, not_before=until)
    return going


def _too_late(one: Needed, until: datetime) -> bool:
    """Whether the deadline that it warns of has passed by then."""
    due = one.ticket.due_at if one.ticket is not None and one.row.notice.kind == Kind.DUE else None
    return due is not None and due <= until


def _at_desk(agent: Agent, needed: Sequence[Needed]) -> bool | None:
    """Whoever has the desk open sees it there: wait a little longer, until they have read it, or have gone."""
    now = clock.now()
    there = agent.seen_at is not None and now - agent.seen_at < AT_DESK
    if any(one.ticket is None for one in needed):
        return None  # a reminder is for its minute
    if not there or now - needed[0].row.notice.at > PATIENT:
        return None
    _put_off([one.row for one in needed], now + LOOK_AGAIN)
    return True


def _over_the_limit(agent: Agent, needed: Sequence[Needed]) -> bool | None:
    """Beyond so many an hour by this way all waits, and then goes in one."""
    now, way = clock.now(), needed[0].row.way
    lately = NoticeDelivery.objects.filter(agent=agent, way=way, state=State.SENT, sent_at__gt=now - HOUR)
    letters = {mark: at for mark, at in lately.order_by("-sent_at").values_list("mark", "sent_at") if at is not None}
    if len(letters) < rules().letters_an_hour:
        return None
    _put_off([one.row for one in needed], min(letters.values()) + HOUR, held=True)
    return True


def _together(needed: Sequence[Needed]) -> list[Needed]:
    """What goes in this letter: all, if there is much of it or something was held back, else all of one request. What
    only some devices are still to be told does not go to the others again."""
    needed = [one for one in needed if one.row.devices == needed[0].row.devices]
    if len({one.topic for one in needed}) > MANY or any(one.row.held for one in needed):
        return list(needed)
    return [one for one in needed if one.topic == needed[0].topic]


# ---- handing over ----------------------------------------------------------------------------------------------------


def _hand_over(rows: Sequence[NoticeDelivery], told: Told | Pushed) -> None:
    """Outside any transaction: a server takes its time."""
    if begun(rows, told):
        write_down(rows, partial(WAYS[rows[0].way].send, told))


def write_down(rows: Sequence[NoticeDelivery], outcome: Callable[[], int | None]) -> None:
    """Write down what became of it: `outcome` answers and raises as the `send` of a way does."""
    way = rows[0].way
    tries = max(row.attempts for row in rows) + 1
    try:
        channel = outcome()
    except Again as error:
        wait = error.after or backoff(tries, FIRST_WAIT, LONGEST_WAIT)
        more: dict[str, object] = {"sent_at": clock.now()} if error.reached else {}
        _try_again(rows, wait, str(error), devices=error.devices, **more)
    except Retry as error:
        _try_again(rows, error.after or backoff(tries, FIRST_WAIT, LONGEST_WAIT), str(error))
    except Halted as error:
        log.warning("a notice cannot leave", code=error.code, detail=error.detail)
        _try_again(rows, error.after or NO_WAY_WAIT, f"{error.code}: {error.detail}")
    except NoWayOut:
        _try_again(rows, NO_WAY_WAIT, "no_relay")
    except Rejected as error:
        _refused(rows, str(error))
        if way == MAIL and (failure_of(str(error)) or error.no_such_address):
            mark_failed(rows[0].agent_id, str(error))
    except Unknown as error:  # it has most likely arrived; a second one would only be noise
        _settle(rows, State.DOUBTFUL, str(error))
    except Exception:
        log.exception("a notice failed in an unforeseen way", agent=rows[0].agent_id)
        _settle(rows, State.DOUBTFUL, "internal")
    else:
        with transaction.atomic():
            _settle(rows, State.SENT, "", sent_at=clock.now(), channel_id=channel)
            if channel is not None:
                throttle.count(channel)


def begun(rows: Sequence[NoticeDelivery], told: Told | Pushed) -> bool:
    """Say, committed, that these leave now. False if one of them was taken by another engine."""
    with transaction.atomic():
        begun = sum(
            NoticeDelivery.objects.filter(id=row.id, fence=row.fence, state=State.WAITING).update(
                state=State.SENDING, attempts=F("attempts") + 1, mark=told.mark, answers=told.answers,
                lease_until=clock.now() + LEASE,
            )
            for row in rows
        )  # fmt: skip
        if begun != len(rows):
            transaction.set_rollback(True)
    return begun == len(rows)


def _refused(rows: Sequence[NoticeDelivery], reason: str) -> None:
    """It did not arrive; what other devices were told before has, and says where it has not."""
    told = [row for row in rows if row.sent_at is not None]
    _settle([row for row in rows if row.sent_at is None], State.REFUSED, reason)
    _settle(told, State.SENT, reason)


def _dropped(row: NoticeDelivery, why: Why) -> None:
    """There is no need of it any more; what some devices were told has gone all the same."""
    _settle([row], State.DROPPED if row.sent_at is None else State.SENT, "" if row.sent_at else why)


def _settle(rows: Sequence[NoticeDelivery], state: str, reason: str, **more: object) -> None:
    with transaction.atomic():
        for row in rows:
            mine = NoticeDelivery.objects.filter(id=row.id, fence=row.fence)
            mine.update(state=state, reason=reason[:2000], lease_until=None, **more)


def _try_again(rows: Sequence[NoticeDelivery], seconds: float, reason: str, **more: object) -> None:
    with transaction.atomic():
        for row in rows:
            NoticeDelivery.objects.filter(id=row.id, fence=row.fence).update(
                state=State.WAITING, due_at=clock.now() + timedelta(seconds=seconds), lease_until=None, mark="",
                reason=one_line(reason, 2000), **more,
            )  # fmt: skip


def _put_off(rows: Sequence[NoticeDelivery], until: datetime, *, held: bool = False, **more: object) -> None:
    with transaction.atomic():
        for row in rows:
            mine = NoticeDelivery.objects.filter(id=row.id, fence=row.fence, state=State.WAITING)
            mine.update(due_at=until, lease_until=None, held=held or row.held, **more)


def _give_back(rows: Iterable[NoticeDelivery]) -> None:
    with transaction.atomic():
        for row in rows:
            NoticeDelivery.objects.filter(id=row.id, fence=row.fence, state=State.WAITING).update(lease_until=None)


def settle_abandoned(way: str) -> None:
    """Whoever was sending these died over it: they may have gone."""
    late = NoticeDelivery.objects.filter(state=State.SENDING, way=way, lease_until__lt=clock.now())
    if late.exists():
        late.update(state=State.DOUBTFUL, reason="lost", lease_until=None)
