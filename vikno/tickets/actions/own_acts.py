"""Undoing as an agent does it: one's own acts, as far as one still sees what they were about."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from vikno.journal.acts import Act, Kind
from vikno.journal.models import EventTicket
from vikno.journal.vocabulary import Verb
from vikno.people.actions.undoing import INVERSES as of_people
from vikno.staff.access import Viewer
from vikno.staff.rights import Right, require
from vikno.tickets import access, people_access, saved_views
from vikno.tickets.actions.undoing import NotUndoable, begun_in, lock_all, undo
from vikno.tickets.actions.words_back import VERBS
from vikno.tickets.models import SavedView

# What who may only look and note can do, they may also take back.
_OF_LOOKERS = frozenset({Verb.TICKET_FOLLOWED, Verb.TICKET_UNFOLLOWED, Verb.VIEW_CHANGED})
_OF_SETTINGS = VERBS | {Verb.CATEGORY_CHANGED, Verb.SETTING_CHANGED}
_OF_PEOPLE = frozenset(of_people) | {Verb.IDENTITY_ADDED}


def undo_own(viewer: Viewer, act_id: int, *, by: Act) -> list[int]:
    """Undo an act of the viewer; answers the ids of the tickets concerned.

    Raises what `undo` raises, NotAllowed for who may not do the reverse, and NotUndoable if one of the tickets is out
    of the viewer's sight by now: what was handed to a closed team is not taken out of it from outside.
    """
    mine = begun_in(act_id).filter(actor_kind=Kind.AGENT, actor_id=viewer.agent_id)
    verbs = set(mine.values_list("verb", flat=True))
    if verbs and verbs <= _OF_LOOKERS:
        access.must_note(viewer)
    else:
        access.must_write(viewer)
    if verbs & _OF_SETTINGS:
        require(viewer, Right.SETTINGS)
    if Verb.VIEW_CHANGED in verbs:
        ids = [delta["view"][1] for delta in mine.filter(verb=Verb.VIEW_CHANGED).values_list("delta", flat=True)]
        saved_views.must_change(viewer, SavedView.objects.filter(id__in=ids))
    if verbs & _OF_PEOPLE:
        require(viewer, Right.PEOPLE)
    with transaction.atomic():
        about = set(EventTicket.objects.filter(event_id__in=mine.values("id")).values_list("ticket_id", flat=True))
        lock_all(mine, about)  # or it could move out of sight meanwhile
        if about - access.contributing(viewer, about):
            raise NotUndoable(_("You may no longer see what this was about, so you cannot undo it. Ask its team."))
        persons = {pk for pk in mine.values_list("person_id", flat=True) if pk is not None}
        if persons and people_access.people_for(viewer).filter(id__in=persons).count() < len(persons):
            raise NotUndoable(_("You may no longer see what this was about, so you cannot undo it. Ask its team."))
        return undo(act_id, by=by, only_of=viewer.agent_id)
