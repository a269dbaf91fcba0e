"""What is new in a reply and what it repeats."""

# ruff: noqa: E501, ISC004 (letters stand here as programs write them)

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vikno.channels.email.letter import html_to_text
from vikno.channels.email.letter.html import safe_html
from vikno.channels.email.letter.quotes import Folded, fold_quotes
from vikno.channels.email.letter.quotes_html import fold_quotes_html

pytestmark = pytest.mark.only_on("sqlite")  # stands on no database of the tests: the same on each

NEW = "Дякую, але так і не працює.\n\nЩо робити далі?"
OLD = "> Добрий день!\n> Перезавантажте, будь ласка, принтер.\n>\n> З повагою, Олена"
BARE = "Добрий день!\nПерезавантажте, будь ласка, принтер.\n\nЗ повагою, Олена"


@pytest.mark.parametrize(
    "intro",
    [
        "On Mon, 5 Oct 2026 at 10:00, Olena <help@firm.example> wrote:",
        "On Mon, Oct 5, 2026 at 10:00 AM Olena Petrenko via Support <\nhelp@firm.example> wrote:",
        "пн, 5 жовт. 2026 р. о 10:00 Олена <help@firm.example> пише:",
        "пн, 5 окт. 2026 г. в 10:00, Елена <help@firm.example>:",
        "понедельник, 5 октября 2026 г. пользователь Елена написал:",
        "05.10.2026 10:00, Олена Петренко пише:",
        "05.10.2026 10:00, Help пишет:",
        "> 5 окт. 2026 г., в 10:00, Елена <help@firm.example> написал(а):",
        "> 5 жовт. 2026 р. о 10:00 Олена <help@firm.example> написав(ла):",
        "Понедельник, 5 октября 2026, 10:00 +03:00 от Елена <help@firm.example>:",
        '05.10.2026, 10:00, "Елена" <help@firm.example>:',
        '5 жовтня 2026, 10:00:33, від "Олена" <help@firm.example>:',
        "Вы писали 5 октября 2026 г., 10:00:33:",
        "Олена пише:",
        "Am 05.10.2026 um 10:00 schrieb Olena:",
        "Le lun. 5 oct. 2026 à 10:00, Olena <help@firm.example> a écrit :",
        "-----Original Message-----\nFrom: Help\nSent: Monday\nSubject: Printer",
    ],
)
def test_marked_quote_with_its_introduction(intro):
    folded = fold_quotes(f"{NEW}\n\n{intro}\n\n{OLD}\n")
    assert folded.visible == NEW
    assert "Перезавантажте" in folded.quoted
    assert intro.splitlines()[-1] in folded.quoted


@pytest.mark.parametrize(
    "head",
    [
        "From: Help <help@firm.example>\nSent: Monday, October 5, 2026 10:00\nTo: Ivan\nSubject: RE: Printer",
        "От: Help [mailto:help@firm.example]\nОтправлено: 5 октября 2026 г. 10:00\nКому: Иван\nТема: RE: Принтер",
        "Від: Help <help@firm.example>\nНадіслано: 5 жовтня 2026 р. 10:00\nКому: Іван\nТема: RE: Принтер",
        "________________________________\nВід: Help <help@firm.example>\nДата: 5 жовт.\nТема: Принтер",
        "*From:* Help\n*Sent:* 2026-10-05\n*To:* ivan@example.com\n*Subject:* Printer",
        "-------- Исходное сообщение --------\nОт: help@firm.example\nДата: 05.10.26 10:00\nКому: Иван\nТема: Принтер",
        "-------- Оригінальне повідомлення --------\nВід: help@firm.example\nДата: 05.10.26 10:00\nТема: Принтер",
        "-----Original Message-----\nFrom: Help\nSent: Monday\nTo: Ivan\nSubject: Printer",
        "On Mon, 5 Oct 2026 at 10:00, Olena <help@firm.example> wrote:",
        "пн, 5 жовт. 2026 р. о 10:00 Олена <help@firm.example> пише:",
        "Понедельник, 5 октября 2026, 10:00 +03:00 от Елена <help@firm.example>:",
    ],
)
def test_unmarked_quote_after_a_head(head):
    folded = fold_quotes(f"{NEW}\n\n{head}\n\n{BARE}\n")
    assert folded.visible == NEW
    assert folded.quoted == f"{head}\n\n{BARE}"


