"""What happens in an installation's database while its processes run, done by another process.

It reads lines of JSON, `["touch", "1042"]`, plays that scene and prints what came of it as a line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import django
from django.conf import settings

django.setup()
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody signs in with these

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402 - Django comes first
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from tests import world  # noqa: E402
from vikno.journal import acts  # noqa: E402
from vikno.journal.record import record  # noqa: E402
from vikno.journal.vocabulary import Verb  # noqa: E402
from vikno.live import actions as live_actions  # noqa: E402
from vikno.live.actions import breathe, hush  # noqa: E402
from vikno.live.queries import dialogs_of  # noqa: E402
from vikno.staff.models import Agent, Membership, Team  # noqa: E402
from vikno.tickets.actions.changing import change  # noqa: E402
from vikno.tickets.actions.creating import NewTicket, create  # noqa: E402
from vikno.tickets.actions.splitting import split  # noqa: E402
from vikno.tickets.models import Priority, SavedView, Ticket  # noqa: E402

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def agent(first_name: str) -> Agent:
    return Agent.objects.select_related("person__user").get(person__name__istartswith=first_name)


def signed_in(one: Agent) -> str:
    """A session of this agent, as signing in makes it."""
    user = one.person.user
    assert user is not None
    store = SessionStore()
    store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.pk), BACKEND
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def desk() -> dict[str, Any]:
    """The world, a ticket of each team and a restricted one; two requests of one dialog, of which the second is
    restricted too; a session for each agent."""
    with world.standing() as there, transaction.atomic():
        tickets = {name: there.ticket(subject=name) for name in ("support", "restricted", "billing", "hr")}
        for name in ("billing", "hr"):
            change(tickets[name], Verb.TICKET_ASSIGNED, {"team": getattr(there, name)}, by=acts.agent(there.olena.id))
        change(
            tickets["restricted"], Verb.TICKET_CHANGED, {"restricted": True, "agent": there.taras},
            by=acts.agent(there.olena.id),
        )  # fmt: skip
        first = there.ticket(subject="Перше")
        said = there.letter(there.maria, "Друге", answers=first.links.get().message).message
        assert said is not None
        second = split(first, [said], by=there.act(there.taras), subject="Друге")
        change(second, Verb.TICKET_CHANGED, {"restricted": True}, by=acts.agent(there.olena.id))
        people = {name: getattr(there, name) for name in ("olena", "taras", "iryna", "bohdan", "sofia", "marko")}
        return {
            "numbers": {name: ticket.number for name, ticket in tickets.items()},
            "pair": [first.number, second.number],
            "cookies": {name: signed_in(one) for name, one in people.items()},
            "agents": {name: one.id for name, one in people.items()},
        }


def crowd(count: str) -> dict[str, Any]:
    """So many sessions, ten for each of as many new agents of the open team as that needs."""
    with transaction.atomic():
        team = Team.objects.get(openness="open")
        size = max(1, int(count) // 10)
        agents = [world.make_agent(f"Agent{n} Натовп", "agent", (team, False)) for n in range(size)]
        return {"cookies": [signed_in(agents[n % size]) for n in range(int(count))]}


def view(name: str) -> dict[str, Any]:
    """A view of this agent's own."""
    condition = {"all": [{"field": "stage", "op": "in", "value": ["new"]}]}
    SavedView.objects.create(name="V", agent=agent(name), condition=condition)
    return {}


def touch(number: str) -> dict[str, Any]:
    """Somebody sets another priority, by which it moves up in lists; answers when that was committed."""
    ticket = Ticket.objects.get(number=int(number))
    priority = Priority.objects.exclude(id=ticket.priority_id).order_by("id").first()
    with transaction.atomic():
        change(ticket, Verb.TICKET_CHANGED, {"priority": priority}, by=acts.agent(agent("olena").id), touch=True)
    return {"committed": time.time()}


def move(number: str, openness: str) -> dict[str, Any]:
    """Handed over to the team of this openness."""
    with transaction.atomic():
        team = Team.objects.get(openness=openness)
        ticket = Ticket.objects.get(number=int(number))
        change(ticket, Verb.TICKET_ASSIGNED, {"team": team, "agent": None}, by=acts.agent(agent("olena").id))
    return {}


def merge(absorbed: str, survivor: str) -> dict[str, Any]:
    with transaction.atomic():
        into = Ticket.objects.get(number=int(survivor))
        change(
            Ticket.objects.get(number=int(absorbed)), Verb.TICKET_MERGED, {"merged_into": into},
            by=acts.agent(agent("olena").id),
        )  # fmt: skip
    return {}


