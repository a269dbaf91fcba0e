"""Further addresses of a mailbox: letters to them are ours, and no answer goes there."""

from __future__ import annotations

from collections.abc import Collection

from django import forms
from django.utils.translation import gettext as _

from vikno.channels.email import own
from vikno.dialogs.models import Channel, ChannelAddress
from vikno.intake.models import Inbound
from vikno.people import values

MOST = 100  # of one mailbox
LOOKED_AT = 2000  # of the newest entries of the ledger, for addresses that may be ours


def read(text: str, channel: Channel | None) -> list[str]:
    """The addresses in lines, each once and in its normal form. Raises forms.ValidationError for what is none, has a
    plus, or is another channel's."""
    found: list[str] = []
    for line in filter(None, (one.strip() for one in text.splitlines())):
        try:
            address = values.email(line)
        except values.WrongValue as error:
            raise forms.ValidationError(str(error)) from None
        if "+" in address.partition("@")[0]:
            raise forms.ValidationError(
                _("Write the address without a plus: what stands behind it is used for answers.")
            )
        found.append(address)
    found = list(dict.fromkeys(found))[:MOST]
    others = ChannelAddress.objects.filter(address__in=found)
    if (others.exclude(channel=channel) if channel else others).exists():
        raise forms.ValidationError(_("Another channel has this address already."))
    return found


def of(channel: Channel) -> list[str]:
    """The addresses of a channel besides its first one."""
    return list(channel.addresses.filter(default=False).order_by("id").values_list("address", flat=True))


def keep(channel: Channel, first: str, others: Collection[str] | None) -> None:
    """Make these the addresses of a saved channel; None leaves the further ones as they are. Those that stay keep their
    team and brand. Call inside a transaction."""
    further = channel.addresses.filter(default=False)
    gone = further.filter(address=first) if others is None else further.exclude(address__in=set(others) - {first})
    gone.delete()
    row = channel.addresses.filter(default=True).first() or ChannelAddress(channel=channel, default=True)
    row.address = first
    row.save()
    known = {first, *of(channel)}
    for address in others or ():
        if address not in known:
            ChannelAddress.objects.create(channel=channel, address=address)


def perhaps(channel: Channel) -> list[str]:
    """Addresses that letters of late were written to and that a mail server noted as our mailbox's. Only the newest
    entries of the ledger are looked at."""
    newest = Inbound.objects.order_by("-id").values_list("id", flat=True).first() or 0
    rows = Inbound.objects.filter(channel=channel, id__gt=newest - LOOKED_AT, message__isnull=False)
    told = rows.filter(message__trust__has_key="perhaps_ours").values_list("message__trust", flat=True)
    ours = own.read()
    return sorted({one for trust in told for one in trust["perhaps_ours"] if not ours.owns(one)})[:MOST]
