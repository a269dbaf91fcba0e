"""What notices know of a person: what a mail server said of their address."""

from __future__ import annotations

from vikno.notices.models import Choices, Device, NoticeDelivery
from vikno.people.erasure import Step


def blank(person_id: int) -> None:
    """The words of servers go, and devices; that a notice was sent stays."""
    Device.objects.filter(agent__person=person_id).delete()
    NoticeDelivery.objects.filter(agent__person=person_id).exclude(reason="").update(reason="")
    Choices.objects.filter(agent__person=person_id).update(failed_words="")


STEP = Step("notices", lambda _person: {}, blank)
