"""Templates as the composer offers and inserts them, and as their pages show them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vikno.core.models import LANGUAGES
from vikno.core.sizes import size_words
from vikno.core.text import one_line
from vikno.desk.face import Desk
from vikno.people.models import Person
from vikno.replies.access import may_change, templates_for
from vikno.replies.filling import filled
from vikno.replies.models import Template
from vikno.staff.rights import Right, may
from vikno.tickets.directory import directory
from vikno.tickets.models import Ticket
from vikno.tickets.subjects import said_subject

WORDS = dict(LANGUAGES)


def offered(desk: Desk) -> list[dict[str, Any]]:
    """What stands behind the "/", most used first, then by name."""
    rows = templates_for(desk.viewer).filter(archived_at=None).prefetch_related("texts")
    return [
        {"id": row.id, "word": row.name, "sub": f"/{row.shortcut}" if row.shortcut else beginning(row)}
        for row in rows.order_by("-used", "name", "id")
    ]


def beginning(template: Template) -> str:
    """How a template's words begin."""
    return one_line(next((row.text for row in template.texts.all()), ""), 60)


def values_for(desk: Desk, person: Person | None, ticket: Ticket | None, team: str) -> dict[str, object]:
    """What the names of a template become here. A request whose subject nobody has said is called as the customer would
    be told of it, in the language of what is inserted."""
    name = one_line(person.name) if person else ""
    subject = (said_subject(ticket.subject) or gettext_lazy("your request")) if ticket else ""
    return {
        "name": name, "first_name": name.split(" ")[0] if name else "",
        "number": f"#{ticket.number}" if ticket else "", "subject": subject,
        "agent": desk.agent.person.name, "team": team, "company": desk.company.name,
    }  # fmt: skip


def names() -> list[tuple[str, str]]:
    """The names that may stand in braces, with what each becomes."""
    return [
        ("name", _("the customer’s name")), ("first_name", _("its first word")),
        ("number", _("number of the request")), ("subject", _("its subject")), ("agent", _("your name")),
        ("team", _("the team")), ("company", _("the company")),
    ]  # fmt: skip


def previews(desk: Desk, form: Any) -> list[tuple[str, str]]:
    """The words of a form as an example customer would read them, by language."""
    example = {
        "name": "Марія Коваль", "first_name": "Марія", "number": "#1042", "subject": _("Printer on floor 3 jams"),
        "agent": desk.agent.person.name, "team": next(iter(directory().teams), ("", ""))[1],
        "company": desk.company.name,
    }  # fmt: skip
    return [(word, filled(form.get(code, ""), example)) for code, word in LANGUAGES if form.get(code, "").strip()]


def scopes(desk: Desk, template: Template | None = None) -> list[tuple[str, str]]:
    """Whose a template of this agent may be."""
    found = [("own", _("Only for me"))]
    found += [(str(pk), _("Team %(name)s") % {"name": name}) for pk, name in directory().teams
              if may(desk.viewer, Right.TEAM, int(pk))]  # fmt: skip
    if may(desk.viewer, Right.SETTINGS):
        found.append(("all", _("All colleagues")))
    return found


def groups(desk: Desk) -> list[tuple[str, list[dict[str, Any]]]]:
    """All templates that this agent may use, by whose they are."""
    rows = templates_for(desk.viewer).select_related("team").prefetch_related("texts", "files")
    found: dict[str, list[dict[str, Any]]] = {_("Only for me"): [], _("Team"): [], _("All colleagues"): []}
    own, team, everybody = found.values()
    for row in rows.order_by("archived_at", "name", "id"):
        place = own if row.owner_id else team if row.team_id else everybody
        line = f"{row.team.name}: {beginning(row)}" if row.team else beginning(row)
        place.append({
            "name": row.name, "shortcut": row.shortcut, "beginning": line, "used": row.used,
            "languages": ", ".join(WORDS[one.language] for one in row.texts.all()), "files": len(row.files.all()),
            "archived": row.archived_at is not None,
            "edit_url": reverse("desk:template", args=[row.id]) if may_change(desk.viewer, row) else "",
        })  # fmt: skip
    return list(found.items())


def shown(template: Template) -> dict[str, str]:
    """What the form of a template begins with."""
    texts = {row.language: row.text for row in template.texts.all()}
    scope = "own" if template.owner_id else str(template.team_id or "all")
    return {"name": template.name, "shortcut": template.shortcut, "scope": scope} | {
        code: texts.get(code, "") for code, _word in LANGUAGES
    }


def files_of(template: Template) -> list[dict[str, Any]]:
    """Its files, as its page lists them."""
    rows = template.files.order_by("position", "id")
    return [{"id": row.id, "name": row.name, "size": size_words(row.size)} for row in rows]
