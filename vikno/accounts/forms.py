"""The forms of this room that are ours; those of signing in are allauth's, see allauth_words.py."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from vikno.accounts.models import ApiToken, User
from vikno.core.models import LANGUAGES


class ProfileForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the browser says")), *LANGUAGES]
    )
    theme = forms.ChoiceField(
        label=_("Colours"),
        choices=[("system", _("As the system says")), ("light", _("Light")), ("dark", _("Dark"))],
    )
    density = forms.ChoiceField(
        label=_("Lists"), choices=[("cosy", _("Two lines a row")), ("compact", _("One line a row"))]
    )
    single_keys = forms.BooleanField(
        label=_("Single letters are shortcuts"),
        required=False,
        help_text=_("Switch this off if you speak to the computer or strike keys by accident."),
    )

    @classmethod
    def of(cls, user: User) -> ProfileForm:
        """The form as it stands for this login."""
        return cls(initial={name: getattr(user, name) for name in cls.base_fields})


class TokenForm(forms.Form):
    DAYS = [("30", _("30 days")), ("90", _("90 days")), ("365", _("A year")), ("", _("For ever"))]

    SCOPES = {
        ApiToken.Scope.READ: _("Read what you see"),
        ApiToken.Scope.WRITE: _("Read and change what you may change"),
        ApiToken.Scope.INBOUND: _("Hand in what came from outside, and read nothing"),
    }

    name = forms.CharField(label=_("What it is for"), max_length=100)
    scope = forms.ChoiceField(label=_("What it may do"), choices=list(SCOPES.items()))
    days = forms.ChoiceField(label=_("How long it lasts"), required=False, choices=DAYS, initial="90")

    def lifetime(self) -> timedelta | None:
        """How long the token shall last; None means for ever."""
        days = self.cleaned_data["days"]
        return timedelta(days=int(days)) if days else None
