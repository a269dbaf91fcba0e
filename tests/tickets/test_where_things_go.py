"""Design 1a, "Where things go": which request a message falls to, and where an answer goes."""

import errno
import os
from datetime import timedelta

import pytest

from tests.world import World, later
from vikno.core import clock, files
from vikno.dialogs.actions import NewFile, Words
from vikno.dialogs.models import Delivery, Dialog, Message, Participant
from vikno.intake.models import Fate
from vikno.people.models import Identity
from vikno.staff.models import Team
from vikno.tickets import access
from vikno.tickets.actions import assigning, state
from vikno.tickets.actions.answering import Answer, NewerMessage, Recipients, default_dialog, reply
from vikno.tickets.actions.changing import Invalid
from vikno.tickets.actions.fields import restrict
from vikno.tickets.actions.merging import merge
from vikno.tickets.actions.writing_first import write_first
from vikno.tickets.models import Draft, Link, Relation, Ticket


def close_at(ticket: Ticket, world: World, ago: timedelta) -> None:
    state.close(ticket, by=world.act(world.iryna))
    Ticket.objects.filter(id=ticket.id).update(closed_at=clock.now() - ago)


def test_a_letter_opens_a_ticket_with_a_team_from_its_first_second(world: World) -> None:
    taken = world.letter(world.maria, "Не друкує чек")
    assert taken.fate == Fate.TICKET and taken.ticket and taken.message
    ticket = taken.ticket
    assert (ticket.subject, ticket.team, ticket.agent, ticket.stage) == ("Не друкує чек", world.support, None, "new")
    assert ticket.contract and ticket.contract.number == "Д-2041"
    assert ticket.asked_at == ticket.waiting_since == taken.message.arrived_at
    assert ticket.number > 1000


def test_an_answer_by_letter_joins_the_request_it_answers(world: World) -> None:
    first = world.letter(world.maria)
    world.ticket(world.maria, subject="Інше питання")
    answer = world.answer(first.ticket)
    again = world.letter(world.maria, "Re: Не працює каса", answers=answer, vouched=True)
    assert (again.fate, again.ticket) == (Fate.REPLY, first.ticket)


def test_a_reply_reopens_a_closed_ticket(world: World) -> None:
    first = world.letter(world.maria)
    state.close(first.ticket, by=world.act(world.iryna))
    again = world.letter(world.maria, answers=first.message)
    again.ticket.refresh_from_db()
    assert (again.ticket, again.ticket.stage, again.ticket.closed_at) == (first.ticket, "new", None)
    assert again.ticket.waiting_since == again.message.arrived_at


def test_who_opens_it_again_by_hand_says_that_the_customer_still_waits(world: World) -> None:
    ticket, by = world.letter(world.maria).ticket, world.act(world.iryna)
    asked = ticket.waiting_since
    for answered in (False, True):
        if answered:
            world.answer(ticket)
        state.close(ticket, by=by)
        ticket.refresh_from_db()
        assert ticket.waiting_since is None
        state.reopen(ticket, by=by)
        ticket.refresh_from_db()
        assert ticket.waiting_since == (None if answered else asked)


def test_after_the_teams_days_a_reply_opens_a_new_ticket_that_follows(world: World) -> None:
    world.support.reopen_days = 14
    world.support.save()
    first = world.letter(world.maria)
    close_at(first.ticket, world, timedelta(days=15))
    again = world.letter(world.maria, answers=first.message)
    assert again.fate == Fate.TICKET and again.ticket != first.ticket
    assert Relation.objects.get(ticket=again.ticket).of == first.ticket
    first.ticket.refresh_from_db()
    assert first.ticket.stage == "closed"


def test_the_teams_days_are_counted_to_when_the_answer_came_not_to_when_it_was_let_in(world: World) -> None:
    Team.objects.filter(id=world.support.id).update(reopen_days=3)
    first = world.letter(world.maria)
    close_at(first.ticket, world, timedelta(days=5))
    in_time = world.letter(world.maria, answers=first.message, arrived_at=later(days=-4), admitted=True)
    assert (in_time.ticket, in_time.fate) == (first.ticket, Fate.REPLY)


