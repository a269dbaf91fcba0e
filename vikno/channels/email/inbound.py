"""A letter on its way in: raw bytes of the ledger become a message, a bounce, or a copy of what we know already."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from vikno.channels.email import identify, own
from vikno.channels.email.letter import Attachment, Letter, parse
from vikno.channels.email.letter.auth import Authentication, authentication, client_ip, refused_by_policy
from vikno.channels.email.letter.automatic import classify
from vikno.channels.email.letter.bounce import Bounce, read_bounce
from vikno.channels.email.letter.html import look_of
from vikno.channels.email.letter.quotes import Folded, fold_quotes
from vikno.channels.email.letter.quotes_html import fold_quotes_html
from vikno.channels.email.letter.reports import Report, read_report
from vikno.channels.email.limits import MOST_BYTES
from vikno.core import files, ids
from vikno.core.models import StoredFile
from vikno.dialogs.actions import NewFile
from vikno.dialogs.deliveries import mark_bounced
from vikno.dialogs.models import Delivery, Message
from vikno.intake import language, lookups, pipeline
from vikno.intake.models import Fate, Inbound
from vikno.intake.pipeline import Outcome, Reading
from vikno.intake.take_in import Incoming, take_in
from vikno.journal import acts
from vikno.people.actions import identify as identity_of
from vikno.people.actions import mark_failed, mark_working
from vikno.people.models import Identity

_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
MOST_RECIPIENTS_OF_BOUNCE = 50


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of a letter that lies in the store already, under this key."""

    attachment: Attachment
    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Understood:
    """A letter with all that follows from it without the database: the transaction that takes it in holds up everybody
    who writes, so whatever takes long over a hostile letter is done before."""

    letter: Letter
    files: tuple[Stored, ...]
    by_author: bool  # the speaker is who the From line names
    folded: Folded
    html: Folded
    tongue: str
    bounce: Bounce | None = None
    in_frame: bool = False
    remote_images: int = 0


def read(entry: Inbound, raw: bytes) -> Reading:
    """Understand the bytes. Bears any; writes no row, only the attachments' bytes: no transaction waits for them."""
    stub = len(raw) < entry.size
    letter = parse(raw)
    decided = bool(entry.fate)  # a person lets it in
    kind, ours = str(classify(letter, entry.envelope_from, let_in=decided).kind), own.lately()
    address, by_author = identify.speaker(letter, ours, kind)
    sender = identify.sender_of(address, entry)
    if kind == Message.Kind.ORDINARY and ours.owns(sender):
        kind = Message.Kind.AUTOMATIC
    why = "" if decided or kind == Message.Kind.BOUNCE else _why_spam(entry, letter, kind)
    kind = Message.Kind.SPAM if why else kind
    hold = "too_big" if stub or entry.size > _limit(entry) else why
    # What has a fate already is read for a person who lets it in, with all that it brought.
    keep = kind != Message.Kind.BOUNCE and (not hold or bool(entry.fate))
    stored = _store(letter) if keep else ()
    return Reading(
        foreign_id=letter.message_id or _own_id(entry, letter),
        fingerprint=fingerprint(raw, letter),
        sender=sender,
        subject=_plain(letter.subject),
        kind=kind,
        hold=hold,
        value=_understood(letter, stored, by_author, kind),
        written=tuple(one.key for one in stored),
    )


def _why_spam(entry: Inbound, letter: Letter, kind: str) -> str:
    """What of those who saw the letter before us speaks against it, as a code; "" if nothing does."""
    if kind == Message.Kind.SPAM:
        return "spam"
    if entry.folder == Inbound.Folder.JUNK:
        return "junk"
    return "forged" if refused_by_policy(letter, identify.checkers(entry.channel)) else ""


def _understood(letter: Letter, stored: tuple[Stored, ...], by_author: bool, kind: str) -> Understood:
    tongue = language.guess(f"{letter.subject}\n{letter.text}")
    html = Folded(*fold_quotes_html(letter.html, letter.subject))
    looks = [look_of(half) if half else (True, 0) for half in (html.visible, html.quoted)]
    return Understood(
        letter,
        stored,
        by_author,
        fold_quotes(letter.text, letter.subject),
        html,
        tongue,
        bounce=read_bounce(letter) if kind == Message.Kind.BOUNCE else None,
        in_frame=not looks[0][0],
        remote_images=looks[0][1] + looks[1][1],
    )