@pytest.mark.parametrize(
    "text",
    [
        "Перевірте, будь ласка:\n> це приклад\nа це моє питання.\n> ще приклад\nі відповідь.",
        "Вчора о 10:00 я писав на help@firm.example:\nпринтер не працює.\nВідповіді немає.",
        "05.10.2026 замовив:\n1. папір\n2. картридж\nКоли доставка?",
        "From: my boss I heard that you fix printers.\nTo: be honest, I doubt it.\nPlease call.",
        "Від: мого імені\nпередайте вітання.",
        "---------- Forwarded message ---------\nFrom: Ann <a@example.com>\nDate: Mon, 5 Oct 2026\nSubject: x\n\nWords.",
        "Подивіться.\n\n-------- Переслане повідомлення --------\nВід: a@example.com\nДата: 05.10.26\nТема: Рахунок\n\nСума 100.",
        "Мої відповіді нижче в тексті.\n\nOn Mon, 5 Oct 2026 at 10:00, Olena <help@firm.example> wrote:\n\n> Питання?\nТак.",
        "> лише цитата\n> і більше нічого",
        "On Monday we had 5 Oct 2026 problems:\nfirst\nsecond",
        "Список:\n-- перше\n-- друге",
        "a > b\nc < d",
        "",
    ],
)
def test_in_doubt_nothing_is_folded(text):
    assert fold_quotes(text).visible == text
    assert fold_quotes(text).quoted == ""


def test_answers_between_quotes_stay_with_their_questions():
    text = (
        "Вітаю!\n\nпн, 5 жовт. 2026 р. о 10:00 Олена <help@firm.example> пише:\n"
        "> Яка модель?\nLX-300.\n> Який кабель?\nUSB.\n\n> З повагою, Олена\n"
    )
    assert fold_quotes(text) == Folded(text, "")


def test_a_quote_that_is_introduced_anew_folds_below_answers():
    bits = "> Яка модель?\nLX-300.\n> Який кабель?\nUSB."
    whole = "пн, 5 жовт. 2026 р. о 10:00 Олена <help@firm.example> пише:\n" + OLD
    assert fold_quotes(f"{bits}\n\n{whole}\n") == Folded(bits, whole)


@pytest.mark.parametrize("greeting", ["Здравствуйте, Елена.", "Добрий день!", "Hello Olena,"])
def test_answer_below_a_quote_that_stands_below_a_greeting(greeting: str):
    intro = "Вы писали 5 октября 2026 г., 10:00:33:"
    folded = fold_quotes(f"{greeting}\n\n{intro}\n\n> Какой договор?\n\n{NEW}\n")
    assert folded.visible.split() == f"{greeting} {NEW}".split()
    # What is more than a greeting, or a quote that nobody introduced, is a part of the answer.
    for kept in (f"Здравствуйте, отвечаю: да.\n\n{intro}\n> Едете?\n\n{NEW}", f"{greeting}\n\n> Едете?\n\n{NEW}"):
        assert fold_quotes(kept).quoted == ""


def test_the_line_of_a_phone_folds_above_a_picture_too_and_a_sentence_does_not():
    assert fold_quotes("Дивіться.\n\nНадіслано з iPhone\n\nна знімку помилка").quoted == "Надіслано з iPhone"
    kept = "Дивіться.\n\nНадіслано з iPhone вчора, а листа немає.\n\nЩо робити"
    assert fold_quotes(kept).quoted == ""


def test_answer_below_the_quote():
    folded = fold_quotes(f"Олена пише:\n{OLD}\n\n{NEW}\n")
    assert folded.visible == NEW


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nІван Петренко\nтел. 044 123",
        "--\nІван",
        "Sent from my iPhone",
        "Отправлено с iPhone",
        "Надіслано з iPhone",
    ],
)
def test_signature_is_folded_too(signature):
    folded = fold_quotes(f"{NEW}\n\n{signature}\n\nOn Mon, 5 Oct 2026 at 10:00, O <help@firm.example> wrote:\n{OLD}")
    assert folded.visible == NEW
    assert signature.strip() in folded.quoted


LINES = st.lists(
    st.sampled_from(
        [
            *NEW.split("\n"), *OLD.split("\n"), "", "On Mon, 5 Oct 2026 at 10:00, O <help@firm.example> wrote:",
            "От: a@example.com", "Дата: 05.10.2026", "Тема: Принтер", "-----Original Message-----", "-- ", "____________",
            "Sent from my iPhone", "Begin forwarded message:", "word", "> > deeper",
        ]
    ),
    max_size=25,
)  # fmt: skip


@given(st.one_of(LINES.map("\n".join), st.text(max_size=300)))
@settings(max_examples=400, deadline=None)
def test_no_line_is_lost(text):
    folded = fold_quotes(text)
    both = folded.visible + "\n" + folded.quoted
    assert Counter(both.split()) == Counter(text.split())
    if text.strip():
        assert folded.visible.strip()


@given(LINES)
@settings(max_examples=200, deadline=None)
def test_plain_words_at_the_top_are_always_seen(lines):
    assert "Нові слова клієнта" in fold_quotes("\n".join(["Нові слова клієнта", "", *lines])).visible


OUTLOOK = (
    '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>От:</b> Help<br>'
    "<b>Отправлено:</b> 5 октября 2026<br><b>Кому:</b> Иван<br><b>Тема:</b> Принтер</p></div><p>старе</p>"
)


