"""All that the page of one ticket shows, gathered for its templates (see the head of each for the shapes)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.core import clock, rows
from vikno.core.clock import day_in
from vikno.core.models import LANGUAGES
from vikno.core.text import whole_number
from vikno.core.times import full_time, short_times
from vikno.desk import lists, suspected_page
from vikno.desk.composer import Seen, composer
from vikno.desk.face import Desk, DeskRequest
from vikno.desk.failing import failing_words
from vikno.desk.glance import Glance, glance
from vikno.desk.lists import aware
from vikno.desk.rows import due_words, hue, initials
from vikno.desk.timeline import Timeline
from vikno.dialogs.channels import KINDS
from vikno.live.models import Breath
from vikno.people import values
from vikno.people.models import Identity
from vikno.people.providers import is_shared
from vikno.people.queries import one_human
from vikno.staff.rights import Right, may
from vikno.tickets import access
from vikno.tickets.actions.account import is_locked
from vikno.tickets.directory import Choices, directory
from vikno.tickets.models import Stage, Ticket
from vikno.tickets.queries import tags_of

IDENTITY_ICONS = {"email": "mail", "phone": "phone", "telegram": "send"}


def whole(request: DeskRequest, ticket: Ticket, **more: Any) -> dict[str, Any]:
    """The context of `desk/_ticket.html`: thread, composer and what stands beside them."""
    found = thread(request, ticket)
    line: Timeline = found["timeline"]
    found["composer"] = composer(
        request.desk, ticket, line.newest, readable=line.ticket_ids, seen=found["seen"], **more
    )
    return found


def thread(request: DeskRequest, ticket: Ticket) -> dict[str, Any]:
    """The same without the composer: what every act on a ticket draws anew."""
    desk = request.desk
    before = whole_number(request.GET.get("before", ""))
    part = access.family_for(desk.viewer, ticket)
    there = glance(ticket, part, desk.agent.id)
    line = Timeline(desk, part, before, team=ticket.team_id, notes=there.notes)
    may_be_locked = there.account or there.merged or ticket.merged_into_id is not None
    seen = Seen(there.draft, may_be_locked and is_locked(ticket))
    head = _head(request, ticket)
    head["suspected"] = suspected_page.notice(desk.viewer, part) if there.suspected else None
    return {
        "ticket": head, "acts": _acts(desk, ticket), "more": _more(desk, ticket, there.follows, seen.locked),
        "presence": presence(desk, ticket) if there.company else [], "seen": seen,
        "items": line.items(), "timeline": line, **_beside(desk, ticket, part, there),
    }  # fmt: skip


def list_key(request: DeskRequest) -> str:
    """The list that the ticket was opened from; all open ones, if the address names none that this viewer has."""
    key = request.GET.get("list", "")
    return key if lists.place(request.desk.viewer, key) else "open"


def list_query(request: DeskRequest) -> str:
    """What of an address says which list the ticket was opened from."""
    kept = {name: request.GET[name] for name in ("list", "sort") if request.GET.get(name)}
    if "list" in kept:
        kept["list"] = list_key(request)
    return f"?{urlencode(kept)}" if kept else ""


def _head(request: DeskRequest, ticket: Ticket) -> dict[str, Any]:
    desk = request.desk
    now = clock.now()
    short = short_times(desk.zone, translation.get_language() or "en", now)
    days_zone = desk.days_zone(ticket.team_id) if ticket.due_is_day else ""
    due_text, due_state = due_words(ticket.due_at, days_zone, short, now)
    asleep = ticket.stage != Stage.CLOSED and ticket.snoozed_until is not None and ticket.snoozed_until > now
    query = list_query(request)
    names = directory().names
    name = names["agent"].get(ticket.agent_id or 0, "")
    assignee = {"name": name, "initials": initials(name), "hue": hue(ticket.agent_id or 0)}
    return {
        "number": ticket.number, "subject": ticket.subject, "version": ticket.version,
        "url": f"{reverse('desk:ticket', args=[ticket.number])}{query}", "stage": "snoozed" if asleep else ticket.stage,
        "status_name": names["status"][ticket.status_id], "restricted": ticket.restricted,
        "list_url": reverse("desk:list", args=[list_key(request)]), "previous_url": "", "next_url": "",
        "assignee": assignee if ticket.agent_id else None,
        "team": names["team"][ticket.team_id], "is_mine": ticket.agent_id == desk.agent.id, "due_text": due_text,
        "due_state": due_state, "priority": names["priority"][ticket.priority_id] if ticket.priority_rank > 0 else "",
        "change_url": f"{reverse('desk:change', args=[ticket.number])}{query}",
        "spam": _blocking(ticket) if ticket.spam_at is not None else None,
        "may_change": desk.viewer.may_write, "seen_url": reverse("desk:seen", args=[ticket.number]),
    }  # fmt: skip


def _acts(desk: Desk, ticket: Ticket) -> list[tuple[str, str, str, str, str]]:
    acts = []
    if ticket.agent_id != desk.agent.id:
        acts.append(("take", "1", "user-check", _("Take"), "take"))
    if ticket.stage == Stage.CLOSED:
        acts.append(("reopen", "1", "rotate-ccw", _("Reopen"), "close"))
    else:
        if ticket.stage != Stage.WAITING:
            acts.append(("wait", "1", "stage-waiting", _("Wait"), "wait"))
        acts.append(("close", "1", "check", _("Close"), "close"))
    return acts


def _more(desk: Desk, ticket: Ticket, follows: bool, locked: bool) -> list[tuple[str, str, str, str, str]]:
    restrict = ("restricted", "", "lock", _("End the restriction"), "") if ticket.restricted else ()
    more = [restrict or ("restricted", "1", "lock", _("Restrict to the responsible and followers"), "")]
    if follows:
        more.append(("follow", "", "bell", _("Stop following"), ""))
    else:
        more.append(("follow", "1", "bell", _("Follow"), ""))
    if locked and may(desk.viewer, Right.LEDGER):
        more.append(("account", "1", "shield-alert", _("Handle this account matter anyway"), ""))
    more.append(("unread", "1", "mail", _("Mark as unread"), "unread"))
    more.append(("delete", "1", "trash-2", _("Delete"), ""))
    if ticket.spam_at is None:
        more.append(("spam", "1", "ban", _("Mark as spam"), ""))
    more += _blocking(ticket)
    return more


def _blocking(ticket: Ticket) -> list[tuple[str, str, str, str, str]]:
    """What can be said of the sender's address, and of its domain if that is theirs alone."""
    identity = ticket.identity
    if identity is None or identity.kind not in (Identity.Kind.EMAIL, Identity.Kind.PHONE):
        return []
    if identity.blocked_at is not None:
        return [("block", "", "ban", _("Unblock %(address)s") % {"address": identity.shown}, "")]
    found = [("block", "sender", "ban", _("Block %(address)s") % {"address": identity.shown}, "")]
    domain = values.domain_of(identity.value) if identity.kind == Identity.Kind.EMAIL else ""
    if ticket.spam_at is not None and domain and not is_shared(domain):
        found.append(("block", "domain", "ban", _("Block all of %(domain)s") % {"domain": domain}, ""))
    return found


