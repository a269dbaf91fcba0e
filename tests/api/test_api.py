"""The HTTP API: contracts, rights, idempotency, versions, errors."""

import base64
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.test import Client

from tests.api.conftest import NEW, Ask
from tests.searching import index_follows
from tests.world import World
from vikno.accounts.actions import create_token
from vikno.accounts.models import ApiToken
from vikno.core import clock
from vikno.dialogs.models import Delivery, Message
from vikno.intake.models import Inbound
from vikno.people.models import CustomField, Organisation
from vikno.tickets.actions import assigning, customer_fields, linking
from vikno.tickets.actions.fields import restrict
from vikno.tickets.models import Field, Ticket


def test_without_a_token_nothing_is_told(world: World) -> None:
    answer = Client(HTTP_HOST="127.0.0.1").get("/api/v1/tickets")
    assert answer.status_code == 401 and answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 401


def test_a_ticket_is_made_read_and_changed(world: World, ask: Ask) -> None:
    made = ask(world.iryna, "POST", "/tickets", NEW | {"tags": ["світло"], "due": "2027-01-05"})
    assert made.status_code == 201, made.content
    number = made.json()["number"]
    read = ask(world.iryna, "GET", f"/tickets/{number}").json()
    assert (read["subject"], read["tags"], read["stage"], read["due_at"][:10]) == (
        "Не працює світло", ["світло"], "new", "2027-01-05",
    )  # fmt: skip
    ticket = Ticket.objects.get(number=number)
    assert ticket.entered_by == world.iryna and ticket.requester.name == "Дзвінок"
    patch = {"agent": world.iryna.id, "subject": "Світло", "tags": []}
    changed = ask(world.iryna, "PATCH", f"/tickets/{number}", patch)
    assert changed.status_code == 200 and changed.json()["agent"] == world.iryna.id
    assert (changed.json()["subject"], changed.json()["tags"]) == ("Світло", [])


def test_an_answer_goes_out_and_a_note_stays(world: World, ask: Ask) -> None:
    ticket = world.ticket()
    file = {"name": "../звіт.txt", "content": base64.b64encode(b"abc").decode()}
    path = f"/tickets/{ticket.number}/messages"
    said = ask(world.iryna, "POST", path, {"text": "Доброго дня", "attachments": [file]})
    assert said.status_code == 201, said.content
    assert said.json()["kind"] == "reply" and said.json()["attachments"][0]["name"] == "звіт.txt"
    assert Delivery.objects.get().identity == world.maria
    note = ask(world.sofia, "POST", f"/tickets/{ticket.number}/messages", {"kind": "note", "text": "Бачила"})
    assert note.status_code == 201 and note.json()["dialog"] is None
    kinds = [one["kind"] for one in ask(world.iryna, "GET", f"/tickets/{ticket.number}/messages").json()["items"]]
    assert sorted(kinds) == ["message", "note", "reply"]


def test_what_an_agent_sends_as_html_is_cleaned(world: World, ask: Ask) -> None:
    ticket = world.ticket()
    html = '<p onclick="x()">Так</p><script>alert(1)</script>'
    said = ask(world.iryna, "POST", f"/tickets/{ticket.number}/messages", {"html": html}).json()
    assert "script" not in said["html"] and "onclick" not in said["html"] and said["text"] == "Так"


