"""Setting a company up: one verb that makes all that must be there before the first letter."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.accounts.models import User
from vikno.core import clock
from vikno.core.models import LANGUAGES, Brand, Company
from vikno.core.text import one_line, sort_key
from vikno.core.times import zone_named
from vikno.dialogs.channels import KINDS
from vikno.dialogs.models import Channel, ChannelAddress
from vikno.journal import acts
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people.models import Identity, Person
from vikno.staff.actions import signing
from vikno.staff.models import Agent, Membership, Team
from vikno.tickets.models import Category, Priority, Status, TicketType
from vikno.welcome import presets

MAIL_UNDO_SECONDS = 10  # the usual time in which a letter can be taken back


class AlreadySetUp(Exception):
    """There is a company here; setting up again would be a second one in the same house."""


class WrongAnswer(ValueError):
    """One of the answers cannot be used. `field` names it, the text says what would be right."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True, slots=True)
class Installed:
    """What setting up has made. `mail` is None without an address."""

    company: Company
    brand: Brand
    team: Team
    owner: Agent
    user: User
    mail: Channel | None


def is_set_up() -> bool:
    return Company.objects.exists()


def set_up(
    *,
    company: str,
    name: str,
    email: str,
    password: str | None,
    language: str = "en",
    zone: str = "UTC",
    preset: str = "other",
    address: str | None = None,
    demo: bool = False,
) -> Installed:
    """Make the company, its brand, teams, words, channels and its owner, who can sign in at once, in one transaction.

    `password` may be None: then the owner gets in by one-time links alone. `address` is the first address that
    customers write to. Raises WrongAnswer, and AlreadySetUp if there is a company.
    """
    company, name, email = one_line(company, 200), one_line(name, 200), email.strip().lower()
    address = _checked_address("address", address) if address else None
    _check(company, name, email, language, zone, preset)
    zone = zone_named(zone)
    user = User(email=email, language=language)
    _check_password(password, user)
    with transaction.atomic():
        if Company.objects.select_for_update().exists():
            raise AlreadySetUp(
                _("Vikno is set up already. Change the settings on its pages, or use another data folder.")
            )
        row = Company.objects.create(id=1, name=company, language=language, zone=zone, preset=preset, demo=demo)
        brand = Brand.objects.create(name=company, language=language, sender_name=company)
        teams = make_words(presets.PRESETS[preset], language)
        user.set_password(password)
        user.save(force_insert=True)
        owner = _make_owner(user, name or email.partition("@")[0], language, teams)
        mail = _make_mail_channel(brand, teams[0], address, language) if address else None
        _make_built_in_channels(brand, teams[0], language)
    return Installed(row, brand, teams[0], owner, user, mail)


def make_words(preset: presets.Preset, language: str) -> list[Team]:
    """Write a preset's teams, categories, types, statuses and priorities; answers the teams, the default one first."""
    act = acts.system()
    teams = []
    for plan in preset.teams:
        name = plan.name.said_in(language)
        team = Team.objects.create(name=name, sort_key=sort_key(name), openness=plan.openness, default=plan.default)
        record(act, Verb.TEAM_CHANGED, delta={"team": [None, team.id]})
        teams.append(team)
    for place, category in enumerate(preset.categories):
        team = teams[category.team]
        parent = Category.objects.create(
            name=category.name.said_in(language), team=team, account_matter=category.account, position=place
        )
        for at, child in enumerate(category.children):
            Category.objects.create(
                parent=parent, name=child.said_in(language), team=team, account_matter=category.account, position=at
            )
    for place, words in enumerate(preset.types):
        TicketType.objects.create(name=words.said_in(language), position=place)
    for place, status in enumerate(preset.statuses):
        Status.objects.create(
            name=status.name.said_in(language),
            stage=status.stage,
            customer_word=status.customer.said_in(language),
            position=place,
            default=status.default,
        )
    for rank, words in presets.PRIORITIES:
        Priority.objects.create(name=words.said_in(language), rank=rank)
    return sorted(teams, key=lambda team: not team.default)


def _make_owner(user: User, name: str, language: str, teams: list[Team]) -> Agent:
    act, now = acts.system(), clock.now()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    person = Person.objects.create(name=name, sort_key=sort_key(name), language=language, user=user)
    record(act, Verb.PERSON_CREATED, person=person.id)
    Identity.objects.create(
        person=person,
        kind=Identity.Kind.EMAIL,
        value=user.email,
        shown=user.email,
        preferred=True,
        verified_by=Identity.Proof.SIGN_IN,
        verified_at=now,
    )
    agent = Agent.objects.create(person=person, role=Agent.Role.OWNER, signature=signing.first_signature())
    Membership.objects.bulk_create([Membership(team=team, agent=agent, lead=True) for team in teams])
    record(act, Verb.AGENT_JOINED, person=person.id, delta={"agent": [None, agent.id], "role": [None, agent.role]})
    return agent


def _make_mail_channel(brand: Brand, team: Team, address: str, language: str) -> Channel:
    known = KINDS.get("email")
    channel = Channel.objects.create(
        kind="email",
        name=presets.CHANNELS["email"].said_in(language),
        brand=brand,
        team=team,
        undo_seconds=known.undo_seconds if known and known.undo_seconds else MAIL_UNDO_SECONDS,
    )
    ChannelAddress.objects.create(channel=channel, address=address, default=True)
    record(acts.system(), Verb.SETTING_CHANGED, delta={"channel": [None, channel.id]})
    return channel


def _make_built_in_channels(brand: Brand, team: Team, language: str) -> None:
    from vikno.channels.manual.actions import ensure_channels

    with translation.override(language):
        ensure_channels(brand, team)


def _check(company: str, name: str, email: str, language: str, zone: str, preset: str) -> None:
    if not company:
        raise WrongAnswer("company", _("Give the name of the company; customers see it in letters."))
    _checked_address("email", email)
    if language not in dict(LANGUAGES):
        raise WrongAnswer("language", _("The language is uk, ru or en."))
    if zone not in available_timezones():
        raise WrongAnswer("zone", _("There is no time zone of this name; one is Europe/Kyiv, for example."))
    if preset not in presets.PRESETS:
        known = ", ".join(presets.PRESETS)
        raise WrongAnswer("preset", _("There is no such preset. There are: %(names)s.") % {"names": known})


def _checked_address(field: str, value: str) -> str:
    value = value.strip().lower()
    try:
        validate_email(value)
    except ValidationError:
        raise WrongAnswer(field, _("This is not an e-mail address: %(value)s") % {"value": value[:100]}) from None
    return value


def _check_password(password: str | None, user: User) -> None:
    if password is None:
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WrongAnswer("password", " ".join(error.messages)) from None


def machine_zone() -> str:
    """The time zone that this machine is set to, by its name; "UTC" if it has none that is known."""
    candidates = [os.environ.get("TZ", "")]
    try:
        candidates.append(Path("/etc/timezone").read_text().strip())
    except OSError:
        pass
    candidates.append(str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2])
    for name in candidates:
        try:
            if name and name in available_timezones():
                return zone_named(ZoneInfo(name).key)
        except (OSError, ValueError):
            continue
    return "UTC"
