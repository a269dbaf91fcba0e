"""Whether an incoming message of a dialog is pure thanks: its words, its files, and what it answers, together.

The words are heard while a message is read, before anybody waits for it (`heard`); the rest is asked when it is settled
(`is_thanks`), and only of the few whose words thank.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vikno.dialogs.actions import NewFile
from vikno.dialogs.models import Dialog, Message, MessageText
from vikno.intake.thanks import Thanks, thanks_in
from vikno.people.models import Identity
from vikno.tickets.directory import directory
from vikno.tickets.models import Wording

_PREFIX = re.compile(
    r"(?:\s*(?:re|aw|sv|odp|на|відп|відповідь|отв|ответ)(?:\[\d+\])?\s*:|\s*\[[^\]]{0,40}\d\])+", re.IGNORECASE
)
# What is asked without a question mark, to which "yes" is an answer.
_ASKS = re.compile(
    r"\b(?:підтверд|повідом|напиш|дайте знати|погод|скаж|подтверд|сообщ|согласу|дайте знать|confirm|approve|"
    r"let (?:me|us) know|tell (?:me|us)|if you (?:want|wish|agree|would like)|якщо (?:згод|бажа|хоч)|"
    r"если (?:соглас|жела|хот))",
    re.IGNORECASE,
)
MOST = 50  # subjects of one dialog that are compared
_SMALL_PICTURE = 24 * 1024  # bytes: a logo of a signature, hardly a picture of what is wrong
_NO_FILES = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature", "text/vcard",
             "text/x-vcard")  # fmt: skip


def heard(text: str, sender: str, name: str = "", kind: str = Identity.Kind.EMAIL) -> Thanks | None:
    """The thanks that the words of a message consist of, if they are nothing more. `sender`: who says them, as the
    normal form of an identity; `name`: what they call themselves. Called outside of any transaction; most messages ask
    no database.

    Names are harmless: that of the sender, here and as we know them, and those of agents. The sender's own, with how
    they are reached, may stand below as a signature.
    """
    if thanks_in(text, None) is None:
        return None
    names, own = [name, *directory().names["agent"].values()], [name, sender]
    known = thanks_in(text, names, own)
    if known is not None:
        return known
    called = _names_of(kind, sender)
    return thanks_in(text, [*names, *called], [*own, *called])


def _names_of(kind: str, sender: str) -> list[str]:
    return list(Identity.objects.filter(kind=kind, value=sender).values_list("person__name", flat=True))


def is_thanks(
    said: Thanks | None, subject: str, attached: Sequence[NewFile], dialog: Dialog, answers: Message | None
) -> bool:
    """Whether a message whose words were heard as `said` says thanks and nothing more. One that opens a dialog never
    does, nor one that brings a file, a new subject, or an "ok" to something that was asked."""
    if said is None or dialog.side != Dialog.Side.CUSTOMER or any(_matters(one) for one in attached):
        return False
    before = answers or _last_said(dialog)
    return before is not None and _same_matter(subject, before) and not _answers_a_question(said, before)


def _matters(file: NewFile) -> bool:
    if file.type in _NO_FILES:
        return False
    size = file.stored.size if file.stored else len(file.content or b"")
    return not (file.inline and file.content_id and file.type.startswith("image/") and size <= _SMALL_PICTURE)


def _last_said(dialog: Dialog) -> Message | None:
    return Message.objects.filter(dialog=dialog, unsent_at=None).order_by("-arrived_at", "-id").first()


def _same_matter(subject: str, before: Message) -> bool:
    """Whether the subject is one that the dialog or its requests had, or itself no more than thanks."""
    new = _core(subject)
    if not new or new == _core(before.subject) or thanks_in(new) is not None:
        return True
    said = Message.objects.filter(dialog=before.dialog_id).exclude(subject="")
    asked = Wording.objects.filter(field="subject", ticket__links__message=before, ticket__links__ended_act=None)
    had = [*said.values_list("subject", flat=True)[:MOST], *asked.values_list("text", flat=True)[:MOST]]
    return new in map(_core, had)


def _core(subject: str) -> str:
    """A subject without "Re:" and numbers in brackets."""
    return " ".join(_PREFIX.sub("", subject, count=1).split()).casefold()


def _answers_a_question(said: Thanks, before: Message) -> bool:
    if not said.assents or before.author == Message.Author.CUSTOMER:
        return False
    asked = MessageText.objects.filter(message=before, version=before.version).values_list("text", flat=True).first()
    return "?" in (asked or "") or (said.affirms and _ASKS.search(asked or "") is not None)
