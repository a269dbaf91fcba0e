"""What becomes of a delivery: claimed once, in order, with an outcome that is written down and told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.dialogs.wires import Wire, due_now, events, fresh, say
from tests.world import World
from vikno.core import clock
from vikno.dialogs import claiming, deliveries, sending
from vikno.dialogs.channels import KINDS, Halted, Kind, NoWayOut, Rejected, Retry, Unknown
from vikno.dialogs.delivery_words import Code, explain
from vikno.dialogs.models import Channel, Delivery, Dialog
from vikno.journal.models import Event
from vikno.people.models import Identity
from vikno.tickets.actions.unsending import unsend

State = Delivery.State


class TestClaiming:
    def test_nothing_leaves_within_its_undo_window(self, wire: Wire, dialog: Dialog) -> None:
        [delivery] = say(dialog, wait=60)
        assert sending.run_due() == 0 and wire.got == []
        assert fresh(delivery).state == State.QUEUED

    def test_a_claimed_delivery_is_not_claimed_again(self, wire: Wire, dialog: Dialog) -> None:
        say(dialog)
        assert len(claiming.claim_due(5)) == 1
        assert claiming.claim_due(5) == []

    def test_a_claim_whose_holder_died_before_sending_is_given_back(self, wire: Wire, dialog: Dialog) -> None:
        [delivery] = say(dialog)
        claiming.claim_due(5)
        Delivery.objects.update(lease_until=clock.now() - timedelta(seconds=1))
        assert sending.run_due() == 1 and wire.got == [delivery.id]

    def test_a_later_message_does_not_overtake_to_the_same_recipient(self, wire: Wire, dialog: Dialog) -> None:
        [first], [second] = say(dialog), say(dialog)
        wire.answers = [Retry("451 later")]
        sending.run_due()
        sending.run_due()
        assert wire.got == []
        due_now(first)
        sending.run_due()
        sending.run_due()
        assert wire.got == [first.id, second.id]

    def test_it_does_overtake_to_others(self, world: World, wire: Wire, dialog: Dialog) -> None:
        say(dialog, world.maria, wait=60)
        [to_petro] = say(dialog, world.petro)
        sending.run_due()
        assert wire.got == [to_petro.id]

    def test_one_that_is_doubtful_holds_up_nobody(self, wire: Wire, dialog: Dialog) -> None:
        say(dialog)
        [second] = say(dialog)
        wire.answers = [Unknown("silence")]
        sending.run_due()
        sending.run_due()
        assert wire.got == [second.id]

    def test_a_channel_has_so_many_under_way_and_no_more(self, world: World, wire: Wire, dialog: Dialog) -> None:
        for who in (world.maria, world.petro, world.stranger, world.supplier):
            say(dialog, who)
        assert len(claiming.claim_due(10, {world.mail.id: 1}, per_channel=3)) == 2

    def test_the_throttle_puts_off_what_is_too_much(self, world: World, wire: Wire, dialog: Dialog) -> None:
        Channel.objects.filter(id=world.mail.id).update(settings={"limit_per_minute": 2})
        rows = [say(dialog, who)[0] for who in (world.maria, world.petro, world.stranger)]
        sending.run_due()
        assert len(wire.got) == 2
        late = fresh(rows[2])
        assert late.state == State.QUEUED and timedelta(seconds=20) < late.not_before - clock.now()
        assert late.not_before - clock.now() < timedelta(seconds=31)

    def test_a_recipient_domain_has_a_throttle_of_its_own(self, world: World, wire: Wire, dialog: Dialog) -> None:
        Channel.objects.filter(id=world.mail.id).update(settings={"domain_per_minute": 1})
        say(dialog, world.maria)
        say(dialog, world.petro)
        sending.run_due()
        assert len(wire.got) == 2

    def test_an_idle_look_costs_one_query(self, wire: Wire, queries: Callable[..., object]) -> None:
        with queries(at_most=1):  # type: ignore[attr-defined]
            claiming.claim_due(5)


class TestOutcomes:
    def test_what_was_taken_is_sent_and_told_with_ids_only(self, wire: Wire, dialog: Dialog) -> None:
        [delivery] = say(dialog)
        sending.run_due()
        row = fresh(delivery)
        assert row.state == State.SENT and row.sent_at is not None and row.lease_until is None
        event = Event.objects.get(verb="delivery.sent")
        assert event.delta == {"delivery": [row.id, row.id], "state": ["sending", "sent"]}
        assert (event.message_id, event.dialog_id, event.person_id) == (
            row.message_id,
            dialog.id,
            dialog.identity.person_id,
        )

    def test_it_is_marked_as_leaving_before_it_leaves(self, wire: Wire, dialog: Dialog) -> None:
        seen = []
        wire.meanwhile = lambda delivery: seen.append(fresh(delivery).state)
        say(dialog)
        sending.run_due()
        assert seen == [State.SENDING]

    def test_a_refusal_keeps_the_words_of_the_other_side(self, world: World, wire: Wire, dialog: Dialog) -> None:
        [delivery] = say(dialog)
        wire.answers = [Rejected("552 5.2.2 mailbox full")]
        sending.run_due()
        assert fresh(delivery).state == State.REFUSED and "mailbox full" in explain(fresh(delivery))
        world.maria.refresh_from_db()
        assert (world.maria.failed_as, world.maria.is_gone) == ("full", False)  # full today is not gone for ever

    def test_what_a_person_has_sent_again_and_is_taken_says_that_the_address_works(
        self, world: World, wire: Wire, dialog: Dialog
    ) -> None:
        [delivery] = say(dialog, agent=world.iryna)
        wire.answers = [Rejected("550 5.1.1 no such user")]
        sending.run_due()
        [other] = say(dialog, agent=world.iryna)
        sending.run_due()
        assert fresh(other).state == State.SENT and Identity.objects.get(id=world.maria.id).is_gone  # a relay takes all
        deliveries.repeat(fresh(delivery), by=world.act(world.iryna))
        sending.run_due()
        assert fresh(delivery).state == State.SENT
        assert Identity.objects.get(id=world.maria.id).failed_at is None

    def test_but_a_complaint_is_not_forgotten_for_it(self, world: World, wire: Wire, dialog: Dialog) -> None:
        [delivery] = say(dialog, agent=world.iryna)
        wire.answers = [Rejected("550 5.7.1 no")]
        sending.run_due()
        Identity.objects.filter(id=world.maria.id).update(failed_at=clock.now(), failed_as="complaint")
        deliveries.repeat(fresh(delivery), by=world.act(world.iryna))
        sending.run_due()
        assert fresh(delivery).state == State.SENT
        assert Identity.objects.get(id=world.maria.id).failed_as == "complaint"

    def test_an_address_that_does_not_exist_is_marked(self, world: World, wire: Wire, dialog: Dialog) -> None:
        say(dialog)
        wire.answers = [Rejected("550 5.1.1 no such user")]
        sending.run_due()
        world.maria.refresh_from_db()
        assert world.maria.failed_at is not None

    def test_retries_wait_longer_each_time_and_are_told_to_nobody(self, wire: Wire, dialog: Dialog) -> None:
        [delivery] = say(dialog)
        waits = []
        for _ in range(4):
            wire.answers = [Retry("451 greylisted")]
            sending.run_due()
            row = fresh(delivery)
            waits.append((row.not_before - clock.now()).total_seconds())
            due_now(delivery)
        assert fresh(delivery).attempts == 4 and events(delivery) == []
        assert 40 < waits[0] < 80 and waits[0] < waits[2] < waits[3]

    def test_the_other_side_may_name_the_wait(self, wire: Wire, dialog: Dialog) -> None:
        [delivery] = say(dialog)
        wire.answers = [Retry("429 slow down", after=7)]
        sending.run_due()
        assert 5 < (fresh(delivery).not_before - clock.now()).total_seconds() <= 7

    def test_after_five_days_it_is_refused_in_words(self, wire: Wire, dialog: Dialog) -> None:
        [delivery] = say(dialog)
        wire.answers = [Retry("451 greylisted"), Retry("451 still greylisted")]
        sending.run_due()
        Delivery.objects.update(tried_since=clock.now() - timedelta(days=4, hours=23, minutes=59))
        due_now(delivery)
        sending.run_due()
        row = fresh(delivery)
        assert row.state == State.REFUSED and row.reason == f"{Code.EXPIRED}: 451 still greylisted"

    def test_silence_after_the_last_byte_is_doubtful(self, wire: Wire, dialog: Dialog) -> None:
        [delivery] = say(dialog)
        wire.answers = [Unknown("no answer")]
        sending.run_due()
        assert fresh(delivery).state == State.DOUBTFUL and events(delivery) == ["delivery.doubtful"]
        assert sending.run_due() == 0

    def test_where_repeats_are_recognised_it_is_tried_again(self, wire: Wire, dialog: Dialog) -> None:
        KINDS["email"] = Kind(name="email", title=str, icon="", ends=True, deliver=wire.take, recognises_repeats=True)
        [delivery] = say(dialog)
        wire.answers = [Unknown("no answer")]
        sending.run_due()
        assert fresh(delivery).state == State.QUEUED

    def test_an_unforeseen_fault_is_doubtful_too(self, wire: Wire, dialog: Dialog) -> None:
        [delivery] = say(dialog)
        wire.answers = [KeyError("x")]
        sending.run_due()
        assert fresh(delivery).state == State.DOUBTFUL

    def test_a_sender_that_died_leaves_a_doubtful_letter(self, wire: Wire, dialog: Dialog) -> None:
        [delivery] = say(dialog)
        [claimed] = claiming.claim_due(1)
        deliveries.begin(claimed)
        assert deliveries.settle_abandoned() == 0
        Delivery.objects.update(lease_until=clock.now() - timedelta(seconds=1))
        assert deliveries.settle_abandoned() == 1
        assert fresh(delivery).state == State.DOUBTFUL and fresh(delivery).reason == Code.LOST
        assert deliveries.mark_sent(claimed)  # it was only asleep, and knows better
        assert fresh(delivery).state == State.SENT

    def test_who_comes_late_changes_nothing_a_person_decided(self, world: World, wire: Wire, dialog: Dialog) -> None:
        [delivery] = say(dialog)
        [claimed] = claiming.claim_due(1)
        deliveries.begin(claimed)
        deliveries.mark_doubtful(claimed, "silence")
        deliveries.arrived(fresh(delivery), by=world.act(world.iryna))
        assert not deliveries.mark_refused(claimed, "550 no")
        assert fresh(delivery).state == State.SENT


class TestHaltedChannel:
    def test_the_queue_waits_and_nothing_is_dropped_or_counted(self, world: World, wire: Wire, dialog: Dialog) -> None:
        rows = [say(dialog, who)[0] for who in (world.maria, world.petro)]
        wire.answers = [Halted("password_refused", "535 no"), Halted("password_refused", "535 no")]
        sending.run_due()
        out = Channel.objects.get(id=world.mail.id).health["out"]
        assert not out["ok"] and out["code"] == "password_refused" and out["detail"] == "535 no"
        assert out["failures"] == 1  # two letters at once are one failure of the channel
        assert [(fresh(row).state, fresh(row).attempts) for row in rows] == [(State.QUEUED, 0)] * 2
        assert sending.run_due() == 0

    def test_one_letter_tries_when_its_time_has_come_and_frees_the_rest(
        self, world: World, wire: Wire, dialog: Dialog
    ) -> None:
        rows = [say(dialog, who)[0] for who in (world.maria, world.petro)]
        wire.answers = [Halted("unreachable", "refused"), Halted("unreachable", "refused")]
        sending.run_due()
        channel = Channel.objects.get(id=world.mail.id)
        channel.health["out"]["until"] = clock.now().isoformat()
        channel.save()
        assert sending.run_due() == 1
        assert "out" not in Channel.objects.get(id=world.mail.id).health
        assert sending.run_due() == 1 and sorted(wire.got) == sorted(row.id for row in rows)

    def test_mended_settings_free_it_at_once(self, world: World, wire: Wire, dialog: Dialog) -> None:
        say(dialog)
        wire.answers = [Halted("password_refused")]
        sending.run_due()
        deliveries.resume(world.mail.id)
        assert sending.run_due() == 1 and len(wire.got) == 1

    def test_without_a_way_out_each_waits_visibly_until_there_is_one(self, wire: Wire, dialog: Dialog) -> None:
        [first], [second] = say(dialog), say(dialog)
        wire.answers = [NoWayOut(), NoWayOut()]
        sending.run_due()
        sending.run_due()  # the second shows itself too, though the first still waits
        for row in (first, second):
            assert (fresh(row).state, fresh(row).reason, fresh(row).attempts) == (State.QUEUED, Code.NO_RELAY, 0)
        deliveries.resume()
        sending.run_due()
        sending.run_due()
        assert wire.got == [first.id, second.id]


class TestWhatPeopleDecide:
    def test_a_person_has_it_sent_again(self, world: World, wire: Wire, dialog: Dialog) -> None:
        [delivery] = say(dialog)
        wire.answers = [Unknown("silence")]
        sending.run_due()
        deliveries.repeat(fresh(delivery), by=world.act(world.iryna))
        sending.run_due()
        assert fresh(delivery).state == State.SENT
        assert events(delivery) == ["delivery.doubtful", "delivery.repeated", "delivery.sent"]
        assert Event.objects.get(verb="delivery.repeated").actor_id == world.iryna.id

    def test_what_was_sent_is_not_sent_again(self, world: World, wire: Wire, dialog: Dialog) -> None:
        [delivery] = say(dialog)
        sending.run_due()
        with pytest.raises(deliveries.NotNow):
            deliveries.repeat(delivery, by=world.act(world.iryna))

    def test_one_that_waits_can_be_given_up(self, world: World, wire: Wire, dialog: Dialog) -> None:
        [delivery] = say(dialog)
        wire.answers = [Retry("451 later")]
        sending.run_due()
        deliveries.give_up(delivery, by=world.act(world.iryna))
        due_now(delivery)
        assert sending.run_due() == 0 and fresh(delivery).state == State.CANCELLED

    def test_what_was_unsent_in_the_moment_of_leaving_does_not_leave(self, world: World, wire: Wire) -> None:
        message = world.answer(world.ticket())
        [claimed] = claiming.claim_due(1)
        unsend(message, by=world.act(world.iryna))
        sending.carry(claimed)
        assert wire.got == [] and fresh(claimed).state == State.CANCELLED

    def test_cancelling_is_all_or_nothing(self, world: World, wire: Wire, dialog: Dialog) -> None:
        rows = say(dialog, world.maria, world.petro)
        [claimed] = claiming.claim_due(1)
        deliveries.begin(claimed)
        assert not deliveries.cancel(rows[0].message)
        assert {fresh(row).state for row in rows} == {State.SENDING, State.QUEUED}


class TestWhoGetsWhat:
    def test_what_a_human_wrote_goes_also_to_a_failed_or_blocked_address(self, world: World, wire: Wire) -> None:
        ticket = world.ticket()
        world.answer(ticket)
        Identity.objects.filter(id=world.maria.id).update(failed_at=clock.now(), blocked_at=clock.now())
        sending.run_due()
        assert len(wire.got) == 1

    @pytest.mark.parametrize(("column", "code"), [("failed_at", Code.FAILED), ("blocked_at", Code.BLOCKED)])
    def test_what_is_automatic_does_not(
        self, world: World, wire: Wire, dialog: Dialog, column: str, code: Code
    ) -> None:
        Identity.objects.filter(id=world.maria.id).update(**{column: clock.now()})
        [delivery] = say(dialog)
        sending.run_due()
        assert (fresh(delivery).state, fresh(delivery).reason, wire.got) == (State.REFUSED, code, [])

    def test_nothing_goes_to_who_was_erased(self, world: World, wire: Wire) -> None:
        world.answer(world.ticket())
        Identity.objects.filter(id=world.maria.id).update(erased_at=clock.now())
        sending.run_due()
        assert wire.got == [] and Delivery.objects.get().reason == Code.ERASED

    def test_a_channel_that_carries_nothing_says_so(self, wire: Wire, dialog: Dialog) -> None:
        KINDS["email"] = Kind(name="email", title=str, icon="", ends=True)
        [delivery] = say(dialog)
        sending.run_due()
        assert fresh(delivery).reason == Code.SILENT
