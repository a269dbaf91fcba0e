"""Set a new company up from the command line instead of in the browser."""

from __future__ import annotations

import argparse
import os
import sys

LANGUAGES = ("uk", "ru", "en")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--company", required=True, metavar="NAME", help="the company's name; customers see it")
    parser.add_argument("--email", required=True, metavar="ADDRESS", help="the owner's address: they sign in with it")
    parser.add_argument(
        "--password", required=True, metavar="WORD", help="the owner's password; - reads it from standard input"
    )
    parser.add_argument("--name", default="", help="the owner's name (default: the part of the address before the @)")
    parser.add_argument("--address", metavar="ADDRESS", help="what customers write to, such as help@firm.example")
    parser.add_argument(
        "--preset", default="other", metavar="KIND", help="it, shop or other (default): words to begin with"
    )
    parser.add_argument(
        "--language", default=None, choices=LANGUAGES, help="of the company (default: by LANG, else en)"
    )
    parser.add_argument("--zone", default=None, metavar="ZONE", help="such as Europe/Kyiv (default: the machine's)")


def run(args: argparse.Namespace) -> int:
    from django.utils import translation

    from vikno.welcome import actions

    language = args.language or _machine_language()
    password = sys.stdin.readline().rstrip("\r\n") if args.password == "-" else args.password
    try:
        with translation.override("en"):
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
        print(f"--{error.field}: {error} Nothing was changed.", file=sys.stderr)
        return os.EX_USAGE
    except actions.AlreadySetUp as error:
        print(f"{error} Nothing was changed.", file=sys.stderr)
        return os.EX_CANTCREAT
    print(f"{made.company.name} is set up. {made.user.email} is its owner and can sign in.")
    if args.address:
        print(f"Letters to {args.address.strip().lower()} become tickets.")
    return os.EX_OK


def _machine_language() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        language = os.environ.get(name, "")[:2]
        if language in LANGUAGES:
            return language
        if language:
            break
    return "en"
