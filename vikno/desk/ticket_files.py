"""All files of a request: those of its messages and of its notes, newest first, and how each can be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core import pdf_pages, rows
from vikno.core.clock import aware
from vikno.core.sizes import size_words
from vikno.core.times import full_time, short_times
from vikno.desk.colleague import name_of
from vikno.desk.face import Desk

MOST = 500
BESIDE = 5  # in the card beside the time line
PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}  # that are made anew
PDF = "application/pdf"
_FILES = f"""
SELECT a.id AS id, a.file_id, a.name, a.type, a.size, '' AS note, m.id AS message, m.arrived_at AS at,
    COALESCE({name_of("m.agent_id")}, NULLIF(p.name, ''), i.shown) AS who, a.position AS position
FROM dialogs_attachment a
JOIN dialogs_message m ON m.id = a.message_id
LEFT JOIN people_identity i ON i.id = m.identity_id
LEFT JOIN people_person p ON p.id = i.person_id
WHERE m.hidden_at IS NULL AND m.erased_at IS NULL AND m.unsent_at IS NULL
AND NOT (a.inline AND a.content_id <> '' AND a.type LIKE 'image/%%')
AND m.id IN (SELECT message_id FROM tickets_link WHERE ticket_id IN ({{0}}) AND ended_act IS NULL)
UNION ALL
SELECT a.id, a.file_id, a.name, a.type, a.size, 'n', n.id, n.at, {name_of("n.agent_id")}, a.position
FROM tickets_noteattachment a
JOIN tickets_note n ON n.id = a.note_id
WHERE n.ticket_id IN ({{0}})
ORDER BY at DESC, position, id LIMIT {{1}}
"""


@dataclass(frozen=True, slots=True)
class Hung:
    """A file that hangs on a message or, `note` being "n", on a note (`on`)."""

    id: int
    file_id: int | None
    name: str
    type: str
    size: int
    note: str
    on: int
    at: datetime
    who: str

    @property
    def key(self) -> str:
        """What it is called in an address of its request."""
        return f"{self.note}{self.id}"

    @property
    def look(self) -> str:
        return way_to_look(self.type, self.size, self.file_id)


def way_to_look(kind: str, size: int, file_id: int | None) -> str:
    """Whether such a file is shown as a "picture", as a "pdf", or not at all ("")."""
    if file_id is None:
        return ""
    if kind in PICTURES:
        return "picture"
    return "pdf" if kind == PDF and size <= pdf_pages.MOST_BYTES else ""


def of_tickets(ticket_ids: Sequence[int], most: int = MOST) -> list[Hung]:
    """The newest files of these tickets, which the viewer reads."""
    told = rows.run(_FILES.format(rows.places(ticket_ids), most), *ticket_ids, *ticket_ids)
    return [
        Hung(pk, file_id, name, kind, size, note, on, aware(at), who or "")
        for pk, file_id, name, kind, size, note, on, at, who, _position in told
    ]


def drawn(desk: Desk, number: int, files: Sequence[Hung]) -> list[dict[str, Any]]:
    """Rows of `desk/_ticket_files.html`."""
    language = translation.get_language() or "en"
    short = short_times(desk.zone, language)
    found = []
    for one in files:
        url = reverse("desk:note_file" if one.note else "desk:file", args=[one.id])
        place = f"{reverse('desk:ticket', args=[number])}#message-{one.note}{one.on}"
        found.append({
            "name": one.name or _("file"), "url": url, "size": size_words(one.size) if one.file_id else _("missing"),
            "look_url": reverse("desk:look", args=[number, one.key]) if one.look else "",
            "picture": f"{url}?small=1" if one.look == "picture" else "", "who": one.who or _("Unknown sender"),
            "when": short(one.at), "when_iso": one.at.isoformat(timespec="seconds"), "place": place,
            "when_full": full_time(one.at, desk.zone, language), "is_note": bool(one.note),
        })  # fmt: skip
    return found
