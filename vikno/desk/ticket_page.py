"""All that the page of one ticket shows, gathered for its templates (see the head of each for the shapes)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vikno.core import clock, rows
from vikno.core.clock import day_in
from vikno.core.models import LANGUAGES
from vikno.core.patience import TookTooLong
from vikno.core.text import whole_number
from vikno.core.times import full_time, moments, short_times
from vikno.desk import (
    bonds,
    choosing,
    contract_choices,
    custom_fields,
    lists,
    own_things,
    past,
    snoozing,
    suspected_page,
    table,
    ticket_files,
)
from vikno.desk.composer import Seen, composer
from vikno.desk.face import Desk, DeskRequest
from vikno.desk.failing import failing_words
from vikno.desk.glance import Glance, glance
from vikno.desk.rows import due_words, hue, initials
from vikno.desk.ticket_files import BESIDE
from vikno.desk.timeline import Timeline
from vikno.dialogs.channels import KINDS
from vikno.live.queries import company
from vikno.people import values
from vikno.people.models import Identity
from vikno.people.providers import is_shared
from vikno.staff.rights import Right, may
from vikno.tickets import access, people_access
from vikno.tickets.actions.account import is_locked
from vikno.tickets.directory import Choices, directory
from vikno.tickets.models import Stage, Ticket
from vikno.tickets.queries import merged_here, tags_of
from vikno.tickets.subjects import said_subject, subject_words

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
    human = people_access.human_for(desk.viewer, ticket.requester_id)
    there = glance(ticket, part, desk.agent.id, human)
    line = Timeline(
        desk,
        part,
        before,
        team=ticket.team_id,
        notes=there.notes,
        subject=ticket.subject,
        opened=there.opened,
        number=ticket.number,
    )
    may_be_locked = there.account or there.merged or ticket.merged_into_id is not None
    seen = Seen(there.draft, may_be_locked and is_locked(ticket))
    head = _head(request, ticket)
    head["merged"] = _merged_words(request, ticket, found := _beside(request, ticket, part, there, human))
    head["same"] = found["same"]
    head["suspected"] = suspected_page.notice(desk.viewer, part) if there.suspected else None
    return {
        "ticket": head, "acts": _acts(desk, ticket), "more": _more(desk, ticket, there.follows, seen.locked),
        "ways": _ways(ticket),
        "presence": presence(desk, part) if there.company else [], "seen": seen,
        "items": line.items(hidden=there.elsewhere and access.hides_messages(desk.viewer, part)), "timeline": line,
        **found,
    }  # fmt: skip


def list_key(request: DeskRequest) -> str:
    """The list that the ticket was opened from; all open ones, if the address names none that this viewer has."""
    key = request.GET.get("list", "")
    return key if lists.is_there(request.desk.viewer, key) else "open"


def list_query(request: DeskRequest) -> str:
    """What of an address says which list the ticket was opened from."""
    kept = {name: request.GET[name] for name in ("list", "as", "sort") if request.GET.get(name)}
    if "list" in kept:
        kept["list"] = list_key(request)
    return f"?{urlencode(kept)}" if kept else ""


def _list_url(request: DeskRequest) -> str:
    """Back to the list as it was: a table in its order."""
    here = reverse("desk:list", args=[list_key(request)])
    kept = {name: request.GET[name] for name in ("as", "sort") if request.GET.get(name)}
    return f"{here}?{urlencode(kept)}" if "as" in kept else here


def _head(request: DeskRequest, ticket: Ticket) -> dict[str, Any]:
    desk = request.desk
    now = clock.now()
    language = translation.get_language() or "en"
    short = short_times(desk.zone, language, now)
    days_zone = desk.days_zone(ticket.team_id) if ticket.due_is_day else ""
    due_text, due_state = due_words(ticket.due_at, days_zone, short, now)
    asleep = ticket.snoozed_until if ticket.stage != Stage.CLOSED else None
    query = list_query(request)
    if (led := whole_number(request.GET.get("merged", ""))) is not None:  # here by the address of what it absorbed
        query += f"{'&' if query else '?'}merged={led}"
    if _every_field(request):
        query += f"{'&' if query else '?'}fields=all"
    names = directory().names
    name = names["agent"].get(ticket.agent_id or 0, "")
    assignee = {"name": name, "initials": initials(name), "hue": hue(ticket.agent_id or 0)}
    return {
        "number": ticket.number, "subject": subject_words(ticket.subject), "version": ticket.version,
        "url": f"{reverse('desk:ticket', args=[ticket.number])}{query}", "stage": "snoozed" if asleep else ticket.stage,
        "status_name": names["status"][ticket.status_id], "restricted": ticket.restricted,
        "list_url": _list_url(request), "from_table": request.GET.get("as") == "table",
        "previous_url": "", "next_url": "",
        "assignee": assignee if ticket.agent_id else None,
        "team": names["team"][ticket.team_id], "is_mine": ticket.agent_id == desk.agent.id, "due_text": due_text,
        "due_state": due_state, "priority": names["priority"][ticket.priority_id] if ticket.priority_rank > 0 else "",
        "change_url": f"{reverse('desk:change', args=[ticket.number])}{query}",
        "spam": _blocking(ticket) if ticket.spam_at is not None else None,
        "asleep": moments(desk.zone, language, now)(asleep) if asleep else "",
        "snoozes": snoozing.choices(desk.zone, language, now) if _may_snooze(desk, ticket) else [],
        "binned": ticket.deleted_at is not None and ticket.spam_at is None,
        "queued": _may_snooze(desk, ticket) and ticket.agent_id in (None, desk.agent.id),
        "may_change": desk.viewer.may_write, "seen_url": reverse("desk:seen", args=[ticket.number]),
        "forward_url": reverse("desk:forward", args=[ticket.number]) if desk.viewer.may_write else "",
    }  # fmt: skip


def _may_snooze(desk: Desk, ticket: Ticket) -> bool:
    return desk.viewer.may_write and ticket.stage != Stage.CLOSED and ticket.deleted_at is None


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
    restrict = ("restricted", "", "lock", _("End the restriction"), "restrict") if ticket.restricted else ()
    more = [restrict or ("restricted", "1", "lock", _("Restrict to the responsible and followers"), "restrict")]
    if follows:
        more.append(("follow", "", "bell", _("Stop following"), "follow"))
    else:
        more.append(("follow", "1", "bell", _("Follow"), "follow"))
    if locked and may(desk.viewer, Right.LEDGER):
        more.append(("account", "1", "shield-alert", _("Handle this account matter anyway"), "account"))
    more.append(("unread", "1", "mail", _("Mark as unread"), "unread"))
    if ticket.deleted_at is None:
        more.append(("delete", "1", "trash-2", _("Delete"), "delete"))
    if ticket.spam_at is None:
        more.append(("spam", "1", "ban", _("Mark as spam"), "spam"))
    more += _blocking(ticket)
    return more


def _ways(ticket: Ticket) -> list[tuple[str, str, str, str]]:
    """What is asked about in a dialog of its own."""
    found = [
        (reverse("desk:hand", args=[ticket.number]), "users", _("Hand to a team …"), "hand"),
        (reverse("desk:link", args=[ticket.number]), "link", _("Link with …"), "link"),
    ]
    if ticket.merged_into_id is None and ticket.deleted_at is None:
        query = urlencode({"ticket": ticket.number, "from": ticket.number})
        found.append((f"{reverse('desk:merge')}?{query}", "git-merge", _("Merge with …"), "merge"))
    return found


def _merged_words(request: DeskRequest, ticket: Ticket, beside: dict[str, Any]) -> str:
    """Why one is on this ticket, or on none that lists show, when a merge is the reason; "" else."""
    if ticket.merged_into_id is not None:
        return _("This was merged into a request that you may not see. Answers to its letters come there.")
    followed = whole_number(request.GET.get("merged", ""))
    if followed is None or all(followed != one[0] for one in beside["merged"]):
        return ""
    return _("#%(number)s was merged into this request. All that was said there is here.") % {"number": followed}


def _blocking(ticket: Ticket) -> list[tuple[str, str, str, str, str]]:
    """What can be said of the sender's address, and of its domain if that is theirs alone."""
    identity = ticket.identity
    if identity is None or identity.kind not in (Identity.Kind.EMAIL, Identity.Kind.PHONE):
        return []
    if identity.blocked_at is not None:
        return [("block", "", "ban", _("Unblock %(address)s") % {"address": identity.shown}, "block")]
    found = [("block", "sender", "ban", _("Block %(address)s") % {"address": identity.shown}, "block")]
    domain = values.domain_of(identity.value) if identity.kind == Identity.Kind.EMAIL else ""
    if ticket.spam_at is not None and domain and not is_shared(domain):
        found.append(("block", "domain", "ban", _("Block all of %(domain)s") % {"domain": domain}, "block"))
    return found


