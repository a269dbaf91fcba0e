"""Start the pages alone; the engine runs elsewhere."""

from __future__ import annotations

import argparse
import os

SETUP = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8000, help="the port to listen on; 0 takes any free one")


def run(args: argparse.Namespace) -> int:
    from vikno import cli, web
    from vikno.commands.serve import bind

    sock = bind(args.host, args.port)
    if sock is None:
        return os.EX_UNAVAILABLE
    cli.set_up("web")
    web.load()
    from django.conf import settings

    web.leave(web.run(sock, lambda: cli.say(f"Vikno is ready: {settings.BASE_URL}/")))
    return os.EX_OK
