"""Verbs on templates. Who may do it is asked in vikno.replies.access."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from vikno.core import clock, files
from vikno.core.models import LANGUAGES
from vikno.core.text import fold, one_line, unknown_names
from vikno.dialogs.actions import NewFile
from vikno.journal.acts import Act
from vikno.journal.record import record
from vikno.journal.vocabulary import Verb
from vikno.replies.filling import NAMES
from vikno.replies.models import Template, TemplateFile, TemplateText
from vikno.staff.models import Agent, Team
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.drafts import must_fit

LONGEST = 20_000  # characters of one variant


def store(
    template: Template, name: str, shortcut: str, texts: Mapping[str, str], *, owner: Agent | None, team: Team | None,
    by: Act,
) -> Template:  # fmt: skip
    """Write a template, new or there already: its words by language, and whose it is. Raises Invalid."""
    name, shortcut = one_line(name, 100), fold(shortcut).lstrip("/").replace(" ", "-")[:30]
    if not name:
        raise Invalid(_("A template needs a name."))
    written = {code: texts.get(code, "").replace("\r\n", "\n").strip() for code, _word in LANGUAGES}
    if not any(written.values()):
        raise Invalid(_("Write the words in at least one language."))
    for text in written.values():
        if len(text) > LONGEST:
            raise Invalid(_("These words are too long: at most %(number)s characters.") % {"number": LONGEST})
        if unknown := unknown_names(text, NAMES):
            words = _("Nothing is known by the name {%(name)s}. These are known: %(names)s.")
            raise Invalid(words % {"name": unknown[0], "names": ", ".join(f"{{{one}}}" for one in NAMES)})
    with transaction.atomic():
        before, told = template.pk, _differs(template, name, shortcut, written, owner, team)
        template.name, template.shortcut, template.owner, template.team = name, shortcut, owner, team
        template.save()
        TemplateText.objects.filter(template=template).delete()
        TemplateText.objects.bulk_create(
            [TemplateText(template=template, language=code, text=text) for code, text in written.items() if text]
        )
        record(by, Verb.SETTING_CHANGED, delta={"template": [before, template.pk], **told})
    return template


def _differs(
    template: Template, name: str, shortcut: str, texts: Mapping[str, str], owner: Agent | None, team: Team | None
) -> dict[str, Any]:  # fmt: skip
    """What of a template that is there already gets another value, as its event tells it: words never."""
    if template._state.adding:
        return {}
    now = dict(TemplateText.objects.filter(template=template).values_list("language", "text"))
    words = {
        "named": template.name != name, "shortcut": template.shortcut != shortcut,
        "texts": now != {code: text for code, text in texts.items() if text},
    }  # fmt: skip
    told: dict[str, Any] = {what: [True, True] for what, differs in words.items() if differs}
    whose = {"owner": (template.owner_id, owner), "team": (template.team_id, team)}
    for what, (before, row) in whose.items():
        after = None if row is None else row.pk
        if before != after:
            told[what] = [before, after]
    return told


def add_files(template: Template, new: Sequence[NewFile]) -> None:
    """Hang files on a template. Raises Invalid when they are too many or too large together, or the disk takes no
    more."""
    with transaction.atomic():
        there = list(TemplateFile.objects.filter(template=template).values_list("size", flat=True))
        must_fit(len(there) + len(new), sum(there) + sum(len(one.content or b"") for one in new))
        for place, one in enumerate(new, len(there)):
            try:
                stored = files.put(one.content or b"")
            except OSError as error:
                words = _("The file could not be stored: %(reason)s. It was not kept.")
                raise Invalid(words % {"reason": error}) from None
            TemplateFile.objects.create(
                template=template, file=stored, name=one.name[:255], type=one.type[:127], size=stored.size,
                position=place,
            )  # fmt: skip


def remove_files(template: Template, ids: Collection[int]) -> None:
    """Take files off a template. What was inserted before keeps its own."""
    with transaction.atomic():
        for row in TemplateFile.objects.filter(template=template, id__in=ids).select_related("file"):
            row.delete()
            if row.file is not None:
                files.remove(row.file)


def archive(template: Template, *, by: Act, back: bool = False) -> None:
    """Take a template out of use, or bring it back. Nothing of it is lost."""
    with transaction.atomic():
        Template.objects.filter(id=template.id).update(archived_at=None if back else clock.now())
        delta = {"template": [template.id, template.id], "archived": [back, not back]}
        record(by, Verb.SETTING_CHANGED, delta=delta)


def use(template: Template) -> list[NewFile]:
    """Count an insertion; answers copies of its files, for a draft. One that is missing is left out."""
    Template.objects.filter(id=template.id).update(used=F("used") + 1, used_at=clock.now())
    found = []
    for row in TemplateFile.objects.filter(template=template).select_related("file").order_by("position", "id"):
        try:
            content = files.read(row.file) if row.file else None
        except (files.MissingFile, OSError):
            continue
        if content is not None:
            found.append(NewFile(row.name, row.type, content))
    return found
