"""The demo: the inbox of a small shop as one would find it on a working day, told backwards from now.

It has no passwords, sends nothing outside (core.Company.demo) and looks the same each time but for the hours.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from vikno.core import clock, files, ids
from vikno.core.clock import end_of_day
from vikno.core.text import sort_key
from vikno.dialogs.models import Channel, ChannelAddress
from vikno.people.models import Contract, Identity, Organisation, Person
from vikno.search import filling
from vikno.staff.models import Agent, Membership, Team
from vikno.tickets.actions.fields import tag_named
from vikno.tickets.models import Category, Priority, Stage, Status, TicketType
from vikno.welcome import actions, demo_templates, story
from vikno.welcome.presets import SHOP
from vikno.welcome.story import Setting, Story
from vikno.welcome.tales import Tale
from vikno.welcome.tales.en import EN
from vikno.welcome.tales.ru import RU
from vikno.welcome.tales.uk import UK

ZONE = "Europe/Kyiv"
ADDRESS = "help@kashtan.example"
OWNER = ("oksana", "Оксана Левченко", "oksana@kashtan.example")
# Short name: full name, role, places of teams in the preset of a shop, lead of them.
AGENTS = {
    "iryna": ("Ірина Мельник", Agent.Role.LEAD, (0,), True),
    "daryna": ("Дарина Коваль", Agent.Role.AGENT, (0, 1), False),
    "taras": ("Тарас Гнатюк", Agent.Role.LEAD, (1,), True),
    "andriy": ("Андрій Бойко", Agent.Role.AGENT, (2, 0), False),
    "pavlo": ("Павло Ткаченко", Agent.Role.LEAD, (3,), True),
    "bohdan": ("Богдан Сірко", Agent.Role.OBSERVER, (1,), False),
}
SIGNED = {"uk": "Команда «Каштану»", "ru": "Команда «Каштана»", "en": "The Kashtan team"}
_HTML = re.compile(r"<[^>]+>")
_BLOCK_END = re.compile(r"</(p|li|tr|ul|table)>|<br>")
_CELL_END = re.compile(r"</t[hd]>")
_STAGES = {"wait": Stage.WAITING, "close": Stage.CLOSED, "supplier": Stage.WAITING}


def make_demo(language: str = "uk", now: datetime | None = None) -> Agent:
    """Set the shop up and fill its inbox, in one transaction; answers its owner. Raises AlreadySetUp."""
    with transaction.atomic():
        installed = actions.set_up(
            company="Каштан" if language != "en" else "Kashtan", name=OWNER[1], email=OWNER[2], password=None,
            language=language, zone=ZONE, preset="shop", address=ADDRESS, demo=True,
        )  # fmt: skip
        Inbox(installed, now or clock.now()).fill()
        demo_templates.write(language)
        filling.ask(people=Person.objects.values_list("id", flat=True))  # no event tells of them
    return installed.owner


class Inbox:
    """What the stories are told with: ids of the shop's rows by the places and names that tales use."""

    def __init__(self, installed: actions.Installed, now: datetime) -> None:
        self.now, self.zone = now, ZoneInfo(ZONE)
        language = installed.company.language
        by_name = {team.name: team for team in Team.objects.all()}
        self.teams = [by_name[plan.name.said_in(language)] for plan in SHOP.teams]
        self.agents = {OWNER[0]: installed.owner.id} | {
            name: self._agent(name, *known) for name, known in AGENTS.items()
        }
        self.channels = dict(Channel.objects.values_list("kind", "id"))
        self.address = ChannelAddress.objects.values_list("id", flat=True).get(address=ADDRESS)
        statuses = Status.objects.order_by("-default", "position")
        self.here = Setting(
            brand=installed.brand.id,
            statuses={stage: [one.id for one in statuses if one.stage == stage] for stage in Stage.values},
            priorities=dict(Priority.objects.values_list("rank", "id")),
            true_actors=True,
            act=ids.act_id(),
            now=int(now.timestamp()),
            host=ADDRESS.partition("@")[2],
        )
        self.supplier = statuses.get(name=SHOP.statuses[4].name.said_in(language)).id
        top = Category.objects.filter(parent=None).order_by("position")
        self.categories = [
            (one.id, list(one.children.order_by("position").values_list("id", flat=True))) for one in top
        ]
        self.types = list(TicketType.objects.order_by("position").values_list("id", flat=True))
        self.tags: dict[str, int] = {}
        self.persons: dict[str, story.Person] = {}
        self.contracts: dict[str, int] = {}
        self.bulk = story.tables()
        for team in self.teams:
            team.signature = SIGNED
            team.save(update_fields=["signature"])

    def _agent(self, short: str, name: str, role: str, teams: tuple[int, ...], lead: bool) -> int:
        person = Person.objects.create(name=name, sort_key=sort_key(name), language="uk")
        address = f"{short}@kashtan.example"
        Identity.objects.create(
            person=person, kind="email", value=address, shown=address, preferred=True, verified_by="agent",
            verified_at=self.now,
        )  # fmt: skip
        agent = Agent.objects.create(person=person, role=role)
        for place in teams:
            Membership.objects.create(team=self.teams[place], agent=agent, lead=lead)
        return agent.id

    # ---- telling ----------------------------------------------------------------------------------------------------

    def fill(self) -> None:
        tales = sorted((*UK, *RU, *EN), key=lambda tale: self._instant(tale.steps[0][0]))
        languages = {id(tale): language for language, some in (("uk", UK), ("ru", RU), ("en", EN)) for tale in some}
        for tale in tales:
            self._prepare(tale, languages[id(tale)])
        open_ones: dict[str, Story] = {}
        told: list[Story] = []
        with self.bulk.batch():
            for tale in tales:
                one = self._begin(tale)
                self._step(tale, one, tale.steps[0], one.created)
                self._place(tale, one)
                for step in tale.steps[1:]:
                    # Shortly after midnight some minutes ago may lie before yesterday evening: the order is kept.
                    self._step(tale, one, step, max(self._instant(step[0]), one.last + 20))
                told.append(one)
                if tale.key:
                    open_ones[tale.key] = one
            for tale in tales:
                if tale.merged_into:
                    absorbed, survivor = open_ones[tale.key], open_ones[tale.merged_into]
                    absorbed.merge_into(self._instant("d7 16:02"), survivor, self.agents["andriy"])
            # Those that are pointed to are written first (see story.tables).
            for one in sorted(told, key=lambda one: one.merged_into is not None):
                one.end()

    def _instant(self, when: str) -> int:
        """`m35`: minutes ago; `d3 10:14`: days ago, at that hour in the shop's zone."""
        if when.startswith("m"):
            return int((self.now - timedelta(minutes=int(when[1:]))).timestamp())
        days, _, clock_time = when[1:].partition(" ")
        day = self.now.astimezone(self.zone).date() - timedelta(days=int(days))
        hour, minute = clock_time.split(":")
        return int(datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=self.zone).timestamp())

    def _prepare(self, tale: Tale, language: str) -> None:
        """The person, their address, contract and the tags: ordinary rows, before the stories are written in bulk."""
        for name in tale.tags:
            if name not in self.tags:
                self.tags[name] = tag_named(name).id
        kind = {"email": "email", "phone": "phone", "in_person": "place"}[tale.channel]
        person = Person.objects.filter(name=tale.who).first() or Person.objects.create(
            name=tale.who, sort_key=sort_key(tale.who), language=language, organisation=self._organisation(tale)
        )
        value = f"person:{person.id}" if kind == "place" else tale.address
        shown = "" if kind == "place" else tale.address
        identity, _made = Identity.objects.get_or_create(
            kind=kind, value=value, defaults={"person": person, "shown": shown, "preferred": kind == "email"}
        )
        self.persons[tale.who + tale.address] = story.Person(person.id, identity.id, tale.who, language)
        if tale.contract:
            contract, _made = Contract.objects.get_or_create(number=tale.contract, defaults={"person": person})
            self.contracts[tale.contract] = contract.id

    def _organisation(self, tale: Tale) -> Organisation | None:
        name = {"Василь Гончар": "ТОВ «Полісся-Агро»", "Marcus Becker": "Café Zeitlos"}.get(tale.who)
        return Organisation.objects.create(name=name, sort_key=sort_key(name)) if name else None

    def _begin(self, tale: Tale) -> Story:
        top, children = self.categories[tale.category[0]]
        mail = tale.channel == "email"
        return Story(
            self.here, self.bulk, self.persons[tale.who + tale.address], self._instant(tale.steps[0][0]),
            subject=tale.subject, channel=self.channels[tale.channel], team=self.teams[tale.team].id,
            address=self.address if mail else None, mail=mail, type=self.types[tale.type],
            category=children[tale.category[1]] if len(tale.category) > 1 else top, priority=tale.priority,
            contract=self.contracts.get(tale.contract), entered_by=None if mail else self.agents["iryna"],
            act=ids.act_id(),
        )  # fmt: skip

    def _step(self, tale: Tale, one: Story, step: tuple[str, ...], when: int) -> None:
        who, _, verb = step[1].partition(" ")
        one.act = ids.act_id()
        if who == "c":
            text, html = _both(step[2])
            message = one.asks(when, text, html, kind=verb or "ordinary", in_frame="<table" in html)
        elif not verb:
            text, html = _both(step[2])
            message = one.replies(when, self.agents[who], text, html)
        else:
            self._does(one, when, self.agents[who], verb, step)
            return
        if len(step) > 3:
            self._attach(one, message, step[3])

    def _does(self, one: Story, when: int, agent: int, verb: str, step: tuple[str, ...]) -> None:
        if one.opened is None:
            one.opens(when, agent)
        if verb == "take":
            one.assign(when, agent)
        elif verb == "note":
            one.notes(when, agent, step[2])
        elif verb in _STAGES:
            one.turn(when, _STAGES[verb], agent, self.supplier if verb == "supplier" else None)

    def _place(self, tale: Tale, one: Story) -> None:
        """What whoever saw it first did at once: tags, who else should know, until when."""
        agent = next((self.agents[name] for step in tale.steps if (name := step[1].partition(" ")[0]) != "c"), None)
        agent = agent or self.agents["iryna"]
        one.act, at = ids.act_id(), one.created + 45
        if tale.tags:
            one.tag(at, sorted(self.tags[name] for name in tale.tags), agent)
        if tale.restricted:
            one.restrict(at, agent)
        if tale.follower:
            one.follow(at, self.agents[tale.follower])
        if tale.due is not None:
            day = self.now.astimezone(self.zone).date() + timedelta(days=tale.due)
            one.set_due(at, int(end_of_day(day, ZONE).timestamp()), True, agent)

    def _attach(self, one: Story, message: int, name: str) -> None:
        content = _picture(name) if name.endswith(".png") else _page(name, one.subject)
        kind = "image/png" if name.endswith(".png") else "application/pdf"
        file = files.put(content)
        one.attach(message, file.id, name, kind, len(content))


