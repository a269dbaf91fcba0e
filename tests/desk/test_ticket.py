"""The page of a ticket: reading it, every act on it, undoing, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.desk.seats import Seat
from tests.world import World
from vikno.desk.changes import CHANGES
from vikno.dialogs.actions import NewFile
from vikno.dialogs.models import Message
from vikno.journal.models import Event
from vikno.people.models import Contract
from vikno.tickets.actions import assigning, fields, noting, state
from vikno.tickets.actions.merging import merge
from vikno.tickets.models import Category, Follower, Opened, Ticket, TicketType
from vikno.tickets.queries import tags_of

HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "form"}


def act(seat: Seat, ticket: Ticket, **form: Any) -> str:
    """Does an act as a form without a script does it; answers the page that comes of it."""
    answer = seat.sends(f"/tickets/{ticket.number}/change", **form)
    assert answer.status_code == 200
    ticket.refresh_from_db()
    return str(answer.content.decode())


def undo_of(page: str) -> str:
    found = re.search(r'action="(/undo/\d+)"', page)
    assert found is not None, "there is nothing to undo by"
    return found[1]


# Each act of the page: what its form carries, the column it changes and what that becomes, and the words of the toast.
ACTS: dict[str, tuple[Any, str, Any, str]] = {
    "take": (lambda w: "1", "agent_id", lambda w: w.iryna.id, "It is yours now."),
    "close": (lambda w: "1", "stage", lambda w: "closed", "Closed."),
    "wait": (lambda w: "1", "stage", lambda w: "waiting", "Waiting for others."),
    "status": (lambda w: w.statuses["open"].id, "stage", lambda w: "open", "Status: У роботі."),
    "agent": (lambda w: w.taras.id, "agent_id", lambda w: w.taras.id, "Responsible: Taras Керівник."),
    "team": (lambda w: w.billing.id, "team_id", lambda w: w.billing.id, "Handed to Бухгалтерія."),
    "priority": (lambda w: w.priorities["urgent"].id, "priority_rank", lambda w: 20, "Priority: Терміново."),
    "type": (lambda w: TicketType.objects.get().id, "type_id", lambda w: TicketType.objects.get().id, "Saved."),
    "category": (lambda w: Category.objects.get().id, "category_id", lambda w: Category.objects.get().id, "Saved."),
    "contract": (lambda w: "", "contract_id", lambda w: None, "Saved."),
    "due": (lambda w: "2031-05-06", "due_at", None, "Due date saved."),
    "subject": (lambda w: "Нова тема", "subject", lambda w: "Нова тема", "Renamed."),
    "restricted": (lambda w: "1", "restricted", lambda w: True, "Restricted"),
    "delete": (lambda w: "1", "deleted_at", None, "In the bin."),
    "spam": (lambda w: "1", "spam_at", None, "Spam: it is in no list"),
}


@pytest.mark.parametrize("name", ACTS)
def test_each_act_changes_its_field_and_is_undone_by_the_toast(world: World, name: str) -> None:
    who = {"restricted": world.taras, "team": world.bohdan}.get(name, world.iryna)  # who sees it also afterwards
    seat, ticket = Seat(who), world.ticket()
    value, column, after, words = ACTS[name]
    before = getattr(ticket, column)
    page = act(seat, ticket, **{name: value(world), "version": ticket.version})
    assert words in page
    changed = getattr(ticket, column)
    assert changed != before
    if after is not None:
        assert changed == after(world)
    assert "Undone." in seat.sends(undo_of(page)).content.decode()
    ticket.refresh_from_db()
    assert getattr(ticket, column) == before


def test_the_acts_that_are_no_fields(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    page = act(seat, ticket, tag="перша, друга, перша,")
    assert sorted(name for name, _hue in tags_of([ticket.id])[ticket.id]) == ["друга", "перша"]
    seat.sends(undo_of(page))
    assert tags_of([ticket.id]) == {}
    act(seat, ticket, tag="перша")
    act(seat, ticket, untag="перша")
    assert tags_of([ticket.id]) == {}
    act(seat, ticket, follow="1")
    assert Follower.objects.filter(ticket=ticket, agent=world.iryna).exists()
    act(seat, ticket, follow="")
    assert not Follower.objects.filter(ticket=ticket, agent=world.iryna).exists()
    seat.post(f"/tickets/{ticket.number}/seen")
    assert Opened.objects.filter(ticket=ticket, agent=world.iryna).exists()
    act(seat, ticket, unread="1")
    assert "data-unread" in seat.page("/inbox/open")
    state.close(ticket, by=world.act(world.iryna))
    assert "Open again." in act(seat, ticket, reopen="1")
    assert ticket.stage != "closed"


def test_every_act_there_is_has_been_tried() -> None:
    assert set(CHANGES) == {
        *ACTS,
        "tag",
        "untag",
        "follow",
        "unread",
        "reopen",
        "block",
        "account",
        "snooze",
        "restore",
        "field",
    }


@pytest.mark.parametrize(
    "name", [name for name in CHANGES if name not in ("take", "close", "wait", "reopen", "delete")]
)
def test_whatever_a_form_carries_is_refused_in_words_or_taken(world: World, name: str) -> None:
    seat = Seat(world.taras)
    for value in ("", "²", "9" * 40, "-1", "x", "\x00", "a" * 100_000, "0001-01-01", "9999-12-31"):
        ticket = world.ticket()
        answer = seat.post(f"/tickets/{ticket.number}/change", {name: value, "version": value}, **HTMX)
        assert answer.status_code == 200, value
        assert 'class="toast' in answer.content.decode(), value


def test_a_form_that_names_no_act_says_so(world: World) -> None:
    ticket = world.ticket()
    assert (
        "something unknown" in Seat(world.iryna).post(f"/tickets/{ticket.number}/change", {"x": "1"}).content.decode()
    )


def test_the_same_field_changed_meanwhile_is_refused_and_both_are_shown(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    drawn = ticket.version
    fields.set_priority(ticket, world.priorities["high"], by=world.act(world.taras))
    page = act(seat, ticket, priority=world.priorities["low"].id, version=drawn)
    assert "a colleague has changed this meanwhile (priority)" in page
    assert ticket.priority == world.priorities["high"]
    assert "Високий" in page
    other = act(seat, ticket, category=Category.objects.get().id, version=drawn)  # nobody touched this one
    assert "Saved." in other


def test_an_undo_does_not_take_back_what_a_colleague_did_since(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    page = act(seat, ticket, priority=world.priorities["low"].id)
    fields.set_priority(ticket, world.priorities["urgent"], by=world.act(world.taras))
    assert "Not undone" in seat.sends(undo_of(page)).content.decode()
    ticket.refresh_from_db()
    assert ticket.priority == world.priorities["urgent"]


def test_one_undoes_only_what_one_did_oneself(world: World) -> None:
    ticket = world.ticket()
    page = act(Seat(world.taras), ticket, priority=world.priorities["low"].id)
    said = Seat(world.iryna).sends(undo_of(page)).content.decode()
    assert "There is nothing to undo." in said
    ticket.refresh_from_db()
    assert ticket.priority == world.priorities["low"]


def test_an_act_that_takes_the_ticket_out_of_sight_leads_back_to_the_list(world: World) -> None:
    ticket = world.ticket()
    seat = Seat(world.iryna)
    answer = seat.post(f"/tickets/{ticket.number}/change", {"team": world.hr.id})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert seat.get(f"/tickets/{ticket.number}").status_code == 404


def test_an_observer_reads_and_notes_and_changes_nothing(world: World) -> None:
    ticket, seat = world.ticket(), Seat(world.sofia)
    page = seat.page(f"/tickets/{ticket.number}")
    assert 'class="thread__buttons"' not in page
    assert 'value="reply"' not in page
    before = Event.objects.count()
    for name in set(CHANGES) - {"unread", "follow"}:
        assert seat.post(f"/tickets/{ticket.number}/change", {name: "1"}).status_code == 403, name
    assert seat.post(f"/tickets/{ticket.number}/answer", {"kind": "reply", "body": "x"}).status_code == 403
    assert Event.objects.count() == before
    seat.sends(f"/tickets/{ticket.number}/answer", kind="note", body="Бачила")
    assert "Бачила" in seat.page(f"/tickets/{ticket.number}")


@pytest.mark.parametrize("part", ["", "/change", "/answer", "/draft", "/seen"])
def test_a_ticket_out_of_sight_is_as_one_that_is_not_there(world: World, part: str) -> None:
    hidden, seat = world.ticket(), Seat(world.iryna)
    assigning.hand_over(hidden, world.hr, by=world.act(world.taras))
    ask = seat.get if not part else seat.post
    here, nowhere = ask(f"/tickets/{hidden.number}{part}"), ask(f"/tickets/{hidden.number + 5000}{part}")
    assert here.status_code == nowhere.status_code == 404
    tokens = re.compile(r"\b[A-Za-z0-9]{64}\b")
    assert tokens.sub("", here.content.decode()) == tokens.sub("", nowhere.content.decode())
    assert ask(f"/tickets/{'9' * 30}{part}").status_code == 404


def test_reading_a_ticket_writes_nothing(world: World) -> None:
    ticket, seat = world.ticket(), Seat(world.iryna)
    before = Event.objects.count()
    for ask in (seat.get, seat.head):
        assert ask(f"/tickets/{ticket.number}").status_code == 200
    assert Event.objects.count() == before
    assert not Opened.objects.exists()
    seat.post(f"/tickets/{ticket.number}/seen")
    ticket.refresh_from_db()
    assert ticket.opened_at is not None


@pytest.mark.parametrize("before", ["", "x", "²", "0", "9" * 40, "-1"])
def test_an_odd_place_in_the_time_line_is_its_newest_part(world: World, before: str) -> None:
    ticket = world.ticket(text="Перше слово")
    assert "Перше слово" in Seat(world.iryna).page(f"/tickets/{ticket.number}", data={"before": before})


def test_a_long_time_line_is_read_in_parts_and_costs_the_same(world: World, queries: Any) -> None:
    chat = world.chat_dialog(world.maria)
    ticket = world.say(chat, "слово 0").ticket
    assert ticket is not None
    seat = Seat(world.iryna)
    seat.page(f"/tickets/{ticket.number}")
    with queries(at_most=45) as few:
        seat.page(f"/tickets/{ticket.number}")
    for place in range(1, 40):
        world.say(chat, f"слово {place};")
        noting.add_note(ticket, world.taras, f"нотатка {place}", by=world.act(world.taras))
    with queries(at_most=45) as many:
        page = seat.page(f"/tickets/{ticket.number}")
    assert len(many) <= len(few) + 3, "a query for each message"
    assert "слово 39;" in page
    assert "слово 5;" not in page
    older = re.search(r'id="older"><a[^>]* href="([^"]+)"', page)
    assert older is not None
    assert "слово 5;" in seat.page(f"/tickets/{ticket.number}{older[1]}")


def test_a_merged_ticket_leads_to_where_it_is_read(world: World) -> None:
    one, two = world.ticket(text="Перший лист"), world.ticket(text="Другий лист")
    merge(one, two, by=world.act(world.taras))
    seat = Seat(world.iryna)
    assert seat.get(f"/tickets/{one.number}")["Location"] == f"/tickets/{two.number}?merged={one.number}"
    page = seat.page(f"/tickets/{two.number}")
    assert "Перший лист" in page
    assert f"#{one.number}" in page


def test_the_number_of_a_merged_ticket_out_of_sight_is_not_told(world: World) -> None:
    hidden, shown = world.ticket(subject="Таємне"), world.ticket()
    fields.restrict(hidden, True, by=world.act(world.taras))
    merge(hidden, shown, by=world.act(world.taras))
    assert f"#{hidden.number}" in Seat(world.taras).page(f"/tickets/{shown.number}")
    page = Seat(world.iryna).page(f"/tickets/{shown.number}")
    assert f"#{hidden.number}" not in page
    assert "Таємне" not in page


def test_tags_are_suggested_only_from_tickets_one_sees(world: World) -> None:
    by = world.act(world.taras)
    fields.tag(world.ticket(), [fields.tag_named("відкрита")], by=by)
    hidden = world.ticket()
    fields.tag(hidden, [fields.tag_named("таємна")], by=by)
    fields.restrict(hidden, True, by=by)
    assert "таємна" in Seat(world.taras).page("/tags")
    assert "відкрита" in Seat(world.iryna).page("/tags")
    assert "таємна" not in Seat(world.iryna).page("/tags")


def test_contracts_to_choose_from_are_the_requesters_own(world: World) -> None:
    ticket = world.ticket(world.maria)
    Contract.objects.create(number="ЧУЖИЙ-1", person=world.petro.person)
    page = Seat(world.iryna).page(f"/tickets/{ticket.number}")
    assert "Д-2041" in page
    assert "ЧУЖИЙ-1" not in page
    foreign = Contract.objects.get(number="ЧУЖИЙ-1")
    act(Seat(world.iryna), ticket, contract=foreign.id)
    assert ticket.contract != foreign


def test_words_of_strangers_are_only_words(world: World) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    world.petro.person.name = evil
    world.petro.person.save(update_fields=["name"])
    file = NewFile(f"{evil}.txt", "text/html", b"x")
    ticket = world.ticket(
        world.petro, subject=evil, text=evil, html=f'<p style="x" onclick="alert(3)">hi{evil}</p>', files=[file]
    )
    fields.tag(ticket, [fields.tag_named("<b>evil</b>")], by=world.act(world.iryna))
    noting.add_note(ticket, world.iryna, evil, by=world.act(world.iryna), html=f"<p>{evil}</p>")
    page = Seat(world.iryna).page(f"/tickets/{ticket.number}")
    body = page[page.index("<body") :]
    assert "<script>alert" not in body
    assert "<img src=x" not in body
    assert "onclick=" not in body
    assert "<b>evil" not in body


def test_without_the_token_of_the_page_nothing_is_done(world: World) -> None:
    ticket = world.ticket()
    seat = Client(enforce_csrf_checks=True, HTTP_HOST="127.0.0.1:8000")
    seat.force_login(world.iryna.person.user)
    assert seat.post(f"/tickets/{ticket.number}/change", {"close": "1"}).status_code == 403
    ticket.refresh_from_db()
    assert ticket.stage == "new"


def test_who_is_not_signed_in_is_sent_to_sign_in_and_a_part_is_told_by_status(world: World) -> None:
    ticket = world.ticket()
    nobody = Client(HTTP_HOST="127.0.0.1:8000")
    assert nobody.get(f"/tickets/{ticket.number}")["Location"].startswith("/account/login/?next=/tickets/")
    assert nobody.post(f"/tickets/{ticket.number}/change", {"close": "1"}, **HTMX).status_code == 401


def test_an_observer_takes_back_what_an_observer_may_do_and_no_more(world: World) -> None:
    seat, ticket = Seat(world.sofia), world.ticket()
    seat.post(f"/tickets/{ticket.number}/change", {"follow": "1"})
    followed = Event.objects.latest("id").act
    assert "Undone." in seat.sends(f"/undo/{followed}").content.decode()
    assert not Follower.objects.exists()
    tagging = world.act(world.sofia)  # from a time when she was more than an observer
    fields.rename(ticket, "Інша тема", by=tagging)
    assert seat.post(f"/undo/{tagging.id}").status_code == 403
    ticket.refresh_from_db()
    assert ticket.subject == "Інша тема"


def test_nobody_pulls_a_ticket_out_of_a_closed_team_by_undo(world: World) -> None:
    seat, ticket, other = Seat(world.iryna), world.ticket(), world.ticket()
    page = seat.sends(f"/tickets/{ticket.number}/change", team=str(world.hr.id)).content.decode()
    assert "Handed to" in page
    assert "/undo/" not in page
    both = world.act(world.iryna)
    fields.rename(other, "Інша тема", by=both)
    fields.rename(Ticket.objects.get(id=ticket.id), "Інша тема", by=both)
    for act_id in (Event.objects.get(verb="ticket.assigned").act, both.id):
        assert "You may no longer see what this was about" in seat.sends(f"/undo/{act_id}").content.decode()
    for one in (ticket, other):
        one.refresh_from_db()
        assert one.subject == "Інша тема"
    assert ticket.team == world.hr


def test_the_page_of_a_ticket_takes_at_most_this_many_statements(world: World, queries: Any) -> None:
    ticket = world.ticket()
    world.answer(ticket)
    seat = Seat(world.iryna)
    seat.page(f"/tickets/{ticket.number}")
    with queries(at_most=26):
        seat.page(f"/tickets/{ticket.number}")
    with queries(at_most=24):
        seat.page(f"/tickets/{ticket.number}", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="ticket")


def test_the_day_something_is_due_is_told_as_the_reader_writes_days(world: World) -> None:
    seat, ticket = Seat(world.iryna), world.ticket()
    page = act(seat, ticket, due="2031-12-01")
    told = page[page.index('id="timeline"') : page.index('id="presence"')]
    assert "due: 1 Dec 2031" in told or "due: Dec 1, 2031" in told
    assert "2031-12-01" not in told


def test_what_cannot_be_undone_lies_in_a_menu_and_not_verified_is_explained(world: World) -> None:
    page = Seat(world.olena).page(f"/tickets/{world.ticket(world.petro).number}")
    menu = page[page.index('id="menu-person"') :]
    assert "Erase this person" in menu[: menu.index("</div>")]
    assert 'popovertarget="menu-unverified"' in page
    assert "somebody else may be writing under this name" in page
    assert 'id="menu-person"' not in Seat(world.iryna).page(f"/tickets/{world.ticket(world.petro).number}")


def test_a_new_subject_stands_at_its_letter(world: World) -> None:
    ticket = world.ticket(subject="Каса")
    first = Message.objects.get()
    seat = Seat(world.iryna)
    for subject in ("Re: Каса", f"RE: [#{ticket.number}] Fwd: каса", ""):
        assert world.letter(world.maria, subject, answers=first).ticket == ticket
    assert "Subject:" not in seat.page(f"/tickets/{ticket.number}")
    for subject in ("TERMINOVO: order <PO-5567>", "Re: TERMINOVO: order <PO-5567>"):
        assert world.letter(world.maria, subject, answers=first).ticket == ticket
    page = seat.page(f"/tickets/{ticket.number}")
    assert page.count("Subject: TERMINOVO: order &lt;PO-5567&gt;") == 1
    assert page.count("Subject:") == 1
