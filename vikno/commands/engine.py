"""Start the engine alone: journal readers, deliveries, connectors, timers. The pages run elsewhere."""

from __future__ import annotations

import argparse
import os


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has none of its own."""


def run(args: argparse.Namespace) -> int:
    from vikno import cli, engine, web

    web.leave(engine.run(lambda: cli.say("Vikno's engine is running.")))
    return os.EX_OK
