"""Verbs on the past of a mailbox: bringing it in since a day, and stopping that. The work is in past_work.

What is brought in is marked as of the past: it makes no acknowledgement, starts no clock and opens no request.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from vikno.channels.email import servers
from vikno.channels.email.models import Past
from vikno.core import clock, jobs
from vikno.dialogs.models import Channel
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb

JOB = "mailbox past"


class NotPossible(Exception):
    """It cannot be begun. The text says why."""


def takes_answers(channel: Channel) -> bool:
    """Whether answers that were written with another program are taken in from the folder of sent letters."""
    return bool((channel.settings.get("imap") or {}).get("take_sent"))


def ask(channel: Channel, since: datetime, *, answers: bool = False, by: Act) -> Past:
    """Begin to bring in what came to the mailbox at this instant or later. `answers`: the team's own too, from the
    folder of sent letters, which is read from now on as well. Raises NotPossible."""
    if servers.server(channel, "imap") is None or servers.reading_by(channel) != "imap":
        raise NotPossible(_("The past can be brought in from a mailbox that is read by IMAP."))
    try:
        with transaction.atomic():
            if answers:
                _take_answers(channel)
            past = Past.objects.create(channel=channel, since=since)
            jobs.enqueue(JOB, {"past": past.id}, key=f"past-{channel.id}")
            record(by, Verb.SETTING_CHANGED, delta={"channel": [channel.id, channel.id], "past": [None, past.id]})
    except IntegrityError:
        raise NotPossible(_("This mailbox's past is being brought in already.")) from None
    return past


def _take_answers(channel: Channel) -> None:
    row = Channel.objects.select_for_update().get(id=channel.id)
    row.settings = row.settings | {"imap": (row.settings.get("imap") or {}) | {"take_sent": True}}
    row.save(update_fields=["settings"])


def stop(channel: Channel, *, by: Act) -> None:
    """Bring in no more. What is here stays."""
    with transaction.atomic():
        for past in Past.objects.select_for_update().filter(channel=channel, state=Past.State.RUNNING):
            past.state, past.finished_at = Past.State.STOPPED, clock.now()
            past.save(update_fields=["state", "finished_at"])
            record(by, Verb.SETTING_CHANGED, delta={"channel": [channel.id, channel.id], "past": [past.id, None]})
