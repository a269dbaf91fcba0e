"""Letters that are being written and have no dialog yet. Breath: no event tells of them, and only their author reads
them. Each page of one has a key of its own, so that two pages never write over each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from vikno.core import clock, files
from vikno.dialogs.actions import NewFile
from vikno.dialogs.models import Attachment, Message
from vikno.replies.models import BegunFile, BegunLetter
from vikno.staff.models import Agent
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.drafts import MOST_LETTERS, must_fit
from vikno.tickets.actions.sending_once import SentAlready
from vikno.tickets.models import Ticket

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the composer of a letter. `values`: its other fields by name, as typed; `page` and `turn`: which
    saving of which page this is, counted from 1."""

    body: str
    values: dict[str, str | list[str]] = field(default_factory=dict)
    page: str = ""
    turn: int = 0


def keep(agent: Agent, key: str, ticket: Ticket | None, typed: Typed) -> bool:
    """Keep what was written so far; False if a later saving of the same page lies there already, or it was sent."""
    with transaction.atomic():
        row = _row(agent, key, ticket)
        if row.message_id is not None or (typed.page == row.page and typed.turn < row.turn):
            return False
        row.values, row.body, row.page, row.turn = typed.values, typed.body[:MOST_LETTERS], typed.page, typed.turn
        row.saved_at = clock.now()
        row.save()
        return True


def _row(agent: Agent, key: str, ticket: Ticket | None) -> BegunLetter:
    """The letter of this key, locked; an empty one if there was none."""
    BegunLetter.objects.get_or_create(agent=agent, key=key, defaults={"ticket": ticket})
    return BegunLetter.objects.select_for_update().get(agent=agent, key=key)


def must_be_unsent(agent: Agent, key: str, ticket: Ticket | None) -> None:
    """Lock a letter that is about to be sent, first in the transaction of sending: each of its pages is another form,
    but it leaves once. Raises SentAlready if another page sent it and nobody took it back."""
    if _row(agent, key, ticket).message_id is not None:
        raise SentAlready(key)


def keep_files(agent: Agent, key: str, ticket: Ticket | None, new: Sequence[NewFile]) -> None:
    """Keep files with a letter. Raises Invalid when they are too many or too large together, or the disk takes no
    more."""
    if not new:
        return
    with transaction.atomic():
        row = _row(agent, key, ticket)
        there = row.files.aggregate(bytes=Sum("size"))["bytes"] or 0
        must_fit(row.files.count() + len(new), there + sum(len(one.content or b"") for one in new))
        for place, one in enumerate(new, row.files.count()):
            try:
                stored = files.put(one.content or b"")
            except OSError as error:
                words = _("The file could not be stored: %(reason)s. It was not kept.")
                raise Invalid(words % {"reason": error}) from None
            BegunFile.objects.create(
                letter=row, file=stored, name=one.name[:255], type=one.type[:127], size=stored.size, position=place
            )


def remove_file(agent: Agent, key: str, file_id: int) -> None:
    """Take one file out of a letter. One that is gone already is gone."""
    with transaction.atomic():
        _forget(BegunFile.objects.filter(letter__agent=agent, letter__key=key, id=file_id))


def take_files(agent: Agent, key: str, kept: Collection[int]) -> list[NewFile]:
    """Take files out of a letter, to be hung on what is sent; call it in the transaction of sending. Raises Invalid if
    one of them is there no more."""
    rows = list(BegunFile.objects.select_related("file").filter(letter__agent=agent, letter__key=key, id__in=kept))
    if len(rows) != len(set(kept)):
        raise Invalid(_("A file of this draft was removed elsewhere. Look at the files, then send again."))
    BegunFile.objects.filter(id__in=[row.id for row in rows]).delete()
    rows.sort(key=lambda row: (row.position, row.id))
    return [NewFile(row.name, row.type, stored=row.file) for row in rows if row.file is not None]


def sent(agent: Agent, key: str, ticket: Ticket | None, typed: Typed, message: Message) -> None:
    """Remember as what a letter was sent, in the transaction of sending: its words stay until it has left."""
    row = _row(agent, key, ticket)
    _forget(row.files.all())
    row.values, row.body, row.page, row.turn = typed.values, typed.body[:MOST_LETTERS], typed.page, typed.turn
    row.message, row.saved_at = message, clock.now()
    row.save()


def take_back(message: Message) -> bool:
    """Make a begun letter again of what was taken back before it left, with its files; False if it was none. One file
    that cannot come along keeps nothing else from coming back. Call it in the transaction of taking back."""
    row = BegunLetter.objects.select_for_update().filter(message=message).first()
    if row is None:
        return False
    row.message, row.saved_at = None, clock.now()
    row.save()
    carried = set(row.values.get("carry", []))  # chosen anew from the request, not kept twice
    rows = Attachment.objects.filter(message=message, inline=False).select_related("file").order_by("position", "id")
    own = list(rows)[len(carried) :]
    for place, one in enumerate(own):
        try:
            again = files.repeat(one.file) if one.file else None
        except (files.MissingFile, OSError):
            log.warning("a file could not be brought back with its words", file=one.file_id, exc_info=True)
            continue
        if again is not None:
            BegunFile.objects.create(
                letter=row, file=again, name=one.name, type=one.type, size=again.size, position=place
            )
    return True


def begun_by(agent: Agent, ticket: Ticket | None = None) -> QuerySet[BegunLetter]:
    """The letters that an agent has begun and not sent, the last one first: of a ticket, or first ones."""
    with_files = Exists(BegunFile.objects.filter(letter=OuterRef("pk")))
    something = ~Q(body="") | Q(with_files) | Q(values__to__gt="") | Q(values__subject__gt="")
    return BegunLetter.objects.filter(something, agent=agent, ticket=ticket, message=None).order_by("-saved_at")


def discard(letters: QuerySet[BegunLetter]) -> int:
    """Throw letters away with their files; answers how many there were."""
    with transaction.atomic():
        ids = list(letters.values_list("id", flat=True))
        _forget(BegunFile.objects.filter(letter__in=ids))
        BegunLetter.objects.filter(id__in=ids).delete()
        return len(ids)


def throw_away(agent: Agent, key: str, page: str, turn: int) -> None:
    """Empty a letter. An earlier saving of its page that is still on its way brings nothing back."""
    with transaction.atomic():
        row = _row(agent, key, None)
        if row.message_id is None:
            _forget(row.files.all())
            row.values, row.body, row.page, row.turn, row.saved_at = {}, "", page, turn, clock.now()
            row.save()


def _forget(rows: QuerySet[BegunFile]) -> None:
    for row in list(rows.select_related("file")):
        row.delete()
        if row.file is not None:
            files.remove(row.file)
