"""Let somebody in who cannot sign in: a one-time link, printed once, alone on the last line."""

from __future__ import annotations

import argparse
import os
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL", help="the address they sign in with")


def run(args: argparse.Namespace) -> int:
    from django.conf import settings
    from django.urls import reverse

    from vikno.accounts import links
    from vikno.accounts.models import User

    user = User.objects.filter(email=args.email.strip().lower(), is_active=True).first()
    if user is None:
        print(f"Nobody signs in with {args.email}, or their login is off. No link was made.", file=sys.stderr)
        return os.EX_NOUSER
    secret = links.make_for(user)
    minutes = int(links.BY_COMMAND_LIFETIME.total_seconds()) // 60
    print(f"This link signs {user.email} in. It works once, for {minutes} minutes, and is shown this once:")
    print(f"{settings.BASE_URL}{reverse('sign_in_link', args=[secret])}")
    return os.EX_OK
