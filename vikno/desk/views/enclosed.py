"""Letters enclosed in messages, opened to be read: the same cleaning and the same isolated page as any letter."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from vikno.channels.email.letter import Address, Letter, fold_quotes, fold_quotes_html, parse
from vikno.channels.email.letter.names import safe_name
from vikno.core import files
from vikno.core.sizes import size_words
from vikno.core.times import full_time
from vikno.desk.drawing import formatted, plain
from vikno.desk.face import DeskRequest, desk
from vikno.desk.ticket_files import PICTURES
from vikno.desk.timeline import KIND, MOST_BYTES
from vikno.desk.views.files import made_anew, policy
from vikno.tickets import access

MOST_DEPTH = 5  # letters, each enclosed in the one before


@require_safe
@desk
def enclosed(request: DeskRequest, attachment_id: int) -> HttpResponseBase:
    """A letter that hangs on a message, for who may read the message. `at` leads to one enclosed in it ("2.0": the
    first file of the third), `file` to a file of it."""
    row = access.attachment_for(request.desk.viewer, attachment_id)
    if row.file is None or row.type != KIND or row.size > MOST_BYTES:
        raise Http404
    at = request.GET.get("at", "")
    try:
        letter = _opened(files.read(row.file), at)
    except files.MissingFile:
        raise Http404 from None
    if "file" in request.GET:
        return _file(letter, request.GET["file"], "inline" in request.GET)
    response = render(request, "desk/enclosed.html", _context(request, letter, at))
    return policy(response, with_remote="pictures" in request.GET, downloads=True)


def _opened(raw: bytes, at: str) -> Letter:
    letter = parse(raw)
    places = at.split(".") if at else []
    if len(places) > MOST_DEPTH:
        raise Http404
    for place in places:
        file = _one(letter, place)
        if letter.attachments[file].type != KIND:
            raise Http404
        letter = parse(letter.attachments[file].content)
    return letter


def _one(letter: Letter, place: str) -> int:
    if not (place.isascii() and place.isdigit() and len(place) < 5 and int(place) < len(letter.attachments)):
        raise Http404
    return int(place)


def _file(letter: Letter, place: str, inline: bool) -> HttpResponse:
    file = letter.attachments[_one(letter, place)]
    picture = made_anew(file.content, file.type, None) if inline and file.type in PICTURES else None
    if picture is not None:
        return HttpResponse(picture, content_type=file.type)
    response = HttpResponse(file.content, content_type="application/octet-stream")
    name = content_disposition_header(True, safe_name(file.name) or "file")
    response.headers["Content-Disposition"] = name or "attachment"
    return response


def _context(request: DeskRequest, letter: Letter, at: str) -> dict[str, object]:
    with_remote = "pictures" in request.GET
    pictures = {one.cid: _link(at, file=place, inline=1) for place, one in enumerate(letter.attachments) if one.cid}
    if letter.html:
        visible, quoted = fold_quotes_html(letter.html, letter.subject)
        body, quote = (formatted(half, pictures.get, with_remote=with_remote) for half in (visible, quoted))
    else:
        folded = fold_quotes(letter.text, letter.subject)
        body, quote = plain(folded.visible), plain(folded.quoted)
    language = translation.get_language() or "en"
    deeper = at.count(".") + 2 <= MOST_DEPTH if at else True
    return {
        "subject": letter.subject, "sender": _names([letter.from_] if letter.from_ else []),
        "to": _names(letter.to), "cc": _names(letter.cc),
        "date": full_time(letter.date, request.desk.zone, language) if letter.date else "", "body": body,
        "quote": quote, "pictures_url": "" if with_remote or "remote:" not in letter.html else _link(at, pictures=1),
        "files": [
            (
                _link(f"{at}.{place}" if at else str(place)) if one.type == KIND and deeper else _link(at, file=place),
                one.name, size_words(len(one.content)), one.type == KIND and deeper,
            )
            for place, one in enumerate(letter.attachments) if not one.inline
        ],
    }  # fmt: skip


def _link(at: str, **more: object) -> str:
    return "?" + urlencode({**({"at": at} if at else {}), **more})


def _names(people: Iterable[Address]) -> str:
    return ", ".join(f"{one.name} <{one.addr}>" if one.name else one.addr for one in people)