def test_what_follows_stays_with_the_team_of_what_it_follows(world: World) -> None:
    first = world.letter(world.maria)
    assigning.hand_over(first.ticket, world.hr, by=world.act(world.taras))
    Team.objects.filter(id=world.hr.id).update(reopen_days=1)
    close_at(first.ticket, world, timedelta(days=5))
    again = world.letter(world.maria, answers=first.message)
    assert again.ticket != first.ticket and again.ticket.team == world.hr


def test_what_follows_a_restricted_request_is_seen_by_who_saw_that(world: World) -> None:
    first = world.letter(world.maria)
    assigning.hand_over(first.ticket, world.billing, by=world.act(world.taras))
    assigning.assign(first.ticket, world.bohdan, by=world.act(world.bohdan))
    assigning.follow(first.ticket, world.iryna.id, by=world.act(world.bohdan))
    restrict(first.ticket, True, by=world.act(world.bohdan))
    Team.objects.filter(id=world.billing.id).update(reopen_days=1)
    close_at(first.ticket, world, timedelta(days=5))
    again = world.letter(world.maria, answers=first.message)
    assert again.ticket != first.ticket and again.ticket.restricted
    seers = [one for one in (world.bohdan, world.iryna, world.taras, world.marko)
             if access.seen_of(world.viewer(one), [again.ticket.id])]  # fmt: skip
    assert seers == [world.bohdan, world.iryna]


@pytest.mark.parametrize("kind", ["thanks", "automatic", "list"])
def test_thanks_and_automatic_letters_do_not_reopen(world: World, kind: str) -> None:
    first = world.letter(world.maria)
    state.close(first.ticket, by=world.act(world.iryna))
    again = world.letter(world.maria, answers=first.message, kind=kind)
    again.ticket.refresh_from_db()
    assert (again.ticket, again.ticket.stage, again.ticket.waiting_since) == (first.ticket, "closed", None)


def test_an_automatic_letter_opens_a_ticket_but_starts_no_clock(world: World) -> None:
    ticket = world.ticket(world.petro, kind="automatic")
    assert (ticket.stage, ticket.asked_at, ticket.waiting_since) == ("new", None, None)


class TestChat:
    def test_a_quote_decides(self, world: World) -> None:
        chat = world.chat_dialog(world.maria)
        one = world.say(chat, "Перше").ticket
        state.close(one, by=world.act(world.iryna))
        Ticket.objects.filter(id=one.id).update(closed_at=clock.now() - timedelta(days=9))
        two = world.say(chat, "Друге")
        quoted = world.say(chat, "До першого", answers=Message.objects.get(links__ticket=one))
        assert two.ticket != one and quoted.ticket == one

    def test_else_the_one_last_answered_within_a_day(self, world: World) -> None:
        chat = world.chat_dialog(world.maria)
        one = world.say(chat, "Перше").ticket
        two = self.second_request(world, chat)
        world.answer(one, dialog=chat)
        assert world.say(chat).ticket == one
        old = world.say(chat, at=later(hours=25))
        assert (old.ticket, old.why) == (two, "latest_open")

    def second_request(self, world: World, chat: Dialog) -> Ticket:
        from vikno.tickets.actions.splitting import split

        taken = world.say(chat, "А ще друге")  # falls to the only open one; an agent takes it out
        return split(taken.ticket, [taken.message], by=world.act(world.iryna))

    def test_else_the_only_open_one(self, world: World) -> None:
        chat = world.chat_dialog(world.maria)
        one = world.say(chat).ticket
        again = world.say(chat)
        assert (again.ticket, again.why) == (one, "only_open")

    def test_one_that_was_merged_is_read_as_what_it_was_merged_into(self, world: World) -> None:
        chat, by = world.chat_dialog(world.maria), world.act(world.taras)
        one, other = world.say(chat, "Перше").ticket, world.ticket(world.maria)
        merge(one, other, by=by)
        again = world.say(chat)
        assert (again.ticket, again.why) == (other, "only_open")
        assert Link.objects.get(message=again.message).ticket == one, "undone, it is where it was said"
        world.answer(other, dialog=chat)
        assert world.say(chat).why == "last_answered"
        state.close(other, by=by)
        reopened = world.say(chat)
        assert (reopened.ticket, reopened.why, reopened.ticket.closed_at) == (other, "just_closed", None)
        state.delete(other, by=by)
        assert world.say(chat).why == "new"

    def test_of_several_the_latest_marked_to_be_sorted(self, world: World) -> None:
        chat = world.chat_dialog(world.maria)
        world.say(chat, "Перше")
        two = self.second_request(world, chat)
        third = world.say(chat, "І третє")
        assert (third.ticket, third.why) == (two, "latest_open")
        assert third.ticket.sort_me and Link.objects.get(message=third.message, ended_act=None).sort_me

    @pytest.mark.parametrize(("hours", "reopens"), [(47, True), (49, False)])
    def test_else_the_last_closed_less_than_two_days_ago(self, world: World, hours: int, reopens: bool) -> None:
        chat = world.chat_dialog(world.maria)
        one = world.say(chat).ticket
        close_at(one, world, timedelta(hours=hours))
        again = world.say(chat)
        assert (again.ticket == one) is reopens
        again.ticket.refresh_from_db()
        assert again.ticket.closed_at is None


