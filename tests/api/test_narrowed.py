"""What a token is shown: within its teams, whole lists, files, events without what is out of sight."""

import argparse
import base64
import json
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.api.conftest import NEW, Ask
from tests.world import World
from vikno.accounts.actions import create_token
from vikno.accounts.models import ApiToken
from vikno.commands import token
from vikno.core import clock
from vikno.dialogs.actions import NewFile
from vikno.dialogs.models import Attachment, Channel, ChannelAddress, Message
from vikno.people.models import Organisation, Person
from vikno.staff.models import Agent
from vikno.tickets.actions import assigning, hiding, linking, merging, noting, splitting
from vikno.tickets.actions.answering import Recipients
from vikno.tickets.actions.fields import restrict
from vikno.tickets.models import Category, Ticket


class TestNarrowedToTeams:
    """A token of the owner that reaches the support team alone."""

    @pytest.fixture
    def narrow(self, world: World) -> Callable[..., Any]:
        def asked(
            method: str, path: str, body: Any = None, scope: str = "write", kind: str = "application/json"
        ) -> Any:
            _token, secret = create_token(world.olena.person.user, "narrow", scope=scope, teams=[world.support.id])
            sent = json.dumps(body) if body is not None and not isinstance(body, bytes) else body or b""
            return Client(HTTP_HOST="127.0.0.1").generic(
                method, f"/api/v1{path}", sent, content_type=kind, HTTP_AUTHORIZATION=f"Bearer {secret}"
            )

        return asked

    def test_the_command_makes_it(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        asked = {"email": "olena@kashtan.example", "name": "program", "scope": "read"}
        assert token.run(argparse.Namespace(**asked, team=["Немає такої"])) == os.EX_USAGE
        assert not ApiToken.objects.exists() and "Немає такої" in capsys.readouterr().err
        assert token.run(argparse.Namespace(**asked, team=["Підтримка", "Бухгалтерія"])) == 0
        assert ApiToken.objects.get().teams == sorted([world.support.id, world.billing.id])

    def test_it_is_shown_the_people_of_its_teams_alone(self, world: World, narrow: Ask) -> None:
        mine, theirs = world.ticket(world.maria), world.ticket(world.petro)
        assigning.hand_over(theirs, world.billing, by=world.act(world.taras))
        world.answer(mine, recipients=Recipients(to=[world.maria, world.supplier]))
        shown = {one["id"] for one in narrow("GET", "/people?limit=100").json()["items"]}
        assert shown == {world.maria.person_id, world.supplier.person_id}
        assert narrow("GET", f"/people?q={world.petro.value}").json()["items"] == []
        statuses = [narrow("GET", f"/people/{one.person_id}").status_code for one in (world.maria, world.petro)]
        assert statuses == [200, 404]
        Person.objects.filter(id=world.petro.person_id).update(organisation=Organisation.objects.get())
        assert narrow("GET", "/organisations").json()["items"] == []
        Person.objects.filter(id=world.maria.person_id).update(organisation=Organisation.objects.get())
        assert len(narrow("GET", "/organisations").json()["items"]) == 1

    def test_it_asks_for_no_person_by_adding_them(self, world: World, narrow: Ask) -> None:
        assert narrow("POST", "/people", {"email": world.petro.value}).status_code == 403

    def test_it_opens_tickets_in_its_teams_alone(self, world: World, narrow: Ask) -> None:
        assert narrow("POST", "/tickets", NEW | {"team": world.billing.id}).status_code == 403
        assert narrow("POST", "/tickets", NEW | {"team": world.support.id}).status_code == 201
        assert narrow("POST", "/tickets", NEW).status_code == 201
        Channel.objects.filter(kind="phone").update(team=world.billing)
        assert narrow("POST", "/tickets", NEW).status_code == 403
        assert set(Ticket.objects.values_list("team", flat=True)) == {world.support.id}

    def test_a_category_does_not_lead_it_to_another_team(self, world: World, narrow: Ask) -> None:
        Category.objects.update(team=world.billing)
        of_billing = NEW | {"category": Category.objects.get().id}
        assert narrow("POST", "/tickets", of_billing).status_code == 403
        assert narrow("POST", "/tickets", of_billing | {"team": world.support.id}).status_code == 201
        assert set(Ticket.objects.values_list("team", flat=True)) == {world.support.id}

    def test_it_hands_tickets_over_to_none_but_its_teams(self, world: World, narrow: Ask) -> None:
        ticket = world.ticket()
        path = f"/tickets/{ticket.number}"
        answer = narrow("PATCH", path, {"team": world.billing.id, "subject": "Рахунок"})
        assert answer.status_code == 403 and "narrowed to teams" in answer.json()["detail"]
        ticket.refresh_from_db()
        assert (ticket.team, ticket.subject) == (world.support, "Не працює каса")
        assert narrow("PATCH", path, {"team": world.support.id}).status_code == 200
        assert narrow("GET", path).status_code == 200

    @pytest.mark.parametrize("scope", ["write", "inbound"])
    def test_it_hands_letters_in_where_they_cannot_leave_its_teams(self, world: World, narrow: Ask, scope: str) -> None:
        raw = b"From: a@example.org\r\nSubject: Hi\r\n\r\nText"
        assert narrow("POST", "/inbound", raw, scope, "message/rfc822").status_code == 202
        ChannelAddress.objects.create(channel=world.mail, address="bills@kashtan.example", team=world.billing)
        assert narrow("POST", "/inbound", raw, scope, "message/rfc822").status_code == 403


def test_adding_a_known_address_tells_nothing_of_whom_one_may_not_look_up(world: World, ask: Ask) -> None:
    ticket = world.ticket(world.petro)
    restrict(ticket, True, by=world.act(world.taras))
    for key in ({}, {"idempotency_key": "k1"}):
        answer = ask(world.iryna, "POST", "/people", {"email": world.petro.value}, **key)
        assert answer.status_code == 403
        assert world.petro.person.name not in answer.content.decode()
    known = ask(world.olena, "POST", "/people", {"email": world.petro.value})
    assert (known.status_code, known.json()["id"]) == (201, world.petro.person_id)
    assert ask(world.iryna, "POST", "/people", {"email": "somebody.new@example.net"}).status_code == 201


class TestWholeLists:
    def test_notes_and_messages_are_one_list_that_goes_on_to_its_end(self, world: World, ask: Ask) -> None:
        ticket = world.ticket()
        start = clock.now()
        for minute in range(1, 8):
            with time_machine.travel(start + timedelta(minutes=minute), tick=False):
                if minute % 3:
                    noting.add_note(ticket, world.iryna, str(minute), by=world.act(world.iryna))
                else:
                    world.answer(ticket, text=str(minute))
        path = f"/tickets/{ticket.number}/messages"

        def walked(query: str) -> list[str]:
            found: list[str] = []
            cursor: str | None = ""
            while cursor is not None:
                page = ask(world.iryna, "GET", f"{path}?limit=2&cursor={cursor}{query}").json()
                assert len(page["items"]) <= 2
                found, cursor = found + [one["text"] for one in page["items"]], page["next"]
            return found

        assert walked("") == ["7", "6", "5", "4", "3", "2", "1", "Добрий день! Не працює каса."]
        assert walked("&kind=note") == ["7", "5", "4", "2", "1"] and walked("&kind=reply") == ["6", "3"]
        assert walked("&kind=message") == ["Добрий день! Не працює каса."]

    def test_what_came_at_one_instant_is_neither_left_out_nor_told_twice(self, world: World, ask: Ask) -> None:
        with time_machine.travel(clock.now(), tick=False):
            ticket = world.ticket()
            for number in range(3):
                noting.add_note(ticket, world.iryna, str(number), by=world.act(world.iryna))
                world.answer(ticket, text=f"a{number}")
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = ask(world.iryna, "GET", f"/tickets/{ticket.number}/messages?limit=1&cursor={cursor}").json()
            found, cursor = found + [one["id"] for one in page["items"]], page["next"]
        assert len(found) == len(set(found)) == 7

    @pytest.mark.parametrize("cursor", ["x", "1", "1m", "m1", "9" * 18 + "m1", "1m" + "9" * 19])
    def test_what_is_no_cursor_is_told(self, world: World, ask: Ask, cursor: str) -> None:
        ticket = world.ticket()
        assert ask(world.iryna, "GET", f"/tickets/{ticket.number}/messages?cursor={cursor}").status_code == 422


class TestFiles:
    FILE = {"name": "звіт.html", "type": "text/html", "content": base64.b64encode(b"<script>1</script>").decode()}

    @pytest.mark.parametrize("kind", ["reply", "note"])
    def test_a_file_is_fetched_by_who_may_read_where_it_hangs(self, world: World, ask: Ask, kind: str) -> None:
        ticket = world.ticket()
        path = f"/tickets/{ticket.number}/messages"
        body = {"kind": kind, "text": "Ось", "attachments": [self.FILE]}
        address = ask(world.taras, "POST", path, body).json()["attachments"][0]["url"].removeprefix("/api/v1")
        got = ask(world.iryna, "GET", address, scope="read")
        assert got.status_code == 200 and got.getvalue() == b"<script>1</script>"
        assert got["Content-Type"] == "application/octet-stream" and "attachment" in got["Content-Disposition"]
        restrict(ticket, True, by=world.act(world.taras))
        assert ask(world.iryna, "GET", address).status_code == 404
        ok = ask(world.taras, "GET", address)
        assert ok.status_code == 200 and ok.getvalue() == b"<script>1</script>"

    def test_a_hidden_message_gives_its_words_and_files_to_nobody(self, world: World, ask: Ask) -> None:
        content = base64.b64decode(self.FILE["content"])
        ticket = world.ticket(subject="Таємниця", files=(NewFile("звіт.html", "text/html", content),))
        message, path = ticket.links.get().message, f"/tickets/{ticket.number}/messages"
        address = ask(world.iryna, "GET", path).json()["items"][0]["attachments"][0]["url"].removeprefix("/api/v1")
        hiding.hide(message, by=world.act(world.iryna))
        assert [ask(one, "GET", address).status_code for one in (world.iryna, world.olena)] == [404, 404]
        hidden = ask(world.olena, "GET", path).json()["items"][0]
        assert (hidden["subject"], hidden["text"], hidden["html"], hidden["attachments"]) == ("", "", "", [])
        hiding.show(message, by=world.act(world.iryna))
        assert ask(world.iryna, "GET", path).json()["items"][0]["subject"] == "Таємниця"
        assert ask(world.iryna, "GET", address).getvalue() == content

    def test_a_ticket_made_by_the_api_keeps_no_words_of_its_hidden_message(self, world: World, ask: Ask) -> None:
        number = ask(world.iryna, "POST", "/tickets", NEW).json()["number"]
        message = Message.objects.get()
        hiding.hide(message, by=world.act(world.iryna))
        for path in (f"/tickets/{number}", "/tickets", f"/tickets/{number}/messages"):
            assert str(NEW["text"]) not in json.dumps(ask(world.iryna, "GET", path).json(), ensure_ascii=False), path
        hiding.show(message, by=world.act(world.iryna))
        assert ask(world.iryna, "GET", f"/tickets/{number}").json()["description"] == NEW["text"]

    def test_a_file_that_is_missing_from_the_store_is_told(self, world: World, ask: Ask) -> None:
        ticket = world.ticket()
        body = {"text": "Ось", "attachments": [self.FILE]}
        said = ask(world.taras, "POST", f"/tickets/{ticket.number}/messages", body).json()
        Attachment.objects.update(file=None)
        answer = ask(world.taras, "GET", said["attachments"][0]["url"].removeprefix("/api/v1"))
        assert answer.status_code == 404 and answer["Content-Type"] == "application/problem+json"


class TestEvents:
    def test_a_delta_names_no_ticket_that_is_out_of_sight(self, world: World, ask: Ask) -> None:
        seen, hidden, source = world.ticket(), world.ticket(), world.ticket(text="Два питання")
        child = splitting.split(source, list(Message.objects.filter(links__ticket=source)), by=world.act(world.taras))
        merging.merge(seen, hidden, by=world.act(world.taras))
        for one in (hidden, child):
            one.refresh_from_db()
            restrict(one, True, by=world.act(world.taras))
        events = ask(world.iryna, "GET", "/events?limit=100").json()["items"]
        told = {event["verb"]: event["delta"] for event in events}
        assert told["ticket.merged"] == {"tickets": {str(seen.id): {}}} and "split" not in told["ticket.split"]
        whole = {one["verb"]: one["delta"] for one in ask(world.taras, "GET", "/events?limit=100").json()["items"]}
        assert whole["ticket.merged"]["tickets"][str(seen.id)]["merged_into"] == [None, hidden.id]
        assert whole["ticket.split"]["split"] == [source.id, child.id]

    def test_links_and_answers_name_no_ticket_that_is_out_of_sight(self, world: World, ask: Ask) -> None:
        seen, hidden, other = world.ticket(), world.ticket(), world.ticket()
        by = world.act(world.taras)
        merging.merge(hidden, seen, by=by)  # what is linked to it is an event of its survivor too
        message = other.links.get().message
        linking.link(message, hidden, by=by)
        linking.link(message, seen, by=by)
        world.answer(hidden, world.taras, tickets=[hidden, seen])
        hidden.refresh_from_db()
        restrict(hidden, True, by=by)

        def named(agent: Agent) -> set[int]:
            told = [one["delta"] for one in ask(agent, "GET", "/events?limit=100").json()["items"]]
            pairs = [delta[name] for delta in told for name in ("link", "written_on") if name in delta]
            return {ticket for pair in pairs for ticket in pair if ticket is not None}

        assert named(world.taras) >= {seen.id, hidden.id}
        assert named(world.iryna) == {seen.id}
