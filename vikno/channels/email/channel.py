"""The kind of channel that carries letters, and what it can do."""

from __future__ import annotations

from django.utils.translation import gettext as _

from vikno.channels.email import outbound
from vikno.channels.email.forms import MailboxForm
from vikno.channels.email.limits import usual_limits
from vikno.channels.email.own import KIND
from vikno.dialogs.channels import Kind
from vikno.dialogs.models import Channel


def check(channel: Channel) -> str:
    """Try to sign in to the channel's servers; "" if all is well, else what is wrong and what to do, in words.

    Takes some seconds when a server does not answer. Sends nothing, and marks nothing in the mailbox.
    """
    from vikno.channels.email import checking  # the mail libraries are for who needs them

    return checking.check(channel)


EMAIL = Kind(
    name=KIND,
    title=lambda: _("E-mail"),
    icon="mail",
    ends=True,
    deliver=outbound.deliver,
    formatted=True,
    quotes=True,
    undo_seconds=10,
    identity_kind="email",
    usual_limits=usual_limits,
    settings_form=MailboxForm,
    check=check,
)
