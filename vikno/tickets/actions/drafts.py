"""Drafts: what an agent has begun to write, with its files. Breath: no event tells of them, and only their author reads
them.

There is one for each agent, ticket and dialog. A note's has no dialog, nor has an answer's where none can carry it yet:
these two are one draft, which says what it is at the moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Q, QuerySet, Sum
from django.utils.html import escape
from django.utils.translation import gettext as _

from vikno.core import clock, files
from vikno.core.models import AttachedFile, StoredFile
from vikno.dialogs.actions import NewFile
from vikno.dialogs.models import Dialog
from vikno.staff.access import viewer_for_agent
from vikno.staff.models import Agent
from vikno.tickets import access
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import Draft, DraftFile, EmptiedDraft, Link, Ticket

log = structlog.get_logger(__name__)

MOST_BYTES = 25 * 1024 * 1024  # of all files of one answer; what mail servers commonly take
MOST_FILES = 50
MOST_LETTERS = 500_000  # of the words of a draft


@dataclass(frozen=True, slots=True)
class Begun:
    """What a composer holds. `recipients` are lines as typed, by role; {} for the dialog's own. `tickets`: ids of the
    requests that are answered together with the one it is written on; `quote`: what shall stand below, "" for what is
    usual; `note`: it is a note; `answers`: the id of the message that it answers, None for the last one. `page` and
    `turn`: which saving of which page this is, counted from 1. `language`: that one writes in, "" if none was
    chosen."""

    body: str
    html: bool = False
    recipients: dict[str, str] = field(default_factory=dict)
    tickets: Sequence[int] = ()
    quote: str = ""
    page: str = ""
    turn: int = 0
    note: bool = False
    answers: int | None = None
    language: str = ""

    def told(self) -> dict[str, Any]:
        """What a draft's row keeps besides the words."""
        kind = {"format": "html" if self.html else "text", "kind": "note" if self.note else "reply"}
        turn = {"page": self.page, "turn": self.turn} if self.page else {}
        turn |= {"answers": self.answers} if self.answers is not None else {}
        turn |= {"language": self.language} if self.language else {}
        return kind | turn | {"recipients": self.recipients, "tickets": list(self.tickets), "quote": self.quote}

    def is_late(self, draft: Draft) -> bool:
        """Whether a later saving of the same page lies in this draft already: the last one, which a page sends when it
        is left, may overtake the one before."""
        return self.is_of_same_page(draft) and draft.recipients.get("turn", 0) > self.turn

    def is_of_same_page(self, draft: Draft) -> bool:
        """Whether this draft was kept by the page that this saving comes from."""
        return bool(self.page) and draft.recipients.get("page") == self.page


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the words of a page lie. `late`: a later saving of the same page was there already, so nothing was kept."""

    dialog: Dialog | None
    late: bool = False


def keep(agent: Agent, ticket: Ticket, dialog: Dialog | None, begun: Begun, kept: Collection[int] = ()) -> Kept:
    """Keep what an agent has written so far; nothing written is forgotten. `kept` are ids of the draft files that the
    composer shows: they follow the words from an answer to a note and back. Without words and files there is no draft.

    Where a later saving of the same page lies already, as an answer or a note, or has emptied the draft, nothing is
    kept. What the page kept before of the other kind goes where its words are now.
    """
    with transaction.atomic():
        _one_at_a_time(agent.id, ticket)
        own = list(Draft.objects.select_for_update().filter(agent=agent, ticket=ticket).order_by("id"))
        later = next((one for one in own if begun.is_late(one)), None)
        if later is not None:
            return Kept(later.dialog, late=True)
        if begun.page and _emptied(agent, ticket, begun).filter(turn__gt=begun.turn).exists():
            return Kept(dialog, late=True)
        draft = next((one for one in own if one.dialog_id == (dialog.id if dialog else None)), None)
        if draft is None and (begun.body.strip() or kept):
            draft, _made = Draft.objects.get_or_create(agent=agent, ticket=ticket, dialog=dialog)
        if draft is None:
            _remember_emptied(agent, ticket, begun)
            return Kept(dialog)
        before = [
            one.id
            for one in own
            if one.id != draft.id and begun.is_of_same_page(one) and None in (one.dialog_id, draft.dialog_id)
        ]  # what was written for another dialog is another answer
        _of(agent, ticket).filter(draft__in=before).update(draft=draft)
        Draft.objects.filter(id__in=before).delete()
        _of(agent, ticket).filter(id__in=kept).exclude(draft=draft).update(draft=draft)
        draft.html, draft.recipients = begun.body[:MOST_LETTERS], begun.told()
        draft.saved_at = clock.now()
        draft.save()
        if _away_if_empty(draft):
            _remember_emptied(agent, ticket, begun)
        return Kept(dialog)


def turn_earlier_away(agent: Agent, ticket: Ticket, page: str, turn: int) -> None:
    """What a page wrote up to this saving is about to be sent or thrown away: an earlier one of it that is still on its
    way brings nothing back."""
    with transaction.atomic():
        _one_at_a_time(agent.id, ticket)
        _remember_emptied(agent, ticket, Begun("", page=page, turn=turn))


def follow(absorbed: Ticket, survivor: Ticket) -> None:
    """The answers that were begun on a ticket that is merged go on where their authors are led, if they may read that.
    A note stays: it is about the requester of its ticket, and is forgotten with them."""
    begun = Draft.objects.select_related("agent__person").filter(ticket=absorbed, dialog__isnull=False)
    for draft in begun.order_by("id"):
        viewer = viewer_for_agent(draft.agent)
        there = Draft.objects.filter(agent=draft.agent, ticket=survivor, dialog=draft.dialog)
        if access.seen_of(viewer, [survivor.id]) and not there.exists():
            Draft.objects.filter(id=draft.id).update(ticket=survivor)


def return_to(absorbed: Ticket, survivor: Ticket) -> None:
    """What was begun in a dialog of the absorbed ticket alone is there again once it is one of its own."""
    links = Link.objects.filter(ended_act=None)
    own = links.filter(ticket=absorbed).values("message__dialog")
    others = links.filter(ticket__in=access.family(survivor.id)).exclude(ticket=absorbed).values("message__dialog")
    for draft in Draft.objects.filter(ticket=survivor, dialog__in=own).exclude(dialog__in=others).order_by("id"):
        if not Draft.objects.filter(agent=draft.agent_id, ticket=absorbed, dialog=draft.dialog_id).exists():
            Draft.objects.filter(id=draft.id).update(ticket=absorbed)


def _emptied(agent: Agent, ticket: Ticket, begun: Begun) -> QuerySet[EmptiedDraft]:
    return EmptiedDraft.objects.filter(agent=agent, ticket=ticket, page=begun.page)


def _remember_emptied(agent: Agent, ticket: Ticket, begun: Begun) -> None:
    if not begun.page or _emptied(agent, ticket, begun).update(turn=begun.turn, at=clock.now()):
        return
    EmptiedDraft.objects.create(agent=agent, ticket=ticket, page=begun.page, turn=begun.turn)


def _one_at_a_time(agent_id: int, ticket: Ticket) -> None:
    """An agent's savings on one ticket take turns, also the first ones, of which there is no row yet to lock. On SQLite
    writers do so by themselves."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            key = f"draft:{agent_id}:{ticket.id}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def keep_files(
    agent: Agent, ticket: Ticket, dialog: Dialog | None, new: Sequence[NewFile], *, note: bool = False
) -> None:
    """Keep files with a draft, which begins with them if there is none, as a `note` if it is one. Raises Invalid when
    they are too many or too large together, and when the disk takes no more."""
    if not new:
        return
    with transaction.atomic():
        _one_at_a_time(agent.id, ticket)  # or two at once would pass the bounds
        draft, _made = Draft.objects.get_or_create(
            agent=agent, ticket=ticket, dialog=dialog, defaults={"recipients": Begun("", note=note).told()}
        )
        there = draft.files.aggregate(bytes=Sum("size"))["bytes"] or 0
        must_fit(draft.files.count() + len(new), there + sum(len(one.content or b"") for one in new))
        _store(draft, new)


