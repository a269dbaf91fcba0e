"""Start Vikno: the pages and the engine, in one command."""

from __future__ import annotations

import argparse
import ipaddress
import os
import socket
from pathlib import Path

from vikno import cli
from vikno.core.loading import loading
from vikno.terminal import N_
from vikno.terminal import gettext as _

SUMMARY = N_("Start Vikno: the pages and the engine, in one command.")

SETUP = False  # the port is taken first: its number may be part of the address


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help=_("the address to listen on (default: this machine only)"))
    parser.add_argument("--port", type=int, default=8000, help=_("the port to listen on; 0 takes any free one"))
    parser.add_argument(
        "--demo", action="store_true", help=_("an invented company to try, which sends nothing outside")
    )


def run(args: argparse.Namespace) -> int:
    if args.demo:
        if not _is_loopback(args.host):
            cli.say(
                _("The demo lets anybody in who has its link, so it answers on this machine only: leave --host out."),
                error=True,
            )
            return os.EX_USAGE
        for name in ("VIKNO_SMTP_URL", "VIKNO_BASE_URL"):  # nothing leaves this machine, no link leads elsewhere
            os.environ.pop(name, None)
        if not args.data:
            os.environ["VIKNO_DATA"] = str(Path(os.environ.get("VIKNO_DATA") or "data") / "demo")
    with loading():
        sock = bind(args.host, args.port)
        if sock is None:
            return os.EX_UNAVAILABLE
        from vikno import serve
    cli.set_up("serve")
    return serve.run(sock, ("web", "engine"), demo=args.demo)


def bind(host: str, port: int) -> socket.socket | None:
    """Take the port, or say why not. Without VIKNO_BASE_URL the address is where we listen."""
    from vikno import web

    try:
        sock = web.listen(host, port)
    except (OSError, OverflowError) as error:
        words = _("Vikno cannot listen on %(host)s, port %(port)s: %(why)s. Another --port may be free.")
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        cli.say(words % {"host": host, "port": port, "why": why}, error=True)
        return None
    name = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host
    shown = f"[{name}]" if ":" in name else name
    if not os.environ.get("VIKNO_BASE_URL"):
        os.environ["VIKNO_BASE_URL"] = f"http://{shown}:{sock.getsockname()[1]}"
    return sock


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
