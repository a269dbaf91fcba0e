"""Say what is wrong, what it affects and how to mend it."""

from __future__ import annotations

import argparse
import os
import sys

from vikno.terminal import N_
from vikno.terminal import gettext as _

SUMMARY = N_("Say what is wrong, what it affects and how to mend it.")
SETUP = False  # that would make the folder: whoever mistyped its name must not get an empty one examined


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mend", action="store_true", help=_("mend what can be mended safely"))


def run(args: argparse.Namespace) -> int:
    from vikno import cli, environment

    if (missing := environment.missing(environment.read())) is not None:
        words = _("There is no data in %(folder)s. Name the right folder by --data or VIKNO_DATA.")
        print(words % {"folder": missing.parent}, file=sys.stderr)
        return os.EX_UNAVAILABLE
    cli.set_up("doctor")
    return _examine(mend=args.mend)


def _examine(*, mend: bool) -> int:
    from vikno.care import doctor

    found = mended = 0
    for check, findings in doctor.examine():
        print(f"{'!' if findings else '✓'} {_(check.name)}")
        for finding in findings:
            found += 1
            _tell(finding.what)
            _tell(_("Affects: %(what)s") % {"what": finding.affects})
            _tell(_("To mend: %(how)s") % {"how": finding.mend})
            if finding.safely and mend:
                _tell(_("Mended: %(what)s") % {"what": finding.safely()})
                mended += 1
            elif finding.safely:
                _tell(_("`vikno doctor --mend` does it."))
    if not found:
        print(_("All is well."))
        return os.EX_OK
    print(_("Found: %(found)s; mended: %(mended)s.") % {"found": found, "mended": mended})
    return os.EX_OK if found == mended else 1


def _tell(words: str) -> None:
    print(f"    {words}")
