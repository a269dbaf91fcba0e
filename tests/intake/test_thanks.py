"""Pure thanks: told by their words, joined to what they are for, reopening nothing; and a click that says otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.thanks_phrases import (
    CUSTOMERS,
    HELD_OUT,
    NEWCOMERS,
    STRANGERS,
    TUNED,
    UNSEEN,
    Phrase,
    Phrases,
)
from tests.letters import letter, with_file
from tests.world import World
from vikno.core import clock
from vikno.dialogs.actions import NewFile
from vikno.dialogs.models import Dialog, Message
from vikno.intake.models import Inbound
from vikno.intake.thanks import LONGEST, thanks_in
from vikno.journal.models import Event
from vikno.tickets.actions import judging, state
from vikno.tickets.actions.changing import Conflict, Invalid
from vikno.tickets.actions.undoing import undo
from vikno.tickets.models import Link, Relation, Ticket
from vikno.tickets.queries import praise


class TestTheWords:
    @pytest.mark.parametrize(
        "phrase",
        [*TUNED.more, *STRANGERS.more, *HELD_OUT.more, *UNSEEN.more, *NEWCOMERS.more, *CUSTOMERS.more],
        ids=lambda one: one.text,
    )
    def test_no_request_is_taken_as_thanks(self, phrase: Phrase) -> None:
        assert thanks_in(phrase.text, phrase.names) is None
        assert thanks_in(phrase.text, phrase.names, phrase.names) is None

    @pytest.mark.parametrize(
        ("phrases", "share"),
        [(TUNED, 1.0), (STRANGERS, 0.95), (HELD_OUT, 0.85), (UNSEEN, 0.75), (NEWCOMERS, 0.85), (CUSTOMERS, 0.9)],
    )
    def test_most_thanks_are_found(self, phrases: Phrases, share: float) -> None:
        found = [one for one in phrases.thanks if thanks_in(one.text, one.names) is not None]
        assert len(found) >= share * len(phrases.thanks)

    @pytest.mark.parametrize(
        "said",
        [
            "Так, дякую", "Підтверджую. Дякую", "Yes, thank you", "Дякую, вам прийшли документи", "Дякую, є акт",
            "Дякую, оплата вам прийшла", "Дякую, знову прийшов рахунок", "Thanks, I got the invoice again",
            "Thanks, is it working now", "Thank you, has the parcel arrived", "Дякую, сайт більше не з'являється",
            "Thanks, the app no longer opens", "Дякую за такий сервіс", "Дякую, гроші на картку", "Thanks, open it",
            "Спасибо, мы решили возврат", "Thanks, the error is back", "Дякую, зникли гроші", "Дякую, працював сайт",
        ],
    )  # fmt: skip
    def test_known_words_that_ask_or_complain_together_are_no_thanks(self, said: str) -> None:
        assert thanks_in(said) is None

    @pytest.mark.parametrize(
        "said",
        [
            "Дякую. З повагою, надішліть рахунок", "Спасибо! С уважением, Анна. Отмените заказ",
            "Thanks. Best regards, please call me", "Thanks, sorry for the order", "Thanks, never mind the invoice",
            "Дякую, вибачте за клопіт, поверніть гроші", "Thanks, just wanted to say it is broken",
            "Дякую, гроші прийшли на чужу картку", "Спасибо, было в спаме и пропало", "Дякую, хай прийде майстер",
            "Thank you, how grateful are you", "Спасибо, очень плохо упаковано", "Thanks, close this one down",
        ],
    )  # fmt: skip
    def test_wishes_excuses_and_signatures_hide_no_request(self, said: str) -> None:
        assert thanks_in(said, ["Анна"]) is None

    @pytest.mark.parametrize(
        "said",
        [
            "Дякую за проблеми!", "Спасибо за проблемы", "Thanks for the problem", "Thanks for your reply, help me",
            "Thanks for your reply and help me", "Thanks for the quick reply and refund me",
            "Thanks for your email, reply to us", "Thanks for your reply, call back", "Спасибо за письмо, ответь",
            "Спасибо за письмо, замени", "Дякую за відповідь, заміна", "Дякую за допомогу, доставка",
            "Спасибо за чек, возврат",
            "Thanks for making things so hard", "Дякую за ситуацію",
            "Thanks for your attention, quick refund", "Дякую за увагу, документи",
            "Thanks for the update, update the invoice", "Thanks for looking into it, answer",
        ],
    )  # fmt: skip
    def test_what_is_thanked_for_is_neither_trouble_nor_an_order_nor_what_is_wanted(self, said: str) -> None:
        assert thanks_in(said) is None

    @pytest.mark.parametrize(
        "said",
        [
            "Дякую, все прийшло, рахунок бухгалтерії", "Спасибо, всё пришло, счет менеджеру",
            "Thanks, received, invoice to your manager", "Thanks, all good, invoice to the team",
            "Дякую, повідомляю, що змінилися реквізити", "Підтверджую, що рахунок прийшов двічі",
            "Thanks, glad to confirm nothing works", "Thanks, I confirm the order", "Дякую, рада повідомити",
            "Дякую, закрийте рахунок", "Thanks, please close the account", "Please close my case and refund me",
            "Спасибо, закройте обращение, верните деньги", "Дякую, переконався, що вам байдуже",
            "Дякую, ще раз переконалась", "Дякую, недарма вас лають", "Спасибо, зря вас выбрал",
            "Дякую, що так довго відповідаєте", "Дякую, то що мені треба робити", "Thanks, we are back to the error",
            "Дякую, ви мені нарахували рахунок", "Дякую, моя вина, скасуйте", "Thanks, my mistake, please correct it",
            "Дякую. Доброї дороги посилці, коли вона прийде", "Дякую, питань не маю, маю скаргу",
            "Дякую!\nЗ повагою,\nменеджер з продажу звільнився", "Дякую!\nЗ повагою,\nТОВ Ромашка не платить",
        ],
    )  # fmt: skip
    def test_what_came_is_told_whole_and_what_follows_is_judged_by_itself(self, said: str) -> None:
        assert thanks_in(said) is None

    @pytest.mark.parametrize(
        "said",
        [
            "Вдячнi за допомогу, все працюе", "Thanks for your help and for your time", "Дякую за чек",
            "Thanks for letting me know about the issue", "Все працює, підтверджую. Дякую",
            "Повідомляю, що посилку отримали. Дякуємо вашому кур'єру!", "Дякую! Вибачте, що потурбував",
            "Thanks, happy to confirm everything works. Sorry for the fuss",
            "Спасибо, еще раз убедились, что не зря выбрали вас",
            "Дякую!\nЗ повагою,\nПетро Ко\nменеджер з продажу ТОВ «Рута»",
        ],
    )  # fmt: skip
    def test_kind_words_around_it_leave_it_thanks(self, said: str) -> None:
        assert thanks_in(said) is not None

    @given(st.sampled_from(TUNED.thanks + STRANGERS.thanks), st.sampled_from(["не", "але", "чи", "поки", "but", "not"]))
    def test_a_word_that_denies_or_limits_anywhere_in_it_makes_it_ordinary(self, phrase: Phrase, word: str) -> None:
        said = phrase.text.split(" ")
        for place in range(len(said)):
            assert thanks_in(" ".join([*said[:place], word, *said[place:]]), phrase.names) is None

    @given(st.sampled_from(TUNED.thanks + STRANGERS.thanks + HELD_OUT.more))
    def test_what_is_none_whatever_people_are_called_is_none_by_any_names(self, phrase: Phrase) -> None:
        if thanks_in(phrase.text, None) is None:
            assert thanks_in(phrase.text, phrase.names) is None

    def test_it_says_by_which_words(self) -> None:
        found = thanks_in("Доброго дня! Дуже дякую, все працює 👍")
        assert found is not None
        assert found.words == ("дякую", "все працює", "👍")

    @pytest.mark.parametrize("name", ["Джамало", "Джамала"])
    def test_a_name_is_harmless_only_if_it_is_one(self, name: str) -> None:
        assert thanks_in(f"Дякую, {name}!") is None
        assert thanks_in(f"Дякую, {name}!", ["Джамала Ткач"]) is not None

    @pytest.mark.parametrize("more", ["не працює", "№ 5", "https://a.example/", "?", "12", "скасуйте", "broken", "(("])
    @given(st.sampled_from([one for one in TUNED.thanks + STRANGERS.thanks if not one.text[-1].isdigit()]))
    def test_anything_unknown_beside_thanks_makes_it_ordinary(self, more: str, phrase: Phrase) -> None:
        assert thanks_in(f"{phrase.text} {more}", phrase.names) is None
        assert thanks_in(f"{more}\n{phrase.text}", phrase.names) is None

    @given(st.text(max_size=2 * LONGEST))
    def test_any_text_has_an_answer(self, text: str) -> None:
        found = thanks_in(text)
        assert found is None or found.words

    @pytest.mark.parametrize(
        "pump", ["A", "Ab", "А-", "A.", "A'", "A, ", "Ab ", " ", ", ", "( ", "1 ", "тел ", ". ", "+"]
    )
    @pytest.mark.parametrize("end", ["!", "x", ""])
    def test_no_signature_takes_long(self, pump: str, end: str) -> None:
        start = time.process_time()
        for length in (110, 130, 280, 570):
            thanks_in(f"Thanks\nBest regards\n{(pump * length)[:length]}{end}")
        assert time.process_time() - start < 3

    @pytest.mark.parametrize(
        "below", ["Iван Ко", "Оля Марно, ", "  Jean-Luc O'Neil", "тел. +380 (44) 123-45-67", "  067 1234567 "]
    )
    def test_names_and_numbers_below_are_no_words(self, below: str) -> None:
        assert thanks_in(f"Thanks\nBest regards\n{below}") is not None


@pytest.fixture
def closed(world: World) -> tuple[Ticket, Message]:
    """A request of Maria's that Iryna answered and closed, and that answer."""
    ticket = world.ticket(world.maria)
    answer = world.answer(ticket, text="Ми все полагодили.")
    state.close(ticket, by=world.act(world.iryna))
    return ticket, answer


