"""Design 1a, "Sight": who sees which ticket and which message."""

from dataclasses import replace

import pytest

from tests.desk.seats import Seat
from tests.world import World
from vikno.core import one_of
from vikno.dialogs.models import Message
from vikno.journal import acts
from vikno.staff.access import Face, NotAllowed, Viewer
from vikno.staff.models import Agent, Team
from vikno.tickets import access
from vikno.tickets.actions import assigning, linking, merging, noting
from vikno.tickets.actions.fields import restrict
from vikno.tickets.actions.own_acts import undo_own
from vikno.tickets.actions.splitting import split
from vikno.tickets.actions.undoing import undo
from vikno.tickets.models import Ticket


def seers(world: World, ticket: Ticket) -> set[str]:
    """The names of the agents who see a ticket."""
    agents = [world.olena, world.taras, world.iryna, world.bohdan, world.sofia, world.marko]
    return {
        agent.person.name.split()[0]
        for agent in agents
        if access.tickets_for(world.viewer(agent)).filter(id=ticket.id).exists()
    }


ALL = {"Olena", "Taras", "Iryna", "Bohdan", "Sofia", "Marko"}


def test_every_agent_reads_tickets_of_an_open_team(world: World) -> None:
    assert seers(world, world.ticket()) == ALL


def test_an_own_team_is_read_by_members_and_whoever_is_assigned_following_or_mentioned(world: World) -> None:
    ticket = world.ticket()
    assigning.hand_over(ticket, world.billing, by=world.act(world.taras))
    assert seers(world, ticket) == {"Bohdan"}
    assigning.follow(ticket, world.iryna.id, by=world.act(world.bohdan))
    noting.add_note(ticket, world.bohdan, "@Taras", by=world.act(world.bohdan), mentions=[world.taras])
    assigning.assign(ticket, world.marko, by=world.act(world.bohdan))
    assert seers(world, ticket) == {"Bohdan", "Iryna", "Taras", "Marko"}


def test_among_very_many_teams_sight_is_the_same(world: World) -> None:
    names = [f"Branch {n:02}" for n in range(one_of.FEW + 10)]
    *opened, own = Team.objects.bulk_create(Team(name=name, sort_key=name.lower()) for name in names)
    Team.objects.filter(id=own.id).update(openness=Team.Openness.OWN)
    tickets = {team: world.ticket() for team in (opened[3], own, world.hr)}
    for team, ticket in tickets.items():
        assigning.hand_over(ticket, team, by=world.act(world.taras))
    assert [seers(world, ticket) for ticket in tickets.values()] == [ALL, set(), {"Marko"}]
    assigning.follow(tickets[own], world.bohdan.id, by=world.act(world.olena))
    assert seers(world, tickets[own]) == {"Bohdan"}
    assert access.ticket_for(world.viewer(world.iryna), tickets[opened[3]].number) == tickets[opened[3]]


def test_a_closed_team_is_its_members_alone_also_against_followers_and_the_owner(world: World) -> None:
    ticket = world.ticket()
    assigning.hand_over(ticket, world.hr, by=world.act(world.taras))
    assigning.follow(ticket, world.iryna.id, by=world.act(world.marko))
    assert seers(world, ticket) == {"Marko"}


def test_a_restricted_ticket_is_seen_by_responsible_followers_and_the_teams_lead(world: World) -> None:
    ticket = world.ticket()
    assigning.assign(ticket, world.iryna, by=world.act(world.iryna))
    assigning.follow(ticket, world.bohdan.id, by=world.act(world.iryna))
    restrict(ticket, True, by=world.act(world.iryna))
    assert seers(world, ticket) == {"Iryna", "Bohdan", "Taras"}


def test_who_restricts_a_ticket_goes_on_seeing_it_and_can_take_that_back(world: World) -> None:
    ticket, by = world.ticket(), world.act(world.bohdan)
    assigning.hand_over(ticket, world.billing, by=world.act(world.taras))
    restrict(ticket, True, by=by)
    assert seers(world, ticket) == {"Bohdan"}
    undo_own(world.viewer(world.bohdan), by.id, by=world.act(world.bohdan))
    ticket.refresh_from_db()
    assert not ticket.restricted and not ticket.followers.exists()


