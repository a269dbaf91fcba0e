"""What a delivery's state means, in words for people. `Delivery.reason` holds the other side's own words or one of
these codes, the code perhaps followed by ": " and words of the other side."""

from __future__ import annotations

import re
from enum import StrEnum

from django.utils.translation import gettext as _

from vikno.dialogs.models import Delivery


class Code(StrEnum):
    NO_RELAY = "no_relay"  # nobody has said how this channel sends
    DEMO = "demo"  # a demo sends nothing outside
    EXPIRED = "expired"  # tried for five days
    BLOCKED = "blocked"  # automatic, to a blocked person
    FAILED = "failed"  # automatic, to an address that does not work
    ERASED = "erased"  # the recipient's data were erased
    UNPROVED = "unproved"  # the request became a matter of an account, and nobody has proved who asks
    SILENT = "silent"  # nothing is carried by this kind of channel
    FILE_MISSING = "file_missing"
    TOO_LARGE = "too_large"
    INTERNAL = "internal"  # a fault of ours before anything went out
    LOST = "lost"  # the process ended, or lost its database, while this was being sent
    MINUTE_LIMIT = "minute_limit"  # so many leave in a minute; the number stands behind it
    DOMAIN_LIMIT = "domain_limit"  # so many to one domain in a minute
    DAY_LIMIT = "day_limit"  # so many a day
    NO_ANSWER = "no_answer"  # the other side took it all and then fell silent
    SET_ASIDE = "set_aside"  # it did not arrive, and a person wants no more of it; why stands behind it
    STOPPED = "stopped"  # a person stopped it while it waited


NOT_THERE = (Code.SET_ASIDE, Code.STOPPED)  # of what is cancelled: it is known not to have arrived
LIMITS = (Code.MINUTE_LIMIT, Code.DOMAIN_LIMIT, Code.DAY_LIMIT)


def waits_for_limit(delivery: Delivery) -> bool:
    """Whether it waits only because so many have left already."""
    return delivery.state == Delivery.State.QUEUED and code_of(delivery.reason) in LIMITS


def code_of(reason: str) -> Code | None:
    """The code that a reason begins with; None if it is the other side's words alone."""
    head = reason.partition(":")[0]
    return Code(head) if head in set(Code) else None


# RFC 3463 sections 3.2 and 3.3, RFC 7505: no such mailbox, no such domain, a bad address, no mail at all, switched off.
_GONE = re.compile(r"\b5\.(?:1\.(?:1|2|3|10)|2\.1)\b")
_FULL = re.compile(r"\b[45]\.2\.2\b")


def failure_of(words: str) -> str:
    """What a status or a server's words say of the address itself, as Identity.Failure; "" if nothing."""
    return "gone" if _GONE.search(words) else "full" if _FULL.search(words) else ""


def state_word(state: str, reason: str = "") -> str:
    """A delivery's state in a word or two."""
    if code_of(reason) == Code.SET_ASIDE:
        return _("did not arrive")
    return {
        "queued": _("waits"), "sending": _("is being sent"), "sent": _("sent"), "refused": _("refused"),
        "bounced": _("came back"), "doubtful": _("doubtful"), "cancelled": _("taken back"),
    }[state]  # fmt: skip


def too_late(state: str) -> str:
    """Why a person's word on a delivery was not followed: `state` is what the delivery is in by now."""
    return _("Nothing was changed: this letter is in another state by now (%(state)s).") % {"state": state_word(state)}


def explain(delivery: Delivery) -> str:
    """What happened to this delivery and what to do about it; "" if there is nothing to say."""
    code = code_of(delivery.reason)
    words = delivery.reason.partition(": ")[2] if code else delivery.reason
    if code in LIMITS:
        return _of_limit(code, words)
    said = f" {words}" if words else ""
    if code == Code.SET_ASIDE:
        why = code_of(words)
        if not words:
            return _("Not arrived, and set aside.")
        return explain(Delivery(reason=words)) if why else _("Not arrived, and set aside. The other side said:") + said
    if code:
        return _of_code(code) + said
    state = delivery.state
    if state == Delivery.State.QUEUED and delivery.attempts:
        return _("Not sent yet; it is tried again by itself. The other side said:") + said
    if state == Delivery.State.REFUSED:
        return _("Refused. Check the address or write another way. The other side said:") + said
    if state == Delivery.State.BOUNCED:
        return _("It came back. Check the address or write another way. The other side said:") + said
    if state == Delivery.State.DOUBTFUL:
        return _("It may have been sent. Send it again only if the recipient did not get it.") + said
    if state == Delivery.State.SENT and words:
        return _("On its way, delayed by the recipient's server:") + said
    return ""


def _of_limit(code: Code | None, most: str) -> str:
    return {
        Code.MINUTE_LIMIT: _("Waits for the limit of %(most)s letters a minute."),
        Code.DOMAIN_LIMIT: _("Waits for the limit of %(most)s letters a minute to one domain."),
        Code.DAY_LIMIT: _("Waits for the limit of %(most)s letters a day."),
    }[code or Code.MINUTE_LIMIT] % {"most": most}  # fmt: skip


def _of_code(code: Code) -> str:
    return {
        Code.NO_RELAY: _(
            "Waiting: nobody has set up sending for this channel. It is kept as a file in the outbox folder."
        ),
        Code.DEMO: _("Kept as a file in the outbox folder: a demo sends nothing outside."),
        Code.EXPIRED: _("Given up after five days of trying. Send it again or write another way."),
        Code.BLOCKED: _("Not sent: automatic messages do not go to somebody who is blocked."),
        Code.FAILED: _("Not sent: automatic messages do not go to an address that does not work."),
        Code.ERASED: _("Not sent: the data of this recipient were erased."),
        Code.UNPROVED: _(
            "Not sent: the request became a matter of an account before this left, and it is not proved that the"
            " customer asks. Send it again when that is proved, or when a lead has let it pass."
        ),
        Code.SILENT: _("Not sent: nothing can be sent over this channel."),
        Code.FILE_MISSING: _("Not sent: an attached file is missing. Write again and attach it anew."),
        Code.TOO_LARGE: _("Not sent: it is larger than the mail server takes. Send the files another way."),
        Code.INTERNAL: _(
            "Not sent yet because of a fault here; it is tried again. The log of the server has the details."
        ),
        Code.STOPPED: _("It was stopped before it left."),
        Code.LOST: _(
            "It may have been sent: Vikno was interrupted in that very moment."
            " Send it again only if the recipient did not get it."
        ),
        Code.NO_ANSWER: _(
            "It may have been sent: the mail server did not confirm it."
            " Send it again only if the recipient did not get it."
        ),
    }[code]
