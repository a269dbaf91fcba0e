"""What attached files say, for those kinds of which somebody knows how to read the words: channels `register` that. Who
finds them is who may read what they hang on; they are read while an entry is made, and kept nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from vikno.core import files, office, pdf_words
from vikno.core.models import StoredFile
from vikno.search.hyphens import mended

log = structlog.get_logger(__name__)

PDF = "application/pdf"
LONGEST = 64 * 1024  # characters of one file that are found
MOST_FILES = 20  # of one message that are read


class Unread(Exception):
    """Why the words of a file are not found, where somebody should know."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`read` tells the words of bytes, whoever made them, and raises nothing but Unread that is not our mistake; it is
    given the first `most` bytes. `told`: a file may hold what others said, such as a letter."""

    read: Callable[[bytes], str]
    endings: tuple[str, ...]
    most: int = LONGEST
    told: bool = False


@dataclass(slots=True)
class Attached:
    """What hangs on one message or note. `names` are those of files, `inside` those of pictures in its text; `texts`
    what files say (with the id of each attachment), `told` what those say that may repeat what others said."""

    names: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)
    texts: list[tuple[int, str]] = field(default_factory=list)
    told: list[tuple[int, str]] = field(default_factory=list)


KINDS: dict[str, Kind] = {}
_OOXML = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
_OFFICE = {
    f"{_OOXML}.wordprocessingml.document": ".docx", f"{_OOXML}.spreadsheetml.sheet": ".xlsx",
    f"{_OOXML}.presentationml.presentation": ".pptx", f"{_OPEN}.text": ".odt", f"{_OPEN}.spreadsheet": ".ods",
    f"{_OPEN}.presentation": ".odp",
}  # fmt: skip


def register(media_type: str, kind: Kind) -> None:
    """Say how files of this type are read; called in a room's `apps.ready`."""
    KINDS[media_type] = kind


def register_all() -> None:
    """Have office files and PDF read; called when the program starts."""
    register(PDF, Kind(_of_pdf, (".pdf",), most=pdf_words.MOST_BYTES))
    for media_type, ending in _OFFICE.items():
        register(media_type, Kind(_of_office, (ending,), most=office.MOST_BYTES))


def _of_office(content: bytes) -> str:
    return office.words(content, LONGEST)


def _of_pdf(content: bytes) -> str:
    try:
        return mended(pdf_words.words(content, LONGEST))
    except pdf_words.Lost:
        raise Unread("it ended the process that reads PDF, or took too long") from None
    except pdf_words.NotThere:
        raise Unread("the process that reads PDF cannot be started") from None


def kind_of(name: str, media_type: str) -> Kind | None:
    """How a file is read, by what its sender called it; many programs send every file as a row of bytes."""
    if media_type in KINDS:
        return KINDS[media_type]
    if media_type != "application/octet-stream":
        return None
    return next((one for one in KINDS.values() if name.lower().endswith(one.endings)), None)


def text_of(kind: Kind, file: StoredFile) -> str:
    """The words of a file as far as they are found; "" for one that cannot be read any more."""
    try:
        with files.store().open(file.key) as stream:
            content = stream.read(kind.most)
        return kind.read(content)[:LONGEST]
    except (files.MissingFile, OSError):
        log.warning("an attached file cannot be read: its words are not found", file=file.id, exc_info=True)
    except Unread as why:
        log.warning("an attached file cannot be read: its words are not found", file=file.id, why=str(why))
    return ""