def test_a_restricted_ticket_of_a_closed_team_stays_closed(world: World) -> None:
    ticket = world.ticket()
    assigning.hand_over(ticket, world.hr, by=world.act(world.taras))
    assigning.follow(ticket, world.taras.id, by=world.act(world.marko))
    restrict(ticket, True, by=acts.system())
    assert seers(world, ticket) == set()
    assigning.assign(ticket, world.marko, by=world.act(world.marko))
    assert seers(world, ticket) == {"Marko"}


def test_on_a_ticket_of_ones_own_one_is_always_the_customer(world: World) -> None:
    mine = world.iryna.person.identities.get()
    ticket = world.ticket(mine)
    assert seers(world, ticket) == ALL - {"Iryna"}
    as_customer = world.customer(mine)
    assert access.ticket_for(as_customer, ticket.number) == ticket


def test_a_customer_sees_only_what_they_asked(world: World) -> None:
    mine, others = world.ticket(world.maria), world.ticket(world.petro)
    assert set(access.tickets_for(world.customer(world.maria))) == {mine}
    with pytest.raises(access.NoSuchTicket):
        access.ticket_for(world.customer(world.maria), others.number)


def test_a_token_of_some_teams_sees_those_alone(world: World) -> None:
    ticket, other = world.ticket(), world.ticket()
    assigning.hand_over(other, world.billing, by=world.act(world.taras))
    narrowed = replace(world.viewer(world.bohdan), face=Face.API, only_teams=frozenset({world.billing.id}))
    assert set(access.tickets_for(narrowed)) == {other}
    assert ticket in access.tickets_for(world.viewer(world.bohdan))


def test_whoever_may_see_nothing_at_all_is_told_so_without_an_error(world: World) -> None:
    """An agent without a team, where every team is closed; a customer of whom nothing is known."""
    ticket = world.ticket()
    Team.objects.update(openness=Team.Openness.CLOSED)
    world.bohdan.memberships.all().delete()
    for nobody in (world.viewer(world.bohdan), Viewer(Face.PORTAL)):
        assert list(access.tickets_for(nobody)) == []
        with pytest.raises(access.NoSuchTicket):
            access.ticket_for(nobody, ticket.number)
    assert Seat(world.bohdan).get("/inbox/open").status_code == 200


def test_an_observer_notes_but_does_not_write(world: World) -> None:
    observer = world.viewer(world.sofia)
    access.must_note(observer)
    with pytest.raises(NotAllowed):
        access.must_write(observer)


def test_the_sql_of_hot_lists_is_the_same_condition(world: World) -> None:
    from django.db import connection

    open_one, own, closed = world.ticket(), world.ticket(), world.ticket()
    assigning.hand_over(own, world.billing, by=world.act(world.taras))
    assigning.hand_over(closed, world.hr, by=world.act(world.taras))
    restricted = world.ticket()
    restrict(restricted, True, by=world.act(world.taras))
    for agent in Agent.objects.all():
        viewer = world.viewer(agent)
        sql, params = access.where(viewer)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM tickets_ticket WHERE {sql}", params)
            listed = {row[0] for row in cursor.fetchall()}
        assert listed == set(access.tickets_for(viewer).values_list("id", flat=True))
        assert open_one.id in listed


