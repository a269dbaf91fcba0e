"""A colleague forwards a customer's letter with words of their own above it: those stay among colleagues."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest

from tests.desk.seats import Seat
from tests.letters import letter
from tests.taking import arrive
from tests.world import World
from vikno.dialogs.models import Message, MessageText
from vikno.intake.models import Inbound
from vikno.tickets.models import Note
from vikno.tickets.quoting import Quote, quotation

pytestmark = pytest.mark.django_db
Take = Callable[..., Inbound]
IRYNA = "Iryna Агентка <iryna@kashtan.example>"
PROVED = b"Authentication-Results: mx.kashtan.example; dmarc=pass header.from=kashtan.example\r\n"
REMARK = "Вона вже дістала."
SAID = "Каса не друкує чеків."

GMAIL = f"""{REMARK}

---------- Forwarded message ---------
Від: Петро Лис <petro@example.net>
Date: пт, 20 лист. 2026 р. о 10:00
Subject: Не друкує
To: <iryna@kashtan.example>

{SAID}
"""
OUTLOOK = f"""{REMARK}

________________________________
From: Петро Лис <petro@example.net>
Sent: Friday, November 20, 2026 10:00 AM
To: Iryna <iryna@kashtan.example>
Subject: Не друкує

{SAID}
"""
APPLE = f"""{REMARK}

> Begin forwarded message:
>
> From: Петро Лис <petro@example.net>
> Subject: Не друкує
> Date: 20 November 2026 at 10:00:00 EET
> To: iryna@kashtan.example
>
> {SAID}

Приберіть її.
"""
THUNDERBIRD = f"""{REMARK}

-------- Переслане повідомлення --------
Тема: Не друкує
Дата: Fri, 20 Nov 2026 10:00:00 +0200
Від: Петро Лис <petro@example.net>
Кому: iryna@kashtan.example

{SAID}
"""
MAIL_RU = f"""{REMARK}

-------- Пересылаемое сообщение --------
От кого: Петро Лис <petro@example.net>
Кому: iryna@kashtan.example
Дата: Пятница, 20 ноября 2026, 10:00 +02:00
Тема: Не друкує

{SAID}
"""
YANDEX = f"""{REMARK}

-------- Пересылаемое сообщение --------
20.11.2026, 10:00, "Петро Лис" <petro@example.net>:

{SAID}
"""
CHAIN = (
    """Дивись, що робить.

---------- Forwarded message ---------
From: Taras <taras@kashtan.example>
Date: Fri, Nov 20, 2026 at 11:00
Subject: Fwd: Не друкує
To: <iryna@kashtan.example>

