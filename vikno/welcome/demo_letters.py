"""Letters of the demo that come in by the real way, so that the pages of what came, what is held and what is suspected
have something to show: in each language one of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from vikno.channels.email import own
from vikno.core import clock
from vikno.dialogs.models import Channel, Message
from vikno.intake import ledger, pipeline
from vikno.intake.models import Inbound
from vikno.tickets import directory


@dataclass(frozen=True, slots=True)
class Letter:
    """`minutes` ago it came. `answers`: the subject of the request whose newest letter it claims to answer. `junk`: it
    lay where the provider puts spam."""

    minutes: int
    sender: str
    subject: str
    text: str
    answers: str = ""
    junk: bool = False
    by_itself: str = ""  # what it says of itself if a program wrote it


LETTERS = (
    # Held
    Letter(
        210, "Преміум SEO <promo@seo-liubov.example>", "Ваш сайт на першій сторінці за 3 дні!!!",
        "Доброго дня!\n\nВиведемо ваш магазин у топ пошуку. Оплата наперед, гарантія 200 %. Відповідайте сьогодні.",
        junk=True,
    ),
    Letter(
        175, "Выигрыш <bonus@lucky-day.example>", "Вам начислено 48 000, подтвердите получение",
        "Здравствуйте!\n\nВаш адрес выбран случайно. Чтобы получить выплату, перейдите по ссылке и введите карту.",
        junk=True,
    ),
    Letter(
        130, "Parcel Desk <desk@parcel-help.example>", "Your parcel is held, pay 1.99 to release it",
        "Dear customer,\n\nyour parcel could not be delivered. Pay the fee within 24 hours or it goes back.", junk=True,
    ),
    # Suspected: each answers a letter of a request in which its sender takes no part.
    Letter(
        95, "Леся Поліщук <lesia.polishchuk@oblik.example>", "Re: Рахунок для ФОП на 12 термосів",
        "Доброго дня!\n\nПише бухгалтерка Тараса. Надішліть, будь ласка, рахунок на цю адресу, оплачую сьогодні я.",
        answers="Рахунок для ФОП на 12 термосів",
    ),
    Letter(
        80, "Инна Громова <inna.g@domashnyaya.example>", "Re: Посылка вернулась отправителю",
        "Здравствуйте! Муж попросил ответить за него: отправьте, пожалуйста, ещё раз, на адрес родителей.",
        answers="Посылка вернулась отправителю",
    ),
    Letter(
        70, "Jana Roth <j.roth@steuerbuero.example>", "Re: Invoice KS-1162 shows the wrong VAT number",
        "Hello,\n\nI keep the books of Café Zeitlos. Please send the corrected invoice to me as well.\n\nJana Roth",
        answers="Invoice KS-1162 shows the wrong VAT number",
    ),
    # Taken in
    Letter(
        50, "Склад «Річка» <noreply@richka.example>", "Надходження на склад: 3 позиції",
        "Прийнято на зберігання:\nчайник «Журавель» – 12 шт.\nтермос 1 л – 20 шт.\nчашка «Роса» – 36 шт.",
        by_itself="auto-generated",
    ),
    Letter(
        40, "Фёдор Назаренко <f.nazarenko@firma.example>", "Автоответ: Акт сверки за третий квартал",
        "Я в отпуске до конца недели, почту не читаю. По срочным вопросам пишите в бухгалтерию.",
        answers="Акт сверки за третий квартал", by_itself="auto-replied",
    ),
    Letter(
        26, "Ruth Allen <ruth.allen@post.example>", "Gift wrapping for six mugs",
        "Hello,\n\ncould you wrap each of the six mugs by itself? They are for six different people.\n\nRuth Allen",
    ),
)  # fmt: skip


def bring(address: str) -> None:
    """Bring these letters to the demo's mailbox of this address and take them in. What cannot be taken in at once is
    left to the engine."""
    directory.forget()  # the shop was made a moment ago
    own.forget()
    channel = Channel.objects.get(addresses__address=address)
    ledger.accept_many([_arrival(one, number, channel, address) for number, one in enumerate(LETTERS)])
    for _ in LETTERS:
        if not pipeline.run_due():
            return


def _arrival(one: Letter, number: int, channel: Channel, address: str) -> ledger.Arrival:
    at = clock.now() - timedelta(minutes=one.minutes)
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = one.sender, address, one.subject
    letter["Date"], letter["Message-ID"] = format_datetime(at), f"<demo.{number}@letters.example>"
    if one.by_itself:
        letter["Auto-Submitted"] = one.by_itself
    if before := _newest(one.answers):
        letter["In-Reply-To"] = letter["References"] = before
    letter.set_content(one.text)
    folder = Inbound.Folder.JUNK if one.junk else Inbound.Folder.INBOX
    source = f"demo:{number}"
    return ledger.Arrival(channel, letter.as_bytes(), "imap", source, folder=folder, received_at=at)


def _newest(subject: str) -> str:
    """The id of the newest letter that was sent on a request of this subject, else of the newest that came."""
    if not subject:
        return ""
    said = Message.objects.filter(links__ticket__subject=subject, links__ended_act=None).exclude(foreign_id="")
    sent = said.filter(author=Message.Author.AGENT)
    newest = sent.order_by("-id").first() or said.order_by("-id").first()
    return newest.foreign_id if newest else ""
