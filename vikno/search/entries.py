"""What a ticket or a person says, as entries of the index: read from the live rows, many at a time.

A ticket is one entry: its subject, whoever takes part, its numbers and tags, and all that was said and noted in it,
with the names of files and pictures, and what attached letters and texts say. Of a long one each thirty messages are an
entry, with the same head; where these say more than an entry may hold (see portions), the rest is a further entry. So
the words of a query may stand in different messages of one ticket.

What lies folded below a letter from outside (its signature, what it quotes) is in it as far as it says what no message
of the entry says. Not in it: what was taken back or hidden, spam, older versions, drafts. As quotes may repeat what was
hidden or erased, nothing folded is read where something was, and no attached letter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from zlib import crc32

from django.db.models.functions import Left

from vikno.core.models import StoredFile
from vikno.core.typed import number_words
from vikno.dialogs.models import Addressee, Attachment, Delivery, Message, MessageText
from vikno.people.models import Contract, CustomValue, Identity, Person
from vikno.search import attached, marks
from vikno.search.analyser.tokens import Reading, analyse
from vikno.search.attached import Attached
from vikno.search.portions import head as bounded
from vikno.search.portions import portions
from vikno.search.repeats import Telling
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

VERSION = 7  # of the analyser and of what an entry holds: another one lets the index be built anew
TOGETHER = 30  # messages of one entry
LONGEST_TEXT = 1_000_000  # characters of one message that are read
LONGEST_FOLDED = 200_000  # and of what lies folded below it
FURTHER = 1_000_000  # from a part to the part that goes on with the same messages; they have the same mark
_REPLY = re.compile(r"^\s*(?:(?:re|fwd?|aw|wg|відп|ответ|пересл)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)

FOLDED = "f"  # the sign of the part that holds what lies folded below a message
ATTACHED = "x"  # and of one that holds what an attached file says: "xm7.93" is the attachment 93 of the message 7
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
    withdrawn: bool = False  # a message of it was hidden or erased


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
        base = crc32(repr((VERSION, head.subject, head.about, head.withdrawn)).encode())
        held = marks.in_order(head.marks)
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
    hanging = _attached([one for *_, said in missing for one in said])
    for ticket, part, mark, said in missing:
        for entry in _entries(ticket, part, mark, heads[ticket], said, texts, hanging):
            made.wanted[ticket][entry.part] = mark
            made.entries.append(entry)
    return made


def _entries(
    ticket: int, part: int, mark: int, head: Head, said: Sequence[Said], texts: Mapping[tuple[str, int], str],
    hanging: Mapping[tuple[str, int], Attached],
) -> list[Entry]:  # fmt: skip
    """One entry, and more of them if these messages say more than one may hold. The words are counted in the first."""
    held = set(head.marks)
    for there in (hanging[kind, pk] for kind, pk, _version, _at in said if (kind, pk) in hanging):
        held |= ({marks.FILE} if there.names else set()) | _marked(marks.HANGING, [*there.names, *there.inside])
    telling = Telling()
    first = [
        (marks.PART, bounded(" ".join(marks.in_order(held)))),
        ("head", bounded(telling.reading.analyse(head.subject))),
        ("about", bounded(telling.reading.analyse(" ; ".join(head.about)))),
    ]
    pieces = []
    newest = head.created
    for kind, pk, _version, at in said:
        there = hanging.get((kind, pk), Attached())
        files = [*there.texts, *([] if head.withdrawn else there.told)]
        further = "\n".join((head.subjects.get(pk, "") if kind == "m" else "", *there.names, *there.inside))
        text = telling.told(texts.get((kind, pk), ""))
        more, *inside = telling.reading.analyse_each((further, *(words for _one, words in files)))
        pieces.append((f"{kind}{pk}", f"{text} {more}".strip()))
        pieces += [(f"{ATTACHED}{kind}{pk}.{one}", read) for (one, _words), read in zip(files, inside, strict=True)]
        folded = telling.repeated(texts.get((FOLDED, pk), "")) if kind == "m" and not head.withdrawn else ""
        if folded:
            pieces.append((f"{FOLDED}{pk}", folded))
        newest = max(newest, at)
    made = []
    for number, said_here in enumerate(portions(pieces)):
        here = [*first, *said_here]
        parts = " ".join(f"{name}:{len(places.split())}" for name, places in here)
        terms = " ".join(places for _name, places in here if places)
        words = {} if number else telling.reading.words
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
            heads[pk].marks |= _marked(marks.AUTHOR, people.get(person, []))
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
    columns = ("ticket_id", "text", "number", "option__name", "contract__number")
    for ticket, text, amount, option, contract in values.values_list(*columns):
        plain = text or option or contract or (f"{amount.normalize():f}" if amount is not None else "")
        if plain:
            heads[ticket].about.append(plain)


def _add_said(heads: Mapping[int, Head]) -> None:
    """Which messages and notes there are, and who wrote to whom."""
    links = Link.objects.filter(ticket__in=heads, ended_act=None, message__unsent_at=None).exclude(
        message__kind=Message.Kind.SPAM
    )
    columns = (
        "ticket_id", "message_id", "message__version", "arrived_at", "message__subject", "message__author",
        "message__identity_id", "message__agent__person__name", "message__dialog_id", "message__dialog__identity_id",
        "message__dialog__address__address", "message__hidden_at", "message__erased_at",
    )  # fmt: skip
    authors: dict[int, set[int]] = {}  # identity → tickets
    recipients: dict[int, set[int]] = {}
    copied: dict[int, set[int]] = {}
    incoming: dict[int, set[int]] = {}  # message → tickets
    outgoing: dict[int, set[int]] = {}
    for (
        ticket, pk, version, at, subject, author, identity, agent, _dialog, counterpart, address, hidden, erased,
    ) in links.values_list(*columns):  # fmt: skip
        head = heads[ticket]
        head.withdrawn |= bool(hidden or erased)
        if hidden:
            continue
        head.said.append(("m", pk, version, int(at.timestamp())))
        plain = _REPLY.sub("", subject)
        if plain and plain != head.subject:
            head.subjects[pk] = plain
        if author == Message.Author.CUSTOMER and identity:
            authors.setdefault(identity, set()).add(ticket)
            head.marks |= _marked(marks.RECIPIENT, [address] if address else [])
            incoming.setdefault(pk, set()).add(ticket)
        elif agent:
            outgoing.setdefault(pk, set()).add(ticket)
            head.marks |= _marked(marks.AUTHOR, [agent])
            recipients.setdefault(counterpart, set()).add(ticket)
            if agent not in head.about:
                head.about.append(agent)
    _add_recipients(incoming, outgoing, recipients, copied)
    _add_identities(heads, {marks.AUTHOR: authors, marks.RECIPIENT: recipients, marks.COPIED: copied})
    notes = Note.objects.filter(ticket__in=heads)
    for ticket, pk, version, at in notes.values_list("ticket_id", "id", "version", "at"):
        heads[ticket].said.append(("n", pk, version, int(at.timestamp())))
    for head in heads.values():
        head.said.sort(key=lambda one: (one[3], one[0], one[1]))
        head.about = list(dict.fromkeys(head.about))


def _add_recipients(
    incoming: Mapping[int, set[int]], outgoing: Mapping[int, set[int]], recipients: dict[int, set[int]],
    copied: dict[int, set[int]],
) -> None:  # fmt: skip
    """To whom messages went, and who had them in copy: of those from outside whoever they were written to beside us."""
    sent = Delivery.objects.filter(message__in=outgoing)
    for message, identity, role in sent.values_list("message_id", "identity_id", "role"):
        recipients.setdefault(identity, set()).update(outgoing[message])
        if role != Delivery.Role.TO:
            copied.setdefault(identity, set()).update(outgoing[message])
    if incoming:
        others = Addressee.objects.filter(message__in=incoming)
        for message, identity in others.values_list("message_id", "identity_id"):
            copied.setdefault(identity, set()).update(incoming[message])


def _add_identities(heads: Mapping[int, Head], of_sign: Mapping[str, Mapping[int, set[int]]]) -> None:
    """Names and addresses of those who have something to do with the tickets: sign → identity → tickets."""
    rows = Identity.objects.filter(id__in={pk for of in of_sign.values() for pk in of}, erased_at=None)
    for pk, shown, name in rows.values_list("id", "shown", "person__name"):
        known = [part for part in (name, shown) if part]
        for sign, of in of_sign.items():
            for ticket in sorted(of.get(pk, ())):
                heads[ticket].marks |= _marked(sign, known)
                heads[ticket].about += [part for part in known if part not in heads[ticket].about]


def _marked(sign: str, texts: Iterable[str]) -> set[str]:
    """The terms of names under a sign of their own (see marks)."""
    return {mark for text in texts for mark in _marks(sign, text)}


@lru_cache(maxsize=2000)
def _marks(sign: str, text: str) -> tuple[str, ...]:
    return tuple({f"{sign}{term}" for place in analyse(text).split() for term in place.split("|") if term})


# ---- what was said ---------------------------------------------------------------------------------------------------


def _texts(said: Iterable[Said]) -> dict[tuple[str, int], str]:
    """The text of messages and notes in the version that is shown, and (as FOLDED) what lies folded below messages from
    outside: below those of agents it is what the desk itself quotes."""
    messages = {pk: version for kind, pk, version, _at in said if kind == "m"}
    notes = {pk: version for kind, pk, version, _at in said if kind == "n"}
    found: dict[tuple[str, int], str] = {}
    beginning = Left("text", LONGEST_TEXT)
    said_here = MessageText.objects.filter(message__in=messages)
    rows: Any = said_here.values_list("message_id", "version", beginning)
    found |= {("m", pk): text for pk, version, text in rows if messages[pk] == version}
    rows = said_here.filter(message__author=Message.Author.CUSTOMER).exclude(quoted="")
    for pk, version, text in rows.values_list("message_id", "version", Left("quoted", LONGEST_FOLDED)):
        if messages[pk] == version:
            found[FOLDED, pk] = text
    if notes:
        rows = NoteText.objects.filter(note__in=notes).values_list("note_id", "version", beginning)
        found |= {("n", pk): text for pk, version, text in rows if notes[pk] == version}
    return found


def _attached(said: Iterable[Said]) -> dict[tuple[str, int], Attached]:
    """What hangs on messages and notes, in its order."""
    found: dict[tuple[str, int], Attached] = {}
    messages = [pk for kind, pk, *_ in said if kind == "m"]
    notes = [pk for kind, pk, *_ in said if kind == "n"]
    columns = ("id", "name", "type", "inline", "file_id")
    rows = Attachment.objects.filter(message__in=messages).order_by("position", "id")
    hanging = [("m", *row) for row in rows.values_list("message_id", *columns)]
    if notes:
        noted = NoteAttachment.objects.filter(note__in=notes).order_by("position", "id")
        hanging += [("n", *row) for row in noted.values_list("note_id", *columns)]
    readable: dict[int, tuple[Attached, int, attached.Kind]] = {}
    counted: Counter[tuple[str, int]] = Counter()
    for sort, pk, attachment, name, media_type, inline, file in hanging:
        one = found.setdefault((sort, pk), Attached())
        if name:
            (one.inside if inline else one.names).append(name)
        kind = attached.kind_of(name, media_type) if file and not inline else None
        if kind is not None and counted[sort, pk] < attached.MOST_FILES:
            counted[sort, pk] += 1
            readable[file] = (one, attachment, kind)
    stored = StoredFile.objects.in_bulk(readable) if readable else {}
    for file, (one, attachment, kind) in readable.items():
        if text := attached.text_of(kind, stored[file]) if file in stored else "":
            (one.told if kind.told else one.texts).append((attachment, text))
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


def _said_of(ids: Sequence[int]) -> dict[int, list[str]]:
    """Texts and numbers of their custom fields. What is chosen is not read: its name may change without them."""
    found: dict[int, list[str]] = {}
    values = CustomValue.objects.filter(person__in=ids, current=True).order_by("id")
    for pk, text, amount in values.values_list("person_id", "text", "number"):
        plain = text or (number_words(amount) if amount is not None else "")
        if plain:
            found.setdefault(pk or 0, []).append(plain)
    return found


def people(ids: Collection[int]) -> Made:
    """The entries of these persons (ids of persons; the owners are these below nought). Who was joined to another, or
    erased, has none."""
    made = Made({-one: {} for one in ids}, [])
    alone = Person.objects.filter(id__in=ids, joined_to=None, erased_at=None)
    joined: dict[int, list[int]] = {pk: [pk] for pk in alone.values_list("id", flat=True)}
    for pk, root in Person.objects.filter(joined_to__in=joined).values_list("id", "joined_to_id"):
        joined[root].append(pk)
    everybody = [pk for all_of in joined.values() for pk in all_of]
    known, said = _people(everybody), _said_of(everybody)
    for root, all_of in joined.items():
        about = list(dict.fromkeys(part for pk in all_of for part in (*known.get(pk, []), *said.get(pk, []))))
        if not about:
            continue
        mark = crc32(repr((VERSION, about)).encode())
        reading = Reading()
        terms = bounded(" ".join(marks.person(place) for place in reading.analyse(" ; ".join(about)).split()))
        made.wanted[-root][0] = mark
        made.entries.append(Entry(-root, -root, 0, mark, f"about:{len(terms.split())}", terms, reading.words))
    return made