@pytest.mark.parametrize(
    "quoted",
    [
        '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">пн, 5 жовт. 2026 р. о 10:00 О &lt;<a '
        'href="mailto:h@f.example">h@f.example</a>&gt; пише:<br></div><blockquote class="gmail_quote">старе</blockquote></div>',
        '<div class="moz-cite-prefix">05.10.2026 10:00, Help пише:<br></div><blockquote type="cite">старе</blockquote>',
        '<div><br><blockquote type="cite"><div>5 жовт. 2026 р. о 10:00 Help пише:</div><div>старе</div></blockquote></div>',
        OUTLOOK,
        f"<div>{OUTLOOK}</div>",
        '<hr><div id="divRplyFwdMsg" dir="ltr"><b>Від:</b> Help<br><b>Дата:</b> 5 жовт.<br><b>Тема:</b> x</div><div>старе</div>',
        '<p>Понедельник, 5 октября 2026, 10:00 +03:00 от Help &lt;h@f.example&gt;:</p><blockquote style="border-left:1px '
        'solid #0857A6">старе</blockquote>',
        '<div>05.10.2026, 10:00, "Help" &lt;h@f.example&gt;:</div><blockquote>старе</blockquote>',
        '<div class="yahoo_quoted">On Monday, October 5, 2026 Help wrote:<div>старе</div></div>',
    ],
)
@pytest.mark.parametrize("form", [str, safe_html], ids=["raw", "kept"])
def test_marked_up_quotes(quoted, form):
    visible, folded = fold_quotes_html(form(f"<div>нове</div>{quoted}"))
    assert html_to_text(visible) == "нове"
    assert "старе" in html_to_text(folded)


@pytest.mark.parametrize(
    "html",
    [
        '<p>див.</p><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: A</div>words</div>',
        '<div class="gmail_quote"><div class="gmail_attr">On 5 Oct 2026 O wrote:</div><blockquote class="gmail_quote">q1'
        '</blockquote><div>відповідь тут</div><blockquote class="gmail_quote">q2</blockquote></div>',
        "<p>Ось що написано в договорі:</p><blockquote>пункт перший</blockquote><p>Чи це так?</p>",
        '<blockquote type="cite">лише цитата</blockquote>',
        '<p>a</p><blockquote type="cite">q1</blockquote><p>відповідь</p><blockquote type="cite">q2</blockquote><p>ще</p>',
        "<p>no quote at all</p>",
        "",
    ],
)
def test_markup_in_doubt_is_not_folded(html):
    assert fold_quotes_html(html) == (html, "")


def test_a_picture_below_the_signature_stays_in_sight():
    html = '<p>Дивіться знімок.</p><p>-- <br>Іван</p><p><img src="cid:screen" width="640" height="425"></p>'
    assert "cid:screen" in fold_quotes_html(html)[0]
    visible, folded = fold_quotes_html('<p>Дивіться.</p><p>-- <br>Іван<br><img src="cid:logo" width="120"></p>')
    assert "cid:logo" in folded
    assert "cid:logo" not in visible


PIECES = st.lists(
    st.sampled_from(
        [
            "<div>", "</div>", "<p>слово</p>", "слова", '<blockquote type="cite">', "<blockquote>", "</blockquote>", "<br>",
            '<div class="gmail_quote">', '<div class="gmail_attr">On 5 Oct 2026 at 10:00 a@b.example wrote:</div>', OUTLOOK,
            "<hr>", '<div class="moz-cite-prefix">Help пише:</div>', "<table><tr><td>", "</table>", '<div id="divRplyFwdMsg">',
            "&lt;b&gt;",
        ]
    ),
    max_size=14,
)  # fmt: skip


@given(PIECES)
@settings(max_examples=300, deadline=None)
def test_no_word_of_markup_is_lost(pieces):
    html = "".join(pieces)
    visible, folded = fold_quotes_html(html)

    def count(*parts):
        return Counter(
            word for part in parts for word in html_to_text(part).replace(">", " ").replace("-", " ").split()
        )

    assert count(visible, folded) == count(html)
    assert not folded or html_to_text(visible).strip()


@pytest.mark.parametrize("subject", ["Re: Рахунок", "Відп: Рахунок", "ВІДП: Рахунок", "Отв: Рахунок", "VS: Lasku"])
def test_what_a_subject_calls_an_answer_is_folded(subject):
    head = "From: Help <help@firm.example>\nSent: Monday\nTo: Ivan\nSubject: Printer"
    assert fold_quotes(f"{NEW}\n\n{head}\n\n{BARE}\n", subject).quoted == f"{head}\n\n{BARE}"


@pytest.mark.parametrize(
    "subject", ["Fwd: Рахунок", "[EXT] FW: Рахунок", "Пересл: Рахунок", "ПЕР: Рахунок", "WG[2]: x"]
)
def test_what_a_subject_calls_passed_on_is_not(subject):
    text = f"{NEW}\n\nFrom: Help <help@firm.example>\nSent: Monday\nTo: Ivan\nSubject: Printer\n\n{BARE}\n"
    assert fold_quotes(text, subject).quoted == ""