def thank(world: World, answer: Message, text: str = "Дякую, все працює!", **more: object) -> Message:
    subject = str(more.pop("subject", "Re: Не працює каса"))
    taken = world.letter(world.maria, subject, text=text, answers=answer, **more)
    assert taken.message is not None
    return taken.message


def columns(ticket: Ticket) -> tuple[str, bool, bool]:
    ticket.refresh_from_db()
    return ticket.stage, ticket.closed_at is not None, ticket.waiting_since is not None


@pytest.mark.django_db
class TestWhatTheyDo:
    def test_they_leave_a_closed_ticket_closed_and_praise_who_answered(
        self, world: World, closed: tuple[Ticket, Message]
    ) -> None:
        ticket, answer = closed
        message = thank(world, answer)
        assert (message.kind, columns(ticket)) == ("thanks", ("closed", True, False))
        assert Link.objects.get(message=message).ticket == ticket
        assert praise(clock.now() - timedelta(days=1)) == {world.iryna.id: 1}
        assert Event.objects.get(verb="message.received", message_id=message.id).delta["praises"] == [
            None,
            world.iryna.id,
        ]

    def test_on_an_open_ticket_nobody_waits_because_of_them(self, world: World) -> None:
        ticket = world.ticket(world.maria)
        answer = world.answer(ticket)
        message = thank(world, answer)
        assert (message.kind, columns(ticket)) == ("thanks", ("open", False, False))

    def test_after_the_teams_days_they_still_join_what_they_are_for(
        self, world: World, closed: tuple[Ticket, Message]
    ) -> None:
        ticket, answer = closed
        world.support.reopen_days = 14
        world.support.save()
        Ticket.objects.filter(id=ticket.id).update(closed_at=clock.now() - timedelta(days=15))
        message = thank(world, answer)
        assert Link.objects.get(message=message).ticket == ticket

    @pytest.mark.parametrize("text", ["Дякую, але не працює", "Дякую. А коли?", "Дякую, замовлення 5512"])
    def test_with_anything_more_they_reopen(self, world: World, closed: tuple[Ticket, Message], text: str) -> None:
        message = thank(world, closed[1], text)
        assert (message.kind, columns(closed[0])[1:]) == ("ordinary", (False, True))

    def test_a_file_or_a_new_subject_is_more_than_thanks(self, world: World, closed: tuple[Ticket, Message]) -> None:
        photo = NewFile("photo.jpg", "image/jpeg", b"x" * 90_000)
        assert thank(world, closed[1], files=(photo,)).kind == "ordinary"
        assert thank(world, closed[1], subject="Рахунок за грудень").kind == "ordinary"

    def test_a_logo_and_a_signature_are_no_files_that_matter(
        self, world: World, closed: tuple[Ticket, Message]
    ) -> None:
        logo = NewFile("image001.png", "image/png", b"x" * 3000, content_id="logo", inline=True)
        seal = NewFile("smime.p7s", "application/pkcs7-signature", b"x" * 4000)
        assert thank(world, closed[1], files=(logo, seal)).kind == "thanks"

    def test_ok_to_a_question_is_its_answer(self, world: World) -> None:
        ticket = world.ticket(world.maria)
        asked = world.answer(ticket, text="Надіслати вам новий чайник?")
        state.close(ticket, by=world.act(world.iryna))
        assert thank(world, asked, "Добре, дякую").kind == "ordinary"
        assert columns(ticket)[1] is False

    @pytest.mark.parametrize(
        ("asked", "kind"),
        [("Підтвердіть, будь ласка, адресу.", "ordinary"), ("Ми все полагодили.", "thanks")],
    )
    def test_yes_to_what_was_to_be_confirmed_is_an_answer(self, world: World, asked: str, kind: str) -> None:
        answer = world.answer(world.ticket(world.maria), text=asked)
        assert thank(world, answer, "Так, усе правильно, дякую").kind == kind

    def test_the_name_that_we_know_the_sender_by_is_harmless(self, world: World) -> None:
        world.maria.person.name = "Джамала Ткач"
        world.maria.person.save()
        answer = world.answer(world.ticket(world.maria))
        assert thank(world, answer, "Дякую!\nДжамала").kind == "thanks"

    def test_what_begins_a_thread_is_never_thanks(self, world: World) -> None:
        taken = world.letter(world.maria, "Дякую", text="Дякую!")
        assert taken.message is not None and taken.ticket is not None
        assert (taken.message.kind, taken.ticket.waiting_since is not None) == ("ordinary", True)

    def test_in_a_chat_they_join_the_last_request_however_long_ago(self, world: World) -> None:
        chat = world.chat_dialog(world.maria)
        first = world.say(chat, "Не працює каса")
        assert first.ticket is not None
        state.close(first.ticket, by=world.act(world.iryna))
        Ticket.objects.update(closed_at=clock.now() - timedelta(days=9))
        again = world.say(chat, "Дякую!")
        assert again.message is not None
        assert (again.message.kind, again.ticket) == ("thanks", first.ticket)
        assert columns(first.ticket)[1] is True

    def test_the_first_word_of_a_chat_is_never_thanks(self, world: World) -> None:
        taken = world.say(world.chat_dialog(world.maria), "Дякую!")
        assert taken.message is not None
        assert taken.message.kind == "ordinary"

    def test_thanks_to_a_supplier_stay_as_they_are(self, world: World, closed: tuple[Ticket, Message]) -> None:
        Dialog.objects.update(side=Dialog.Side.THIRD)
        assert thank(world, closed[1]).kind == "ordinary"