class TestRights:
    def test_a_ticket_out_of_sight_is_not_there(self, world: World, ask: Ask) -> None:
        hidden, other = world.ticket(), world.ticket()
        restrict(hidden, True, by=world.act(world.taras))
        for method, path in (
            ("GET", f"/tickets/{hidden.number}"), ("PATCH", f"/tickets/{hidden.number}"),
            ("GET", f"/tickets/{hidden.number}/messages"), ("POST", f"/tickets/{hidden.number}/messages"),
        ):  # fmt: skip
            assert ask(world.iryna, method, path, {"text": "x"} if method == "POST" else {}).status_code == 404
        listed = ask(world.iryna, "GET", "/tickets").json()["items"]
        assert [one["number"] for one in listed] == [other.number]
        dialog = Message.objects.get(links__ticket=hidden).dialog_id
        assert ask(world.iryna, "GET", f"/dialogs/{dialog}").status_code == 404
        events = ask(world.iryna, "GET", "/events?limit=100").json()["items"]
        assert all(hidden.number not in event["tickets"] for event in events) and str(hidden.id) not in {
            key for event in events for key in event["delta"].get("tickets", {})
        }

    def test_a_delivery_is_there_if_one_ticket_of_its_message_is(self, world: World, ask: Ask) -> None:
        for hidden in (0, 1):
            tickets = [world.ticket(), world.ticket()]
            linking.link(world.answer(tickets[0]), tickets[1], by=world.act(world.iryna))
            assigning.hand_over(tickets[hidden], world.hr, by=world.act(world.taras))
        alone = world.ticket()
        world.answer(alone)
        assigning.hand_over(alone, world.hr, by=world.act(world.taras))
        shown = {one["message"] for one in ask(world.taras, "GET", "/deliveries").json()["items"]}
        assert shown == set(Delivery.objects.exclude(message__links__ticket=alone).values_list("message_id", flat=True))
        assert len(shown) == 2

    def test_observers_and_reading_tokens_do_not_write(self, world: World, ask: Ask) -> None:
        ticket = world.ticket()
        assert ask(world.sofia, "PATCH", f"/tickets/{ticket.number}", {"subject": "x"}).status_code == 403
        for method, path in (("PATCH", f"/tickets/{ticket.number}"), ("POST", "/tickets"), ("POST", "/people")):
            body = NEW if path == "/tickets" else {"name": "x"} if path == "/people" else {"subject": "x"}
            assert ask(world.iryna, method, path, body, scope="read").status_code == 403
        assert ask(world.iryna, "GET", f"/tickets/{ticket.number}", scope="read").status_code == 200

    def test_a_token_for_inbound_hands_in_and_sees_nothing(self, world: World, ask: Ask) -> None:
        raw = b"From: a@example.org\r\nSubject: Hi\r\n\r\nText"
        _token, secret = create_token(world.iryna.person.user, "door", scope=ApiToken.Scope.INBOUND)
        client = Client(HTTP_HOST="127.0.0.1", HTTP_AUTHORIZATION=f"Bearer {secret}")
        handed = client.post("/api/v1/inbound", raw, content_type="message/rfc822")
        assert handed.status_code == 202 and Inbound.objects.get(id=handed.json()["id"]).source == "http"
        assert client.get("/api/v1/tickets").status_code == 403

    def test_who_may_open_no_tickets_hands_none_in(self, world: World) -> None:
        for agent, status in ((world.sofia, 403), (world.iryna, 202)):
            _token, secret = create_token(agent.person.user, "door", scope=ApiToken.Scope.INBOUND)
            client = Client(HTTP_HOST="127.0.0.1", HTTP_AUTHORIZATION=f"Bearer {secret}")
            raw = b"From: a@example.org\r\nSubject: Hi\r\n\r\nText"
            assert client.post("/api/v1/inbound", raw, content_type="message/rfc822").status_code == status

    def test_the_ledger_is_for_leads(self, world: World, ask: Ask) -> None:
        assert ask(world.iryna, "GET", "/inbound").status_code == 403
        assert ask(world.taras, "GET", "/inbound").status_code == 200

    def test_who_left_has_no_token_any_more(self, world: World, ask: Ask) -> None:
        assert ask(world.iryna, "GET", "/tickets").status_code == 200
        from vikno.staff.actions import deactivate

        deactivate(world.iryna, by=world.act(world.olena))
        assert ask(world.iryna, "GET", "/tickets").status_code == 401


class TestOnce:
    def test_a_repeat_gets_the_first_answer_and_does_nothing(self, world: World, ask: Ask) -> None:
        first = ask(world.iryna, "POST", "/tickets", NEW, idempotency_key="a1")
        again = ask(world.iryna, "POST", "/tickets", NEW, idempotency_key="a1")
        assert (first.status_code, first.content) == (again.status_code, again.content)
        assert Ticket.objects.count() == 1

    def test_the_same_key_for_another_request_is_refused(self, world: World, ask: Ask) -> None:
        ask(world.iryna, "POST", "/tickets", NEW, idempotency_key="a1")
        assert ask(world.iryna, "POST", "/tickets", NEW | {"subject": "Інше"}, idempotency_key="a1").status_code == 422

    def test_what_failed_may_be_tried_again_under_its_key(self, world: World, ask: Ask) -> None:
        wrong = NEW | {"team": 10**9}
        assert ask(world.iryna, "POST", "/tickets", wrong, idempotency_key="a1").status_code == 422
        assert ask(world.iryna, "POST", "/tickets", NEW, idempotency_key="a1").status_code == 201

    def test_keys_of_two_tokens_are_apart(self, world: World, ask: Ask) -> None:
        ask(world.iryna, "POST", "/tickets", NEW, idempotency_key="a1")
        ask(world.taras, "POST", "/tickets", NEW, idempotency_key="a1")
        assert Ticket.objects.count() == 2


