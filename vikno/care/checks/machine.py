"""What is under the program: database, disk, key, time zones."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from zoneinfo import available_timezones

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.db.models.functions import Cast

from vikno.care.doctor import Check, Finding, some
from vikno.core import secrets
from vikno.core.models import Company
from vikno.core.secrets import SecretField
from vikno.people.models import Person
from vikno.staff.models import Agent, Team
from vikno.terminal import N_
from vikno.terminal import gettext as _

DISK_LOW_SHARE, DISK_LOW_BYTES = 0.05, 1 << 30


def migrations() -> Iterator[Finding]:
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
        yield Finding(
            _("%(count)s migrations are missing: %(names)s.") % {"count": len(plan), "names": some(names, len(names))},
            _("The program is newer than its tables; pages and letters may fail."),
            _("Run `vikno migrate`."),
        )


def integrity() -> Iterator[Finding]:
    """SQLite checks itself; PostgreSQL has tools of its own (amcheck) that need other rights."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(5)")
        words = [row[0] for row in cursor.fetchall() if row[0] != "ok"]
        cursor.execute("PRAGMA foreign_key_check")
        dangling = cursor.fetchmany(1000)
    if words:
        yield Finding(
            _("The database file is damaged: %(names)s.") % {"names": some(words, len(words))},
            _("Some rows may be unreadable; the damage may grow."),
            _("Stop Vikno, keep a copy of the data folder, restore the newest backup into a new one. Test the disk."),
        )
    if dangling:
        tables = sorted({f"{row[0]} → {row[2]}" for row in dangling})
        yield Finding(
            _("%(count)s rows point to rows that are not there (%(names)s).")
            % {"count": len(dangling), "names": some(tables, len(tables))},
            _("Pages that show them fail."),
            _("Something other than Vikno wrote into this database. Restore a backup, or report the tables named."),
        )


def locale() -> Iterator[Finding]:
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower('ҐЄІЇ'), 'Київ' ILIKE 'кИЇВ', current_setting('server_encoding')")
        lowered, alike, encoding = cursor.fetchone()
    if lowered != "ґєії" or not alike or encoding != "UTF8":
        yield Finding(
            _("The database's locale knows no Cyrillic (encoding %(encoding)s, lower('ҐЄІЇ') is %(lowered)s).")
            % {"encoding": encoding, "lowered": f"{lowered!r}"},
            _("Searching and comparing names without regard to case fails for Ukrainian and Russian."),
            _(
                "Make a new database with TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin "
                "BUILTIN_LOCALE 'C.UTF-8' (PostgreSQL 17 and newer; before, LOCALE 'C.UTF-8'), then "
                "`vikno backup` here and `vikno restore` there."
            ),
        )


def disk() -> Iterator[Finding]:
    usage = shutil.disk_usage(settings.DATA)
    if usage.free < min(DISK_LOW_BYTES, usage.total * DISK_LOW_SHARE):
        yield Finding(
            _("The disk of %(folder)s is nearly full: %(free)s MB are free.")
            % {"folder": settings.DATA, "free": usage.free // (1 << 20)},
            _("When it is full no letter is accepted and nothing can be written; senders are told to come again."),
            _("Make room on this disk, or move the data folder to a larger one."),
        )
    if not os.access(settings.DATA, os.W_OK | os.X_OK):
        yield Finding(
            _("The data folder %(folder)s cannot be written to by this user.") % {"folder": settings.DATA},
            _("Files of letters cannot be kept."),
            _("Give the folder to the user that runs Vikno (chown)."),
        )


def unreadable_secrets() -> Iterator[Finding]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if not isinstance(field, SecretField):
                continue
            rows = model._base_manager.annotate(sealed=Cast(field.attname, models.TextField())).exclude(sealed="")
            wrong = [key for key, sealed in rows.values_list("pk", "sealed") if not _opens(sealed)]
            if wrong:
                yield Finding(
                    _("Secrets that cannot be read with this secret key: %(count)s, in %(table)s (rows %(names)s).")
                    % {
                        "count": len(wrong),
                        "table": f"{model._meta.db_table}.{field.column}",
                        "names": some(wrong, len(wrong)),
                    },
                    _("These mailboxes or services cannot sign in; their letters wait."),
                    _("Put the old key back (%(path)s or VIKNO_SECRET_KEY), or type the passwords in anew.")
                    % {"path": settings.DATA / "secret.key"},
                )


def _opens(sealed: str) -> bool:
    try:
        secrets._box().decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def zones() -> Iterator[Finding]:
    known = available_timezones()
    for model, words in (
        (Company, _("This machine does not know the time zone of the company: %(names)s.")),
        (Team, _("This machine does not know the time zone of a team: %(names)s.")),
        (Agent, _("This machine does not know the time zone of an agent: %(names)s.")),
        (Person, _("This machine does not know the time zone of a person: %(names)s.")),
    ):
        used = model._base_manager.exclude(zone="").values_list("zone", flat=True).distinct().order_by("zone")
        unknown = [zone for zone in used if zone not in known]
        if unknown:
            yield Finding(
                words % {"names": some(unknown, len(unknown))},
                _("Times shown and due dates there are wrong, or their pages fail."),
                _("Choose another zone in the settings, or update the package tzdata."),
            )


CHECKS = (
    Check(N_("migrations"), migrations, blocks=True),
    Check(N_("integrity of the database"), integrity),
    Check(N_("locale of the database"), locale),
    Check(N_("disk"), disk),
    Check(N_("secrets"), unreadable_secrets),
    Check(N_("time zones"), zones),
)