"""
    + GMAIL
)
TEXTS = {
    "gmail": GMAIL, "outlook": OUTLOOK, "apple": APPLE, "thunderbird": THUNDERBIRD, "mail.ru": MAIL_RU,
    "yandex": YANDEX, "a forward of a forward": CHAIN,
}  # fmt: skip

HEAD = (
    "<b>From:</b> Петро Лис &lt;petro@example.net&gt;<br><b>Date:</b> Fri, Nov 20, 2026 at 10:00<br>"
    "<b>Subject:</b> Не друкує<br><b>To:</b> &lt;iryna@kashtan.example&gt;<br>"
)
PAGES = {
    "gmail": f'<div dir="ltr">{REMARK}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
    f"---------- Forwarded message ---------<br>{HEAD}</div><br><div>{SAID}</div></div><div>Приберіть її.</div>",
    "outlook": f'<p class="MsoNormal">{REMARK}</p><div style="border:none;border-top:solid #E1E1E1 1.0pt">'
    f'<p class="MsoNormal">{HEAD}</p></div><p class="MsoNormal">{SAID}</p>',
    "apple": f'<div>{REMARK}</div><blockquote type="cite"><div>Begin forwarded message:</div><br>{HEAD}<br>'
    f"<div>{SAID}</div></blockquote><div>Приберіть її.</div>",
    "thunderbird": f'<p>{REMARK}</p><div class="moz-forward-container"><br><br>-------- Forwarded Message --------'
    '<table class="moz-email-headers-table"><tr><th>Subject: </th><td>Не друкує</td></tr><tr><th>Date: </th>'
    "<td>Fri, 20 Nov 2026 10:00:00 +0200</td></tr><tr><th>From: </th><td>Петро Лис &lt;petro@example.net&gt;</td></tr>"
    f"<tr><th>To: </th><td>iryna@kashtan.example</td></tr></table><p>{SAID}</p></div>",
    "mail.ru": f"<div>{REMARK}</div><div>-------- Пересылаемое сообщение --------<br>От кого: Петро Лис "
    "&lt;petro@example.net&gt;<br>Кому: iryna@kashtan.example<br>Дата: Пятница, 20 ноября 2026, 10:00<br>Тема: Не "
    f"друкує<br><br><div>{SAID}</div></div>",
}


@pytest.fixture
def take(world: World) -> Take:
    """Brings a letter and answers its entry, handled."""

    def taken(raw: bytes) -> Inbound:
        return arrive(world.mail, raw, source="imap")

    return taken


def page(text: str, html: str, alone: bool) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = IRYNA, "help@kashtan.example", "Fwd: Не друкує"
    made["Message-ID"] = "<forwarded@kashtan.example>"
    if alone:
        made.set_content(html, subtype="html")
    else:
        made.set_content(text)
        made.add_alternative(html, subtype="html")
    return made.as_bytes()


def believe(world: World) -> None:
    world.mail.settings = world.mail.settings | {"trusted_servers": ["mx.kashtan.example"]}
    world.mail.save()


def told(entry: Inbound, world: World) -> tuple[Message, MessageText, str]:
    """The message of an entry, its words, and what would be quoted below an answer."""
    assert entry.ticket is not None
    assert entry.message is not None
    assert entry.ticket.requester == world.petro.person
    quoted = quotation(entry.message.dialog, [entry.ticket.id], Quote.ALL, world.iryna)
    return entry.message, entry.message.texts.get(), quoted


def keeps_apart(entry: Inbound, world: World, remarks: tuple[str, ...]) -> None:
    _message, words, quoted = told(entry, world)
    assert SAID in words.text
    assert SAID in quoted
    note = Note.objects.get(ticket=entry.ticket).texts.get().text
    for one in remarks:
        assert one in note
        for where in (words.text, words.quoted, words.html, words.quoted_html, quoted):
            assert one not in where
    assert SAID not in note
    assert words.text.splitlines()[-1] == SAID


class TestParted:
    @pytest.mark.parametrize("program", TEXTS)
    def test_of_a_text(self, take: Take, world: World, program: str) -> None:
        text = TEXTS[program]
        entry = take(letter(text, sender=IRYNA, subject="Fwd: Не друкує"))
        more = [one for one in ("Приберіть її.", "Дивись, що робить.") if one in text]
        keeps_apart(entry, world, (REMARK, *more))

    @pytest.mark.parametrize(
        "end",
        [
            "-------- Конец пересылаемого сообщения --------", "--- Кінець пересланого повідомлення ---",
            "---------- End of forwarded message ----------",
        ],
    )  # fmt: skip
    def test_at_the_line_that_says_where_it_ends(self, take: Take, world: World, end: str) -> None:
        entry = take(letter(f"{YANDEX}\n{end}\n\nЗайдіть до мене.\n", sender=IRYNA, subject="Fwd: Не друкує"))
        keeps_apart(entry, world, (REMARK, "Зайдіть до мене."))
        note = Note.objects.get(ticket=entry.ticket).texts.get().text
        assert end not in note and end not in told(entry, world)[1].text
        assert "open_end" not in told(entry, world)[0].trust

    def test_where_nothing_shows_its_end_the_page_says_so(self, take: Take, world: World) -> None:
        entry = take(letter(f"{YANDEX}\nЗайдіть до мене.\n", sender=IRYNA, subject="Fwd: Не друкує"))
        message, words, _quoted = told(entry, world)
        assert words.text.endswith("Зайдіть до мене."), "no customer's word is taken for a remark"
        page_ = Seat(world.taras).page(f"/tickets/{message.links.get().ticket.number}")
        assert "its last words may be of Iryna" in page_
        marked = take(letter(APPLE, sender=IRYNA, subject="Fwd: Не друкує", message_id="<marked@kashtan.example>"))
        assert "open_end" not in told(marked, world)[0].trust

    @pytest.mark.parametrize("alone", [True, False], ids=["alone", "beside text"])
    @pytest.mark.parametrize("program", PAGES)
    def test_of_markup(self, take: Take, world: World, program: str, alone: bool) -> None:
        text = GMAIL + "\nПриберіть її.\n" if "Приберіть" in PAGES[program] else GMAIL
        entry = take(page(text, PAGES[program], alone))
        keeps_apart(entry, world, (REMARK, "Приберіть її.") if "Приберіть" in PAGES[program] else (REMARK,))
        assert SAID in told(entry, world)[1].html

    def test_of_an_attached_letter(self, take: Take, world: World) -> None:
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = IRYNA, "help@kashtan.example", "Подивіться"
        made.set_content(REMARK)
        inner = EmailMessage()
        inner["From"], inner["Subject"] = "Петро Лис <petro@example.net>", "Питання"
        inner.set_content(SAID)
        made.add_attachment(inner)
        keeps_apart(take(made.as_bytes()), world, (REMARK,))

    def test_markup_that_tells_no_author_is_left_out(self, take: Take, world: World) -> None:
        entry = take(page(GMAIL, f"<div>{REMARK}</div><div>Лист нижче.</div>", False))
        keeps_apart(entry, world, (REMARK,))
        assert told(entry, world)[1].html == ""

    def test_without_a_remark_nothing_is_noted(self, take: Take, world: World) -> None:
        told(take(letter(GMAIL.removeprefix(REMARK), sender=IRYNA, subject="Fwd: Не друкує")), world)
        assert not Note.objects.exists()


class TestNote:
    def test_is_the_colleagues_if_it_is_proved_that_they_wrote(self, take: Take, world: World) -> None:
        believe(world)
        entry = take(PROVED + letter(GMAIL, sender=IRYNA, subject="Fwd: Не друкує"))
        note = Note.objects.get()
        assert (note.ticket, note.agent, note.texts.get().text) == (entry.ticket, world.iryna, REMARK)

    def test_else_it_says_whose_words_they_are_said_to_be(self, take: Take, world: World) -> None:
        take(letter(GMAIL, sender=IRYNA, subject="Fwd: Не друкує"))
        note = Note.objects.get()
        assert note.agent is None
        head, _, words = note.texts.get().text.partition("\n\n")
        assert world.iryna.person.name in head
        assert words == REMARK


class TestAnEarlierOne:
    def test_is_not_quoted_since_nobody_knows_whose_words_it_holds(self, take: Take, world: World) -> None:
        entry = take(letter(GMAIL, sender=IRYNA, subject="Fwd: Не друкує"))
        message, _words, _quoted = told(entry, world)
        message.trust = {"forwarded_by": world.iryna.id}  # as it was stored before remarks were parted from it
        message.save(update_fields=["trust"])
        MessageText.objects.filter(message=message).update(text=GMAIL)
        assert told(entry, world)[2] == ""