class TestVersions:
    def test_if_match_refuses_what_changed_and_shows_both(self, world: World, ask: Ask) -> None:
        ticket = world.ticket()
        tag = ask(world.iryna, "GET", f"/tickets/{ticket.number}")["ETag"]
        assigning.assign(ticket, world.taras, by=world.act(world.taras))
        path = f"/tickets/{ticket.number}"
        other = ask(world.iryna, "PATCH", path, {"subject": "Нова"}, if_match=tag)
        assert other.status_code == 200
        same = ask(world.iryna, "PATCH", path, {"agent": world.iryna.id}, if_match=tag)
        assert same.status_code == 412
        assert same.json()["fields"]["agent"] == {"current": world.taras.id, "wanted": world.iryna.id}

    def test_nor_is_closed_what_the_customer_has_written_to_since(self, world: World, ask: Ask) -> None:
        first = world.letter(world.maria)
        assert first.ticket is not None
        path = f"/tickets/{first.ticket.number}"
        tag = ask(world.iryna, "GET", path)["ETag"]
        world.letter(world.maria, text="Ще одне", answers=first.message)
        answer = ask(world.iryna, "PATCH", path, {"status": world.statuses["closed"].id}, if_match=tag)
        assert (answer.status_code, answer.json()["fields"]) == (412, {})
        assert "customer has written" in answer.json()["detail"]
        body = {"status": world.statuses["closed"].id}
        assert ask(world.iryna, "PATCH", path, body, if_match=ask(world.iryna, "GET", path)["ETag"]).status_code == 200

    def test_the_fields_of_one_patch_are_no_conflict_among_themselves(self, world: World, ask: Ask) -> None:
        ticket = world.ticket()
        body = {"team": world.billing.id, "agent": world.bohdan.id}
        answer = ask(world.taras, "PATCH", f"/tickets/{ticket.number}", body, if_match=f'"{ticket.version}"')
        ticket.refresh_from_db()
        assert (ticket.team, ticket.agent) == (world.billing, world.bohdan)
        assert answer.status_code in (200, 404)  # Taras does not read that team: it left his sight

    def test_all_of_a_patch_or_nothing(self, world: World, ask: Ask) -> None:
        ticket = world.ticket()
        answer = ask(world.iryna, "PATCH", f"/tickets/{ticket.number}", {"subject": "Нова", "team": 10**9})
        ticket.refresh_from_db()
        assert answer.status_code == 422 and ticket.subject == "Не працює каса"


def test_lists_go_on_by_cursor_and_cost_the_same_queries(world: World, ask: Ask, queries: Any) -> None:
    numbers = [world.ticket().number for _ in range(7)]
    ask(world.iryna, "GET", "/tickets?limit=2")
    with queries() as few:
        first = ask(world.iryna, "GET", "/tickets?limit=2").json()
    with queries() as many:
        ask(world.iryna, "GET", "/tickets?limit=7")
    assert len(few) == len(many)
    seen, cursor = [], ""
    while cursor is not None:
        found = ask(world.iryna, "GET", f"/tickets?limit=2&cursor={cursor}").json()
        seen += [one["number"] for one in found["items"]]
        cursor = found["next"]
    assert seen == numbers[::-1] and first["next"] is not None


def test_filters_narrow(world: World, ask: Ask) -> None:
    one, two = world.ticket(subject="Каса"), world.ticket(world.petro, subject="Рахунок")
    assigning.take(one, world.iryna, by=world.act(world.iryna))

    def found(query: str) -> list[int]:
        return [row["number"] for row in ask(world.iryna, "GET", f"/tickets?{query}").json()["items"]]

    assert found(f"agent={world.iryna.id}") == [one.number] and found("stage=new") == [two.number]
    index_follows()
    assert found("q=РАХУНОК") == [two.number] and found(f"q=%23{one.number}") == [one.number]
    assert found(f"requester={world.petro.person_id}") == [two.number]


