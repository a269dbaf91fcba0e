"""Write all data and files into one archive, while the program is in use."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from pathlib import Path

from vikno.terminal import N_, ngettext
from vikno.terminal import gettext as _

SUMMARY = N_("Write all data and files into one archive, while the program is in use.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help=_("the archive to write; it must not be there yet"))
    parser.add_argument(
        "--with-key",
        action="store_true",
        help=_("put the secret key in too: whoever has the file can then read stored passwords"),
    )


def run(args: argparse.Namespace) -> int:
    from vikno.care import backup
    from vikno.commands._progress import Lines

    try:
        manifest = backup.backup(args.file.resolve(), with_key=args.with_key, tell=Lines())
    except OSError as error:
        print(_("The backup was not made: %(why)s") % {"why": _why(error, args.file.resolve().parent)}, file=sys.stderr)
        return os.EX_CANTCREAT
    rows = sum(table.rows for table in manifest.tables)
    words = _(
        "The backup is complete: %(file)s (rows: %(rows)s, tables: %(tables)s, files: %(files)s, bytes: %(bytes)s)"
    )
    print(words % {
        "file": args.file, "rows": rows, "tables": len(manifest.tables), "files": manifest.files,
        "bytes": manifest.files_size,
    })  # fmt: skip
    if missing := len(manifest.missing_files):
        words = ngettext(
            "%(count)s file is missing or changed on disk; `vikno doctor` names it.",
            "%(count)s files are missing or changed on disk; `vikno doctor` names them.", missing,
        )  # fmt: skip
        print(words % {"count": missing}, file=sys.stderr)
    if not args.with_key:
        print(_("The secret key is not in it. Keep a copy of it apart: without it stored passwords cannot be read."))
    return os.EX_OK


def _why(error: OSError, folder: Path) -> str:
    """What hindered it, in words, as far as it is one of the usual things."""
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return _("there is no folder %(folder)s.") % {"folder": folder}
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _("this user may not write into %(folder)s.") % {"folder": folder}
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _("the disk is full.")
    return error.strerror or str(error)
