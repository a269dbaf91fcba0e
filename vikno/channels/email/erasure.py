"""What is blanked of a person among the marks by which threads of letters are known: they name mail systems."""

from __future__ import annotations

from vikno.channels.email.models import ForeignNumber, UnknownReference
from vikno.dialogs.erasure import messages_of
from vikno.people.erasure import Step


def preview(person_id: int) -> dict[str, int]:
    return {}  # of no interest to anybody: they go with the messages


def blank(person_id: int) -> None:
    for marks in (UnknownReference, ForeignNumber):
        marks.objects.filter(message__in=messages_of(person_id)).delete()


STEP = Step("letters", preview, blank)
