"""Taking what is due to be sent: by leases, in the order of each dialog, and no faster than a channel allows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q

from vikno.core import clock
from vikno.dialogs import throttle
from vikno.dialogs.deliveries import LEASE, WINDOW
from vikno.dialogs.delivery_words import Code
from vikno.dialogs.models import Channel, Delivery
from vikno.dialogs.throttle import Limits, Throttle, Wait

State = Delivery.State
_throttle = Throttle()


def claim_due(limit: int, in_flight: Mapping[int, int] | None = None, per_channel: int = 4) -> list[Delivery]:
    """Lease up to `limit` deliveries that are due, at most `per_channel` of one channel together with those
    `in_flight`.

    A later message of a dialog does not overtake an earlier one that still waits to go to the same recipient. A halted
    channel gets one try when its time has come. What the throttle holds back is put off by what it has to wait.
    """
    if not _anything():
        return []
    now = clock.now()
    due = Q(state=State.QUEUED, not_before__lte=now) & (Q(lease_until=None) | Q(lease_until__lt=now))
    waiting = Q(state=State.SENDING) | Q(state=State.QUEUED) & ~Q(reason=Code.NO_RELAY)
    earlier = Delivery.objects.filter(
        waiting, identity=OuterRef("identity"), message__dialog=OuterRef("message__dialog"), id__lt=OuterRef("id")
    )
    rows = Delivery.objects.filter(due).filter(~Exists(earlier)).order_by("not_before", "id")
    if not rows.exists():  # a look without the write lock: an idle engine must not disturb the writers
        return []
    room, spent = _room(now, in_flight or {}, per_channel)
    full = [channel for channel, (left, _) in room.items() if left <= 0]
    wanted: list[int] = []
    late: list[tuple[int, Wait]] = []
    window = rows.exclude(channel_id__in=full).values_list("id", "channel_id", "identity__value")[:WINDOW]
    for delivery, channel, recipient in window:
        left, limits = room.get(channel, (0, None))
        if len(wanted) >= limit:
            break
        if left <= 0 or limits is None:
            continue
        if wait := _throttle.wait(channel, limits, recipient):
            late.append((delivery, wait))
            continue
        room[channel] = (left - 1, limits)
        wanted.append(delivery)
    _put_off(spent, now)
    return _lease(wanted, late, now)


def _anything() -> bool:
    """Whether anything waits to be sent: asked ten times a second, so in plain SQL over a partial index."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM dialogs_delivery WHERE state IN ('queued', 'sending') LIMIT 1")
        return cursor.fetchone() is not None


def _room(
    now: datetime, in_flight: Mapping[int, int], per_channel: int
) -> tuple[dict[int, tuple[int, Limits]], dict[int, Wait]]:
    """How many more deliveries each channel may have under way now, with its limits; and which channels have sent all
    that they may in a day."""
    channels = list(Channel.objects.only("id", "kind", "health", "settings"))
    limits = {channel.id: throttle.limits_of(channel.kind, channel.settings) for channel in channels}
    today = throttle.left_today({pk: one.day for pk, one in limits.items()})
    room, spent = {}, {}
    for channel in channels:
        out = channel.health.get("out", {})
        most = per_channel
        if not out.get("ok", True):
            most = 1 if datetime.fromisoformat(out["until"]) <= now else 0
        left, wait = today.get(channel.id, (most, None))
        if wait is not None:
            spent[channel.id] = wait
        room[channel.id] = (min(most, left) - in_flight.get(channel.id, 0), limits[channel.id])
    return room, spent


def _put_off(spent: Mapping[int, Wait], now: datetime) -> None:
    """What is due by a channel that has sent its day's worth waits until some of that is a day old."""
    for channel, wait in spent.items():
        due = Delivery.objects.filter(channel=channel, state=State.QUEUED, not_before__lte=now, lease_until=None)
        if due.exists():
            due.update(not_before=now + timedelta(seconds=wait.seconds), reason=wait.reason)


def _lease(wanted: list[int], late: list[tuple[int, Wait]], now: datetime) -> list[Delivery]:
    if not wanted and not late:
        return []
    with transaction.atomic():
        for delivery, wait in late:
            Delivery.objects.filter(id=delivery, state=State.QUEUED).update(
                not_before=now + timedelta(seconds=wait.seconds), reason=wait.reason
            )
        free = Q(state=State.QUEUED) & (Q(lease_until=None) | Q(lease_until__lt=now))
        rows = Delivery.objects.select_for_update(skip_locked=True).filter(free, id__in=wanted)
        taken = [row.id for row in rows] if wanted else []
        Delivery.objects.filter(id__in=taken).update(lease_until=now + LEASE, fence=F("fence") + 1)
    if not taken:
        return []
    return list(
        Delivery.objects.filter(id__in=taken)
        .select_related(
            "message__dialog__address",
            "message__dialog__identity",
            "message__agent__person",
            "message__answers__identity__person",
            "channel__brand",
            "identity__person",
        )
        .order_by("not_before", "id")
    )


def take_room(channel: Channel, recipient: str) -> Wait | None:
    """Take room for a letter that is no delivery, such as a notice; or answer what it has to wait for. Whoever sent it
    says so by `throttle.count`."""
    limits = throttle.limits_of(channel.kind, channel.settings)
    _left, wait = throttle.left_today({channel.id: limits.day}).get(channel.id, (0, None))
    return wait or _throttle.wait(channel.id, limits, recipient)
