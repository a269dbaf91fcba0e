"""The composer: where an answer would go, and what was written so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.channels.email import hand_outs
from vikno.channels.email.letter.text import html_to_text
from vikno.channels.email.own import KIND as EMAIL
from vikno.core import clock, rows
from vikno.core.models import LANGUAGES
from vikno.core.sizes import size_words
from vikno.core.text import one_line
from vikno.core.times import short_times
from vikno.desk import snoozing
from vikno.desk.face import Desk
from vikno.desk.failing import failing_words
from vikno.desk.written import (
    ROLES,
    also_answered,
    answered_message,
    chosen_language,
    chosen_quote,
    own_recipients,
    shown,
    usual_recipients,
)
from vikno.dialogs.channels import KINDS
from vikno.dialogs.models import Dialog, Message
from vikno.people.models import Identity
from vikno.tickets import access
from vikno.tickets.actions.answering import Recipients, dead_end, default_dialog, first_mail_channel
from vikno.tickets.actions.sending_once import new_number
from vikno.tickets.models import Draft, DraftFile, Ticket
from vikno.tickets.quoting import Quote, usual
from vikno.tickets.subjects import subject_words


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a ticket before its composer is made: whether this agent has a draft on it, and whether it is an
    account matter of which nothing may be told yet."""

    draft: bool
    locked: bool


def composer(
    desk: Desk,
    ticket: Ticket,
    newest: int,
    *,
    readable: Sequence[int],
    seen: Seen,
    problem: str = "",
    newer: str = "",
    kept: Any = None,
    answers: str | None = None,
) -> dict[str, Any] | None:
    """The context of `desk/_composer.html`; None for who may not even write a note.

    `readable`: the ids of those of its tickets that the viewer may read. `seen`: what the page has found out by now.
    `kept` is what was sent and refused: nothing that somebody wrote is ever lost. `answers`: the id of the message to
    answer, as the page's address names it; "" for the request as a whole, None for what was begun.
    """
    if not desk.viewer.may_note:
        return None
    dialog = default_dialog(ticket, readable) if desk.viewer.may_write else None
    can_begin = dialog is None and desk.viewer.may_write and _can_begin(ticket)
    elsewhere = dialog is None and desk.viewer.may_write and not can_begin
    dialog = dead_end(readable) if elsewhere else dialog
    locked = seen.locked
    reachable = not locked and (dialog is not None or can_begin)
    held, message = Held(), None
    if kept is not None:
        message = answered_message(kept.get("answers", ""), desk.viewer, readable)
        dialog = message.dialog if message else dialog
        held = _refused(desk, ticket, dialog, kept)
    elif seen.draft or answers:
        held, message = _draft(desk, ticket, dialog, readable, answers)
        dialog = message.dialog if message else dialog
    to = usual_recipients(ticket, dialog, readable, message)
    lines = held.recipients or {"to": shown(to.to), "cc": shown(to.cc), "bcc": ""}
    kind = KINDS.get(dialog.channel.kind) if dialog else KINDS.get("email")
    return {
        "url": reverse("desk:answer", args=[ticket.number]),
        "draft_url": reverse("desk:draft", args=[ticket.number]),
        "template_url": reverse("desk:template_insert", args=[ticket.number]),
        "agent": desk.agent.id, "kind": held.kind if reachable else "note", "was": held.was, "turn": held.turn,
        "can_reply": reachable,
        "cannot_reply": "" if reachable or not desk.viewer.may_write else _why_not(locked),
        "text": held.text, "html": held.html, "newest": _newest(dialog, newest),
        "dialog": dialog.id if dialog else "",
        "channel_icon": kind.icon if kind else "mail",
        "channel_word": (dialog.channel.name if dialog else _("by e-mail")) or (kind.title() if kind else ""),
        "to_text": ", ".join(lines[role] for role in ROLES if lines[role]), **lines,
        "own_recipients": bool(held.recipients) or (elsewhere and reachable), "also": held.also,
        "from_text": dialog.address.address if dialog and dialog.address else "",
        "has_copies": bool(kind and kind.identity_kind == Identity.Kind.EMAIL), "files": held.files,
        "fetched": fetched_words(held.files, ticket, dialog, note=held.kind == "note" or not reachable),
        "failing": _failing(desk, dialog, to, elsewhere) if reachable else [],
        "problem": problem, "newer": newer, "saved_text": held.saved, "once": new_number(),
        "snoozes": snoozing.choices(desk.zone, translation.get_language() or "en", clock.now()),
        "undo_seconds": dialog.channel.undo_seconds if dialog else 0, **_quoting(ticket, dialog, held, message),
        **_answering(ticket, dialog, message), **_language(desk, ticket, held, message),
    }  # fmt: skip


