"""The time line of a ticket: what was said, noted and done, oldest first, as `desk/_timeline.html` draws it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from markupsafe import Markup

from vikno.channels.email import hand_outs
from vikno.core import clock
from vikno.core.sizes import size_words
from vikno.core.subjects import bare
from vikno.core.text import fold, one_line
from vikno.core.times import day_words, full_time, moments, short_day
from vikno.desk import said
from vikno.desk.drawing import beginning, formatted, plain, quoted
from vikno.desk.face import Desk
from vikno.desk.invitations import cards
from vikno.desk.proof_words import proof_of, spoken_for
from vikno.desk.rows import hue, initials
from vikno.desk.said import Attached, Said
from vikno.desk.ticket_files import way_to_look
from vikno.dialogs.channels import KINDS
from vikno.dialogs.delivery_words import Code, code_of, explain, state_word, waits_for_limit
from vikno.dialogs.models import Delivery, Dialog, Message
from vikno.intake.thanks import thanks_in
from vikno.tickets import history
from vikno.tickets.directory import directory
from vikno.tickets.models import Link

MESSAGES = 30
_BRACKETED = re.compile(r"\[[^\[\]]{1,60}\]")
KIND = "message/rfc822"  # of a file that can be opened as a letter
MOST_BYTES = 32 * 1024 * 1024  # of such a file
Item = dict[str, Any]
STATES = {  # of a delivery: how it looks, its icon, its word
    "queued": ("waiting", "clock", gettext_lazy("waits to be sent")),
    "sending": ("waiting", "clock", gettext_lazy("is being sent")),
    "sent": ("sent", "check", gettext_lazy("sent")),
    "refused": ("failed", "circle-x", gettext_lazy("refused")),
    "bounced": ("failed", "undo-2", gettext_lazy("came back")),
    "doubtful": ("doubtful", "triangle-alert", gettext_lazy("may not have gone")),
    "cancelled": ("waiting", "undo-2", gettext_lazy("taken back")),
}


class Timeline:
    """One page of a time line. `newest`: the newest message on it, for the check before sending."""

    def __init__(
        self, desk: Desk, ticket_ids: Sequence[int], before: int | None = None, *, team: int, notes: bool = True,
        subject: str = "", opened: datetime | None = None, number: int = 0,
    ) -> None:  # fmt: skip
        self.number = number  # of the ticket
        self.opened = opened  # when this agent had it before their eyes last: what came since is unseen
        self.noted = notes  # whether there are any at all
        self.desk, self.ticket_ids, self.days_zone = desk, list(ticket_ids), desk.days_zone(team)
        self.language = translation.get_language() or "en"
        self.zone = ZoneInfo(desk.zone)
        self.named, self.told = _name(subject), ""  # the subject of the ticket, and the last other one
        self.messages, self.more = self._messages(before)
        self.newest = max((message.id for message in self.messages), default=0)

    def _messages(self, before: int | None) -> tuple[list[Said], bool]:
        """The newest messages of the set."""
        edge = None
        if before is not None:
            links = Link.objects.filter(ticket_id__in=self.ticket_ids, ended_act=None, message_id=before)
            edge = links.values_list("arrived_at", flat=True).first()
        found = said.messages(self.ticket_ids, MESSAGES + 1, (edge, before) if edge and before else None)
        return found[-MESSAGES:], len(found) > MESSAGES

    def items(self, *, hidden: bool = False) -> list[Item]:
        """Everything of this page in order, with a heading for each day. `hidden`: above it stands that its dialogs
        hold messages which its reader may not see."""
        since = self.messages[0].arrived_at if self.more and self.messages else None
        shown = [message for message in self.messages if not message.unsent_at]  # an event tells of the others
        drawn = [(message.arrived_at, self._message(message)) for message in self._with_ways(shown)]
        drawn += self._notes(since)
        entries: list[tuple[datetime, Item | None, history.Line | None]] = [(at, item, None) for at, item in drawn]
        told = history.lines(self.desk.viewer, self.ticket_ids, since, zone=self.desk.zone, days_zone=self.days_zone)
        entries += [(line.at, None, line) for line in told]
        entries.sort(key=lambda entry: entry[0])
        items: list[Item] = [{"kind": "hidden"}] if hidden else []
        if self.more:
            items.append({"kind": "older", "url": f"?before={self.messages[0].id}"})
        day = unseen = None
        for at, item, line in entries:
            here = at.astimezone(self.zone).date()
            if here != day:
                items.append({"kind": "day", "text": day_words(at, self.desk.zone, self.language)})
                day = here
            if item is not None:
                if item["opens_talk"] and any(one["kind"] == "message" for one in items):
                    items.append({"kind": "day", "text": _("A new talk")})
                item["unseen"] = unseen is None and self._is_new(at, item)
                unseen = item if item["unseen"] else unseen
                items.append(item)
            elif line is not None:
                if items[-1]["kind"] != "events":
                    items.append({"kind": "events", "events": []})
                items[-1]["events"].append((line.icon, line.text, *self._when(line.at)[:2]))
        return items

    def _is_new(self, at: datetime, item: Item) -> bool:
        """Whether others said it and this agent has not seen it."""
        return (self.opened is None or at > self.opened) and item["agent_id"] != self.desk.agent.id

    def _with_ways(self, messages: Sequence[Said]) -> Sequence[Said]:
        self.attached = said.of_messages([message.id for message in messages])
        self.ways = said.ways([message.id for message in messages if message.author != Message.Author.CUSTOMER])
        big = [pk for pk in self.ways if sum(row.size for row in self.attached.get(pk, ())) > hand_outs.MB]
        self.fetched = hand_outs.fetched_until(big) if big else {}
        return messages

    def _message(self, message: Said) -> Item:
        attached = self.attached.get(message.id, [])
        pictures = {row.content_id: reverse("desk:file", args=[row.id]) for row in attached if row.content_id}
        iso, short, full = self._when(message.arrived_at)
        files = [row for row in attached if not _is_letter(row)]
        item: Item = {
            "kind": "message", "id": message.id, "side": _side(message), **_author(message), "lang": message.language,
            "when_iso": iso, "when_text": short, "when_full": full, "marks": _marks(message),
            "to": self._recipients(message), "files": _files(files), "html": "", "subject": "",
            "letters": [(reverse("desk:enclosed", args=[row.id]), row.name) for row in attached if _is_letter(row)],
            "invitations": [], "frame_url": "",
            "quote": "", "whole": None, "pictures_url": "", "undo_url": "", "states": [], "thanks": "", "judge_url": "",
            "proof": proof_of(message.author, message.trust), "opens_talk": message.opens_talk,
            "agent_id": message.agent_id,
            "place_url": reverse("desk:place", args=[message.id]) if self.desk.viewer.may_write else "",
            "forward_url": self._forward_url(message), "answer_url": self._answer_url(message),
            "pick": message.id if self.desk.viewer.may_write else "",
        }  # fmt: skip
        if message.kind == Message.Kind.THANKS:
            item["thanks"] = _thanks_words(message)
            item["judge_url"] = reverse("desk:not_thanks", args=[message.id]) if self.desk.viewer.may_write else ""
        if message.hidden_at or message.erased_at:
            gone = _("Its author wants this message gone.") if message.hidden_at else _("This was erased.")
            return item | {"html": plain(gone), "files": [], "letters": [], "thanks": "", "judge_url": ""}
        item["subject"] = self._subject(message)
        item["invitations"] = cards(attached, self.desk.zone, self.language)
        if message.html and message.in_frame:
            item["frame_url"] = reverse("desk:frame", args=[message.id])
        elif message.text is not None:
            item["html"], item["quote"] = _words(message, pictures.get)
            if not message.html:
                item["whole"] = whole(message.text, message.quoted or "", reverse("desk:frame", args=[message.id]))
        if message.html and message.remote_images:
            item["pictures_url"] = f"{reverse('desk:frame', args=[message.id])}?pictures=1"
        if until := self.fetched.get(message.id):
            today = clock.now().astimezone(self.zone).date()
            day = short_day(until.astimezone(self.zone).date(), today, self.language)
            over = _("files could be fetched from a page until %(day)s")
            words = _("files are fetched from a page until %(day)s") if until > clock.now() else over
            item["marks"].append(("paperclip", words % {"day": day}, ""))
        self._outgoing(message, item)
        return item

    def _answer_url(self, message: Said) -> str:
        """Where one answers this very message: not what is automatic, nor what colleagues said by letter."""
        said = message.side != Dialog.Side.STAFF and message.author != Message.Author.SYSTEM
        kind = KINDS.get(message.channel_kind)
        if (
            not (said and kind and kind.deliver and self.desk.viewer.may_write)
            or message.hidden_at
            or message.erased_at
        ):
            return ""
        return f"{reverse('desk:ticket', args=[self.number])}?answers={message.id}"

    def _forward_url(self, message: Said) -> str:
        said = message.side == Dialog.Side.CUSTOMER and message.author != Message.Author.SYSTEM
        if not said or not self.desk.viewer.may_write or message.hidden_at or message.erased_at:
            return ""
        return f"{reverse('desk:forward', args=[self.number])}?message={message.id}"

    def _recipients(self, message: Said) -> str:
        ways = self.ways.get(message.id, [])
        roles = {"cc": _("Cc").lower(), "bcc": _("Bcc").lower()}
        shown = [f"{way.shown} ({roles[way.role]})" if way.role in roles else way.shown for way in ways]
        return _("to %(names)s") % {"names": ", ".join(shown)} if shown else ""

    def _outgoing(self, message: Said, item: Item) -> None:
        ways = self.ways.get(message.id, [])
        if not ways:
            return
        for way in ways:
            state, icon, named = STATES[way.state]
            word = str(named)
            code = code_of(way.reason)
            if code == Code.NO_RELAY:
                icon, word = "triangle-alert", _("waits: nobody has set up how letters leave")
            elif code == Code.SET_ASIDE:
                icon, word = "circle-x", state_word(way.state, way.reason)
            if len(ways) > 1 and state != "sent":
                word = f"{way.shown}: {word}"
            again = state in ("failed", "doubtful") and self.desk.viewer.may_write
            retry = reverse("desk:delivery_repeat", args=[way.id]) if again else ""
            arrived = reverse("desk:delivery_arrived", args=[way.id]) if again and state == "doubtful" else ""
            entry = (state, icon, word, self._why(cast(Delivery, way)), retry, arrived)
            if entry not in item["states"]:
                item["states"].append(entry)
        untouched = all(way.state == Delivery.State.QUEUED and not way.attempts for way in ways)
        if untouched and self.desk.viewer.may_write and min(way.not_before for way in ways) > clock.now():
            item["undo_url"] = reverse("desk:unsend", args=[message.id])

    def _why(self, way: Delivery) -> str:
        """What there is to say of a delivery; of one that a limit holds back, when it goes too."""
        words = explain(way)
        if not waits_for_limit(way):
            return words
        time = moments(self.desk.zone, self.language)(way.not_before)
        return _("%(why)s It goes at %(time)s.") % {"why": words, "time": time}

    def _subject(self, message: Said) -> str:
        """The subject of a customer's letter that is neither the ticket's nor that of their letter before it."""
        name = _name(message.subject)
        if message.author != Message.Author.CUSTOMER or not name or name in (self.named, self.told):
            return ""
        self.told = name
        return one_line(message.subject)

    def _notes(self, since: datetime | None) -> list[tuple[datetime, Item]]:
        notes = said.notes(self.ticket_ids, since) if self.noted else []
        attached = said.of_notes([note.id for note in notes])
        items = []
        for note in notes:
            name = _("Vikno") if note.agent is None else note.agent
            iso, short, full = self._when(note.at)
            body = formatted(note.html, lambda cid: None) if note.html else plain(note.text or "")
            items.append((note.at, {
                "kind": "message", "id": f"n{note.id}", "side": "note", "name": name, "initials": initials(name),
                "hue": hue(note.agent_id or 0), "address": "", "to": "", "subject": "", "when_iso": iso,
                "when_text": short, "when_full": full, "lang": "", "html": body, "frame_url": "", "quote": "",
                "files": _files(attached.get(note.id, []), "n"), "states": [], "undo_url": "", "marks": [],
                "pictures_url": "", "thanks": "", "judge_url": "", "opens_talk": False, "place_url": "",
                "agent_id": note.agent_id,
            }))  # fmt: skip
        return items

    def _when(self, at: datetime) -> tuple[str, str, str]:
        """The instant, the hour (the day stands above as a heading), and both in full."""
        full = full_time(at, self.desk.zone, self.language)
        return at.isoformat(timespec="seconds"), f"{at.astimezone(self.zone):%H:%M}", full


def _name(subject: str) -> str:
    """A subject as it is compared: without prefixes, marks and numbers in brackets that programs put there."""
    return fold(bare(_BRACKETED.sub(" ", subject)))


def whole(text: str, quoted: str, url: str) -> tuple[str, str] | None:
    """(where all of a plain letter is shown, how much it is); None where its page shows all of it."""
    if all(len(beginning(part)) == len(part) for part in (text, quoted)):
        return None
    return url, size_words(len((text + quoted).encode()))


def _words(message: Said, picture: Callable[[str], str | None]) -> tuple[Markup, Markup]:
    """What is new and what is folded. Markup has a fold of its own: what its text repeats, it may show otherwise."""
    if not message.html:
        return plain(beginning(message.text or "")), plain(beginning(message.quoted or ""))
    if message.author == Message.Author.AGENT:  # below an answer of ours stands text alone
        return formatted(message.html, picture), plain(message.quoted or "")
    return formatted(message.html, picture), quoted(message.quoted_html, picture) if message.quoted_html else Markup()


def _side(message: Said) -> str:
    if message.side != Dialog.Side.CUSTOMER:
        return "third"
    return "customer" if message.author == Message.Author.CUSTOMER else "agent"


def _author(message: Said) -> Item:
    if message.author == Message.Author.SYSTEM and message.trust.get("elsewhere"):
        return {"name": message.channel_name, "initials": initials(message.channel_name), "hue": "", "address": ""}
    if message.author == Message.Author.SYSTEM:
        return {"name": _("Automatic answer"), "initials": "V", "hue": "", "address": ""}
    if message.agent is not None:
        name = message.agent
        return {"name": name, "initials": initials(name), "hue": hue(message.agent_id or 0), "address": ""}
    shown = message.shown or ""
    name = message.person or shown or _("Unknown sender")
    return {
        "name": name, "initials": initials(name), "hue": hue(message.person_id or 0),
        "address": shown if shown != name else "",
    }  # fmt: skip


def _marks(message: Said) -> list[tuple[str, str, str]]:
    """What one should know of a message before believing it."""
    marks = []
    if message.side == Dialog.Side.THIRD:
        marks.append(("users", _("third party: the customer does not see this"), "info"))
    if message.entered_by is not None:
        marks.append(("pencil", _("entered by %(name)s") % {"name": message.entered_by}, ""))
    if message.trust.get("newcomer"):
        marks.append(("user-plus", _("new person: gets no answers until you add them"), "warn"))
    if message.kind == Message.Kind.THANKS:
        praised = _("thanks to %(name)s") % {"name": message.praised} if message.praised else _("thanks")
        marks.append(("heart", praised, "ok"))
    elif message.kind in (Message.Kind.AUTOMATIC, Message.Kind.LIST):
        marks.append(("zap", _("automatic letter"), ""))
    marks += spoken_for(message.trust)
    if message.trust.get("elsewhere"):
        marks.append(("mail", _("sent from the mailbox, with another program"), ""))
    if message.trust.get("seal") == "signed":
        marks.append(("signature", _("signed, not checked"), ""))
    elif message.trust.get("seal") == "encrypted":
        marks.append(("lock", _("encrypted: only its owner's key opens the file"), "warn"))
    kind = KINDS.get(message.channel_kind)
    if kind and kind.name != "email":
        marks.append((kind.icon, message.channel_name, ""))
    return marks


def _thanks_words(message: Said) -> str:
    """Why it was taken for thanks: the words that say so."""
    found = thanks_in(message.text or "", [message.person or "", *directory().names["agent"].values()])
    if found is None:  # recognised elsewhere, or by an earlier version
        return _("Taken as thanks: it reopens nothing and nobody waits for an answer.")
    said = ", ".join(f"“{word}”" for word in found.words)
    return _("Taken as thanks because of %(words)s: it reopens nothing and nobody waits for an answer.") % {
        "words": said
    }


def _is_letter(row: Attached) -> bool:
    """Whether a file is a letter that can be opened."""
    return row.type == KIND and row.file_id is not None and row.size <= MOST_BYTES


def _files(rows: Iterable[Attached], note: str = "") -> list[tuple[str, str, str, str, str]]:
    """Files of a message or, `note` being "n", of a note; pictures that can be shown safely have a small version. The
    last is what one that can be looked at is called in an address of its request."""
    found = []
    for row in rows:
        if row.inline and row.content_id and row.type.startswith("image/"):
            continue  # stands in the text itself
        url = reverse("desk:note_file" if note else "desk:file", args=[row.id])
        size = size_words(row.size) if row.file_id else _("missing")
        look = way_to_look(row.type, row.size, row.file_id)
        small = f"{url}?small=1" if look == "picture" else ""
        found.append((url, row.name or _("file"), size, small, f"{note}{row.id}" if look else ""))
    return found
