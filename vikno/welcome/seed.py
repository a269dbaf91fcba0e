"""Made-up history in any amount, for trying and measuring: lifelike in its shape, cheap, the same for the same seed."""

from __future__ import annotations

import bisect
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, islice
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from vikno.core import clock, ids
from vikno.core.models import Brand, Company
from vikno.core.text import sort_key
from vikno.dialogs.models import Channel, ChannelAddress
from vikno.journal.acts import Kind
from vikno.journal.models import Event
from vikno.journal.readers import last_event, run_once
from vikno.journal.vocabulary import Verb
from vikno.people.models import Contract, Identity, Organisation, Person
from vikno.search import filling
from vikno.search.readers import READER
from vikno.staff.models import Agent, Membership, Team
from vikno.tickets.actions.fields import tag_named
from vikno.tickets.models import Category, Priority, Stage, Status, TicketType
from vikno.welcome import story
from vikno.welcome.bulk import Bulk, Table, instant
from vikno.welcome.finding import Finding
from vikno.welcome.phrases import Phrases, Problem
from vikno.welcome.phrases.en import EN
from vikno.welcome.phrases.ru import RU
from vikno.welcome.phrases.uk import UK
from vikno.welcome.story import Setting, Story

LANGUAGES: tuple[tuple[str, Phrases, float], ...] = (("uk", UK, 0.5), ("ru", RU, 0.28), ("en", EN, 0.22))
YEARS = 2
BATCH = 400  # tickets in one transaction: some seconds of made-up letters, about half a second of writing
HOURS = (1, 1, 1, 1, 1, 2, 5, 14, 40, 70, 80, 75, 55, 62, 72, 68, 55, 38, 22, 14, 10, 7, 4, 2)  # weight of each hour
WEEKDAYS = (1.2, 1.1, 1.0, 1.0, 0.95, 0.35, 0.25)
LENGTHS = (2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 9)  # messages of a thread; 5 on average
MAIL_HOSTS = ("ukr.example", "mail.example", "post.example", "inbox.example", "firma.example")


class NotSetUp(Exception):
    """There is no company to make a history for."""


class InUse(Exception):
    """People work with this company: made-up requests among theirs could never be told apart again."""


@dataclass(frozen=True, slots=True)
class Progress:
    tickets: int
    messages: int
    seconds: float


