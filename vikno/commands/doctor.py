"""Say what is wrong, what it affects and how to mend it."""

from __future__ import annotations

import argparse
import os


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mend", action="store_true", help="mend what can be mended safely")


def run(args: argparse.Namespace) -> int:
    from vikno.care import doctor

    found = mended = 0
    for check, findings in doctor.examine():
        print(f"{'!' if findings else '✓'} {check.name}")
        for finding in findings:
            found += 1
            print(f"    {finding.what}\n    Affects: {finding.affects}\n    To mend: {finding.mend}")
            if finding.safely and args.mend:
                print(f"    Mended: {finding.safely()}")
                mended += 1
            elif finding.safely:
                print("    `vikno doctor --mend` does it.")
    if not found:
        print("All is well.")
        return os.EX_OK
    print(f"{doctor.counted(found, 'finding', 'findings')}, {mended} mended.")
    return os.EX_OK if found == mended else 1
