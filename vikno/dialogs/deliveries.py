"""The way out: what waits to be sent, who takes it, and what became of it. One row for each message and recipient.

    queued ─► sending ─► sent ─► bounced          queued ─► cancelled
       ▲         ├─────► refused
       └─────────┴─────► doubtful

`sending` is committed before the first byte leaves, and each outcome is committed before the next thing is begun. So
a row that is found in `sending` with its lease over is one whose sender died: the message may have gone, and waits
for a person's word unless the other side recognises a repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from vikno.core import clock
from vikno.core.jobs import backoff
from vikno.dialogs import throttle
from vikno.dialogs.channels import KINDS
from vikno.dialogs.delivery_words import LIMITS, NOT_THERE, Code, code_of, failure_of
from vikno.dialogs.models import Channel, Delivery, Message
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.journal.models import Event
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.actions import identities
from vikno.people.models import Identity

State = Delivery.State
LEASE = timedelta(seconds=60)  # renewed while the sender lives
FIRST_WAIT, LONGEST_WAIT = 60, 4 * 3600  # seconds between two tries
HALTED_FIRST, HALTED_LONGEST = 300, 1800
NO_WAY_WAIT = 300
LONGEST_TRYING = timedelta(days=5)
_MAY_BE_MENDED = (Identity.Failure.GONE, Identity.Failure.FULL)
WINDOW = 200  # candidates looked at in one claim

# Tickets are one floor above: in their `apps.ready` they lend the look-up from messages to (ticket, version), and
# whether what was said must not leave, since its request waits for a proof of who asks.
TICKETS_OF: Callable[[list[int]], dict[int, list[tuple[int, int]]]] = lambda message_ids: {}  # noqa: E731
KEEPS_BACK: Callable[[Message], bool] = lambda message: False  # noqa: E731


def tickets_of(message_ids: list[int]) -> dict[int, list[tuple[int, int]]]:
    """The tickets that messages are linked to now, as (id, version), by message."""
    return TICKETS_OF(message_ids)


# ---- under way -------------------------------------------------------------------------------------------------------


def begin(delivery: Delivery) -> bool:
    """Say, committed, that this delivery is leaving now. False if it was cancelled or taken by another engine."""
    now = clock.now()
    mine = Delivery.objects.filter(id=delivery.id, fence=delivery.fence, state=State.QUEUED, message__unsent_at=None)
    begun = mine.update(
        state=State.SENDING,
        attempts=F("attempts") + 1,
        tried_since=Coalesce("tried_since", now),
        lease_until=now + LEASE,
        reason="",
    )
    if begun:
        delivery.state, delivery.attempts = State.SENDING, delivery.attempts + 1
        delivery.tried_since = delivery.tried_since or now
    return bool(begun)


def renew(running: Iterable[Delivery]) -> None:
    """Keep the leases of those that are under way."""
    ids = [delivery.id for delivery in running]
    Delivery.objects.filter(id__in=ids, state=State.SENDING).update(lease_until=clock.now() + LEASE)


def settle_abandoned(not_these: Iterable[int] = ()) -> int:
    """Find deliveries whose sender died while sending. They are doubtful; where the other side recognises a repeat they
    are simply sent again. Answers how many there were."""
    late = Delivery.objects.filter(state=State.SENDING, lease_until__lt=clock.now()).exclude(id__in=list(not_these))
    found = list(late.select_related("channel")[:WINDOW])
    for delivery in found:
        kind = KINDS.get(delivery.channel.kind)
        if kind is not None and kind.recognises_repeats:
            retry_later(delivery, Code.LOST, 0)
        else:
            mark_doubtful(delivery, Code.LOST)
    return len(found)


# ---- what became of it ----------------------------------------------------------------------------------------------


def mark_sent(delivery: Delivery, code: str = "") -> bool:
    """The other side has taken it.

    Each `mark_…` answers False, and changes nothing, if the delivery is no longer in the caller's hands.
    """
    with transaction.atomic():
        done = _settle(delivery, State.SENT, Verb.DELIVERY_SENT, code, sent_at=clock.now())
        if done and code != Code.DEMO:
            throttle.count(delivery.channel_id)
            if (
                delivery.identity.failed_at
                and delivery.identity.failed_as != Identity.Failure.COMPLAINT
                and _was_repeated(delivery)
            ):
                identities.mark_working(delivery.identity, by=acts.system())
    return done


def _was_repeated(delivery: Delivery) -> bool:
    """Whether a person had it sent again, who believed that it would arrive by now."""
    told = Event.objects.filter(verb=Verb.DELIVERY_REPEATED, message_id=delivery.message_id)
    return any(delta["delivery"][0] == delivery.id for delta in told.values_list("delta", flat=True))


def mark_refused(delivery: Delivery, reason: str, no_such_address: bool = False) -> bool:
    """The other side, or we ourselves, will never take it. A refusal 5.1.x (RFC 3463) marks the identity failed."""
    with transaction.atomic():
        done = _settle(delivery, State.REFUSED, Verb.DELIVERY_REFUSED, reason)
        how = failure_of(reason) or ("gone" if no_such_address else "")
        if done and how:
            identities.mark_failed(delivery.identity, how, by=acts.system())
    return done


def mark_doubtful(delivery: Delivery, reason: str) -> bool:
    """It may have gone. Nobody repeats it but a person."""
    with transaction.atomic():
        done = _settle(delivery, State.DOUBTFUL, Verb.DELIVERY_DOUBTFUL, reason)
        if done:
            throttle.count(delivery.channel_id)
    return done


def retry_later(delivery: Delivery, reason: str, after: float | None = None) -> bool:
    """It certainly did not go: try again after so many seconds (None: the usual backoff). After five days of trying
    it is refused. A try is breath: no event tells of it."""
    now = clock.now()
    wait = timedelta(seconds=backoff(delivery.attempts, FIRST_WAIT, LONGEST_WAIT) if after is None else after)
    if now + wait > (delivery.tried_since or now) + LONGEST_TRYING:
        return mark_refused(delivery, f"{Code.EXPIRED}: {reason}")
    return _back_to_queue(delivery, now + wait, reason, delivery.attempts)


def wait_for_way(delivery: Delivery) -> bool:
    """Nobody has said how this channel sends: it waits, visibly, without counting tries. `resume` wakes it."""
    return _back_to_queue(delivery, clock.now() + timedelta(seconds=NO_WAY_WAIT), Code.NO_RELAY, 0)


def halt(delivery: Delivery, code: str, detail: str = "", after: float | None = None) -> bool:
    """The channel cannot send: give this delivery back uncounted, and let the whole channel wait. `after` is the first
    wait in seconds; it doubles with each try that fails. Nothing is ever dropped for it."""
    with transaction.atomic():
        channel = Channel.objects.select_for_update().get(id=delivery.channel_id)
        before = channel.health.get("out", {})
        now = clock.now()
        if before.get("ok", True) or datetime.fromisoformat(before["until"]) <= now:
            failures = before.get("failures", 0) + 1
            wait = backoff(failures, after or HALTED_FIRST, HALTED_LONGEST)
            channel.health["out"] = {
                "ok": False,
                "code": code,
                "detail": detail[:500],
                "failures": failures,
                "since": before.get("since") or now.isoformat(),
                "until": (now + timedelta(seconds=wait)).isoformat(),
            }
            channel.save(update_fields=["health"])
        return _back_to_queue(delivery, now, "", max(0, delivery.attempts - 1))


def resume(channel_id: int | None = None) -> None:
    """Let a channel (None: all) try at once: its settings or limits were changed, or a relay was named. Call it after
    saving."""
    with transaction.atomic():
        channels = Channel.objects.select_for_update()
        for channel in channels.filter(id=channel_id) if channel_id else channels:
            if channel.health.pop("out", None):
                channel.save(update_fields=["health"])
        held = Q(reason=Code.NO_RELAY)
        for code in LIMITS:
            held |= Q(reason__startswith=code)
        waiting = Delivery.objects.filter(held, state=State.QUEUED)
        if channel_id:
            waiting = waiting.filter(channel_id=channel_id)
        waiting.update(not_before=clock.now(), reason="")


def works_again(channel: Channel) -> None:
    """Something went out: the channel is well."""
    if not channel.health.get("out", {}).get("ok", True):
        resume(channel.id)
        channel.health.pop("out")


def _back_to_queue(delivery: Delivery, not_before: datetime, reason: str, attempts: int) -> bool:
    mine = Delivery.objects.filter(id=delivery.id, fence=delivery.fence, state__in=[State.SENDING, State.DOUBTFUL])
    fresh = {"tried_since": None} if attempts == 0 else {}
    return bool(
        mine.update(
            state=State.QUEUED, not_before=not_before, reason=reason, attempts=attempts, lease_until=None, **fresh
        )
    )


def _settle(delivery: Delivery, state: str, verb: Verb, reason: str, sent_at: datetime | None = None) -> bool:
    with transaction.atomic():
        row = Delivery.objects.select_for_update(of=("self",)).select_related("message", "identity").get(id=delivery.id)
        # If the lease ended while we were sending (the machine slept), the row is called doubtful and we know better. A
        # person who decided about it meanwhile has moved the fence.
        if row.fence != delivery.fence or row.state not in (State.SENDING, State.DOUBTFUL) or row.state == state:
            return False
        _write(row, state, verb, reason, sent_at, acts.system())
    delivery.state, delivery.reason = state, reason
    return True


def _write(row: Delivery, state: str, verb: Verb, reason: str, sent_at: datetime | None, by: Act) -> None:
    before, row.state, row.reason, row.lease_until = row.state, state, reason, None
    row.sent_at = sent_at or row.sent_at
    row.save(update_fields=["state", "reason", "lease_until", "sent_at"])
    _tell(row, verb, before, by)


def _tell(row: Delivery, verb: Verb, before: str, by: Act) -> None:
    record(
        by,
        verb,
        tickets=tickets_of([row.message_id]).get(row.message_id, []),
        dialog=row.message.dialog_id,
        message=row.message_id,
        person=row.identity.person_id,
        delta={"delivery": [row.id, row.id], "state": [before, row.state]},
    )


# ---- what is learned later, and what people decide ------------------------------------------------------------------


class NotNow(Exception):
    """This cannot be done to a delivery in its present state. Nothing was changed."""


def mark_bounced(
    reference: str | int, recipient: str, reason: str, permanent: bool, status: str = "", *, by: Act | None = None,
    proved: int | None = None,
) -> bool:  # fmt: skip
    """A report says that a message did not arrive. `reference` is the Message-ID of what was sent, or the id of the
    message if a token named it; `recipient` the address of the report, "" if it names none; `status` as in RFC 3463.

    A report that is not permanent (a delay) only notes its words. The address itself is marked only if the report is
    believed (`is_believed`; `proved` as there): else a person sees the delivery, and decides. False if nothing of ours
    is meant.
    """
    sent = Delivery.objects.filter(message_id=reference) if isinstance(reference, int) else _by_foreign_id(reference)
    with transaction.atomic():
        sent = sent.filter(state__in=[State.SENT, State.DOUBTFUL, State.SENDING]).select_for_update(of=("self",))
        rows = list(sent.select_related("message", "identity")[:WINDOW])
        named = [row for row in rows if row.identity.value == recipient.strip().lower()]
        if not named and len(rows) != 1:
            return False
        row = (named or rows)[0]
        if not permanent:
            Delivery.objects.filter(id=row.id).update(reason=reason)
            return True
        _write(row, State.BOUNCED, Verb.DELIVERY_BOUNCED, reason, None, by or acts.system())
        if is_believed(row, proved) and (how := failure_of(status or reason)):
            identities.mark_failed(row.identity, how, by=acts.system())
    return True


def is_believed(delivery: Delivery, proved: int | None) -> bool:
    """Whether a report may speak for the address of this delivery. `proved` is the identity whose own token it came
    with. Without one, whoever got the message can have written it: then it speaks only for who got it alone."""
    if proved is not None:
        return proved == delivery.identity_id
    return not Delivery.objects.filter(message=delivery.message_id).exclude(identity=delivery.identity_id).exists()


def _by_foreign_id(foreign_id: str) -> QuerySet[Delivery]:
    ours = Message.objects.filter(foreign_id=foreign_id).exclude(foreign_id="").exclude(author=Message.Author.CUSTOMER)
    return Delivery.objects.filter(message__in=ours)


def repeat(delivery: Delivery, *, by: Act) -> None:
    """A person has it sent again, with the same id as before, so that the other side may recognise it; also what was
    set aside or stopped (`known_absent`). Raises NotNow."""
    allowed = (State.REFUSED, State.BOUNCED, State.DOUBTFUL, State.CANCELLED)
    _decide(delivery, allowed, State.QUEUED, Verb.DELIVERY_REPEATED, by)


def arrived(delivery: Delivery, *, by: Act) -> None:
    """A person knows of a doubtful one that it is there: it counts as sent, and its recipient as somebody who has it.
    Raises NotNow."""
    _decide(delivery, (State.DOUBTFUL,), State.SENT, Verb.DELIVERY_SENT, by)


def give_up(delivery: Delivery, *, by: Act) -> None:
    """A person decides that it shall not be sent (again): what waits or did not arrive leaves the lists. Of the latter
    it stays written down why. Raises NotNow."""
    allowed = (State.QUEUED, State.REFUSED, State.BOUNCED)
    _decide(delivery, allowed, State.CANCELLED, Verb.DELIVERY_GIVEN_UP, by)


def known_absent(delivery: Delivery) -> bool:
    """False for a cancelled one that may have arrived, since nobody stopped it or set it aside: "it is there" was once
    written so of a doubtful one."""
    return delivery.state != State.CANCELLED or code_of(delivery.reason) in NOT_THERE


def _decide(delivery: Delivery, allowed: tuple[str, ...], state: str, verb: Verb, by: Act) -> None:
    with transaction.atomic():
        row = Delivery.objects.select_for_update(of=("self",)).select_related("message", "identity").get(id=delivery.id)
        if row.state not in allowed or row.message.unsent_at or not known_absent(row):
            raise NotNow(row.state)
        before, row.state = row.state, state
        if state == State.CANCELLED:
            row.reason = Code.STOPPED if before == State.QUEUED else f"{Code.SET_ASIDE}: {row.reason}"
        else:
            row.reason = ""
        if state == State.SENT:
            row.sent_at = row.sent_at or clock.now()
        row.fence += 1  # whoever still holds it finds it gone
        row.attempts, row.tried_since, row.lease_until, row.not_before = 0, None, None, clock.now()
        row.save(update_fields=["state", "reason", "sent_at", "fence", "attempts", "tried_since", "lease_until",
                                "not_before"])  # fmt: skip
        _tell(row, verb, before, by)
    delivery.refresh_from_db()


def cancel(message: Message) -> bool:
    """Take back all deliveries of a message, if none has begun; else False and nothing is changed. For `unsend`, which
    records the event; call it in that transaction."""
    rows = Delivery.objects.select_for_update().filter(message=message)
    if any(row.state != State.QUEUED for row in rows):
        return False
    rows.update(state=State.CANCELLED, fence=F("fence") + 1, lease_until=None)
    return True


def why_not(delivery: Delivery) -> Code | None:
    """Why this must not even be tried. What a human wrote goes also to a blocked or failed address: a block is about
    what comes in, and a mailbox may have been mended. What is automatic does not."""
    kind = KINDS.get(delivery.channel.kind)
    identity, person = delivery.identity, delivery.identity.person
    if kind is None or kind.deliver is None:
        return Code.SILENT
    if identity.erased_at or delivery.message.erased_at or delivery.message.dialog.identity.erased_at:
        return Code.ERASED  # of the words nothing is left
    if KEEPS_BACK(delivery.message):
        return Code.UNPROVED
    automatic = delivery.message.author == Message.Author.SYSTEM or delivery.message.kind == Message.Kind.AUTOMATIC
    if automatic and (identity.blocked_at or person.blocked_at):
        return Code.BLOCKED
    # A full mailbox may have been emptied: trying tells.
    return Code.FAILED if automatic and identity.failed_at and identity.failed_as != "full" else None
