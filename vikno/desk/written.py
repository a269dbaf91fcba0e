"""What a sent composer form says: words, files, recipients, where it goes. What an agent pastes is as hostile as what
a stranger sends."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import getaddresses
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from vikno.channels.email.letter.html import safe_html
from vikno.channels.email.letter.names import safe_name
from vikno.channels.email.letter.text import html_to_text
from vikno.core import rows
from vikno.core.models import LANGUAGES
from vikno.core.text import whole_number
from vikno.dialogs.actions import NewFile, Words
from vikno.dialogs.models import Dialog, Message
from vikno.people import values
from vikno.people.actions import identify
from vikno.people.models import Identity
from vikno.staff.access import Viewer
from vikno.tickets import access
from vikno.tickets.actions.answering import (
    Recipients,
    can_answer,
    dead_end,
    default_dialog,
    default_recipients,
    recipients_of,
)
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.drafts import Begun, must_fit
from vikno.tickets.models import Ticket
from vikno.tickets.quoting import Quote

ROLES = ("to", "cc", "bcc")
LONGEST_LINE = 5000  # letters of a line of recipients that a draft keeps


@dataclass(frozen=True, slots=True)
class Written:
    """What was typed and sent: words and files, checked. `kept` are ids of files that lie with the draft already."""

    words: Words
    files: Sequence[NewFile]
    empty: bool
    kept: Sequence[int] = ()


def written(form: Any, uploads: Sequence[UploadedFile], language: str = "") -> Written:
    """Read the body and the files of a composer form; the body is cleaned as a letter is. Raises Invalid for files that
    are too many or too large."""
    body = form.get("body", "").replace("\0", "")  # which PostgreSQL cannot keep
    if form.get("format") == "html":
        html = safe_html(body)
        text = html_to_text(html)
    else:
        html, text = "", body.replace("\r\n", "\n").strip()
    files = uploaded(uploads)
    kept = kept_files(form)
    nothing = not text.strip() and not files and not kept and "<img" not in html
    return Written(Words(text, html, language=language), files, nothing, kept)


def uploaded(uploads: Sequence[UploadedFile]) -> list[NewFile]:
    """The files of a form, under names that are no paths. Raises Invalid for too many, or too large ones."""
    must_fit(len(uploads), sum(upload.size or 0 for upload in uploads))
    return [
        NewFile(safe_name(up.name or ""), up.content_type or "application/octet-stream", up.read()) for up in uploads
    ]


def kept_files(form: Any) -> list[int]:
    """Ids of the draft files that the composer shows."""
    return [number for number in map(whole_number, form.getlist("kept")) if number is not None]


def identity_of(form: Any, text: Written) -> list[str]:
    """What makes two sendings of a composer the same one: all that is said, to whom; not which button was pressed."""
    said = [form.get(name, "") for name in ("kind", "format", "body", *ROLES, "dialog", "quote", "answers")]
    said += [*form.getlist("also"), *form.getlist("kept")]
    return said + [f"{file.name} {hashlib.sha256(file.content or b'').hexdigest()}" for file in text.files]


def also_answered(form: Any, ticket: Ticket, viewer: Viewer) -> list[Ticket]:
    """The other requests that this answer is for, as far as the viewer may see them."""
    numbers = [number for number in map(whole_number, form.getlist("also")) if number is not None]
    return list(access.tickets_for(viewer).filter(number__in=numbers).exclude(id=ticket.id)) if numbers else []


def begun(form: Any, ticket: Ticket, dialog: Dialog | None, viewer: Viewer) -> Begun:
    """What a composer form holds, as a draft keeps it."""
    others = [one.id for one in also_answered(form, ticket, viewer)]
    body, note = form.get("body", "").replace("\0", ""), form.get("kind") == "note"
    page, turn = turn_of(form)
    return Begun(
        body, form.get("format") == "html", {} if note else own_recipients(form, ticket, dialog, viewer),
        others, chosen_quote(form), page, turn, note, None if note else whole_number(form.get("answers", "")),
        chosen_language(form),
    )  # fmt: skip


def turn_of(form: Any) -> tuple[str, int]:
    """Which saving of which page a form is; ("", 0) if it does not say."""
    page, _dot, turn = form.get("turn", "").replace("\0", "")[:40].partition(".")
    return page, whole_number(turn) or 0


def chosen_language(form: Any) -> str:
    """The language that a form says it is written in; "" if it does not say."""
    found = form.get("language", "")
    return found if found in dict(LANGUAGES) else ""


def chosen_quote(form: Any) -> str:
    """What shall stand quoted below this answer, as a value of Quote; "" if the form does not say."""
    found = form.get("quote", "")
    return found if found in set(Quote) else ""


def own_recipients(form: Any, ticket: Ticket, dialog: Dialog | None, viewer: Viewer) -> dict[str, str]:
    """The recipients as typed; {} if they are those that the composer begins with, which may change while the draft
    waits."""
    typed = {role: form.get(role, "").replace("\0", "").strip()[:LONGEST_LINE] for role in ROLES}
    if not any(typed.values()):
        return {}
    readable = access.family_for(viewer, ticket)
    usual = usual_recipients(ticket, dialog, readable, answered_message(form.get("answers", ""), viewer, readable))
    lines = {"to": shown(usual.to), "cc": shown(usual.cc), "bcc": ""}
    return {} if typed == lines else typed


def answered_message(typed: str, viewer: Viewer, readable: Sequence[int]) -> Message | None:
    """The message of these tickets that an answer is for, if one was chosen and can be answered in its dialog."""
    number = whole_number(typed)
    if number is None or not viewer.may_write:
        return None
    said = Message.objects.filter(id=number, links__ticket__in=readable, links__ended_act=None, unsent_at=None)
    names = ("dialog__channel", "dialog__identity__person", "dialog__address", "identity__person", "agent__person")
    found = said.select_related(*names).exclude(dialog__side=Dialog.Side.STAFF).first()
    return found if found is not None and can_answer(found.dialog) else None


def usual_recipients(
    ticket: Ticket, dialog: Dialog | None, readable: Sequence[int], message: Message | None = None
) -> Recipients:
    """Whom the composer begins with: those whom the answered `message` concerns; else the dialog's own, but of one that
    has lost its address only those whose addresses take letters; without a dialog the requester, at such an address."""
    if message is not None:
        return recipients_of(message, readable)
    if dialog is not None:
        usual = default_recipients(dialog, readable)
        if can_answer(dialog):
            return usual
        to, cc = ([one for one in row if not one.is_gone] for row in (usual.to, usual.cc))
        return Recipients(to=to, cc=cc)
    usable = (
        "person_id = %s AND kind = %s AND failed_at IS NULL AND erased_at IS NULL ORDER BY preferred DESC, id LIMIT 1"
    )
    return Recipients(to=rows.find(Identity, usable, ticket.requester_id, Identity.Kind.EMAIL))


def shown(identities: Sequence[Identity]) -> str:
    """Addresses on one line, as they may be typed."""
    return ", ".join(one.shown for one in identities)


def recipients(form: Any, dialog: Dialog | None) -> Recipients:
    """The recipients as the form names them; empty when it has no such field, which means the dialog's own.
    Raises Invalid for what is no address, and for a field that was emptied: it never stands for the usual ones."""
    if not form.get("to", "").strip():
        if "to" in form or any(form.get(role, "").strip() for role in ROLES):
            raise Invalid(_("Nobody stands in “To”. Say who shall get the answer. Nothing was sent."))
        return Recipients()
    return Recipients(
        to=addresses(form.get("to", "")), cc=addresses(form.get("cc", "")), bcc=addresses(form.get("bcc", ""))
    )


def known_recipients(form: Any) -> Recipients:
    """Those of the recipients a form names who are known here; nothing is made or refused. To who is not, nothing of
    a dialog was said yet, so nothing was kept from them; but they stand in place of the usual ones all the same."""
    found = {role: _known(form.get(role, "")) for role in ROLES}
    return Recipients(**found, alone=bool(form.get("to", "").strip()))


def _known(line: str) -> list[Identity]:
    typed = [address for _name, address in getaddresses([line.replace("\0", "").replace(";", ",")[:LONGEST_LINE]])]
    plain = [one for one in map(_normal, typed) if one]
    return list(Identity.objects.filter(kind=Identity.Kind.EMAIL, value__in=plain, erased_at=None))


def _normal(address: str) -> str:
    try:
        return values.normal(Identity.Kind.EMAIL, address)
    except values.WrongValue:
        return ""


def addresses(line: str, called: str = "") -> list[Identity]:
    """Identities of the addresses in a line; new ones are made, by the name beside the address or else as `called`.
    Raises Invalid and names what is no address."""
    found = []
    parts = [part.strip() for part in line.replace("\0", "").replace(";", ",").split(",")]
    for name, address in getaddresses([", ".join(part for part in parts if part)]):
        try:
            validate_email(address)
        except ValidationError:
            words = _("“%(text)s” is not an e-mail address. Nothing was sent.")
            raise Invalid(words % {"text": address or line.strip()}) from None
        found.append(identify(Identity.Kind.EMAIL, address, address, name=name or called))
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
        if dialog is not None and (can_answer(dialog) or dialog == dead_end(readable)):
            return dialog
    return default_dialog(ticket, readable)
