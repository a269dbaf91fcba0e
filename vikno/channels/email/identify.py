"""Who speaks in a letter, to which of our addresses, and what it answers. Reads the database, writes new identities."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from vikno.channels.email import own
from vikno.channels.email.keys import reply_keys
from vikno.channels.email.letter import Address, Letter
from vikno.channels.email.own import Own, plain
from vikno.channels.email.reply_address import read_reply_address, verify
from vikno.dialogs.models import Channel, ChannelAddress, Delivery, Message
from vikno.intake.models import Inbound
from vikno.people import values
from vikno.people.actions import identify
from vikno.people.models import Identity

MOST_PARTICIPANTS = 30  # who writes to more wrote a circular
MOST_REFERENCES = 30
MOST_TOKENS = 20  # addresses that look like reply addresses; a letter has one, rarely two
MOST_DELIVERIES = 1000  # that they are compared with
KNOWN_CHECKERS = {"imap.gmail.com": "mx.google.com"}  # who writes Authentication-Results there


@dataclass(frozen=True, slots=True)
class Token:
    """A reply address that we made: for which message, as sent to whom."""

    message_id: int
    identity: Identity


def speaker(letter: Letter, ours: Own, kind: str) -> tuple[Address | None, bool]:
    """Who speaks, and whether that is the author whom the From line names.

    Reply-To is honoured, so that letters of a web form come from its visitors; a list's own Reply-To is not, or all its
    members would be one person.
    """
    author = letter.from_ if letter.from_ and _usable(letter.from_.addr) else None
    if kind != Message.Kind.LIST:
        for one in letter.reply_to:
            if _usable(one.addr) and not ours.owns(one.addr):
                same = author is not None and plain(one.addr) == plain(author.addr)
                name = one.name or (author.name if author and same else "")
                return Address(name, one.addr), same
    return author, author is not None


def sender_of(address: Address | None, entry: Inbound) -> str:
    """The normal form of the speaker's address. A letter that names nobody has a speaker of its own: whoever they are,
    they must not be taken for the author of another such letter."""
    if address is not None:
        return values.email(address.addr)
    if entry.envelope_from and _usable(entry.envelope_from):
        return values.email(entry.envelope_from)
    return f"nobody-{entry.id}@unknown.invalid"


def _usable(address: str) -> bool:
    try:
        values.email(address)
    except values.WrongValue:
        return False
    return True


def written_to(letter: Letter, entry: Inbound) -> ChannelAddress | None:
    """Which of the channel's addresses the letter was written to: the envelope knows best, then what servers
    noted, then the header; else the channel's default one."""
    rows = own.lately().rows_of(entry.channel_id)
    by_plain = {plain(row.address): row for row in reversed(rows)}
    for address in _recipients(letter, entry):
        row = by_plain.get(plain(address))
        if row is not None:
            return row
    return next((row for row in rows if row.default), rows[0] if rows else None)


def _recipients(letter: Letter, entry: Inbound) -> Iterable[str]:
    yield from entry.envelope_to
    yield from letter.delivered_to
    yield from (one.addr for one in letter.to)
    yield from (one.addr for one in letter.cc)


def participants(letter: Letter, ours: Own, but: Identity) -> tuple[tuple[Identity, str], ...]:
    """Who else got the letter, our own addresses left out."""
    found: dict[int, tuple[Identity, str]] = {}
    known = {but.value}
    for role, addresses in (("to", letter.to), ("cc", letter.cc)):
        for one in addresses:
            if len(found) >= MOST_PARTICIPANTS or not _usable(one.addr) or ours.owns(one.addr):
                continue
            value = values.email(one.addr)
            if value not in known:
                known.add(value)
                identity = identify(Identity.Kind.EMAIL, value, one.addr, one.name)
                found[identity.id] = identity, role
    return tuple(found.values())


def token_in(letter: Letter, entry: Inbound) -> Token | None:
    """The valid reply token that the letter was sent to, if there is one. One query, however many addresses look like
    one: of more than a few the rest is not looked at."""
    read = (read_reply_address(address) for address in dict.fromkeys(_recipients(letter, entry)))
    tokens = list(islice((one for one in read if one is not None and one.message_id < 2**63), MOST_TOKENS))
    if not tokens:
        return None
    named = {one.message_id for one in tokens}
    sent: dict[int, list[Identity]] = {}
    rows = Delivery.objects.filter(message__in=named).select_related("identity__person").order_by("id")
    for delivery in rows[:MOST_DELIVERIES]:
        sent.setdefault(delivery.message_id, []).append(delivery.identity)
    keys = reply_keys()
    for token in tokens:
        for identity in sent.get(token.message_id, ()):
            if verify(token, identity.value, keys) or verify(token, identity.shown, keys):
                return Token(token.message_id, identity)
    return None


def answered(letter: Letter, token: Token | None) -> Message | None:
    """The message that the letter answers: by its token, else by In-Reply-To, else by References from last to first."""
    messages = Message.objects.select_related("dialog")
    if token is not None:
        return messages.filter(id=token.message_id).first()
    named = [one[:255] for one in (*letter.in_reply_to, *reversed(letter.references[-MOST_REFERENCES:]))]
    ids = list(dict.fromkeys(named))
    if not ids:
        return None
    # Ours first: a stranger may have used the id of one of our letters for his own.
    found: dict[str, Message] = {}
    known = messages.filter(foreign_id__in=ids, dialog__channel__kind="email").exclude(foreign_id="")  # for the index
    for message in known.order_by("id"):
        before = found.get(message.foreign_id)
        if before is None or (before.author == Message.Author.CUSTOMER and message.author != Message.Author.CUSTOMER):
            found[message.foreign_id] = message
    return next((found[one] for one in ids if one in found), None)


def checkers(channel: Channel) -> list[str]:
    """The servers whose word on the sender's authenticity counts: named by the owner, or known of the provider."""
    named = channel.settings.get("trusted_servers") or []
    host = str((channel.settings.get("imap") or {}).get("host") or "").lower()
    return [str(one) for one in named] + ([KNOWN_CHECKERS[host]] if host in KNOWN_CHECKERS else [])


def handed_in_by(letter: Letter, entry: Inbound) -> tuple[str | None, list[str]]:
    """(the address that gave the letter to us, servers whose Received lines are true). Whoever sent it to our own
    listener from outside is known for sure; for what a mailbox holds, the server of its topmost line vouches."""
    if entry.peer_ip:
        peer = ipaddress.ip_address(entry.peer_ip)
        if not peer.is_loopback and entry.peer_ip not in checkers(entry.channel):
            return entry.peer_ip, []
    hops = letter.received_ip_candidates
    return None, checkers(entry.channel) + ([hops[0].by_host] if hops and hops[0].by_host else [])
