"""Take in one letter from standard input, as a mail server's pipe gives it."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from typing import Any

from vikno.terminal import N_
from vikno.terminal import gettext as _

SUMMARY = N_("Take in one letter from standard input, as a mail server's pipe gives it.")

SETUP = False  # done here: whatever goes wrong, the mail server must be told to try again
MOST_BYTES = 256 * 1024 * 1024  # above that nothing is kept: the mail server shall tell the sender
SOME = 30.0  # seconds to wait for another process that has this letter in hand


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options. What the mail server knows about the envelope comes by options or by its usual variables."""
    parser.add_argument(
        "--channel", metavar="NAME", help=_("the mail channel that it is for; else its address decides")
    )
    parser.add_argument("--sender", metavar="ADDRESS", help=_("who sent it, by the envelope ($SENDER)"))
    parser.add_argument(
        "--recipient", metavar="ADDRESS", action="append", help=_("whom it was sent to, by the envelope ($RECIPIENT)")
    )


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 once the letter is safely stored, whatever its fate; 75 when it is not and shall be brought again;
    64 for wrong usage. Prints one line of JSON."""
    raw = sys.stdin.buffer.read(MOST_BYTES + 1)
    if not raw.strip():
        return _wrong(_("There is no letter on standard input."))
    if len(raw) > MOST_BYTES:
        return _not_stored(_("The letter is larger than 256 MB."))
    from vikno import cli

    try:
        cli.set_up("mail")
        return _take(args, raw)
    except _Wrong as error:
        return _wrong(str(error))
    except _NotNow as error:
        return _not_stored(str(error))
    except Exception as error:
        cli.explain(error)
        return _not_stored(_("The letter could not be taken."))


class _Wrong(Exception):
    """The command was called with something that cannot be."""


class _NotNow(Exception):
    """There is nowhere to put a letter yet."""


def _take(args: argparse.Namespace, raw: bytes) -> int:
    from vikno.intake import ledger, pipeline

    recipients = tuple(args.recipient or ([os.environ["RECIPIENT"]] if os.environ.get("RECIPIENT") else []))
    channel = _channel(args.channel, recipients, raw)
    sender = args.sender if args.sender is not None else os.environ.get("SENDER")
    entry = ledger.accept(channel, raw, source="pipe", envelope_from=sender, envelope_to=recipients, mine=True)
    try:  # stored: whatever happens from here on, the engine takes it up and nobody must bring it again
        entry = _settled(pipeline.take_one(entry))
        answer = _answer(entry, raw)
    except Exception as error:
        from structlog import get_logger

        get_logger(__name__).exception("the letter is stored but could not be handled yet", inbound=entry.id)
        answer = _nothing("failed", "later") | {"detail": type(error).__name__}
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    sys.stdout.flush()
    return os.EX_OK


def _channel(name: str | None, recipients: tuple[str, ...], raw: bytes) -> Any:
    """The channel of that name; else the one whose address the letter was written to; else the only or first one."""
    from vikno.channels.email import own
    from vikno.channels.email.letter import parse
    from vikno.dialogs.models import Channel

    channels = Channel.objects.filter(kind=own.KIND, active=True).defer("secret").order_by("id")
    if name:
        found = channels.filter(name=name).first()
        if found is None:
            known = ", ".join(channels.values_list("name", flat=True)) or "–"
            words = _("There is no mail channel named “%(name)s”. There are: %(known)s.")
            raise _Wrong(words % {"name": name, "known": known})
        return found
    ours = own.read()
    letter = parse(raw[: 256 * 1024])
    for address in (*recipients, *letter.delivered_to, *(one.addr for one in (*letter.to, *letter.cc))):
        channel = ours.channel_of(address)
        if channel is not None:
            return channels.get(id=channel)
    first = channels.first()
    if first is None:
        raise _NotNow(_("There is no mail channel yet. `vikno setup … --address help@your.firm` makes one."))
    return first


def _settled(entry: Any) -> Any:
    """The entry once whoever has it in hand is done with it."""
    from vikno.intake.models import Inbound

    deadline = time.monotonic() + SOME
    while entry.state == Inbound.State.WORKING and time.monotonic() < deadline:
        time.sleep(0.05)
        entry.refresh_from_db()
    return entry


def _answer(entry: Any, raw: bytes) -> dict[str, Any]:
    from vikno.channels.email.letter import parse

    if not entry.fate:
        return _nothing("failed", "later")
    letter = parse(raw)
    return {
        "fate": entry.fate,
        "kind": entry.kind,
        "ticket": entry.ticket.number if entry.ticket else None,
        "message": entry.message_id,
        "subject": letter.subject,
        "from": letter.from_.addr if letter.from_ else "",
        "text": letter.text,
        "html": letter.html,
        "attachments": [{"name": one.name, "type": one.type, "size": len(one.content)} for one in letter.attachments],
        "reason": entry.reason,
    }


def _nothing(fate: str, reason: str) -> dict[str, Any]:
    return {
        "fate": fate, "kind": "", "ticket": None, "message": None, "subject": "", "from": "", "text": "", "html": "",
        "attachments": [], "reason": reason,
    }  # fmt: skip


def _wrong(words: str) -> int:
    print(f"vikno mail: {words}", file=sys.stderr)
    return os.EX_USAGE


def _not_stored(words: str) -> int:
    end = _("Nothing was stored; bring the letter again.")
    print(f"vikno mail: {words} {end}", file=sys.stderr)
    return os.EX_TEMPFAIL