class TestMessages:
    def test_sight_comes_from_tickets_never_from_the_dialog(self, world: World) -> None:
        chat = world.chat_dialog(world.maria)
        shown = world.say(chat, "Про касу")
        from vikno.tickets.actions.splitting import split

        secret = world.say(chat, "Про зарплату")
        hidden = split(secret.ticket, [secret.message], by=world.act(world.taras))
        restrict(hidden, True, by=world.act(world.taras))
        both = [shown.message.id, secret.message.id]
        assert access.readable_messages(world.viewer(world.iryna), chat, both) == {shown.message.id}
        assert access.readable_messages(world.viewer(world.taras), chat, both) == set(both)
        with pytest.raises(access.NoSuchMessage):
            access.message_for(world.viewer(world.iryna), secret.message.id)

    def test_a_message_of_two_tickets_is_seen_by_either(self, world: World) -> None:
        taken = world.letter(world.maria)
        other = world.ticket()
        assigning.hand_over(taken.ticket, world.billing, by=world.act(world.taras))
        assert not access.readable_messages(world.viewer(world.iryna), taken.message.dialog, [taken.message.id])
        linking.link(taken.message, other, by=world.act(world.bohdan))
        assert access.readable_messages(world.viewer(world.iryna), taken.message.dialog, [taken.message.id])

    def test_a_message_without_ticket_is_seen_by_who_reads_the_channels_team(self, world: World) -> None:
        world.mail.team = world.billing
        world.mail.save()
        taken = world.letter(world.maria)
        linking.unlink(taken.message, taken.ticket, by=world.act(world.taras))
        dialog = taken.message.dialog
        assert access.readable_messages(world.viewer(world.bohdan), dialog, [taken.message.id])
        assert not access.readable_messages(world.viewer(world.iryna), dialog, [taken.message.id])
        assert not access.readable_messages(world.customer(world.maria), dialog, [taken.message.id])

    @pytest.mark.parametrize("restricted", [False, True])
    def test_linking_a_restricted_tickets_message_elsewhere_asks_first(self, world: World, restricted: bool) -> None:
        taken = world.letter(world.maria)
        restrict(taken.ticket, True, by=world.act(world.taras))
        other = world.ticket()
        restrict(other, restricted, by=world.act(world.taras))
        with pytest.raises(linking.WidensSight):
            linking.link(taken.message, other, by=world.act(world.taras))
        assert linking.link(taken.message, other, by=world.act(world.taras), confirmed=True)

    def test_third_party_messages_never_reach_the_portal(self, world: World) -> None:
        from vikno.dialogs import actions as dialogs
        from vikno.dialogs.actions import Said, Words

        ticket = world.ticket(world.maria)
        aside = dialogs.open_dialog(world.mail, world.supplier, by=world.act(world.iryna), side="third")
        said = dialogs.add_message(
            aside, Said(Message.Author.CUSTOMER, identity=world.supplier), Words("Ціна закупівлі 100")
        )
        linking.link(said, ticket, by=world.act(world.iryna))
        assert access.readable_messages(world.viewer(world.iryna), aside, [said.id])
        assert not access.readable_messages(world.customer(world.maria), aside, [said.id])

    def test_what_was_taken_back_never_reaches_the_portal(self, world: World) -> None:
        from vikno.tickets.actions.unsending import unsend

        ticket = world.ticket(world.maria)
        message = world.answer(ticket)
        assert access.readable_messages(world.customer(world.maria), message.dialog, [message.id])
        unsend(message, by=world.act(world.iryna))
        assert not access.readable_messages(world.customer(world.maria), message.dialog, [message.id])


class TestMerged:
    def test_whoever_sees_the_survivor_reads_what_was_absorbed(self, world: World) -> None:
        absorbed, survivor = world.ticket(), world.ticket()
        assigning.hand_over(absorbed, world.billing, by=world.act(world.taras))
        merging.merge(absorbed, survivor, by=world.act(world.bohdan))
        viewer = world.viewer(world.iryna)
        assert set(access.family_for(viewer, survivor)) == {absorbed.id, survivor.id}
        message = Message.objects.get(links__ticket=absorbed)
        assert access.readable_messages(viewer, message.dialog, [message.id])

    @pytest.mark.parametrize("guard", ["restricted", "closed team"])
    def test_but_a_merge_opens_nothing_restricted_or_closed(self, world: World, guard: str) -> None:
        absorbed, survivor = world.ticket(), world.ticket()
        if guard == "restricted":
            restrict(absorbed, True, by=world.act(world.taras))
        else:
            assigning.hand_over(absorbed, world.hr, by=world.act(world.taras))
        merging.merge(absorbed, survivor, by=world.act(world.taras))
        viewer = world.viewer(world.iryna)
        assert access.family_for(viewer, survivor) == [survivor.id]
        message = Message.objects.get(links__ticket=absorbed)
        assert not access.readable_messages(viewer, message.dialog, [message.id])


