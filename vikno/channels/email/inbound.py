"""A letter on its way in: raw bytes of the ledger become a message, a bounce, or a copy of what we know already."""

from __future__ import annotations

import hashlib
from email.utils import format_datetime

from vikno.channels.email import authenticity, claims, forwarding, identify, notice_letters, own, sent, staff_letters
from vikno.channels.email.identify import BLANK_LINE, Speaker, Token
from vikno.channels.email.letter import Letter, parse
from vikno.channels.email.letter.auth import Authentication, refused_by_policy
from vikno.channels.email.letter.automatic import LOOP_HEADER, classify
from vikno.channels.email.letter.bounce import Bounce, read_bounce
from vikno.channels.email.letter.closing import tells
from vikno.channels.email.letter.html import look_of
from vikno.channels.email.letter.quotes import Folded, closing_of
from vikno.channels.email.letter.reports import Report, read_report
from vikno.channels.email.limits import MOST_BYTES
from vikno.channels.email.proof import is_test_letter
from vikno.channels.email.understood import Stored, Understood, rows_of, said_at, trust_of
from vikno.core import files, ids
from vikno.dialogs.actions import Words
from vikno.dialogs.deliveries import is_believed, mark_bounced
from vikno.dialogs.models import Delivery, Message
from vikno.intake import gratitude, language, lookups, pipeline
from vikno.intake.models import Fate, Inbound
from vikno.intake.pipeline import Outcome, Reading
from vikno.intake.take_in import Incoming, take_in
from vikno.intake.thanks import Thanks
from vikno.journal import acts
from vikno.people.actions import identify as identity_of
from vikno.people.actions import mark_failed, mark_working
from vikno.people.models import Identity
from vikno.tickets.taking_part import may_answer

MOST_RECIPIENTS_OF_BOUNCE = 50


def read(entry: Inbound, raw: bytes) -> Reading:
    """Understand the bytes. Bears any; writes no row, only the attachments' bytes: no transaction waits for them."""
    stub = len(raw) < entry.size
    letter = parse(raw)
    decided, ours = bool(entry.fate), own.lately()  # what has a fate is read for a person who lets it in
    kind = str(classify(letter, entry.envelope_from, let_in=decided).kind)
    speaker = identify.speaker(letter, ours, kind, entry.channel.settings.get("form_senders") or ())
    address, proof = speaker.address, authenticity.of_letter(entry, letter, raw)
    sender = identify.sender_of(address, entry)
    kind = _kind(letter, entry, speaker, ours.owns(sender))
    why = "" if decided or kind == Message.Kind.BOUNCE else _why_spam(entry, letter, kind, proof)
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
        name=address.name if address else "",
        forwarder=speaker.forwarded_by or None,
        excerpt=letter.text[:2000],
        kind=kind,
        hold=hold,
        value=_understood(letter, stored, speaker, proof, kind, sender),
        written=tuple(one.key for one in stored),
    )


def _why_spam(entry: Inbound, letter: Letter, kind: str, proof: Authentication) -> str:
    """What of those who saw the letter before us speaks against it, as a code; "" if nothing does."""
    if kind == Message.Kind.SPAM:
        return "spam"
    if entry.folder == Inbound.Folder.JUNK:
        return "junk"
    told = proof.policy == "reject" or refused_by_policy(letter, identify.checkers(entry))
    return "forged" if told else ""


def _kind(letter: Letter, entry: Inbound, speaker: Speaker, is_ours: bool) -> str:
    """What sort of letter it is. What a form sends for a visitor, or a colleague forwards, is a person's, although a
    machine's address or our own stands on it."""
    found = classify(letter, entry.envelope_from, let_in=bool(entry.fate))
    kind = str(found.kind)
    if kind == Message.Kind.ORDINARY and is_ours:
        return Message.Kind.AUTOMATIC
    by_address = found.reason in ("machine_sender", "null_sender", "precedence", "auto_submitted")
    if kind == Message.Kind.AUTOMATIC and speaker.form and by_address and not speaker.by_author:
        return Message.Kind.ORDINARY
    return kind


def _understood(
    letter: Letter, stored: tuple[Stored, ...], speaker: Speaker, proof: Authentication, kind: str, sender: str
) -> Understood:
    folded, html, remark, open_end = forwarding.parted(letter, speaker)
    name = speaker.address.name if speaker.address else ""
    tongue = language.guess(f"{letter.subject}\n{folded.visible if speaker.forwarded_by else letter.text}")
    looks = [look_of(half) if half else (True, 0) for half in (html.visible, html.quoted)]
    return Understood(
        letter,
        stored,
        speaker,
        proof,
        folded,
        html,
        tongue,
        bounce=read_bounce(letter) if kind == Message.Kind.BOUNCE else None,
        in_frame=not looks[0][0],
        remote_images=looks[0][1] + looks[1][1],
        thanks=_thanks(letter, folded, sender, name) if kind == Message.Kind.ORDINARY else None,
        remark=remark,
        open_end=open_end,
    )


