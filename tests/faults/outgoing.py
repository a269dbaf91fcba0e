"""Many answers waiting to be sent, in the installation that the environment names:

python -m tests.faults.outgoing COUNT HOST PORT
"""

from __future__ import annotations

import sys

import django


def main(count: int, host: str, port: int) -> None:
    django.setup()
    from django.db import transaction

    with transaction.atomic():
        _fill(count, host, port)


def _fill(count: int, host: str, port: int) -> None:
    from tests.world import build
    from vikno.core import clock
    from vikno.dialogs import actions as dialogs
    from vikno.dialogs.actions import Said, Words
    from vikno.dialogs.models import Channel, Message
    from vikno.journal import acts
    from vikno.people.models import Identity, Person

    world = build()
    settings = {
        "smtp": {"host": host, "port": port, "security": "none"},
        "limit_per_minute": 0,
        "domain_per_minute": 0,
    }
    Channel.objects.filter(id=world.mail.id).update(settings=settings)
    world.mail.refresh_from_db()
    for number in range(count):
        person = Person.objects.create(name=f"Клієнт {number}")
        address = f"customer{number}@example.org"
        identity = Identity.objects.create(person=person, kind="email", value=address, shown=address)
        dialog = dialogs.open_dialog(world.mail, identity, by=acts.system(), address=world.address)
        said = Said(Message.Author.AGENT, agent_id=world.iryna.id)
        message = dialogs.add_message(dialog, said, Words(f"Відповідь {number}", subject=f"Питання {number}"))
        dialogs.queue_deliveries(message, [(identity, "to")], clock.now())


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
