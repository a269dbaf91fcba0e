"""The journal of settings, as an owner reads it: what of which thing was changed, from what to what, and by whom."""

from __future__ import annotations

import re
from html import unescape
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from tests.desk.seats import Seat
from tests.world import World
from vikno.channels.email.signing import make_key
from vikno.journal.models import Event, SettingEvent
from vikno.journal.vocabulary import SETTINGS
from vikno.people.models import CustomField, CustomOption
from vikno.replies.models import Template
from vikno.staff.actions import agents, teams
from vikno.staff.models import Invitation
from vikno.tickets.actions.asking_fields import add_field
from vikno.tickets.actions.fields import restrict, tag, tag_named
from vikno.tickets.models import Category, Field, FieldOption, TicketType

pytestmark = pytest.mark.django_db

COMPANY = {"name": "Каштан", "language": "uk", "zone": "Europe/Kyiv"}
LOOK = {"name": "Каштан", "sender_name": "", "language": "uk", "accent_hue": "250"}
MAILBOX = {"name": "Пошта", "address": "help@kashtan.example", "imap_security": "tls", "imap_after": "keep",
           "smtp_security": "tls", "other_addresses": ""}  # fmt: skip


@pytest.fixture
def owner(world: World) -> Seat:
    return Seat(world.olena)


def lines(seat: Seat, **asked: Any) -> list[str]:
    """The journal of changes as it is read, newest first."""
    page = seat.page("/settings/journal", data=asked).partition("<tbody>")[2].partition("</tbody>")[0]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)[:3] for row in page.split("<tr ")[1:]]
    parted = [[re.sub(r"</div>(?=<div>)", "; ", cell) for cell in row] for row in rows]
    return [unescape(" | ".join(re.sub(r"<[^>]+>", "", cell).strip() for cell in row)) for row in parted]


def test_the_journal_says_who_changed_what(world: World, owner: Seat) -> None:
    owner.post("/settings/company", COMPANY | {"zone": "Europe/Warsaw"})
    owner.post("/settings/types", {"name": "Скарга"})
    owner.post(f"/settings/statuses/{world.statuses['open'].id}/up")
    Seat(world.taras).post(
        f"/teams/{world.support.id}", {"name": "Опора", "sight": "open", "zone": "", "reopen_days": ""}
    )
    field = add_field("Каса", "text", by=world.act(world.olena))
    owner.post(f"/settings/fields/{field.id}", {"name": "Каса", "required": "closing", "shown": "1"})
    assert lines(owner)[:2] == [
        "Field “Каса” | shown to customers; when it is required: never → To close a request | Olena Власниця",
        "Field “Каса” | added | Olena Власниця",
    ]
    told = lines(owner)[2:]
    assert told[0] == "Team “Опора” | changed: name | Taras Керівник"
    assert told[1] == "Status “У роботі” | place: 2 → 1 | Olena Власниця"
    assert told[2] == "Type “Скарга” | added | Olena Власниця"
    assert told[3] == "Company | time zone: Europe/Kyiv → Europe/Warsaw | Olena Власниця"
    assert lines(owner, agent=str(world.taras.id)) == told[:1]
    assert lines(owner, kind="requests")[2:] == told[1:3]
    assert "Nothing was changed yet" in owner.page("/settings/journal", data={"agent": str(world.iryna.id)})


def test_the_journal_names_no_tag_of_hidden_requests(world: World, owner: Seat) -> None:
    hidden, ticket = tag_named("звільнення"), world.ticket()
    owner.post(f"/settings/tags/{hidden.id}", {"name": "звільнення", "hue": "20" if hidden.hue != 20 else "60"})
    assert lines(owner)[0].startswith("Tag “звільнення”")
    tag(ticket, [hidden], by=world.act(world.taras))
    restrict(ticket, True, by=world.act(world.taras))
    assert lines(owner)[0].startswith("Tag | colour: ") and "звільнення" not in lines(owner)[0]


