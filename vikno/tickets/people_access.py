"""Whom an agent may look up: it follows from the tickets that the agent sees (vikno.tickets.access)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from vikno.core import rows
from vikno.dialogs.models import Addressee, Message, Participant
from vikno.people.models import Person
from vikno.people.queries import one_human
from vikno.staff.access import Face, Viewer
from vikno.tickets import access
from vikno.tickets.models import Link, Ticket


def people_for(viewer: Viewer) -> QuerySet[Person]:
    """The people that an agent may look up, of those who were not erased: who asked, wrote, was written to or in copy
    in a ticket that the agent sees, and who did so in none at all, so that whoever stands in hidden tickets alone is
    hidden too. An owner, who answers for what is kept of anybody, is shown all; a token narrowed to teams those of its
    tickets alone."""
    return _looked_up_by(viewer).all()


@lru_cache(maxsize=30)
def _looked_up_by(viewer: Viewer) -> QuerySet[Person]:
    """Put together once for each viewer, as what an agent sees: it is the longest condition there is, of 300 kB."""
    people = Person.objects.filter(erased_at=None)
    if _may_look_up_all(viewer):
        return people
    if viewer.face == Face.PORTAL:
        return people.filter(id__in=viewer.persons)
    seen = _tied_to(access.tickets_for(viewer))
    if viewer.only_teams:
        return people.filter(seen)
    return people.filter(seen | ~_tied_to(Ticket.objects.all()) | Q(id__in=viewer.persons))


@lru_cache(maxsize=300)
def where(viewer: Viewer) -> tuple[str, tuple[Any, ...]]:
    """`people_for` as SQL for search, over the table "people_person"; made once for each viewer."""
    return rows.condition_of(people_for(viewer))


@lru_cache(maxsize=2000)
def requesters_where(viewer: Viewer) -> tuple[str, tuple[Any, ...]]:
    """The same for those of them who can be told at once: who asked for a ticket that the agent sees, or all, or
    oneself."""
    if viewer.face == Face.PORTAL or _may_look_up_all(viewer):
        return where(viewer)
    asked = Exists(access.tickets_for(viewer).filter(requester=OuterRef("pk")))
    return rows.condition_of(Person.objects.filter(asked, erased_at=None))


def _may_look_up_all(viewer: Viewer) -> bool:
    return viewer.face == Face.SYSTEM or (viewer.is_owner and not viewer.only_teams)


def seen_of(viewer: Viewer, person_ids: Iterable[int]) -> set[int]:
    """Which of these persons the viewer may look up."""
    ids = list(person_ids)
    return set(people_for(viewer).filter(id__in=ids).values_list("id", flat=True)) if ids else set()


def human_for(viewer: Viewer, person_id: int) -> list[int]:
    """The ids of the persons who are one human with this one, which the viewer knows, as far as the viewer may look
    them up; its own first."""
    others = one_human(person_id) - {person_id}
    seen = people_for(viewer).filter(id__in=others).order_by("id").values_list("id", flat=True) if others else ()
    return [person_id, *seen]


def _tied_to(tickets: QuerySet[Ticket]) -> Q:
    """The condition on persons that they asked for one of these tickets, wrote in one, were written to, or take part in
    one or did: by a message of it, by a colleague's word for the whole dialog, or named in a letter of theirs. Each is
    looked up from the person, never from the tickets; whom a letter named from the dialogs that they took part in, for
    no index leads from an identity to what it was addressed by."""
    linked = Link.objects.filter(Exists(tickets.filter(pk=OuterRef("ticket_id"))), ended_act=None)
    asked = Exists(tickets.filter(requester=OuterRef("pk")))
    wrote = Exists(linked.filter(message__identity__person=OuterRef("pk")))
    was_written_to = Exists(linked.filter(message__deliveries__identity__person=OuterRef("pk")))
    was_brought = Exists(linked.filter(message__brought__identity__person=OuterRef("pk")))
    in_dialog = Message.objects.filter(Exists(linked.filter(message=OuterRef("pk"))), dialog=OuterRef("dialog"))
    named = Addressee.objects.filter(message=OuterRef("pk"), identity=OuterRef(OuterRef("identity")))
    part = Participant.objects.filter(identity__person=OuterRef("pk"))
    of_all = Exists(part.filter(Exists(in_dialog), via=None))
    was_named = Exists(part.filter(Exists(in_dialog.filter(Exists(named))), via__isnull=False))
    return Q(asked) | Q(wrote) | Q(was_written_to) | Q(was_brought) | Q(of_all) | Q(was_named)
