"""Merging, splitting and undo: nothing is moved, nothing is lost, everything comes back."""

from datetime import date

import pytest

from tests.world import World
from vikno.dialogs.models import Message
from vikno.journal.models import Event
from vikno.tickets import access
from vikno.tickets.actions import assigning, fields, linking, merging, state
from vikno.tickets.actions.changing import Conflict, Invalid
from vikno.tickets.actions.splitting import relate, split, unrelate
from vikno.tickets.actions.undoing import NotUndoable, undo
from vikno.tickets.models import Field, FieldValue, Link, Relation, Tag, Ticket


def links() -> set[tuple[int, int]]:
    return set(Link.objects.filter(ended_act=None).values_list("message_id", "ticket_id"))


class TestMerge:
    def test_it_moves_and_relinks_nothing(self, world: World) -> None:
        absorbed, survivor = world.ticket(), world.ticket()
        before = links()
        merging.merge(absorbed, survivor, by=world.act(world.iryna))
        absorbed.refresh_from_db()
        assert absorbed.merged_into == survivor and links() == before
        assert access.family(survivor.id) == [survivor.id, absorbed.id]

    def test_the_survivor_is_read_as_the_set(self, world: World) -> None:
        absorbed, survivor = world.ticket(), world.ticket()
        world.answer(survivor)
        merging.merge(absorbed, survivor, by=world.act(world.iryna))
        survivor.refresh_from_db()
        assert survivor.asked_at == absorbed.asked_at  # the older of the two questions

    def test_what_comes_later_stays_with_the_ticket_it_addressed(self, world: World) -> None:
        first = world.letter(world.petro)
        survivor = world.ticket(world.maria)
        merging.merge(first.ticket, survivor, by=world.act(world.iryna))
        again = world.letter(world.petro, answers=first.message)
        assert again.ticket == survivor  # seen there
        assert Link.objects.get(message=again.message).ticket == first.ticket  # and linked to its home

    def test_a_reply_reopens_the_survivor_never_the_absorbed(self, world: World) -> None:
        first = world.letter(world.petro)
        survivor = world.ticket(world.maria)
        merging.merge(first.ticket, survivor, by=world.act(world.iryna))
        survivor.refresh_from_db()
        state.close(survivor, by=world.act(world.iryna))
        world.letter(world.petro, answers=first.message)
        survivor.refresh_from_db()
        assert survivor.stage != "closed"

    def test_undone_much_later_everything_is_where_it_belongs(self, world: World) -> None:
        first, second = world.letter(world.petro), world.letter(world.maria)
        merging.merge(first.ticket, second.ticket, by=world.act(world.iryna))
        later = world.letter(world.petro, answers=first.message)
        answer = world.answer(second.ticket, dialog=later.message.dialog)
        merging.unmerge(first.ticket, by=world.act(world.iryna))
        assert access.family(second.ticket.id) == [second.ticket.id]
        of_first = set(Message.objects.filter(links__ticket=first.ticket, links__ended_act=None))
        assert of_first == {first.message, later.message, answer}
        first.ticket.refresh_from_db()
        second.ticket.refresh_from_db()
        assert first.ticket.waiting_since is None  # that answer answered it
        assert second.ticket.waiting_since == second.message.arrived_at

    def test_chains_are_read_whole_and_undone_one_by_one(self, world: World) -> None:
        a, b, c = world.ticket(), world.ticket(), world.ticket()
        merging.merge(a, b, by=world.act(world.iryna))
        merging.merge(b, c, by=world.act(world.iryna))
        assert set(access.family(c.id)) == {a.id, b.id, c.id}
        merging.unmerge(b, by=world.act(world.iryna))
        assert access.family(c.id) == [c.id] and set(access.family(b.id)) == {a.id, b.id}

    def test_a_circle_is_refused(self, world: World) -> None:
        a, b = world.ticket(), world.ticket()
        merging.merge(a, b, by=world.act(world.iryna))
        for one, other in ((b, a), (a, b), (b, b)):
            with pytest.raises(Invalid):
                merging.merge(one, other, by=world.act(world.iryna))


