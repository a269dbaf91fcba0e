"""Reading a backup into an empty database of either kind. First all is checked, then all is written, in one
transaction: a damaged archive changes nothing."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps.registry import Apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

from vikno.care import archive, erasure
from vikno.care.archive import BadArchive, Digesting, Manifest, TableEntry
from vikno.core.files import store
from vikno.search import rebuild
from vikno.terminal import gettext as _

BATCH = 2000
Tell = Callable[[str, int], None]
DOUBT = "Restored from a backup made before this was sent; it may have gone since."


class NotEmpty(Exception):
    """There are data where the backup should go; restoring over them would lose or mix them."""


def restore(path: Path, *, moved: bool = False, tell: Tell = lambda _what, _count: None) -> tuple[Manifest, list[str]]:
    """Read a backup into the empty database and file store of the settings; answers its manifest and what to know.

    `moved` says that the installation it came from will not run again: then what waited to be sent goes out from here.
    Otherwise such letters become doubtful, since they may have gone after the backup was made.
    Raises BadArchive and NotEmpty, in words, before anything was changed.
    """
    with archive.open_archive(path) as source:
        manifest = archive.read_manifest(source)
        check(source, manifest, tell)
        must_be_empty()
        registry = _tables_as_then(manifest)
        written: list[str] = []
        try:
            _restore_files(source, written, tell)
            with _without_checks(), transaction.atomic():
                for entry in manifest.tables:
                    _restore_table(source, entry, registry, tell)
                if connection.vendor == "sqlite":
                    connection.check_constraints()
                hold_what_waited(moved)
        except BaseException:
            for key in written:
                store().delete(key)
            raise
        words = restore_key(source, manifest)
    _to_the_present()
    rebuild.start_from_nothing()  # the engine builds the index anew from what was restored
    if manifest.missing_files:
        words.append(
            _("%(count)s files were missing or changed already when the backup was made; `vikno doctor` names them.")
            % {"count": len(manifest.missing_files)}
        )
    again = erasure.reapply(manifest.made_at)
    if again:
        words.append(
            _("%(again)s persons were erased after the backup was made; they were erased again.") % {"again": again}
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return manifest, words


# ---- checking -------------------------------------------------------------------------------------------------------


def check(source: zipfile.ZipFile, manifest: Manifest, tell: Tell = lambda _what, _count: None) -> None:
    """Read the whole archive once and compare it with its manifest. Raises BadArchive."""
    for entry in manifest.tables:
        digest, count = Digesting(_Nowhere()), 0  # type: ignore[arg-type]
        for line in archive.lines_of(source, entry.path):
            digest.write(line)
            count += 1
        if (count, digest.hexdigest()) != (entry.rows, entry.sha256):
            raise BadArchive(
                _("%(path)s is not what the manifest says: the backup was changed or damaged. Nothing was changed.")
                % {"path": entry.path}
            )
        tell(_("checked %(model)s") % {"model": entry.model}, count)
    listing, count = Digesting(_Nowhere()), 0  # type: ignore[arg-type]
    for line in archive.lines_of(source, archive.FILES):
        listing.write(line)
        _check_file(source, json.loads(line))
        count += 1
    if (count, listing.hexdigest()) != (manifest.files, manifest.files_sha256):
        raise BadArchive(
            _(
                "The list of files is not what the manifest says: the backup was changed or damaged. "
                "Nothing was changed."
            )
        )
    tell(_("checked files"), count)


def _check_file(source: zipfile.ZipFile, entry: dict[str, Any]) -> None:
    digest = Digesting(_Nowhere())  # type: ignore[arg-type]
    for chunk in archive.lines_of(source, f"files/{entry['key']}"):
        digest.write(chunk)
    if (digest.size, digest.hexdigest()) != (entry["size"], entry["sha256"]):
        raise BadArchive(_("The file %(key)s in this backup is damaged. Nothing was changed.") % {"key": entry["key"]})


class _Nowhere:
    def write(self, _chunk: bytes) -> None: ...


def must_be_empty() -> None:
    """Raises NotEmpty if any table of ours holds a row."""
    from django.apps import apps

    there = set(connection.introspection.table_names())
    for model in archive.stored_models(apps):
        if model._meta.db_table in there and model._base_manager.exists():
            raise NotEmpty(
                _(
                    "The database holds data already (%(table)s). Restore into a new data folder "
                    "(VIKNO_DATA) or a new PostgreSQL database (VIKNO_DATABASE_URL). Nothing was changed."
                )
                % {"table": model._meta.db_table}
            )


# ---- tables ---------------------------------------------------------------------------------------------------------


def _tables_as_then(manifest: Manifest) -> Apps:
    """Bring the empty database to the state of the one that was backed up; answers the models of that state."""
    executor = MigrationExecutor(connection)
    known = executor.loader.graph.nodes
    unknown = [f"{app}.{name}" for app, name in manifest.migrations.items() if (app, name) not in known]
    if unknown:
        raise BadArchive(
            _(
                "This backup was made by another or newer Vikno (%(vikno)s): this one does not know "
                "%(migration)s. Update first. Nothing was changed."
            )
            % {"vikno": manifest.vikno, "migration": unknown[0]}
        )
    targets = sorted(manifest.migrations.items())
    if set(executor.loader.applied_migrations) - set(_up_to(executor, targets)):
        raise NotEmpty(
            _(
                "The backup is older than this database, though that is empty. Restore into a new "
                "data folder or a new database: its tables are then brought up to date afterwards. "
                "Nothing was changed."
            )
        )
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


def _up_to(executor: MigrationExecutor, targets: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for target in targets:
        yield from executor.loader.graph.forwards_plan(target)


def _to_the_present() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def _restore_table(source: zipfile.ZipFile, entry: TableEntry, registry: Apps, tell: Tell) -> None:
    model = registry.get_model(entry.model)
    fields = {field.attname: field for field in model._meta.concrete_fields}
    columns = [fields[name] for name in entry.columns]
    decoders = [
        (place, decode) for place, field in enumerate(columns) if (decode := archive.decoder(field, connection.vendor))
    ]
    rows = _rows(archive.lines_of(source, entry.path), decoders)
    _defer_references_to_itself(model)
    count = 0
    while batch := list(islice(rows, BATCH)):
        _insert(model, columns, batch)
        count += len(batch)
        if count % 20_000 == 0:
            tell(entry.model, count)
    if entry.last_id is not None:
        go_on_from(model, entry.last_id)
    tell(entry.model, count)


def _rows(lines: Iterable[bytes], decoders: list[tuple[int, Callable[[Any], Any]]]) -> Iterator[list[Any]]:
    postgresql = connection.vendor == "postgresql"
    for line in lines:
        if postgresql and b"\\u0000" in line:  # SQLite keeps this character in texts, PostgreSQL cannot
            line = line.replace(b"\\u0000", "\ufffd".encode())
        values = json.loads(line)
        for place, decode in decoders:
            if values[place] is not None:
                values[place] = decode(values[place])
        yield values


def _insert(model: type[models.Model], columns: list[models.Field[Any, Any]], rows: list[list[Any]]) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
    marks = ", ".join("?" * len(columns))
    connection.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


class _without_checks:
    """SQLite checks foreign keys once at the end instead of with each row. PostgreSQL checks after each batch:
    gathering the checks of millions of rows until the end would cost it gigabytes."""

    def __enter__(self) -> None:
        if connection.vendor == "sqlite":
            connection.disable_constraint_checking()

    def __exit__(self, *_error: object) -> None:
        if connection.vendor == "sqlite":
            connection.enable_constraint_checking()


def _defer_references_to_itself(model: type[models.Model]) -> None:
    """A row may point to a later one of its own table; everything else points to tables that are there already."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conname FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid = confrelid AND conrelid = to_regclass(%s)",
            [connection.ops.quote_name(model._meta.db_table)],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"SET CONSTRAINTS {connection.ops.quote_name(name)} DEFERRED")