def test_the_journal_is_walked_page_by_page_at_the_same_cost(world: World, owner: Seat, queries: Any) -> None:
    for number in range(60):
        owner.post("/settings/types", {"name": f"Тип {number}"})
    with queries() as first:
        page = owner.page("/settings/journal")
    assert page.count("<tr id=") == 50 and "Тип 59" in page and 'rel="next"' in page
    oldest = SettingEvent.objects.order_by("-id")[49].id
    with queries(at_most=len(first)):
        older = owner.page("/settings/journal", data={"before": str(oldest)})
    assert "Тип 9”" in older and "Тип 10”" not in older


def test_every_event_of_a_setting_stands_in_the_journal_and_no_other(world: World, owner: Seat) -> None:
    owner.post("/settings/company", COMPANY | {"zone": "Europe/Warsaw"})
    world.answer(world.ticket())
    listed = set(SettingEvent.objects.values_list("event_id", flat=True))
    assert listed == set(Event.objects.filter(verb__in=SETTINGS).values_list("id", flat=True)) != set()


def test_what_was_changed_before_the_journal_had_a_page_is_found(world: World, owner: Seat) -> None:
    owner.post("/settings/company", COMPANY | {"zone": "Europe/Warsaw"})
    before = list(SettingEvent.objects.order_by("id").values_list("event_id", "verb", "actor_kind", "actor_id"))
    SettingEvent.objects.all().delete()
    migration = import_module("vikno.journal.migrations.0002_setting_events")
    assert set(migration.VERBS) == set(SETTINGS)
    with connection.cursor() as cursor:
        cursor.execute(migration.FILL)
        cursor.execute(migration.FILL)
    assert list(SettingEvent.objects.order_by("id").values_list("event_id", "verb", "actor_kind", "actor_id")) == before


def newest(seat: Seat) -> str:
    """What of which thing the last change was."""
    return lines(seat)[0].rpartition(" | ")[0]


def posted(seat: Seat, address: str, /, **form: Any) -> str:
    assert seat.post(address, form).status_code == 302, address
    return newest(seat)


def test_an_option_is_told_with_its_field_also_when_it_is_gone(world: World, owner: Seat) -> None:
    field = Field.objects.create(key="colour", name="Колір", kind="tree")
    page = f"/settings/fields/{field.id}/options"
    assert posted(owner, page, name="Синій") == "Field “Колір”, option “Синій” | added"
    top = FieldOption.objects.get()
    assert posted(owner, page, name="Темний", parent=top.id) == "Field “Колір”, option “Синій / Темний” | added"
    below = FieldOption.objects.get(parent=top)
    option = f"/settings/options/{below.id}"
    assert posted(owner, option, name="Нічний") == "Field “Колір”, option “Синій / Нічний” | changed: name"
    told = "Field “Колір”, option “Синій / Нічний” | taken out of use"
    assert posted(owner, f"{option}/archive") == told
    old = Event.objects.latest("id")
    Event.objects.filter(id=old.id).update(delta={k: v for k, v in old.delta.items() if k != "in_field"})
    assert newest(owner) == told, "an event from before fields were named"
    assert posted(owner, f"{option}/delete") == "Field “Колір”, an option | deleted"
    posted(owner, page, name="Зелений")
    assert posted(owner, f"/settings/options/{FieldOption.objects.latest('id').id}/up") == (
        "Field “Колір”, option “Зелений” | place: 2 → 1"
    )


def test_an_option_of_customers_is_told_with_whose_it_is(world: World, owner: Seat) -> None:
    for of, kind in (("person", "Field of customers"), ("organisation", "Field of organisations")):
        made = posted(owner, "/settings/customer-fields", name="Рівень", kind="choice", of=of)
        assert made == f"{kind} “Рівень” | added"
        field = CustomField.objects.get(of=of)
        page = f"/settings/customer-fields/{field.id}"
        assert posted(owner, f"{page}/options", name="Золото") == f"{kind} “Рівень”, option “Золото” | added"
        assert posted(owner, page, name="Рівень", beside="1") == f"{kind} “Рівень” | shown beside requests"
    assert CustomOption.objects.count() == 2


