"""A company with a mailbox to be read, in the installation that the environment names:

python -m tests.faults.incoming HOST PORT USER PASSWORD
"""

from __future__ import annotations

import sys

import django


def main(host: str, port: int, user: str, password: str) -> None:
    django.setup()
    from django.db import transaction

    from tests.world import build
    from vikno.channels.email.servers import keep_passwords
    from vikno.core.secrets import Secret

    with transaction.atomic():
        channel = build().mail
        imap = {"host": host, "port": port, "security": "none", "user": user, "after": "seen"}
        channel.settings = {"imap": imap, "flood_letters": 10_000}
        keep_passwords(channel, imap=Secret(password))
        channel.save()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
