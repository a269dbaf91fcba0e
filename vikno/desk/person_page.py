"""All that the page of one person shows: who they are, by what they are reached, what they asked. Whoever is one human
is shown as one, as far as the viewer may look them up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core import rows as sql
from vikno.core.clock import aware
from vikno.core.models import LANGUAGES
from vikno.core.text import whole_number
from vikno.core.times import full_time, short_times, whole_day
from vikno.desk import customer_fields, own_things
from vikno.desk.colleague import name_of
from vikno.desk.contract_choices import is_over, today_in
from vikno.desk.drawing import formatted, plain
from vikno.desk.face import Desk, DeskRequest
from vikno.desk.failing import failing_words
from vikno.desk.person_lists import draw
from vikno.desk.rows import hue, initials
from vikno.dialogs.channels import KINDS
from vikno.people.actions.organisations import as_seen
from vikno.people.models import Contract, CustomField, Identity, Person
from vikno.people.queries import likely_same
from vikno.staff.access import NotAllowed
from vikno.staff.models import Agent
from vikno.staff.rights import Right, may, may_edit
from vikno.tickets import access, people_access
from vikno.tickets.models import Note, NoteText
from vikno.tickets.subjects import subject_words

MOST_OPEN = 100  # open tickets that the page shows
LOOKED_AT = 2000  # newest tickets of a person among which the open ones are looked for
CLOSED = 25  # on one page
MOST_DIALOGS = 20
MOST_NOTES = 50
ICONS = {"email": "mail", "phone": "phone", "telegram": "send", "widget": "globe", "place": "store"}


def person_for(request: DeskRequest, person_id: int) -> Person:
    """The person of this id, if the viewer may look them up. Raises Http404."""
    found = people_access.people_for(request.desk.viewer).filter(id=min(person_id, 2**62))
    person = found.select_related("organisation").first()
    if person is None:
        raise Http404(person_id)
    return person


def human_for(request: DeskRequest, person: Person) -> list[int]:
    """The ids of the persons who are one human with this one, as far as the viewer may look them up; its own first."""
    return people_access.human_for(request.desk.viewer, person.id)


def must_edit(desk: Desk, persons: Collection[int]) -> None:
    """Raises NotAllowed unless the viewer may change all these persons."""
    if not may_edit(desk.viewer, persons):
        raise NotAllowed(_("This person works here. They change their own page, and owners do."))


def may_know(desk: Desk, persons: Collection[int]) -> bool:
    """Whether the viewer reads and writes notes on these persons: nobody does on themselves."""
    return not desk.viewer.persons & set(persons)


def whole(request: DeskRequest, person: Person) -> dict[str, Any]:
    """The context of `desk/person.html`."""
    desk, human = request.desk, human_for(request, person)
    identities = _identities(desk, human)
    name = person.name or next((one["shown"] for one in identities), "") or _("Unknown")
    erasable = may(desk.viewer, Right.ERASE)
    return {
        "person": {
            "id": person.id, "name": name, "named": person.name, "initials": initials(name), "hue": hue(person.id),
            "language": person.language, "organisation": person.organisation.name if person.organisation else "",
            "organisation_url": _organisation_url(person), "by_domain": person.organisation_by_domain,
            "colleague": Agent.objects.filter(person_id__in=human, active=True).exists(),
            "url": reverse("desk:person", args=[person.id]), "may_change": may_edit(desk.viewer, [person.id]),
            "change_url": reverse("desk:person_change", args=[person.id]),
            "may_note": desk.viewer.may_note and may_know(desk, human), "blocked": _all_blocked(identities),
            "erase_url": reverse("care:erase", args=[person.id]) if erasable else "",
            "export_url": reverse("care:export", args=[person.id]) if may(desk.viewer, Right.EXPORT) else "",
        },
        "languages": [("", "–"), *LANGUAGES],
        "identities": identities,
        "contracts": _contracts(desk, human),
        "custom": customer_fields.drawn(CustomField.Of.PERSON, human),
        **same(desk, human),
        "wrote_url": _all_written(identities),
        "open": open_tickets(desk, human), "closed": closed_tickets(request, human),
        "own": own_things.of_person(desk, person, human), "dialogs": _dialogs(desk, human), "notes": notes(desk, human),
    }  # fmt: skip


def _all_written(identities: Sequence[dict[str, Any]]) -> str:
    """A search for all that came from their first address, in the requests of others too; "" where there is none."""
    address = next((one["shown"] for one in identities if one["kind"] == Identity.Kind.EMAIL), "")
    asked = f'from:"{address}"' if " " in address else f"from:{address}"
    return f"{reverse('desk:search')}?{urlencode({'q': asked})}" if address else ""


def _organisation_url(person: Person) -> str:
    return reverse("desk:organisation", args=[person.organisation_id]) if person.organisation_id else ""


def _all_blocked(identities: Sequence[dict[str, Any]]) -> bool:
    writable = [one for one in identities if one["kind"] in (Identity.Kind.EMAIL, Identity.Kind.PHONE)]
    return bool(writable) and all(one["blocked"] for one in writable)


def _identities(desk: Desk, human: Sequence[int]) -> list[dict[str, Any]]:
    language = translation.get_language() or "en"
    ways = {
        "link": _("They opened a link that was sent there."), "sign_in": _("They sign in with it."),
        "letter": _("They said by a link in a letter of ours that it was they who asked."),
        "token": _("The site that embeds our window vouches for it."), "platform": _("Its messenger vouches for it."),
        "agent": _("A colleague vouches for it."),
    }  # fmt: skip
    schemes = {"email": "mailto:", "phone": "tel:"}
    found = Identity.objects.filter(person_id__in=human, erased_at=None).order_by("-preferred", "kind", "id")[:200]
    return [
        {
            "id": one.id, "kind": one.kind, "icon": ICONS.get(one.kind, "at-sign"), "shown": one.shown or one.value,
            "href": f"{schemes[one.kind]}{one.value}" if one.kind in schemes else "", "preferred": one.preferred,
            "verified": bool(one.verified_by), "how": ways.get(one.verified_by, ""),
            "when": full_time(one.verified_at, desk.zone, language) if one.verified_at else "",
            "blocked": one.blocked_at is not None, "failing": failing_words(one, desk.zone),
            "joined": one.person_id != human[0],
        }
        for one in found
    ]  # fmt: skip


def _contracts(desk: Desk, human: Sequence[int]) -> list[dict[str, Any]]:
    found = Contract.objects.filter(person_id__in=human).order_by("number")[:200]
    return drawn_contracts(found, desk.zone)


def drawn_contracts(found: Iterable[Contract], zone: str) -> list[dict[str, Any]]:
    """Contracts as `desk/_contracts.html` shows them; `over`: its last day has gone by or is today."""
    today = today_in(zone)
    language = translation.get_language() or "en"
    return [
        {"id": one.id, "number": one.number, "since": one.since, "until": one.until, "was": as_seen(one),
         "begins": whole_day(one.since, language) if one.since else "",
         "ends": whole_day(one.until, language) if one.until else "", "over": is_over(one.until, today)}
        for one in found
    ]  # fmt: skip


def same(desk: Desk, human: Sequence[int]) -> dict[str, Any]:
    """Who is joined with this person, and who may be the same; of these only whom the viewer may look up."""
    joined = Person.objects.filter(id__in=human, joined_to__isnull=False).order_by("id")
    pairs = draw(desk, list(joined.values_list("id", flat=True)))
    likely = likely_same(set(human)) if may(desk.viewer, Right.PEOPLE) else {}
    seen = people_access.seen_of(desk.viewer, likely)
    why = {
        "organisation": _("Same name and organisation"), "domain": _("Same name, writes from the same domain"),
        "address": _("Same name, the same before the @"),
    }  # fmt: skip
    proposed = [row | {"why": why[likely[row["id"]]]} for row in draw(desk, sorted(seen))]
    return {"joined": pairs, "proposed": proposed}


# ---- what they asked -------------------------------------------------------------------------------------------------

_TOLD = f"""
tickets_ticket.number, tickets_ticket.subject, tickets_ticket.stage, tickets_status.name,
COALESCE({name_of("tickets_ticket.agent_id")}, ''), tickets_ticket.created_at
"""
_NAMED = """
LEFT JOIN tickets_status ON tickets_status.id = tickets_ticket.status_id
"""
_STANDS = "tickets_ticket.merged_into_id IS NULL AND tickets_ticket.deleted_at IS NULL"


def open_tickets(desk: Desk, persons: Sequence[int]) -> list[dict[str, Any]]:
    """Their tickets that are not closed, newest first, looked for among each one's newest."""
    if not persons:
        return []
    seen, values = access.where(desk.viewer)
    near = " UNION ALL ".join(
        "SELECT id FROM (SELECT id FROM tickets_ticket WHERE requester_id = %s ORDER BY created_at DESC "
        f"LIMIT {LOOKED_AT}) near_{n}"
        for n in range(len(persons))
    )
    statement = (
        f"SELECT {_TOLD} FROM tickets_ticket {_NAMED} WHERE tickets_ticket.id IN ({near}) "
        f"AND tickets_ticket.closed_at IS NULL AND {_STANDS} AND ({seen}) "
        f"ORDER BY tickets_ticket.created_at DESC LIMIT {MOST_OPEN}"
    )
    return drawn_tickets(desk, sql.run(statement, *persons, *values))


