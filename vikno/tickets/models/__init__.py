"""Tickets and all that hangs on them."""

from vikno.tickets.models.custom import Field, FieldOption, FieldValue
from vikno.tickets.models.links import (
    Follower,
    Link,
    Mention,
    Merge,
    Opened,
    Relation,
    TicketAlias,
)
from vikno.tickets.models.notes import Draft, DraftFile, EmptiedDraft, Note, NoteAttachment, NoteText, SentForm
from vikno.tickets.models.ticket import Tag, Ticket, TicketNumber, TicketTag, Wording
from vikno.tickets.models.views import SavedView, TableLayout
from vikno.tickets.models.words import Category, Priority, Stage, Status, TicketType

__all__ = [
    "Category", "Draft", "DraftFile", "EmptiedDraft", "Field", "FieldOption", "FieldValue", "Follower", "Link",
    "Mention", "Merge", "Note", "NoteAttachment", "NoteText", "Opened", "Priority", "Relation", "SavedView", "SentForm",
    "Stage", "Status", "TableLayout", "Tag", "Ticket", "TicketAlias", "TicketNumber", "TicketTag", "TicketType",
    "Wording",
]  # fmt: skip