@pytest.mark.parametrize(
    ("instant", "status"),
    [
        ("2026-11-20T10:00:00Z", 200), ("2026-11-20T10:00:00-19:35", 200), ("0519-09-10T15:19:15-19:35", 200),
        ("2026-11-20T10:00:00", 422), ("9999-12-31T23:59:59-10:00", 422), ("0001-01-01T01:00:00+10:00", 422),
    ],
)  # fmt: skip
def test_instants_of_every_zone_are_read_and_those_beyond_the_calendar_refused(
    world: World, ask: Ask, instant: str, status: int
) -> None:
    ticket = world.ticket()
    listed = ask(world.iryna, "GET", f"/tickets?updated_after={quote(instant)}")
    due = ask(world.iryna, "PATCH", f"/tickets/{ticket.number}", {"due": instant})
    assert (listed.status_code, due.status_code) == (status, status), due.content


def test_a_key_is_kept_for_a_day(world: World, ask: Ask) -> None:
    first = ask(world.iryna, "POST", "/tickets", NEW, idempotency_key="k").json()["number"]
    with time_machine.travel(clock.now() + timedelta(hours=23)):
        assert ask(world.iryna, "POST", "/tickets", NEW, idempotency_key="k").json()["number"] == first
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert ask(world.iryna, "POST", "/tickets", NEW, idempotency_key="k").json()["number"] != first


def test_a_key_belongs_to_one_request_with_all_it_asks(world: World, ask: Ask) -> None:
    there = f"/inbound?channel={world.mail.id}"
    assert ask(world.iryna, "POST", "/inbound", {"letter": 1}, idempotency_key="k").status_code == 202
    assert ask(world.iryna, "POST", there, {"letter": 1}, idempotency_key="k").status_code == 422


def test_who_is_named_in_copy_alone_is_added_to_whom_it_goes_to_anyway(world: World, ask: Ask) -> None:
    ticket = world.ticket()
    more = {
        "text": "Готово",
        "cc": ["boss@kramnytsia.example", "maria@kramnytsia.example"],
        "bcc": ["us@kashtan.example"],
    }
    sent = ask(world.iryna, "POST", f"/tickets/{ticket.number}/messages", more)
    assert {(way["to"], way["role"]) for way in sent.json()["deliveries"]} == {
        ("maria@kramnytsia.example", "to"), ("boss@kramnytsia.example", "cc"), ("us@kashtan.example", "bcc"),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["number", "text", "date", "choice", "checkbox"])
def test_a_field_of_ones_own_takes_what_is_of_its_kind_and_refuses_the_rest_in_words(
    world: World, ask: Ask, kind: str
) -> None:
    Field.objects.create(key="own", name="Own", kind=kind)
    values: list[Any] = [
        "NaN", "Infinity", "1e30", 1e300, "1" * 30, 10**40, "9" * 5000, True, "99999999999999.9999999", "1e-9",
        "a\x00b",
        "\ud800", "x" * 5000, [1], {"a": 1}, "2031-13-01", "0001-01-01",
    ]  # fmt: skip
    for value in values:
        ticket = world.ticket()
        answer = ask(world.iryna, "PATCH", f"/tickets/{ticket.number}", {"fields": {"own": value}})
        assert answer.status_code in (200, 422), (value, answer.content)
        kept = ask(world.iryna, "GET", f"/tickets/{ticket.number}").json()["fields"]
        assert ("own" in kept) == (answer.status_code == 200), value


def of_customers(world: World, kind: str, of: str = "person", key: str = "own") -> CustomField:
    return customer_fields.add_field(f"Own {key}", kind, of, key=key, by=world.act(world.olena))


