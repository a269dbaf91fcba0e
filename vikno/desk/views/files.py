"""Files and letters with a layout of their own. What a stranger sent is only ever a download, or shown made anew."""

from __future__ import annotations

from io import BytesIO

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from vikno.channels.email.letter.names import safe_name
from vikno.core import files
from vikno.core.models import AttachedFile
from vikno.desk.drawing import formatted, plain
from vikno.desk.face import DeskRequest, desk, refuse
from vikno.desk.ticket_files import PICTURES
from vikno.dialogs.models import Attachment, Message, MessageText
from vikno.tickets import access

SMALL = 480  # pixels of the longer side
MOST_PIXELS = 40_000_000  # of a picture that is decoded at all; beyond that it is a download


@require_safe
@desk
def attachment(request: DeskRequest, attachment_id: int) -> HttpResponseBase:
    """A file of a message, for who may read the message."""
    return give(request, access.attachment_for(request.desk.viewer, attachment_id))


@require_safe
@desk
def note_attachment(request: DeskRequest, attachment_id: int) -> HttpResponseBase:
    """A file of a note, for who may read its ticket."""
    return give(request, access.note_attachment_for(request.desk.viewer, attachment_id))


def give(request: DeskRequest, row: AttachedFile) -> HttpResponseBase:
    """A stored file as `served`, or words about one that is missing."""
    try:
        return served(row, small="small" in request.GET, inline="inline" in request.GET)
    except files.MissingFile:
        return refuse(request, _("This file is missing from the store. The message itself is whole."), 404)


def served(row: AttachedFile, *, small: bool = False, inline: bool = False) -> HttpResponseBase:
    """A stored file as a download, or as a picture made anew where one was asked for. Raises MissingFile."""
    if row.file is None:
        raise files.MissingFile(row.name)
    if row.type in PICTURES and (small or inline or row.inline):
        picture = made_anew(files.read(row.file), row.type, SMALL if small else None)
        if picture is not None:
            response = HttpResponse(picture, content_type=row.type)
            response["Cache-Control"] = "private, max-age=86400"
            return response
    stream = files.store().open(row.file.key)
    return FileResponse(
        stream, as_attachment=True, filename=safe_name(row.name) or "file", content_type="application/octet-stream"
    )


def made_anew(content: bytes, kind: str, side: int | None, into: str = "") -> bytes | None:
    """A picture decoded and encoded again, so that only pixels remain; None if it is none or too large. `kind` "" is
    any of those that are shown; `into` is the format to write, if another one."""
    from PIL import Image, ImageOps  # large, and seldom wanted: no start waits for it

    try:
        with Image.open(BytesIO(content), formats=[PICTURES[kind]] if kind else list(PICTURES.values())) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            turned = ImageOps.exif_transpose(image)
            if side:
                turned.thumbnail((side, side))
            out = BytesIO()
            if into:
                turned = turned.convert("RGBA")
            turned.save(out, into or PICTURES[kind])
            return out.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


@require_safe
@desk
def frame(request: DeskRequest, message_id: int) -> HttpResponse:
    """A letter with a layout of its own, as a page for a sandboxed frame with a policy of its own."""
    return framed(request, access.message_for(request.desk.viewer, message_id))


def framed(request: DeskRequest, message: Message, here: str = "desk:frame", file: str = "desk:file") -> HttpResponse:
    """The page of a letter that the viewer may read; `here` and `file` name the addresses of it and of its files."""
    if message.hidden_at or message.erased_at:
        raise access.NoSuchMessage(message.id)
    text = MessageText.objects.filter(message=message, version=message.version).first()
    rows = Attachment.objects.filter(message=message).exclude(content_id="")
    pictures = {row.content_id: f"{reverse(file, args=[row.id])}?inline=1" for row in rows}
    with_remote = "pictures" in request.GET
    if text and not text.html:  # one too long for the page of its request
        body, quote = plain(text.text), plain(text.quoted)
    else:
        body = formatted(text.html if text else "", pictures.get, with_remote=with_remote)
        quote = formatted((text and text.quoted_html) or "", pictures.get, with_remote=with_remote)
    held = message.remote_images and not with_remote
    again = f"{reverse(here, args=[message.id])}?pictures=1" if held else ""
    response = render(request, "desk/letter.html", {"body": body, "quote": quote, "pictures_url": again})
    return policy(response, with_remote=with_remote)


def policy(response: HttpResponse, *, with_remote: bool, downloads: bool = False) -> HttpResponse:
    """The response with what a stranger's letter may do on its page: nothing but be looked at."""
    elsewhere = " https: http:" if with_remote else ""
    response["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'{elsewhere}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin allow-popups "
        f"allow-popups-to-escape-sandbox{' allow-downloads' if downloads else ''}"
    )
    response["Referrer-Policy"] = "no-referrer"
    return response
