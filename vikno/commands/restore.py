"""Read a backup into an empty database, SQLite or PostgreSQL, with all its files."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from vikno.terminal import N_
from vikno.terminal import gettext as _

SUMMARY = N_("Read a backup into an empty database, SQLite or PostgreSQL, with all its files.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help=_("an archive written by `vikno backup`"))
    parser.add_argument(
        "--moved",
        action="store_true",
        help=_("the old installation is stopped for good: letters that still waited there are sent from here"),
    )


def run(args: argparse.Namespace) -> int:
    from vikno.care import archive, restore
    from vikno.commands._progress import Lines

    try:
        manifest, words = restore.restore(args.file.resolve(), moved=args.moved, tell=Lines())
    except archive.BadArchive as error:
        print(error, file=sys.stderr)
        return os.EX_DATAERR
    except restore.NotEmpty as error:
        print(error, file=sys.stderr)
        return os.EX_CANTCREAT
    except OSError as error:
        print(_("The backup was not read: %(why)s") % {"why": error}, file=sys.stderr)
        return os.EX_NOINPUT
    rows = sum(table.rows for table in manifest.tables)
    done = _("Restored as of %(instant)s: rows: %(rows)s, files: %(files)s.")
    print(done % {"instant": manifest.made_at, "rows": rows, "files": manifest.files})
    for line in words:
        print(line)
    return os.EX_OK
