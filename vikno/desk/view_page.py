"""What the pages of saved views show: the list of them, the form of one, and what it would find."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vikno.core.clock import aware
from vikno.core.patience import TookTooLong
from vikno.core.selectors.fields import Kind
from vikno.core.selectors.grammar import Broken
from vikno.core.times import short_times
from vikno.desk import lists, saved_lists
from vikno.desk.condition_form import TYPED, Form, Incomplete, Row, group_of, offered, ways
from vikno.desk.face import Desk
from vikno.staff.access import Viewer
from vikno.tickets import own_fields, saved_views
from vikno.tickets.conditions import channel_words
from vikno.tickets.directory import directory
from vikno.tickets.models import SavedView
from vikno.tickets.subjects import subject_words

SHOWN = 8  # rows of the preview
SECONDS = 0.3  # that its count may take, and again with a lower bound
COUNTED = (1000, 200)
_INPUTS = {Kind.INSTANT: "span", Kind.TEXT: "text", Kind.NUMBER: "range", Kind.DAY: "range"}


def rows_of_page(viewer: Viewer) -> list[dict[str, Any]]:
    """All views that the viewer has or manages, each with what can be done to it."""
    found = list(saved_views.manageable(viewer).select_related("team"))
    drawn = []
    for n, one in enumerate(found):
        of = saved_lists.place_for(viewer, one)
        mine = saved_views.may_change(viewer, one)
        beside = [n - 1, n + 1]
        up, down = (0 <= at < len(found) and _together(found[at], one) for at in beside)
        drawn.append({
            "id": one.id, "name": one.name, "url": reverse("desk:list", args=[of.key]), "about": of.about,
            "problems": of.problems, "audience": audience_words(one), "may_change": mine,
            "edit_url": reverse("desk:view", args=[one.id]),
            "copy_url": f"{reverse('desk:view_new')}?copy={one.id}",
            "up_url": _act(one, "up") if mine and up else "", "down_url": _act(one, "down") if mine and down else "",
            "delete_url": _act(one, "delete") if mine else "",
        })  # fmt: skip
    return drawn


def _together(one: SavedView, other: SavedView) -> bool:
    return (one.audience, one.team_id) == (other.audience, other.team_id)


def _act(view: SavedView, verb: str) -> str:
    return reverse("desk:view_act", args=[view.id, verb])


def audience_words(view: SavedView) -> str:
    if view.audience == SavedView.Audience.PRIVATE:
        return _("Only you")
    if view.audience == SavedView.Audience.TEAM and view.team:
        return _("Team %(name)s") % {"name": view.team.name}
    return _("Everybody")


def audiences(viewer: Viewer) -> list[tuple[str, str]]:
    """Whom the viewer may make a view for."""
    teams = [(pk, name) for pk, name in directory().teams if saved_views.may_share(viewer, "team", pk)]
    found = [("private", _("Only you"))]
    found += [(f"team:{pk}", _("Team %(name)s") % {"name": name}) for pk, name in teams]
    return [*found, ("all", _("Everybody"))] if saved_views.may_share(viewer, "all", None) else found


def form_context(desk: Desk, form: Form) -> dict[str, Any]:
    """Everything of `desk/view.html` that the form says."""
    rows = [_drawn(desk.viewer, row) for row in form.rows]
    blocks = [("", None), *((one.key, one) for one in form.blocks)]
    return {
        "form": form,
        "blocks": [(key, block, [row for row in rows if row["block"] == key]) for key, block in blocks],
        "audiences": audiences(desk.viewer), "offered": offered(desk.viewer),
        "units": [("hours", _("hours")), ("days", _("days"))],
    }  # fmt: skip


def _drawn(viewer: Viewer, row: Row) -> dict[str, Any]:
    asked = row.asked
    if asked.kind == Kind.FLAG:
        kind = ""
    elif kind := _INPUTS.get(asked.kind, ""):
        pass
    else:
        kind = "typed" if row.field in TYPED else "choice"
    helps = {
        "tag": _("Tags, with a comma between them."),
        "requester": _("E-mail addresses or names, with a semicolon between them."),
        "organisation": _("Names of organisations, with a semicolon between them."),
    }
    return {
        "key": row.key, "field": row.field, "label": asked.label(), "op": row.op, "ways": ways(asked), "kind": kind,
        "choices": _choices(viewer, row) if kind == "choice" else (), "chosen": set(row.values), "typed": row.typed,
        "number": row.number, "unit": row.unit, "block": row.block, "kept": row.kept, "error": row.error,
        "help": helps.get(row.field, "") if kind == "typed" else "", "flag": asked.kind == Kind.FLAG,
        "low": row.low, "high": row.high, "input": "date" if asked.kind == Kind.DAY else "text",
        "list": {"tag": "tags", "organisation": "organisations"}.get(row.field, ""),
    }  # fmt: skip


def _choices(viewer: Viewer, row: Row) -> list[tuple[str, str]]:
    """What can be chosen, and what was chosen although it is offered no more."""
    words = directory()
    teams = [one for one in words.teams if viewer.sees_all_teams or one[0] in viewer.readable | viewer.guest]
    named: dict[str, list[tuple[int, str]]] = {
        "status": words.statuses, "priority": words.priorities, "type": words.types, "category": words.categories,
        "agent": words.agents, "team": teams, "channel": sorted(channel_words().items()),
    }  # fmt: skip
    asked = row.asked
    found = [(code, one.word()) for code, one in (asked.specials or {}).items()]
    found += list((asked.codes() if asked.codes else {}).items())
    found += [(str(pk), name) for pk, name in named.get(row.field) or own_fields.options_of(row.field)]
    gone = [int(value) for value in row.values if value.isdigit() and value not in dict(found)]
    more = saved_lists.names_for(viewer, row.field, gone[:50]) if gone else {}
    return [*found, *((str(pk), name) for pk, name in more.items())]


def preview(desk: Desk, form: Form) -> dict[str, Any]:
    """What the form would find: its sentence, how many, and the first rows; or why it finds nothing yet."""
    viewer = desk.viewer
    if form.left_out:
        return {"missing": " ".join(form.left_out)}
    try:
        group = group_of(viewer, form)
        of = saved_lists.place_where(viewer, group, closed_too=form.closed_too, led=True)
    except Incomplete:
        return {"missing": form.errors.get("conditions") or _("Some conditions are not complete yet.")}
    except Broken as broken:
        return {"missing": " ".join(broken.problems)}
    short = short_times(desk.zone, translation.get_language() or "en")
    try:
        rows = lists.page(viewer, of, lists.SORTS["newest"], limit=SHOWN).rows
    except TookTooLong:
        return {"about": of.about, "count": "", "late": too_long(), "rows": []}
    return {
        "about": of.about, "count": _counted(viewer, of), "late": "",
        "rows": [
            (row[1], reverse("desk:ticket", args=[row[1]]), row[2], row[3], row[4] or _("Unknown sender"),
             subject_words(row[5]), short(aware(row[8])))
            for row in rows
        ],
    }  # fmt: skip


def _counted(viewer: Viewer, of: lists.Place) -> str:
    for most in COUNTED:
        try:
            count = lists.counted(viewer, of, most, SECONDS)
        except TookTooLong:
            continue
        if count > most:
            return _("More than %(count)s tickets") % {"count": most}
        return ngettext("%(count)s ticket", "%(count)s tickets", count) % {"count": count}
    return _("So many, or so hidden among others, that they cannot be counted at once")


def too_long() -> str:
    """What is said instead of a list that the database was asked to give up."""
    return _(
        "This takes the database too long among so many tickets. Narrow it: leave closed tickets out, or add a "
        "condition."
    )
