"""What the API takes and gives. Names are those of the glossary; instants are ISO 8601 in UTC."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from ninja.errors import HttpError
from pydantic import AfterValidator, ConfigDict, Field

from vikno.channels.email.letter.names import safe_name
from vikno.dialogs.actions import NewFile as Attached

BIGGEST_FILE = 25 * 1024 * 1024


def _no_nul(text: str) -> str:
    """PostgreSQL keeps no NUL in text; a lone surrogate cannot be written at all."""
    if "\x00" in text:
        raise ValueError("a text cannot hold NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("the text is not valid Unicode") from None
    return text


def _in_utc(instant: datetime) -> datetime:
    """PostgreSQL takes no offset of 16 hours or more, which ISO 8601 allows; so none gets there."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its zone, such as 2026-12-31T18:00:00Z")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("this instant lies beyond the calendar") from None


Text = Annotated[str, AfterValidator(_no_nul)]
Instant = Annotated[datetime, AfterValidator(_in_utc)]
# In this order, or midnight would be read as a day without an hour.
Due = Annotated[Instant | date, Field(union_mode="left_to_right")]
Line = Annotated[str, Field(max_length=500), AfterValidator(_no_nul)]
Key = Annotated[int, Field(ge=1, le=2**62)]


class Strict(Schema):
    """What is sent in: an unknown name is a mistake and is told."""

    model_config = ConfigDict(extra="forbid")


class NewFile(Strict):
    name: Line
    type: Annotated[str, Field(max_length=127), AfterValidator(_no_nul)] = "application/octet-stream"
    content: Text = Field(description="base64")

    def bytes(self) -> bytes:
        """The decoded content. Raises ValueError."""
        try:
            return base64.b64decode(self.content, validate=True)
        except binascii.Error:
            raise ValueError(f"{self.name}: the content is not base64") from None


class Requester(Strict):
    """Who asks: an address or a phone; `name` is used if they are new."""

    email: Line | None = None
    phone: Line | None = None
    name: Line = ""


class NewTicket(Strict):
    requester: Requester
    subject: Line = Field(min_length=1)
    text: Text = Field(min_length=1)
    channel: Literal["phone", "in_person"] = "phone"
    team: Key | None = None
    agent: Key | None = None
    priority: Key | None = None
    type: Key | None = None
    category: Key | None = None
    tags: list[Line] = Field(default=[], max_length=50)
    due: Due | None = None
    restricted: bool = False
    fields: dict[Line, bool | int | float | Text | None] = {}
    attachments: list[NewFile] = Field(default=[], max_length=50)


class TicketPatch(Strict):
    """Only what is named is changed. `If-Match` carries the version that was seen."""

    subject: Line | None = None
    description: Text | None = None
    status: Key | None = None
    team: Key | None = None
    agent: Key | None = None
    priority: Key | None = None
    type: Key | None = None
    category: Key | None = None
    due: Due | None = None
    restricted: bool | None = None
    tags: list[Line] | None = Field(default=None, max_length=50)
    fields: dict[Line, bool | int | float | Text | None] | None = None


class NewMessage(Strict):
    kind: Literal["reply", "note"] = "reply"
    text: Text = ""
    html: Text = ""
    dialog: Key | None = None
    to: list[Line] = Field(default=[], max_length=50)
    cc: list[Line] = Field(default=[], max_length=50)
    bcc: list[Line] = Field(default=[], max_length=50)
    tickets: list[Key] = Field(default=[], max_length=20)
    attachments: list[NewFile] = Field(default=[], max_length=50)
    seen_message: Key | None = None


class NewPerson(Strict):
    name: Line = ""
    email: Line | None = None
    phone: Line | None = None
    language: Literal["", "uk", "ru", "en"] = ""


class CustomerPatch(Strict):
    """Custom fields of a person or an organisation by their names for programs; null clears one."""

    fields: dict[Line, bool | int | float | Text | None] = {}


class Ticket(Schema):
    number: int
    subject: str
    description: str
    status: int
    stage: str
    team: int
    agent: int | None
    priority: int
    type: int | None
    category: int | None
    tags: list[str]
    requester: int
    contract: str | None
    ip: str | None
    channel: int
    language: str
    restricted: bool
    merged_into: int | None
    version: int
    created_at: datetime
    asked_at: datetime | None
    updated_at: datetime
    due_at: datetime | None
    first_reply_at: datetime | None
    waiting_since: datetime | None
    closed_at: datetime | None
    fields: dict[str, Any]


class File(Schema):
    name: str
    type: str
    size: int
    url: str


class Way(Schema):
    to: str
    role: str
    state: str
    reason: str


class Message(Schema):
    id: str
    kind: str
    dialog: int | None
    author: str
    agent: int | None
    person: int | None
    subject: str
    text: str
    html: str
    at: datetime
    attachments: list[File]
    deliveries: list[Way]


class Page(Schema):
    """A list: its items, and the cursor to go on from (null at the end)."""

    items: list[Any]
    next: str | None


class Problem(Schema):
    type: str
    title: str
    status: int
    detail: str


REFUSALS = {400: Problem, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 412: Problem, 422: Problem}


def new_files(given: list[NewFile]) -> list[Attached]:
    """The files of a request. Raises HttpError 422 for what is no base64, 413 for more than 25 MB together."""
    try:
        found = [Attached(safe_name(one.name), one.type, one.bytes()) for one in given]
    except ValueError as wrong:
        raise HttpError(422, str(wrong)) from None
    if sum(len(one.content or b"") for one in found) > BIGGEST_FILE:
        raise HttpError(413, "The files are larger than 25 MB together.")
    return found
