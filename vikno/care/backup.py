"""Making a backup while the program is in use: all rows as they were in one instant, then the files they name."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.models.functions import Cast

import vikno
from vikno.care import archive
from vikno.care.archive import Digesting, Manifest, TableEntry
from vikno.core import clock
from vikno.core.files import MissingFile, store
from vikno.core.models import StoredFile
from vikno.core.secrets import SecretField
from vikno.terminal import gettext as _

ROWS = 2000  # read at a time
Tell = Callable[[str, int], None]  # what is being written, and how many so far


def backup(path: Path, *, with_key: bool = False, tell: Tell = lambda _what, _count: None) -> Manifest:
    """Write everything into one archive; answers its manifest. The file appears under its name when it is complete.

    Raises FileExistsError rather than write over a file, and OSError when the disk is full.
    """
    if path.exists():
        raise FileExistsError(_("%(file)s is there already. Choose another name, or move it away.") % {"file": path})
    unfinished = path.with_name(f".{path.name}.part")
    try:
        handle = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)  # all that customers ever wrote
        with os.fdopen(handle, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as target, one_snapshot():
                manifest = _write(target, with_key, tell)
            file.flush()
            os.fsync(file.fileno())
        os.rename(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


@contextmanager
def one_snapshot() -> Iterator[None]:
    """All reads inside see the database as it is now, and hinder no writer."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # Django's own transactions are writers' (IMMEDIATE) and would make everybody wait; a plain one reads from the WAL.
    connection.ensure_connection()
    raw = connection.connection
    raw.execute("BEGIN DEFERRED")
    try:
        yield
    finally:
        raw.execute("ROLLBACK")


def _write(target: zipfile.ZipFile, with_key: bool, tell: Tell) -> Manifest:
    made_at = clock.now().isoformat()
    tables = [_write_table(target, model, tell) for model in archive.stored_models(apps)]
    files, size, digest, missing = _write_files(target, tell)
    if with_key:
        target.writestr(archive.KEY, settings.SECRET_KEY)
    manifest = Manifest(
        vikno=vikno.__version__, made_at=made_at, database=connection.vendor, migrations=_migrations(), tables=tables,
        files=files, files_size=size, files_sha256=digest, missing_files=missing, key_mark=archive.key_mark(),
        with_key=with_key,
    )  # fmt: skip
    words = {"format": archive.FORMAT, "version": archive.VERSION} | asdict(manifest)
    target.writestr(archive.MANIFEST, json.dumps(words, ensure_ascii=False, indent=1))
    return manifest


def _write_table(target: zipfile.ZipFile, model: type[models.Model], tell: Tell) -> TableEntry:
    columns = list(model._meta.concrete_fields)
    encoders = [(place, encode) for place, field in enumerate(columns) if (encode := archive.encoder(field))]
    name, count = archive.label(model), 0
    # A secret is taken as it lies there, encrypted: so a backup needs no key and holds none.
    wanted: list[Any] = [
        Cast(field.attname, models.TextField()) if isinstance(field, SecretField) else field.attname
        for field in columns
    ]
    rows = model._base_manager.order_by("pk").values_list(*wanted)
    with target.open(f"rows/{name}.jsonl", "w", force_zip64=True) as part:
        out = Digesting(part)
        for row in rows.iterator(chunk_size=ROWS):
            values = list(row)
            for place, encode in encoders:
                if values[place] is not None:
                    values[place] = encode(values[place])
            out.write(json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n")
            count += 1
            if count % 20_000 == 0:
                tell(name, count)
    tell(name, count)
    names = [field.attname for field in columns]
    return TableEntry(name, names, count, out.hexdigest(), _last_id(model))


def _last_id(model: type[models.Model]) -> int | None:
    """The highest id ever given out: numbers are never used again, also in the restored database."""
    key = model._meta.pk
    if not isinstance(key, models.AutoField):
        return None
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s))", [model._meta.db_table, key.column]
            )
        else:
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        found = cursor.fetchone()
    return int(found[0]) if found and found[0] is not None else None


def _write_files(target: zipfile.ZipFile, tell: Tell) -> tuple[int, int, str, list[str]]:
    """The bytes of all files that rows name. One that is not there is said in the manifest and stops nothing."""
    entries: list[tuple[str, int, str]] = []
    missing: list[str] = []
    total = 0
    for key, size, digest in StoredFile.objects.order_by("id").values_list("key", "size", "sha256").iterator(ROWS):
        try:
            source = store().open(key)
        except MissingFile:
            missing.append(key)
            continue
        with source, target.open(f"files/{key}", "w", force_zip64=True) as part:
            out = Digesting(part)
            while chunk := source.read(archive.CHUNK):
                out.write(chunk)
        entries.append((key, out.size, out.hexdigest()))
        total += out.size
        if (out.size, out.hexdigest()) != (size, digest):
            missing.append(key)  # there, but not what was stored: kept as it is, and told
        if len(entries) % 500 == 0:
            tell("files", len(entries))
    tell("files", len(entries))
    with target.open(archive.FILES, "w") as part:
        listing = Digesting(part)
        for key, size, digest in entries:
            listing.write(json.dumps({"key": key, "size": size, "sha256": digest}).encode() + b"\n")
    return len(entries), total, listing.hexdigest(), missing


def _migrations() -> dict[str, str]:
    """The last migration of each app, as the database has it."""
    from django.db.migrations.recorder import MigrationRecorder

    applied: dict[str, str] = {}
    for app, name in MigrationRecorder.Migration.objects.order_by("id").values_list("app", "name"):
        applied[app] = max(name, applied.get(app, ""))
    return applied
