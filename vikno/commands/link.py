"""Let somebody in who cannot sign in: a one-time link, printed once, alone on the last line."""

from __future__ import annotations

import argparse
import os
import sys

from vikno.terminal import N_
from vikno.terminal import gettext as _

SUMMARY = N_("Let somebody in who cannot sign in: a one-time link, printed once, alone on the last line.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL", help=_("the address they sign in with"))


def run(args: argparse.Namespace) -> int:
    from django.conf import settings
    from django.urls import reverse

    from vikno.accounts import links
    from vikno.accounts.models import User

    user = User.objects.filter(email=args.email.strip().lower(), is_active=True).first()
    if user is None:
        words = _("Nobody signs in with %(address)s, or their login is off. No link was made.")
        print(words % {"address": args.email}, file=sys.stderr)
        return os.EX_NOUSER
    secret = links.make_for(user)
    minutes = int(links.BY_COMMAND_LIFETIME.total_seconds()) // 60
    words = _("This link signs %(address)s in. It works once, for %(minutes)s minutes, and is shown this once:")
    print(words % {"address": user.email, "minutes": minutes})
    print(f"{settings.BASE_URL}{reverse('sign_in_link', args=[secret])}")
    return os.EX_OK
