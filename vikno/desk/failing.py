"""What is known against an address before one writes to it."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core.times import short_times
from vikno.people.models import Identity


def failing_words(identity: Identity, zone: str) -> str:
    """Why letters to this address do not arrive, and since when; "" if nothing is known against it."""
    if identity.failed_at is None:
        return ""
    since = short_times(zone, translation.get_language() or "en")(identity.failed_at)
    words = {
        "full": _("The mailbox %(address)s takes nothing more since %(since)s: it is full."),
        "complaint": _("Whoever reads %(address)s called a letter of ours spam (%(since)s)."),
    }.get(identity.failed_as, _("Letters to %(address)s come back since %(since)s: there is no such mailbox."))
    return words % {"address": identity.shown, "since": since}
