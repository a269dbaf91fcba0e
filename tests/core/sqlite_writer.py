"""A process that writes to an SQLite file in a row: `sqlite_writer.py FILE NAME COUNT HOLD_MS MODE [GATE]`.

MODE is `atomic` (a transaction each), `single` (one statement each), `stay` (begins one, says so and never ends it).
With a GATE (a named pipe) it says that it is ready and begins when whoever holds the gate closes it: processes that
shall compete must not begin as they happen to have loaded. It ends with the number of errors that it met.
"""

import sys
import time

import django
from django.conf import settings

from tests.core.sqlite_world import described

settings.configure(USE_TZ=True, DATABASES={"default": described(sys.argv[1])})
django.setup()

from django.db import connection, transaction  # noqa: E402 - Django must know its settings first


def write(name: str, hold: float, mode: str) -> None:
    """One write of the kind that was asked for."""
    with connection.cursor() as cursor:
        if mode == "single":
            cursor.execute("INSERT INTO log (who) VALUES (%s) RETURNING id", [name])
            assert cursor.fetchone()[0] > 0
            return
        with transaction.atomic():
            cursor.execute("SELECT COUNT(*) FROM log")  # reads, then writes: what deferred transactions die of
            cursor.execute("INSERT INTO log (who) VALUES (%s)", [name])
            if mode == "stay":
                sys.stdout.write("holding\n")
                sys.stdout.flush()
                time.sleep(600)
            time.sleep(hold)


def main() -> int:
    _, _, name, count, hold, mode, *gate = sys.argv
    connection.ensure_connection()
    for path in gate:
        with open(path, "rb") as opened:
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            opened.read()
    errors = 0
    for _ in range(int(count)):
        try:
            write(name, float(hold) / 1000, mode)
        except Exception as error:
            sys.stdout.write(f"{error}\n")
            errors += 1
    return errors


if __name__ == "__main__":
    sys.exit(main())
