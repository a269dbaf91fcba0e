"""The body of a letter: plain text and markup beside each other, pictures inside, files behind."""

from __future__ import annotations

import html as entities
import re
import secrets
from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from itertools import groupby

import css_inline
from babel.dates import format_date
from django.utils import translation
from django.utils.translation import gettext

from vikno.channels.email import confirming, hand_outs
from vikno.channels.email.letter.html import safe_html
from vikno.channels.email.letter.links import with_links
from vikno.channels.email.letter.names import name_for
from vikno.channels.email.letter.text import html_to_text, text_to_html
from vikno.core import files
from vikno.core.sizes import size_words
from vikno.core.text import one_line
from vikno.dialogs.models import Attachment, Delivery, Message, MessageText

# 7bit: what is not ASCII goes as base64 or quoted-printable, which every server on the way takes.
_POLICY = SMTP.clone(cte_type="7bit")
# No colour of text or ground: the reader's own program draws it light or dark, and both must be readable. The blue of
# links is one that can be read on either, if nothing around it pales it: so what holds links has no opacity.
_STYLE = """
body { font-family: -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
body { font-size: 15px; line-height: 1.5; }
p { margin: 0 0 1em; }
li > p { margin: 0; }
li > p + p { margin: 0.5em 0 0; }
a { color: #3d7bdd; }
pre, code { font-family: Menlo, Consolas, monospace; font-size: 13px; }
pre { padding: 8px 12px; border: 1px solid #cccccc; white-space: pre-wrap; }
table { border-collapse: collapse; }
td, th { border: 1px solid #cccccc; padding: 4px 8px; text-align: left; }
blockquote { margin: 0 0 1em; padding: 0 0 0 12px; border-left: 3px solid #cccccc; }
img { max-width: 100%; height: auto; }
.signature { opacity: 0.75; margin-top: 1.5em; }
.foot { font-size: 13px; margin-top: 1.5em; }
.gmail_quote { opacity: 0.75; margin-top: 1.5em; }
"""
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
_SOURCE = re.compile(r'(<img\b[^>]*?\bsrc=")(cid:|remote:)([^"]*)(")')


@dataclass(frozen=True, slots=True)
class Body:
    """MIME headers and content, without MIME-Version, which stands with the other headers."""

    content: bytes


def body_of(message: Message, *, signature: str, language: str, delivery: Delivery, copy: bool = False) -> Body:
    """The body for a message, as it goes to the recipient of one delivery; in a `copy` for us, files that are
    fetched are named and have no address.

    Raises files.MissingFile: a letter never goes without a file that was promised.
    """
    words = MessageText.objects.filter(message=message, version=message.version).first() or MessageText()
    markup = with_links(safe_html(words.html) if words.html else text_to_html(words.text))
    attached = list(message.attachments.select_related("file").order_by("position", "id"))
    markup, pictures = _with_pictures(markup, attached)
    shown = {picture.pk for picture in pictures.values()}
    hanging = [one for one in attached if one.pk not in shown]
    inside = sum(one.size for one in attached if one.pk in shown)
    handed = (hand_outs.named if copy else hand_outs.instead_of)(delivery, hanging, inside)
    note = _note(handed, language) or (_confirm_note(delivery, language) if not copy else "")
    # What is automatic repeats nothing that somebody wrote: strangers would have it carried to others.
    quote = words.quoted if message.author == Message.Author.AGENT else ""
    letter = EmailMessage(policy=_POLICY)
    letter.set_content(_plain(words, note, signature, quote))
    letter.add_alternative(_page(markup, note, signature, quote, language), subtype="html")
    page = letter.get_body(("html",))
    assert page is not None
    for content_id, picture in pictures.items():
        _hang(page, picture, 0, content_id)
    for number, one in enumerate([] if handed else hanging, 1):
        _hang(letter, one, number, None)
    del letter["MIME-Version"]
    return Body(letter.as_bytes())


def _note(handed: hand_outs.Handed | None, language: str) -> str:
    """What stands in the letter for files that are fetched, the address on the last line (empty if it is not told); ""
    if there are none."""
    if handed is None:
        return ""
    with translation.override(language or "en"):
        day = format_date(handed.until, "long", locale=language or "en")
        head = gettext("Files to fetch until %(day)s:") % {"day": day}
        names = [f"{one_line(one.name, 200)} ({size_words(one.size)})" for one in handed.files]
    return "\n".join([head, *names, handed.url])