def session(name: str) -> dict[str, Any]:
    """Another session of an agent; of one who is not there yet, a new one of the open team."""
    if not Agent.objects.filter(person__name__istartswith=name).exists():
        world.make_agent(f"{name.title()} Новий", "agent", (Team.objects.get(openness="open"), False))
    return {"cookie": signed_in(agent(name)), "agent": agent(name).id}


def ticket() -> dict[str, Any]:
    """A new ticket of the open team, by the same customer as the first one."""
    first = Ticket.objects.order_by("id")[0]
    new = NewTicket(
        subject="another", requester=first.requester, identity=first.identity, channel=first.channel,
        team=Team.objects.get(openness="open"),
    )  # fmt: skip
    with transaction.atomic():
        return {"number": create(new, by=acts.agent(agent("olena").id)).number}


def restrict(number: str, name: str) -> dict[str, Any]:
    """Restricted, and in the hands of this agent."""
    ticket = Ticket.objects.get(number=int(number))
    with transaction.atomic():
        values = {"restricted": True, "agent": agent(name)}
        change(ticket, Verb.TICKET_CHANGED, values, by=acts.agent(agent("olena").id))
    return {}


def bury(number: str, openness: str) -> dict[str, Any]:
    """Handed over to the team of this openness and then restricted, both at once."""
    with transaction.atomic():
        move(number, openness)
        ticket = Ticket.objects.get(number=int(number))
        change(ticket, Verb.TICKET_CHANGED, {"restricted": True}, by=acts.agent(agent("olena").id))
    return {}


def admit(name: str, openness: str) -> dict[str, Any]:
    """An agent becomes a member of the team of this openness."""
    Membership.objects.create(team=Team.objects.get(openness=openness), agent=agent(name))
    return {}


def expel(name: str, openness: str) -> dict[str, Any]:
    """And is one no longer; said in the journal, as the verb of the staff room does."""
    with transaction.atomic():
        Membership.objects.filter(team__openness=openness, agent=agent(name)).delete()
        record(acts.agent(agent("olena").id), Verb.TEAM_CHANGED)
    return {}


def lock() -> dict[str, Any]:
    """Whoever reads tickets waits until `commit` (PostgreSQL)."""
    transaction.set_autocommit(False)
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {Ticket._meta.db_table} IN ACCESS EXCLUSIVE MODE")
    return {}


def begin_touch(number: str) -> dict[str, Any]:
    """Somebody sets another priority, and that is not committed yet."""
    transaction.set_autocommit(False)
    return touch(number)


def commit() -> dict[str, Any]:
    transaction.commit()
    transaction.set_autocommit(True)
    return {}


def hide_tickets(number: str) -> dict[str, Any]:
    """Something happens to a ticket, and the same moment tickets cannot be read any more."""
    ticket = Ticket.objects.get(number=int(number))
    with transaction.atomic():
        record(acts.agent(agent("olena").id), Verb.TICKET_CHANGED, tickets=[(ticket.id, ticket.version)])
        rename(Ticket._meta.db_table, "elsewhere")
    return {}


def show_tickets() -> dict[str, Any]:
    rename("elsewhere", Ticket._meta.db_table)
    return {}


def rename(table: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {name}")


def sign_out(key: str) -> dict[str, Any]:
    return {"ended": Session.objects.filter(session_key=key).delete()[0]}


def deactivate(name: str) -> dict[str, Any]:
    """An agent leaves; said in the journal, as the verb of the staff room does."""
    with transaction.atomic():
        one = agent(name)
        Agent.objects.filter(id=one.id).update(active=False)
        record(acts.agent(agent("olena").id), Verb.AGENT_DEACTIVATED, person=one.person_id)
    return {}


def breath(number: str, name: str, kind: str) -> dict[str, Any]:
    ticket = Ticket.objects.get(number=int(number))
    if kind == "none":
        hush(ticket.id, agent(name).id)
    else:
        breathe(kind, ticket.id, agent(name).id, dialogs_of([ticket.id]))
    return {"agent": agent(name).id}


def ring(name: str) -> dict[str, Any]:
    """An agent's notices have changed: a new one came, or one was read on some device."""
    with transaction.atomic():
        live_actions.ring([agent(name).id])
    return {}


def hold(number: str) -> dict[str, Any]:
    """A change that is written now and committed a second and a half later."""
    with transaction.atomic():
        touch(number)
        time.sleep(1.5)
    return {}


def play(known: dict[str, Any]) -> None:
    """Plays the scenes that standard input names."""
    for line in sys.stdin:
        name, *words = json.loads(line)
        sys.stdout.write(json.dumps(known[name](*words)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    all_of_them = (
        desk, crowd, session, ticket, touch, move, merge, restrict, bury, admit, expel, sign_out,
        deactivate, breath, ring, hold, lock, view, begin_touch, commit, hide_tickets, show_tickets,
    )  # fmt: skip
    play({one.__name__: one for one in all_of_them})
