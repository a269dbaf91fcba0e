"""Words for what colleagues are told of, and for what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from vikno.notices.judging import Why
from vikno.notices.kinds import CROWD, Kind
from vikno.notices.models import NoticeDelivery

State = NoticeDelivery.State


def kind_words(kind: str) -> tuple[str, str]:
    """A kind of notice, and when it comes."""
    return {
        Kind.NEW: (
            _("New request in my team"),
            _("When nobody has taken it for five minutes. In teams of more than %(most)s only for those who choose it.")
            % {"most": CROWD},
        ),
        Kind.REPLY: (_("Reply of a customer"), _("On requests that are yours or that you follow.")),
        Kind.GIVEN: (_("A request was given to me"), _("By a colleague, or by itself.")),
        Kind.MENTION: (_("I was mentioned"), _("When a colleague names you in a note.")),
        Kind.ADVICE: (
            _("Advice of a lead"),
            _("A note by somebody who leads the team of the request, or by an owner, on requests that are yours or "
              "that you follow."),
        ),
        Kind.NOTE: (
            _("Note of a colleague"), _("Of all others, on requests that are yours or that you follow."),
        ),
        Kind.DUE: (
            _("A deadline is near"),
            _("As long before it as is set below, or on the morning of its day, for requests that are yours or that "
              "you follow."),
        ),
        Kind.BACK: (
            _("What was put aside is back"),
            _("When its time has come, for requests that are yours or that you follow."),
        ),
        Kind.TASK: (_("Reminder of my to-do list"), _("At the time that you chose there.")),
        Kind.SOLVED: (
            _("The cause of a request is solved"),
            _("When the request is closed that caused one which is yours or which you follow."),
        ),
        Kind.FAILED: (
            _("My answer did not arrive"), _("It was refused, came back, or nobody knows whether it has gone."),
        ),
    }[Kind(kind)]  # fmt: skip


def state_words(row: NoticeDelivery, moment: Callable[[datetime], str]) -> tuple[str, str, str]:
    """What became of a notice: tone, words, and more words or "". `moment` writes instants in the reader's zone."""
    if row.state == State.WAITING:
        time = {"time": moment(row.due_at)}
        if row.attempts and row.reason:
            more = _("It could not leave yet. What is wrong with the mailbox stands on the page of channels.")
            return "warn", _("is tried again at %(time)s") % time, more
        if row.not_before is not None:
            return "", _("waits for your hours: goes at %(time)s") % time, ""
        if row.held:
            return (
                "",
                _("goes at %(time)s with others") % time,
                _("More than so many letters an hour would be too many."),
            )
        return "", _("goes at %(time)s, unless you read it first") % time, ""
    if row.state == State.SENDING:
        return "", _("is being sent"), ""
    if row.state == State.SENT:
        return "ok", _("went by mail at %(time)s") % {"time": moment(row.sent_at)} if row.sent_at else _("sent"), ""
    if row.state == State.REFUSED:
        return "danger", _("did not arrive"), row.reason
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
