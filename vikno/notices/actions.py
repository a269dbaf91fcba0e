"""Verbs on notices: what a person chooses, what the owner decides, and that letters to somebody come back."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from vikno.core import clock
from vikno.core.text import one_line
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.notices.kinds import Kind
from vikno.notices.models import Choices, NoticeDelivery, Rules
from vikno.staff.models import Agent


def choose(agent: Agent, mail: Mapping[str, bool], *, by: Act) -> None:
    """Which kinds go to this person by mail. Whoever chooses says with it that their address takes letters."""
    with transaction.atomic():
        row, _made = Choices.objects.select_for_update().get_or_create(agent=agent)
        before, after = dict(row.mail), {kind: bool(mail.get(kind)) for kind in Kind.values}
        row.mail, row.failed_at, row.failed_words = after, None, ""
        row.save(update_fields=["mail", "failed_at", "failed_words"])
        if before != after:
            on = [[kind for kind in Kind.values if one.get(kind)] for one in (before, after)]
            record(by, Verb.AGENT_CHANGED, person=agent.person_id, delta={"agent": [agent.id] * 2, "notices": on})


def decide(*, words: bool, letters_an_hour: int, by: Act) -> None:
    """What the owner decides for everybody: whether letters carry the customer's words, and how many there may be."""
    with transaction.atomic():
        row, _made = Rules.objects.select_for_update().get_or_create(id=1)
        before = [row.words, row.letters_an_hour]
        row.words, row.letters_an_hour = words, letters_an_hour
        row.save(update_fields=["words", "letters_an_hour"])
        if before != [words, letters_an_hour]:
            record(
                by, Verb.SETTING_CHANGED,
                delta={"notice_words": [before[0], words], "notices_an_hour": [before[1], letters_an_hour]},
            )  # fmt: skip


def mark_failed(agent_id: int, words: str) -> None:
    """Letters to this person come back: none goes out any more until they say that it works again."""
    with transaction.atomic():
        row, _made = Choices.objects.select_for_update().get_or_create(agent_id=agent_id)
        if row.failed_at is None:
            row.failed_at, row.failed_words = clock.now(), one_line(words, 500)
            row.save(update_fields=["failed_at", "failed_words"])


def mark_returned(mark: str, words: str, *, permanent: bool) -> bool:
    """A mail server reports that a letter with this mark did not arrive. False if no notice left with it."""
    sent = NoticeDelivery.objects.filter(mark=mark).exclude(mark="")
    agent = sent.values_list("agent_id", flat=True).first()
    if agent is None:
        return False
    if permanent:
        with transaction.atomic():
            sent.update(state=NoticeDelivery.State.REFUSED, reason=one_line(words, 2000))
            mark_failed(agent, words)
    return True
