"""How long things are kept. Each kind has a default and a rule that the company may change; once a day what is older is
taken away in small steps, and the last run shows what it did.

Defaults: raw letters a year; what was held back, bounced or came twice 90 days; the details of deliveries half a year;
what colleagues were told of 90 days; the security log two years; drafts that nobody has gone on with half a year;
letters in the outbox that left otherwise or never will 30 days; deleted tickets 30 days.
Events, messages and tickets are kept for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vikno.accounts.models import SecurityEvent, SignInLink
from vikno.core import clock, files, jobs
from vikno.core.models import Company, DutyRun, RetentionRule
from vikno.dialogs.delivery_words import NOT_THERE, Code
from vikno.dialogs.models import Attachment, Delivery, Message, MessageText
from vikno.intake.erasure import blank_entries
from vikno.intake.models import Fate, Inbound
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.notices.models import Notice
from vikno.replies.actions import letters
from vikno.replies.models import BegunLetter
from vikno.search.erasure import forget_tickets
from vikno.tickets.actions import drafts
from vikno.tickets.actions.changing import lock_with_survivors
from vikno.tickets.models import Draft, EmptiedDraft, Link, NoteAttachment, NoteText, SentForm, Ticket, Wording
from vikno.tickets.subjects import BLANK_SUBJECT

log = structlog.get_logger(__name__)

JOB, DUTY = "care.retention", "retention"
STEP = 200  # rows in one transaction
NIGHT = 3  # the hour, in the company's zone, from which on it runs
_LET_IN = (Fate.TICKET, Fate.REPLY)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data. `take_away` takes at most STEP things older than an instant, in one short transaction, and
    answers how many."""

    name: str
    title: str | Promise
    days: int | None
    take_away: Callable[[datetime], int]


def _raw_letters(before: datetime) -> int:
    """The bytes alone; who wrote, the subject and the fate stay in the ledger beside the message."""
    old = Inbound.objects.filter(received_at__lt=before, state=Inbound.State.DONE, fate__in=_LET_IN)
    ids = list(old.filter(Q(raw__isnull=False) | Q(file__isnull=False)).values_list("id", flat=True)[:STEP])
    with transaction.atomic():
        for entry in Inbound.objects.filter(id__in=ids, file__isnull=False).select_related("file"):
            if entry.file:
                files.remove(entry.file)
        return Inbound.objects.filter(id__in=ids).update(raw=None)


def _not_let_in(before: datetime) -> int:
    old = Inbound.objects.filter(received_at__lt=before, state=Inbound.State.DONE, erased_at=None)
    # What failed waits for a person, however long.
    old = old.exclude(fate__in=[*_LET_IN, Fate.FAILED])
    with transaction.atomic():  # locked, or what is let in at this moment would lose its words
        ids = list(old.select_for_update().values_list("id", flat=True)[:STEP])
        return blank_entries(Inbound.objects.filter(id__in=ids))


def _delivery_details(before: datetime) -> int:
    """The other side's words. Of what is cancelled it stays known that it is not there: it may be sent after all."""
    settled = Delivery.objects.filter(created_at__lt=before).exclude(reason__in=["", *NOT_THERE])
    settled = settled.exclude(state__in=[Delivery.State.QUEUED, Delivery.State.SENDING, Delivery.State.DOUBTFUL])
    ids = list(settled.values_list("id", flat=True)[:STEP])
    aside = When(reason__startswith=f"{Code.SET_ASIDE}:", then=Value(Code.SET_ASIDE.value))
    return Delivery.objects.filter(id__in=ids).update(reason=Case(aside, default=Value("")))


def _security_log(before: datetime) -> int:
    ids = list(SecurityEvent.objects.filter(at__lt=before).values_list("id", flat=True)[:STEP])
    SecurityEvent.objects.filter(id__in=ids).delete()
    return len(ids)


def _sign_ins(before: datetime) -> int:
    SignInLink.objects.filter(expires_at__lt=before).delete()
    keys = list(Session.objects.filter(expire_date__lt=before).values_list("session_key", flat=True)[:STEP])
    Session.objects.filter(session_key__in=keys).delete()
    return len(keys)


def _sent_forms(before: datetime) -> int:
    ids = list(SentForm.objects.filter(at__lt=before).values_list("id", flat=True)[:STEP])
    SentForm.objects.filter(id__in=ids).delete()
    EmptiedDraft.objects.filter(at__lt=before).delete()
    letters.discard(BegunLetter.objects.filter(message__isnull=False, saved_at__lt=before))
    return len(ids)


def _notices(before: datetime) -> int:
    """What colleagues were told of; what was to be told so long ago and never left goes with it."""
    ids = list(Notice.objects.filter(at__lt=before).values_list("id", flat=True)[:STEP])
    Notice.objects.filter(id__in=ids).delete()
    return len(ids)


def _old_drafts(before: datetime) -> int:
    ids = list(Draft.objects.filter(saved_at__lt=before).values_list("id", flat=True)[:STEP])
    begun = BegunLetter.objects.filter(saved_at__lt=before).values_list("id", flat=True)[:STEP]
    gone = letters.discard(BegunLetter.objects.filter(id__in=list(begun)))
    return gone + drafts.discard(Draft.objects.filter(id__in=ids))