class Seeder:
    """One run: what it knows of the company, and its own randomness."""

    def __init__(self, tickets: int, messages: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.wanted, self.wanted_messages = tickets, messages
        self.now = int(clock.now().timestamp())
        self.bulk = story.tables()
        self.people: list[tuple[story.Person, int | None]] = []  # with their contract
        self.phones: list[tuple[story.Person, int | None]] = []
        self.told = 0
        while run_once(READER):  # then it stands right before what is written here, and need not read all of that
            pass
        with transaction.atomic():
            self._read_company()
            after, before = last_event(), Person.objects.order_by("-id").values_list("id", flat=True).first() or 0
            self._make_staff()
            self._make_people()
            found = list(Person.objects.filter(id__gt=before).values_list("id", flat=True))
            filling.ask_for_new(after, people=found)
            self.new_people = iter(found)
            self.people_each = -(-len(found) * BATCH // self.wanted)  # read with each batch of tickets

    # ---- the company and its people ---------------------------------------------------------------------------------

    def _read_company(self) -> None:
        company = Company.objects.first()
        if company is None:
            raise NotSetUp("There is no company yet. Run `vikno setup` first, or set it up in the browser.")
        self.zone = ZoneInfo(company.zone)
        statuses = {
            stage: list(
                Status.objects.filter(stage=stage, archived_at=None)
                .order_by("-default", "position")
                .values_list("id", flat=True)
            )
            for stage in Stage.values
        }
        self.mail_channel = Channel.objects.filter(kind="email").order_by("id").first()
        self.channels = list(Channel.objects.filter(kind="phone", active=True).values_list("id", flat=True))
        address = ChannelAddress.objects.filter(channel=self.mail_channel).first() if self.mail_channel else None
        self.address = address.id if address else None
        self.here = Setting(
            brand=Brand.objects.order_by("id").values_list("id", flat=True)[0],
            statuses=statuses,
            priorities=dict(Priority.objects.values_list("rank", "id")),
            true_actors=False,
            act=ids.act_id(),
            now=self.now,
            host=address.address.partition("@")[2] if address else "seed.example",
        )
        if not self.channels and not self.mail_channel:
            raise NotSetUp("There is no channel yet. Make one first: `vikno setup --address help@firm.example`.")
        self.teams = list(Team.objects.filter(archived_at=None).order_by("-default", "id").values_list("id", flat=True))
        self.types: list[int | None] = [*TicketType.objects.values_list("id", flat=True)] or [None]
        self.categories: list[tuple[int | None, int | None]] = [*Category.objects.values_list("id", "team_id")] or [
            (None, None)
        ]
        self.ranks = sorted(self.here.priorities)

    def _make_staff(self) -> None:
        """Some agents in every team, all of them with work, and the tags that they use."""
        rng, count = self.random, max(4, min(60, self.wanted // 400))
        self.agents: dict[int, list[int]] = {team: [] for team in self.teams}
        for place in range(count):
            language, phrases = self._language()
            name = f"{rng.choice(phrases.first_names)} {rng.choice(phrases.surnames)}"
            person = Person.objects.create(name=name, sort_key=sort_key(name), language=language)
            agent = Agent.objects.create(
                person=person, role=Agent.Role.LEAD if place < len(self.teams) else Agent.Role.AGENT
            )
            team = self.teams[place % len(self.teams)]
            for one in {team, rng.choice(self.teams)}:
                Membership.objects.create(team_id=one, agent=agent, lead=one == team and place < len(self.teams))
                self.agents[one].append(agent.id)
        tags: set[int] = set()  # some words are the same in two languages
        for name in (*UK.tags, *RU.tags, *EN.tags):
            tags.add(tag_named(name).id)
        self.tags = sorted(tags)

    def _make_people(self) -> None:
        """Customers, some of organisations, some with contracts: about one for four tickets."""
        rng = self.random
        bulk = Bulk(
            organisations=Table(Organisation, "id", "name", "sort_key", "created_at"),
            persons=Table(Person, "id", "name", "sort_key", "language", "organisation_id", "created_at"),
            identities=Table(
                Identity, "id", "person_id", "kind", "value", "shown", "preferred", "verified_by", "verified_at",
                "created_at",
            ),
            contracts=Table(Contract, "id", "number", "person_id"),
        )  # fmt: skip
        since = instant(self.now - YEARS * 365 * 86_400)
        # Two runs on one database must not make the same address, though they make the same words.
        last = Person.objects.order_by("-id").values_list("id", flat=True)[0]
        mark = f"{rng.getrandbits(24):06x}{last:x}"
        base = 500_000_000 + last
        with bulk.batch():
            organisations = [next(bulk.organisations.ids) for _ in range(max(3, self.wanted // 200))]
            for one in organisations:
                name = f"{rng.choice(('ТОВ', 'ФОП', 'ООО', 'Studio', 'Group'))} {rng.choice(UK.surnames)} {one}"
                bulk.organisations.rows.append((one, name, sort_key(name), since))
            for place in range(max(5, self.wanted // 4)):
                language, phrases = self._language()
                name = f"{rng.choice(phrases.first_names)} {rng.choice(phrases.surnames)}"
                person, identity = next(bulk.persons.ids), next(bulk.identities.ids)
                firm = rng.choice(organisations) if rng.random() < 0.3 else None
                address = f"p{place}.{mark}@{rng.choice(MAIL_HOSTS)}"
                verified = rng.random() < 0.4
                bulk.persons.rows.append((person, name, sort_key(name), language, firm, since))
                bulk.identities.rows.append((
                    identity, person, "email", address, address, True, "link" if verified else "",
                    since if verified else None, since,
                ))  # fmt: skip
                contract = None
                if rng.random() < 0.1:
                    contract = next(bulk.contracts.ids)
                    bulk.contracts.rows.append((contract, f"{mark[:3].upper()}-{100000 + place}", person))
                self.people.append((story.Person(person, identity, name, language), contract))
                if place == 0 or rng.random() < 0.2:
                    identity, phone = next(bulk.identities.ids), f"+38{base + place:010}"
                    bulk.identities.rows.append((identity, person, "phone", phone, phone, False, "", None, since))
                    self.phones.append((story.Person(person, identity, name, language), contract))

    def _language(self) -> tuple[str, Phrases]:
        draw = self.random.random()
        for language, phrases, share in LANGUAGES:
            draw -= share
            if draw < 0:
                return language, phrases
        return LANGUAGES[0][0], LANGUAGES[0][1]

    # ---- time -------------------------------------------------------------------------------------------------------

    def _beginnings(self) -> Iterator[int]:
        """When each ticket begins, in order: over two years, mostly in office hours, growing slowly."""
        first = self.now - YEARS * 365 * 86_400
        offset = int(datetime.fromtimestamp(self.now, UTC).astimezone(self.zone).utcoffset().total_seconds())  # type: ignore[union-attr]
        hours = range((first + 3600) // 3600, self.now // 3600)
        weights = []
        for hour in hours:
            day, of_day = divmod(hour + offset // 3600, 24)
            growth = 0.7 + 0.6 * (hour - hours[0]) / len(hours)
            weights.append(HOURS[of_day] * WEEKDAYS[(day + 3) % 7] * growth)  # 1970 began on a Thursday
        sums = list(accumulate(weights))
        for place in range(self.wanted):
            at = (place + self.random.random()) * sums[-1] / self.wanted
            index = min(bisect.bisect_left(sums, at), len(sums) - 1)
            before = sums[index - 1] if index else 0.0
            yield hours[index] * 3600 + int(3599 * (at - before) / max(weights[index], 1e-9))

    def _later(self, at: int, mean: float) -> int:
        """Some time after: usually less than `mean` seconds, sometimes much more; at night it waits for the morning."""
        at += 60 + int(self.random.expovariate(1 / mean))
        of_day = at % 86_400
        if of_day < 6 * 3600 or of_day > 18 * 3600:  # UTC hours; what the office east of London calls night
            at += (30 * 3600 - of_day) % 86_400 + self.random.randrange(7200)
        return at

    # ---- tickets ----------------------------------------------------------------------------------------------------

    def run(self, tell: Callable[[Progress], None] = lambda progress: None) -> Progress:
        """Write all tickets, in transactions of some hundred; `tell` hears of each."""
        began, done = clock.now(), 0
        alive = max(0.02, min(0.3, 600 / self.wanted))
        beginnings = self._beginnings()
        progress = Progress(0, 0, 0.0)
        with _fast_writing(), Finding(self.wanted) as finding:
            while done < self.wanted:
                with transaction.atomic():
                    after = last_event()
                    with self.bulk.batch():
                        for _ in range(min(BATCH, self.wanted - done)):
                            self._tell_one(next(beginnings), self._is_alive(done, alive), self.wanted - done)
                            done += 1
                        made = [row[0] for row in self.bulk.tickets.rows]
                    filling.ask_for_new(after, tickets=made)
                    finding.put()
                finding.give([*made, *(-person for person in islice(self.new_people, self.people_each))])
                progress = Progress(done, self.told, (clock.now() - began).total_seconds())
                tell(progress)
            with transaction.atomic():
                finding.put(0)
        return progress

    def _is_alive(self, place: int, share: float) -> bool:
        """Most that are open are recent; a few are forgotten."""
        from_end = (self.wanted - place) / self.wanted
        if from_end < share * 1.8:
            return self.random.random() < 0.5
        return self.random.random() < share * 0.1

    def _tell_one(self, at: int, alive: bool, left: int) -> None:
        rng = self.random
        by_mail = self.mail_channel is not None and (not self.channels or rng.random() < 0.9)
        people = self.people if by_mail else self.phones
        person, contract = people[int(rng.random() ** 1.7 * len(people))]  # some ask often
        phrases = _PHRASES[person.language]
        problem = rng.choice(phrases.problems)
        category, team = rng.choice(self.categories)
        team = team or self.teams[0]
        agents = self.agents.get(team) or self.agents[self.teams[0]]
        rank = rng.choices(self.ranks, _shares(len(self.ranks)))[0] if len(self.ranks) > 1 else self.ranks[0]
        agent = rng.choice(agents)
        slots = self._slots(phrases, person.name)
        tale = Story(
            self.here, self.bulk, person, at, subject=problem.subject.format_map(slots)[:500], team=team, mail=by_mail,
            channel=self.mail_channel.id if by_mail and self.mail_channel else rng.choice(self.channels),
            address=self.address if by_mail else None, type=rng.choice(self.types), category=category, priority=rank,
            contract=contract, entered_by=None if by_mail else agent,
        )  # fmt: skip
        mean = (self.wanted_messages - self.told) / left
        length = max(1, round(rng.choice(LENGTHS) * mean / 5 + rng.random() - 0.5))
        self.told += self._converse(tale, phrases, problem, slots, agent, at, length, alive)
        if rng.random() < 0.25:
            tale.tag(tale.last + 1, sorted(rng.sample(self.tags, rng.choice((1, 1, 2)))), agent)
        tale.end()

    def _slots(self, phrases: Phrases, name: str) -> dict[str, str]:
        rng = self.random
        return {
            "n": str(rng.randrange(10_000, 999_999)), "thing": rng.choice(phrases.things),
            "place": rng.choice(phrases.places), "day": rng.choice(phrases.days), "name": name.partition(" ")[0],
        }  # fmt: skip

    def _converse(
        self, tale: Story, phrases: Phrases, problem: Problem, slots: dict[str, str], agent: int, at: int, length: int,
        alive: bool,
    ) -> int:  # fmt: skip
        """Turn about until the wanted length, or until now; answers how many messages were said."""
        rng = self.random
        tale.asks(at, self._first(phrases, problem, tale.person.name).format_map(slots))
        if alive and rng.random() < 0.2:  # nobody took it yet
            return 1
        tale.opens(at + 30, agent)
        said, customer = 1, False
        at = self._later(at, 3 * 3600)
        while said < length and at < self.now - 120:
            if said == 1:
                tale.assign(at - 60, agent)
            if customer:
                last = said == length - 1 and not alive
                tale.asks(at, self._more(phrases, last).format_map(slots), kind="thanks" if last else "ordinary")
            else:
                tale.replies(at, agent, self._answer(phrases, problem).format_map(slots))
                if rng.random() < 0.15:
                    tale.turn(at + 1, Stage.WAITING, agent, rng.choice(self.here.statuses[Stage.WAITING]))
                if rng.random() < 0.08:
                    tale.notes(at + 20, agent, rng.choice(phrases.notes))
            said += 1
            customer = not customer if rng.random() < 0.85 else customer
            at = self._later(at, 5 * 3600)
        if not alive:
            tale.turn(min(max(tale.last + 30, at - 7200), max(self.now, tale.last)), Stage.CLOSED, agent)
        return said

    # ---- words ------------------------------------------------------------------------------------------------------

    def _first(self, phrases: Phrases, problem: Problem, name: str) -> str:
        pick = self.random.choice
        asks = " ".join(problem.asks) if self.random.random() < 0.6 else pick(problem.asks)
        more = f"{pick(phrases.details)} {pick(phrases.details)}"
        return f"{pick(phrases.greetings)}\n\n{asks} {more}\n\n{pick(phrases.farewells)}\n{name}"

    def _more(self, phrases: Phrases, last: bool) -> str:
        pick = self.random.choice
        return pick(phrases.thanks) if last else f"{pick(phrases.follow_ups)} {pick(phrases.details)}"

    def _answer(self, phrases: Phrases, problem: Problem) -> str:
        pick = self.random.choice
        return f"{pick(phrases.openers)}\n\n{pick(problem.answers)} {pick(phrases.steps)}\n\n{pick(phrases.closers)}"


_PHRASES = {language: phrases for language, phrases, _share in LANGUAGES}


def _shares(count: int) -> list[float]:
    """Most tickets have an ordinary priority: the second lowest."""
    return [0.1, 0.72, 0.14, 0.04, *([0.01] * count)][:count]


class _fast_writing:
    """A larger memory for SQLite's pages while very many rows are written; back to the usual afterwards."""

    def __enter__(self) -> None:
        self._pragma("cache_size=-262144")
        self._pragma("wal_autocheckpoint=16000")

    def __exit__(self, *_error: object) -> None:
        self._pragma("wal_autocheckpoint=1000")
        self._pragma("cache_size=-4000")

    def _pragma(self, words: str) -> None:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA {words}")


def must_be_ready(*, also_in_use: bool) -> None:
    """Raises NotSetUp without a company, also where there are no tables yet, and InUse where there is a request of
    somebody's (what was imported or made up does not count), unless that is wanted."""
    if Company._meta.db_table not in connection.introspection.table_names() or not Company.objects.exists():
        raise NotSetUp("There is no company yet. Run `vikno setup` first, or set it up in the browser.")
    real = Event.objects.filter(verb=Verb.TICKET_CREATED).exclude(actor_kind=Kind.IMPORT)
    if not also_in_use and real.exists():
        raise InUse(
            "People work with this company: made-up requests among theirs cannot be taken out again. Nothing was made. "
            "Name a folder for trying with --data, or say --yes if you mean this one."
        )


def seed(
    tickets: int, messages: int, random_seed: int, tell: Callable[[Progress], None] = lambda progress: None
) -> Progress:
    """Make so many tickets and about so many messages. Raises NotSetUp without a company."""
    return Seeder(tickets, messages, random_seed).run(tell)
