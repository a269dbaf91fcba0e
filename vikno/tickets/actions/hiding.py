"""A message that its author wants gone: its words and files are shown on no ticket, and kept."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.dialogs.models import Message, MessageText
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.tickets.actions.changing import Changes, Invalid, apply, lock_dialog, lock_with_survivors
from vikno.tickets.actions.creating import file_names, subject_from
from vikno.tickets.actions.linking import resum, versions
from vikno.tickets.models import Link, Ticket, Wording
from vikno.tickets.queries import links_ever
from vikno.tickets.subjects import BLANK_SUBJECT, NO_WORDS

BLANK = {"subject": BLANK_SUBJECT, "description": ""}  # what stands in place of words that were the message's


def hide(message: Message, *, by: Act) -> None:
    """Its author deleted it at the platform, or asked us to. The subject and description of tickets go too where they
    are words of the message, and nobody has worded them anew. It starts, stops and reopens nothing. Raises Invalid for
    what we said ourselves."""
    if message.author != Message.Author.CUSTOMER:
        raise Invalid(_("Only what a customer wrote can be hidden."))
    _set(message, True, Verb.MESSAGE_HIDDEN, by)


def show(message: Message, *, by: Act) -> None:
    """Undo of hiding."""
    _set(message, False, Verb.MESSAGE_SHOWN, by)


def _set(message: Message, hidden: bool, verb: Verb, by: Act) -> None:
    with transaction.atomic():
        dialog = lock_dialog(message.dialog_id)
        row = Message.objects.get(id=message.id)
        if (row.hidden_at is not None) == hidden:
            return
        links = links_ever(row)
        ever = {link.ticket_id for link in links}  # one that it was taken off may still be called as it begins
        homes = [link.ticket_id for link in links if link.ended_act is None]
        locked = lock_with_survivors(ever)
        row.hidden_at = message.hidden_at = clock.now() if hidden else None
        row.save(update_fields=["hidden_at"])
        deltas: dict[str, Changes] = {}
        for home in homes:  # lists show how the newest message begins
            deltas |= resum(locked, locked[home])
        said = _words_of(row)
        for ticket in sorted(ever):
            changes = _reword(locked[ticket], row, said, hidden)
            if changes:
                deltas[str(ticket)] = deltas.get(str(ticket), {}) | changes
        record(by, verb, tickets=versions(locked, deltas), dialog=dialog.id, message=row.id, delta={"tickets": deltas})


def _words_of(message: Message) -> dict[str, set[str]]:
    """What the fields of a ticket say if they were made of this message, in any of its versions. The subject of what
    an agent entered is the agent's."""
    texts = {text for text in MessageText.objects.filter(message=message).values_list("text", flat=True) if text}
    subjects = {subject_from("", text) for text in texts}
    if message.subject and message.entered_by_id is None:
        subjects.add(subject_from(message.subject, ""))
    subjects = (subjects | {subject_from("", "", file_names(message))}) - {BLANK_SUBJECT, NO_WORDS}
    return {"subject": subjects, "description": (texts | {text.strip() for text in texts}) - {""}}


def _reword(ticket: Ticket, message: Message, said: dict[str, set[str]], hidden: bool) -> Changes:
    """Blank what a locked ticket says in words of the message, or give back what was blanked so and is still; the words
    are kept as wordings. Answers the changes, in ids of these."""
    fields: dict[str, str] = {}
    changes: Changes = {}
    for field, blank in BLANK.items():
        now = getattr(ticket, field)
        newest = list(Wording.objects.filter(ticket=ticket, field=field).order_by("-id")[:2])
        if hidden:
            if now not in said[field] or (field == "subject" and _another_says(now, ticket, message)):
                continue
            fields[field] = blank
            if not newest or newest[0].text != now:  # a description has no wording until it is changed
                newest.insert(0, Wording.objects.create(ticket=ticket, field=field, text=now))
        else:
            if now != blank or len(newest) < 2 or newest[0].text != blank or newest[1].text not in said[field]:
                continue
            fields[field] = newest[1].text
        after = Wording.objects.create(ticket=ticket, field=field, text=fields[field])
        changes[field] = [newest[0].id, after.id]
    if fields:
        apply(ticket, fields, touch=False)
    return changes


def _another_says(subject: str, ticket: Ticket, message: Message) -> bool:
    """Whether another letter of this ticket that is shown has the same subject, "Re:" and "Fwd:" aside."""
    linked = Link.objects.filter(ticket=ticket, ended_act=None).exclude(message=message).values("message")
    others = Message.objects.filter(
        id__in=linked, subject__endswith=subject, author=Message.Author.CUSTOMER, hidden_at=None, unsent_at=None
    )
    return any(subject_from(one, "") == subject for one in others.values_list("subject", flat=True).distinct())
