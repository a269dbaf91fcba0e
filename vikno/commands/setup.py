"""Set a new company up from the command line instead of in the browser."""

from __future__ import annotations

import argparse
import os
import sys

from vikno import terminal
from vikno.terminal import N_
from vikno.terminal import gettext as _

SUMMARY = N_("Set a new company up from the command line instead of in the browser.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--company", required=True, metavar="NAME", help=_("the company's name; customers see it"))
    parser.add_argument(
        "--email", required=True, metavar="ADDRESS", help=_("the owner's address: they sign in with it")
    )
    parser.add_argument(
        "--password", required=True, metavar="WORD", help=_("the owner's password; - reads it from standard input")
    )
    parser.add_argument(
        "--name", default="", help=_("the owner's name (default: the part of the address before the @)")
    )
    parser.add_argument("--address", metavar="ADDRESS", help=_("what customers write to, such as help@firm.example"))
    parser.add_argument(
        "--preset", default="other", metavar="KIND", help=_("it, shop or other (default): words to begin with")
    )
    parser.add_argument(
        "--language", default=None, choices=terminal.LANGUAGES, help=_("of the company (default: by LANG, else en)")
    )
    parser.add_argument("--zone", default=None, metavar="ZONE", help=_("such as Europe/Kyiv (default: the machine's)"))


def run(args: argparse.Namespace) -> int:
    from django.utils import translation

    from vikno.commands import migrate
    from vikno.welcome import actions

    migrate.apply()  # it may be the first command on this machine
    language = args.language or terminal.language()
    password = sys.stdin.readline().rstrip("\r\n") if args.password == "-" else args.password
    nothing = _("Nothing was changed.")
    try:
        with translation.override(terminal.language()):
            made = actions.set_up(
                company=args.company,
                name=args.name,
                email=args.email,
                password=password,
                language=language,
                zone=args.zone or actions.machine_zone(),
                preset=args.preset,
                address=args.address,
            )
    except actions.WrongAnswer as error:
        print(f"--{error.field}: {error} {nothing}", file=sys.stderr)
        return os.EX_USAGE
    except actions.AlreadySetUp as error:
        print(f"{error} {nothing}", file=sys.stderr)
        return os.EX_CANTCREAT
    words = _("%(company)s is set up. %(address)s is its owner and can sign in.")
    print(words % {"company": made.company.name, "address": made.user.email})
    if args.address:
        print(_("Letters to %(address)s become tickets.") % {"address": args.address.strip().lower()})
    return os.EX_OK
