"""Named reads of notices."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, QuerySet

from vikno.core.models import Company
from vikno.notices.kinds import CROWD, MAIL, PUSH, Kind, ahead_within, by_default, decided_on
from vikno.notices.models import Choices, Device, Notice, NoticeDelivery, Rules
from vikno.staff.models import Agent, Membership


def chosen(agent: Agent) -> tuple[dict[str, bool], Choices]:
    """Which kinds go to this person by mail, and the row that says so (an unsaved one, if there is none)."""
    known, row = recipient(agent)
    return {kind: known.by_mail(kind) for kind in Kind.values}, row


def recipient(agent: Agent) -> tuple[Recipient, Choices]:
    """This person as one who is told, and the row of what they chose (an unsaved one, if there is none)."""
    row = Choices.objects.filter(agent=agent).first() or Choices(agent=agent)
    return recipients().get(agent.id) or Recipient(False, row.mail, row.page, push=row.push), row


def rules() -> Rules:
    """What the owner decided, or the defaults."""
    return Rules.objects.first() or Rules(id=1)


def devices_allowed(decided: Rules, company: Company | None) -> bool:
    """Whether anybody's devices are told: a demo sends nothing outside, whatever is set."""
    return decided.push and not (company is not None and company.demo)


class Recipient(NamedTuple):
    """Somebody who works here. `crowded`: they are in a team of more than CROWD members; `mail`, `page`, `push` and
    `ahead` (minutes before a deadline): what they chose, if they have. `owner`: they lead every team; `device`: they
    have switched one on."""

    crowded: bool
    mail: dict[str, bool] | None
    page: dict[str, bool] | None
    ahead: int | None = None
    owner: bool = False
    push: dict[str, bool] | None = None
    device: bool = False

    def ways_out(self, kind: str) -> list[str]:
        """The ways by which a kind goes out to them."""
        return [way for way, on in ((MAIL, self.by_mail(kind)), (PUSH, self.device and self.by_push(kind))) if on]

    def by_push(self, kind: str) -> bool:
        """Whether a kind goes to their devices, if there are any."""
        return decided_on(self.push, kind, by_default(kind, crowded=self.crowded))

    def by_mail(self, kind: str) -> bool:
        """Whether a kind goes to them by mail."""
        return decided_on(self.mail, kind, by_default(kind, crowded=self.crowded))

    def here(self, kind: str) -> bool:
        """Whether a kind stands in their list at the desk."""
        return decided_on(self.page, kind, True)


def recipients() -> dict[int, Recipient]:
    """The agents who work here, in one query."""
    large = Membership.objects.values("team").annotate(size=Count("id")).filter(size__gt=CROWD).values("team")
    crowded = Exists(Membership.objects.filter(agent=OuterRef("id"), team__in=large))
    rows = Agent.objects.filter(active=True)
    chosen = [f"notice_choices__{name}" for name in ("mail", "page", "ahead", "push")]
    device = Exists(Device.objects.filter(agent=OuterRef("id")))
    found = rows.values_list("id", crowded, device, *chosen, "role")
    return {
        pk: Recipient(crowd, mail, page, ahead, role == Agent.Role.OWNER, push, has_device)
        for pk, crowd, has_device, mail, page, ahead, push, role in found
    }


def told_ahead(who: dict[int, Recipient]) -> dict[int, int]:
    """How long before a deadline each of these is told, in minutes. One query."""
    decided = rules()
    return {pk: ahead_within(one.ahead, decided.ahead_least, decided.ahead_most) for pk, one in who.items()}


def lately(agent: Agent) -> QuerySet[NoticeDelivery]:
    """What went out to somebody by any way, or would have, newest first."""
    mine = NoticeDelivery.objects.filter(notice__agent=agent)
    return mine.select_related("notice__ticket", "notice__task").order_by("-notice_id", "way")


def left_with(marks: list[str], agent_id: int) -> NoticeDelivery | None:
    """A notice to this person that left in a letter with one of these marks."""
    return NoticeDelivery.objects.filter(mark__in=marks, agent=agent_id).exclude(mark="").order_by("id").first()


def told(agent: Agent) -> QuerySet[Notice]:
    """What stands in this person's list at the desk, newest first."""
    mine = Notice.objects.filter(agent=agent, in_page=True)
    return mine.select_related("ticket", "task", "by__person").order_by("-id")


def unread(agent_id: int, most: int) -> tuple[str, tuple[Any, ...]]:
    """The statement that counts what of it this person has not read, up to one beyond the bound, and its values."""
    sql = (
        "SELECT COUNT(*) FROM (SELECT 1 FROM notices_notice WHERE agent_id = %s AND in_page AND read_at IS NULL "
        "LIMIT %s) AS unread"
    )
    return sql, (agent_id, most + 1)
