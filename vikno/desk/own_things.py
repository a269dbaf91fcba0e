"""What an agent keeps for themselves, as pages draw it: to-dos and own notes. Nothing here reads another agent's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core import clock
from vikno.core.times import moments, short_day
from vikno.desk.face import Desk
from vikno.people.models import Person
from vikno.tasks import queries
from vikno.tasks.actions import Plan
from vikno.tasks.models import Task
from vikno.tasks.planning import fields_of
from vikno.tickets import access, people_access
from vikno.tickets.models import Ticket
from vikno.tickets.subjects import subject_words

NEW = fields_of(Plan(""), "UTC")


def reminders() -> list[tuple[str, str]]:
    """What a form offers."""
    return [
        ("", _("No reminder")), ("due", _("Remind me at that time")), ("hour", _("Remind me an hour before")),
        ("day", _("Remind me the morning before")),
    ]  # fmt: skip


def drawn(desk: Desk, tasks: Iterable[Task]) -> list[dict[str, Any]]:
    """To-dos as `desk/_tasks.html` shows them. What they are about is named only as far as its agent sees it now."""
    rows, now = list(tasks), clock.now()
    tickets: set[int | None] = {*access.seen_of(desk.viewer, {one.ticket_id for one in rows if one.ticket_id})}
    wanted = {one.person_id for one in rows if one.person_id}
    persons: set[int | None] = {*people_access.seen_of(desk.viewer, wanted)}
    found = []
    for one in rows:
        plan = Plan(one.text, one.due_at, one.due_is_day, one.remind_at)
        found.append({
            "id": one.id, "text": one.text or "…", "fields": fields_of(plan, desk.zone),
            "done": one.done_at is not None,
            "due": due_words(one, desk.zone, now), "state": _state(one, now), "reminder": _reminder(one, desk.zone),
            "about": _about(one, tickets, persons),
        })  # fmt: skip
    return found


def due_words(task: Task, zone: str, now: datetime) -> str:
    """When it is due, on the agent's clock; "" for what has no day."""
    if task.due_at is None:
        return ""
    language = translation.get_language() or "en"
    if not task.due_is_day:
        return moments(zone, language, now)(task.due_at)
    day, today = clock.day_in(task.due_at, zone), clock.day_in(now, zone)
    return _("today") if day == today else short_day(day, today, language)


def _state(task: Task, now: datetime) -> str:
    if task.due_at is None or task.done_at is not None:
        return ""
    return "over" if task.due_at < now else ""


def _reminder(task: Task, zone: str) -> str:
    if task.remind_at is None or task.reminded_at is not None or task.done_at is not None:
        return ""
    return moments(zone, translation.get_language() or "en")(task.remind_at)


def _about(task: Task, tickets: Collection[int | None], persons: Collection[int | None]) -> tuple[str, str] | None:
    """The words and the address of what it is about; None for nothing."""
    if task.ticket is not None:
        if task.ticket_id not in tickets:
            return _("A request that you may not see"), ""
        number, subject = task.ticket.number, subject_words(task.ticket.subject)
        return f"#{number} {subject}", reverse("desk:ticket", args=[number])
    if task.person is not None:
        if task.person_id not in persons:
            return _("A person whom you may not see"), ""
        return task.person.name or _("Unknown"), reverse("desk:person", args=[task.person_id])
    return None


def of_ticket(desk: Desk, ticket: Ticket, part: Sequence[int], *, there: bool) -> dict[str, Any]:
    """The card `desk/_own.html` beside a request that is read together with `part`. `there`: there is something."""
    tasks = drawn(desk, queries.about(desk.agent, tickets=part)) if there else []
    notes = queries.notes_on(desk.agent, tickets=part) if there else {}
    others = [text for pk, text in notes.items() if pk != ticket.id]
    back = reverse("desk:ticket", args=[ticket.number])
    return _card(("ticket", ticket.number), back, tasks, notes.get(ticket.id, ""), others)


def of_person(desk: Desk, person: Person, human: Sequence[int]) -> dict[str, Any]:
    """The same beside a person, who is one human with others."""
    notes = queries.notes_on(desk.agent, persons=human)
    others = [text for pk, text in notes.items() if pk != person.id]
    tasks = drawn(desk, queries.about(desk.agent, persons=human))
    back = f"{reverse('desk:person', args=[person.id])}#own"
    return _card(("person", person.id), back, tasks, notes.get(person.id, ""), others)


def _card(
    about: tuple[str, int], back: str, tasks: list[dict[str, Any]], note: str, others: list[str]
) -> dict[str, Any]:
    return {
        "about": about, "tasks": tasks, "note": note, "others": others, "fields": NEW, "reminders": reminders(),
        "back": back,
    }  # fmt: skip