class TestSplit:
    def test_messages_go_to_a_ticket_of_their_own_and_come_back(self, world: World) -> None:
        chat = world.chat_dialog(world.maria)
        first, second = world.say(chat, "Каса"), world.say(chat, "Рахунок")
        before = links()
        act = world.act(world.iryna)
        child = split(first.ticket, [second.message], by=act)
        assert links() == {(first.message.id, first.ticket.id), (second.message.id, child.id)}
        assert (child.subject, child.requester, child.team) == ("Рахунок", world.maria.person, world.support)
        assert child.waiting_since == second.message.arrived_at
        undo(act.id, by=world.act(world.iryna))
        child.refresh_from_db()
        assert links() == before and child.deleted_at is not None
        assert not Relation.objects.filter(ended_act=None).exists()

    def test_a_message_may_stay_in_both(self, world: World) -> None:
        taken = world.letter(world.maria)
        child = split(taken.ticket, [taken.message], by=world.act(world.iryna), keep=True)
        assert links() == {(taken.message.id, taken.ticket.id), (taken.message.id, child.id)}

    def test_a_restricted_ticket_has_restricted_children(self, world: World) -> None:
        taken = world.letter(world.maria)
        fields.restrict(taken.ticket, True, by=world.act(world.taras))
        assert split(taken.ticket, [taken.message], by=world.act(world.taras)).restricted

    def test_somebody_elses_message_is_refused(self, world: World) -> None:
        one, other = world.letter(world.maria), world.letter(world.petro)
        with pytest.raises(Invalid):
            split(one.ticket, [one.message, other.message], by=world.act(world.iryna))
        assert Ticket.objects.count() == 2


class TestUndo:
    def test_each_change_of_fields(self, world: World) -> None:
        ticket = world.ticket()
        acts = []

        def did(verb, *args):  # type: ignore[no-untyped-def]
            acts.append(world.act(world.iryna))
            verb(ticket, *args, by=acts[-1])

        did(fields.set_priority, world.priorities["urgent"])
        did(fields.set_due, date(2027, 1, 5))
        did(fields.rename, "Інша назва")
        did(assigning.assign, world.iryna)
        did(state.close)
        for act in reversed(acts):
            undo(act.id, by=world.act(world.taras))
        ticket.refresh_from_db()
        assert (ticket.priority_rank, ticket.due_at, ticket.subject) == (0, None, "Не працює каса")
        assert (ticket.agent, ticket.stage, ticket.closed_at) == (None, "new", None)

    def test_closing_undone_lets_the_customer_wait_again(self, world: World) -> None:
        ticket = world.ticket()
        waiting = ticket.waiting_since
        act = world.act(world.iryna)
        state.close(ticket, by=act)
        assert ticket.waiting_since is None
        undo(act.id, by=world.act(world.iryna))
        ticket.refresh_from_db()
        assert ticket.waiting_since == waiting

    def test_tags_and_custom_fields(self, world: World) -> None:
        ticket = world.ticket()
        field = Field.objects.create(key="model", name="Модель", kind="text")
        tagging, setting, again = (world.act(world.iryna) for _ in range(3))
        fields.tag(ticket, [fields.tag_named("Терміново")], by=tagging)
        fields.set_field(ticket, field, "Exellio", by=setting)
        fields.set_field(ticket, field, "Datecs", by=again)
        undo(again.id, by=world.act(world.iryna))
        assert FieldValue.objects.get(ticket=ticket, current=True).text == "Exellio"
        told = Event.objects.filter(verb="ticket.changed").order_by("id").values_list("delta", flat=True)
        assert told[2]["field.model"] == told[1]["field.model"][::-1], "the journal tells of the way back too"
        undo(setting.id, by=world.act(world.iryna))
        undo(tagging.id, by=world.act(world.iryna))
        assert not FieldValue.objects.filter(current=True).exists() and not ticket.tag_rows.exists()

    def test_what_somebody_changed_since_is_not_overwritten(self, world: World) -> None:
        ticket = world.ticket()
        act = world.act(world.iryna)
        fields.set_priority(ticket, world.priorities["high"], by=act)
        fields.set_priority(ticket, world.priorities["urgent"], by=world.act(world.taras))
        with pytest.raises(Conflict) as refused:
            undo(act.id, by=world.act(world.iryna))
        assert set(refused.value.fields) & {"priority", "priority_rank"}
        ticket.refresh_from_db()
        assert ticket.priority_rank == 20

    def test_a_bulk_act_is_undone_whole_or_not_at_all(self, world: World) -> None:
        one, two = world.ticket(), world.ticket()
        act = world.act(world.iryna)
        for ticket in (one, two):
            state.close(ticket, by=act)
        state.reopen(two, by=world.act(world.taras))
        with pytest.raises(Conflict):
            undo(act.id, by=world.act(world.iryna))
        one.refresh_from_db()
        assert one.stage == "closed"

    def test_a_leaver_gives_tickets_back_and_undo_returns_them(self, world: World) -> None:
        mine = [world.ticket() for _ in range(3)]
        for ticket in mine:
            assigning.assign(ticket, world.iryna, by=world.act(world.iryna))
        act = world.act(world.olena)
        assigning.give_back(world.iryna.id, act)
        assert not Ticket.objects.filter(agent=world.iryna).exists()
        undo(act.id, by=world.act(world.olena))
        assert Ticket.objects.filter(agent=world.iryna).count() == 3

    def test_an_undo_can_be_undone(self, world: World) -> None:
        ticket = world.ticket()
        first, second = world.act(world.iryna), world.act(world.iryna)
        state.close(ticket, by=first)
        undo(first.id, by=second)
        undo(second.id, by=world.act(world.iryna))
        ticket.refresh_from_db()
        assert ticket.stage == "closed"

    def test_merges_links_and_relations(self, world: World) -> None:
        one, two = world.letter(world.maria), world.ticket()
        merge, linked, related = (world.act(world.iryna) for _ in range(3))
        linking.link(one.message, two, by=linked)
        relate(one.ticket, two, "duplicate", by=related)
        merging.merge(one.ticket, two, by=merge)
        for act in (merge, related, linked):
            undo(act.id, by=world.act(world.iryna))
        assert access.family(two.id) == [two.id]
        assert not Relation.objects.filter(ended_act=None).exists()
        assert (one.message.id, two.id) not in links()

    def test_what_came_from_outside_cannot_be_undone(self, world: World) -> None:
        taken = world.letter(world.maria)
        act = Event.objects.get(message_id=taken.message.id, verb="message.received").act
        with pytest.raises(NotUndoable):
            undo(act, by=world.act(world.iryna))


