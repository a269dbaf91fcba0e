"""Named reads of notices."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, QuerySet

from vikno.notices.kinds import CROWD, MAIL, Kind, by_default
from vikno.notices.models import Choices, NoticeDelivery
from vikno.staff.models import Agent, Membership


def chosen(agent: Agent) -> tuple[dict[str, bool], Choices]:
    """Which kinds go to this person by mail, and the row that says so (an unsaved one, if there is none)."""
    row = Choices.objects.filter(agent=agent).first() or Choices(agent=agent)
    many = active().get(agent.id, False)
    return {kind: bool(row.mail.get(kind, by_default(kind, crowded=many))) for kind in Kind.values}, row


def active() -> dict[int, bool]:
    """The agents who work here, each with whether they are in a team of more than CROWD members."""
    large = Membership.objects.values("team").annotate(size=Count("id")).filter(size__gt=CROWD).values("team")
    crowded = Exists(Membership.objects.filter(agent=OuterRef("id"), team__in=large))
    return dict(Agent.objects.filter(active=True).values_list("id", crowded))


def lately(agent: Agent) -> QuerySet[NoticeDelivery]:
    """What somebody was told of by mail, or would have been, newest first."""
    rows = NoticeDelivery.objects.filter(notice__agent=agent, way=MAIL)
    return rows.select_related("notice__ticket").order_by("-notice_id")


def left_with(marks: list[str], agent_id: int) -> NoticeDelivery | None:
    """A notice to this person that left in a letter with one of these marks."""
    return NoticeDelivery.objects.filter(mark__in=marks, agent=agent_id).exclude(mark="").order_by("id").first()
