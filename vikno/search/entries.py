"""What a ticket or a person says, as entries of the index: read from the live rows, many at a time.

A ticket is one entry: its subject, whoever takes part, its numbers and tags, and all that was said and noted in it. Of
a long one each thirty messages are an entry, with the same head; where these say more than an entry may hold (see
portions), the rest is a further entry. So the words of a query may stand in different messages of one ticket. Not in
it: what was taken back or hidden, spam, older versions, folded quotes, drafts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from zlib import crc32

from django.db.models import Q
from django.db.models.functions import Left

from vikno.dialogs.models import Attachment, Delivery, Message, MessageText
from vikno.people.models import Contract, Identity, Person
from vikno.search import marks
from vikno.search.analyser.tokens import Reading, analyse
from vikno.search.portions import head as bounded
from vikno.search.portions import portions
from vikno.search.shelf import Entry, Marked, key_of, mark_of, says_the_same
from vikno.tickets.models import (
    FieldValue,
    Follower,
    Link,
    Mention,
    Note,
    NoteAttachment,
    NoteText,
    Ticket,
    TicketAlias,
    TicketTag,
)

VERSION = 3  # of the analyser and of what an entry holds: another one lets the index be built anew
TOGETHER = 30  # messages of one entry
LONGEST_TEXT = 40_000  # characters of one message that are read
FURTHER = 1_000_000  # from a part to the part that goes on with the same messages; they have the same mark
_REPLY = re.compile(r"^\s*(?:(?:re|fwd?|aw|wg|відп|ответ|пересл)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)

Said = tuple[str, int, int, int]  # "m" or "n", id, version, seconds


@dataclass(slots=True)
class Head:
    """What stands in every entry of a ticket."""

    subject: str
    about: list[str] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)
    created: int = 0
    said: list[Said] = field(default_factory=list)
    subjects: dict[int, str] = field(default_factory=dict)  # of messages that have another one


@dataclass(slots=True)
class Made:
    """Entries of some owners. `wanted` says which parts they have, with the mark of each, also of those that were left
    out because they are there already; `marked` are those of which only the marks are others by now."""

    wanted: dict[int, dict[int, int]]
    entries: list[Entry]
    marked: list[Marked] = field(default_factory=list)


def tickets(ids: Collection[int], have: Mapping[int, Mapping[int, int]] | None = None) -> Made:
    """The entries of these tickets, without those that `have` says are there with the same mark. A ticket that is gone
    has none. What says the same as before is not read again: if it has other marks, these alone are made."""
    heads = _heads(list(ids))
    made = Made({one: {} for one in ids}, [])
    missing: list[tuple[int, int, int, Sequence[Said]]] = []
    for ticket, head in heads.items():
        base, held = crc32(repr((VERSION, head.subject, head.about)).encode()), marks.in_order(head.marks)
        there = have.get(ticket, {}) if have is not None else {}
        chunks = [head.said[at : at + TOGETHER] for at in range(0, len(head.said), TOGETHER)] or [[]]
        for part, chunk in enumerate(chunks):
            mark = mark_of(crc32(repr([(one[:3], head.subjects.get(one[1])) for one in chunk]).encode(), base), held)
            made.wanted[ticket][part] = mark
            before = there.get(part)
            if before is None or not says_the_same(before, mark):
                missing.append((ticket, part, mark, chunk))
                continue
            for one in [one for one, known in there.items() if one % FURTHER == part and known == before]:
                made.wanted[ticket][one] = mark
                if before != mark:
                    made.marked.append(Marked(ticket, one, mark, held))
    texts = _texts([one for *_, said in missing for one in said])
    names = _file_names([one for *_, said in missing for one in said])
    for ticket, part, mark, said in missing:
        for entry in _entries(ticket, part, mark, heads[ticket], said, texts, names):
            made.wanted[ticket][entry.part] = mark
            made.entries.append(entry)
    return made


def _entries(
    ticket: int, part: int, mark: int, head: Head, said: Sequence[Said], texts: Mapping[tuple[str, int], str],
    names: Mapping[tuple[str, int], list[str]],
) -> list[Entry]:  # fmt: skip
    """One entry, and more of them if these messages say more than one may hold. The words are counted in the first."""
    held = set(head.marks)
    if any((kind, pk) in names for kind, pk, _version, _at in said):
        held.add(marks.FILE)
    reading = Reading()
    first = [
        (marks.PART, bounded(" ".join(marks.in_order(held)))),
        ("head", bounded(reading.analyse(head.subject))),
        ("about", bounded(reading.analyse(" ; ".join(head.about)))),
    ]
    pieces = []
    newest = head.created
    for kind, pk, _version, at in said:
        files = names.get((kind, pk), [])
        text = "\n".join((texts.get((kind, pk), ""), head.subjects.get(pk, "") if kind == "m" else "", *files))
        pieces.append((f"{kind}{pk}", reading.analyse(text)))
        newest = max(newest, at)
    made = []
    for number, said_here in enumerate(portions(pieces)):
        here = [*first, *said_here]
        parts = " ".join(f"{name}:{len(places.split())}" for name, places in here)
        terms = " ".join(places for _name, places in here if places)
        words = {} if number else reading.words
        own = part + number * FURTHER
        made.append(Entry(key_of(newest, own, ticket), ticket, own, mark, parts, terms, words))
    return made


# ---- the head of a ticket --------------------------------------------------------------------------------------------


def _heads(ids: Sequence[int]) -> dict[int, Head]:
    columns = (
        "id", "number", "subject", "description", "team_id", "requester_id", "contract__number", "created_at", "ip",
        "agent_id", "channel_id", "stage", "merged_into_id",
    )  # fmt: skip
    heads: dict[int, Head] = {}
    requesters: dict[int, list[int]] = {}
    rows = Ticket.objects.filter(id__in=ids).values_list(*columns)
    for pk, number, subject, description, team, person, contract, created, ip, agent, channel, stage, merged in rows:
        held = {marks.team(team), marks.agent(agent), marks.channel(channel), marks.stage(stage)}
        held |= {marks.requester(person)} | ({marks.MERGED} if merged else set())
        head = heads[pk] = Head(subject, [f"#{number}"], held, int(created.timestamp()))
        head.about += [part for part in (description, contract, str(ip or "")) if part]
        requesters.setdefault(person, []).append(pk)
    people = _people(list(requesters))
    for person, of in requesters.items():
        for pk in of:
            heads[pk].about += people.get(person, [])
            heads[pk].marks |= _marked("=f", people.get(person, []))
    _add_labels(heads)
    _add_said(heads)
    return heads


def _add_labels(heads: Mapping[int, Head]) -> None:
    for ticket, number in (
        TicketAlias.objects.filter(ticket__in=heads).order_by("id").values_list("ticket_id", "number")
    ):
        heads[ticket].about.append(number)
    tags = TicketTag.objects.filter(ticket__in=heads).order_by("tag__folded")
    for ticket, tag, name in tags.values_list("ticket_id", "tag_id", "tag__name"):
        heads[ticket].about.append(name)
        heads[ticket].marks.add(marks.tag(tag))
    for one in (Follower, Mention):
        for ticket, agent in one.objects.filter(ticket__in=heads).values_list("ticket_id", "agent_id"):
            heads[ticket].marks.add(marks.agent(agent))
    values = FieldValue.objects.filter(ticket__in=heads, current=True).order_by("id")
    for ticket, text, amount, option in values.values_list("ticket_id", "text", "number", "option__name"):
        plain = text or option or (f"{amount.normalize():f}" if amount is not None else "")
        if plain:
            heads[ticket].about.append(plain)


def _add_said(heads: Mapping[int, Head]) -> None:
    """Which messages and notes there are, and who wrote to whom."""
    links = Link.objects.filter(
        ticket__in=heads, ended_act=None, message__unsent_at=None, message__hidden_at=None
    ).exclude(message__kind=Message.Kind.SPAM)
    columns = (
        "ticket_id", "message_id", "message__version", "arrived_at", "message__subject", "message__author",
        "message__identity_id", "message__agent__person__name", "message__dialog_id", "message__dialog__identity_id",
        "message__dialog__address__address",
    )  # fmt: skip
    authors: dict[int, set[int]] = {}  # identity → tickets
    recipients: dict[int, set[int]] = {}
    outgoing: dict[int, int] = {}
    for ticket, pk, version, at, subject, author, identity, agent, _dialog, counterpart, address in links.values_list(
        *columns
    ):
        head = heads[ticket]
        head.said.append(("m", pk, version, int(at.timestamp())))
        plain = _REPLY.sub("", subject)
        if plain and plain != head.subject:
            head.subjects[pk] = plain
        if author == Message.Author.CUSTOMER and identity:
            authors.setdefault(identity, set()).add(ticket)
            head.marks |= _marked("=o", [address] if address else [])
        elif agent:
            outgoing[pk] = ticket
            head.marks |= _marked("=f", [agent])
            recipients.setdefault(counterpart, set()).add(ticket)
            if agent not in head.about:
                head.about.append(agent)
    _add_recipients(outgoing, recipients)
    _add_identities(heads, authors, recipients)
    notes = Note.objects.filter(ticket__in=heads)
    for ticket, pk, version, at in notes.values_list("ticket_id", "id", "version", "at"):
        heads[ticket].said.append(("n", pk, version, int(at.timestamp())))
    for head in heads.values():
        head.said.sort(key=lambda one: (one[3], one[0], one[1]))
        head.about = list(dict.fromkeys(head.about))


def _add_recipients(outgoing: Mapping[int, int], recipients: dict[int, set[int]]) -> None:
    rows = Delivery.objects.filter(message__in=outgoing)
    for message, identity in rows.values_list("message_id", "identity_id"):
        recipients.setdefault(identity, set()).add(outgoing[message])


def _add_identities(
    heads: Mapping[int, Head], authors: Mapping[int, set[int]], recipients: Mapping[int, set[int]]
) -> None:
    rows = Identity.objects.filter(id__in={*authors, *recipients}, erased_at=None)
    for pk, shown, name in rows.values_list("id", "shown", "person__name"):
        known = [part for part in (name, shown) if part]
        for of, sign in ((authors.get(pk, ()), "=f"), (recipients.get(pk, ()), "=o")):
            for ticket in sorted(of):
                heads[ticket].marks |= _marked(sign, known)
                heads[ticket].about += [part for part in known if part not in heads[ticket].about]


def _marked(sign: str, texts: Iterable[str]) -> set[str]:
    """The terms of names and addresses under a sign of their own: "=f" wrote, "=o" was written to."""
    return {mark for text in texts for mark in _marks(sign, text)}


@lru_cache(maxsize=2000)
def _marks(sign: str, text: str) -> tuple[str, ...]:
    return tuple({f"{sign}{term}" for place in analyse(text).split() for term in place.split("|") if term})


# ---- what was said ---------------------------------------------------------------------------------------------------


def _texts(said: Iterable[Said]) -> dict[tuple[str, int], str]:
    """The visible text of messages and notes in the version that is shown."""
    messages = {pk: version for kind, pk, version, _at in said if kind == "m"}
    notes = {pk: version for kind, pk, version, _at in said if kind == "n"}
    found: dict[tuple[str, int], str] = {}
    beginning = Left("text", LONGEST_TEXT)
    rows: Any = MessageText.objects.filter(message__in=messages).values_list("message_id", "version", beginning)
    found |= {("m", pk): text for pk, version, text in rows if messages[pk] == version}
    if notes:
        rows = NoteText.objects.filter(note__in=notes).values_list("note_id", "version", beginning)
        found |= {("n", pk): text for pk, version, text in rows if notes[pk] == version}
    return found


def _file_names(said: Iterable[Said]) -> dict[tuple[str, int], list[str]]:
    """Names of files by what they hang on, in their order; what lies in the text itself (pictures) is none."""
    found: dict[tuple[str, int], list[str]] = {}
    messages = [pk for kind, pk, *_ in said if kind == "m"]
    notes = [pk for kind, pk, *_ in said if kind == "n"]
    shown = Q(inline=False) & ~Q(name="")
    rows = Attachment.objects.filter(shown, message__in=messages).order_by("position", "id")
    for pk, name in rows.values_list("message_id", "name"):
        found.setdefault(("m", pk), []).append(name)
    if notes:
        noted = NoteAttachment.objects.filter(shown, note__in=notes).order_by("position", "id")
        for pk, name in noted.values_list("note_id", "name"):
            found.setdefault(("n", pk), []).append(name)
    return found


# ---- people ----------------------------------------------------------------------------------------------------------


def _people(ids: Sequence[int]) -> dict[int, list[str]]:
    """Of persons their names, addresses, phones, contract numbers and organisation; nothing of whoever was erased."""
    found: dict[int, list[str]] = {}
    rows = Person.objects.filter(id__in=ids, erased_at=None)
    for pk, name, organisation in rows.values_list("id", "name", "organisation__name"):
        found[pk] = [part for part in (name, organisation) if part]
    for pk, shown in (
        Identity.objects.filter(person__in=found, erased_at=None).order_by("id").values_list("person_id", "shown")
    ):
        found[pk].append(shown)
    for pk, number in Contract.objects.filter(person__in=found).order_by("id").values_list("person_id", "number"):
        found[pk].append(number)
    return found


def people(ids: Collection[int]) -> Made:
    """The entries of these persons (ids of persons; the owners are these below nought). Who was joined to another, or
    erased, has none."""
    made = Made({-one: {} for one in ids}, [])
    alone = Person.objects.filter(id__in=ids, joined_to=None, erased_at=None)
    joined: dict[int, list[int]] = {pk: [pk] for pk in alone.values_list("id", flat=True)}
    for pk, root in Person.objects.filter(joined_to__in=joined).values_list("id", "joined_to_id"):
        joined[root].append(pk)
    known = _people([pk for all_of in joined.values() for pk in all_of])
    for root, all_of in joined.items():
        about = list(dict.fromkeys(part for pk in all_of for part in known.get(pk, [])))
        if not about:
            continue
        mark = crc32(repr((VERSION, about)).encode())
        reading = Reading()
        terms = bounded(" ".join(marks.person(place) for place in reading.analyse(" ; ".join(about)).split()))
        made.wanted[-root][0] = mark
        made.entries.append(Entry(-root, -root, 0, mark, f"about:{len(terms.split())}", terms, reading.words))
    return made