def _thanks(letter: Letter, folded: Folded, sender: str, name: str) -> Thanks | None:
    """The thanks that a letter consists of. Few open one, so nothing may be said in its signature either."""
    said = gratitude.heard(folded.visible, sender, name)
    return None if said and folded.quoted and tells(closing_of(letter.text, letter.subject)) else said


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
    end = BLANK_LINE.search(raw)
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
    """Letters that were sent from the mailbox, and reports of mail servers."""
    letter = reading.value.letter
    if entry.folder == Inbound.Folder.SENT:
        return _sent(entry, reading)
    if _is_our_machines(letter):
        return Outcome(Fate.DUPLICATE, "own_letter")
    if reading.kind == Message.Kind.BOUNCE:
        return _bounce(entry, letter, reading.value.bounce)
    if reading.kind == Message.Kind.AUTOMATIC and _answers_a_notice(entry, reading):
        return Outcome(Fate.BOUNCE, "notice_answered_by_machine")
    report = read_report(letter) if letter.report_type else None
    return None if report is None else _reported_on(report, identify.token_in(letter, entry))


def _is_our_machines(letter: Letter) -> bool:
    """A notice, an invitation or a way to a new password that came to a mailbox of ours, since a colleague signs in
    with its address or has theirs forwarded to it. As a request it would be read by everybody, and told of anew."""
    return LOOP_HEADER.lower() in letter.headers and letter.from_ is not None and own.lately().owns(letter.from_.addr)


def _reported_on(report: Report, token: Token | None) -> Outcome | None:
    """Our letter was read, or called spam. Who complains gets nothing automatic any more; a person decides the rest.
    A complaint of no letter of ours is a letter like others: anybody can dress theirs so."""
    mine = lookups.own_message(report.message_id) if report.message_id else None
    if mine is None:
        return None if report.kind == "complaint" else Outcome(Fate.BOUNCE, "unknown_letter")
    if report.kind == "complaint":
        sent = Delivery.objects.filter(message=mine[0]).select_related("identity")[:MOST_RECIPIENTS_OF_BOUNCE]
        to = [row for row in sent if not report.recipient or row.identity.value == report.recipient.lower()]
        if len(to) == 1 and is_believed(to[0], _proved(token, mine[0])):
            mark_failed(to[0].identity, Identity.Failure.COMPLAINT, by=acts.system())
    return Outcome(Fate.BOUNCE, report.kind, "", *mine)


def _proved(token: Token | None, message_id: int) -> int | None:
    """The identity that a token speaks for, if it is one of this message."""
    return token.identity.id if token and token.message_id == message_id else None


def _sent(entry: Inbound, reading: Reading) -> Outcome:
    """A letter that was sent from the mailbox: an answer of the team, or nothing to be handled."""
    answers, why = sent.answered(reading.value.letter, own.lately())
    if answers is None:
        return Outcome(Fate.DUPLICATE, why)
    return sent.take(entry, reading, answers, own.lately())


