"""Foreign markup: nothing acts, nothing loads, the words stay."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from vikno.channels.email.letter import clean_html, html_to_text
from vikno.channels.email.letter.html import safe_html

pytestmark = pytest.mark.only_on("sqlite")  # stands on no database of the tests: the same on each


def nowhere(cid: str) -> None:
    return None


def ours(cid: str) -> str | None:
    return f"/files/{cid}" if cid == "logo@x" else None


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<svg onload=alert(1)>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
        "<a href='java\nscript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<a href=' javascript:alert(1)'>x</a>",
        "<a href='vbscript:x'>x</a>",
        "<iframe src=https://evil.example></iframe>",
        "<form action=https://evil.example><input name=p><button>Go</button></form>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<base href=https://evil.example>",
        "<link rel=stylesheet href=https://evil.example/x.css>",
        "<style>body{display:none}</style>",
        "<p style='background:url(https://evil.example/x)'>x</p>",
        "<p style='position:fixed;top:0;left:0;z-index:9'>x</p>",
        "<p style='margin-top:-500px'>x</p>",
        "<p style='width:expression(alert(1))'>x</p>",
        "<p style='color:red;background-image:\\75rl(x)'>x</p>",
        "<p data-x=1 hx-get=/evil hx-trigger=load id=a class=b onclick=x>x</p>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<textarea><img src=x onerror=alert(1)></textarea>",
        "<object data=x><embed src=x>",
        "<body background=https://evil.example/x><table background=https://evil.example/x><td background=//e/x>a",
        "<video src=https://evil.example poster=https://evil.example/x></video>",
        "<img srcset='https://evil.example/x 2x' src='https://evil.example/y'>",
        "<input type=image src=https://evil.example/x>",
        "<img src='remote:javascript:alert(1)'>",
    ],
)
def test_nothing_acts_and_nothing_loads(hostile):
    cleaned = clean_html(f"<p>before</p>{hostile}<p>after</p>", nowhere).html
    assert_harmless(cleaned)
    assert "evil.example" not in cleaned


def assert_harmless(cleaned):
    if not cleaned.strip():
        return
    for element in lxml_html.fragment_fromstring(cleaned, create_parent="div").iter():
        assert element.tag in ALLOWED, element.tag
        for name, value in element.attrib.items():
            assert not name.startswith(("on", "data", "hx", "form", "xlink"))
            assert name not in ("id", "class", "srcset", "background", "action", "src")
            if name == "href":
                assert re.match(r"(?:https?|mailto|tel|ftp|sip|xmpp|viber|tg):", value, re.IGNORECASE)
            if name == "style":
                assert not re.search(r"url|position|expression|javascript|\\|@|-\s*\d", value, re.IGNORECASE)


ALLOWED = frozenset(
    [
        "a",
        "abbr",
        "address",
        "article",
        "aside",
        "b",
        "bdi",
        "bdo",
        "big",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "font",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "main",
        "mark",
        "nav",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)


def test_links_open_apart():
    cleaned = clean_html('<a href="https://example.com/?a=1&b=2" target=_self rel=opener>x</a>', nowhere).html
    assert 'rel="noopener noreferrer nofollow"' in cleaned
    assert 'target="_blank"' in cleaned
    assert 'href="https://example.com/?a=1&amp;b=2"' in cleaned


def test_pictures():
    html = (
        '<p><img src="cid:logo@x" alt="Logo"><img src="https://pixel.example/a.gif?x=1&amp;y=2" alt="far">'
        '<img src="cid:lost@x" alt="lost"></p>'
    )
    drawn = clean_html(html, ours)
    assert drawn.html == '<p><img alt="Logo" src="/files/logo@x"><img alt="far"><img alt="lost"></p>'
    assert drawn.remote == ("https://pixel.example/a.gif?x=1&y=2", "")
    assert drawn.remote_images == 1
    shown = clean_html(html, ours, load_remote=True).html
    assert 'src="https://pixel.example/a.gif?x=1&amp;y=2"' in shown


def test_address_of_our_copy_cannot_break_out():
    drawn = clean_html('<img src="cid:a">', lambda cid: '/x"onerror="alert(1)')
    assert "onerror=" not in re.sub(r'"[^"]*"', "", drawn.html)


def test_kept_form_remembers_pictures_and_loads_nothing():
    kept = safe_html('<img src="https://pixel.example/a.gif"><img src="CID:logo@x">')
    assert 'src="remote:https://pixel.example/a.gif"' in kept
    assert clean_html(kept, ours).remote_images == 1


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("<div>hello <b>you</b><br><a href='https://example.com'>x</a></div>", True),
        ('<blockquote style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">q</blockquote>', True),
        ("<table><tr><td>x</table>", False),
        ('<p style="color:#fff">x</p>', False),
        ('<p style="width:600px">x</p>', False),
        ("<p>the word &lt;table&gt; alone</p>", True),
    ],
)
def test_plain_enough(html, plain):
    assert clean_html(html, nowhere).plain_enough is plain


@pytest.mark.parametrize(
    "deep",
    [
        "<div>" * 20_000 + "the words",
        "<div><table></div></table>" * 18_000 + "the words",
        '<div x="</div>">' * 20_000 + "the words",
        "<div><!--</div>-->" * 20_000 + "the words",
        "".join(f"<font size={i}><p>" for i in range(10_000)) + "the words",
        "<blockquote>" * 20_000 + "the words",
        "<!--[if" * 60_000 + " the words",
    ],
)
def test_deep_nesting_is_cheap_and_keeps_the_words(deep):
    start = time.process_time()
    assert "the words" in clean_html(deep, nowhere).html
    assert "the words" in html_to_text(deep)
    assert time.process_time() - start < 5


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "<div>", "</div>", "<p class=gmail_quote>", "<table>", "<td>", "</table>", "<script>", "</script>",
                "<style>", "<!--", "-->", "<svg>", "<math>", "<mtext>", "<textarea>", "</textarea>", "<title>",
                "</title>", "<img src=https://e.example/x onerror=alert(1)>", "<a href=javascript:alert(1)>", "</a>",
                '"', "'", ">", "<b a='>", "<noscript>", "<select>", "<template>", "<i/onclick=x>", "<li><ul>",
                "<img src=cid:x style='color:red;x:y'>", "&lt;script&gt;", "<![CDATA[", "]]>", "<?php",
                "<p id=x data-y=1 hx-get=z>", "<blockquote>", "&#1;", "&#12;",
            ]
        ),
        st.text(alphabet=st.characters(codec="utf-8"), max_size=6),
    ),
    max_size=25,
)  # fmt: skip


@given(PIECES)
@settings(max_examples=500, deadline=None)
def test_any_markup_becomes_harmless(pieces):
    html = "".join(pieces)
    cleaned = clean_html(html, nowhere).html
    assert_harmless(cleaned)
    kept = safe_html(html)
    assert safe_html(kept) == kept
    assert clean_html(kept, nowhere).html == cleaned
    html_to_text(html).encode("utf-8")


def test_text_from_html():
    html = """
        <html><head><title>no</title><style>p{}</style></head><body>
        <p>Hello&nbsp;<b>you</b>,<br>second line</p>
        <ul><li>one</li><li>two<ol><li>inner</li></ol></li></ul>
        <table><tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr></table>
        <p>see <a href="https://example.com/x">the page</a> or <a href="https://example.com">https://example.com</a>,
        not <a href="javascript:alert(1)">this</a></p>
        <blockquote>quoted<blockquote>deeper</blockquote></blockquote>
        <div style="display:none">hidden</div><img src="cid:photo@x"><pre>a
  b</pre></body></html>"""
    assert html_to_text(html) == (
        "Hello you,\nsecond line\n\n- one\n- two\n  1. inner\n\na\t1\nb\t2\n\n"
        "see the page <https://example.com/x> or https://example.com, not this\n\n"
        "> quoted\n>\n> > deeper\n\n[photo]\n\na\n  b"
    )


def test_text_when_all_of_it_is_hidden():
    assert html_to_text('<div style="display:none">the only words</div>') == "the only words"


@given(
    st.lists(st.sampled_from(["слово", "word", "тест"]), min_size=1, max_size=9),
    st.sampled_from(["div", "p", "td", "li", "b"]),
)
@settings(deadline=None)
def test_words_survive_markup(words, tag):
    html = "".join(f"<{tag}>{word}" for word in words)
    assert html_to_text(html).replace("-", " ").split() == words or tag == "b"
    assert re.sub(r"<[^>]*>", "", clean_html(html, nowhere).html).replace("\n", "") == "".join(words)