def go_on_from(model: type[models.Model], last_id: int) -> None:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            column = model._meta.pk.column
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table, column, max(last_id, 1)])
            return
        cursor.execute("UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s", [last_id, table])
        if not cursor.rowcount:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last_id])


# ---- what is not a table --------------------------------------------------------------------------------------------


def _restore_files(source: zipfile.ZipFile, written: list[str], tell: Tell) -> None:
    for line in archive.lines_of(source, archive.FILES):
        key = json.loads(line)["key"]
        written.append(key)
        store().write(key, source.read(f"files/{key}"))
        if len(written) % 500 == 0:
            tell(_("files"), len(written))
    tell(_("files"), len(written))


def restore_key(source: zipfile.ZipFile, manifest: Manifest) -> list[str]:
    """Put the key in place if the archive holds it; answers what the person must know."""
    if manifest.key_mark == archive.key_mark():
        return []
    path = settings.DATA / "secret.key"
    set_elsewhere = settings.ENVIRONMENT.secret_key or settings.ENVIRONMENT.secret_key_file
    if not manifest.with_key or set_elsewhere:
        words = (
            "This installation has another secret key: passwords of mailboxes and second factors cannot be read. "
            "Take the old key from where the backup was made (there it is DATA/secret.key, or VIKNO_SECRET_KEY) and "
            + (
                "put it into VIKNO_SECRET_KEY (or the file that VIKNO_SECRET_KEY_FILE names) here"
                if set_elsewhere
                else f"copy it over {path} here, which holds the new key"
            )
            + ", then start again; or type them in anew."
        )
        return [words]
    unfinished = path.with_suffix(".part")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(source.read(archive.KEY))
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
    return ["The secret key of the backup was put in place."]


def hold_what_waited(moved: bool) -> None:
    """What waited to be sent when the backup was made may have been sent since, by the installation it came from."""
    from vikno.dialogs.models import Delivery

    if not moved:
        waiting = Delivery.objects.filter(state__in=[Delivery.State.QUEUED, Delivery.State.SENDING])
        waiting.update(state=Delivery.State.DOUBTFUL, reason=DOUBT, lease_until=None)
