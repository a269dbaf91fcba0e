"""Merging tickets. It moves and re-links nothing: it sets one pointer, and undoing sets it to null.

What comes later is still linked to the ticket it addressed and is seen in the survivor through the set.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.journal.acts import Act
from vikno.journal.record import recorded
from vikno.journal.vocabulary import Verb
from vikno.staff.models import Team
from vikno.tickets import access
from vikno.tickets.actions import account, drafts
from vikno.tickets.actions.changing import Invalid, apply, lock_with_survivors
from vikno.tickets.actions.linking import resum, summary_of, versions
from vikno.tickets.models import Merge, Ticket


def merge(absorbed: Ticket, survivor: Ticket, *, by: Act) -> int:
    """Let `survivor` absorb a ticket. Raises Invalid if they are one already or would swallow each other."""
    with transaction.atomic():
        ids = {absorbed.id, survivor.id}
        locked = lock_with_survivors(ids)
        one, into = locked[absorbed.id], locked[survivor.id]
        if one.merged_into_id is not None:
            raise Invalid(_("Ticket %(number)s was merged before. Undo that first.") % {"number": one.number})
        if into.merged_into_id is not None or into.deleted_at is not None:
            raise Invalid(_("Ticket %(number)s is itself merged or deleted.") % {"number": into.number})
        if len(ids) == 1 or into.id in access.family(one.id):
            raise Invalid(_("A ticket cannot be merged into itself."))
        deltas = {str(one.id): apply(one, {"merged_into": into}, touch=False)}
        # What is awake does not go to sleep with what absorbs it.
        awake = {"snoozed_until": None} if one.snoozed_until is None and one.closed_at is None else {}
        deltas[str(into.id)] = apply(into, summary_of(into) | awake)  # lists read the survivor as the set
        Merge.objects.create(absorbed=one, survivor=into, act=by.id)
        drafts.follow(one, into)
        return recorded(
            by, Verb.TICKET_MERGED, tickets=[(one.id, one.version), (into.id, into.version)],
            delta={"tickets": deltas},
        )  # fmt: skip


def merge_all(absorbed: Iterable[Ticket], survivor: Ticket, *, by: Act) -> None:
    """Let `survivor` absorb several tickets as one act: all of them, or none if one cannot be. Raises Invalid."""
    several = list(absorbed)
    if not several:
        raise Invalid(_("Choose at least one request to merge with."))
    with transaction.atomic():
        lock_with_survivors({survivor.id, *(one.id for one in several)})  # at once, or two merges wait for each other
        for one in several:
            merge(one, survivor, by=by)


def widens(absorbed: Ticket, survivor: Ticket) -> bool:
    """Whether a merge lets more people read a ticket than before: one of a team that reads its own tickets alone is
    read by all who may read the survivor. What is restricted or of a closed team stays with those who read it now."""
    if absorbed.restricted or absorbed.team_id == survivor.team_id:
        return False
    return absorbed.team.openness == Team.Openness.OWN


def stays_apart(absorbed: Ticket, survivor: Ticket) -> bool:
    """Whether some who read the survivor will not see what it absorbed: only its own rule lets that be read."""
    closed = absorbed.team.openness == Team.Openness.CLOSED and absorbed.team_id != survivor.team_id
    return absorbed.restricted or closed


def unmerge(absorbed: Ticket, *, by: Act) -> int:
    """Undo a merge, however long ago: everything is where it was, and what came meanwhile is where it addressed.
    Raises Invalid if the ticket is not merged, NotProved if only what it was merged with makes it a locked matter of an
    account.
    """
    with transaction.atomic():
        locked = lock_with_survivors([absorbed.id])
        one = locked[absorbed.id]
        if one.merged_into_id is None:
            raise Invalid(_("This ticket is not merged."))
        survivor = locked[one.merged_into_id]
        if account.own_matter(one) is None:  # else it goes on being one
            account.must_release(one, by=by)
        pointer = apply(one, {"merged_into": None}, touch=False)
        deltas = resum(locked, one) | resum(locked, survivor)
        deltas[str(one.id)] |= pointer
        Merge.objects.filter(absorbed=one, survivor=survivor, ended_act=None).update(ended_act=by.id)
        drafts.return_to(one, survivor)
        return recorded(
            by, Verb.TICKET_UNMERGED, tickets=versions(locked, deltas), delta={"tickets": deltas},
        )  # fmt: skip
