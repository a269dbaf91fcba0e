"""Verbs on teams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.core.text import one_line, sort_key
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.actions.persons import Refused
from vikno.staff.models import Team


@transaction.atomic
def create_team(name: str, *, openness: str = Team.Openness.OPEN, zone: str = "", by: Act) -> Team:
    """A new team; the first one there is becomes the default. Raises Refused if the name is empty or taken."""
    name = _named(name)
    first = not Team.objects.filter(default=True).exists()
    try:
        with transaction.atomic():
            team = Team.objects.create(
                name=name, sort_key=sort_key(name), openness=Team.Openness(openness), zone=zone, default=first
            )
    except IntegrityError:
        raise Refused(_("There is a team of this name already.")) from None
    _changed(team.id, by, created=[False, True], openness=[None, str(team.openness)])
    return team


@transaction.atomic
def rename_team(team: Team, name: str, *, by: Act) -> None:
    """Another name. Raises Refused if it is empty or taken."""
    name = _named(name)
    try:
        with transaction.atomic():
            Team.objects.filter(id=team.id).update(name=name, sort_key=sort_key(name))
    except IntegrityError:
        raise Refused(_("There is a team of this name already.")) from None
    team.name, team.sort_key = name, sort_key(name)
    _changed(team.id, by, named=[True, True])


@transaction.atomic
def set_openness(team: Team, openness: str, *, by: Act) -> None:
    """Who reads the team's tickets: everybody, members and those concerned, or members alone. Holds at once, for old
    tickets too."""
    row = _locked(team)
    wanted = Team.Openness(openness)
    if row.openness == wanted:
        return
    before = row.openness
    row.openness = team.openness = wanted
    row.save(update_fields=["openness"])
    _changed(row.id, by, openness=[str(before), str(wanted)])


@transaction.atomic
def set_habits(team: Team, *, zone: str, reopen_days: int | None, signature: Mapping[str, str], by: Act) -> None:
    """How the team works: its zone ("" for the company's), for how many days an answer reopens a closed ticket (None:
    always), and its signature ({language: text}). Of the signature the event says only that it changed."""
    row = _locked(team)
    texts = {code: text for code, text in signature.items() if text.strip()}
    delta: dict[str, Any] = {}
    if row.reopen_days != reopen_days:
        delta["reopen_days"] = [row.reopen_days, reopen_days]
    if row.zone != zone:
        delta["zone"] = [row.zone, zone]
    if row.signature != texts:
        delta["signature"] = [True, True]
    if not delta:
        return
    row.zone, row.reopen_days, row.signature = zone, reopen_days, texts
    row.save(update_fields=["zone", "reopen_days", "signature"])
    team.zone, team.reopen_days, team.signature = zone, reopen_days, texts
    _changed(row.id, by, **delta)


@transaction.atomic
def make_default(team: Team, *, by: Act) -> None:
    """Let this team get what no rule and no address places. Raises Refused for an archived one."""
    rows = list(Team.objects.select_for_update().order_by("id"))
    row = next(one for one in rows if one.id == team.id)
    if row.archived_at:
        raise Refused(_("An archived team gets no tickets. Restore it first."))
    before = next((one.id for one in rows if one.default), None)
    if before == row.id:
        return
    Team.objects.filter(default=True).update(default=False)
    Team.objects.filter(id=row.id).update(default=True)
    team.default = True
    _changed(row.id, by, default=[before, row.id])


@transaction.atomic
def archive_team(team: Team, *, by: Act) -> None:
    """The team is no longer offered; its tickets stay and are read as before. Raises Refused for the default team."""
    row = _locked(team)
    if row.default:
        raise Refused(_("This team gets what nobody else gets. Make another one the default first."))
    if row.archived_at is None:
        row.archived_at = team.archived_at = clock.now()
        row.save(update_fields=["archived_at"])
        _changed(row.id, by, archived=[False, True])


@transaction.atomic
def restore_team(team: Team, *, by: Act) -> None:
    """Undo archiving."""
    row = _locked(team)
    if row.archived_at is not None:
        row.archived_at = team.archived_at = None
        row.save(update_fields=["archived_at"])
        _changed(row.id, by, archived=[True, False])


def _locked(team: Team) -> Team:
    return Team.objects.select_for_update().get(id=team.id)


def _named(name: str) -> str:
    name = one_line(name, 100)
    if not name:
        raise Refused(_("A team needs a name."))
    return name


def _changed(team: int, by: Act, **delta: Any) -> None:
    record(by, Verb.TEAM_CHANGED, delta={"team": [team, team], **delta})