def closed_tickets(request: DeskRequest, persons: Sequence[int]) -> dict[str, Any]:
    """Their closed tickets, newest first, one page: rows and the address of older ones."""
    desk, before = request.desk, whole_number(request.GET.get("before", ""))
    seen, values = access.where(desk.viewer)
    beyond, more = "", []
    if before is not None:
        beyond = (
            "AND (tickets_ticket.created_at, tickets_ticket.id) < "
            "(SELECT t.created_at, t.id FROM tickets_ticket t WHERE t.number = %s)"
        )
        more = [before]
    statement = (
        f"SELECT {_TOLD} FROM tickets_ticket {_NAMED} WHERE tickets_ticket.requester_id IN "
        f"({sql.places(persons)}) AND tickets_ticket.closed_at IS NOT NULL AND {_STANDS} AND ({seen}) {beyond} "
        f"ORDER BY tickets_ticket.created_at DESC, tickets_ticket.id DESC LIMIT {CLOSED + 1}"
    )
    found = sql.run(statement, *persons, *values, *more)
    rows = drawn_tickets(desk, found[:CLOSED])
    older = f"?before={rows[-1]['number']}#closed" if len(found) > CLOSED else ""
    return {"rows": rows, "older_url": older, "newer_url": "?#closed" if before is not None else ""}


