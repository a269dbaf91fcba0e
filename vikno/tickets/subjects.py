"""What a request is called where nobody has said what it is about."""

from __future__ import annotations

from django.utils.translation import gettext as _

NO_WORDS = "(…)"  # the subject of a letter that says nothing
BLANK_SUBJECT = "…"  # of what was blanked: lists need something to click on


def subject_words(subject: str) -> str:
    """A subject as people read it: that of a letter without subject, words and files says so."""
    return _("(letter without words)") if subject == NO_WORDS else subject


def said_subject(subject: str) -> str:
    """A subject as it may stand in a letter: "" if nobody has said any."""
    return "" if subject in (NO_WORDS, BLANK_SUBJECT) else subject