def _confirm_note(delivery: Delivery, language: str) -> str:
    """The same for the link by which a customer says that it was they who asked."""
    link = confirming.link_in(delivery)
    if link is None:
        return ""
    with translation.override(language or "en"):
        day = format_date(link.until, "long", locale=language or "en")
        return "\n".join([gettext("If it was you who asked, say so here until %(day)s:") % {"day": day}, link.url])


def _plain(words: MessageText, note: str, signature: str, quote: str) -> str:
    text = html_to_text(words.html) if words.html else words.text
    parts = [text.strip(), note.strip()]
    if signature:
        parts.append("-- \n" + signature)
    if quote:
        parts.append(quote)
    return "\n\n".join(part for part in parts if part) + "\n"


def _page(markup: str, note: str, signature: str, quote: str, language: str) -> str:
    body = f"<div>{markup}</div>"
    if note:
        names, _, url = note.rpartition("\n")
        link = entities.escape(url)
        body += f"<p>{_lines(names)}" + (f'<br><a href="{link}">{link}</a></p>' if link else "</p>")
    if signature:
        body += f'<div class="signature">-- <br>{with_links(_lines(signature))}</div>'
    return page_of(body + _quoted(quote), language)


def _quoted(quote: str) -> str:
    """A quotation as mail programs mark it: a line that says whose it is, and what they said beside a rule."""
    if not quote:
        return ""
    parts: list[str] = []
    for quoted, lines in groupby(quote.split("\n"), lambda line: line.startswith(">")):
        said = "\n".join(line.removeprefix(">").removeprefix(" ") if quoted else line for line in lines).strip("\n")
        if said:
            parts.append(f"<blockquote>{_lines(said)}</blockquote>" if quoted else _attribution(said))
    return f'<div class="gmail_quote">{"".join(parts)}</div>'


def _attribution(said: str) -> str:
    return f'<div class="gmail_attr">{_lines(said)}</div>'


def page_of(body: str, language: str) -> str:
    """A whole page of markup that is safe already, with its styles on the elements, as mail programs want it."""
    lang = f' lang="{entities.escape(language)}"' if language else ""
    head = f'<meta charset="utf-8"><meta name="color-scheme" content="light dark"><style>{_STYLE}</style>'
    page = f"<!DOCTYPE html><html{lang}><head>{head}</head><body>{body}</body></html>"
    return _INLINER.inline(page)


def _lines(text: str) -> str:
    return entities.escape(text, quote=False).replace("\n", "<br>\n")


def _with_pictures(markup: str, attached: list[Attachment]) -> tuple[str, dict[str, Attachment]]:
    """Pictures that the markup shows get ids of our own making; what an agent took from the web keeps its address."""
    by_id = {one.content_id.strip("<>"): one for one in attached if one.content_id}
    used: dict[str, Attachment] = {}

    def place(found: re.Match[str]) -> str:
        if found[2] == "remote:":
            return f"{found[1]}{found[3]}{found[4]}"
        picture = by_id.get(entities.unescape(found[3]).strip("<>"))
        if picture is None:
            return f"{found[1]}{found[4]}"
        own = next((key for key, one in used.items() if one.pk == picture.pk), "")
        own = own or f"{picture.pk}.{secrets.token_hex(6)}@vikno"
        used[own] = picture
        return f"{found[1]}cid:{own}{found[4]}"

    return _SOURCE.sub(place, markup), used


def _hang(part: MIMEPart, attachment: Attachment, number: int, content_id: str | None) -> None:
    if attachment.file is None:
        raise files.MissingFile(attachment.name)
    content = files.read(attachment.file)
    kind = attachment.type.lower()
    # A letter or a bundle of parts as a file: base64 is forbidden to these types, and they may be broken.
    if not _TYPE.fullmatch(kind) or kind.startswith(("message/", "multipart/")):
        kind = "application/octet-stream"
    main, _, sub = kind.partition("/")
    name = name_for(attachment.name, attachment.type, number or 1)
    params = {"charset": "utf-8"} if main == "text" and _is_utf8(content) else {}
    if content_id:
        part.add_related(content, main, sub, cid=f"<{content_id}>", filename=name, disposition="inline")
    else:
        part.add_attachment(content, main, sub, filename=name, params=params)


def _is_utf8(content: bytes) -> bool:
    """Whether a text is in UTF-8. Without a charset it would be read as US-ASCII or whatever the reader's system has
    (RFC 2046 section 4.1.2); another one is not guessed."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in content