def test_ending_a_relation_can_be_undone(world: World) -> None:
    one, two = world.ticket(), world.ticket()
    relate(one, two, "caused_by", by=world.act(world.iryna))
    act = world.act(world.iryna)
    unrelate(Relation.objects.get(), by=act)
    undo(act.id, by=world.act(world.iryna))
    assert Relation.objects.get(ended_act=None).kind == "caused_by"


def test_tags_are_one_whatever_their_case(world: World) -> None:
    assert fields.tag_named(" #Терміново") == fields.tag_named("терміново") and Tag.objects.count() == 1


class TestColumnsOfASet:
    """Lists show the top of a set: its columns follow whatever happens to a ticket below it."""

    def test_taking_an_answer_back_lets_the_survivor_wait_again(self, world: World) -> None:
        from vikno.tickets.actions.unsending import unsend

        first, second = world.letter(world.petro), world.letter(world.maria)
        merging.merge(first.ticket, second.ticket, by=world.act(world.iryna))
        later = world.letter(world.petro, answers=first.message)
        top = Ticket.objects.get(id=second.ticket.id)
        before = (top.waiting_since, top.agent, top.stage)
        answer = world.answer(top, dialog=later.message.dialog)
        top.refresh_from_db()
        assert top.waiting_since is None and top.agent == world.iryna
        unsend(answer, by=world.act(world.iryna))
        top.refresh_from_db()
        assert (top.waiting_since, top.agent, top.stage) == before

    def test_an_answer_from_an_old_page_of_the_absorbed_one_answers_the_survivor(self, world: World) -> None:
        first, second = world.letter(world.maria), world.letter(world.maria)
        merging.merge(first.ticket, second.ticket, by=world.act(world.iryna))
        world.answer(Ticket.objects.get(id=first.ticket.id), dialog=first.message.dialog)
        assert Ticket.objects.get(id=second.ticket.id).answered_at is not None

    def test_undoing_a_merge_far_below_reaches_the_top(self, world: World) -> None:
        a, b, c = world.letter(world.petro), world.letter(world.maria), world.letter(world.maria)
        by = world.act(world.iryna)
        world.answer(b.ticket)
        world.answer(c.ticket)
        merging.merge(a.ticket, b.ticket, by=by)
        merging.merge(b.ticket, c.ticket, by=by)
        merging.unmerge(a.ticket, by=by)
        top = Ticket.objects.get(id=c.ticket.id)
        assert (top.asked_at, top.waiting_since) == (b.message.arrived_at, None)

    def test_unlinking_from_an_absorbed_one_reaches_the_survivor(self, world: World) -> None:
        first, second = world.letter(world.petro), world.letter(world.maria)
        merging.merge(first.ticket, second.ticket, by=world.act(world.iryna))
        later = world.letter(world.petro, answers=first.message)
        linking.unlink(later.message, first.ticket, by=world.act(world.iryna))
        assert Ticket.objects.get(id=second.ticket.id).last_in_at == second.message.arrived_at