def test_words_are_told_with_what_they_were(world: World, owner: Seat) -> None:
    field = add_field("Каса", "text", by=world.act(world.olena))
    category = Category.objects.create(name="Оплата")
    where = {"name": "Каса", "team": world.support.id, "category": category.id}
    assert posted(owner, f"/settings/fields/{field.id}", **where) == (
        "Field “Каса” | team: all teams → “Підтримка”; category: all categories → “Оплата”"
    )
    posted(owner, "/settings/statuses", name="Чекаємо", stage="open", customer_word="")
    made = Event.objects.latest("id").delta["status"][1]
    assert newest(owner) == "Status “Чекаємо” | added"
    assert posted(owner, f"/settings/statuses/{made}/default") == (
        "Status “Чекаємо” | what its stage begins with: “У роботі” → “Чекаємо”"
    )
    kinds = [TicketType.objects.create(name=name, position=9) for name in ("Скарга", "Жалоба")]
    assert posted(owner, f"/settings/types/{kinds[1].id}/merge", into=kinds[0].id) == (
        "Type “Жалоба” | merged into “Скарга”"
    )
    owner.post(f"/undo/{Event.objects.latest('id').act}")
    assert newest(owner) == "Type “Жалоба” | the merge into “Скарга” was undone"
    assert posted(owner, f"/settings/types/{kinds[1].id}/delete") == "Type that is no longer there | deleted"
    posted(owner, "/categories", name="Рахунок", parent="", account="1")
    assert newest(owner) == "Category “Рахунок” | added; made a matter of an account"


def test_people_and_teams_are_told_with_what_they_were(world: World, owner: Seat) -> None:
    by = world.act(world.olena)
    agents.change_role(world.iryna, "lead", by=by)
    assert newest(owner) == "Colleague “Iryna Агентка” | role: Agent → Lead"
    agents.set_teams(world.iryna, {world.billing.id: True}, by=by)
    told = "teams: + “Бухгалтерія”, − “Підтримка”; leads the teams: + “Бухгалтерія”"
    assert newest(owner) == f"Colleague “Iryna Агентка” | {told}"
    agents.set_own(world.iryna, zone="Europe/Warsaw", signature={"en": "I."}, by=by)
    assert newest(owner) == ("Colleague “Iryna Агентка” | time zone: the company's → Europe/Warsaw; changed: signature")
    teams.set_openness(world.support, "own", by=by)
    assert newest(owner) == ("Team “Підтримка” | who reads its tickets: Every agent → Members and whoever takes part")
    teams.set_habits(world.support, zone="", reopen_days=14, signature={"en": "S."}, by=by)
    days = world.support.reopen_days
    assert newest(owner).startswith("Team “Підтримка” | how long answers reopen: ") and days == 14
    assert newest(owner).endswith(" → 14 days; changed: signature")
    teams.make_default(world.billing, by=by)
    assert "who gets what nobody else gets: " in newest(owner) and newest(owner).endswith(" → “Бухгалтерія”")
    Seat(world.iryna).post("/settings/notices", {"mail": ["reply"], "page": ["reply", "new"]})
    assert "notices by mail: − New request in my team, " in newest(owner)


def test_invitations_are_told_with_the_address(world: World, owner: Seat) -> None:
    owner.post("/staff/invite", {"email": "new@kashtan.example", "role": "agent", "team": world.support.id})
    assert newest(owner) == "Invitation “new@kashtan.example” | invited; role: Agent"
    owner.post(f"/staff/invitations/{Invitation.objects.get().id}/withdraw")
    assert newest(owner) == "Invitation “new@kashtan.example” | invitation withdrawn"