# ---- texts and files ------------------------------------------------------------------------------------------------


def _both(text: str) -> tuple[str, str]:
    """A text as plain words and, if it was written so, as HTML."""
    if not text.startswith("<"):
        return text, ""
    plain = _HTML.sub("", _BLOCK_END.sub("\n", _CELL_END.sub("  ", text)))
    return re.sub(r"\n{3,}", "\n\n", plain).strip(), text


def _picture(name: str) -> bytes:
    """A small drawing in place of a photo: a cup on a table, cracked where the story says so."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (960, 640), (236, 229, 216))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 430, 960, 640), fill=(176, 137, 104))
    draw.ellipse((250, 400, 690, 480), fill=(150, 114, 84))
    if "відтін" in name or "оттен" in name:
        draw.rectangle((120, 120, 440, 420), fill=(214, 203, 178))
        draw.rectangle((520, 120, 840, 420), fill=(190, 178, 150))
    elif "наліпка" in name:
        draw.rounded_rectangle((220, 150, 740, 410), 18, fill=(250, 250, 248), outline=(90, 90, 90), width=4)
        for row, width in enumerate((360, 420, 280)):
            draw.rectangle((260, 200 + row * 60, 260 + width, 222 + row * 60), fill=(120, 120, 120))
    else:
        draw.ellipse((560, 230, 740, 390), outline=(92, 128, 121), width=26)
        draw.polygon(((300, 190), (640, 190), (600, 440), (340, 440)), fill=(111, 151, 143))
        draw.ellipse((300, 160, 640, 220), fill=(84, 120, 113))
        draw.line(((430, 215), (455, 270), (425, 315), (468, 372), (440, 440)), fill=(52, 60, 58), width=6)
    kept = io.BytesIO()
    image.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _page(name: str, subject: str) -> bytes:
    """A PDF of one page, made by Pillow: enough to open and to see that files are there."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (620, 877), "white")
    draw = ImageDraw.Draw(image)
    font: Callable[[int], ImageFont.ImageFont | ImageFont.FreeTypeFont] = ImageFont.load_default
    draw.text((60, 70), "KASHTAN", fill=(90, 60, 40), font=font(36))
    draw.line((60, 130, 560, 130), fill=(160, 140, 120), width=2)
    for row in range(12):
        draw.rectangle((60, 180 + row * 44, 60 + 180 + (row * 97) % 300, 192 + row * 44), fill=(214, 214, 214))
    kept = io.BytesIO()
    image.save(kept, "PDF", title=name, subject=subject[:100])
    return kept.getvalue()


__all__ = ["make_demo"]