def _outbox(before: datetime) -> int:
    """Letters lying as files whose delivery waits no more."""
    count = 0
    for path in Path(settings.DATA, "outbox").glob("*.eml"):
        try:
            if path.stat().st_mtime >= before.timestamp():
                continue
        except FileNotFoundError:  # it has just left
            continue
        delivery = Delivery.objects.filter(id=int(number)).first() if (number := path.stem[16:]).isdigit() else None
        if delivery is None or delivery.state not in (Delivery.State.QUEUED, Delivery.State.SENDING):
            path.unlink(missing_ok=True)
            count += 1
        if count == STEP:
            break
    return count


def _deleted_tickets(before: datetime) -> int:
    """The words of what lies in the bin: subject, notes, drafts, and messages that belong to no other ticket. Rows
    stay."""
    old = Ticket.objects.filter(deleted_at__lt=before).exclude(subject=BLANK_SUBJECT, preview="")
    with transaction.atomic():  # locked, or what is taken out of the bin at this moment would lose its words
        locked = lock_with_survivors(old.order_by("id").values_list("id", flat=True)[: STEP // 10])
        ids = list(old.filter(id__in=locked).values_list("id", flat=True))
        links = Link.objects.filter(message=OuterRef("pk"), ended_act=None)  # what was taken out belongs here no more
        elsewhere = links.exclude(ticket__deleted_at__lt=before)
        only_here = Message.objects.filter(Exists(links.filter(ticket__in=ids)), ~Exists(elsewhere))
        messages = list(only_here.values_list("id", flat=True))
        for model, condition in ((Attachment, Q(message__in=messages)), (NoteAttachment, Q(note__ticket__in=ids))):
            for attachment in model.objects.filter(condition, file__isnull=False).select_related("file"):
                if attachment.file:
                    files.remove(attachment.file)
            model.objects.filter(condition).update(name="", content_id="")
        drafts.discard(Draft.objects.filter(ticket__in=ids))
        MessageText.objects.filter(message__in=messages).update(text="", html="", quoted="", quoted_html="")
        Message.objects.filter(id__in=messages).update(subject="", ip=None)
        blank_entries(Inbound.objects.filter(message__in=messages))
        NoteText.objects.filter(note__ticket__in=ids).update(text="", html="")
        Wording.objects.filter(ticket__in=ids).update(text="")
        forget_tickets(ids)
        return Ticket.objects.filter(id__in=ids).update(subject=BLANK_SUBJECT, description="", preview="", ip=None)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("raw_letters", _("Raw bytes of letters that became messages"), 365, _raw_letters),
        Kind("not_let_in", _("Held, refused and repeated letters, bounces"), 90, _not_let_in),
        Kind("delivery_details", _("What other mail servers said about our letters"), 180, _delivery_details),
        Kind("security_log", _("Log of sign-ins and rights"), 730, _security_log),
        Kind("sign_ins", _("Sign-ins and links that have expired"), 1, _sign_ins),
        Kind("sent_forms", _("Traces of forms that were sent, by which a second sending is noticed"), 7, _sent_forms),
        Kind("notices", _("What colleagues were told of by mail"), 90, _notices),
        Kind("drafts", _("Drafts, with their files, that nobody has gone on with"), 180, _old_drafts),
        Kind("outbox", _("Letters in the outbox that wait no more"), 30, _outbox),
        Kind("deleted_tickets", _("Words of deleted tickets"), 30, _deleted_tickets),
    )
}


def days_of(kind: Kind) -> int | None:
    """How many days this kind is kept here; None is for ever."""
    rule = RetentionRule.objects.filter(kind=kind.name).first()
    return rule.days if rule else kind.days


def keep_for(name: str, days: int | None, *, by: Act | None = None) -> None:
    """Change the rule of a kind; None is for ever. Raises KeyError for a kind there is not."""
    kind = KINDS[name]
    with transaction.atomic():
        before = days_of(kind)
        RetentionRule.objects.update_or_create(kind=kind.name, defaults={"days": days})
        record(by or acts.system(), Verb.SETTING_CHANGED, delta={f"keep.{kind.name}": [before, days]})


def run(_payload: dict[str, Any] | None = None) -> dict[str, int]:
    """Take away what is older than its kind is kept; answers how many of each, which the last run shows too."""
    duty, _made = DutyRun.objects.update_or_create(
        name=DUTY, defaults={"started_at": clock.now(), "finished_at": None, "error": ""}
    )
    result: dict[str, int] = {}
    try:
        for kind in KINDS.values():
            days = days_of(kind)
            if days is not None:
                result[kind.name] = _take_all(kind, clock.now() - timedelta(days=days))
    except Exception as error:
        duty.error = f"{type(error).__name__}: {error}"[:2000]
        raise
    finally:
        duty.result, duty.finished_at = result, clock.now()
        duty.save()
    log.info("retention ran", **result)
    return result


def _take_all(kind: Kind, before: datetime) -> int:
    total = 0
    while count := kind.take_away(before):
        total += count
    return total


def handle(payload: dict[str, Any]) -> None:
    """The job's handler."""
    run(payload)


def ask_once_a_night() -> float | None:
    """A step of the engine's loop: ask for the job when a night has come since the last run."""
    company = Company.objects.first()
    if company is None:
        return None
    here = clock.now().astimezone(ZoneInfo(company.zone))
    last = DutyRun.objects.filter(name=DUTY).values_list("started_at", flat=True).first()
    if here.hour >= NIGHT and (last is None or last.astimezone(here.tzinfo).date() < here.date()):
        jobs.enqueue(JOB, unique=DUTY)
    return None
