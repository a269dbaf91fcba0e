"""Which Cyrillic code page was meant."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.channels.email.letter.sentences import LABELS as ANY_LABEL
from tests.channels.email.letter.sentences import OF_PAGE, PAGES, pieces
from vikno.channels.email.letter import parse
from vikno.channels.email.letter.charset import codec_name, decode

pytestmark = pytest.mark.only_on("sqlite")  # stands on no database of the tests: the same on each

WORDS = [
    "Доброго",
    "дня",
    "Підкажіть",
    "будь",
    "ласка",
    "чому",
    "не",
    "приходить",
    "лист",
    "на",
    "пошту",
    "вже",
    "третій",
    "день",
    "поспіль",
    "рахунок",
    "оплачено",
    "принтер",
    "друкує",
    "порожні",
    "сторінки",
    "Дякую",
    "за",
    "допомогу",
    "замовлення",
    "доставка",
    "їжа",
    "об'єкт",
    "ґанок",
    "Здравствуйте",
    "Подскажите",
    "пожалуйста",
    "почему",
    "не",
    "работает",
    "вход",
    "в",
    "личный",
    "кабинет",
    "заказ",
    "оплачен",
    "ещё",
    "вчера",
    "письмо",
    "возврат",
    "товара",
    "объявление",
    "Спасибо",
    "компьютер",
    "выключается",
    "сам",
    "собой",
    "щётка",
    "эхо",
]
# Code pages that can spell the words in question.
RUSSIAN = ("cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5")
UKRAINIAN = ("cp1251", "koi8-u", "iso8859-5", "mac-cyrillic")


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=30, unique=True),
    st.sampled_from(RUSSIAN),
    st.sampled_from([None, "utf-8", "iso-8859-1", "x-unknown", "us-ascii"]),
)
@settings(max_examples=400, deadline=None)
def test_any_code_page_is_recognised(words, codec, declared):
    text = "Доброго дня " + " ".join(words)
    try:
        data = text.encode(codec)
    except UnicodeEncodeError:
        return
    assert decode(data, declared) == text


@pytest.mark.parametrize("codec", UKRAINIAN)
def test_a_wrong_declaration_is_overruled(codec):
    text = "Привіт! Не можу зайти до кабінету, пишіть на пошту."
    if codec == "iso8859-5":
        text = text.replace("ґ", "г")
    for declared in ("koi8-r", "windows-1251", "cp866", "iso-8859-1"):
        assert decode(text.encode(codec), declared) == text


@pytest.mark.parametrize("word", ["Да", "НЕТ", "Так", "Ні", "Привет", "ЗАКАЗ"])
def test_short_words_as_declared(word):
    assert decode(word.encode("cp1251"), "windows-1251") == word
    assert decode(word.encode("koi8-u"), "koi8-u") == word


def test_a_macintosh_of_old():
    text = "Добрий день! Принтер не друкує, що робити? З повагою, Іван Яковенко"
    assert decode(text.encode("mac-cyrillic")) == text


def test_ukrainian_letters_that_look_like_utf8():
    assert decode("дії".encode("cp1251"), "windows-1251") == "дії"


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Grüße aus Köln, äöüß", "iso-8859-1"),
        ("äöüß", "iso-8859-1"),
        ("Ça va très bien", "cp1252"),
        ("naïve café", "latin-1"),
    ],
)
def test_western_text_stays_western(text, codec):
    assert decode(text.encode(codec), codec) == text
    assert decode(text.encode(), codec) == text  # UTF-8 in truth


@pytest.mark.parametrize(
    ("text", "codec"),
    [("こんにちは世界", "iso-2022-jp"), ("转发：水平", "gb2312"), ("Żółć", "iso-8859-2"), ("שלום", "iso-8859-8-i")],
)
def test_other_charsets_as_declared(text, codec):
    assert decode(text.encode(codec.removesuffix("-i")), codec) == text


def test_utf8_with_a_broken_end_stays_utf8():
    assert decode("Добрий день усім".encode()[:-1], "utf-8").startswith("Добрий день усі")


@given(
    st.binary(max_size=400),
    st.one_of(st.none(), st.text(max_size=20), st.sampled_from(["utf-7", "utf-16", "hz", "gbk"])),
)
@settings(max_examples=400, deadline=None)
def test_any_bytes_become_text(data, declared):
    decode(data, declared).encode("utf-8")


@pytest.mark.parametrize(
    "name", ["base64", "rot13", "zlib", "hex", "idna", "punycode", "undefined", "a\x00b", "", None]
)
def test_names_that_are_no_charset(name):
    assert codec_name(name) is None


SENTENCES = [
    "Каса не друкує чек",
    "Де моє замовлення?",
    "Прошу повернути гроші",
    "Коли приїде майстер?",
    "Дякую за швидку відповідь",
    "Не можу увійти до кабінету",
    "Інтернет зник учора ввечері",
    "Рахунок № 15 не оплачено",
    "Хочу змінити адресу доставки",
    "У під'їзді немає світла",
    "Ще одне питання про гарантію",
    "Його телефон не відповідає",
    "Будь ласка, зателефонуйте мені",
    "Чому так довго чекати",
    "Ви надіслали чужий товар",
    "Принтер жує папір",
    "ТЕРМІНОВО! НЕ ПРАЦЮЄ САЙТ",
    "Є питання щодо договору",
    "Ґудзики відпали одразу",
    "Касса не печатает чек",
    "Где мой заказ?",
    "Прошу вернуть деньги",
    "Когда приедет мастер?",
    "Спасибо за быстрый ответ",
    "Не могу войти в кабинет",
    "Интернет пропал вчера вечером",
    "Счёт № 15 не оплачен",
    "Хочу изменить адрес доставки",
    "В подъезде нет света",
    "Ещё один вопрос о гарантии",
    "Его телефон не отвечает",
    "Пожалуйста, перезвоните мне",
    "Почему так долго ждать",
    "Вы прислали чужой товар",
    "Принтер жуёт бумагу",
    "СРОЧНО! НЕ РАБОТАЕТ САЙТ",
    "Объявление снято без причины",
    "Эта цена неверная",
    "Щётка сломалась сразу",
    "Съёмка отменена, верните аванс",
    "Я оплатил, а доступа нет",
    "Она уже не нужна",
]
LABELS = [
    None, "utf-8", "iso-8859-1", "windows-1252", "us-ascii", "x-unknown", "koi8-r", "koi8-u", "windows-1251", "cp866",
    "iso-8859-5", "x-mac-cyrillic",
]  # fmt: skip


def misread(codec: str, labels: list[str | None]) -> tuple[int, int]:
    """How many of the sentences in this code page come out wrong under these labels, and of how many."""
    wrong = count = 0
    for sentence in SENTENCES:
        try:
            data = sentence.encode(codec)
        except UnicodeEncodeError:
            continue
        for label in labels:
            count += 1
            wrong += decode(data, label) != sentence
    return wrong, count


@pytest.mark.parametrize("codec", ["utf-8", "cp1251", "cp866", "iso8859-5", "koi8-r"])
def test_short_sentences_with_a_label_that_says_nothing(codec):
    assert misread(codec, LABELS[:6])[0] == 0


@pytest.mark.parametrize("codec", ["utf-8", "cp1251", "koi8-u", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic"])
def test_short_sentences_with_a_label_that_is_their_own(codec):
    assert misread(codec, [codec.replace("iso8859", "iso-8859").replace("mac", "x-mac")])[0] == 0


@pytest.mark.parametrize(
    ("codec", "share"),
    [("utf-8", 0), ("cp1251", 0.04), ("koi8-u", 0.04), ("koi8-r", 0.04), ("cp866", 0), ("iso8859-5", 0.01)],
)
def test_short_sentences_with_the_label_of_another_cyrillic_page(codec, share):
    wrong, count = misread(codec, LABELS[6:-1])
    assert wrong <= share * count


@given(st.lists(st.sampled_from(SENTENCES), min_size=3, max_size=6, unique=True), st.sampled_from(LABELS))
@settings(max_examples=300, deadline=None)
def test_a_few_sentences_are_right_whatever_the_label(sentences, label):
    text = ". ".join(sentences)
    for codec in ("utf-8", "cp1251", "koi8-u", "cp866", "iso8859-5"):
        try:
            data = text.encode(codec)
        except UnicodeEncodeError:
            continue
        assert decode(data, label) == text


@pytest.mark.parametrize("page", ["cp1251", "cp1252", "latin-1"])
@given(st.sampled_from(SENTENCES))
@settings(deadline=None)
def test_utf8_that_was_encoded_twice(page, sentence):
    doubled = "".join(bytes([byte]).decode(page, "surrogateescape") for byte in sentence.encode())
    doubled = "".join(chr(ord(char) - 0xDC00) if "\udc80" <= char <= "\udcff" else char for char in doubled)
    assert decode(doubled.encode(), "utf-8") == sentence


@pytest.mark.parametrize(
    "text",
    [
        "Рядки Радіо Рок — Сила",
        "СРСР «РФ» і США",
        "Ðàð og Ñandú",
        "Où est-ce? Ñoño, Ðorđe",
        "Р—С, Р–С, С—Р",
        *SENTENCES,
    ],
)
def test_what_was_encoded_once_stays(text):
    assert decode(text.encode(), "utf-8") == text


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("label", ANY_LABEL)
def test_a_sentence_of_any_page_is_read_under_any_label(page: str, label: str | None):
    for text in pieces(10):
        try:
            data = text.encode(page)
        except UnicodeEncodeError:
            continue  # the page has not all letters of the language
        assert decode(data, label) == text


@pytest.mark.parametrize("page", PAGES)
@given(data=st.data())
@settings(deadline=None)
def test_however_short_a_right_label_is_never_made_worse(page: str, data: st.DataObject):
    text = data.draw(st.sampled_from(pieces(data.draw(st.integers(1, 12)))))
    text += data.draw(st.sampled_from(["", "!", " (5)", ", №", ' "', "...", "\n"]))
    try:
        coded = text.encode(page)
    except UnicodeEncodeError:
        return
    assert decode(coded, OF_PAGE[page]) == text


@pytest.mark.parametrize("page", ["cp1251", "koi8_u", "mac_cyrillic"])
def test_bare_bytes_in_headers_and_names_of_files(page: str):
    """Names of one word are read by what the subject says, and the other way round."""
    letter = parse(
        "From: Яків <a@firm.example>\nSubject: Фактура пришла с ошибкой\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nwords\n--b\n'
        'Content-Type: image/png; name="Знімок екрана з помилкою.png"\n\nx\n--b--\n'.encode(page)
    )
    assert letter.subject == "Фактура пришла с ошибкой"
    assert letter.from_ is not None and letter.from_.name == "Яків"
    assert letter.attachments[0].name == "Знімок екрана з помилкою.png"


UNLABELLED = [
    ("gb18030", "关于订单的问题"), ("gb18030", "请回复我的邮件，谢谢"), ("big5", "請問訂單什麼時候發貨"),
    ("euc_kr", "안녕하세요 주문 문의드립니다"), ("shift_jis", "ご注文の確認について"),
    ("euc_jp", "お問い合わせありがとうございます"),
    ("cp1253", "Καλημέρα σας, δεν λειτουργεί ο εκτυπωτής"), ("iso8859_7", "Ερώτηση για την παραγγελία"),
    ("cp1250", "Dzień dobry, proszę o fakturę za wrzesień"), ("iso8859_2", "Prośba o zwrot pieniędzy za książkę"),
    ("cp1250", "Dobrý den, můj účet nefunguje, děkuji"), ("iso8859_2", "Žádost o vrácení peněz"),
    ("iso8859_2", "Szeretném lemondani az előfizetést, üdvözlettel"),
    ("cp1250", "Szűrő és fűnyíró, őszinte üdvözlettel"),
    ("cp1254", "Sipariş hakkında şikayet, ürün bozuk çıktı"), ("iso8859_9", "Değişim için yardım edin, teşekkürler"),
    ("cp1257", "Sveiki, mano sąskaita neveikia, ačiū už pagalbą"),
    ("cp1252", "Grüße aus Köln"), ("cp1252", "Ça va très bien, à bientôt"), ("cp1252", "¿Cuándo llega mi pedido?"),
    ("cp1252", "Blåbærgrød på øen"), ("cp1252", "Não há informação"), ("cp1252", "Góðan daginn, Þór á Íslandi"),
    ("cp1252", "“quoted” text – it’s fine, 5 €"),
]  # fmt: skip


@pytest.mark.parametrize(("codec", "text"), UNLABELLED)
def test_a_header_without_any_label(codec: str, text: str):
    letter = parse(b"From: a@firm.example\nSubject: " + text.encode(codec) + b"\n\nwords\n")
    assert letter.subject == text


@pytest.mark.parametrize("codec", ["gb2312", "iso-8859-2", "windows-1253"])
def test_bare_headers_are_in_the_charset_of_the_words(codec: str):
    """One word would be no evidence by itself."""
    text = {"gb2312": "发票", "iso-8859-2": "Paní", "windows-1253": "Νέα"}[codec]
    head = f"From: a@firm.example\nSubject: {text}\nContent-Type: text/plain; charset={codec}\n\n"
    assert parse(head.encode(codec) + "x".encode(codec)).subject == text


def test_what_is_not_plain_stays_as_it_was_read():
    assert decode("发票".encode("gb18030")) == "发票".encode("gb18030").decode("cp1252")
    assert decode("Dìkuji, è".encode("cp1252")) == "Dìkuji, è"
