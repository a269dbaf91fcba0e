"""A letter that has no dialog yet, as its page shows it, and what its form says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vikno.channels.email import hand_outs
from vikno.channels.email.letter.text import html_to_text
from vikno.channels.email.own import KIND as EMAIL
from vikno.channels.email.signatures import signature_for
from vikno.core.models import LANGUAGES
from vikno.core.sizes import size_words
from vikno.core.text import one_line, whole_number
from vikno.core.times import short_times
from vikno.desk import choosing, custom_fields
from vikno.desk.composer import kept_with
from vikno.desk.face import Desk, DeskRequest
from vikno.desk.views.create import choices
from vikno.desk.written import LONGEST_LINE, known_recipients, turn_of
from vikno.dialogs.models import Channel, ChannelAddress, Message
from vikno.replies.actions import letters
from vikno.replies.actions.letters import Typed
from vikno.replies.models import BegunFile, BegunLetter
from vikno.staff.models import Team
from vikno.tickets import access, forwarding
from vikno.tickets.actions.creating import default_priority
from vikno.tickets.actions.sending_once import new_number
from vikno.tickets.models import Ticket
from vikno.tickets.subjects import subject_words

FIELDS = ("format", "to", "cc", "bcc", "from", "subject", "language", "team", "assignee", "priority", "type",
          "category", "contract", "due", "tags", "ticket", "message", "which")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that is being written: the key of its page, what stands in its fields, and what there is to say of
    it. `ticket`: the request that it forwards from, already seen by its author; None: a first letter."""

    key: str
    ticket: Ticket | None = None
    values: dict[str, Any] = field(default_factory=dict)
    body: str = ""
    turn: str = ""
    saved: str = ""
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)  # by field, of custom fields alone


def typed(form: Any) -> Typed:
    """What the form of a letter says, as it is kept."""
    values = {name: form.get(name, "").replace("\0", "")[:LONGEST_LINE] for name in FIELDS}
    values |= {name: form.get(name, "").replace("\0", "") for name in form if name.startswith("field.")}
    page, turn = turn_of(form)
    return Typed(form.get("body", "").replace("\0", ""), {**values, "carry": chosen_files(form)}, page, turn)


def chosen_files(form: Any) -> list[str]:
    """The ids of the files of a request that shall go along."""
    return [one for one in form.getlist("carry") if whole_number(one) is not None][:200]


def begun(desk: Desk, row: BegunLetter, ticket: Ticket | None = None) -> Letter:
    """A letter as it was kept."""
    at = short_times(desk.zone, translation.get_language() or "en")(row.saved_at)
    turn = f"{row.page}.{row.turn}" if row.page else ""
    return Letter(row.key, ticket, row.values, row.body, turn, _("Saved %(time)s") % {"time": at})


def mailboxes(desk: Desk) -> list[ChannelAddress]:
    """The addresses that this agent may write a letter from, of teams whose requests they read; those that first
    letters are usually written from come first."""
    rows = ChannelAddress.objects.filter(channel__kind=EMAIL, channel__active=True)
    rows = rows.select_related("channel__brand", "channel__team", "team", "brand").order_by("-default", "id")
    viewer = desk.viewer
    return [
        one for one in rows if viewer.sees_all_teams or (one.team_id or one.channel.team_id) in viewer.readable
    ]  # fmt: skip


def mailbox(desk: Desk, values: Any) -> ChannelAddress | None:
    """The address that a letter is written from: the chosen one, else the first of a team of the agent's, else the
    first. None: there is none."""
    rows = mailboxes(desk)
    number = whole_number(values.get("from", ""))
    chosen = next((one for one in rows if one.id == number), None)
    own = next((one for one in rows if (one.team_id or one.channel.team_id) in desk.viewer.teams), None)
    return chosen or own or (rows[0] if rows else None)


def language_of(values: Any, address: ChannelAddress) -> str:
    """The language that a letter is read in: the chosen one, else that of who gets it first, else of its brand."""
    if values.get("language") in dict(LANGUAGES):
        return str(values["language"])
    known = known_recipients(values).to
    return (known[0].person.language if known else "") or (address.brand or address.channel.brand).language


def below(desk: Desk, values: Any, ticket: Ticket | None = None) -> dict[str, Any]:
    """What will stand below a letter with these fields: the signature, and what it forwards of a request."""
    address = mailbox(desk, values)
    if address is None:
        return {"signature": "", "forwarded": ""}
    team = Team.objects.filter(id=whole_number(values.get("team", "")) or 0).first()
    team = (ticket.team if ticket else team) or address.team or address.channel.team
    language = language_of(values, address)
    said = forwarded(desk, values, ticket) if ticket else []
    return {
        "signature": signature_for(desk.agent, team, language), "is_forward": ticket is not None,
        "forwarded": forwarding.as_text(said, desk.agent, language),
    }  # fmt: skip


def forwarded(desk: Desk, values: Any, ticket: Ticket) -> list[Message]:
    """The messages of a request that this letter forwards, in the sight of its author: one, or the whole exchange."""
    return forwarding.chosen(access.family_for(desk.viewer, ticket), message_of(values))