def must_fit(number: int, size: int) -> None:
    """Raises Invalid for more files, or more bytes, than one answer may carry."""
    if number > MOST_FILES:
        raise Invalid(_("These are more than %(number)s files. Leave some out.") % {"number": MOST_FILES})
    if size > MOST_BYTES:
        raise Invalid(_("The files are larger than 25 MB together. Leave some out or send a link to them."))


def _store(draft: Draft, new: Iterable[NewFile]) -> None:
    place = draft.files.count()
    for at, one in enumerate(new, place):
        try:
            stored = files.put(one.content or b"")
        except OSError as error:
            raise Invalid(_("The file could not be stored: %(reason)s. It was not kept.") % {"reason": error}) from None
        DraftFile.objects.create(
            draft=draft, file=stored, name=one.name[:255], type=one.type[:127], size=stored.size, position=at
        )


def _of(agent: Agent, ticket: Ticket) -> QuerySet[DraftFile]:
    return DraftFile.objects.filter(draft__agent=agent, draft__ticket=ticket)


def remove_file(agent: Agent, ticket: Ticket, file_id: int) -> None:
    """Take one file out of a draft of the agent's own. One that is gone already is gone."""
    with transaction.atomic():
        _one_at_a_time(agent.id, ticket)  # or it would judge by words from before a saving on its way
        row = _of(agent, ticket).select_related("draft", "file").filter(id=file_id).first()
        if row is not None:
            row.delete()
            _forget([row])
            told = row.draft.recipients
            if _away_if_empty(row.draft):
                _remember_emptied(agent, ticket, Begun("", page=told.get("page", ""), turn=told.get("turn", 0)))