class TestStrangers:
    def test_who_answers_without_taking_part_is_suspected_and_changes_nothing(self, world: World) -> None:
        first = world.letter(world.maria)
        before = Message.objects.count()
        taken = world.letter(world.stranger, answers=first.message)
        assert (taken.fate, taken.message, taken.ticket) == (Fate.SUSPECTED, None, first.ticket)
        assert Message.objects.count() == before

    def test_a_token_passed_on_lets_in_as_newcomer_who_gets_no_answer(self, world: World) -> None:
        first = world.letter(world.maria)
        answer = world.answer(first.ticket)
        taken = world.letter(world.stranger, answers=answer, vouched=True)
        assert taken.ticket == first.ticket and taken.message.trust["newcomer"]
        role = Participant.objects.get(dialog=taken.message.dialog, identity=world.stranger).role
        assert role == Participant.Role.NEWCOMER
        second = world.answer(first.ticket)
        assert {row.identity for row in second.deliveries.all()} == {world.maria}

    def test_a_participant_in_copy_joins_and_is_answered_in_copy(self, world: World) -> None:
        first = world.letter(world.maria, participants=((world.petro, "cc"),))
        taken = world.letter(world.petro, answers=first.message)
        assert (taken.fate, taken.ticket) == (Fate.REPLY, first.ticket)
        answer = world.answer(first.ticket)
        assert {(row.identity, row.role) for row in answer.deliveries.all()} == {
            (world.maria, "to"),
            (world.petro, "cc"),
        }


class TestAnswers:
    def test_the_default_is_the_dialog_of_the_requesters_latest_message(self, world: World) -> None:
        first = world.letter(world.maria)
        chat = world.chat_dialog(world.maria)
        said = world.say(chat)
        from vikno.tickets.actions.linking import link

        link(said.message, first.ticket, by=world.act(world.iryna))
        assert default_dialog(first.ticket) == chat

    def test_a_dead_address_cannot_carry_an_answer_and_another_verified_one_is_taken(self, world: World) -> None:
        ticket = world.ticket(world.petro)
        Identity.objects.filter(id=world.petro.id).update(failed_at=clock.now())
        with pytest.raises(Invalid):
            world.answer(ticket)
        other = Identity.objects.create(
            person=world.petro.person, kind="email", value="p@lys.example", shown="p@lys.example",
            verified_by="agent", verified_at=clock.now(),
        )  # fmt: skip
        message = world.answer(ticket)
        assert [row.identity for row in message.deliveries.all()] == [other]

    def test_it_answers_from_the_address_that_was_written_to(self, world: World) -> None:
        assert world.answer(world.ticket()).dialog.address == world.address

    def test_nothing_leaves_before_the_undo_window(self, world: World) -> None:
        message = world.answer(world.ticket())
        delivery = message.deliveries.get()
        assert delivery.state == Delivery.State.QUEUED
        assert timedelta(seconds=9) < delivery.not_before - message.arrived_at <= timedelta(seconds=11)

    def test_something_newer_stops_the_answer_and_keeps_it(self, world: World) -> None:
        first = world.letter(world.maria)
        newer = world.letter(world.maria, answers=first.message)
        with pytest.raises(NewerMessage):
            world.answer(first.ticket, seen_message=first.message.id)
        assert world.answer(first.ticket, seen_message=newer.message.id)

    def test_a_supplier_never_slips_into_a_customers_dialog(self, world: World) -> None:
        from vikno.dialogs import actions as dialogs

        ticket = world.ticket()
        dialogs.open_dialog(world.mail, world.supplier, by=world.act(world.iryna), side="third")
        with pytest.raises(Invalid):
            world.answer(ticket, recipients=Recipients(to=[world.maria], cc=[world.supplier]))
        assert not Delivery.objects.exists()

    def test_an_answer_quotes_only_messages_of_the_tickets_being_answered(self, world: World) -> None:
        chat = world.chat_dialog(world.maria)
        one = world.say(chat, "Перше")
        secret = world.say(chat, "Особисте")
        from vikno.tickets.actions.splitting import split

        split(secret.ticket, [secret.message], by=world.act(world.iryna))
        assert world.answer(one.ticket, dialog=chat).answers == one.message

    def test_an_agent_can_write_first(self, world: World) -> None:
        ticket, _message = write_first(
            world.iryna, world.mail, Recipients(to=[world.petro]), Words("Ваш товар чекає", subject="Замовлення 17"),
            by=world.act(world.iryna),
        )  # fmt: skip
        assert (ticket.agent, ticket.entered_by, ticket.requester) == (world.iryna, world.iryna, world.petro.person)
        assert ticket.asked_at is None and ticket.waiting_since is None
        answered = world.letter(world.petro, answers=Message.objects.get(links__ticket=ticket))
        assert answered.ticket == ticket


