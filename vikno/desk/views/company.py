"""The company, and how it shows itself to customers and colleagues."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from vikno.core import files, look
from vikno.core.models import LANGUAGES, Brand, StoredFile
from vikno.desk import shell
from vikno.desk.face import DeskRequest, desk
from vikno.desk.fields import drawn
from vikno.desk.setting_pages import tabs
from vikno.desk.views.files import MOST_PIXELS, made_anew
from vikno.desk.views.own import zones
from vikno.desk.word_pages import HUES
from vikno.journal import acts
from vikno.people.actions.persons import Refused
from vikno.staff.actions.company import set_brand, set_company, set_logo
from vikno.staff.rights import Right, require

BIGGEST = 5 * 1024 * 1024  # bytes of a logo
SIDE = 512  # pixels of the longer side that is kept
FOR_GOOD = "public, max-age=31536000, immutable"


class CompanyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name of the company"), max_length=200,
        help_text=gettext_lazy("Colleagues see it above the navigation; it stands for {company} in signatures."),
    )  # fmt: skip
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=LANGUAGES,
        help_text=gettext_lazy("In which Vikno writes to colleagues who chose none. Everybody can choose their own."),
    )  # fmt: skip
    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Of days in figures, and of due dates of teams and colleagues who have none of their "
                               "own; phone numbers without a country are read as of its country. Dates that were given "
                               "stay the instants they are."),
    )  # fmt: skip

    def __init__(self, data: Any, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        names = zones()
        now = () if initial["zone"] in names else (initial["zone"],)
        self.fields["zone"].choices = [(one, one) for one in (*now, *names)]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def company(request: DeskRequest) -> HttpResponse:
    """Name, language and zone of the company."""
    require(request.desk.viewer, Right.SETTINGS)
    row = request.desk.company
    form = CompanyForm(
        request.POST if request.method == "POST" else None,
        {"name": row.name, "language": row.language, "zone": row.zone},
    )
    if request.method == "POST" and form.is_valid():
        by = acts.agent(request.desk.agent.id)
        try:
            set_company(form.cleaned_data, by=by)
        except Refused as reason:
            form.add_error("name", str(reason))
        else:
            return _saved(request, form, by, "desk:company")
    return _form(request, form, {"title": _("Company"), "lead": ""}, "company")


def _saved(request: DeskRequest, form: forms.Form, by: acts.Act, page: str) -> HttpResponse:
    lasting = not form.changed_data or {"name", "sender_name", "logo", "no_logo"} & set(form.changed_data)
    messages.success(request, _("Saved."), extra_tags="" if lasting else reverse("desk:undo", args=[by.id]))
    return redirect(page)


def _form(request: DeskRequest, form: forms.Form, context: dict[str, Any], key: str) -> HttpResponse:
    whole = {"save_word": _("Save"), "back_url": "", "problem": "", "danger": [], "tabs": tabs(request, key),
             "fields": drawn(form, *form.fields), "multipart": form.is_multipart(), **context}  # fmt: skip
    page = shell.context(request, "all_settings") | whole
    return render(request, "desk/form_page.html", page, status=422 if form.errors else 200)


class LookForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name that customers see"), max_length=200,
        help_text=gettext_lazy("In letters that Vikno writes by itself, and on pages for customers."),
    )  # fmt: skip
    sender_name = forms.CharField(
        label=gettext_lazy("Sender of letters"), max_length=200, required=False,
        help_text=gettext_lazy("Beside the agent's name in From, where a mailbox has none of its own. Empty: "
                               "the name."),
    )  # fmt: skip
    language = forms.ChoiceField(
        label=gettext_lazy("Language for customers"), choices=LANGUAGES,
        help_text=gettext_lazy("Of letters to customers whose own language is not known."),
    )  # fmt: skip
    accent_hue = forms.TypedChoiceField(
        label=gettext_lazy("Colour"), coerce=int,
        help_text=gettext_lazy("Of buttons and links, on the desk and on the page of signing in. Every one is readable "
                               "in light and dark."),
    )  # fmt: skip
    logo = forms.FileField(
        label=gettext_lazy("Logo"), required=False,
        help_text=gettext_lazy("PNG, JPEG, GIF or WebP, up to 5 MB. Shown above the navigation and on the page of "
                               "signing in; letters carry none."),
    )  # fmt: skip
    no_logo = forms.BooleanField(label=gettext_lazy("Take the logo away"), required=False)

    def __init__(self, data: Any, chosen: Any, brand: Brand) -> None:
        shown = {name: getattr(brand, name) for name in ("name", "sender_name", "language", "accent_hue")}
        super().__init__(data, chosen, initial=shown)
        hues: list[tuple[int, Any]] = list(HUES)
        if brand.accent_hue not in dict(hues):
            hues.insert(0, (brand.accent_hue, _("As it is now")))
        self.fields["accent_hue"].choices = hues  # type: ignore[attr-defined]
        if brand.logo_id is None:
            del self.fields["no_logo"]

    def clean_logo(self) -> bytes | None:
        """The picture made anew, so that only pixels of it remain."""
        chosen = self.cleaned_data["logo"]
        if not chosen:
            return None
        made = made_anew(chosen.read(), "", SIDE, "PNG") if chosen.size <= BIGGEST else None
        if made is None:
            limit = MOST_PIXELS // 1_000_000
            words = _("This is no picture that Vikno can read: PNG, JPEG, GIF or WebP, up to 5 MB and %(most)s million "
                      "pixels.")  # fmt: skip
            raise forms.ValidationError(words % {"most": limit})
        return made


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def appearance(request: DeskRequest) -> HttpResponse:
    """What customers see of the company, its colour and its logo."""
    require(request.desk.viewer, Right.SETTINGS)
    brand = Brand.objects.order_by("id")[0]
    posted = request.method == "POST"
    form = LookForm(request.POST if posted else None, request.FILES if posted else None, brand)
    if posted and form.is_valid():
        by, chosen = acts.agent(request.desk.agent.id), form.cleaned_data
        try:
            with transaction.atomic():
                set_brand(brand, chosen, by=by)
                if chosen["logo"] is not None or chosen.get("no_logo"):
                    set_logo(brand, chosen["logo"], by=by)
        except Refused as reason:
            form.add_error("name", str(reason))
        else:
            return _saved(request, form, by, "desk:appearance")
    lead = _("How the company shows itself to customers and colleagues.")
    return _form(request, form, {"title": _("Appearance"), "lead": lead}, "appearance")


@require_safe
def hue(request: HttpRequest, hue: int) -> HttpResponse:
    """A style sheet that changes one thing: the hue of what can be pressed."""
    if hue >= 360:
        raise Http404(hue)
    sheet = f"@layer tokens {{ :root {{ --accent-hue: {hue}; }} }}\n"
    return HttpResponse(sheet, content_type="text/css", headers={"Cache-Control": FOR_GOOD})


@require_safe
def logo(request: HttpRequest, key: str) -> HttpResponse:
    """The company's logo, for everybody: it stands where one signs in."""
    row = StoredFile.objects.filter(key=key).first() if key == look.look().logo else None
    if row is None:
        raise Http404(key)
    try:
        return HttpResponse(files.read(row), content_type="image/png", headers={"Cache-Control": FOR_GOOD})
    except files.MissingFile:
        raise Http404(key) from None
