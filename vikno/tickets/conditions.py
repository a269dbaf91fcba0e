"""What conditions can ask of a ticket (vikno.core.selectors)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from django.db import models
from django.utils.translation import gettext as _

from vikno.core.models import LANGUAGES
from vikno.core.selectors.fields import Context, Field, Kind, Special
from vikno.dialogs.channels import KINDS
from vikno.dialogs.models import Channel
from vikno.people.models import Organisation, Person
from vikno.people.queries import humans
from vikno.staff.models import Agent, Team
from vikno.tickets import merged_words
from vikno.tickets.directory import directory
from vikno.tickets.models import Category, Priority, Stage, Status, Tag, TicketType

_ORGANISATION = "(SELECT asking.organisation_id FROM people_person asking WHERE asking.id = {ticket}.requester_id)"
_MEMBERS = "SELECT one.id FROM people_person one WHERE {holds}"
# Each half has an index of its own: of what is open in its order, and of what was closed.
_OF_AGENT = (
    "SELECT led.id FROM {ticket} led WHERE led.closed_at IS NULL AND led.merged_into_id IS NULL "
    "AND led.deleted_at IS NULL AND {holds} "
    "UNION ALL SELECT led.id FROM {ticket} led WHERE led.closed_at IS NOT NULL AND {holds}"
)


def stage_words() -> dict[str, str]:
    """What the four stages are called."""
    return {Stage.NEW: _("New"), Stage.OPEN: _("Open"), Stage.WAITING: _("Waiting"), Stage.CLOSED: _("Closed")}


def channel_words() -> dict[int, str]:
    """What channels are called: by their name, else by their kind."""
    return {
        pk: name or (KINDS[kind].title() if kind in KINDS else kind)
        for pk, (name, kind) in directory().channels.items()
    }


def fields() -> list[Field]:
    """All fields, in the order in which they are offered."""
    return [*_choices(), *_people(), *_instants(), *_flags()]


def _choices() -> list[Field]:
    tags = Field(
        "tag", lambda: _("Tag"), Kind.SEVERAL, "worn.tag_id", "{tags} worn WHERE worn.ticket_id = {ticket}.id",
        lead="SELECT led.ticket_id FROM {tags} led WHERE {holds}", lead_value="led.tag_id",
        known=lambda ids: _followed("tag", ids, _tags), same=lambda ids: merged_words.meant("tag", ids),
    )  # fmt: skip
    return [
        _row("status", lambda: _("Status"), Status),
        Field("stage", lambda: _("Stage"), Kind.ONE, "{ticket}.stage", codes=stage_words),
        _row("priority", lambda: _("Priority"), Priority),
        _row("type", lambda: _("Type"), TicketType, nullable=True),
        Field(
            "category", lambda: _("Category"), Kind.ONE, "{ticket}.category_id", nullable=True,
            known=_names("category", Category), same=_each_with_parts,
        ),
        tags,
        Field(
            "channel", lambda: _("Channel"), Kind.ONE, "{ticket}.channel_id",
            known=lambda ids: _there(ids, channel_words(), Channel),
        ),
        Field(
            "language", lambda: _("Language"), Kind.ONE, "{ticket}.language", codes=lambda: dict(LANGUAGES),
        ),
    ]  # fmt: skip


def _people() -> list[Field]:
    me = Special(lambda: _("me"), lambda context: None if context.me is None else [context.me])
    mine = Special(lambda: _("my teams"), _my_teams)
    return [
        Field(
            "agent", lambda: _("Responsible"), Kind.ONE, "{ticket}.agent_id", nullable=True,
            known=_names("agent", Agent), specials={"me": me}, lead=_OF_AGENT, lead_value="led.agent_id",
        ),
        Field(
            "team", lambda: _("Team"), Kind.ONE, "{ticket}.team_id", known=_names("team", Team),
            specials={"mine": mine},
        ),
        Field(
            "requester", lambda: _("Requester"), Kind.ONE, "{ticket}.requester_id", known=_persons, same=humans,
            lead="SELECT led.id FROM {ticket} led WHERE {holds}", lead_value="led.requester_id",
        ),
        Field(
            "organisation", lambda: _("Organisation"), Kind.ONE, _ORGANISATION, nullable=True,
            known=lambda ids: dict(Organisation.objects.filter(id__in=ids).values_list("id", "name")),
            lead=f"SELECT led.id FROM {{ticket}} led WHERE led.requester_id IN ({_MEMBERS})",
            lead_value="one.organisation_id",
        ),
    ]  # fmt: skip


def _my_teams(context: Context) -> Collection[int] | None:
    return None if context.me is None else context.teams


def _instants() -> list[Field]:
    def instant(code: str, label: Callable[[], str], column: str, *, future: bool = False) -> Field:
        nullable = column not in ("created_at", "updated_at")
        return Field(code, label, Kind.INSTANT, f"{{ticket}}.{column}", nullable=nullable, future=future)

    return [
        instant("created", lambda: _("Opened"), "created_at"),
        instant("asked", lambda: _("Asked"), "asked_at"),
        instant("changed", lambda: _("Last activity"), "updated_at"),
        instant("last_in", lambda: _("Last message of the customer"), "last_in_at"),
        instant("answered", lambda: _("Last answer"), "answered_at"),
        instant("waiting_since", lambda: _("Waiting for us since"), "waiting_since"),
        instant("due", lambda: _("Due"), "due_at", future=True),
        instant("closed", lambda: _("Closed"), "closed_at"),
    ]


def _flags() -> list[Field]:
    def flag(code: str, yes: Callable[[], str], no: Callable[[], str], sql: str) -> Field:
        return Field(code, yes, Kind.FLAG, sql, no=no)

    return [
        flag(
            "overdue", lambda: _("overdue"), lambda: _("not overdue"),
            "{ticket}.due_at IS NOT NULL AND {ticket}.closed_at IS NULL AND {ticket}.due_at < {now}",
        ),
        flag(
            "waits_for_us", lambda: _("the customer waits for an answer"), lambda: _("nobody waits for an answer"),
            "{ticket}.waiting_since IS NOT NULL AND {ticket}.closed_at IS NULL",
        ),
        flag(
            "waits_for_customer", lambda: _("we wait for others"), lambda: _("we do not wait for others"),
            "{ticket}.stage = 'waiting'",
        ),
        flag(
            "unanswered", lambda: _("never answered"), lambda: _("answered at least once"),
            "{ticket}.first_reply_at IS NULL",
        ),
        flag(
            "unopened", lambda: _("opened by nobody yet"), lambda: _("opened by somebody"),
            "{ticket}.opened_at IS NULL",
        ),
        flag("snoozed", lambda: _("put aside"), lambda: _("not put aside"), "{ticket}.snoozed_until IS NOT NULL"),
        flag("restricted", lambda: _("restricted"), lambda: _("not restricted"), "{ticket}.restricted"),
    ]  # fmt: skip


def _row(code: str, label: Callable[[], str], model: type[models.Model], *, nullable: bool = False) -> Field:
    return Field(
        code, label, Kind.ONE, f"{{ticket}}.{code}_id", nullable=nullable,
        known=lambda ids: _followed(code, ids, _names(code, model)), same=lambda ids: merged_words.meant(code, ids),
    )  # fmt: skip


Names = Callable[[Collection[int]], Mapping[int, str]]


def _followed(code: str, ids: Collection[int], names: Names) -> Mapping[int, str]:
    """The names of what these words mean now."""
    meant = merged_words.followed(code, ids)
    known = names(set(meant.values()))
    return {pk: known[now] for pk, now in meant.items() if now in known}


def _tags(ids: Collection[int]) -> Mapping[int, str]:
    return dict(Tag.objects.filter(id__in=ids).values_list("id", "name"))


def _names(code: str, model: type[models.Model]) -> Callable[[Collection[int]], Mapping[int, str]]:
    return lambda ids: _there(ids, directory().names[code], model)


def _there(ids: Collection[int], names: Mapping[int, str], model: type[models.Model]) -> Mapping[int, str]:
    """The names of those that are there. The directory may be some seconds old: what it does not know is looked up."""
    found = {pk: names[pk] for pk in ids if pk in names}
    if new := set(ids) - found.keys():
        found |= dict.fromkeys(model._default_manager.filter(id__in=new).values_list("id", flat=True), "…")
    return found


def _persons(ids: Collection[int]) -> Mapping[int, str]:
    """Names of persons, or what they wrote from."""
    named = Person.objects.filter(id__in=ids).values_list("id", "name", "identities__shown")
    found: dict[int, str] = {}
    for pk, name, address in named:
        found[pk] = found.get(pk) or name or address or _("Unknown sender")
    return found


def with_parts(ids: Collection[int]) -> set[int]:
    """These categories, and all that are parts of them, however deep."""
    return {one for several in _each_with_parts(ids).values() for one in several}


def _each_with_parts(ids: Collection[int]) -> dict[int, set[int]]:
    below: dict[int | None, list[int]] = {}
    for pk, parent in Category.objects.values_list("id", "parent_id"):
        below.setdefault(parent, []).append(pk)
    return {pk: down_from(pk, below) for pk in ids}


def down_from(pk: int, below: Mapping[int | None, list[int]]) -> set[int]:
    """A node of a tree and all that is below it, of {parent: parts}."""
    found, edge = {pk}, [pk]
    while edge:
        edge = [part for parent in edge for part in below.get(parent, ())]
        found |= set(edge)
    return found
