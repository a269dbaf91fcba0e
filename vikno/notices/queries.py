"""Named reads of notices."""

from __future__ import annotations

from django.db.models import QuerySet

from vikno.notices.kinds import DEFAULT, MAIL, Kind
from vikno.notices.models import Choices, NoticeDelivery
from vikno.staff.models import Agent


def chosen(agent: Agent) -> tuple[dict[str, bool], Choices]:
    """Which kinds go to this person by mail, and the row that says so (an unsaved one, if there is none)."""
    row = Choices.objects.filter(agent=agent).first() or Choices(agent=agent)
    return {kind: bool(row.mail.get(kind, DEFAULT)) for kind in Kind.values}, row


def lately(agent: Agent) -> QuerySet[NoticeDelivery]:
    """What somebody was told of by mail, or would have been, newest first."""
    rows = NoticeDelivery.objects.filter(notice__agent=agent, way=MAIL)
    return rows.select_related("notice__ticket").order_by("-notice_id")


def left_with(marks: list[str], agent_id: int) -> NoticeDelivery | None:
    """A notice to this person that left in a letter with one of these marks."""
    return NoticeDelivery.objects.filter(mark__in=marks, agent=agent_id).exclude(mark="").order_by("id").first()
