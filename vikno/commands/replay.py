"""Let a reader of the journal digest its events once more, while engines run."""

from __future__ import annotations

import argparse
import os
import sys

from vikno import cli
from vikno.terminal import N_
from vikno.terminal import gettext as _

SUMMARY = N_("Let a reader of the journal digest its events once more.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("reader", metavar="READER", help=_("its name, as `vikno doctor` tells it"))
    parser.add_argument(
        "--after", metavar="ID", type=int, default=0, help=_("only events after this one; default: all")
    )


def run(args: argparse.Namespace) -> int:
    from vikno.journal import readers

    known = sorted(name for name, reader in readers.REGISTRY.items() if not reader.effect)
    if args.reader not in known or args.after < 0:
        words = _("There is no such reader that could be replayed. These can: %(names)s.")
        print(words % {"names": ", ".join(known)}, file=sys.stderr)
        return os.EX_USAGE
    readers.replay(args.reader, args.after)
    cli.say(_("The engine goes on with event %(id)s.") % {"id": args.after + 1})
    return os.EX_OK
