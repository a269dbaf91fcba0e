"""The queue "What next" in words: why each request stands where it does, and what the table of weights says."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vikno.tasks.weighing import WEIGHTS, Part, Reason, Weight

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TONES = {Reason.OVERDUE: "over", Reason.DEADLINE: "soon"}


def span_words(span: timedelta) -> str:
    """How long something has been: whole minutes below an hour, hours below two days, then days."""
    if span < HOUR:
        count = span // MINUTE
        return ngettext("%(count)s minute", "%(count)s minutes", count) % {"count": count}
    if span < 2 * DAY:
        count = span // HOUR
        return ngettext("%(count)s hour", "%(count)s hours", count) % {"count": count}
    count = span // DAY
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}


def reason_words(part: Part, priority: str) -> str:
    """One reason of a request, with how long it has been so. `priority`: its name."""
    said = {"span": span_words(part.span or timedelta()), "priority": priority}
    words = {
        Reason.OVERDUE: _("Overdue by %(span)s"),
        Reason.DEADLINE: _("Due in %(span)s"),
        Reason.WAITING: _("The customer has waited %(span)s"),
        Reason.REPLY: _("They answered our answer"),
        Reason.PRIORITY: _("Priority: %(priority)s"),
        Reason.AGE: _("Asked %(span)s ago"),
        Reason.MENTIONED: _("You were mentioned"),
        Reason.MINE: _("It is yours"),
        Reason.TEAM: _("Nobody in your team has it"),
    }
    return words[part.reason] % said


def points_words(points: int) -> str:
    """Points with their sign, as they are added up."""
    return f"+{points}" if points >= 0 else f"−{-points}"


def weights() -> list[tuple[str, str]]:
    """The table of weights: each reason, and what it weighs."""
    words = {
        Reason.OVERDUE: _("Its deadline has passed"),
        Reason.DEADLINE: _("Its deadline is less than a day away"),
        Reason.WAITING: _("The customer waits for an answer"),
        Reason.REPLY: _("They answered our answer"),
        Reason.PRIORITY: _("Its priority is above or below the ordinary one"),
        Reason.AGE: _("It was asked some time ago"),
        Reason.MENTIONED: _("A colleague mentioned you, and you have not looked since"),
        Reason.MINE: _("It is yours"),
        Reason.TEAM: _("Nobody in your team has it"),
    }
    return [(words[reason], _weight_words(reason, weight)) for reason, weight in WEIGHTS.items()]


def _weight_words(reason: Reason, weight: Weight) -> str:
    said = {"once": weight.once, "each": weight.each, "most": weight.most}
    if reason == Reason.PRIORITY:
        return _("%(each)s for each step above, as much less for each below") % said
    if reason == Reason.DEADLINE:
        return _("%(each)s for each hour of the last day that has gone, at most %(most)s") % said
    if weight.per == DAY:
        return _("%(each)s for each day, at most %(most)s") % said
    if weight.once and weight.each:
        return _("%(once)s, and %(each)s for each hour, at most %(most)s") % said
    if weight.each:
        return _("%(each)s for each hour, at most %(most)s") % said
    return str(weight.once)