def test_the_company_is_told_with_what_it_was(world: World, owner: Seat) -> None:
    assert posted(owner, "/settings/company", **COMPANY | {"language": "en", "name": "Дуб"}) == (
        "Company | language: Українська → English; changed: name"
    )
    assert posted(owner, "/settings/appearance", **LOOK | {"accent_hue": "150"}) == "Appearance | colour: Blue → Green"
    rules = {"idle_minutes": "30", "most_minutes": str(90 * 1440), "factor_for": "nobody"}
    assert posted(owner, "/settings/security", **rules) == (
        "Signing in | a session that nobody uses ends after: 30 days → 30 minutes; "
        "every session ends after: 30 days → 90 days"
    )
    kept = "Data retention “Raw bytes of letters that became messages” | how long it is kept: 365 days → for ever"
    assert posted(owner, "/settings/keeping", raw_letters="") == kept
    owner.post("/settings/notices/rules", {"words": "1", "letters_an_hour": "7", "on": "reply"})
    assert newest(owner).startswith("Notices | most letters to one person in an hour: ")
    assert "; notices that go to nobody by mail: + " in newest(owner) and "+ New request in my team" in newest(owner)


def test_channels_are_told_part_by_part_and_no_secret_or_word(world: World, owner: Seat) -> None:
    where, form = f"/channels/{world.mail.id}", MAILBOX | {"name": world.mail.name, "team": world.support.id}
    owner.post(where, form)
    form |= {"team": world.billing.id, "imap_host": "imap.kashtan.example", "imap_user": "help",
             "imap_password": "verysecret", "quote": "all"}  # fmt: skip
    told = posted(owner, where, **form)
    assert told.startswith(f"Channel “{world.mail.name}” | ")
    for part in ("team: “Підтримка” → “Бухгалтерія”",
                 "quoted below each answer: their last message → the whole exchange",
                 "changed: reading of letters, password"):  # fmt: skip
        assert part in told
    assert "secret" not in told and "imap.kashtan" not in told
    before = Event.objects.count()
    owner.post(where, form | {"imap_password": ""})
    assert Event.objects.count() == before, "nothing was changed"
    assert posted(owner, f"{where}/pause").endswith("| paused")
    believing = {"agent_letters": "answer", "trusted_servers": "mx.kashtan.example", "form_senders": ""}
    assert posted(owner, f"{where}/believing", **believing).endswith(
        "| a colleague's answer to a notice: becomes an internal note → goes to the customer; "
        "changed: mail servers that check the sender"
    )
    numbers = {"address_hour": "3", "domain_hour": "60", "flood_domain_letters": "150", "flood_minutes": "120"}
    assert "| acknowledgements: No → Yes; letters of one address that are a flood: " in posted(
        owner, f"{where}/automatic", **numbers, on="1", flood_letters="21"
    )
    make_key("kashtan.example", by=world.act(world.olena))
    assert newest(owner) == "Signing of letters “kashtan.example” | added"


def test_templates_are_told_and_another_ones_own_is_not_named(world: World, owner: Seat) -> None:
    form = {"name": "Вітання", "shortcut": "віт", "scope": "all", "uk": "Добрий день!", "ru": "", "en": ""}
    assert posted(owner, "/templates/new", **form) == "Template “Вітання” | added"
    template = Template.objects.get()
    assert posted(owner, f"/templates/{template.id}", **form | {"uk": "Вітаю!"}) == (
        "Template “Вітання” | changed: text"
    )
    assert posted(owner, f"/templates/{template.id}/archive") == "Template “Вітання” | taken out of use"
    assert posted(owner, f"/templates/{template.id}/restore") == "Template “Вітання” | restored"
    Seat(world.iryna).post("/templates/new", form | {"name": "Особисте", "scope": "own"})
    assert newest(owner) == "Template | added"


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_the_journal_is_read_in_the_language_of_its_reader(world: World, owner: Seat, language: str) -> None:
    agents.change_role(world.iryna, "lead", by=world.act(world.olena))
    person = world.olena.person
    assert person.user is not None
    person.user.language = language
    person.user.save()
    role = {"en": "role: Agent → Lead", "uk": "роль: Агент → Керівник", "ru": "роль: Агент → Руководитель"}
    assert role[language] in newest(owner)