@pytest.mark.django_db
def test_a_letter_of_thanks_is_told_by_what_is_new_in_it(
    world: World, closed: tuple[Ticket, Message], take: Callable[..., Inbound]
) -> None:
    """Through the whole pipeline: the quotation below is full of questions."""
    _, answer = closed
    text = f"Дякую, допомогло!\n\n> Що саме не працює?\n> {'Скасуйте замовлення. ' * 40}"
    Message.objects.filter(id=answer.id).update(foreign_id="<answer@kashtan.example>", subject="Re: Каса")
    entry = take(letter(text, subject="Re: Каса", In_Reply_To="<answer@kashtan.example>"))
    assert (entry.fate, entry.kind) == ("reply", "thanks")
    assert columns(closed[0])[1] is True
    entry = take(with_file("order.bin", b"x", text=text, subject="Re: Каса", In_Reply_To="<answer@kashtan.example>"))
    assert (entry.fate, entry.kind) == ("reply", "ordinary")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("signature", "kind"),
    [
        ("З повагою, Марія\nПередзвоніть мені на 067 123 45 67", "ordinary"),
        ("--\nНадішліть рахунок", "ordinary"),
        ("Best regards,\nOffice still has no internet", "ordinary"),
        ("-- \nа коли доставка", "ordinary"),
        ("-- \nденьги не пришли", "ordinary"),
        ("З повагою, Марія\nМій новий email maria@example.com", "ordinary"),
        ("З повагою,\nголовний бухгалтер ТОВ «Рута»\nтел. 067 123 45 67", "thanks"),
        ("--\nНова Пошта, м. Київ, вул. Садова 12, оф. 5\nПн-Пт 9:00-18:00\nwww.rutamail.example/new?me=1", "thanks"),
        (
            "-- \nAnn Lee, Sales\nThis e-mail is confidential. If it is not for you, please delete it.",
            "thanks",
        ),
        ("Надіслано з iPhone", "thanks"),
        ("Отправлено с моего Samsung Galaxy", "thanks"),
    ],
)
def test_what_is_said_in_the_signature_of_a_letter_is_no_thanks(
    closed: tuple[Ticket, Message], take: Callable[..., Inbound], signature: str, kind: str
) -> None:
    """The page folds it away, and nobody would open the letter for it."""
    Message.objects.filter(id=closed[1].id).update(foreign_id="<answer@kashtan.example>", subject="Re: Каса")
    entry = take(
        letter(f"Дякую, допомогло!\n\n{signature}", subject="Re: Каса", In_Reply_To="<answer@kashtan.example>")
    )
    assert (entry.fate, entry.kind) == ("reply", kind)