def presence(desk: Desk, part: Sequence[int]) -> list[tuple[str, str, int, str]]:
    """Who else is here now, or at another request of the same dialog, and what they do."""
    doing: dict[int, str] = {}
    for agent, kind in company(part, desk.agent.id):
        if kind == "typing" or agent not in doing:
            doing[agent] = kind
    names = directory().names["agent"]
    words = {"typing": _("is replying"), "viewing": _("is here")}
    return [(names[pk], initials(names[pk]), hue(pk), words[kind]) for pk, kind in doing.items() if pk in names]


def _beside(request: DeskRequest, ticket: Ticket, part: list[int], there: Glance, human: list[int]) -> dict[str, Any]:
    desk = request.desk
    contracts = contract_choices.offered(ticket, desk.zone) if there.contracts else []
    custom, left = custom_fields.properties(ticket, contracts, every=_every_field(request))
    return {
        "requester": _requester(desk, ticket, human, there),
        "properties": [
            *_properties(request, ticket),
            *contract_choices.properties(ticket, contracts),
            *custom,
        ],
        "fields": _further_fields(request, ticket, left),
        "stages": directory().stages,
        "steps": directory().steps,
        "tags": tags_of([ticket.id]).get(ticket.id, []) if there.tags else [],
        **past.others(desk, ticket, human),
        "past_url": f"{reverse('desk:person', args=[ticket.requester_id])}#closed",
        "dialogs_url": f"{reverse('desk:person', args=[ticket.requester_id])}#dialogs",
        "files": ticket_files.drawn(desk, ticket.number, ticket_files.of_tickets(part, BESIDE)) if there.files else [],
        "files_url": reverse("desk:ticket_files", args=[ticket.number]),
        "facts": _facts(desk, ticket, there),
        "merged": _merged(desk, part),
        "merged_url": reverse("desk:take_apart", args=[ticket.number]),
        "bonds": bonds.drawn(desk.viewer, part) if there.bonds else [],
        "own": own_things.of_ticket(desk, ticket, part, there=there.own),
        "unlink_url": reverse("desk:unlink", args=[ticket.number]) if desk.viewer.may_write else "",
    }


