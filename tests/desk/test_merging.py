"""Several requests become one at the desk, and are taken apart again, with what came meanwhile where it addressed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.desk.seats import Seat
from tests.searching import index_follows
from tests.world import World
from vikno.journal.models import Event
from vikno.people.models import Organisation, Person
from vikno.tickets.actions import assigning, fields, merging, state
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.splitting import split
from vikno.tickets.models import Category, Link, Ticket

HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "dialog#asking"}


def rows_of(page: str) -> list[int]:
    """The numbers of the requests that are offered, in their order."""
    return [int(one) for one in re.findall(r'class="pick__sub">#(\d+)', re.split(r'id="picks"', page)[-1])]


def merged_into(ticket: Ticket) -> int | None:
    ticket.refresh_from_db()
    return ticket.merged_into_id


def do_merge(seat: Seat, *tickets: Ticket, **more: Any) -> str:
    """Press the button of the page for these; answers the page that comes of it."""
    answer = seat.sends("/merge", ticket=[one.number for one in tickets], **more)
    return str(answer.content.decode())


def undo_of(page: str) -> str:
    found = re.search(r'action="(/undo/\d+)"', page)
    assert found is not None, "there is nothing to undo by"
    return found[1]


class TestWhatIsOffered:
    def test_the_likely_ones_first_each_with_its_reason(self, world: World) -> None:
        colleague, shop = world.petro, Organisation.objects.get()
        Person.objects.filter(id__in=[colleague.person_id, world.maria.person_id]).update(organisation=shop)
        home = world.ticket(world.maria)
        far, near, same = world.ticket(world.stranger), world.ticket(colleague), world.ticket(world.maria)
        closed = world.ticket(world.maria)
        state.close(closed, by=world.act(world.iryna))
        seat = Seat(world.iryna)
        seat.post(f"/tickets/{far.number}/seen")
        page = seat.page(f"/merge?ticket={home.number}")
        assert rows_of(page) == [same.number, near.number, far.number]
        assert re.findall(r'class="pick__why">([^<]+)', page) == [
            "same requester", "same organisation", "you looked at it lately",
        ]  # fmt: skip

    def test_a_request_of_the_same_dialog_stands_before_all(self, world: World) -> None:
        dialog = world.chat_dialog(world.maria)
        first, second = world.say(dialog, "Каса"), world.say(dialog, "Рахунок")
        other = world.ticket(world.maria)
        child = split(first.ticket, [second.message], by=world.act(world.iryna))
        state.close(child, by=world.act(world.iryna))
        page = Seat(world.iryna).page(f"/merge?ticket={first.ticket.number}")
        assert rows_of(page) == [child.number, other.number] and "same conversation" in page

    def test_a_number_and_words_find(self, world: World) -> None:
        home, other = world.ticket(world.maria), world.ticket(world.petro, subject="Зламався сканер")
        index_follows()
        seat = Seat(world.iryna)
        assert rows_of(seat.page(f"/merge?ticket={home.number}&q=%23{other.number}")) == [other.number]
        assert rows_of(seat.page(f"/merge?ticket={home.number}&q=сканер")) == [other.number]
        assert "Nothing was found for" in seat.page(f"/merge?ticket={home.number}&q=жирафа")

    def test_what_may_not_be_seen_is_neither_offered_nor_found_nor_merged(self, world: World) -> None:
        home, secret = world.ticket(world.maria), world.ticket(world.maria, subject="Таємниця")
        Seat(world.iryna).post(f"/tickets/{secret.number}/seen")
        fields.restrict(secret, True, by=world.act(world.taras))
        index_follows()
        seat = Seat(world.iryna)
        for asked in ("", "&q=Таємниця", f"&q={secret.number}", f"&ticket={secret.number}"):
            page = seat.page(f"/merge?ticket={home.number}{asked}")
            assert "Таємниця</" not in page and rows_of(page) == [], asked
        assert "Choose at least one" in seat.post("/merge", {"ticket": [home.number, secret.number]}).content.decode()
        assert merged_into(secret) is None
        assert rows_of(Seat(world.taras).page(f"/merge?ticket={home.number}")) == [secret.number]

    @pytest.mark.parametrize(
        "query", ["", "?ticket=x", "?ticket=²", f"?ticket={'9' * 30}", "?q=%00", "?into=5&from=%22"]
    )
    def test_odd_questions_are_answered(self, world: World, query: str) -> None:
        Seat(world.iryna).page(f"/merge{query}")

    def test_a_script_gets_the_dialog_and_the_rows_alone(self, world: World) -> None:
        home = world.ticket()
        seat = Seat(world.iryna)
        dialog = seat.page(f"/merge?ticket={home.number}", **HTMX)
        assert "<html" not in dialog and 'id="asking-title"' in dialog
        rows = seat.page(
            f"/merge?ticket={home.number}&q={home.number}", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="ul#picks"
        )
        assert "asking-title" not in rows


class TestWhatWillBe:
    def test_an_open_one_stays_and_of_several_the_oldest(self, world: World) -> None:
        closed, first, second = world.ticket(), world.ticket(world.petro), world.ticket()
        state.close(closed, by=world.act(world.iryna))
        page = Seat(world.iryna).page(f"/merge?ticket={second.number}&ticket={closed.number}&ticket={first.number}")
        assert f"Merge into #{first.number}" in page
        chosen = Seat(world.iryna).page(f"/merge?ticket={second.number}&ticket={first.number}&into={second.number}")
        assert f"Merge into #{second.number}" in chosen

    def test_it_says_who_asks_and_where_answers_go(self, world: World) -> None:
        one, two = world.ticket(world.maria), world.ticket(world.petro)
        page = Seat(world.iryna).page(f"/merge?ticket={one.number}&ticket={two.number}")
        assert "Different people ask: Марія Коваль, Петро Лис" in page
        assert "An answer goes to Марія Коваль" in page
        same = world.ticket(world.maria)
        assert "Different people" not in Seat(world.iryna).page(f"/merge?ticket={one.number}&ticket={same.number}")

    def test_it_says_when_more_people_would_read_it_and_only_then_does_it(self, world: World) -> None:
        one, own = world.ticket(world.maria), world.ticket(world.maria)
        assigning.assign(own, world.iryna, by=world.act(world.taras))
        assigning.hand_over(own, world.billing, by=world.act(world.taras))
        assigning.assign(own, world.iryna, by=world.act(world.taras))
        seat = Seat(world.iryna)
        page = seat.page(f"/merge?ticket={one.number}&ticket={own.number}")
        assert f"More people will read #{own.number}" in page and 'name="widens"' in page
        refused = seat.post("/merge", {"ticket": [one.number, own.number], "into": one.number})
        assert refused.status_code == 422 and merged_into(own) is None
        do_merge(seat, one, own, into=one.number, widens="1")
        assert merged_into(own) == one.id

    def test_a_restricted_one_stays_apart_and_an_account_matter_is_named(self, world: World) -> None:
        one, secret = world.ticket(world.maria), world.ticket(world.petro)
        fields.restrict(secret, True, by=world.act(world.taras))
        matter = Category.objects.create(name="Рахунки", account_matter=True)
        fields.set_category(secret, matter, by=world.act(world.taras))
        page = Seat(world.taras).page(f"/merge?ticket={one.number}&ticket={secret.number}&into={one.number}")
        assert f"#{secret.number} stays hidden from those" in page
        assert f"#{secret.number} is a matter of an account" in page


class TestMerging:
    def test_lists_counts_and_search_follow_and_the_old_address_leads_on(self, world: World) -> None:
        one, two = world.ticket(world.maria, subject="Перша"), world.ticket(world.maria, subject="Друга")
        index_follows()
        seat = Seat(world.iryna)
        page = do_merge(seat, one, two)
        assert f"Merged into #{one.number}." in page and "Merged here" in page and "Друга" in page
        assert f"#{two.number} was merged into #{one.number}" in page
        rows = re.findall(r'id="row-(\d+)"', seat.page("/inbox/open"))
        assert rows == [str(one.number)]
        led = seat.get(f"/tickets/{two.number}?list=mine", follow=True)
        assert led.redirect_chain[0][0] == f"/tickets/{one.number}?list=mine&merged={two.number}"
        assert f"#{two.number} was merged into this request" in led.content.decode()
        index_follows()
        found = seat.page("/search?q=Друга")
        assert f'href="/tickets/{one.number}' in found and f'href="/tickets/{two.number}' not in found

    def test_undone_by_the_toast_after_later_letters(self, world: World) -> None:
        first, second = world.letter(world.maria), world.letter(world.petro)
        assert first.ticket is not None and second.ticket is not None
        seat = Seat(world.iryna)
        undo = undo_of(do_merge(seat, first.ticket, second.ticket))
        later = world.letter(world.petro, answers=second.message, text="Ще дещо про сканер")
        assert f'id="message-{later.message.id}"' in seat.page(f"/tickets/{first.ticket.number}")
        assert "Undone." in seat.sends(undo).content.decode()
        assert merged_into(second.ticket) is None
        assert Link.objects.get(message=later.message, ended_act=None).ticket == second.ticket
        assert f'id="message-{later.message.id}"' not in seat.page(f"/tickets/{first.ticket.number}")
        assert f'id="message-{later.message.id}"' in seat.page(f"/tickets/{second.ticket.number}")

    def test_several_at_once_from_the_list_are_one_act(self, world: World) -> None:
        tickets = [world.ticket(world.maria) for _ in range(4)]
        seat = Seat(world.iryna)
        led = seat.post("/bulk", {"act": "merge", "ticket": [one.number for one in tickets], "list": "open"})
        asked = "&".join(f"ticket={one.number}" for one in tickets)
        assert led["Location"] == f"/merge?{asked}"
        assert "Merge 4 requests into one" in seat.page(led["Location"])
        in_dialog = seat.post("/bulk", {"act": "merge", "ticket": [one.number for one in tickets]}, **HTMX)
        assert 'hx-target="#asking"' in in_dialog.content.decode()
        page = do_merge(seat, *tickets, into=tickets[2].number)
        assert f"3 requests merged into #{tickets[2].number}." in page
        assert {merged_into(one) for one in tickets} == {None, tickets[2].id}
        assert Event.objects.filter(verb="ticket.merged").values("act").distinct().count() == 1
        seat.sends(undo_of(page))
        assert {merged_into(one) for one in tickets} == {None}

    def test_all_or_none(self, world: World) -> None:
        one, two, three = (world.ticket(world.maria) for _ in range(3))
        merging.merge(three, two, by=world.act(world.taras))
        with pytest.raises(Invalid):
            merging.merge_all([one, three], two, by=world.act(world.iryna))
        assert merged_into(one) is None

    def test_taken_apart_at_any_later_time_and_put_back(self, world: World) -> None:
        one, two = world.ticket(world.maria), world.ticket(world.petro)
        do_merge(Seat(world.iryna), one, two)
        seat = Seat(world.taras)
        page = seat.page(f"/tickets/{one.number}")
        assert "Take apart" in page and "Iryna Агентка" in page
        apart = seat.sends(f"/tickets/{one.number}/apart", absorbed=two.number).content.decode()
        assert f"#{two.number} is a request of its own again." in apart and merged_into(two) is None
        assert f"#{two.number} was taken out of #{one.number} again" in apart
        again = seat.sends(f"/tickets/{one.number}/apart", absorbed=two.number).content.decode()
        assert "not merged into this request any more" in again
        seat.sends(undo_of(apart))
        assert merged_into(two) == one.id

    def test_what_was_merged_into_something_absorbed_is_taken_out_too(self, world: World) -> None:
        a, b, c = (world.ticket(world.maria) for _ in range(3))
        seat = Seat(world.iryna)
        do_merge(seat, b, a, into=b.number)
        do_merge(seat, c, b, into=c.number)
        page = seat.page(f"/tickets/{c.number}")
        assert page.count('name="absorbed"') == 2
        seat.sends(f"/tickets/{c.number}/apart", absorbed=a.number)
        assert (merged_into(a), merged_into(b)) == (None, c.id)

    def test_htmx_is_led_on_beside_the_same_list(self, world: World) -> None:
        one, two = world.ticket(), world.ticket()
        answer = Seat(world.iryna).post(
            "/merge", {"ticket": [one.number, two.number]}, **HTMX,
            HTTP_HX_CURRENT_URL=f"http://127.0.0.1:8000/tickets/{two.number}?list=mine",
        )  # fmt: skip
        assert answer["HX-Redirect"] == f"/tickets/{one.number}?list=mine"


class TestRights:
    def test_observers_merge_nothing(self, world: World) -> None:
        one, two = world.ticket(), world.ticket()
        seat = Seat(world.sofia)
        assert seat.get(f"/merge?ticket={one.number}").status_code == 403
        assert seat.post("/merge", {"ticket": [one.number, two.number]}).status_code == 403
        merging.merge(two, one, by=world.act(world.iryna))
        assert "Take apart" not in seat.page(f"/tickets/{one.number}")
        assert seat.post(f"/tickets/{one.number}/apart", {"absorbed": two.number}).status_code == 403

    def test_a_restricted_part_is_named_nowhere(self, world: World) -> None:
        one, secret = world.ticket(world.maria), world.ticket(world.petro, subject="Таємниця")
        fields.restrict(secret, True, by=world.act(world.taras))
        merging.merge(secret, one, by=world.act(world.taras))
        page = Seat(world.iryna).page(f"/tickets/{one.number}")
        assert "Таємниця" not in page and f"#{secret.number}" not in page and "Merged here" not in page
        assert f"a request that you may not see was merged into #{one.number}" in page
        refused = Seat(world.iryna).sends(f"/tickets/{one.number}/apart", absorbed=secret.number)
        assert "not merged into this request" in refused.content.decode() and merged_into(secret) == one.id
        assert f"#{secret.number} was merged into #{one.number}" in Seat(world.taras).page(f"/tickets/{one.number}")

    def test_into_what_one_may_not_see_says_so_and_no_more(self, world: World) -> None:
        one, secret = world.ticket(world.maria), world.ticket(world.petro, subject="Таємниця")
        merging.merge(one, secret, by=world.act(world.taras))
        fields.restrict(secret, True, by=world.act(world.taras))
        page = Seat(world.iryna).page(f"/tickets/{one.number}")
        assert "merged into a request that you may not see" in page and f"#{secret.number}" not in page


def test_the_page_costs_no_more_the_more_was_merged(world: World, queries: Any) -> None:
    home, *others = (world.ticket(world.maria) for _ in range(5))
    seat = Seat(world.iryna)
    do_merge(seat, home, others[0])
    with queries() as one:
        seat.page(f"/tickets/{home.number}")
    few = len(one)
    do_merge(seat, home, *others[1:])
    with queries(at_most=few):
        seat.page(f"/tickets/{home.number}")
