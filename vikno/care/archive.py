"""The form of a backup: one zip file that knows no database.

    manifest.json        what is in it: format, version, migrations, tables with rows and SHA-256, files, the key's mark
    rows/APP.MODEL.jsonl one JSON list a row, in the order of the manifest's columns
    files.jsonl          {"key", "size", "sha256"} of each stored file
    files/KEY            its bytes
    secret.key           only with --with-key

Instants are ISO 8601 with their offset, bytes are base64, decimals are text. A secret column stays encrypted as it is.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.apps.registry import Apps
from django.db import models

from vikno.core.secrets import derived_key
from vikno.terminal import gettext as _

FORMAT, VERSION = "vikno-backup", 1
MANIFEST, FILES, KEY = "manifest.json", "files.jsonl", "secret.key"
CHUNK = 1 << 20
LONGEST_LINE = 256 << 20  # a row longer than this is no row of ours

# What is made anew by itself, or would be wrong elsewhere: sign-ins of browsers with what hangs on them, Django's own
# lists.
LEFT_OUT = frozenset({
    "sessions.session", "usersessions.usersession", "contenttypes.contenttype", "auth.permission", "auth.group",
    "auth.group_permissions", "live.breath", "health.loopstate", "notices.device",
    "search.build", "search.due", "search.recent",
})  # fmt: skip


class BadArchive(Exception):
    """The file is no backup of Vikno's, or it is damaged. The text says which, and that nothing was changed."""


class Digesting:
    """Writes through, and knows the SHA-256 of all that went by."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target, self._digest, self.size = target, hashlib.sha256(), 0

    def write(self, chunk: bytes) -> None:
        self._target.write(chunk)
        self._digest.update(chunk)
        self.size += len(chunk)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


@dataclass(frozen=True, slots=True)
class TableEntry:
    """One table as the manifest tells of it. `last_id` is the highest id ever given out."""

    model: str
    columns: list[str]
    rows: int
    sha256: str
    last_id: int | None = None

    @property
    def path(self) -> str:
        return f"rows/{self.model}.jsonl"


@dataclass(slots=True)
class Manifest:
    vikno: str
    made_at: str
    database: str  # kind of the one it was made from; of no consequence
    migrations: dict[str, str]  # app → its last migration
    tables: list[TableEntry]
    files: int
    files_size: int
    files_sha256: str
    missing_files: list[str] = field(default_factory=list)
    key_mark: str = ""  # tells whether secrets can be read with a key, and nothing about the key
    with_key: bool = False


def key_mark() -> str:
    return derived_key("mark-of-the-key").hex()[:16]


def stored_models(registry: Apps) -> list[type[models.Model]]:
    """The models whose rows a backup holds, those that are pointed to before those that point."""
    every = [
        model
        for model in registry.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and label(model) not in LEFT_OUT
    ]
    ordered: list[type[models.Model]] = []
    labels = {label(model): model for model in every}
    under_way: set[str] = set()

    def place(model: type[models.Model]) -> None:
        if model in ordered or label(model) in under_way:
            return
        under_way.add(label(model))
        for one in model._meta.concrete_fields:
            target: Any = one.related_model
            if target is not None and label(target) in labels:
                place(labels[label(target)])
        ordered.append(model)

    for model in every:
        place(model)
    return ordered


def label(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}.{model._meta.model_name}"


def encoder(column: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """How a column's values become JSON; None for those that are as they stand."""
    if isinstance(column, models.DateField):  # and DateTimeField, which is one
        return lambda value: value.isoformat()
    if isinstance(column, models.BinaryField):
        return lambda value: base64.b64encode(bytes(value)).decode()
    if isinstance(column, models.DecimalField):
        return str
    return None


def decoder(column: models.Field[Any, Any], vendor: str) -> Callable[[Any], Any] | None:
    """The way back, to what the driver of this kind of database takes."""
    if isinstance(column, models.DateTimeField) and vendor == "sqlite":
        # Django keeps instants in SQLite as UTC without an offset.
        return lambda value: value.replace("T", " ").removesuffix("+00:00")
    if isinstance(column, models.BinaryField):
        return base64.b64decode
    if isinstance(column, models.JSONField):
        return lambda value: json.dumps(value, ensure_ascii=False)
    return None


def open_archive(path: Path) -> zipfile.ZipFile:
    """Raises BadArchive for what is not there or no zip file."""
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError:
        raise BadArchive(_("There is no file %(path)s.") % {"path": path}) from None
    except (zipfile.BadZipFile, OSError, ValueError):
        raise BadArchive(
            _("%(path)s is no backup of Vikno's, or its end is missing. Nothing was changed.") % {"path": path}
        ) from None


def read_manifest(archive: zipfile.ZipFile) -> Manifest:
    """Raises BadArchive."""
    try:
        found = json.loads(archive.read(MANIFEST))
        if found.pop("format") != FORMAT:
            raise KeyError
        version = int(found.pop("version"))
        if version > VERSION:
            raise BadArchive(
                _("This backup was made by a newer Vikno (%(version)s). Update first. Nothing was changed.")
                % {"version": found.get("vikno")}
            )
        found["tables"] = [TableEntry(**table) for table in found["tables"]]
        return Manifest(**found)
    except BadArchive:
        raise
    except Exception:
        raise BadArchive(
            _("This is no backup of Vikno's: its list of contents cannot be read. Nothing was changed.")
        ) from None


def lines_of(archive: zipfile.ZipFile, path: str) -> Iterable[bytes]:
    """The lines of a part, one at a time. Raises BadArchive when the part is missing or broken."""
    try:
        with archive.open(path) as part:
            while line := part.readline(LONGEST_LINE):
                yield line
    except KeyError:
        raise BadArchive(_("%(path)s is missing in this backup. Nothing was changed.") % {"path": path}) from None
    except (zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
        raise BadArchive(
            _("%(path)s in this backup is damaged (%(error)s). Nothing was changed.") % {"path": path, "error": error}
        ) from None
    except Exception as error:  # zlib.error has no common base with these
        if type(error).__name__ != "error":
            raise
        raise BadArchive(
            _("%(path)s in this backup is damaged (%(error)s). Nothing was changed.") % {"path": path, "error": error}
        ) from None
