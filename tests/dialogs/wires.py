"""A channel whose far end a test holds in its hand, and what tests of deliveries do with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from vikno.core import clock
from vikno.dialogs import actions as dialogs
from vikno.dialogs.actions import Said, Words
from vikno.dialogs.models import Delivery, Dialog, Message
from vikno.journal.models import Event
from vikno.people.models import Identity
from vikno.staff.models import Agent


class Wire:
    """Where messages of the test channel go: an answer for each try, else it takes them."""

    def __init__(self) -> None:
        self.got: list[int] = []
        self.answers: list[Exception | str] = []
        self.meanwhile: Callable[[Delivery], None] = lambda delivery: None

    def take(self, delivery: Delivery) -> str | None:
        self.meanwhile(delivery)
        answer = self.answers.pop(0) if self.answers else ""
        if isinstance(answer, Exception):
            raise answer
        self.got.append(delivery.id)
        return answer


def say(dialog: Dialog, *to: Identity, wait: float = 0, agent: Agent | None = None) -> list[Delivery]:
    """Queue a message to these people: what an agent wrote, or what is said by itself."""
    said = Said(Message.Author.AGENT, agent_id=agent.id) if agent else Said(Message.Author.SYSTEM)
    message = dialogs.add_message(dialog, said, Words("Доброго дня"))
    recipients = [(one, "to") for one in to or (dialog.identity,)]
    return dialogs.queue_deliveries(message, recipients, clock.now() + timedelta(seconds=wait))


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(id=delivery.id)


def due_now(delivery: Delivery) -> None:
    Delivery.objects.filter(id=delivery.id).update(not_before=clock.now())


def events(delivery: Delivery) -> list[str]:
    told = Event.objects.filter(message_id=delivery.message_id, verb__startswith="delivery.").order_by("id")
    return list(told.values_list("verb", flat=True))
