"""A few words around what was found, in pieces that a page can mark. The places of the index are those of the text, so
nothing is analysed here; a text that has changed since is shown from its beginning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from vikno.dialogs.models import Attachment, Message, MessageText
from vikno.search import marks
from vikno.search.analyser.asked import Asked
from vikno.search.analyser.folding import composed
from vikno.search.analyser.tokens import Span, analyse, spans
from vikno.search.entries import FOLDED, LONGEST_TEXT
from vikno.search.ranking import Hit, Reader
from vikno.tickets.models import Note, NoteAttachment, NoteText

WIDTH = 170  # characters
BEFORE = 40  # of them before the first word
MOST_PLACES = 200  # that are looked for in one text
MOST_FILES = 2  # that are named with one message

Pieces = list[tuple[str, bool]]  # text, and whether it is to be marked


@dataclass(frozen=True, slots=True)
class Said:
    """The message or note that was found: who said it, when, and the words around."""

    kind: str  # "m" or "n"
    who: str
    at: datetime
    pieces: Pieces
    files: list[Pieces] = field(default_factory=list)  # names of attached files that were found, or what they say


def said(hits: Sequence[Hit], told: Sequence[Asked] = ()) -> dict[int, Said]:
    """Of each ticket (by the id of the one that matched) the message or note that answers best; nothing of what was
    hidden or taken back since the index saw it. `told` are the words by which files are named. Seven queries at
    most."""
    found = _said(hits)
    _add_files(found, [hit for hit in hits if hit.match.ticket in found and _has_files(hit)], told)
    return found


def _said(hits: Iterable[Hit]) -> dict[int, Said]:
    wanted = {(hit.part[0], int(hit.part[1:])): hit for hit in hits if hit.part[1:].isdigit()}
    messages = [pk for kind, pk in wanted if kind in ("m", FOLDED)]
    notes = [pk for kind, pk in wanted if kind == "n"]
    found: dict[int, Said] = {}
    if messages:
        columns = ("id", "version", "agent__person__name", "identity__person__name", "identity__shown", "arrived_at")
        there = Message.objects.filter(id__in=messages, hidden_at=None, erased_at=None, unsent_at=None)
        rows = list(there.values_list(*columns))
        said_here = MessageText.objects.filter(message__in=[row[0] for row in rows])
        told = {
            "m": _current(said_here.values_list("message_id", "version", "text")),
            FOLDED: _current(said_here.exclude(quoted="").values_list("message_id", "version", "quoted")),
        }
        for pk, version, agent, name, shown, at in rows:
            for kind in told:
                if hit := wanted.get((kind, pk)):
                    pieces = excerpt(told[kind].get((pk, version), ""), hit.places)
                    found[hit.match.ticket] = Said("m", agent or name or shown or "", at, pieces)
    if notes:
        texts = _current(NoteText.objects.filter(note__in=notes).values_list("note_id", "version", "text"))
        for pk, version, agent, at in Note.objects.filter(id__in=notes).values_list(
            "id", "version", "agent__person__name", "at"
        ):
            hit = wanted["n", pk]
            found[hit.match.ticket] = Said("n", agent or "", at, excerpt(texts.get((pk, version), ""), hit.places))
    return found


def _has_files(hit: Hit) -> bool:
    return hit.part[:1] in ("m", "n") and any(mark in hit.match.terms for mark in (marks.FILE, marks.HANGING))


def _add_files(found: dict[int, Said], hits: Sequence[Hit], told: Sequence[Asked]) -> None:
    """The names of those files that answer by them, or by what they say and the message does not."""
    of_part = {hit.part: hit for hit in hits}
    hanging: dict[str, list[tuple[int, str]]] = {}
    for kind, rows in (("m", Attachment.objects.all()), ("n", NoteAttachment.objects.all())):
        ids = [int(part[1:]) for part in of_part if part[0] == kind]
        of = "message_id" if kind == "m" else "note_id"
        there = rows.filter(**{f"{of}__in": ids}).order_by("position", "id") if ids else rows.none()
        for pk, attachment, name in there.values_list(of, "id", "name"):
            hanging.setdefault(f"{kind}{pk}", []).append((attachment, name))
    reader = Reader(told)
    for part, files in hanging.items():
        hit = of_part[part]
        named: list[tuple[int, Pieces]] = []
        for attachment, name in files:
            places = [at for at, place in enumerate(analyse(name).split()) if reader[place]]
            if name and (places or attachment in hit.files):
                named.append((attachment, marked(name, places)))
        named.sort(key=lambda one: hit.files.index(one[0]) if one[0] in hit.files else len(hit.files))
        found[hit.match.ticket].files.extend(pieces for _attachment, pieces in named[:MOST_FILES])


def _current(rows: Iterable[tuple[int, int, str]]) -> dict[tuple[int, int], str]:
    return {(pk, version): text for pk, version, text in rows}


def marked(text: str, places: Sequence[int]) -> Pieces:
    """A whole short text (a subject), its found words apart."""
    text = composed(text)
    return _cut(text, _standing(text, places), 0, len(text))


def excerpt(text: str, places: Sequence[int], width: int = WIDTH) -> Pieces:
    """The part of a text where most of these places are, on one line."""
    text = composed(text[:LONGEST_TEXT])
    found = _standing(text, places)
    if not found:
        return _one_line(_cut(text, [], 0, width), cut_end=len(text) > width)
    first = max(
        range(len(found)), key=lambda n: (sum(1 for span in found[n:] if span[1] <= found[n][0] + width - BEFORE), -n)
    )
    begin = _border(text, max(0, found[first][0] - BEFORE))
    if begin < BEFORE // 2:
        begin = 0
    end = min(len(text), begin + width)
    if end < len(text):
        end = max(text.rfind(" ", begin, end), min(found[first][1], len(text)))
    return _one_line(_cut(text, found, begin, end), cut_begin=begin > 0, cut_end=end < len(text))


def _standing(text: str, places: Sequence[int]) -> list[Span]:
    """Where in a text these places are. It is read no farther than to the last of them, nor to all if they are many."""
    wanted = set(sorted(places)[:MOST_PLACES])
    last = max(wanted, default=-1)
    return [span for at, span in enumerate(islice(spans(text), last + 1)) if at in wanted]


def _border(text: str, at: int) -> int:
    """The beginning of the word after this place."""
    if at == 0:
        return 0
    space = text.find(" ", at, at + BEFORE)
    return space + 1 if space >= 0 else at


def _cut(text: str, spans: Iterable[tuple[int, int]], begin: int, end: int) -> Pieces:
    pieces: Pieces = []
    at = begin
    for start, stop in spans:
        if start < at or stop > end:
            continue
        if start > at:
            pieces.append((text[at:start], False))
        pieces.append((text[start:stop], True))
        at = stop
    if at < end:
        pieces.append((text[at:end], False))
    return pieces


def _one_line(pieces: Pieces, *, cut_begin: bool = False, cut_end: bool = False) -> Pieces:
    """White space becomes one space, and an ellipsis says where something is missing."""
    flat: Pieces = []
    for text, mark in pieces:
        words = " ".join(text.split())
        lead = " " if text[:1].isspace() and flat else ""
        trail = " " if text[-1:].isspace() and words else ""
        if words or lead:
            flat.append((f"{lead}{words}{trail}" if words else " ", mark))
    if cut_begin:
        flat.insert(0, ("… ", False))
    if cut_end:
        flat.append((" …", False))
    return flat
