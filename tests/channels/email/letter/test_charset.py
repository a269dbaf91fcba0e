"""Which Cyrillic code page was meant."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vikno.channels.email.letter.charset import codec_name, decode

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