def presence(desk: Desk, ticket: Ticket) -> list[tuple[str, str, int, str]]:
    """Who else is here now, and what they do."""
    doing: dict[int, str] = {}
    for one in rows.find(Breath, "ticket_id = %s AND agent_id <> %s", ticket.id, desk.agent.id):
        if one.until > clock.now() and (one.kind == "typing" or one.agent_id not in doing):
            doing[one.agent_id] = one.kind
    names = directory().names["agent"]
    words = {"typing": _("is replying"), "viewing": _("is here")}
    return [(names[pk], initials(names[pk]), hue(pk), words[kind]) for pk, kind in doing.items() if pk in names]


def _beside(desk: Desk, ticket: Ticket, part: list[int], there: Glance) -> dict[str, Any]:
    human = one_human(ticket.requester_id)
    return {
        "requester": _requester(desk, ticket, human),
        "properties": [*_properties(desk, ticket), *(_contract(ticket) if there.contracts else ())],
        "addresses": directory().addresses,
        "me_id": desk.agent.id,
        "tags": tags_of([ticket.id]).get(ticket.id, []) if there.tags else [],
        "past": _past(desk, ticket, human),
        "past_url": "",
        "facts": _facts(desk, ticket, part),
    }


def _requester(desk: Desk, ticket: Ticket, human: set[int]) -> dict[str, Any]:
    person = ticket.requester
    known = f"person_id IN ({rows.places(list(human))}) AND erased_at IS NULL ORDER BY preferred DESC, kind, id"
    lines: list[tuple[str, str, str, bool | None, str]] = []
    for one in rows.find(Identity, known, *human):
        scheme = {"email": "mailto:", "phone": "tel:"}.get(one.kind, "")
        title = failing_words(one, desk.zone)
        icon = "circle-alert" if one.failed_at else IDENTITY_ICONS.get(one.kind, "at-sign")
        lines.append((icon, one.shown, f"{scheme}{one.value}" if scheme else "", bool(one.verified_by), title))
    if ticket.contract:
        lines.append(("file-text", ticket.contract.number, "", None, _("Contract")))
    if ticket.ip:
        lines.append(("server", ticket.ip, "", None, _("Written from this address")))
    language = dict(LANGUAGES).get(person.language or ticket.language)
    if language:
        lines.append(("languages", language, "", None, _("Language")))
    name = person.name or (ticket.identity.shown if ticket.identity else "") or _("Unknown sender")
    organisation = person.organisation.name if person.organisation else ""
    erasable = person.erased_at is None and may(desk.viewer, Right.ERASE)
    return {
        "name": name, "initials": initials(name), "hue": hue(person.id), "url": "", "organisation": organisation,
        "sub": organisation, "lines": lines,
        "erase_url": reverse("care:erase", args=[person.id]) if erasable else "",
    }  # fmt: skip


