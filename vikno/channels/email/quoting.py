"""The customer's words under our answer, as mail programs do it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core.text import one_line
from vikno.dialogs.models import Message, MessageText

LONGEST = 10_000  # characters of a quotation
# Date and time as one writes them, in the patterns of CLDR (UTS 35).
_WHEN = {"uk": "d MMMM y 'р. о' HH:mm", "ru": "d MMMM y 'г. в' HH:mm", "en": "d MMMM y 'at' HH:mm"}


def quote_of(message: Message, language: str, zone: ZoneInfo) -> str:
    """The message being answered as plain text, with a line that says whose it is and when it was, on the clock of
    `zone`; "" if there is nothing to quote.

    Only the message that the answer names, of the same dialog and from outside: never notes, never other requests,
    never what was said to a third party. Only its text: a customer's markup and pictures are not sent to others.
    """
    said = message.answers
    if said is None or said.dialog_id != message.dialog_id or said.author != Message.Author.CUSTOMER:
        return ""
    if said.hidden_at or said.erased_at:
        return ""
    words = MessageText.objects.filter(message=said).order_by("-version").first()
    if words is None or not words.text.strip():
        return ""
    text = words.text.removesuffix(words.quoted).strip() or words.text.strip()
    if len(text) > LONGEST:
        text = text[:LONGEST].rstrip() + " […]"
    name = one_line(said.identity.person.name or said.identity.shown) if said.identity else ""
    with translation.override(language):
        pattern = _WHEN.get(language, _WHEN["en"])
        at = format_datetime(said.said_at, pattern, tzinfo=zone, locale=language if language in _WHEN else "en")
        head = _("On %(date)s, %(name)s wrote:") % {"date": at, "name": name}
    return head + "\n" + "\n".join(f"> {line}".rstrip() if line else ">" for line in text.splitlines())