def _answering(ticket: Ticket, dialog: Dialog | None, message: Message | None) -> dict[str, Any]:
    """Which message it answers, and the way back to answering as usual."""
    if message is None:
        return {"answers": "", "answers_word": "", "plain_url": "", "third": False}
    human = message.agent.person if message.agent else message.identity.person if message.identity else None
    name = one_line((human.name if human else "") or (message.identity.shown if message.identity else ""))
    return {
        "answers": message.id, "answers_word": _("Answers the message of %(name)s") % {"name": name},
        "plain_url": reverse("desk:ticket", args=[ticket.number]),
        "third": dialog is not None and dialog.side != Dialog.Side.CUSTOMER,
    }  # fmt: skip


def _language(desk: Desk, ticket: Ticket, held: Held, message: Message | None) -> dict[str, Any]:
    """In which language one writes, so that the browser looks at its spelling: that of who is answered, unless another
    one was chosen."""
    heard = message.language if message is not None else ""
    known = held.language or heard or ticket.language or ticket.requester.language
    language = known if known in dict(LANGUAGES) else translation.get_language() or "en"
    return {"lang": language, "own_lang": desk.user.language, "languages": LANGUAGES}


def _failing(desk: Desk, dialog: Dialog | None, to: Recipients, elsewhere: bool) -> list[str]:
    """What is known against the recipients; and, where the customer's address takes nothing, what to do instead."""
    known = [said for one in (*to.to, *to.cc) if (said := failing_words(one, desk.zone))]
    if dialog is None or not elsewhere:
        return known
    hint = _("Write another address of theirs into “To”, or call them and note it here.")
    return [f"{failing_words(dialog.identity, desk.zone)} {hint}", *known]


def _quoting(ticket: Ticket, dialog: Dialog | None, held: Held, message: Message | None = None) -> dict[str, Any]:
    """What stands quoted below, as far as the channel can. The words themselves are asked for when somebody looks."""
    kind = KINDS.get(dialog.channel.kind) if dialog else None
    apart = dialog is not None and dialog.side != Dialog.Side.CUSTOMER and message is None
    if dialog is None or kind is None or not kind.quotes or apart:
        return {"quote": "", "quote_url": "", "quotes": []}
    one = [("answers", message.id)] if message is not None else []
    asked = urlencode([("dialog", dialog.id), *one, *(("also", number) for number, _subject in held.also)])
    address = f"{reverse('desk:quotation', args=[ticket.number])}?{asked}"
    return {
        "quote": held.quote or str(usual(dialog.channel)),
        "quote_url": address,
        "quotes": quote_words(message is not None),
    }


def quote_words(one: bool = False) -> list[tuple[str, str]]:
    """What can stand quoted below an answer; `one`: below one to a single message."""
    last = _("this message") if one else _("the last message")
    return [(str(Quote.NONE), _("nothing")), (str(Quote.LAST), last),
            (str(Quote.ALL), _("the whole exchange"))]  # fmt: skip


def _why_not(locked: bool) -> str:
    if not locked:
        return _(
            "There is no way to answer: this person has no address that takes letters. Call them and note it here."
        )
    return _(
        "This is a matter of an account, and it is not proved that the customer asks: no letter came from a verified "
        "address of theirs whose domain confirms it. They were told how to prove it. A lead can have it handled anyway."
    )


def _newest(dialog: Dialog | None, shown: int) -> int:
    """Up to which message one knows the dialog: the newest on the page, or a later one that belongs to another request.
    That one may be out of sight, and it was there already when the page was drawn: it need not hold anybody up."""
    if dialog is None:
        return shown
    newest = "SELECT max(id) FROM dialogs_message WHERE dialog_id = %s AND author = 'customer'"
    return max(shown, rows.run(newest, dialog.id)[0][0] or 0)


