"""Templates: their pages, and putting one into what is being written."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vikno.core.models import LANGUAGES
from vikno.core.text import whole_number
from vikno.desk import letter_page, shell, templating
from vikno.desk.composer import kept_with
from vikno.desk.face import DeskRequest, desk
from vikno.desk.views.drafts import draft_place, keep_refused
from vikno.desk.views.letters import about_of
from vikno.desk.written import Written, begun, chosen_language, kept_files, known_recipients, uploaded
from vikno.dialogs.actions import Words
from vikno.journal import acts
from vikno.people.models import Person
from vikno.replies.access import NoSuchTemplate, must_change, template_for
from vikno.replies.actions import letters, templates
from vikno.replies.filling import Filled, fill
from vikno.replies.models import BegunFile, BegunLetter, Template
from vikno.staff.access import NotAllowed
from vikno.staff.models import Team
from vikno.tickets import access
from vikno.tickets.actions import drafts
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.models import DraftFile


@require_safe
@desk
def show(request: DeskRequest) -> HttpResponse:
    """All templates that the viewer may use."""
    access.must_note(request.desk.viewer)
    page = {"groups": templating.groups(request.desk), "new_url": reverse("desk:template_new")}
    return render(request, "desk/settings_templates.html", shell.context(request, "templates") | page)


@require_safe
@desk
def offer(request: DeskRequest) -> HttpResponse:
    """What the composer offers behind a "/"."""
    access.must_note(request.desk.viewer)
    return JsonResponse({"templates": templating.offered(request.desk)})


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def new(request: DeskRequest) -> HttpResponse:
    """A new template."""
    access.must_note(request.desk.viewer)
    return _edited(request, Template()) if request.method == "POST" else _page(request, None, {"scope": "own"})


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def edit(request: DeskRequest, template_id: int) -> HttpResponse:
    """The words, the files and the owner of a template."""
    template = _mine(request, template_id)
    if request.method == "POST":
        return _edited(request, template)
    return _page(request, template, templating.shown(template))


def _mine(request: DeskRequest, template_id: int) -> Template:
    try:
        template = template_for(request.desk.viewer, template_id)
    except NoSuchTemplate:
        raise access.NoSuchMessage(template_id) from None
    must_change(request.desk.viewer, template)
    return template


def _edited(request: DeskRequest, template: Template) -> HttpResponse:
    form, by = request.POST, acts.agent(request.desk.agent.id)
    before = template if template.pk else None
    try:
        with transaction.atomic():
            owner, team = _scope(request, form.get("scope", ""))
            texts = {code: form.get(code, "").replace("\0", "") for code, _word in LANGUAGES}
            name, shortcut = form.get("name", "").replace("\0", ""), form.get("shortcut", "").replace("\0", "")
            templates.store(template, name, shortcut, texts, owner=owner, team=team, by=by)
            gone = [number for number in map(whole_number, form.getlist("remove")) if number is not None]
            templates.remove_files(template, gone)
            templates.add_files(template, uploaded(request.FILES.getlist("files")))
    except Invalid as invalid:
        if before is None:
            template.pk = None
        return _page(request, before, form, str(invalid))
    messages.success(request, _("The template is saved."))
    return redirect("desk:templates")


def _scope(request: DeskRequest, chosen: str) -> tuple[Any, Team | None]:
    """Whose the template shall be. Raises NotAllowed for what the form does not offer to this viewer."""
    if chosen not in dict(templating.scopes(request.desk)):
        raise NotAllowed(_("Your role does not include this. Ask an owner or the lead of the team."))
    if chosen == "own":
        return request.desk.agent, None
    return None, None if chosen == "all" else Team.objects.get(id=int(chosen))


def _page(request: DeskRequest, template: Template | None, values: Any, problem: str = "") -> HttpResponse:
    archive = None
    if template is not None:
        verb, word = ("restore", _("Restore")) if template.archived_at else ("archive", _("Archive"))
        archive = (reverse("desk:template_act", args=[template.id, verb]), word)
    names = ("name", "shortcut", "scope", *(code for code, _word in LANGUAGES))
    page = {
        "title": _("Template") if template else _("New template"), "problem": problem,
        "values": {name: values.get(name, "") for name in names}, "languages": LANGUAGES,
        "scopes": templating.scopes(request.desk), "names": templating.names(),
        "files": templating.files_of(template) if template else [],
        "previews": templating.previews(request.desk, values), "preview_url": reverse("desk:template_preview"),
        "action": reverse("desk:template", args=[template.id]) if template else reverse("desk:template_new"),
        "back_url": reverse("desk:templates"), "archive": archive,
    }  # fmt: skip
    around = shell.context(request, "templates")
    return render(request, "desk/template.html", around | page, status=422 if problem else 200)


@require_POST
@desk
def act(request: DeskRequest, template_id: int, verb: str) -> HttpResponse:
    """Take a template out of use, or bring it back."""
    template = _mine(request, template_id)
    if verb not in ("archive", "restore"):
        raise access.NoSuchMessage(template_id)
    templates.archive(template, by=acts.agent(request.desk.agent.id), back=verb == "restore")
    messages.success(request, _("Archived.") if verb == "archive" else _("Restored."))
    return redirect("desk:templates")


@require_POST
@desk
def preview(request: DeskRequest) -> HttpResponse:
    """The words of the form as an example customer would read them."""
    access.must_note(request.desk.viewer)
    page = {"previews": templating.previews(request.desk, request.POST)}
    return render(request, "desk/_template_preview.html", page)


# ---- into what is being written --------------------------------------------------------------------------------------


@require_POST
@desk
def insert(request: DeskRequest, number: int) -> HttpResponse:
    """A template for the answer or note that is being written on a request: its words go back to the composer, its
    files lie with the draft. Without a script the words are put behind those of the draft."""
    ticket = access.ticket_for(request.desk.viewer, number)
    access.must_note(request.desk.viewer)
    back, person = reverse("desk:ticket", args=[ticket.number]), ticket.requester
    if "template" not in request.POST:
        keep_refused(request, ticket, Written(Words(""), uploaded(request.FILES.getlist("files")), empty=True))
        return _choice(request, back)
    template = _chosen(request)
    known = templating.values_for(request.desk, person, ticket, ticket.team.name)
    words = fill(template, _wanted(request, person, ticket.language), known)
    dialog, note = draft_place(request, ticket)
    agent, form = request.desk.agent, request.POST
    problem = ""
    try:
        with transaction.atomic():
            typed = begun(_with(form, words, request), ticket, dialog, request.desk.viewer)
            drafts.keep(agent, ticket, dialog, typed, kept_files(form))
            drafts.keep_files(agent, ticket, dialog, templates.use(template), note=note)
    except Invalid as invalid:
        problem = str(invalid)
    rows = DraftFile.objects.filter(draft__agent=agent, draft__ticket=ticket, draft__dialog=dialog)
    said = problem or _fallen_back(words, _wanted(request, person, ticket.language))
    return _inserted(request, words, kept_with(rows), said, back)


@require_POST
@desk
def insert_in_letter(request: DeskRequest, key: str) -> HttpResponse:
    """The same for a letter that has no dialog yet."""
    access.must_write(request.desk.viewer)
    form, agent, back = request.POST, request.desk.agent, reverse("desk:letter", args=[key])
    about = about_of(request, key, BegunLetter.objects.filter(agent=agent, key=key).first())
    if "template" not in form:
        letters.keep(agent, key, about, letter_page.typed(form))
        letters.keep_files(agent, key, about, uploaded(request.FILES.getlist("files")))
        return _choice(request, back)
    template = _chosen(request)
    to, address = known_recipients(form).to, letter_page.mailbox(request.desk, form)
    person = to[0].person if to else None
    team = (address.team or address.channel.team).name if address else ""
    language = letter_page.language_of(form, address) if address else ""
    words = fill(template, language, templating.values_for(request.desk, person, about, team))
    problem = ""
    try:
        with transaction.atomic():
            letters.keep(agent, key, about, letter_page.typed(_with(form, words, request)))
            letters.keep_files(agent, key, about, templates.use(template))
    except Invalid as invalid:
        problem = str(invalid)
    rows = BegunFile.objects.filter(letter__agent=agent, letter__key=key)
    said = problem or _fallen_back(words, language)
    return _inserted(request, words, kept_with(rows, "desk:letter_file"), said, back)


def _choice(request: DeskRequest, back: str) -> HttpResponse:
    """Which one, asked on a page of its own where there is no script; what was written goes along."""
    left_out = ("csrfmiddlewaretoken", "turn", "kept")
    hidden = [(name, one) for name, several in request.POST.lists() if name not in left_out for one in several]
    page = {"action": request.path, "back_url": back, "hidden": hidden, "offered": templating.offered(request.desk)}
    return render(request, "desk/template_choice.html", page)


def _chosen(request: DeskRequest) -> Template:
    try:
        return template_for(request.desk.viewer, whole_number(request.POST.get("template", "")) or 0)
    except NoSuchTemplate:
        raise access.NoSuchMessage(0) from None


def _wanted(request: DeskRequest, person: Person, language: str) -> str:
    """The language of who will read it: of a note, the colleague who writes it."""
    if request.POST.get("kind") == "note":
        return request.desk.user.language
    return chosen_language(request.POST) or language or person.language


def _fallen_back(words: Filled, language: str) -> str:
    """What there is to say of the language; "" if it is the one that was wanted, or none was known."""
    if not language or words.language == language:
        return ""
    return _("This template has no words in %(wanted)s: these are in %(there)s.") % {
        "wanted": templating.WORDS.get(language, language), "there": templating.WORDS[words.language],
    }  # fmt: skip


def _with(form: Any, words: Filled, request: DeskRequest) -> Any:
    """What is kept as the draft: with a script what was typed, as it tells the words itself; without one both."""
    if request.htmx:
        return form
    both = form.copy()
    parts = [form.get("body", ""), words.html if form.get("format") == "html" else words.text]
    both["body"] = ("" if form.get("format") == "html" else "\n\n").join(part for part in parts if part.strip())
    return both


def _inserted(request: DeskRequest, words: Filled, there: list[dict[str, Any]], said: str, back: str) -> HttpResponse:
    if not request.htmx:
        if said:
            messages.info(request, said)
        return redirect(back)
    files = render_to_string("desk/_draft_files.html", {"files": there, "fetched": ""}, request)
    return JsonResponse({"html": words.html, "text": words.text, "said": said, "files": files})
