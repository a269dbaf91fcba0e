"""Start the pages alone; the engine runs elsewhere."""

from __future__ import annotations

import argparse
import os

from vikno.terminal import N_
from vikno.terminal import gettext as _

SUMMARY = N_("Start the pages alone; the engine runs elsewhere.")

SETUP = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help=_("the address to listen on (default: this machine only)"))
    parser.add_argument("--port", type=int, default=8000, help=_("the port to listen on; 0 takes any free one"))


def run(args: argparse.Namespace) -> int:
    from vikno import cli, web
    from vikno.commands.serve import bind

    sock = bind(args.host, args.port)
    if sock is None:
        return os.EX_UNAVAILABLE
    cli.set_up("web")
    web.load()
    from django.conf import settings

    from vikno.core import serving

    def announce() -> None:
        serving.note(settings.DATA, settings.BASE_URL)
        cli.say(cli.ready())

    code = web.run(sock, announce)
    serving.forget(settings.DATA)
    web.leave(code)
    return os.EX_OK
