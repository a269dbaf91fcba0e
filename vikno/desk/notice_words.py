"""Words for what colleagues are told of, and for what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from vikno.notices.judging import Why
from vikno.notices.kinds import CROWD, NAMES, PUSH, Kind
from vikno.notices.models import NoticeDelivery
from vikno.notices.push.way import DEVICES_GONE

State = NoticeDelivery.State


def kind_words(kind: str) -> tuple[str, str]:
    """A kind of notice, and when it comes."""
    when = {
        Kind.NEW: _(
            "When nobody has taken it for five minutes. In teams of more than %(most)s only for those who choose it."
        ) % {"most": CROWD},
        Kind.REPLY: _("On requests that are yours or that you follow."),
        Kind.GIVEN: _("By a colleague, or by itself."),
        Kind.MENTION: _("When a colleague names you in a note."),
        Kind.ADVICE: _(
            "A note by somebody who leads the team of the request, or by an owner, on requests that are yours or that "
            "you follow."
        ),
        Kind.NOTE: _("Of all others, on requests that are yours or that you follow."),
        Kind.DUE: _(
            "As long before it as is set below, or on the morning of its day, for requests that are yours or that "
            "you follow."
        ),
        Kind.BACK: _("When its time has come, for requests that are yours or that you follow."),
        Kind.TASK: _("At the time that you chose there."),
        Kind.SOLVED: _("When the request is closed that caused one which is yours or which you follow."),
        Kind.FAILED: _("It was refused, came back, or nobody knows whether it has gone."),
    }[Kind(kind)]  # fmt: skip
    return str(NAMES[kind]), when


def state_words(row: NoticeDelivery, moment: Callable[[datetime], str]) -> tuple[str, str, str]:
    """What became of a notice: tone, words, and more words or "". `moment` writes instants in the reader's zone."""
    if row.state == State.WAITING:
        time = {"time": moment(row.due_at)}
        if row.attempts and row.reason:
            mail = _("It could not leave yet. What is wrong with the mailbox stands on the page of channels.")
            push = _("The service that brings it to your devices could not be reached, or did not take it.")
            return "warn", _("is tried again at %(time)s") % time, push if row.way == PUSH else mail
        if row.not_before is not None:
            return "", _("waits for your hours: goes at %(time)s") % time, ""
        if row.held:
            return (
                "",
                _("goes at %(time)s with others") % time,
                _("More than so many an hour would be too many."),
            )
        return "", _("goes at %(time)s, unless you read it first") % time, ""
    if row.state == State.SENDING:
        return "", _("is being sent"), ""
    if row.state == State.SENT:
        said = _("went to your devices at %(time)s") if row.way == PUSH else _("went by mail at %(time)s")
        fewer = _("Not to all: others take no more notices.")
        more = fewer if row.reason == DEVICES_GONE else _("Not to all: %(why)s") % {"why": row.reason}
        return "ok", said % {"time": moment(row.sent_at)} if row.sent_at else _("sent"), more if row.reason else ""
    if row.state == State.REFUSED:
        gone = row.reason == DEVICES_GONE
        return "danger", _("did not arrive"), _("Your devices take no more notices.") if gone else row.reason
    if row.state == State.DOUBTFUL:
        return "warn", _("may have gone"), ""
    return "", _why(row.reason), ""


def _why(reason: str) -> str:
    words = {
        Why.READ: _("read at the desk first"), Why.TAKEN: _("taken by somebody first"),
        Why.NOT_MINE: _("no longer yours by then"), Why.OFF: _("switched off by then"),
        Why.NO_SIGHT: _("out of your sight by then"), Why.GONE: _("deleted by then"),
        Why.LEFT: _("not sent"), Why.RETURNED: _("not sent: letters to you came back"),
        Why.MENDED: _("it has gone after all"), Why.DONE: _("done by then"),
        Why.LATE: _("not sent: it could not leave for a day"),
    }  # fmt: skip
    return {str(why): word for why, word in words.items()}.get(reason, _("not sent"))