def take_files(agent: Agent, ticket: Ticket, kept: Collection[int]) -> list[NewFile]:
    """Take files out of the agent's drafts, to be hung on what is sent; call it in the transaction of sending. Raises
    Invalid if one of them is there no more."""
    rows = list(_of(agent, ticket).select_related("file").filter(id__in=kept).order_by("position", "id"))
    if len(rows) != len(set(kept)):
        raise Invalid(_("A file of this draft was removed elsewhere. Look at the files, then send again."))
    DraftFile.objects.filter(id__in=[row.id for row in rows]).delete()
    return [NewFile(row.name, row.type, stored=row.file) for row in rows if row.file is not None]


def begun_as(agent: Agent | None, ticket: Ticket, dialog: Dialog | None, *, note: bool) -> QuerySet[Draft]:
    """The drafts that lie under this kind: a note's; or an answer's in its dialog, and one begun before there was
    any."""
    without = Q(dialog=None, recipients__kind="note" if note else "reply")
    there = Q() if note or dialog is None else Q(dialog=dialog)
    return Draft.objects.filter(without | there, agent=agent, ticket=ticket)


def discard(drafts: QuerySet[Draft]) -> int:
    """Throw drafts away with their files; answers how many there were."""
    with transaction.atomic():
        ids = list(drafts.values_list("id", flat=True))
        rows = list(DraftFile.objects.select_related("file").filter(draft__in=ids))
        Draft.objects.filter(id__in=ids).delete()
        _forget(rows)
        return len(ids)


def _forget(rows: Iterable[AttachedFile]) -> None:
    for row in rows:
        if row.file is not None:
            files.remove(row.file)


def _away_if_empty(draft: Draft) -> bool:
    if draft.html.strip() or draft.files.exists():
        return False
    draft.delete()
    return True


def bring_back(agent_id: int, ticket: Ticket, dialog: Dialog, begun: Begun, attached: Iterable[AttachedFile]) -> Draft:
    """Make a draft of an answer that was taken back. What the agent has begun since stays behind it. Its files
    come along, and stay with the answer too; one that cannot keeps nothing else from coming back. Call it in the
    transaction of taking back."""
    _one_at_a_time(agent_id, ticket)
    draft, made = Draft.objects.select_for_update().get_or_create(
        agent_id=agent_id, ticket=ticket, dialog=dialog,
        defaults={"html": begun.body, "recipients": begun.told()},
    )  # fmt: skip
    if not made:
        later = Begun(draft.html, draft.recipients.get("format") == "html")
        both = Begun(
            _joined(begun, later), begun.html or later.html, begun.recipients, begun.tickets, language=begun.language
        )
        draft.html, draft.recipients = both.body, both.told()
        draft.saved_at = clock.now()
        draft.save()
    for at, row in enumerate(attached, draft.files.count()):
        stored = _again(row.file) if row.file else None
        if stored is not None:
            DraftFile.objects.create(
                draft=draft, file=stored, name=row.name, type=row.type, size=stored.size, position=at
            )
    return draft


def _joined(first: Begun, then: Begun) -> str:
    said = [one for one in (first, then) if one.body.strip()]
    if not any(one.html for one in said):
        return "\n\n".join(one.body for one in said)
    return "".join(one.body if one.html else _paragraphs(one.body) for one in said)


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in text.splitlines())


def _again(file: StoredFile) -> StoredFile | None:
    try:
        return files.repeat(file)
    except files.MissingFile:  # the answer itself says that it is missing
        return None
    except OSError:
        log.warning("a file could not be brought back with its words", file=file.id, exc_info=True)
        return None