def _every_field(request: DeskRequest) -> bool:
    return request.GET.get("fields") == "all"


def _further_fields(request: DeskRequest, ticket: Ticket, left: int) -> dict[str, Any]:
    """Custom fields that the page leaves out, and where they are."""
    query = list_query(request)
    here = f"{reverse('desk:ticket', args=[ticket.number])}{query}{'&' if query else '?'}fields=all"
    words = ngettext("Show %(count)s more empty field", "Show %(count)s more empty fields", left) % {"count": left}
    return {"every": _every_field(request), "word": words if left else "", "url": here}


def _requester(desk: Desk, ticket: Ticket, human: list[int], there: Glance) -> dict[str, Any]:
    person = ticket.requester
    known = f"person_id IN ({rows.places(human)}) AND erased_at IS NULL ORDER BY preferred DESC, kind, id"
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
    lines += [("table-2", told := f"{name}: {words}", "", None, told) for name, words in there.customer]
    name = person.name or (ticket.identity.shown if ticket.identity else "") or _("Unknown sender")
    organisation = person.organisation.name if person.organisation else ""
    erasable = person.erased_at is None and may(desk.viewer, Right.ERASE)
    return {
        "name": name, "initials": initials(name), "hue": hue(person.id), "organisation": organisation, "lines": lines,
        "url": reverse("desk:person", args=[person.id]) if person.erased_at is None else "",
        "organisation_url": reverse("desk:organisation", args=[person.organisation_id]) if organisation else "",
        "erase_url": reverse("care:erase", args=[person.id]) if erasable else "",
    }  # fmt: skip


