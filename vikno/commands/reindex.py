"""Build the search index anew, beside the one in use."""

from __future__ import annotations

import argparse
import os

from vikno import cli
from vikno.commands._progress import Lines
from vikno.terminal import N_
from vikno.terminal import gettext as _

SUMMARY = N_("Build the search index anew, beside the one in use.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--resume", action="store_true", help=_("only go on with what is being built; do nothing if all is done")
    )


def run(args: argparse.Namespace) -> int:
    from vikno.search import filling, rebuild
    from vikno.search.state import current

    if not args.resume:
        rebuild.start()
    show = Lines()
    while rebuild.step():
        show(_("tickets and people in the new index"), current().done)
    filling.catch_up()
    rebuild.settle()
    cli.say(_("The search index is complete. Tickets and people in it: %(count)s.") % {"count": current().done})
    return os.EX_OK
