"""Make a token for the API. It is printed once, alone on the last line; only its digest is kept."""

from __future__ import annotations

import argparse
import os
import sys

from vikno.terminal import N_
from vikno.terminal import gettext as _

SUMMARY = N_("Make a token for the API. It is printed once, alone on the last line; only its digest is kept.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL", help=_("whose rights the token has: an agent's sign-in address"))
    parser.add_argument("name", metavar="NAME", help=_("what it is for, such as the program that uses it"))
    parser.add_argument("--scope", default="write", choices=("read", "write", "inbound"), help=_("default: write"))
    narrow = _("only for tickets of this team; may be given several times")
    parser.add_argument("--team", metavar="TEAM", action="append", default=[], help=narrow)


def run(args: argparse.Namespace) -> int:
    from vikno.accounts.actions import create_token
    from vikno.accounts.models import User
    from vikno.core.text import one_line
    from vikno.staff.models import Agent, Team

    name = one_line(args.name, 100)
    user = User.objects.filter(email=args.email.strip().lower(), is_active=True).first()
    if user is None or not Agent.objects.filter(person__user=user, active=True).exists():
        words = _("No active agent signs in with %(address)s. No token was made.")
        print(words % {"address": args.email}, file=sys.stderr)
        return os.EX_NOUSER
    if not name:
        print(_("Give the token a name, so that whoever reads the list knows what it is for."), file=sys.stderr)
        return os.EX_USAGE
    teams = dict(Team.objects.filter(archived_at=None, name__in=args.team).values_list("name", "id"))
    if missing := [team for team in args.team if team not in teams]:
        print(_("There is no team “%(name)s”. No token was made.") % {"name": missing[0]}, file=sys.stderr)
        return os.EX_USAGE
    token, secret = create_token(user, name, scope=args.scope, teams=teams.values(), by=user.pk)
    words = _("A token with the rights of %(address)s (%(scope)s), named “%(name)s”. It is shown this once:")
    print(words % {"address": user.email, "scope": token.scope, "name": name})
    print(secret)
    return os.EX_OK