def _can_begin(ticket: Ticket) -> bool:
    """Whether a new dialog to the requester could be opened."""
    return bool(usual_recipients(ticket, None, ()).to) and first_mail_channel(ticket) is not None


@dataclass(frozen=True, slots=True)
class Held:
    """What a composer begins with. `was`: under which kind it is kept, "" if nowhere yet."""

    kind: str = "reply"
    was: str = ""
    html: str = ""
    text: str = ""
    saved: str = ""
    recipients: dict[str, str] = field(default_factory=dict)
    also: Sequence[tuple[int, str]] = ()
    files: Sequence[dict[str, Any]] = ()
    quote: str = ""  # "": what is usual in the channel
    turn: str = ""  # which saving of which page it is
    language: str = ""  # that was chosen


def _refused(desk: Desk, ticket: Ticket, dialog: Dialog | None, form: Any) -> Held:
    """What was sent and refused, word for word; its files lie with the draft by now."""
    html = form.get("body", "") if form.get("format") == "html" else ""
    text = html_to_text(html) if html else form.get("body", "")
    kind, also = form.get("kind", "reply"), also_answered(form, ticket, desk.viewer)
    files = DraftFile.objects.filter(draft__agent=desk.agent, draft__ticket=ticket)
    files = files.filter(draft__dialog=None if kind == "note" else dialog)
    return Held(
        kind, form.get("was", ""), html, text, "", own_recipients(form, ticket, dialog, desk.viewer),
        [(one.number, subject_words(one.subject)) for one in also], kept_with(files), chosen_quote(form),
        language=chosen_language(form),
    )  # fmt: skip


def _draft(
    desk: Desk, ticket: Ticket, dialog: Dialog | None, readable: Sequence[int], answers: str | None
) -> tuple[Held, Message | None]:
    """What was begun, and the message that it answers. What was written for another dialog is shown there alone."""
    begun = rows.find(Draft, "agent_id = %s AND ticket_id = %s ORDER BY saved_at DESC", desk.agent.id, ticket.id)
    message = answered_message(answers, desk.viewer, readable) if answers else None
    if answers is None and begun and begun[0].recipients.get("answers"):
        message = answered_message(str(begun[0].recipients["answers"]), desk.viewer, readable)
    here = message.dialog_id if message else dialog.id if dialog else None
    places = (here,) if message else (None, here)
    row = next((one for one in begun if one.dialog_id in places), None)
    return (_held(desk, row) if row else Held()), message


def _held(desk: Desk, row: Draft) -> Held:
    at = short_times(desk.zone, translation.get_language() or "en")(row.saved_at)
    known = row.recipients
    html = row.html if known.get("format") == "html" else ""
    kind = "reply" if row.dialog_id or known.get("kind") == "reply" else "note"
    others = access.tickets_for(desk.viewer).filter(id__in=known.get("tickets") or [])
    return Held(
        kind, kind, html, html_to_text(row.html) if html else row.html, _("Saved %(time)s") % {"time": at},
        known.get("recipients") or {}, list(others.values_list("number", "subject")) if known.get("tickets") else [],
        kept_with(row.files), known.get("quote") or "",
        f"{known['page']}.{known['turn']}" if known.get("page") else "", known.get("language") or "",
    )  # fmt: skip


def fetched_words(files: Sequence[dict[str, Any]], ticket: Ticket, dialog: Dialog | None, *, note: bool) -> str:
    """What becomes of files that are too big for a letter; "" if they go with it, or stay inside with a `note`. Without
    a dialog one is begun by letter."""
    if note or not files:
        return ""
    channel = dialog.channel if dialog else first_mail_channel(ticket)
    if channel is None or channel.kind != EMAIL:
        return ""
    too_big = hand_outs.too_big(channel, sum(one["bytes"] for one in files))
    return _("Too big for a letter: it carries the address of a page to fetch them from.") if too_big else ""


def kept_with(files: Any, address: str = "desk:draft_file") -> list[dict[str, Any]]:
    """The files of a draft, as `desk/_draft_files.html` shows them; `address` names that of a file."""
    return [
        {"id": row.id, "name": row.name or _("file"), "size": size_words(row.size), "bytes": row.size,
         "url": reverse(address, args=[row.id])}
        for row in files.order_by("position", "id")
    ]  # fmt: skip
