"""Foreign markup made harmless: an allow-list (nh3) in two forms.

`safe_html` is the form that is kept: nothing in it acts, but pictures remember their addresses ("cid:…",
"remote:https://…", which no browser loads) and the few class names and ids by which mail programs mark quotes stay.
`clean_html` makes from either form what is drawn.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable
from dataclasses import dataclass

import nh3

from .quotes_html import MARK_IDS, MARKS
from .style import LIGHT, safe_style
from .tags import plain_tags, without_controls
from .words import words

_TAGS = words(
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details "
    "dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p "
    "pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr "
    "tt u ul var wbr"
)
_DROPPED_WITH_CONTENT = words(
    "script style title template noscript iframe object embed applet svg math select textarea"
)
_CELL = {"align", "valign", "width", "height", "colspan", "rowspan", "bgcolor", "nowrap"}
_ATTRIBUTES = {
    "*": {"style", "dir", "lang", "title", "align", "class", "id"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "border"},
    "table": {"width", "height", "border", "cellpadding", "cellspacing", "bgcolor"},
    "td": _CELL,
    "th": _CELL,
    "tr": {"valign", "bgcolor"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "font": {"color", "size", "face"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value"},
    "hr": {"width", "size"},
    "blockquote": {"type"},
    "time": {"datetime"},
}
_LINK_SCHEMES = ("http:", "https:", "mailto:", "tel:", "ftp:", "sip:", "xmpp:", "viber:", "tg:")
_SCHEMES = {scheme.rstrip(":") for scheme in _LINK_SCHEMES} | {"cid", "remote"}
_SIMPLE_VALUE = re.compile(r"[\w\s#%.,'/+-]{0,200}")
_IMAGE = re.compile(r'<img((?: [a-z]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_MARKS = re.compile(r' (?:class|id)="[^"]*"')
_TAG = re.compile(r'<[a-z][a-z0-9]*(?: [a-z]+="[^"]*")*>')
_STYLE = re.compile(r' style="([^"]*)"')
_HEAVY_TAG = re.compile(r"<(?:table|font|center|img|td|col)[ >]")
_HEAVY_ATTRIBUTE = re.compile(r' (?:bgcolor|width|height|align|color)="')


@dataclass(frozen=True, slots=True)
class CleanHtml:
    """Markup that may be drawn.

    `remote` holds one entry for each `<img>` without `src` in `html`, in order: its address, "" if it has none.
    `plain_enough` says that it may stand in our page, in the page's own colours, without a frame.
    """

    html: str
    remote_images: int
    plain_enough: bool
    remote: tuple[str, ...]


def safe_html(html: str) -> str:
    """The form that is kept. Running it again changes nothing."""
    cleaned = nh3.clean(
        plain_tags(html),
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED_WITH_CONTENT),
        attributes=_ATTRIBUTES,
        attribute_filter=_filter,
        link_rel=None,
        url_schemes=_SCHEMES,
        url_relative="deny",
    )
    return without_controls(cleaned).strip()


def clean_html(html: str, cid_to_url: Callable[[str], str | None], load_remote: bool = False) -> CleanHtml:
    """Markup to draw, from a letter's own or from the kept form.

    `cid_to_url` gives the address of our copy of a picture, None if there is none. With `load_remote` (after a click)
    remote pictures get their addresses back, else nothing in the result loads from elsewhere.
    """
    return _drawn(safe_html(html), cid_to_url, load_remote)


def look_of(kept: str) -> tuple[bool, int]:
    """(whether it may stand in our page, how many remote pictures it has): of the kept form alone, which is not cleaned
    once more for that."""
    drawn = _drawn(kept, lambda cid: "x")
    return drawn.plain_enough, drawn.remote_images


def _drawn(safe: str, cid_to_url: Callable[[str], str | None], load_remote: bool = False) -> CleanHtml:
    remote: list[str] = []

    def draw(image: re.Match[str]) -> str:
        values = dict(_ATTRIBUTE.findall(image[1]))
        source = entities.unescape(values.pop("src", ""))
        if source.lower().startswith("remote:"):
            address = source[7:]
            if load_remote:
                values["src"] = entities.escape(address)
            else:
                remote.append(address)
        else:
            picture = cid_to_url(source[4:].strip("<>")) if source.lower().startswith("cid:") else None
            if picture:
                values["src"] = entities.escape(picture)
            else:
                remote.append("")
        return "<img" + "".join(f' {name}="{value}"' for name, value in values.items()) + ">"

    drawn = _TAG.sub(lambda tag: _MARKS.sub("", tag[0]), safe)
    drawn = _IMAGE.sub(draw, drawn)
    drawn = drawn.replace("<a href=", '<a rel="noopener noreferrer nofollow" target="_blank" href=')
    return CleanHtml(drawn, sum(1 for address in remote if address), _is_plain(drawn), tuple(remote))


def _filter(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "style":
        return safe_style(value) or None
    if attribute == "class":
        return " ".join(name for name in value.split() if name in MARKS) or None
    if attribute == "id":
        return value if value in MARK_IDS else None
    if attribute == "href":
        return value.strip() if value.strip().lower().startswith(_LINK_SCHEMES) else None
    if attribute == "src":
        return _image_source(value.strip())
    if attribute in ("alt", "title", "datetime"):
        return value[:1_000]
    return value if _SIMPLE_VALUE.fullmatch(value) else None


def _image_source(value: str) -> str | None:
    small = value[:12].lower()
    if small.startswith(("http://", "https://")):
        return "remote:" + value
    if small.startswith("cid:"):
        return value
    if small.startswith("remote:http") and value[7:15].lower().startswith(("http://", "https://")):
        return value
    return None


def _is_plain(drawn: str) -> bool:
    """No layout and no colours of its own."""
    tags = "".join(_TAG.findall(drawn))
    if _HEAVY_TAG.search(tags) or _HEAVY_ATTRIBUTE.search(tags):
        return False
    for style in _STYLE.findall(tags):
        for declaration in entities.unescape(style).split(";"):
            if declaration and declaration.partition(":")[0] not in LIGHT:
                return False
    return True
