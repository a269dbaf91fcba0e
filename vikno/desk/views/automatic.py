"""What a channel says by itself, and from when on it takes letters for a flood."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from vikno.core.models import LANGUAGES
from vikno.core.text import unknown_names
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.fields import drawn, heading
from vikno.dialogs.models import Channel
from vikno.journal import acts
from vikno.replies.actions.guards import FLOODS, change_guards
from vikno.replies.words import MOST_WORDS, NAMES, ours, settings_of
from vikno.staff.rights import Right, require


class GuardsForm(forms.Form):
    """The settings of a mail channel that keep it from making noise."""

    on = forms.BooleanField(label=gettext_lazy("Acknowledge new requests with their number"), required=False)
    address_hour = forms.IntegerField(
        label=gettext_lazy("At most so many to one address within an hour"), min_value=1, max_value=100
    )
    domain_hour = forms.IntegerField(
        label=gettext_lazy("At most so many to one domain within an hour"), min_value=1, max_value=10_000
    )
    flood_letters = forms.IntegerField(
        label=gettext_lazy("Hold letters of one address from so many on"), min_value=2, max_value=100_000
    )
    flood_domain_letters = forms.IntegerField(
        label=gettext_lazy("Hold letters of one domain from so many on"), min_value=2, max_value=100_000
    )
    flood_minutes = forms.IntegerField(label=gettext_lazy("… within so many minutes"), min_value=1, max_value=1440)

    def __init__(self, data: Any, channel: Channel) -> None:
        kept = settings_of(channel.settings)
        super().__init__(data, initial={
            "on": kept.on, "address_hour": kept.address_hour, "domain_hour": kept.domain_hour,
            **{name: channel.settings.get(name, usual) for name, usual in FLOODS.items()},
        })  # fmt: skip
        for code, language in LANGUAGES:
            subject, text = kept.texts[code]
            words = {"language": language}
            self.fields[f"subject_{code}"] = forms.CharField(
                label=_("Subject (%(language)s)") % words, initial=subject, max_length=200, required=False
            )
            self.fields[f"text_{code}"] = forms.CharField(
                label=_("Text (%(language)s)") % words, initial=text, max_length=MOST_WORDS, required=False,
                widget=forms.Textarea,
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Only the names of the closed list may stand in braces: anything else would reach customers as it is."""
        found: dict[str, Any] = super().clean() or {}
        for name in [one for one in self.fields if one.startswith(("subject_", "text_"))]:
            unknown = unknown_names(found.get(name) or "", NAMES)
            if unknown:
                words = _("Nothing is known by the name {%(name)s}. These are known: %(names)s.")
                known = ", ".join(f"{{{one}}}" for one in NAMES)
                self.add_error(name, words % {"name": unknown[0], "names": known})
        return found

    def acknowledge(self) -> dict[str, Any]:
        """What goes into the channel's settings. Words that are ours are not kept: later ones of ours take effect."""
        said = self.cleaned_data
        texts = {}
        for code, _language in LANGUAGES:
            subject, text = ours(code)
            written = {"subject": said[f"subject_{code}"], "text": said[f"text_{code}"].replace("\r\n", "\n")}
            texts[code] = {key: "" if words in (subject, text) else words for key, words in written.items()}
        return {name: said[name] for name in ("on", "address_hour", "domain_hour")} | {"texts": texts}


@require_http_methods(["GET", "POST"])
@desk
def edit(request: DeskRequest, channel_id: int) -> HttpResponse:
    """Acknowledgements and floods of a mail channel."""
    require(request.desk.viewer, Right.SETTINGS)
    channel = get_object_or_404(Channel, id=channel_id, kind="email")
    form = GuardsForm(request.POST or None, channel)
    if request.method == "GET" or not form.is_valid():
        return _form(request, form, channel)
    floods = {name: form.cleaned_data[name] for name in FLOODS}
    change_guards(channel, form.acknowledge(), floods, by=acts.agent(request.desk.agent.id))
    messages.success(request, _("Saved."))
    return redirect("desk:channel", channel.id)


def _form(request: DeskRequest, form: GuardsForm, channel: Channel) -> HttpResponse:
    names = _("In braces may stand: %(names)s. A name is put in only if the sender's address is proved.") % {
        "names": ", ".join(f"{{{one}}}" for one in NAMES)
    }
    once = _("Once for each request; never to machines, lists or spam. Nothing of what was written is repeated.")
    fields = [
        heading(_("Acknowledgements")),
        *drawn(form, "on", on={"help": once}),
        *drawn(form, *(f"{part}_{code}" for code, _language in LANGUAGES for part in ("subject", "text")),
               text_uk={"help": names}),
        *drawn(form, "address_hour", "domain_hour"),
        heading(_("Floods")),
        *drawn(form, "flood_letters", "flood_domain_letters", "flood_minutes"),
    ]  # fmt: skip
    problem = _("Some answers cannot be used yet. They are marked below; nothing was saved.") if form.errors else ""
    context = {
        "title": _("%(name)s: acknowledgements and floods") % {"name": channel.name},
        "lead": _("What this channel says by itself, and when it keeps letters back."),
        "fields": fields, "save_word": _("Save"), "back_url": reverse("desk:channel", args=[channel.id]),
        "tabs": (), "danger": (),
        "test_url": "", "problem": problem,
    }  # fmt: skip
    return render(
        request, "desk/form_page.html", shell.context(request, "channels") | context, status=422 if form.errors else 200
    )
