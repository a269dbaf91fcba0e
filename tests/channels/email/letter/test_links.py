"""Web addresses in texts and markup: links, and links that say another place than they lead to."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vikno.channels.email.letter.html import safe_html
from vikno.channels.email.letter.links import strays, with_links
from vikno.channels.email.letter.text import text_to_html


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("See https://np.example/track?id=1&b=2, please", "https://np.example/track?id=1&amp;b=2"),
        ("(https://a.example/x)", "https://a.example/x"),
        ("https://a.example/wiki/Cat_(animal).", "https://a.example/wiki/Cat_(animal)"),
        ("<https://a.example/>", "https://a.example/"),
        ("HTTP://A.example/?q=\u0456", "HTTP://A.example/?q=\u0456"),
        ("https://a.example/?a&b&", "https://a.example/?a&amp;b"),
    ],
)
def test_an_address_in_a_text_is_a_link_without_the_marks_of_its_sentence(text: str, address: str) -> None:
    assert f'<a href="{address}">{address}</a>' in with_links(text_to_html(text))


@pytest.mark.parametrize(
    "markup",
    [
        '<p><a href="https://a.example">see https://a.example</a></p>',
        "<pre>https://a.example</pre>",
        "<p>ftp://a.example https:// http://.</p>",
    ],
)
def test_what_is_a_link_or_code_already_or_no_address_stays(markup: str) -> None:
    assert with_links(markup) == markup


class Tags(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(attrs)))


def test_nothing_is_put_into_a_value() -> None:
    kept = '<img alt="x> https://e.example/onerror=alert(1)// </a> <b>"><p>https://a.example</p>'
    drawn = with_links(kept)
    assert [one for one in Tags(drawn).found if one[0] != "a"] == Tags(kept).found
    assert drawn.endswith('<p><a href="https://a.example">https://a.example</a></p>')
    assert drawn.count("<a ") == 1


@given(st.text(alphabet="<>\"'&;/ a:.https()=\xa0", max_size=60))
def test_whatever_stands_there_no_tag_but_links_comes_of_it(text: str) -> None:
    kept = safe_html(f"<p>{text} https://e.example/{text}</p>")
    drawn = with_links(kept)
    assert [one for one in Tags(drawn).found if one[0] != "a"] == [one for one in Tags(kept).found if one[0] != "a"]
    assert {key for tag, attrs in Tags(drawn).found if tag == "a" for key, _ in attrs} <= {"href", "rel", "title"}


@pytest.mark.parametrize(
    ("href", "words", "astray"),
    [
        ("https://evil.example/x", "https://privat24.ua", "evil.example"),
        ("https://evil.example", "<b>www.</b>privat24.ua/login", "evil.example"),
        ("https://privat24.ua.evil.example", "privat24.ua", "privat24.ua.evil.example"),
        ("https://privat24.ua/x", "http://www.privat24.ua", None),
        ("https://next.privat24.ua", "privat24.ua", None),
        ("https://evil.example", "Press here", None),
        ("https://files.example/1", "price.pdf", None),
        ("mailto:a@b.example", "b.example", None),
        (
            "https://xn--80aesfpebagmfblc0a.xn--p1ai/",
            "https://\u0441\u0430\u0439\u0442.\u0443\u043a\u0440",
            "xn--80aesfpebagmfblc0a.xn--p1ai",
        ),
    ],
)
def test_a_link_that_names_another_host_is_found(href: str, words: str, astray: str | None) -> None:
    markup = safe_html(f'<p><a href="{href}">{words}</a> rest</p>')
    found = list(strays(markup))
    assert [host for _, host in found] == ([astray] if astray else [])
    assert all(markup[:end].endswith("</a>") for end, _ in found)
