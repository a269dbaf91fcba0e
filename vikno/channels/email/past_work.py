"""The work of bringing in the past of a mailbox: in small portions, and going on where it stood after whatever
interrupts it."""

from __future__ import annotations

import time
from typing import Any

import structlog
from django.db import transaction
from django.db.models.functions import Coalesce

from vikno.channels.email import connecting, folders, mailbox_health, servers
from vikno.channels.email.folders import Folder
from vikno.channels.email.mailbox import BATCH, Session
from vikno.channels.email.models import Mailbox, Past
from vikno.core import clock
from vikno.core.jobs import Later
from vikno.dialogs.models import Channel
from vikno.intake.models import Inbound

log = structlog.get_logger(__name__)

PORTION = 15.0  # seconds of one run; other jobs wait meanwhile
MOST_WAITING = 200  # letters of the past before the pipeline: what comes in now must not wait behind them
PAUSE, AGAIN = 1.0, 60.0  # seconds: between two portions, and after trouble


def work(payload: dict[str, Any]) -> None:
    """One portion; called by the engine. Raises Later until all is done."""
    past = Past.objects.select_related("channel").filter(id=payload["past"], state=Past.State.RUNNING).first()
    if past is None:
        return
    try:
        done = _portion(past)
    except Exception as error:
        code = mailbox_health.code_of(error)
        log.warning("the past of a mailbox cannot be brought in now", channel=past.channel_id, code=code, exc_info=True)
        Past.objects.filter(id=past.id).update(trouble=code)
        raise Later(AGAIN) from None
    if not done:
        raise Later(PAUSE)
    _finish(past)


def _portion(past: Past) -> bool:
    """Work for a while; whether all is done."""
    server = servers.server(past.channel, "imap")
    if server is None or not past.channel.active:
        return False
    deadline = time.monotonic() + PORTION
    client = connecting.connect(server)
    try:
        for folder in _wanted(past.channel, client):
            if not _folder(past, Session(past.channel, client, lambda: False, folder, past=past.asked_at), deadline):
                return False
    finally:
        connecting.close(client)
    return True


def _wanted(channel: Channel, client: Any) -> list[Folder]:
    """What was junk is not brought in."""
    found, _missing = folders.all_of(channel.settings.get("imap") or {}, client)
    return [one for one in found if one.role != Inbound.Folder.JUNK]


def _folder(past: Past, session: Session, deadline: float) -> bool:
    row = session.row
    place = past.places.get(session.folder) or {}
    if (place.get("validity"), place.get("account", row.account)) != (row.uidvalidity, row.account):
        place = {"validity": row.uidvalidity, "account": row.account, "last": 0, "total": 0}
    first = row.first_since or row.since  # from there on, letters are new ones: the reader takes them
    uids = sorted(session.uids_since(past.since, min(first, past.asked_at))) if first else []
    past.total += max(0, len(uids) - place["total"])
    place["total"] = max(len(uids), place["total"])
    left = [uid for uid in uids if uid > place["last"]]
    for start in range(0, len(left), BATCH):
        if time.monotonic() > deadline or _too_many_wait():
            return False
        part = left[start : start + BATCH]
        here = session.known(part)
        taken = session.take([uid for uid in part if uid not in here])
        place["last"] = part[-1]
        _note(past, session.folder, place, len(part), taken)
    _note(past, session.folder, place, 0, 0)
    return True


def _too_many_wait() -> bool:
    waiting = Inbound.objects.exclude(state=Inbound.State.DONE).filter(imported=True)
    return len(waiting.order_by("id").values_list("id")[:MOST_WAITING]) >= MOST_WAITING


def _note(past: Past, folder: str, place: dict[str, Any], done: int, taken: int) -> None:
    past.places[folder] = place
    past.done += done
    past.taken += taken
    past.trouble = ""
    past.save(update_fields=["places", "done", "taken", "total", "trouble"])


def _finish(past: Past) -> None:
    """From now on the daily reconciliation counts what was brought in, too, and takes what could not be fetched."""
    with transaction.atomic():
        for name in past.places:
            rows = Mailbox.objects.filter(channel=past.channel_id, folder=name, since__gt=past.since)
            rows.update(first_since=Coalesce("first_since", "since"), since=past.since)
        Past.objects.filter(id=past.id, state=Past.State.RUNNING).update(
            state=Past.State.DONE, finished_at=clock.now(), trouble=""
        )
