"""Read a backup into an empty database, SQLite or PostgreSQL, with all its files."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="an archive written by `vikno backup`")
    parser.add_argument(
        "--moved",
        action="store_true",
        help="the old installation is stopped for good: letters that still waited there are sent from here",
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
    rows = sum(table.rows for table in manifest.tables)
    print(f"Restored {rows} rows and {manifest.files} files, as they were at {manifest.made_at}.")
    for line in words:
        print(line)
    return os.EX_OK
