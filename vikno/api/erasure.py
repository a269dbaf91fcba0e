"""What is blanked of a person in answers that are kept for a day, so that a repeated request gets the same one."""

from __future__ import annotations

import json
from typing import Any

from vikno.api.models import FirstAnswer
from vikno.dialogs.erasure import messages_of
from vikno.people.erasure import Step
from vikno.tickets.models import Note


def _is_about(answer: Any, person_id: int) -> bool:
    """Whether an answer shows this person, a ticket they asked, a message of theirs or a note about them."""
    if not isinstance(answer, dict):
        return False
    key = str(answer.get("id", ""))
    if person_id in (answer.get("requester"), answer.get("person")) or (
        "identities" in answer and key == str(person_id)
    ):
        return True
    if answer.get("kind") == "note":
        return Note.objects.filter(id=int(key.removeprefix("n")), ticket__requester=person_id).exists()
    return "deliveries" in answer and messages_of(person_id).filter(id=int(key)).exists()


def blank(person_id: int) -> None:
    """The words go; that the request was answered stays, so that a repeat does not do it again."""
    for row in FirstAnswer.objects.exclude(body=""):
        if _is_about(json.loads(row.body), person_id):
            row.body = json.dumps({"erased": True})
            row.save(update_fields=["body"])


STEP = Step("api", lambda _person: {}, blank)  # what it showed is counted where it stands