def _properties(desk: Desk, ticket: Ticket) -> list[tuple[str, str, str, Any, list[tuple[Any, str]]]]:
    words = directory()
    zone = desk.days_zone(ticket.team_id) if ticket.due_is_day else desk.zone
    due = day_in(ticket.due_at, zone).isoformat() if ticket.due_at else ""
    return [
        ("status", _("Status"), "choice", ticket.status_id, words.statuses),
        ("agent", _("Responsible"), "choice", ticket.agent_id or "",
         [("", _("Nobody yet")), *words.agents]),
        ("team", _("Team"), "choice", ticket.team_id, words.teams),
        ("priority", _("Priority"), "choice", ticket.priority_id, words.priorities),
        ("type", _("Type"), "choice", ticket.type_id or "", [("", "–"), *_with(words.types, "type", ticket.type_id)]),
        ("category", _("Category"), "choice", ticket.category_id or "",
         [("", "–"), *_with(words.categories, "category", ticket.category_id)]),
        ("due", _("Due"), "date", due, []),
        ("subject", _("Subject"), "text", ticket.subject, []),
    ]  # fmt: skip


def _with(choices: Choices, kind: str, current: int | None) -> Choices:
    """What can be chosen, and what the ticket has, which may be archived."""
    if current is None or any(pk == current for pk, _name in choices):
        return choices
    return [*choices, (current, directory().names[kind].get(current, ""))]


def _contract(ticket: Ticket) -> list[tuple[str, str, str, Any, list[tuple[Any, str]]]]:
    of = (ticket.requester_id, ticket.requester.organisation_id)
    choices = dict(rows.run("SELECT id, number FROM people_contract WHERE person_id = %s OR organisation_id = %s", *of))
    if not choices:
        return []
    return [("contract", _("Contract"), "choice", ticket.contract_id or "", [("", "–"), *choices.items()])]


def _past(desk: Desk, ticket: Ticket, human: set[int]) -> list[tuple[int, str, str, str, str, str]]:
    """Other tickets of the same human, as far as the viewer may see them; the newest five."""
    short = short_times(desk.zone, translation.get_language() or "en")
    seen, values = access.where(desk.viewer)
    told = rows.run(_PAST.format(rows.places(list(human)), seen), *human, ticket.id, *values)
    return [
        (
            number,
            reverse("desk:ticket", args=[number]),
            stage,
            subject,
            at.isoformat(timespec="seconds"),
            short(at),
        )
        for number, stage, subject, at in ((*row[:3], aware(row[3])) for row in told)
    ]


_PAST = """
SELECT number, stage, subject, created_at FROM tickets_ticket
WHERE requester_id IN ({}) AND merged_into_id IS NULL AND deleted_at IS NULL AND id <> %s AND ({})
ORDER BY created_at DESC LIMIT 5
"""


def _facts(desk: Desk, ticket: Ticket, part: list[int]) -> list[tuple[str, str]]:
    language = translation.get_language() or "en"

    def at(instant: Any) -> str:
        return full_time(instant, desk.zone, language)

    kind = KINDS.get(ticket.channel.kind)
    facts = [
        (_("Channel"), ticket.channel.name or (kind.title() if kind else "")),
        (_("Opened"), at(ticket.created_at)),
    ]
    if ticket.asked_at:
        facts.append((_("Asked"), at(ticket.asked_at)))
    if ticket.first_reply_at:
        facts.append((_("First answer"), at(ticket.first_reply_at)))
    if ticket.closed_at:
        facts.append((_("Closed"), at(ticket.closed_at)))
    if ticket.entered_by_id:
        facts.append((_("Entered by"), directory().names["agent"].get(ticket.entered_by_id or 0, "")))
    if len(part) > 1 and (absorbed := ticket.absorbed.filter(id__in=part).values_list("number", flat=True)):
        merged = [f"#{number}" for number in absorbed]
        facts.append((_("Merged in"), ", ".join(merged)))
    return facts


def numbers_beside(request: DeskRequest) -> list[int]:
    """The numbers on the first page of the list that the ticket was opened from."""
    of = lists.place(request.desk.viewer, list_key(request))
    sort = lists.SORTS.get(request.GET.get("sort", ""), lists.SORTS["newest"])
    if of is None:
        return []
    return [row[1] for row in lists.page(request.desk.viewer, of, sort).rows]


def with_neighbours(request: DeskRequest, head: dict[str, Any], numbers: list[int]) -> None:
    """Add where "previous" and "next" lead along a list; from a ticket that is not on it, "next" is its first."""
    query = list_query(request)
    at = numbers.index(head["number"]) if head["number"] in numbers else -1
    if at > 0:
        head["previous_url"] = f"{reverse('desk:ticket', args=[numbers[at - 1]])}{query}"
    if at + 1 < len(numbers):
        head["next_url"] = f"{reverse('desk:ticket', args=[numbers[at + 1]])}{query}"