def test_undoing_a_send_brings_the_clock_back(world: World) -> None:
    from vikno.tickets.actions.unsending import unsend

    ticket = world.ticket()
    waiting = ticket.waiting_since
    message = world.answer(ticket)
    ticket.refresh_from_db()
    assert (ticket.waiting_since, ticket.agent, ticket.stage) == (None, world.iryna, "open")
    unsend(message, by=world.act(world.iryna))
    ticket.refresh_from_db()
    assert (ticket.waiting_since, ticket.first_reply_at) == (waiting, None)
    assert (ticket.agent, ticket.stage) == (None, "new")
    assert message.deliveries.get().state == Delivery.State.CANCELLED
    draft = Draft.objects.get(agent=world.iryna, ticket=ticket)
    assert (draft.html, draft.dialog) == ("Доброго дня, дивимось.", message.dialog)  # nothing written is lost


@pytest.mark.parametrize("broken", [(), ("link",), ("link", "fsync")], ids=["links", "no links", "full disk"])
def test_what_is_taken_back_brings_its_files_if_it_can_and_its_words_always(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: tuple[str, ...]
) -> None:
    from vikno.tickets.actions.unsending import unsend

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    ticket = world.ticket()
    said = Answer(Words("Дивіться додане."), [NewFile("a.txt", "text/plain", b"the bytes")])
    message = reply(ticket, world.iryna, said, by=world.act(world.iryna))
    for name in broken:
        monkeypatch.setattr(os, name, full)
    unsend(message, by=world.act(world.iryna))
    draft = Draft.objects.get(agent=world.iryna, ticket=ticket)
    assert draft.html == "Дивіться додане."
    assert [files.read(row.file) for row in draft.files.all()] == ([] if "fsync" in broken else [b"the bytes"])
    of_the_answer = message.attachments.get().file
    for row in draft.files.all():
        files.store().delete(row.file.key)
    assert files.read(of_the_answer) == b"the bytes"


def test_what_has_left_cannot_be_taken_back(world: World) -> None:
    from vikno.tickets.actions.unsending import unsend

    message = world.answer(world.ticket())
    message.deliveries.update(state=Delivery.State.SENDING, attempts=1)
    with pytest.raises(Invalid):
        unsend(message, by=world.act(world.iryna))


def test_one_answer_stops_the_clock_of_every_ticket_it_is_linked_to(world: World) -> None:
    chat = world.chat_dialog(world.maria)
    one = world.say(chat, "Перше").ticket
    second = world.say(chat, "Друге")
    from vikno.tickets.actions.splitting import split

    two = split(second.ticket, [second.message], by=world.act(world.iryna))
    reply(one, world.iryna, Answer(Words("На обидва"), dialog=chat, tickets=[two]), by=world.act(world.iryna))
    for ticket in (one, two):
        ticket.refresh_from_db()
        assert ticket.waiting_since is None and ticket.first_reply_at
