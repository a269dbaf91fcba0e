"""Looking for something: the one way for the page, the palette, the lists and the API."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from vikno.core.text import whole_number
from vikno.search import people, ranking, second_try
from vikno.search.analyser.tokens import digits_of
from vikno.search.language import Query, Word, read
from vikno.search.matching import AS_USUAL, EVERYWHERE, NEWEST, Found, Match, Reach, Scope, among, key_in, newest
from vikno.search.ranking import Hit
from vikno.search.state import current, is_marked, not_yet
from vikno.staff.access import Viewer
from vikno.tickets import access
from vikno.tickets.models import Ticket, TicketAlias

MOST_LOOKS = 5  # at older matches, when phrases leave none of the newest
AGAIN = 5.0  # seconds that a look may take which was taken before, to answer the same
GUESSING = 0.5  # seconds for telling what finds nothing and what does, when nothing was found
GUESSING_UNMARKED = 0.05  # the same where each look may be at all that has a word


@dataclass(slots=True)
class Answer:
    """What was found. `hits` are ranked among the newest matches; `older` is where the next ones begin, "" at the end.
    `unfinished`: looking took long enough, and is to be gone on with from there. `shown_for` is the text that was
    looked for in place of the one typed, "" if it was that."""

    query: Query
    hits: list[Hit] = field(default_factory=list)
    exact: list[int] = field(default_factory=list)  # ids of tickets of this very number
    people: list[people.Found] = field(default_factory=list)
    older: str = ""
    unfinished: bool = False
    shown_for: str = ""
    begun: bool = False  # the last word was taken for the beginning of others
    unknown: tuple[str, ...] = ()  # words that find nothing by themselves, where `fewer`, the text without, finds
    fewer: str = ""

    @property
    def reached(self) -> str:
        """Where this look ended, for `find(…, until=…)`."""
        return f"{self.older or 0}{'+' if self.unfinished else ''}"


def find(
    viewer: Viewer, text: str, *, before: str = "", nothing_yet: bool = False, typing: bool = False,
    exactly: bool = False, until: str = "", zone: str = "UTC", scope: Scope = EVERYWHERE,
) -> Answer:  # fmt: skip
    """Look for a text. `nothing_yet`: nothing was found that is not older than `before`. `typing`: its last word is not
    finished. `exactly`: no second try. `until`: what an answer to the same has `reached`, to have that one again,
    however much time there was for it."""
    now = current()
    query = read(text, viewer, zone)
    if query.empty:
        return Answer(query)
    for one in not_yet(now, (key for key, _value in query.fields)):
        words = _("The index is being made anew: until it is done, “%(field)s:” finds only what has changed since.")
        query.problems.append(words % {"field": one})
    look = _Looking(viewer, now.active, is_marked(now), zone, scope)
    if typing and not text.endswith((" ", '"')):
        query = _open_ended(now.active, query) or query
    end = until.removesuffix("+")
    answer = look.answer(query, before, Reach(key_in(end), AGAIN) if until else AS_USUAL)
    if key_in(end) and not answer.older:
        answer.older, answer.unfinished = end, until.endswith("+")
    if not before:
        answer.exact = _of_number(viewer, query, scope)
    none = not (answer.hits or answer.exact or answer.people or answer.unfinished)
    if none and (nothing_yet or not before) and not exactly:
        known = {} if until else {query.text.strip(): False}
        return _second(look, query, known) or _without_unknown(look, query, answer, known)
    return answer


def persons(viewer: Viewer, text: str, most: int) -> list[people.Found]:
    """People alone, whom a text names; its last word may be the beginning of others."""
    now = current()
    query = read(text, viewer)
    if query.empty:
        return []
    look = _Looking(viewer, now.active, is_marked(now), "UTC", EVERYWHERE)
    return look.persons(_open_ended(now.active, query) or query, most)


def matching(viewer: Viewer, text: str, *, before: str = "", scope: Scope = EVERYWHERE, limit: int = NEWEST) -> Found:
    """Tickets that answer a text, newest first and unranked, for lists that are walked to their end (the API). One with
    the number that was asked for stands first."""
    now = current()
    query = read(text, viewer)
    if query.empty:
        return Found()
    first = [] if before else _of_number(viewer, query, scope)
    look = _Looking(viewer, now.active, is_marked(now), "UTC", scope)
    hits, older = look.matches(query, before, limit)
    rest = [match for match in hits if match.shown not in first]
    return Found([*(Match(0, pk, pk) for pk in first), *rest], older)


@dataclass(frozen=True, slots=True)
class _Looking:
    viewer: Viewer
    active: str
    marked: bool
    zone: str
    scope: Scope

    def _newest(self, query: Query, before: str = "", limit: int = NEWEST, reach: Reach = AS_USUAL) -> Found:
        return newest(
            self.viewer, self.active, query,
            before=before, scope=self.scope, limit=limit, marked=self.marked, reach=reach,
        )  # fmt: skip

    def persons(self, query: Query, most: int = people.MOST) -> list[people.Found]:
        """The people whom a query names, where all is looked at."""
        if self.scope is not EVERYWHERE:
            return []
        return people.find(self.viewer, self.active, query, most, marked=self.marked)

    def answer(self, query: Query, before: str = "", reach: Reach = AS_USUAL) -> Answer:
        """The tickets for a query, and the people if these are the newest tickets."""
        first, hits = not before, list[Hit]()
        for _look in range(MOST_LOOKS):
            found = self._newest(query, before, reach=reach)
            hits += ranking.rank(query, found.matches)
            before = found.older
            if not before or found.unfinished or len(hits) >= NEWEST // 8:
                break
        persons = self.persons(query) if first else []
        return Answer(query, hits, people=persons, older=before, unfinished=found.unfinished)

    def matches(self, query: Query, before: str, limit: int) -> tuple[list[Match], str]:
        found: list[Match] = []
        looks = 0
        while looks < MOST_LOOKS:
            page = self._newest(query, before, limit)
            kept = {hit.match.key or hit.match.ticket for hit in ranking.rank(query, page.matches)}
            found += [match for match in page.matches if (match.key or match.ticket) in kept]
            before = page.older
            if found or not before:
                break
            looks += not page.unfinished
        return found, before

    def finds(self, text: str, deadline: float) -> bool | None:
        """Whether this viewer finds a ticket or a person for a text; None if that is not known by the deadline."""
        query = read(text, self.viewer, self.zone)
        if query.empty:
            return False
        if self.persons(query, 1):
            return True
        before = ""
        while time.monotonic() < deadline:
            found = self._newest(query, before, limit=1)
            before = found.older
            if found.matches or not before:
                return bool(found.matches)
        return None


def _open_ended(active: str, query: Query) -> Query | None:
    """The query with its last word as a beginning; None if that cannot be one."""
    if not query.words or query.words[-1].end != len(query.text):
        return None
    word = second_try.begun(active, query.words[-1])
    return _with_last(query, word) if word else None


def _with_last(query: Query, word: Word) -> Query:
    return replace(query, words=[*query.words[:-1], word])


def _second(look: _Looking, query: Query, known: dict[str, bool]) -> Answer | None:
    """What was perhaps meant: beginnings first, then guesses. `known`: what is known to be found, and what is not."""
    opened = _open_ended(look.active, query)
    if opened is not None:
        begun = look.answer(opened)
        if begun.hits or begun.people or begun.unfinished:
            return replace(begun, begun=True)
    finds = _once(look, known, GUESSING if look.marked else GUESSING_UNMARKED)
    text = second_try.mended(query, look.active, finds)
    return replace(look.answer(read(text, look.viewer, look.zone)), shown_for=text) if text is not None else None


def _without_unknown(look: _Looking, query: Query, answer: Answer, known: dict[str, bool]) -> Answer:
    """The same, with the text that finds something if words that are found nowhere are left out."""
    found = second_try.without_unknown(query, _once(look, known, GUESSING))
    return replace(answer, unknown=tuple(found[0]), fewer=found[1]) if found else answer


def _once(look: _Looking, known: dict[str, bool], patience: float) -> second_try.Ask:
    """Whether something is found for a text, which is looked for but once; for so many seconds in all."""
    deadline = time.monotonic() + patience

    def finds(text: str) -> bool | None:
        if text not in known and (found := look.finds(text, deadline)) is not None:
            known[text] = found
        return known.get(text)

    return finds


def _of_number(viewer: Viewer, query: Query, scope: Scope) -> list[int]:
    """The ticket of this very number, also if it has it from another system, as it is read now."""
    if len(query.words) != 1 or query.words[0].of_subject or query.fields or query.without:
        return []
    raw = query.words[0].raw.strip("#№")
    digits = digits_of(raw) or raw
    number = whole_number(digits)
    rows = access.tickets_for(viewer).filter(deleted_at=None)
    found = list(rows.filter(number=number).values_list("id", flat=True)) if number is not None else []
    aliases = TicketAlias.objects.filter(number__in={raw, digits}).values_list("ticket_id", flat=True)[:5]
    found += rows.filter(id__in=list(aliases)).values_list("id", flat=True)
    merged = Ticket.objects.filter(id__in=found, merged_into__isnull=False).values_list("id", flat=True)
    survivors = {pk: access.survivor_id(pk) for pk in merged}
    seen = access.seen_of(viewer, survivors.values()) if survivors else set()
    read_as = [survivors[pk] if survivors.get(pk) in seen else pk for pk in found]
    there = among(read_as, scope)
    return [pk for pk in dict.fromkeys(read_as) if pk in there]
