"""Further addresses of a mailbox: letters to them are ours, and no answer goes there. Each may have its own team."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.db.models import F
from django.utils.translation import gettext as _

from vikno.channels.email import own
from vikno.core.text import fold
from vikno.dialogs.models import Channel, ChannelAddress
from vikno.intake.models import Inbound
from vikno.people import values
from vikno.staff.models import Team

MOST = 100  # of one mailbox
LOOKED_AT = 2000  # of the newest entries of the ledger, for addresses that may be ours


def read(text: str, channel: Channel | None) -> dict[str, int | None]:
    """The addresses in lines, each once and in its normal form, with the team that stands behind it. Raises
    forms.ValidationError for what is none, has a plus, or is another channel's, and for a team that there is not."""
    found: dict[str, int | None] = {}
    for line in filter(None, (one.strip() for one in text.splitlines())):
        written, _gap, team = line.partition(" ")
        try:
            address = values.email(written)
        except values.WrongValue as error:
            raise forms.ValidationError(str(error)) from None
        if "+" in address.partition("@")[0]:
            raise forms.ValidationError(
                _("Write the address without a plus: what stands behind it is used for answers.")
            )
        found.setdefault(address, _team_named(team.strip(" :=-–")))
    found = dict(list(found.items())[:MOST])
    others = ChannelAddress.objects.filter(address__in=list(found))
    if (others.exclude(channel=channel) if channel else others).exists():
        raise forms.ValidationError(_("Another channel has this address already."))
    return found


def _team_named(name: str) -> int | None:
    """The team of this name; None for no name. Raises forms.ValidationError."""
    if not name:
        return None
    teams = Team.objects.order_by(F("archived_at").desc(nulls_first=True), "id").values_list("id", "name")
    found = next((pk for pk, known in teams if fold(known) == fold(name)), None)
    if found is None:
        raise forms.ValidationError(_("There is no team “%(value)s”.") % {"value": name})
    return found


def of(channel: Channel) -> list[str]:
    """The addresses of a channel besides its first one, as the form has them: the team behind the address."""
    further = channel.addresses.filter(default=False).order_by("id").values_list("address", "team__name")
    return [f"{address} {team}" if team else address for address, team in further]


def keep(channel: Channel, first: str, others: Mapping[str, int | None] | None) -> None:
    """Make these the addresses of a saved channel, each with its team; None leaves the further ones as they are. Those
    that stay keep their brand. Call inside a transaction."""
    further = channel.addresses.filter(default=False)
    gone = further.filter(address=first) if others is None else further.exclude(address__in=set(others) - {first})
    gone.delete()
    row = channel.addresses.filter(default=True).first() or ChannelAddress(channel=channel, default=True)
    row.address = first
    row.save()
    for address, team in (others or {}).items():
        if address != first:
            row = channel.addresses.filter(address=address).first() or ChannelAddress(channel=channel, address=address)
            row.team_id = team
            row.save()


def perhaps(channel: Channel) -> list[str]:
    """Addresses that letters of late were written to and that a mail server noted as our mailbox's. Only the newest
    entries of the ledger are looked at."""
    newest = Inbound.objects.order_by("-id").values_list("id", flat=True).first() or 0
    rows = Inbound.objects.filter(channel=channel, id__gt=newest - LOOKED_AT, message__isnull=False)
    told = rows.filter(message__trust__has_key="perhaps_ours").values_list("message__trust", flat=True)
    ours = own.read()
    return sorted({one for trust in told for one in trust["perhaps_ours"] if not ours.owns(one)})[:MOST]
