from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from vikno.notices.ways import Told


class EmailConfig(AppConfig):
    name = "vikno.channels.email"
    label = "channel_email"

    def ready(self) -> None:
        from vikno.accounts import letters
        from vikno.channels.email import attached, channel, erasure, inbound, loops, outbound, past, plain, sent_copies
        from vikno.core import jobs
        from vikno.dialogs import channels
        from vikno.intake import pipeline
        from vikno.notices import ways
        from vikno.notices.kinds import MAIL
        from vikno.people import erasure as erasing

        channels.register(channel.EMAIL)
        pipeline.register(channel.EMAIL.name, inbound.DOOR)
        erasing.register(erasure.STEP)
        loops.register_all()
        attached.register_all()
        ways.register(ways.Way(MAIL, _notice))
        jobs.register(plain.JOB, plain.send_now)
        jobs.register(past.JOB, _bring_in)
        jobs.register(sent_copies.JOB, sent_copies.work)
        letters.SEND, letters.LEAVES = plain.send_plain, outbound.leaves


def _notice(told: Told) -> int | None:
    from vikno.channels.email import notice_letters  # the mail libraries are for who needs them

    return notice_letters.send(told)


def _bring_in(payload: dict[str, Any]) -> None:
    from vikno.channels.email import past_work  # the mail libraries are for who needs them

    past_work.work(payload)