def _properties(request: DeskRequest, ticket: Ticket) -> list[tuple[str, str, str, Any, Iterable[tuple[Any, str]]]]:
    desk, words = request.desk, directory()
    zone = desk.days_zone(ticket.team_id) if ticket.due_is_day else desk.zone
    due = day_in(ticket.due_at, zone).isoformat() if ticket.due_at else ""
    return [
        ("status", _("Status"), "choice", ticket.status_id, _with(words.statuses, "status", ticket.status_id)),
        ("agent", _("Responsible"), "choice", ticket.agent_id or "",
         choosing.agents(request, ("", _("Nobody yet")), chosen=ticket.agent_id, near=[ticket.team_id])),
        ("team", _("Team"), "choice", ticket.team_id, choosing.teams(request, chosen=ticket.team_id)),
        ("priority", _("Priority"), "choice", ticket.priority_id,
         _with(words.priorities, "priority", ticket.priority_id)),
        ("type", _("Type"), "choice", ticket.type_id or "", [("", "–"), *_with(words.types, "type", ticket.type_id)]),
        ("category", _("Category"), "choice", ticket.category_id or "",
         [("", "–"), *_with(words.categories, "category", ticket.category_id)]),
        ("due", _("Due"), "date", due, []),
        ("subject", _("Subject"), "text", said_subject(ticket.subject), []),
    ]  # fmt: skip


def _with(choices: Choices, kind: str, current: int | None) -> Choices:
    """What can be chosen, and what the ticket has, which may be archived."""
    if current is None or any(pk == current for pk, _name in choices):
        return choices
    return [*choices, (current, directory().names[kind].get(current, ""))]


def _merged(desk: Desk, part: list[int]) -> list[tuple[int, str, str, str, str]]:
    """What the ticket absorbed, as far as the viewer may read it: number, subject, by whom, when."""
    if len(part) < 2:
        return []
    short, names = short_times(desk.zone, translation.get_language() or "en"), directory().names["agent"]
    return [
        (
            number,
            subject_words(subject),
            names.get(who or 0, "") if kind == "agent" else "",
            at.isoformat(timespec="seconds"),
            short(at),
        )
        for number, subject, kind, who, at in merged_here(part)
    ]


def _facts(desk: Desk, ticket: Ticket, there: Glance) -> list[tuple[str, str]]:
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
    if there.looked:
        who = directory().names["agent"].get(there.looker or 0, "")
        facts.append((_("Last opened by others"), f"{who}, {at(there.looked)}" if who else at(there.looked)))
    return facts


def numbers_beside(request: DeskRequest) -> list[int]:
    """The numbers on the first page of the list, or table, that the ticket was opened from."""
    viewer, asked = request.desk.viewer, request.GET.get("sort", "")
    of = lists.place(viewer, list_key(request))
    if of is None:
        return []
    try:
        if request.GET.get("as") == "table":
            return [row[1] for row in table.beside(viewer, of, table.order(asked, viewer))[0].rows]
        return lists.first(viewer, of, lists.SORTS.get(asked, lists.SORTS["newest"]), lists.PAGE, "number")
    except TookTooLong:
        return []


def with_neighbours(request: DeskRequest, head: dict[str, Any], numbers: list[int]) -> None:
    """Add where "previous" and "next" lead along a list; from a ticket that is not on it, "next" is its first."""
    query = list_query(request)
    at = numbers.index(head["number"]) if head["number"] in numbers else -1
    if at > 0:
        head["previous_url"] = f"{reverse('desk:ticket', args=[numbers[at - 1]])}{query}"
    if at + 1 < len(numbers):
        head["next_url"] = f"{reverse('desk:ticket', args=[numbers[at + 1]])}{query}"
