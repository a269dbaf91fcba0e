"""Say what is wrong, what it affects and how to mend it."""

from __future__ import annotations

import argparse
import os

from vikno.terminal import N_
from vikno.terminal import gettext as _

SUMMARY = N_("Say what is wrong, what it affects and how to mend it.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mend", action="store_true", help=_("mend what can be mended safely"))


def run(args: argparse.Namespace) -> int:
    from vikno.care import doctor

    found = mended = 0
    for check, findings in doctor.examine():
        print(f"{'!' if findings else '✓'} {_(check.name)}")
        for finding in findings:
            found += 1
            print(f"    {finding.what}")
            print(f"    {_('Affects: %(what)s') % {'what': finding.affects}}")
            print(f"    {_('To mend: %(how)s') % {'how': finding.mend}}")
            if finding.safely and args.mend:
                print(f"    {_('Mended: %(what)s') % {'what': finding.safely()}}")
                mended += 1
            elif finding.safely:
                print(f"    {_('`vikno doctor --mend` does it.')}")
    if not found:
        print(_("All is well."))
        return os.EX_OK
    print(_("Found: %(found)s; mended: %(mended)s.") % {"found": found, "mended": mended})
    return os.EX_OK if found == mended else 1