@pytest.mark.parametrize("kind", ["number", "text", "date", "choice", "checkbox"])
def test_a_field_of_customers_takes_what_is_of_its_kind_and_refuses_the_rest_in_words(
    world: World, ask: Ask, kind: str
) -> None:
    of_customers(world, kind)
    values: list[Any] = [
        "NaN", "Infinity", "1e30", 1e300, "1" * 30, 10**40, -1, "9" * 5000, True, "99999999999999.9999999", "1e-9",
        "a\x00b", "\ud800", "x" * 5000, [1], {"a": 1}, "2031-13-01", "0001-01-01",
    ]  # fmt: skip
    path = f"/people/{world.maria.person_id}"
    for value in values:
        answer = ask(world.iryna, "PATCH", path, {"fields": {"own": value}})
        assert answer.status_code in (200, 422), (value, answer.content)
        kept = ask(world.iryna, "GET", path).json()["fields"]
        assert ("own" in kept) == (answer.status_code == 200), value
        if kept:
            assert ask(world.iryna, "PATCH", path, {"fields": {"own": None}}).json()["fields"] == {}
    assert ask(world.iryna, "PATCH", path, {"fields": {"own": None}}).json()["fields"] == {}, "there is none"


def test_custom_fields_of_people_and_organisations_are_shown_and_set(world: World, ask: Ask) -> None:
    of_customers(world, "number", key="limit")
    size = of_customers(world, "choice", key="size")
    customer_fields.add_option(size, "Large", by=world.act(world.olena))
    of_customers(world, "date", "organisation", key="since")
    shop, maria = Organisation.objects.get(), f"/people/{world.maria.person_id}"
    changed = ask(world.iryna, "PATCH", maria, {"fields": {"limit": 12.5, "size": "Large"}})
    assert changed.json()["fields"] == {"limit": "12.500000", "size": "Large"}
    assert ask(world.iryna, "PATCH", maria, {"fields": {"limit": None, "size": "Small"}}).status_code == 422
    assert ask(world.iryna, "GET", maria).json()["fields"]["limit"] == "12.500000", "all of it or nothing"
    assert ask(world.iryna, "PATCH", maria, {"fields": {"since": "2026-01-01"}}).status_code == 422
    organisation = f"/organisations/{shop.id}"
    assert ask(world.iryna, "PATCH", organisation, {"fields": {"since": "2026-01-01"}}).json()["fields"] == {
        "since": "2026-01-01"
    }
    listed = {one["id"]: one["fields"] for one in ask(world.iryna, "GET", "/organisations").json()["items"]}
    assert listed[shop.id] == {"since": "2026-01-01"}
    assert ask(world.sofia, "PATCH", maria, {"fields": {}}).status_code == 403, "an observer"
    assert ask(world.iryna, "PATCH", maria, {"fields": {}}, scope="read").status_code == 403
    assert ask(world.iryna, "PATCH", f"/people/{world.taras.person_id}", {"fields": {}}).status_code in (403, 404)
    assert ask(world.iryna, "PATCH", "/people/999999999", {"fields": {}}).status_code == 404
    assert ask(world.iryna, "PATCH", "/organisations/999999999", {"fields": {}}).status_code == 404


@pytest.mark.parametrize(
    ("due", "stored"),
    [
        ("2031-05-06", "2031-05-06T20:59:59Z"), ("2031-05-06T00:00:00Z", "2031-05-06T00:00:00Z"),
        ("2031-05-06T00:00:00+02:00", "2031-05-05T22:00:00Z"),
    ],
)  # fmt: skip
def test_a_day_is_due_at_its_end_and_an_instant_at_itself_midnight_too(
    world: World, ask: Ask, due: str, stored: str
) -> None:
    ticket = world.ticket()
    assert ask(world.iryna, "PATCH", f"/tickets/{ticket.number}", {"due": due}).json()["due_at"] == stored


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'{"requester": 5}', b'{"unknown": 1}', b"\xff\xfe"])
def test_bad_bodies_get_a_clear_error(world: World, ask: Ask, body: bytes) -> None:
    _token, secret = create_token(world.iryna.person.user, "test")
    client = Client(HTTP_HOST="127.0.0.1", HTTP_AUTHORIZATION=f"Bearer {secret}")
    answer = client.post("/api/v1/tickets", body, content_type="application/json")
    assert answer.status_code in (400, 422) and answer["Content-Type"] == "application/problem+json"


def test_the_description_is_public_and_names_every_path(world: World) -> None:
    described = Client(HTTP_HOST="127.0.0.1").get("/api/v1/openapi.json").json()
    assert {"/api/v1/tickets", "/api/v1/tickets/{number}/messages", "/api/v1/events"} <= set(described["paths"])
