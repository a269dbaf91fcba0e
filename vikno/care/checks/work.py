"""The work that goes on by itself: jobs, readers, deliveries, mailboxes, what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db.models import Count
from django.utils import translation

from vikno.care import retention
from vikno.care.doctor import Check, Finding, counted, some
from vikno.channels.email import mailbox_health, sending_health
from vikno.channels.email.outbound import sends_nothing
from vikno.core import clock
from vikno.core.models import DutyRun, Job
from vikno.dialogs.delivery_words import Code
from vikno.dialogs.models import Channel, Delivery
from vikno.intake.models import Fate, Inbound
from vikno.journal import readers
from vikno.journal.models import Cursor, Event, Parked
from vikno.search.models import Due
from vikno.search.state import current

LATE = timedelta(minutes=15)


def dead_jobs() -> Iterator[Finding]:
    dead = Job.objects.filter(state=Job.State.DEAD)
    kinds = list(dead.values("kind").annotate(count=Count("id")).order_by("-count").values_list("kind", "count"))
    if kinds:
        newest = dead.order_by("-id").values_list("error", flat=True)[0].strip()[-300:]
        yield Finding(
            f"{sum(count for _, count in kinds)} jobs failed for good: "
            f"{some((f'{kind} ({count})' for kind, count in kinds), len(kinds))}. The newest says: {newest}",
            "What they were to do was not done.",
            "Mend what the words say, then press “Try again” in the list of failed work.",
        )
    late = Job.objects.filter(state=Job.State.WAITING, run_at__lt=clock.now() - LATE).count()
    if late:
        yield Finding(
            f"{late} jobs should have run more than {LATE.seconds // 60} minutes ago.",
            "What they do comes late.",
            "See that `vikno engine` (or `vikno serve`) runs, and look at its log.",
        )


def parked_events() -> Iterator[Finding]:
    rows = list(Parked.objects.values("reader").annotate(count=Count("id")).order_by("reader"))
    for row in rows:
        error = Parked.objects.filter(reader=row["reader"]).order_by("-id").values_list("error", flat=True)[0]
        yield Finding(
            f"The reader “{row['reader']}” could not digest {row['count']} events and put them aside. "
            f"The newest says: {error.strip()[-300:]}",
            "What it makes of events (counts, notices, searches) lacks these.",
            "After an update, press “Try again” in the list of failed work; please report the words if they come back.",
        )


def lagging_readers() -> Iterator[Finding]:
    newest = readers.last_event()
    for cursor in Cursor.objects.filter(position__lt=newest):
        waiting = Event.objects.filter(id__gt=cursor.position).order_by("id").values_list("recorded_at", flat=True)[:1]
        if waiting and clock.now() - waiting[0] > LATE:
            yield Finding(
                f"The reader “{cursor.reader}” is {newest - cursor.position} events behind, "
                f"since {waiting[0]:%Y-%m-%d %H:%M} UTC.",
                "What it makes of events is that old.",
                "See that `vikno engine` (or `vikno serve`) runs; on PostgreSQL look for a transaction left open.",
            )


def search_index() -> Iterator[Finding]:
    postponed = Due.objects.filter(attempts__gt=0)
    if count := postponed.count():
        newest = postponed.order_by("-not_before").values_list("error", flat=True)[0]
        yield Finding(
            f"{count} tickets or people could not be put in the search index. The last one says: {newest}",
            "Search finds them as they were before, or not at all; everything else is found.",
            "They are tried again by themselves; the list of failed work shows each. Please report the words.",
        )
    late = Due.objects.filter(since__lt=clock.now() - LATE, attempts=0)
    if count := late.count():
        yield Finding(
            f"{count} changed tickets or people wait for the search index; {LATE.seconds // 60} minutes is long.",
            "Search does not find what changed in them.",
            "See that `vikno engine` (or `vikno serve`) runs, and look at its log.",
        )
    build = current()
    if build.building and build.began_at and build.began_at < clock.now() - timedelta(days=1):
        yield Finding(
            f"Building the search index began on {build.began_at:%Y-%m-%d} and is at {build.done} of {build.total}.",
            "Until it is done, search works with what was there before.",
            "See that `vikno engine` (or `vikno serve`) runs, or run `vikno reindex --resume`.",
        )


def deliveries() -> Iterator[Finding]:
    states = dict(
        Delivery.objects.filter(state__in=["doubtful", "refused", "bounced"])
        .values("state").annotate(count=Count("id")).values_list("state", "count")
    )  # fmt: skip
    if states.get("doubtful"):
        yield Finding(
            f"{counted(states['doubtful'], 'letter', 'letters')} may have gone or not: the connection broke at "
            "the last moment.",
            "Nobody knows whether these customers have their answer.",
            "Open the outbox and choose for each: send again, or leave it.",
        )
    failed = states.get("refused", 0) + states.get("bounced", 0)
    recent = Delivery.objects.filter(
        state__in=["refused", "bounced"], created_at__gt=clock.now() - timedelta(days=1)
    ).count()
    if recent >= 20 and failed:  # single ones are everyday life and are shown on their tickets
        yield Finding(
            f"{recent} letters of the last day were refused or came back.",
            "So many at once usually mean that our server's name or address is distrusted.",
            "Read the reasons in the outbox; check SPF, DKIM and the reverse name of the sending server.",
        )
    queued = Delivery.objects.filter(state="queued")
    stuck = 0 if sends_nothing() else queued.filter(reason__startswith=Code.NO_RELAY).count()
    if stuck:
        yield Finding(
            f"{counted(stuck, 'letter waits', 'letters wait')} because nobody has said how letters leave.",
            "Customers get no answers; agents believe that they wrote them.",
            "Enter the server that letters leave by on the page of the channel, or set VIKNO_SMTP_URL.",
        )
    late = queued.exclude(reason__startswith=Code.NO_RELAY).filter(not_before__lt=clock.now() - LATE).count()
    if late:
        yield Finding(
            f"{counted(late, 'letter', 'letters')} should have left more than {LATE.seconds // 60} minutes ago.",
            "Customers wait for answers that agents believe sent.",
            "See that `vikno engine` (or `vikno serve`) runs, and what the channel's page says about sending.",
        )


def mailboxes() -> Iterator[Finding]:
    # Without the secret: it may be unreadable, and then this must still be told.
    for channel in Channel.objects.filter(active=True).only("id", "name", "health"):
        for way, words, affects in (
            ("in", "read", "New letters stay there and become no tickets."),
            ("out", "send", "Answers wait in the outbox."),
        ):
            state = channel.health.get(way) or {}
            if state.get("ok", True):
                continue
            known = (mailbox_health if way == "in" else sending_health).WORDS.get(state.get("code", ""))
            with translation.override("en"):
                why = str(known) if known is not None else "the log says more."
            yield Finding(
                f"The channel “{channel.name}” cannot {words}, since {_minute(state.get('since'))}: {why}",
                affects,
                "Open the channel's settings; its check tells what the server says.",
            )


def _minute(instant: object) -> str:
    """A stored instant as a person reads it."""
    try:
        return f"{datetime.fromisoformat(str(instant)).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return "some time"


def ledger() -> Iterator[Finding]:
    failed = Inbound.objects.filter(fate=Fate.FAILED).count()
    if failed:
        newest = Inbound.objects.filter(fate=Fate.FAILED).order_by("-id").values_list("detail", flat=True)[0]
        yield Finding(
            f"{counted(failed, 'letter was', 'letters were')} kept but not understood. "
            f"The newest says: {newest.strip()[-300:]}",
            "Nobody answers them.",
            "Open the ledger, read the raw letters, and press “Try again” after an update.",
        )
    waiting = Inbound.objects.exclude(state=Inbound.State.DONE).filter(received_at__lt=clock.now() - LATE).count()
    if waiting:
        yield Finding(
            f"{counted(waiting, 'letter', 'letters')} came in more than {LATE.seconds // 60} minutes ago "
            "and not handled yet.",
            "They are safe, but no agent sees them.",
            "See that `vikno engine` (or `vikno serve`) runs, and look at its log.",
        )


def duty() -> Iterator[Finding]:
    last = DutyRun.objects.filter(name=retention.DUTY).first()
    if last is not None and last.error:
        yield Finding(
            f"The daily clearing of old data failed: {last.error[-300:]}",
            "What should be taken away by now is still kept.",
            "Mend what the words say; it runs again at night.",
        )


CHECKS = (
    Check("jobs", dead_jobs),
    Check("parked events", parked_events),
    Check("readers of the journal", lagging_readers),
    Check("search index", search_index),
    Check("deliveries", deliveries),
    Check("mailboxes", mailboxes),
    Check("ledger", ledger),
    Check("retention", duty),
)
