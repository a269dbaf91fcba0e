"""The small world that tests speak of: the shop Kashtan, its agents and customers, and a few requests."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction

from tests.casting import Cast
from vikno.accounts.models import User
from vikno.channels.email import own
from vikno.channels.manual.actions import ensure_channels
from vikno.core import clock, look
from vikno.core.models import Brand, Company
from vikno.core.text import sort_key
from vikno.desk import badges
from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import Words
from vikno.dialogs.channels import KINDS, Kind
from vikno.dialogs.models import Channel, ChannelAddress, Delivery, Dialog, Message
from vikno.intake import gratitude
from vikno.intake.take_in import Incoming, TakenIn, take_in
from vikno.journal import acts
from vikno.people.models import Contract, Identity, Organisation, OrganisationDomain, Person
from vikno.staff.access import Face, Viewer, viewer_for_agent
from vikno.staff.models import Agent, Membership, Team
from vikno.tickets import directory
from vikno.tickets.actions.answering import Answer, reply
from vikno.tickets.models import Category, Priority, Status, Ticket, TicketType

PASSWORD = "correct horse battery"


def _into_the_void(delivery: Delivery) -> None:
    """The chat of the test world takes whatever it is given."""


CHAT = Kind(name="chat", title=lambda: "Chat", icon="message-circle", ends=False, deliver=_into_the_void)


@dataclass
class World:
    """Everybody and everything by name. Agents are Agent rows, customers are Identity rows."""

    company: Company
    brand: Brand
    support: Team  # open
    billing: Team  # own
    hr: Team  # closed
    olena: Agent  # owner
    taras: Agent  # lead of support
    iryna: Agent  # agent of support
    bohdan: Agent  # agent of billing
    sofia: Agent  # observer
    marko: Agent  # agent of hr
    maria: Identity  # customer with a verified address and a contract
    petro: Identity  # customer, not verified
    stranger: Identity
    supplier: Identity
    mail: Channel
    address: ChannelAddress
    chat: Channel
    statuses: dict[str, Status]
    priorities: dict[str, Priority]
    letters: int = field(default=0)

    def viewer(self, agent: Agent) -> Viewer:
        return viewer_for_agent(Agent.objects.select_related("person").get(id=agent.id))

    def customer(self, identity: Identity) -> Viewer:
        return Viewer(Face.PORTAL, person_id=identity.person_id, persons=frozenset({identity.person_id}))

    def act(self, agent: Agent) -> acts.Act:
        return acts.agent(agent.id)

    def letter(self, sender: Identity, subject: str = "Не працює каса", **more: Any) -> TakenIn:
        """A letter arrives from this address, as the mail channel understood it."""
        self.letters += 1
        now = clock.now()
        defaults: dict[str, Any] = {
            "channel": self.mail, "identity": sender, "subject": subject, "text": f"Добрий день! {subject}.",
            "said_at": now, "arrived_at": now, "address": self.address, "foreign_id": f"<{self.letters}@example.org>",
        }  # fmt: skip
        admitted = more.pop("admitted", False)
        said = defaults | more
        said["thanks"] = gratitude.heard(said["text"], sender.value)
        return take_in(Incoming(**said), acts.person(sender.person_id), admitted=admitted)

    def chat_dialog(self, identity: Identity) -> Dialog:
        return dialogs.open_dialog(self.chat, identity, by=acts.person(identity.person_id))

    def say(self, dialog: Dialog, text: str = "Ще одне питання", **more: Any) -> TakenIn:
        """A message in a chat."""
        now = more.pop("at", None) or clock.now()
        incoming = Incoming(
            channel=dialog.channel, identity=dialog.identity, subject="", text=text, said_at=now, arrived_at=now,
            dialog=dialog, thanks=gratitude.heard(text, dialog.identity.value, kind=dialog.identity.kind), **more,
        )  # fmt: skip
        return take_in(incoming, acts.person(dialog.identity.person_id))

    def ticket(self, sender: Identity | None = None, **more: Any) -> Ticket:
        """A request that came by letter."""
        taken = self.letter(sender or self.maria, **more)
        assert taken.ticket is not None
        return taken.ticket

    def answer(
        self, ticket: Ticket, agent: Agent | None = None, text: str = "Доброго дня, дивимось.", **more: Any
    ) -> Message:
        agent = agent or self.iryna
        return reply(ticket, agent, Answer(Words(text), **more), by=acts.agent(agent.id))


def make_agent(name: str, role: str, *teams: tuple[Team, bool]) -> Agent:
    email = f"{name.split()[0].lower()}@kashtan.example"
    user = User.objects.create_user(email, PASSWORD)
    person = Person.objects.create(name=name, sort_key=sort_key(name), user=user, language="uk")
    Identity.objects.create(
        person=person, kind="email", value=email, shown=email, verified_by="sign_in", verified_at=clock.now()
    )
    agent = Agent.objects.create(person=person, role=role)
    for team, lead in teams:
        Membership.objects.create(team=team, agent=agent, lead=lead)
    return agent


def make_customer(name: str, address: str, *, verified: bool = False) -> Identity:
    person = Person.objects.create(name=name, sort_key=sort_key(name))
    proof = {"verified_by": "link", "verified_at": clock.now()} if verified else {}
    return Identity.objects.create(person=person, kind="email", value=address, shown=address, **proof)


def make_team(name: str, openness: str, **more: Any) -> Team:
    return Team.objects.create(name=name, sort_key=sort_key(name), openness=openness, **more)


def build() -> World:
    company = Company.objects.create(id=1, name="Каштан", language="uk", zone="Europe/Kyiv")
    brand = Brand.objects.create(name="Каштан", language="uk")
    words = [("Новий", "new"), ("У роботі", "open"), ("Чекаємо на клієнта", "waiting"), ("Закрито", "closed")]
    statuses = {
        stage: Status.objects.create(name=name, stage=stage, customer_word=name, position=place, default=True)
        for place, (name, stage) in enumerate(words)
    }
    ranks = {"low": ("Низький", -10), "normal": ("Звичайний", 0), "high": ("Високий", 10), "urgent": ("Терміново", 20)}
    priorities = {key: Priority.objects.create(name=name, rank=rank) for key, (name, rank) in ranks.items()}
    TicketType.objects.create(name="Питання")
    Category.objects.create(name="Каси")
    support = make_team("Підтримка", "open", default=True)
    billing, hr = make_team("Бухгалтерія", "own"), make_team("Кадри", "closed")
    mail = Channel.objects.create(kind="email", name="Пошта", brand=brand, team=support, undo_seconds=10)
    address = ChannelAddress.objects.create(channel=mail, address="help@kashtan.example", team=support, default=True)
    chat = Channel.objects.create(kind="chat", name="Чат", brand=brand, team=support)
    ensure_channels(brand, support)
    shop = Organisation.objects.create(name="Крамниця", sort_key=sort_key("Крамниця"))
    OrganisationDomain.objects.create(organisation=shop, domain="kramnytsia.example")
    maria = make_customer("Марія Коваль", "maria@kramnytsia.example", verified=True)
    Contract.objects.create(number="Д-2041", person=maria.person)
    return World(
        company=company, brand=brand, support=support, billing=billing, hr=hr,
        olena=make_agent("Olena Власниця", "owner", (support, False)),
        taras=make_agent("Taras Керівник", "lead", (support, True)),
        iryna=make_agent("Iryna Агентка", "agent", (support, False)),
        bohdan=make_agent("Bohdan Бухгалтер", "agent", (billing, False)),
        sofia=make_agent("Sofia Спостерігачка", "observer"),
        marko=make_agent("Marko Кадровик", "agent", (hr, False)),
        maria=maria,
        petro=make_customer("Петро Лис", "petro@example.net"),
        stranger=make_customer("", "nobody@example.com"),
        supplier=make_customer("ТОВ Постач", "sales@supplier.example"),
        mail=mail, address=address, chat=chat, statuses=statuses, priorities=priorities,
    )  # fmt: skip


def keep_a_cast(there_anyway: Collection[str]) -> None:
    """Have the world of later tests poured instead of built. Called once, in a database without any row but those of
    the tables `there_anyway`."""
    global _cast
    with transaction.atomic(), standing() as made:
        _cast = Cast(made, there_anyway)
        transaction.set_rollback(True)


_cast: Cast | None = None


def forget() -> None:
    """Let go of what is kept for seconds: it holds ids of another test's world."""
    directory.forget()
    own.forget()
    look.forget()
    badges._kept.clear()


@contextmanager
def standing() -> Iterator[World]:
    """The world, with its chat channel, for as long as a test lasts."""
    KINDS[CHAT.name] = CHAT
    KINDS.setdefault(
        "email", Kind("email", lambda: "E-mail", "mail", ends=True, deliver=_into_the_void, undo_seconds=10)
    )
    forget()
    try:
        yield (_cast.pour() if _cast else None) or build()
    finally:
        del KINDS[CHAT.name]
        forget()


def later(**delta: float) -> Any:
    """An instant so much later than now."""
    return clock.now() + timedelta(**delta)
