"""What the installation that the environment names has kept of the letters it took in, as one JSON object:

python -m tests.faults.kept

For each Message-ID the digests of the raw bytes of each entry of the ledger (with LF as line ends: a server may bring
them as CR LF), and the name and digest of each file of its message. What cannot be opened fails.
"""

from __future__ import annotations

import hashlib
import json

import django


def digest(content: bytes) -> str:
    return hashlib.sha256(content.replace(b"\r\n", b"\n").rstrip(b"\n")).hexdigest()


def main() -> None:
    django.setup()
    from vikno.core import files
    from vikno.dialogs.models import Attachment, Message
    from vikno.intake.ledger import raw_bytes
    from vikno.intake.models import Inbound

    found: dict[str, dict[str, list]] = {}
    for entry in Inbound.objects.select_related("file").iterator():
        raw = raw_bytes(entry)
        assert len(raw) == entry.size and hashlib.sha256(raw).hexdigest() == entry.sha256, entry.id
        found.setdefault(entry.foreign_id, {"raw": [], "files": []})["raw"].append(digest(raw))
    names = dict(Message.objects.values_list("id", "foreign_id"))
    for row in Attachment.objects.select_related("file").order_by("message_id", "position"):
        assert row.file is not None, row.id
        content = files.read(row.file)
        found[names[row.message_id]]["files"].append([row.name, hashlib.sha256(content).hexdigest()])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
