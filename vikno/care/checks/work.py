"""The work that goes on by itself: jobs, readers, deliveries, mailboxes, what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import translation

from vikno import terminal
from vikno.care import retention
from vikno.care.doctor import Check, Finding, some
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
from vikno.terminal import N_
from vikno.terminal import gettext as _
from vikno.tickets.access import out_of_everybodys_sight

LATE = timedelta(minutes=15)


def dead_jobs() -> Iterator[Finding]:
    dead = Job.objects.filter(state=Job.State.DEAD)
    kinds = list(dead.values("kind").annotate(count=Count("id")).order_by("-count").values_list("kind", "count"))
    if kinds:
        newest = dead.order_by("-id").values_list("error", flat=True)[0].strip()[-300:]
        yield Finding(
            _("%(count)s jobs failed for good: %(names)s. The newest says: %(newest)s")
            % {
                "count": sum((count for _, count in kinds)),
                "names": some((f"{kind} ({count})" for kind, count in kinds), len(kinds)),
                "newest": newest,
            },
            _("What they were to do was not done."),
            _("Mend what the words say, then press “Try again” in the list of failed work."),
        )
    late = Job.objects.filter(state=Job.State.WAITING, run_at__lt=clock.now() - LATE).count()
    if late:
        yield Finding(
            _("%(late)s jobs should have run more than %(minutes)s minutes ago.")
            % {"late": late, "minutes": LATE.seconds // 60},
            _("What they do comes late."),
            _("See that `vikno engine` (or `vikno serve`) runs, and look at its log."),
        )


def parked_events() -> Iterator[Finding]:
    rows = list(Parked.objects.values("reader").annotate(count=Count("id")).order_by("reader"))
    for row in rows:
        error = Parked.objects.filter(reader=row["reader"]).order_by("-id").values_list("error", flat=True)[0]
        yield Finding(
            _(
                "The reader “%(reader)s” could not digest %(count)s events and put them aside. The "
                "newest says: %(error)s"
            )
            % {"reader": row["reader"], "count": row["count"], "error": error.strip()[-300:]},
            _("What it makes of events (counts, notices, searches) lacks these."),
            _(
                "After an update, press “Try again” in the list of failed work; please report the "
                "words if they come back."
            ),
        )


def lagging_readers() -> Iterator[Finding]:
    newest = readers.last_event()
    for cursor in Cursor.objects.filter(position__lt=newest):
        waiting = Event.objects.filter(id__gt=cursor.position).order_by("id").values_list("recorded_at", flat=True)[:1]
        if waiting and clock.now() - waiting[0] > LATE:
            yield Finding(
                _("The reader “%(reader)s” is %(behind)s events behind, since %(since)s.")
                % {
                    "reader": cursor.reader,
                    "behind": newest - cursor.position,
                    "since": _minute(waiting[0].isoformat()),
                },
                _("What it makes of events is that old."),
                _("See that `vikno engine` (or `vikno serve`) runs; on PostgreSQL look for a transaction left open."),
            )


def search_index() -> Iterator[Finding]:
    postponed = Due.objects.filter(attempts__gt=0)
    if count := postponed.count():
        newest = postponed.order_by("-not_before").values_list("error", flat=True)[0]
        yield Finding(
            _("%(count)s tickets or people could not be put in the search index. The last one says: %(newest)s")
            % {"count": count, "newest": newest},
            _("Search finds them as they were before, or not at all; everything else is found."),
            _("They are tried again by themselves; the list of failed work shows each. Please report the words."),
        )
    late = Due.objects.filter(since__lt=clock.now() - LATE, attempts=0)
    if count := late.count():
        yield Finding(
            _("%(count)s changed tickets or people wait for the search index; %(minutes)s minutes is long.")
            % {"count": count, "minutes": LATE.seconds // 60},
            _("Search does not find what changed in them."),
            _("See that `vikno engine` (or `vikno serve`) runs, and look at its log."),
        )
    build = current()
    if build.building and build.began_at and build.began_at < clock.now() - timedelta(days=1):
        yield Finding(
            _("Building the search index began on %(began_at)s and is at %(done)s of %(total)s.")
            % {"began_at": f"{build.began_at:%Y-%m-%d}", "done": build.done, "total": build.total},
            _("Until it is done, search works with what was there before."),
            _("See that `vikno engine` (or `vikno serve`) runs, or run `vikno reindex --resume`."),
        )


def deliveries() -> Iterator[Finding]:
    states = dict(
        Delivery.objects.filter(state__in=["doubtful", "refused", "bounced"])
        .values("state").annotate(count=Count("id")).values_list("state", "count")
    )  # fmt: skip
    if states.get("doubtful"):
        yield Finding(
            _("Letters that may have gone or not, as the connection broke at the last moment: %(count)s.")
            % {"count": states["doubtful"]},
            _("Nobody knows whether these customers have their answer."),
            _("Open the page “Sent” and choose for each: send again, or leave it."),
        )
    failed = states.get("refused", 0) + states.get("bounced", 0)
    recent = Delivery.objects.filter(
        state__in=["refused", "bounced"], created_at__gt=clock.now() - timedelta(days=1)
    ).count()
    if recent >= 20 and failed:  # single ones are everyday life and are shown on their tickets
        yield Finding(
            _("%(recent)s letters of the last day were refused or came back.") % {"recent": recent},
            _("So many at once usually mean that our server's name or address is distrusted."),
            _("Read the reasons on the page “Sent”; check SPF, DKIM and the reverse name of the sending server."),
        )
    queued = Delivery.objects.filter(state="queued")
    stuck = 0 if sends_nothing() else queued.filter(reason__startswith=Code.NO_RELAY).count()
    if stuck:
        yield Finding(
            _("Letters that wait because nobody has said how letters leave: %(count)s.") % {"count": stuck},
            _("Customers get no answers; agents believe that they wrote them."),
            _("Enter the server that letters leave by on the page of the channel, or set VIKNO_SMTP_URL."),
        )
    late = queued.exclude(reason__startswith=Code.NO_RELAY).filter(not_before__lt=clock.now() - LATE).count()
    if late:
        yield Finding(
            _("Letters that should have left more than %(minutes)s minutes ago: %(count)s.")
            % {"count": late, "minutes": LATE.seconds // 60},
            _("Customers wait for answers that agents believe sent."),
            _("See that `vikno engine` (or `vikno serve`) runs, and what the channel's page says about sending."),
        )


def mailboxes() -> Iterator[Finding]:
    # Without the secret: it may be unreadable, and then this must still be told.
    for channel in Channel.objects.filter(active=True).only("id", "name", "health"):
        for way, words, affects in (
            (
                "in",
                _("The channel “%(name)s” cannot read, since %(since)s: %(why)s"),
                _("New letters stay there and become no tickets."),
            ),
            (
                "out",
                _("The channel “%(name)s” cannot send, since %(since)s: %(why)s"),
                _("Answers wait on the page “Sent”."),
            ),
        ):
            state = channel.health.get(way) or {}
            if state.get("ok", True):
                continue
            known = (mailbox_health if way == "in" else sending_health).WORDS.get(state.get("code", ""))
            with translation.override(terminal.language()):
                why = str(known) if known is not None else _("the log says more.")
            yield Finding(
                words % {"name": channel.name, "since": _minute(state.get("since")), "why": why},
                affects,
                _("Open the channel's settings; its check tells what the server says."),
            )


def _minute(instant: object) -> str:
    """A stored instant as a person at this machine reads it, on its clock."""
    try:
        return f"{datetime.fromisoformat(str(instant)).astimezone():%Y-%m-%d %H:%M %Z}"
    except ValueError:
        return "?"


def ledger() -> Iterator[Finding]:
    failed = Inbound.objects.filter(fate=Fate.FAILED).count()
    if failed:
        newest = Inbound.objects.filter(fate=Fate.FAILED).order_by("-id").values_list("detail", flat=True)[0]
        yield Finding(
            _("Letters that were kept but not understood: %(count)s. The newest says: %(error)s")
            % {"count": failed, "error": newest.strip()[-300:]},
            _("Nobody answers them."),
            _("Open the page “Received”, read the raw letters, and press “Try again” after an update."),
        )
    waiting = Inbound.objects.exclude(state=Inbound.State.DONE).filter(received_at__lt=clock.now() - LATE).count()
    if waiting:
        yield Finding(
            _("Letters that came in more than %(minutes)s minutes ago and are not handled yet: %(count)s.")
            % {"count": waiting, "minutes": LATE.seconds // 60},
            _("They are safe, but no agent sees them."),
            _("See that `vikno engine` (or `vikno serve`) runs, and look at its log."),
        )


def unread() -> Iterator[Finding]:
    numbers = list(out_of_everybodys_sight().filter(deleted_at=None).order_by("id").values_list("number", flat=True))
    if numbers:
        yield Finding(
            _("Restricted tickets that nobody reads who still works here: %(count)s (%(names)s).")
            % {"count": len(numbers), "names": some((f"#{number}" for number in numbers), len(numbers))},
            _("What their customers write is seen by nobody."),
            _(
                "An owner can open each by its number and make a colleague responsible: that is written into its time "
                "line and into the security log. Or give its team a lead."
            ),
        )


def duty() -> Iterator[Finding]:
    last = DutyRun.objects.filter(name=retention.DUTY).first()
    if last is not None and last.error:
        yield Finding(
            _("The daily clearing of old data failed: %(error)s") % {"error": last.error[-300:]},
            _("What should be taken away by now is still kept."),
            _("Mend what the words say; it runs again at night."),
        )


CHECKS = (
    Check(N_("jobs"), dead_jobs),
    Check(N_("parked events"), parked_events),
    Check(N_("readers of the journal"), lagging_readers),
    Check(N_("search index"), search_index),
    Check(N_("deliveries"), deliveries),
    Check(N_("mailboxes"), mailboxes),
    Check(N_("ledger"), ledger),
    Check(N_("tickets without a reader"), unread),
    Check(N_("retention"), duty),
)
