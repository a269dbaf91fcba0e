"""Start the engine alone: journal readers, deliveries, connectors, timers. The pages run elsewhere."""

from __future__ import annotations

import argparse
import os

from vikno.terminal import N_
from vikno.terminal import gettext as _

SUMMARY = N_("Start the engine alone: journal readers, deliveries, connectors, timers. The pages run elsewhere.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has none of its own."""


def run(args: argparse.Namespace) -> int:
    from vikno import cli, engine, web

    web.leave(engine.run(lambda: cli.say(_("Vikno's engine is running."))))
    return os.EX_OK