@pytest.mark.django_db
class TestOneClickSaysOtherwise:
    def test_the_ticket_opens_as_it_would_have_and_undo_closes_it_again(
        self, world: World, closed: tuple[Ticket, Message]
    ) -> None:
        ticket, answer = closed
        message = thank(world, answer)
        act = world.act(world.iryna)
        judging.not_thanks(message, by=act)
        ticket.refresh_from_db()
        assert (message.kind, ticket.closed_at, ticket.waiting_since) == ("ordinary", None, message.arrived_at)
        assert praise(clock.now() - timedelta(days=1)) == {}
        undo(act.id, by=world.act(world.iryna))
        message.refresh_from_db()
        assert (message.kind, columns(ticket)) == ("thanks", ("closed", True, False))

    def test_of_an_open_ticket_the_clock_starts(self, world: World) -> None:
        ticket = world.ticket(world.maria)
        message = thank(world, world.answer(ticket))
        state.wait(ticket, by=world.act(world.iryna))
        act = world.act(world.iryna)
        judging.not_thanks(message, by=act)
        assert columns(ticket) == ("open", False, True)
        undo(act.id, by=world.act(world.iryna))
        assert columns(ticket) == ("waiting", False, False)

    def test_what_was_answered_since_stays_closed(self, world: World, closed: tuple[Ticket, Message]) -> None:
        ticket, answer = closed
        message = thank(world, answer)
        state.reopen(ticket, by=world.act(world.iryna))
        world.answer(ticket)
        state.close(ticket, by=world.act(world.iryna))
        judging.not_thanks(message, by=world.act(world.iryna))
        assert (message.kind, columns(ticket)) == ("ordinary", ("closed", True, False))

    def test_after_the_teams_days_a_new_ticket_follows(self, world: World, closed: tuple[Ticket, Message]) -> None:
        ticket, answer = closed
        world.support.reopen_days = 14
        world.support.save()
        Ticket.objects.filter(id=ticket.id).update(closed_at=clock.now() - timedelta(days=15))
        message = thank(world, answer)
        judging.not_thanks(message, by=world.act(world.iryna))
        new = Relation.objects.get(of=ticket, kind="follows").ticket
        assert columns(ticket)[1] is True
        assert columns(new) == ("new", False, True)

    def test_a_second_click_is_told_so(self, world: World, closed: tuple[Ticket, Message]) -> None:
        message = thank(world, closed[1])
        judging.not_thanks(message, by=world.act(world.iryna))
        with pytest.raises(Invalid):
            judging.not_thanks(message, by=world.act(world.taras))

    def test_undo_does_not_close_what_a_colleague_changed(self, world: World, closed: tuple[Ticket, Message]) -> None:
        ticket, answer = closed
        message, act = thank(world, answer), world.act(world.iryna)
        judging.not_thanks(message, by=act)
        state.wait(ticket, by=world.act(world.taras))
        with pytest.raises(Conflict):
            undo(act.id, by=world.act(world.iryna))
