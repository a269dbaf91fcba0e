"""How long sessions last, and of whom a second factor is demanded."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from vikno.accounts.actions import set_rules
from vikno.accounts.models import SignInRules
from vikno.accounts.rules import has_factor, rules
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.fields import drawn
from vikno.desk.setting_pages import tabs
from vikno.journal import acts
from vikno.staff.queries import logins_without_factor
from vikno.staff.rights import Right, require

HOUR, DAY = 60, 24 * 60
IDLE = (
    (30, gettext_lazy("30 minutes")), (HOUR, gettext_lazy("1 hour")), (4 * HOUR, gettext_lazy("4 hours")),
    (12 * HOUR, gettext_lazy("12 hours")), (DAY, gettext_lazy("1 day")), (7 * DAY, gettext_lazy("7 days")),
    (30 * DAY, gettext_lazy("30 days")),
)  # fmt: skip
MOST = (
    (12 * HOUR, gettext_lazy("12 hours")), (DAY, gettext_lazy("1 day")), (7 * DAY, gettext_lazy("7 days")),
    (30 * DAY, gettext_lazy("30 days")), (90 * DAY, gettext_lazy("90 days")),
)  # fmt: skip
FactorFor = SignInRules.FactorFor
MOST_NAMED = 8  # names of colleagues without a second factor


class RulesForm(forms.Form):
    idle_minutes = forms.TypedChoiceField(
        label=gettext_lazy("A session that nobody uses ends after"), coerce=int, choices=IDLE,
        help_text=gettext_lazy("For everybody who signs in. A desk that is open and only shows what is new is not in "
                               "use. Use is noted every ten minutes, so it may be ten minutes more."),
    )  # fmt: skip
    most_minutes = forms.TypedChoiceField(
        label=gettext_lazy("Every session ends after"), coerce=int, choices=MOST,
        help_text=gettext_lazy("Counted from signing in, however much it is used; then one signs in again. A shorter "
                               "time holds at once, also for sessions that are open now; a longer one from the next "
                               "signing in on. What somebody is writing is kept."),
    )  # fmt: skip
    factor_for = forms.ChoiceField(
        label=gettext_lazy("A second factor is demanded"),
        choices=((FactorFor.NOBODY, gettext_lazy("of nobody: everybody decides for themselves")),
                 (FactorFor.LEADS, gettext_lazy("of owners and leads")), (FactorFor.ALL, gettext_lazy("of everybody"))),
    )  # fmt: skip

    def __init__(self, data: Any, now: SignInRules, mine: bool) -> None:
        """`mine`: whether who decides has a second factor."""
        self.mine = mine
        names = ("idle_minutes", "most_minutes", "factor_for")
        super().__init__(data, initial={name: getattr(now, name) for name in names})

    def clean_factor_for(self) -> str:
        chosen = str(self.cleaned_data["factor_for"])
        if chosen != FactorFor.NOBODY and chosen != self.initial["factor_for"] and not self.mine:
            raise forms.ValidationError(_("Set up a second factor of your own first: the button is above."))
        return chosen

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        if given.get("idle_minutes", 0) > given.get("most_minutes", 90 * DAY):
            self.add_error("idle_minutes", _("This is longer than a session lasts at all."))
        return given


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def show(request: DeskRequest) -> HttpResponse:
    """The owners' rules of signing in."""
    require(request.desk.viewer, Right.SETTINGS)
    user = request.desk.user.pk
    form = RulesForm(request.POST if request.method == "POST" else None, rules(), has_factor(user))
    if request.method == "POST" and form.is_valid():
        by = acts.agent(request.desk.agent.id)
        set_rules(form.cleaned_data, user=user, by=by)
        undo = reverse("desk:undo", args=[by.id]) if form.has_changed() else ""
        messages.success(request, _("Saved."), extra_tags=undo)
        return redirect("desk:security")
    context = {
        "title": _("Signing in"), "lead": "", "save_word": _("Save"), "back_url": "", "problem": "", "danger": [],
        "tabs": tabs(request, "security"), "fields": drawn(form, *form.fields, factor_for={"help": _whom()}),
        "links": [(reverse("security_log"), "shield-check", _("Security log")),
                  (reverse("mfa_index"), "lock", _("My second factors"))],
    }  # fmt: skip
    page = shell.context(request, "all_settings") | context
    return render(request, "desk/form_page.html", page, status=422 if form.errors else 200)


def _whom() -> str:
    """What the demand means, and whom it would be new to."""
    said = _(
        "Who has none is led to set one up at their next signing in, and comes no further without; who is signed in "
        "now works on until then. Programs with an API token are not asked."
    )
    found = logins_without_factor()
    if not found:
        return said + " " + _("Everybody has one.")
    named = ", ".join(one.person.name for one in found[:MOST_NAMED]) + (" …" if len(found) > MOST_NAMED else "")
    return said + " " + _("Without one now: %(names)s.") % {"names": named}
