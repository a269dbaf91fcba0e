"""What a large company has: many teams, agents and fields, an organisation of thousands, a ticket of thousands of
messages. Made by the program itself, in a process of its own."""

from __future__ import annotations

import json
import sys
from typing import Any

import django

django.setup()

from django.db import transaction  # noqa: E402 - Django comes first

from bench._inside import session  # noqa: E402
from vikno.people.models import Identity, Organisation, Person  # noqa: E402
from vikno.staff.models import Agent, Membership, Team  # noqa: E402
from vikno.tickets.models import Field, FieldOption, Ticket  # noqa: E402
from vikno.welcome.seed import Seeder  # noqa: E402
from vikno.welcome.story import Story  # noqa: E402

TEAMS, AGENTS, FIELDS, MEMBERS, MESSAGES = 500, 500, 200, 5_000, 2_000
HOUR = 3600
ENDLESS = "A talk that never ends"  # also those of earlier runs


def large() -> dict[str, Any]:
    """All of it in one company that is there, and the addresses of the pages that show it."""
    with transaction.atomic():
        _staff()
        _fields()
        organisation, member = _organisation()
        number = _long_ticket()
    others = Ticket.objects.exclude(stage="closed").exclude(subject=ENDLESS).order_by("-id")
    open_number = others.values_list("number", flat=True)[0]
    return session() | {
        "list": "/inbox/open", "list of a team": f"/inbox/team:{Team.objects.order_by('-id')[0].id}",
        "ticket": f"/tickets/{open_number}?list=open", f"ticket of {MESSAGES} messages": f"/tickets/{number}?list=open",
        "people": "/people", "person": f"/people/{member}", "organisations": "/organisations",
        f"organisation of {MEMBERS}": f"/organisations/{organisation}",
    }  # fmt: skip


def _staff() -> None:
    teams = Team.objects.bulk_create(
        Team(name=f"Team {n:03}", sort_key=f"team {n:03}") for n in range(TEAMS - Team.objects.count())
    )
    persons = Person.objects.bulk_create(
        Person(name=f"Colleague {n:03}", sort_key=f"colleague {n:03}") for n in range(AGENTS - Agent.objects.count())
    )
    agents = Agent.objects.bulk_create(Agent(person=one, role=Agent.Role.AGENT) for one in persons)
    Membership.objects.bulk_create(
        Membership(team=teams[n % len(teams)], agent=one, lead=False) for n, one in enumerate(agents)
    )


def _fields() -> None:
    kinds = list(Field.Kind.values)
    there = Field.objects.count()
    fields = Field.objects.bulk_create(
        Field(key=f"field{n}", name=f"Field {n}", kind=kinds[n % len(kinds)], position=n) for n in range(there, FIELDS)
    )
    FieldOption.objects.bulk_create(
        FieldOption(field=one, name=f"Option {n}", position=n)
        for one in fields
        if one.kind == Field.Kind.CHOICE
        for n in range(10)
    )


def _organisation() -> tuple[int, int]:
    firm = Organisation.objects.create(name="Large", sort_key="large")
    members = Person.objects.bulk_create(
        Person(name=f"Member {n:04}", sort_key=f"member {n:04}", organisation=firm) for n in range(MEMBERS)
    )
    addresses = [f"m{n}@{firm.id}.large.example" for n in range(MEMBERS)]  # of its own, also when measured once more
    Identity.objects.bulk_create(
        Identity(person=one, kind="email", value=address, shown=address, preferred=True)
        for one, address in zip(members, addresses, strict=True)
    )
    ids = list(Ticket.objects.order_by("-id").values_list("id", flat=True)[:MEMBERS])
    moved = Ticket.objects.in_bulk(ids)
    for n, ticket in enumerate(moved.values()):  # so that its page has requests to show
        ticket.requester = members[n % len(members)]
    Ticket.objects.bulk_update(moved.values(), ["requester"], batch_size=500)
    return firm.id, members[0].id


def _long_ticket() -> int:
    seeder = Seeder(1, 1, 7)
    person, contract = seeder.people[0]
    agent = seeder.agents[seeder.teams[0]][0]
    at = seeder.now - (MESSAGES + 2) * HOUR
    with seeder.bulk.batch():
        tale = Story(
            seeder.here, seeder.bulk, person, at, subject=ENDLESS, team=seeder.teams[0],
            mail=seeder.mail_channel is not None, address=seeder.address, contract=contract,
            channel=seeder.mail_channel.id if seeder.mail_channel else seeder.channels[0], priority=seeder.ranks[0],
        )  # fmt: skip
        for n in range(MESSAGES):
            at += HOUR
            if n % 2:
                tale.replies(at, agent, f"This is answer {n}. We are looking at it.")
            else:
                tale.asks(at, f"This is question {n}. It still does not work.")
        tale.end()
    return tale.number


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
