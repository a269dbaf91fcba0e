"""The composer: where an answer would go, what was written so far, and turning a sent form into an answer or a note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import getaddresses
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_email
from django.urls import reverse
from django.utils.translation import gettext as _

from vikno.channels.email.letter.html import safe_html
from vikno.channels.email.letter.names import safe_name
from vikno.channels.email.letter.text import html_to_text
from vikno.core.text import whole_number
from vikno.core.times import short_times
from vikno.desk.face import Desk
from vikno.dialogs.actions import NewFile, Words
from vikno.dialogs.channels import KINDS
from vikno.dialogs.models import Dialog, Message
from vikno.people.actions import identify
from vikno.people.models import Identity
from vikno.tickets.actions.answering import (
    Recipients,
    can_answer,
    default_dialog,
    default_recipients,
    first_mail_channel,
)
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.sending_once import new_number
from vikno.tickets.models import Draft, Ticket

MOST_BYTES = 25 * 1024 * 1024  # of all files of one answer; what mail servers commonly take
MOST_FILES = 50


def composer(
    desk: Desk, ticket: Ticket, newest: int, *, problem: str = "", newer: str = "", kept: Any = None
) -> dict[str, Any] | None:
    """The context of `desk/_composer.html`; None for who may not even write a note.

    `kept` is what was sent and refused: nothing that somebody wrote is ever lost.
    """
    if not desk.viewer.may_note:
        return None
    dialog = default_dialog(ticket) if desk.viewer.may_write else None
    reachable = dialog is not None or (desk.viewer.may_write and _can_begin(ticket))
    found = _draft(desk, ticket, dialog, kept)
    to = _to(ticket, dialog)
    kind = KINDS.get(dialog.channel.kind) if dialog else KINDS.get("email")
    return {
        "url": reverse("desk:answer", args=[ticket.number]),
        "draft_url": reverse("desk:draft", args=[ticket.number]),
        "kind": found["kind"] if reachable else "note",
        "can_reply": reachable,
        "cannot_reply": "" if reachable or not desk.viewer.may_write else _(
            "There is no way to answer: this person has no address that takes letters. Call them and note it here."
        ),
        "text": found["text"], "html": found["html"], "newest": _newest(dialog, newest),
        "dialog": dialog.id if dialog else "",
        "channel_icon": kind.icon if kind else "mail",
        "channel_word": (dialog.channel.name if dialog else _("by e-mail")) or (kind.title() if kind else ""),
        "to_text": ", ".join(one.shown for one in (*to.to, *to.cc)),
        "to": ", ".join(one.shown for one in to.to), "cc": ", ".join(one.shown for one in to.cc), "bcc": "",
        "from_text": dialog.address.address if dialog and dialog.address else "",
        "has_copies": bool(kind and kind.identity_kind == Identity.Kind.EMAIL), "files": [], "problem": problem,
        "newer": newer, "saved_text": found["saved"], "once": new_number(),
        "undo_seconds": dialog.channel.undo_seconds if dialog else 0,
    }  # fmt: skip


def _newest(dialog: Dialog | None, shown: int) -> int:
    """Up to which message one knows the dialog: the newest on the page, or a later one that belongs to another request.
    That one may be out of sight, and it was there already when the page was drawn: it need not hold anybody up."""
    said = Message.objects.filter(dialog=dialog, author=Message.Author.CUSTOMER) if dialog else Message.objects.none()
    return max(shown, said.order_by("-id").values_list("id", flat=True).first() or 0)


def _can_begin(ticket: Ticket) -> bool:
    """Whether a new dialog to the requester could be opened."""
    usable = Identity.objects.filter(
        person=ticket.requester_id, kind=Identity.Kind.EMAIL, failed_at=None, erased_at=None
    )
    return usable.exists() and first_mail_channel(ticket) is not None


def _to(ticket: Ticket, dialog: Dialog | None) -> Recipients:
    if dialog is not None:
        return default_recipients(dialog, [ticket.id])
    usable = Identity.objects.filter(
        person=ticket.requester_id, kind=Identity.Kind.EMAIL, failed_at=None, erased_at=None
    )
    first = usable.order_by("-preferred", "id").first()
    return Recipients(to=[first] if first else [])


def _draft(desk: Desk, ticket: Ticket, dialog: Dialog | None, kept: Any) -> dict[str, str]:
    if kept is not None:
        html = kept.get("body", "") if kept.get("format") == "html" else ""
        text = html_to_text(html) if html else kept.get("body", "")
        return {"kind": kept.get("kind", "reply"), "html": html, "text": text, "saved": ""}
    rows = Draft.objects.filter(agent=desk.agent, ticket=ticket).order_by("-saved_at")
    row = next((one for one in rows if one.dialog_id in (None, dialog.id if dialog else None)), None)
    if row is None:
        return {"kind": "reply", "html": "", "text": "", "saved": ""}
    at = short_times(desk.zone, "en")(row.saved_at)
    html = row.html if row.recipients.get("format") == "html" else ""
    return {
        "kind": "reply" if row.dialog_id or row.recipients.get("kind") == "reply" else "note", "html": html,
        "text": html_to_text(row.html) if html else row.html, "saved": _("Saved %(time)s") % {"time": at},
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """What was typed and sent: words and files, checked."""

    words: Words
    files: Sequence[NewFile]
    empty: bool


def written(form: Any, uploads: Sequence[UploadedFile], language: str = "") -> Written:
    """Read the body and the files of a composer form. What an agent pastes is as hostile as what a stranger sends: it
    is cleaned the same way. Raises Invalid for files that are too many or too large."""
    body = form.get("body", "").replace("\0", "")  # which PostgreSQL cannot keep
    if form.get("format") == "html":
        html = safe_html(body)
        text = html_to_text(html)
    else:
        html, text = "", body.replace("\r\n", "\n").strip()
    if len(uploads) > MOST_FILES or sum(upload.size or 0 for upload in uploads) > MOST_BYTES:
        raise Invalid(_("The files are larger than 25 MB together. Leave some out or send a link to them."))
    files = [
        NewFile(safe_name(up.name or ""), up.content_type or "application/octet-stream", up.read()) for up in uploads
    ]
    return Written(Words(text, html, language=language), files, not text.strip() and not files and "<img" not in html)


def recipients(form: Any, dialog: Dialog | None) -> Recipients:
    """The recipients as the form names them; empty when it names none, which means the dialog's own.
    Raises Invalid for what is no address."""
    if not form.get("to", "").strip():
        return Recipients()
    return Recipients(
        to=addresses(form.get("to", "")), cc=addresses(form.get("cc", "")), bcc=addresses(form.get("bcc", ""))
    )


def addresses(line: str) -> list[Identity]:
    """Identities of the addresses in a line; new ones are made. Raises Invalid and names what is no address."""
    found = []
    parts = [part.strip() for part in line.replace("\0", "").replace(";", ",").split(",")]
    for name, address in getaddresses([", ".join(part for part in parts if part)]):
        try:
            validate_email(address)
        except ValidationError:
            words = _("“%(text)s” is not an e-mail address. Nothing was sent.")
            raise Invalid(words % {"text": address or line.strip()}) from None
        found.append(identify(Identity.Kind.EMAIL, address, address, name=name))
    return found


def chosen_dialog(form: Any, ticket: Ticket, readable: Sequence[int]) -> Dialog | None:
    """The dialog the form names, if it is one of this ticket's and can carry an answer; else the default one."""
    number = whole_number(form.get("dialog", ""))
    if number is not None:
        dialog = (
            Dialog.objects.select_related("channel", "identity", "address")
            .filter(id=number, messages__links__ticket__in=readable)
            .first()
        )
        if dialog is not None and can_answer(dialog):
            return dialog
    return default_dialog(ticket)
