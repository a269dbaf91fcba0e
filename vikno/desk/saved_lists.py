"""Saved views as lists of the desk."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace

from django.urls import reverse
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.core.selectors.fields import FIELDS, Context
from vikno.core.selectors.grammar import Broken, Group, named, read_all
from vikno.core.selectors.leading import led as led_by
from vikno.core.selectors.sql import compiled
from vikno.core.selectors.words import all_names, described
from vikno.core.text import whole_number
from vikno.desk.lists import ALIVE, BY_ID, EVERY, Place
from vikno.staff.access import Viewer
from vikno.tickets import merged_words, own_fields, people_access, saved_views
from vikno.tickets.directory import directory
from vikno.tickets.models import SavedView
from vikno.tickets.queries import tags_seen

ICON = "list-filter"
NOTHING = "1=0"


def key_of(view_id: int) -> str:
    return f"view:{view_id}"


def names_of(viewer: Viewer) -> list[tuple[str, str]]:
    """Key and name of each view that the agent has, for the navigation; by the rule and in the order of
    `saved_views.views_for`, but of the rows that each process keeps for some seconds."""
    private, of_teams, for_all = [], [], []
    for pk, name, audience, team, agent in directory().views:
        if audience == SavedView.Audience.ALL:
            for_all.append((key_of(pk), name))
        elif audience == SavedView.Audience.TEAM and team in viewer.teams:
            of_teams.append((key_of(pk), name))
        elif audience == SavedView.Audience.PRIVATE and agent == viewer.agent_id:
            private.append((key_of(pk), name))
    return private + of_teams + for_all


def places_of_views(viewer: Viewer) -> list[Place]:
    """The lists of all views that the agent has, without their words: as many statements however many they are."""
    views = list(saved_views.views_for(viewer))
    read = read_all([one.condition for one in views])
    ids = named([one for one in read if isinstance(one, Group)])
    same = {code: field.same(ids[code]) for code, field in FIELDS.items() if field.same and ids.get(code)}
    context = Context(clock.now(), viewer.agent_id, viewer.teams, same)
    return [_place_for(viewer, view, group, context) for view, group in zip(views, read, strict=True)]


def place_of_view(viewer: Viewer, key: str) -> Place | None:
    """The list of this key; None if this viewer has no such view."""
    number = whole_number(key.partition(":")[2])
    try:
        return place_for(viewer, saved_views.view_for(viewer, number), led=True) if number is not None else None
    except saved_views.NoSuchView:
        return None


def place_for(viewer: Viewer, view: SavedView, *, led: bool = False) -> Place:
    """The list of a view, with its words; one whose condition cannot be read shows nothing and says why. `led` as of
    `place_where`."""
    [group] = read_all([view.condition])
    place = _place_for(viewer, view, group, _context(viewer), led=led)
    about = sentence(viewer, group, closed_too=view.closed_too) if isinstance(group, Group) and place.mark else ""
    return replace(place, about=about, edit_url=_edit_url(viewer, view))


def _place_for(viewer: Viewer, view: SavedView, group: Group | Broken, context: Context, *, led: bool = False) -> Place:
    try:
        if isinstance(group, Broken):
            raise group
        found = _place_where(group, context, closed_too=view.closed_too, led=led)
    except Broken as broken:
        return Place(key_of(view.id), view.name, ICON, NOTHING, apart=True, problems=tuple(map(str, broken.problems)))
    return replace(found, key=key_of(view.id), title=view.name, mark=json.dumps([view.condition, view.closed_too]))


def _edit_url(viewer: Viewer, view: SavedView) -> str:
    return reverse("desk:view", args=[view.id]) if saved_views.may_change(viewer, view) else ""


def _context(viewer: Viewer) -> Context:
    return Context(clock.now(), viewer.agent_id, viewer.teams)


def place_where(viewer: Viewer, group: Group, *, closed_too: bool, led: bool = False) -> Place:
    """The list of what a condition holds for. `led`: its rows are wanted, so it is seen whether an index leads to them.
    Raises Broken."""
    place = _place_where(group, _context(viewer), closed_too=closed_too, led=led)
    return replace(place, about=sentence(viewer, group, closed_too=closed_too))


def _place_where(group: Group, context: Context, *, closed_too: bool, led: bool) -> Place:
    condition, params = compiled(group, context)
    index = "tickets_all" if closed_too else "tickets_alive_all"
    # What is not closed are never so many that walking them takes long.
    if closed_too and led and (lead := led_by(group, context)):
        condition, params, index = f"{lead[0]} AND {condition}", [*lead[1], *params], BY_ID
    return Place(
        "", "", ICON, f"{EVERY if closed_too else ALIVE} AND {condition}", tuple(params), closed_too, index, index,
        apart=True,
    )  # fmt: skip


def sentence(viewer: Viewer, group: Group, *, closed_too: bool) -> str:
    """What a view shows, in a sentence that tells the viewer nothing they may not know."""
    words = {
        "condition": described(
            group,
            lambda field, ids: names_for(viewer, field, ids),
            lambda field: own_fields.known_to(viewer, field),
        )
    }
    if closed_too:
        return _("%(condition)s; closed ones too.") % words
    return _("%(condition)s; of what is not closed.") % words


def names_for(viewer: Viewer, field: str, ids: Collection[int]) -> Mapping[int, str]:
    """Names of rows, as far as the viewer may know them: no tag, person or team of requests that they do not see."""
    known = all_names(field, ids)
    if field == "tag":
        now = merged_words.followed("tag", known)
        seen = set(tags_seen(viewer).filter(id__in=now.values()).values_list("id", flat=True))
        may = {pk for pk, meant in now.items() if meant in seen}
    elif field == "requester":
        may = people_access.seen_of(viewer, known)
    elif field == "team" and not viewer.sees_all_teams:
        return {pk: name for pk, name in known.items() if pk in viewer.readable | viewer.guest}
    else:
        return known
    return {pk: name for pk, name in known.items() if pk in may}
