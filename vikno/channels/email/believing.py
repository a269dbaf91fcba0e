"""Whom a mail channel believes: servers that check senders, forms that write for visitors, letters of colleagues."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from vikno.channels.email.staff_letters import PUBLIC
from vikno.dialogs.models import Channel
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.people import values

MOST = 50  # lines of one field
_HOST = re.compile(r"[\w.:-]{1,253}")


class BelievingForm(forms.Form):
    """What the owner says about it. One entry on each line."""

    trusted_servers = forms.CharField(
        label=_("Mail servers that check the sender for you"), required=False, max_length=10_000, widget=forms.Textarea
    )
    form_senders = forms.CharField(
        label=_("Addresses that web forms write from"), required=False, max_length=10_000, widget=forms.Textarea
    )
    agent_letters = forms.ChoiceField(
        label=_("A colleague's answer to a notice"),
        choices=[("note", _("becomes an internal note")), (PUBLIC, _("goes to the customer"))],
        required=False,
    )

    def clean_trusted_servers(self) -> list[str]:
        """Names as servers write them into Authentication-Results, or addresses of relays."""
        found = _lines(self.cleaned_data["trusted_servers"])
        for one in found:
            if not _HOST.fullmatch(one):
                raise forms.ValidationError(_("“%(text)s” is no name of a server."), params={"text": one[:80]})
        return found

    def clean_form_senders(self) -> list[str]:
        """Addresses, or "@domain" for all of a domain."""
        found = []
        for one in _lines(self.cleaned_data["form_senders"]):
            try:
                found.append(f"@{values.domain(one)}" if one.startswith("@") else values.email(one))
            except values.WrongValue as error:
                raise forms.ValidationError(str(error)) from None
        return found


def _lines(text: str) -> list[str]:
    return [line.strip().lower() for line in text.splitlines() if line.strip()][:MOST]


def initial(channel: Channel) -> dict[str, Any]:
    """What the form shows of a channel."""
    known = channel.settings
    return {
        "trusted_servers": "\n".join(map(str, known.get("trusted_servers") or ())),
        "form_senders": "\n".join(map(str, known.get("form_senders") or ())),
        "agent_letters": known.get("agent_letters") or "note",
    }


def believe(channel: Channel, form: BelievingForm, *, by: Act) -> None:
    """Take a valid form over into the channel."""
    with transaction.atomic():
        row = Channel.objects.select_for_update().get(id=channel.id)
        chosen = {name: form.cleaned_data[name] for name in ("trusted_servers", "form_senders")}
        told: dict[str, Any] = {name: [True, True] for name in chosen if chosen[name] != row.settings.get(name, [])}
        before, after = row.settings.get("agent_letters") or "note", form.cleaned_data["agent_letters"] or "note"
        if before != after:
            told["agent_letters"] = [before, after]
        row.settings = row.settings | chosen | {"agent_letters": after}
        row.save(update_fields=["settings"])
        if told:
            record(by, Verb.SETTING_CHANGED, delta={"channel": [row.id, row.id], **told})
