"""Let somebody in who cannot sign in: a one-time link, printed once, alone on the last line."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from vikno.terminal import N_
from vikno.terminal import gettext as _

SUMMARY = N_("Let somebody in who cannot sign in: a one-time link, printed once, alone on the last line.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL", help=_("the address they sign in with"))
    words = _("first remove the app, keys and recovery codes that they lost, and end their sessions")
    parser.add_argument("--without-factor", action="store_true", help=words)


def run(args: argparse.Namespace) -> int:
    from django.conf import settings
    from django.urls import reverse

    from vikno.accounts import actions, links
    from vikno.accounts.models import User
    from vikno.core import serving

    user = User.objects.filter(email=args.email.strip().lower(), is_active=True).first()
    if user is None:
        words = _("Nobody signs in with %(address)s, or their login is off. No link was made.")
        print(words % {"address": args.email}, file=sys.stderr)
        return os.EX_NOUSER
    if args.without_factor:
        actions.remove_factors(user)
    secret = links.make_for(user)
    minutes = int(links.BY_COMMAND_LIFETIME.total_seconds()) // 60
    words = _("This link signs %(address)s in. It works once, for %(minutes)s minutes, and is shown this once:")
    print(words % {"address": user.email, "minutes": minutes})
    address = serving.address(settings.DATA)
    if not address:
        _say_nobody_answers(settings.DATA, settings.BASE_URL)
    print(f"{address or settings.BASE_URL}{reverse('sign_in_link', args=[secret])}")
    return os.EX_OK


def _say_nobody_answers(data: Path, address: str) -> None:
    """On standard error, as the link stands alone on the last line of what is printed."""
    words = _("Vikno does not run on the data in %(folder)s now. The link works once it answers at %(address)s.")
    if not os.environ.get("VIKNO_BASE_URL"):
        words = _(
            "Vikno does not run on the data in %(folder)s now. The link works once it answers at %(address)s, which is "
            "guessed: start Vikno first and ask again, or set VIKNO_BASE_URL or --data."
        )
    print(words % {"folder": data, "address": address}, file=sys.stderr)