def _limit(entry: Inbound) -> int:
    value = entry.channel.settings.get("max_bytes")
    return value if isinstance(value, int) and value > 0 else MOST_BYTES


def _own_id(entry: Inbound, letter: Letter) -> str:
    """An id for a letter that has none. Of one that names its time, or lies in a mailbox, the same bytes are the same
    letter; else two alike are two (a script that reports the same trouble twice)."""
    if letter.date is not None or entry.source in ("imap", "pop3"):
        return f"<{entry.sha256[:40]}@no-id.invalid>"
    return f"<{entry.id}.{entry.sha256[:24]}@no-id.invalid>"


def fingerprint(raw: bytes, letter: Letter) -> str:
    """What the author wrote, whatever way it took here: servers on the way add header lines and change line ends."""
    end = _BLANK_LINE.search(raw)
    body = raw[end.end() :] if end else raw
    digest = hashlib.sha256()
    author = letter.from_.addr.lower() if letter.from_ else ""
    date = format_datetime(letter.date) if letter.date else ""
    for part in (author, date, letter.subject):
        digest.update(part.encode("utf-8", "replace") + b"\x00")
    digest.update(body.replace(b"\r\n", b"\n").rstrip())
    return digest.hexdigest()


def _store(letter: Letter) -> tuple[Stored, ...]:
    stored: list[Stored] = []
    try:
        for one in letter.attachments:
            stored.append(Stored(one, ids.file_key(), hashlib.sha256(one.content).hexdigest()))
            files.store().write(stored[-1].key, one.content)
    except BaseException:
        for file in stored:
            files.store().delete(file.key)
        raise
    return tuple(stored)


# ---- what is no message ---------------------------------------------------------------------------------------------


def ahead(entry: Inbound, reading: Reading) -> Outcome | None:
    """Copies of our own letters, and reports of mail servers."""
    letter = reading.value.letter
    mine = lookups.own_message(letter.message_id) if letter.message_id else None
    if mine is not None:
        return Outcome(Fate.DUPLICATE, "own_letter", "", *mine)
    if reading.kind == Message.Kind.BOUNCE:
        return _bounce(entry, letter, reading.value.bounce)
    report = read_report(letter) if letter.report_type else None
    return None if report is None else _reported_on(report)


def _reported_on(report: Report) -> Outcome:
    """Our letter was read, or called spam. Who complains gets nothing automatic any more; a person decides the rest."""
    mine = lookups.own_message(report.message_id) if report.message_id else None
    if mine is None:
        return Outcome(Fate.BOUNCE, "unknown_letter")
    if report.kind == "complaint":
        sent = Delivery.objects.filter(message=mine[0]).select_related("identity")[:MOST_RECIPIENTS_OF_BOUNCE]
        to = [row.identity for row in sent if not report.recipient or row.identity.value == report.recipient.lower()]
        if len(to) == 1:
            mark_failed(to[0], Identity.Failure.COMPLAINT, by=acts.system())
    return Outcome(Fate.BOUNCE, report.kind, "", *mine)


def _bounce(entry: Inbound, letter: Letter, bounce: Bounce | None) -> Outcome:
    if bounce is None:
        return Outcome(Fate.BOUNCE, "delivery_report")
    token = identify.token_in(letter, entry)
    reference = token.message_id if token else bounce.message_id
    if not reference:
        return Outcome(Fate.BOUNCE, "unknown_letter")
    act = acts.system()
    known = [
        mark_bounced(
            reference,
            one.address or one.original_address,
            _plain(one.diagnostic or bounce.diagnostic)[:2000],
            one.status_class == 5,
            one.status,
            by=act,
        )
        for one in bounce.recipients[:MOST_RECIPIENTS_OF_BOUNCE]
        if one.status_class != 2
    ]
    mine = _reported(reference)
    return Outcome(Fate.BOUNCE, _why(bounce, known, mine is not None), "", *(mine or (None, None)))


def _reported(reference: int | str) -> tuple[int, int | None] | None:
    """(message, ticket) that a report speaks of."""
    if isinstance(reference, str):
        return lookups.own_message(reference)
    message = Message.objects.filter(id=reference).first()
    if message is None:
        return None
    return message.id, message.links.filter(ended_act=None).order_by("id").values_list("ticket_id", flat=True).first()


