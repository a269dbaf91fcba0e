"""What acknowledgements know of a person: the domain that they were counted by."""

from __future__ import annotations

from vikno.people.erasure import Step
from vikno.replies.models import Acknowledgement


def blank(person_id: int) -> None:
    """The domain goes; that the request was acknowledged stays."""
    Acknowledgement.objects.filter(identity__person=person_id).update(domain="")


STEP = Step("replies", lambda _person: {}, blank)  # it goes with the address, which is counted there