def _bounce(entry: Inbound, letter: Letter, bounce: Bounce | None) -> Outcome:
    if bounce is None:
        return Outcome(Fate.BOUNCE, "delivery_report")
    token = identify.token_in(letter, entry)
    reference = token.message_id if token else bounce.message_id
    if not reference:
        return Outcome(Fate.BOUNCE, "unknown_letter")
    if notice_letters.returned(reference, _plain(bounce.diagnostic)[:500], permanent=bounce.permanent):
        return Outcome(Fate.BOUNCE, "notice_failed" if bounce.permanent else "delivery_delayed")
    act = acts.system()
    known = [
        mark_bounced(
            reference,
            one.address or one.original_address,
            _plain(one.diagnostic or bounce.diagnostic)[:2000],
            one.status_class == 5,
            one.status,
            by=act,
            proved=token.identity.id if token else None,
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
    letter, speaker = understood.letter, understood.speaker
    noted = None if reading.apart or not speaker.agent else _of_colleague(entry, reading)
    if noted is not None:
        return noted
    beside = sent.beside(entry, reading, own.lately(), released)
    if beside is not None:
        return beside
    name = speaker.address.name if speaker.address else ""
    shown = _shown(letter, reading.sender)
    identity = identity_of(Identity.Kind.EMAIL, reading.sender, shown, name, understood.tongue)
    claimed = _claimed(entry, reading, identity)
    if identity.failed_at and speaker.by_author and reading.kind == Message.Kind.ORDINARY:
        _works_again(identity, understood.proof, claimed)
    incoming = _incoming(entry, reading, identity, claimed)
    by = acts.begin(acts.IMPORT, at=entry.received_at) if entry.imported else acts.person(identity.person_id)
    taken = take_in(incoming, by, admitted=released)
    if taken.message is not None:
        claims.remember(taken.message, identity, claimed, taken.ticket)
        forwarding.note_remark(understood, taken.ticket, entry.channel, by)
    reason = identify.why_here(letter, entry) if taken.message else taken.why
    return Outcome(
        taken.fate,
        reason,
        taken.message.kind if taken.message else reading.kind,
        taken.message.id if taken.message else None,
        taken.ticket.id if taken.ticket else None,
    )


def _works_again(identity: Identity, proof: Authentication, claimed: claims.Claim) -> None:
    """Who writes can be written to. A letter that is proved to be forged says nothing; and that somebody complained is
    not taken back by one that nobody has proved."""
    proved = proof.passed or claimed.vouched
    if proved or (proof.dmarc != "fail" and identity.failed_as != Identity.Failure.COMPLAINT):
        mark_working(identity, by=acts.person(identity.person_id))


def _claimed(entry: Inbound, reading: Reading, identity: Identity) -> claims.Claim:
    """What it claims. What a colleague forwards begins anew, and so does what a colleague writes into a request that
    they take no part in: it is their own."""
    understood: Understood = reading.value
    letter, speaker = understood.letter, understood.speaker
    token = identify.token_in(letter, entry)
    found = claims.claim(letter, identity, token, apart=reading.apart or bool(speaker.forwarded_by))
    strange = found.doubt or (found.answers is not None and not may_answer(found.answers, identity.person_id))
    return claims.claim(letter, identity, None, apart=True) if speaker.agent and strange else found


def _of_colleague(entry: Inbound, reading: Reading) -> Outcome | None:
    """An answer to a notice, by the colleague it was sent to: a note, or the public answer. None for anything else."""
    understood: Understood = reading.value
    if not understood.proof.passed or not understood.speaker.by_author or reading.kind != Message.Kind.ORDINARY:
        return None
    message_id = _noticed(entry, reading)
    if message_id is None:
        return None
    public = entry.channel.settings.get("agent_letters") == staff_letters.PUBLIC
    words = Words(understood.folded.visible or understood.letter.text, language=understood.tongue)
    done = staff_letters.take(understood.speaker.agent, message_id, words, rows_of(understood), public=public)
    if done is None:
        return None
    ticket, message = done
    why = "agent_answer" if message else "agent_note"
    return Outcome(Fate.REPLY, why, Message.Kind.ORDINARY, message.id if message else None, ticket.id)


def _noticed(entry: Inbound, reading: Reading) -> int | None:
    """The message for which a notice stood that a letter of its colleague answers: by its address, else by its ids."""
    letter, agent = reading.value.letter, reading.value.speaker.agent
    found = staff_letters.noticed(list(identify.recipients(letter, entry)), reading.sender)
    return found or notice_letters.answered((*letter.in_reply_to, *letter.references), agent)


def _answers_a_notice(entry: Inbound, reading: Reading) -> bool:
    """Whether a machine of a colleague answered a notice, such as while they are on leave."""
    return bool(reading.value.speaker.agent) and _noticed(entry, reading) is not None


def _incoming(entry: Inbound, reading: Reading, identity: Identity, claimed: claims.Claim) -> Incoming:
    understood: Understood = reading.value
    letter, speaker, proof = understood.letter, understood.speaker, understood.proof
    alone = bool(speaker.forwarded_by) or reading.kind == Message.Kind.LIST  # nobody is written to because of these
    return Incoming(
        channel=entry.channel,
        identity=identity,
        subject=reading.subject,
        text=understood.folded.visible,
        quoted=understood.folded.quoted,
        said_at=said_at(letter, entry.received_at),
        arrived_at=entry.received_at,
        address=identify.written_to(letter, entry),
        participants=() if alone else identify.participants(letter, own.lately(), identity),
        dialog=claimed.dialog,
        answers=claimed.answers,
        named=claimed.ticket,
        vouched=claimed.vouched,
        doubt=claimed.doubt,
        html=understood.html.visible,
        quoted_html=understood.html.quoted,
        in_frame=understood.in_frame,
        remote_images=understood.remote_images,
        foreign_id=reading.foreign_id[:255],
        kind=reading.kind,
        authenticated=proof.passed and speaker.by_author,
        trust=trust_of(understood, identify.hinted(letter, own.lately())),
        ip=identify.written_from(letter, entry),
        language=understood.tongue,
        files=rows_of(understood),
        thanks=understood.thanks,
        imported=entry.imported or (reading.kind == Message.Kind.AUTOMATIC and is_test_letter(reading.foreign_id)),
    )


def _shown(letter: Letter, sender: str) -> str:
    for one in (letter.from_, *letter.reply_to):
        if one is not None and one.addr.lower() == sender:
            return one.addr
    return sender


def _plain(text: str) -> str:
    return text.replace("\x00", "")


DOOR = pipeline.Door(read=read, ahead=ahead, take=take, named=identify.named)