def _why(bounce: Bounce, known: list[bool], ours: bool) -> str:
    if not ours:
        return "unknown_letter"
    if not any(known):
        return "delivery_report"
    return "delivery_failed" if bounce.permanent else "delivery_delayed"


# ---- what is one ----------------------------------------------------------------------------------------------------


def take(entry: Inbound, reading: Reading, released: bool) -> Outcome:
    """Make a message of a letter, inside the caller's transaction. `released`: a person let it in."""
    understood: Understood = reading.value
    letter = understood.letter
    name = _name(letter, understood.by_author, reading.sender)
    shown = _shown(letter, reading.sender)
    identity = identity_of(Identity.Kind.EMAIL, reading.sender, shown, name, understood.tongue)
    if identity.failed_at and understood.by_author and reading.kind == Message.Kind.ORDINARY:
        mark_working(identity, by=acts.person(identity.person_id))
    incoming = _incoming(entry, reading, identity)
    by = acts.begin(acts.IMPORT, at=entry.received_at) if entry.imported else acts.person(identity.person_id)
    taken = take_in(incoming, by, admitted=released)
    reason = taken.why if taken.fate == Fate.SUSPECTED else ""
    return Outcome(
        taken.fate,
        reason,
        taken.message.kind if taken.message else reading.kind,
        taken.message.id if taken.message else None,
        taken.ticket.id if taken.ticket else None,
    )


def _incoming(entry: Inbound, reading: Reading, identity: Identity) -> Incoming:
    understood: Understood = reading.value
    letter = understood.letter
    token = identify.token_in(letter, entry)
    proof = authentication(letter, identify.checkers(entry.channel))
    peer, servers = identify.handed_in_by(letter, entry)
    return Incoming(
        channel=entry.channel,
        identity=identity,
        subject=reading.subject,
        text=understood.folded.visible,
        quoted=understood.folded.quoted,
        said_at=_said_at(letter, entry.received_at),
        arrived_at=entry.received_at,
        address=identify.written_to(letter, entry),
        participants=identify.participants(letter, own.lately(), identity),
        answers=identify.answered(letter, token),
        by_token=token is not None,
        token_identity=token.identity if token else None,
        html=understood.html.visible,
        quoted_html=understood.html.quoted,
        in_frame=understood.in_frame,
        remote_images=understood.remote_images,
        foreign_id=reading.foreign_id[:255],
        kind=reading.kind,
        authenticated=proof.passed and understood.by_author,
        trust=_trust(letter, proof),
        ip=peer or client_ip(letter, servers),
        language=understood.tongue,
        files=_rows(understood),
        imported=entry.imported,
    )


def _trust(letter: Letter, proof: Authentication) -> dict[str, str]:
    """What is known of whether the letter is whose it claims to be."""
    found = {name: value for name in ("spf", "dkim", "dmarc") if (value := getattr(proof, name))}
    return found | ({"seal": letter.seal} if letter.seal else {})


def _rows(understood: Understood) -> tuple[NewFile, ...]:
    """The rows of the files that lie in the store already."""
    made = []
    for file in understood.files:
        one = file.attachment
        row = StoredFile.objects.create(key=file.key, size=len(one.content), sha256=file.sha256)
        cid = (one.cid or "").strip("<>")
        made.append(NewFile(one.name, one.type, stored=row, content_id=cid[:255], inline=one.inline))
    return tuple(made)


def _said_at(letter: Letter, arrived: datetime) -> datetime:
    """The time that the letter tells, if it can be true: clocks of senders go wrong by years."""
    told = letter.date
    if told is None or told > arrived + timedelta(minutes=10) or told.year < 1990:
        return arrived
    return min(told, arrived)


def _name(letter: Letter, by_author: bool, sender: str) -> str:
    if by_author and letter.from_ is not None:
        return letter.from_.name
    return next((one.name for one in letter.reply_to if own.plain(one.addr) == own.plain(sender)), "")


def _shown(letter: Letter, sender: str) -> str:
    for one in (letter.from_, *letter.reply_to):
        if one is not None and one.addr.lower() == sender:
            return one.addr
    return sender


def _plain(text: str) -> str:
    return text.replace("\x00", "")


DOOR = pipeline.Door(read=read, ahead=ahead, take=take)
