"""Fill a company with made-up but lifelike history, for trying and measuring."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from vikno.terminal import N_
from vikno.terminal import gettext as _

SUMMARY = N_("Fill a company with made-up but lifelike history, for trying and measuring.")

if TYPE_CHECKING:
    from vikno.welcome.seed import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tickets", type=int, required=True, metavar="N", help=_("how many tickets to make"))
    parser.add_argument(
        "--messages", type=int, metavar="M", help=_("how many messages in all, about (default: 5 a ticket)")
    )
    parser.add_argument("--yes", action="store_true", help=_("do it although people work with this company"))
    parser.add_argument(
        "--random", type=int, default=1, metavar="SEED", help=_("the same number makes the same history")
    )


def run(args: argparse.Namespace) -> int:
    from vikno.welcome import seed

    messages = args.tickets * 5 if args.messages is None else args.messages
    if args.tickets < 1 or messages < args.tickets:
        print(_("Give at least one ticket, and at least one message for each."), file=sys.stderr)
        return os.EX_USAGE
    show = Bar(args.tickets)
    try:
        seed.must_be_ready(also_in_use=args.yes)
        done = seed.seed(args.tickets, messages, args.random, show)
    except KeyboardInterrupt:
        show.end()
        words = _(
            "Stopped. What was made is whole and stays: tickets: %(tickets)s, messages: %(messages)s. "
            "The engine reads for the search what was not read yet."
        )
        print(words % {"tickets": show.tickets, "messages": show.messages}, file=sys.stderr)
        return 130
    except seed.NotSetUp as error:
        print(error, file=sys.stderr)
        return os.EX_UNAVAILABLE
    except seed.InUse as error:
        print(error, file=sys.stderr)
        return os.EX_CANTCREAT
    show.end()
    words = _("Made in %(seconds)s s: tickets: %(tickets)s, messages: %(messages)s.")
    print(words % {"tickets": done.tickets, "messages": done.messages, "seconds": round(done.seconds)})
    return os.EX_OK


class Bar:
    """A bar on a terminal; elsewhere one line for each tenth."""

    def __init__(self, total: int) -> None:
        self.total, self.terminal, self.tenth = total, sys.stderr.isatty(), 0
        self.tickets = self.messages = 0  # that are there

    def __call__(self, progress: Progress) -> None:
        self.tickets, self.messages = progress.tickets, progress.messages
        share = self.tickets / self.total
        rate = progress.messages / max(progress.seconds, 0.001)
        words = f"{progress.tickets} tickets, {progress.messages} messages, {rate:.0f} messages/s"
        if self.terminal:
            filled = int(share * 30)
            print(
                f"\r[{'#' * filled}{'.' * (30 - filled)}] {share:4.0%} {words}   ", end="", file=sys.stderr, flush=True
            )
        elif int(share * 10) > self.tenth:
            self.tenth = int(share * 10)
            print(f"{share:.0%} {words}", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self.terminal:
            print(file=sys.stderr)