def message_of(values: Any) -> int | None:
    """The message that a letter forwards; None: the whole conversation."""
    return whole_number(values.get("message", "")) if values.get("which") != "all" else None


def composer(desk: Desk, letter: Letter) -> dict[str, Any] | None:
    """The context of `desk/_letter.html`; None where no mailbox is connected."""
    address = mailbox(desk, letter.values)
    if address is None:
        return None
    values = {name: letter.values.get(name, "") for name in FIELDS} | {"from": str(address.id)}
    values["priority"] = values["priority"] or str(default_priority().id)
    html = letter.body if values["format"] == "html" else ""
    stored = kept_with(BegunFile.objects.filter(letter__agent=desk.agent, letter__key=letter.key), "desk:letter_file")
    there = below(desk, values, letter.ticket)
    more = _forwarding(desk, letter, values) if letter.ticket else {"whiches": [], "carries": []}
    team = whole_number(values["team"]) or address.team_id or address.channel.team_id
    asked = {**letter.values, "team": str(team), "category": values["category"]}
    more["custom"] = [] if letter.ticket else custom_fields.drawn(asked, letter.errors)
    return {
        **more,
        "url": reverse("desk:letter", args=[letter.key]), "draft_url": reverse("desk:letter_draft", args=[letter.key]),
        "template_url": reverse("desk:letter_template", args=[letter.key]),
        "below_url": reverse("desk:letter_below", args=[letter.key]), "mark": "letter", "agent": desk.agent.id,
        "turn": letter.turn, "html": html, "text": html_to_text(html) if html else letter.body, "values": values,
        "once": new_number(), "saved_text": letter.saved, "problem": letter.problem,
        "files": stored, "fetched": fetched(address.channel, stored),
        "froms": [(one.id, f"{one.sender_name} <{one.address}>" if one.sender_name else one.address)
                  for one in mailboxes(desk)],
        "languages": [("", _("The recipient’s")), *LANGUAGES],
        "lang": language_of(values, address), "placeholder": _("Write a letter…"),
        "below": there, "below_word": one_line(there["signature"], 60),
    }  # fmt: skip


def fetched(channel: Channel, stored: list[dict[str, Any]]) -> str:
    """What becomes of files that are too big for a letter; "" if they go with it."""
    too_big = hand_outs.too_big(channel, sum(one["bytes"] for one in stored))
    return _("Too big for a letter: it carries the address of a page to fetch them from.") if too_big else ""


def _forwarding(desk: Desk, letter: Letter, values: dict[str, str]) -> dict[str, Any]:
    """What the composer of a forwarded letter offers besides."""
    assert letter.ticket is not None
    whiches = [("one", _("this message")), ("all", _("the whole conversation"))]
    everything = forwarding.chosen(access.family_for(desk.viewer, letter.ticket), None)
    one = whole_number(values["message"])
    carried = letter.values.get("carry")
    ticked = {row.id for row in forwarding.attachments(everything) if row.message_id == one}
    if carried is not None:
        ticked = {number for number in map(whole_number, carried) if number is not None}
    carries = [
        (row.id, row.name or _("file"), size_words(row.size), row.id in ticked)
        for row in forwarding.attachments(everything)
        if not (row.inline and row.content_id)
    ]
    return {"whiches": whiches if one is not None else [], "carries": carries}


def page(request: DeskRequest, letter: Letter) -> dict[str, Any]:
    """What the page of a letter shows besides what all pages do."""
    desk, values = request.desk, letter.values
    others = letters.begun_by(desk.agent, letter.ticket).exclude(key=letter.key)[:10]
    short = short_times(desk.zone, translation.get_language() or "en")
    if letter.ticket is not None:
        return {
            "title": _("Forward from #%(number)s") % {"number": letter.ticket.number},
            "lead": _(
                "To a third party: a supplier, an expert. What they answer comes to this request and is shown like a "
                "note; the customer never sees it."
            ),
            "composer": composer(desk, letter), "back": (reverse("desk:ticket", args=[letter.ticket.number]),
                                                         subject_words(letter.ticket.subject)),
            "begun": [(reverse("desk:letter", args=[one.key]), _words_of(one), short(one.saved_at)) for one in others],
        }  # fmt: skip
    return {
        "title": _("New letter"),
        "lead": _("You write first. It begins a request, and the answer comes to it."),
        "composer": composer(desk, letter),
        "begun": [(reverse("desk:letter", args=[one.key]), _words_of(one), short(one.saved_at)) for one in others],
        "teams": choosing.teams(request, ("", _("As the mailbox says")), chosen=values.get("team", ""), form=True),
        "agents": choosing.agents(request, ("", _("Yourself")), chosen=values.get("assignee", ""), form=True),
        "everyone": request.GET.get("choices") == "all", **choices(),
    }  # fmt: skip


def _words_of(letter: BegunLetter) -> str:
    """By what its author knows a letter again."""
    said = [letter.values.get("to", ""), letter.values.get("subject", "")]
    text = html_to_text(letter.body) if letter.values.get("format") == "html" else letter.body
    return one_line(" · ".join(one for one in said if one) or text, 80) or _("Only files")
