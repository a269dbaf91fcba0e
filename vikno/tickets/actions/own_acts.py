"""Undoing as an agent does it: one's own acts, as far as one still sees what they were about."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.journal.acts import Act, Kind
from vikno.journal.models import Event, EventTicket
from vikno.journal.vocabulary import Verb
from vikno.staff.access import Viewer
from vikno.staff.rights import Right, require
from vikno.tickets import access
from vikno.tickets.actions.undoing import NotUndoable, lock_all, undo

# What who may only look and note can do, they may also take back.
_FOLLOWING = frozenset({Verb.TICKET_FOLLOWED, Verb.TICKET_UNFOLLOWED})


def undo_own(viewer: Viewer, act_id: int, *, by: Act) -> list[int]:
    """Undo an act of the viewer; answers the ids of the tickets concerned.

    Raises what `undo` raises, NotAllowed for who may not do the reverse, and NotUndoable if one of the tickets is out
    of the viewer's sight by now: what was handed to a closed team is not taken out of it from outside.
    """
    mine = Event.objects.filter(act=act_id, actor_kind=Kind.AGENT, actor_id=viewer.agent_id)
    verbs = set(mine.values_list("verb", flat=True))
    if verbs and verbs <= _FOLLOWING:
        access.must_note(viewer)
    else:
        access.must_write(viewer)
    if Verb.CATEGORY_CHANGED in verbs:
        require(viewer, Right.SETTINGS)
    with transaction.atomic():
        about = set(EventTicket.objects.filter(event_id__in=mine.values("id")).values_list("ticket_id", flat=True))
        lock_all(mine, about)  # or it could move out of sight meanwhile
        if about - access.contributing(viewer, about):
            raise NotUndoable(_("You may no longer see what this was about, so you cannot undo it. Ask its team."))
        return undo(act_id, by=by, only_of=viewer.agent_id)