class TestWhatAMergeHides:
    """A restricted request of one dialog was merged into an ordinary one, by who sees both."""

    @pytest.fixture
    def merged(self, world: World) -> tuple[Ticket, Ticket, Message]:
        first = world.letter(world.maria, text="Відкрите питання")
        second = world.letter(
            world.maria, answers=first.message, text="Таємна справа", participants=((world.petro, "cc"),)
        )
        secret = split(first.ticket, [second.message], by=world.act(world.taras))
        restrict(secret, True, by=world.act(world.taras))
        merging.merge(secret, first.ticket, by=world.act(world.taras))
        first.ticket.refresh_from_db()
        return first.ticket, secret, second.message

    def test_lists_do_not_show_how_its_messages_begin(
        self, world: World, merged: tuple[Ticket, Ticket, Message]
    ) -> None:
        ticket, _secret, said = merged
        assert ticket.preview == "Відкрите питання"
        world.letter(world.maria, answers=said, text="Ще таємніше")
        ticket.refresh_from_db()
        assert ticket.preview == "Відкрите питання" and ticket.last_in_at > said.arrived_at

    def test_what_is_restricted_once_it_is_merged_leaves_no_words_behind(self, world: World) -> None:
        plain, secret = world.ticket(text="Відкрите питання"), world.ticket(text="Таємна справа")
        merging.merge(secret, plain, by=world.act(world.taras))
        plain.refresh_from_db()
        assert plain.preview == "Таємна справа"
        restrict(secret, True, by=world.act(world.taras))
        assert "Таємна" not in Seat(world.bohdan).page("/inbox/open")
        restrict(secret, False, by=world.act(world.taras))
        plain.refresh_from_db()
        assert plain.preview == "Таємна справа"
        assigning.hand_over(secret, world.hr, by=world.act(world.taras))
        assert "Таємна" not in Seat(world.bohdan).page("/inbox/open")
        assigning.hand_over(plain, world.hr, by=world.act(world.taras))
        plain.refresh_from_db()
        assert plain.preview == "Таємна справа"  # now whoever reads the one reads the other

    def test_an_undone_opening_hides_its_words_again(self, world: World) -> None:
        plain, secret = world.ticket(text="Відкрите питання"), world.ticket(text="Таємна справа")
        restrict(secret, True, by=world.act(world.taras))
        merging.merge(secret, plain, by=world.act(world.taras))
        opening = world.act(world.taras)
        restrict(secret, False, by=opening)
        undo(opening.id, by=world.act(world.taras))
        plain.refresh_from_db()
        assert plain.preview == "Відкрите питання"

    def test_who_may_not_read_it_neither_quotes_it_nor_writes_to_who_was_in_copy(
        self, world: World, merged: tuple[Ticket, Ticket, Message]
    ) -> None:
        ticket, _secret, said = merged
        page = Seat(world.bohdan).page(f"/tickets/{ticket.number}")
        assert world.petro.value not in page and "Таємна" not in page
        Seat(world.bohdan).post(f"/tickets/{ticket.number}/answer", {"kind": "reply", "body": "Так", "format": "text"})
        answer = Message.objects.get(author="agent")
        assert answer.answers_id != said.id
        assert [way.identity for way in answer.deliveries.all()] == [world.maria]

    def test_who_may_read_it_answers_it(self, world: World, merged: tuple[Ticket, Ticket, Message]) -> None:
        ticket, secret, said = merged
        Seat(world.taras).post(f"/tickets/{ticket.number}/answer", {"kind": "reply", "body": "Так", "format": "text"})
        answer = Message.objects.get(author="agent")
        assert answer.answers_id == said.id and set(answer.links.values_list("ticket", flat=True)) == {secret.id}
        assert {way.identity for way in answer.deliveries.all()} == {world.maria, world.petro}
        ticket.refresh_from_db()
        assert ticket.preview == "Відкрите питання" and ticket.waiting_since is None
