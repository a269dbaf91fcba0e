"""Write all data and files into one archive, while the program is in use."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the archive to write; it must not be there yet")
    parser.add_argument(
        "--with-key",
        action="store_true",
        help="put the secret key in too: whoever has the file can then read stored passwords",
    )


def run(args: argparse.Namespace) -> int:
    from vikno.care import backup
    from vikno.commands._progress import Lines

    try:
        manifest = backup.backup(args.file.resolve(), with_key=args.with_key, tell=Lines())
    except OSError as error:
        print(f"The backup was not made: {error}", file=sys.stderr)
        return os.EX_CANTCREAT
    rows = sum(table.rows for table in manifest.tables)
    files = f"{manifest.files} files ({manifest.files_size} bytes)"
    print(f"{args.file}: {rows} rows of {len(manifest.tables)} tables, {files}")
    if manifest.missing_files:
        print(
            f"{len(manifest.missing_files)} files are missing or changed on disk; `vikno doctor` names them.",
            file=sys.stderr,
        )
    if not args.with_key:
        print("The secret key is not in it. Keep a copy of it apart: without it stored passwords cannot be read.")
    return os.EX_OK