def drawn_tickets(desk: Desk, found: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Rows of `desk/_person_tickets.html` from tuples of number, subject, stage, status, agent and when."""
    language = translation.get_language() or "en"
    short = short_times(desk.zone, language)
    rows = []
    for number, subject, stage, status, agent, at in found:
        at = aware(at)
        rows.append({
            "number": number, "url": reverse("desk:ticket", args=[number]), "subject": subject_words(subject),
            "stage": stage, "status": status or "", "agent": agent, "when_iso": at.isoformat(timespec="seconds"),
            "when_text": short(at), "when_full": full_time(at, desk.zone, language),
        })  # fmt: skip
    return rows


def _dialogs(desk: Desk, persons: Collection[int]) -> list[dict[str, Any]]:
    """Their dialogs of which the viewer reads a ticket, the last spoken in first, each with the newest such ticket."""
    seen, values = access.where(desk.viewer)
    braced = seen.replace("{", "{{").replace("}", "}}")
    said = (
        "SELECT {} FROM tickets_link JOIN dialogs_message ON dialogs_message.id = "
        "tickets_link.message_id JOIN tickets_ticket ON tickets_ticket.id = tickets_link.ticket_id "
        "WHERE dialogs_message.dialog_id = d.id AND tickets_link.ended_act IS NULL "
        f"AND tickets_ticket.deleted_at IS NULL AND ({braced}) ORDER BY dialogs_message.arrived_at DESC LIMIT 1"
    )
    statement = (
        "SELECT number, kind, name, shown, last FROM (SELECT "
        f"({said.format('tickets_ticket.number')}) AS number, c.kind AS kind, c.name AS name, i.shown AS shown, "
        f"({said.format('dialogs_message.arrived_at')}) AS last "
        "FROM (SELECT * FROM dialogs_dialog WHERE identity_id IN "
        f"(SELECT id FROM people_identity WHERE person_id IN ({sql.places(list(persons))})) "
        f"ORDER BY last_message_at DESC LIMIT {MOST_DIALOGS * 5}) d "
        "JOIN dialogs_channel c ON c.id = d.channel_id JOIN people_identity i ON i.id = d.identity_id) told "
        f"WHERE number IS NOT NULL ORDER BY last DESC LIMIT {MOST_DIALOGS}"
    )
    short = short_times(desk.zone, translation.get_language() or "en")
    found = []
    for number, kind, name, shown, last in sql.run(statement, *values, *values, *persons):
        known, at = KINDS.get(kind), aware(last) if last else None
        found.append({
            "url": reverse("desk:ticket", args=[number]), "icon": known.icon if known else "globe",
            "channel": name or (known.title() if known else ""), "address": shown,
            "when_iso": at.isoformat(timespec="seconds") if at else "", "when_text": short(at) if at else "",
        })  # fmt: skip
    return found


# ---- notes -----------------------------------------------------------------------------------------------------------


def notes(desk: Desk, persons: Collection[int]) -> list[dict[str, Any]]:
    """Notes on these persons, newest first, each in its last words; none on the viewer's own person."""
    if not may_know(desk, persons):
        return []
    found = list(
        Note.objects.filter(person_id__in=persons).select_related("agent__person").order_by("-at", "-id")[:MOST_NOTES]
    )
    words = {
        (row.note_id, row.version): row for row in NoteText.objects.filter(note_id__in=[note.id for note in found])
    }
    short = short_times(desk.zone, translation.get_language() or "en")
    drawn = []
    for note in found:
        text = words.get((note.id, note.version))
        if text is None or not (text.text or text.html):
            continue  # erased
        name = note.agent.person.name if note.agent else _("Vikno")
        mine = note.agent_id == desk.agent.id
        drawn.append({
            "id": note.id, "name": name, "initials": initials(name), "hue": hue(note.agent_id or 0),
            "html": formatted(text.html, lambda _cid: None) if text.html else plain(text.text), "text": text.text,
            "when_iso": note.at.isoformat(timespec="seconds"), "when_text": short(note.at),
            "when_full": full_time(note.at, desk.zone, translation.get_language() or "en"),
            "edited": note.version > 1,
            "edit_url": reverse("desk:person_note_edit", args=[note.id]) if mine and desk.viewer.may_note else "",
        })  # fmt: skip
    return drawn
