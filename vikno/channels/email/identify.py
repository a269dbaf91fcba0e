"""Who speaks in a letter, and to which of our addresses. Reads the database, writes new identities."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from vikno.channels.email import own, web_forms
from vikno.channels.email.keys import reply_keys
from vikno.channels.email.letter import Address, Letter, parse
from vikno.channels.email.letter.auth import NAMELESS, client_ip
from vikno.channels.email.letter.forwarded import has_attached_letter, original_author
from vikno.channels.email.own import Own, plain
from vikno.channels.email.reply_address import read_reply_address, verify
from vikno.core.subjects import is_forward
from vikno.dialogs.models import Channel, ChannelAddress, Delivery, Message
from vikno.intake.models import Inbound
from vikno.intake.pipeline import Named
from vikno.people import values
from vikno.people.actions import identify
from vikno.people.models import Identity
from vikno.people.providers import is_shared

BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")  # behind it a head is over
MOST_PARTICIPANTS = 30  # who writes to more wrote a circular
MOST_TOKENS = 20  # addresses that look like reply addresses; a letter has one, rarely two
MOST_DELIVERIES = 1000  # that they are compared with
# Who writes Authentication-Results in the mailboxes of a provider, by its IMAP host. Only providers of whom it is known
# that what a stranger wrote does not count there: Exchange Online renames it to Authentication-Results-Original.
KNOWN_CHECKERS = {
    "imap.gmail.com": "mx.google.com", "imap.googlemail.com": "mx.google.com",
    "outlook.office365.com": NAMELESS, "imap-mail.outlook.com": NAMELESS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """A reply address that we made: for which message, as sent to whom."""

    message_id: int
    identity: Identity


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks in a letter. `by_author`: it is whom the From line names. `form`: a web form speaks for a visitor.
    `agent`: the colleague whose own letter it is; `forwarded_by`: the one who forwards another's."""

    address: Address | None
    by_author: bool
    form: bool = False
    agent: int = 0
    forwarded_by: int = 0


def speaker(letter: Letter, ours: Own, kind: str, listed: Iterable[str] = ()) -> Speaker:
    """Who speaks. `listed`: addresses of web forms, as the owner named them.

    Reply-To is honoured, so that letters of a web form come from its visitors; a list's own Reply-To is not, or all its
    members would be one person. What a colleague forwards is said by whom it came from.
    """
    author = letter.from_ if letter.from_ and _usable(letter.from_.addr) else None
    agent = ours.agents.get(values.email(author.addr), 0) if author else 0
    if agent and (is_forward(letter.subject) or has_attached_letter(letter)):
        first = original_author(letter, lambda one: not _usable(one) or ours.owns(one) or _is_colleague(one, ours))
        if first is not None:
            return Speaker(first, False, forwarded_by=agent)
    is_listed = web_forms.is_listed(letter, listed)
    form = is_listed or web_forms.is_form(letter) or bool(author and ours.owns(author.addr) and letter.reply_to)
    if kind != Message.Kind.LIST or is_listed:
        for one in letter.reply_to:
            if _usable(one.addr) and not ours.owns(one.addr):
                same = author is not None and plain(one.addr) == plain(author.addr)
                name = one.name or (author.name if author and same else "")
                return Speaker(Address(name, one.addr), same, form and not same, agent if same else 0)
    visitor = web_forms.visitor(letter.text) if is_listed else None
    if visitor is not None and _usable(visitor.addr) and not ours.owns(visitor.addr):
        return Speaker(visitor, False, form=True)
    return Speaker(author, author is not None, agent=agent)


def _is_colleague(address: str, ours: Own) -> bool:
    return values.email(address) in ours.agents


def sender_of(address: Address | None, entry: Inbound) -> str:
    """The normal form of the speaker's address. A letter that names nobody has a speaker of its own: whoever they are,
    they must not be taken for the author of another such letter."""
    if address is not None:
        return values.email(address.addr)
    if entry.envelope_from and _usable(entry.envelope_from):
        return values.email(entry.envelope_from)
    return f"nobody-{entry.id}@unknown.invalid"


def normal(address: Address | None) -> str:
    """Its normal form; "" for what is none."""
    try:
        return values.email(address.addr) if address else ""
    except values.WrongValue:
        return ""


def _usable(address: str) -> bool:
    try:
        values.email(address)
    except values.WrongValue:
        return False
    return True


def named(entry: Inbound, beginning: bytes) -> Named:
    """Whom the first bytes of a letter name. Its head tells the sender; of what a colleague forwards, its words do."""
    end = BLANK_LINE.search(beginning)
    head = parse(beginning[: end.end()] if end else beginning)
    forwarder = own.lately().agents.get(normal(head.from_)) if head.from_ else None
    if forwarder is not None and normal(head.from_) != entry.sender:
        first = speaker(parse(beginning), own.lately(), entry.kind)
        if first.address is not None and first.forwarded_by and normal(first.address) == entry.sender:
            return Named(first.address.name, first.forwarded_by)
    written_by = (*head.reply_to, *([head.from_] if head.from_ else []))
    return Named(next((one.name for one in written_by if one.name and normal(one) == entry.sender), ""))


def written_to(letter: Letter, entry: Inbound) -> ChannelAddress | None:
    """Which of the channel's addresses the letter was written to: the envelope knows best; then the header, for what
    servers noted may be the mailbox that a further address leads to; else the channel's default one."""
    rows = own.lately().rows_of(entry.channel_id)
    by_plain = {plain(row.address): row for row in reversed(rows)}
    noted = {plain(one) for one in letter.delivered_to}
    written = [plain(one.addr) for one in (*letter.to, *letter.cc)]
    written.sort(key=lambda one: one not in noted)
    for address in (*map(plain, entry.envelope_to), *written, *map(plain, letter.delivered_to)):
        row = by_plain.get(address)
        if row is not None:
            return row
    return next((row for row in rows if row.default), rows[0] if rows else None)


def hinted(letter: Letter, ours: Own) -> tuple[str, ...]:
    """Addresses that the letter was written to, that a server on the way noted too, and that may be further ones of our
    mailbox: at a domain where we have an address and strangers have none. Anybody can write such a note, so nothing
    follows but that they are not answered, and that the owner is asked."""
    noted = {plain(one) for one in letter.delivered_to}
    domains = {one.rpartition("@")[2] for one in ours.every}
    found = (plain(one.addr) for one in (*letter.to, *letter.cc))
    return tuple(
        dict.fromkeys(
            one for one in found
            if one in noted and not ours.owns(one) and one not in ours.agents
            and one.rpartition("@")[2] in domains and not is_shared(one.rpartition("@")[2])
        )
    )  # fmt: skip


def why_here(letter: Letter, entry: Inbound) -> str:
    """Why this channel took a letter, as a reason of the ledger; "" where its address tells it. Mailboxes hold blind
    copies and lists too; whoever hands a letter to the pipe usually means one of our addresses."""
    ours = own.lately()
    strange = entry.source == "pipe" and not any(ours.owns(one) for one in recipients(letter, entry))
    return "not_our_address" if strange else ""


def recipients(letter: Letter, entry: Inbound) -> Iterable[str]:
    yield from entry.envelope_to
    yield from letter.delivered_to
    yield from (one.addr for one in letter.to)
    yield from (one.addr for one in letter.cc)


def participants(letter: Letter, ours: Own, but: Identity | None) -> tuple[tuple[Identity, str], ...]:
    """Who else got the letter, our own addresses left out."""
    found: dict[int, tuple[Identity, str]] = {}
    known = {but.value} if but else set()
    hints = hinted(letter, ours)
    for role, addresses in (("to", letter.to), ("cc", letter.cc)):
        for one in addresses:
            if len(found) >= MOST_PARTICIPANTS or not _usable(one.addr) or ours.owns(one.addr):
                continue
            if plain(one.addr) in hints:
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
    read = (read_reply_address(address) for address in dict.fromkeys(recipients(letter, entry)))
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


def checkers(entry: Inbound) -> list[str]:
    """The servers whose word on the sender's authenticity counts for this letter: named by the owner, or that of the
    provider whose mailbox it lay in. What was handed to us by another way can bear any name."""
    known = known_checker(entry.channel) if entry.source == "imap" else ""
    return [str(one) for one in entry.channel.settings.get("trusted_servers") or ()] + ([known] if known else [])


def can_prove(channel: Channel) -> bool:
    """Whether there is anybody whose word proves who wrote a letter that comes by this channel: a server that the owner
    trusts, a known provider, or we ourselves, for what is handed to our own listener."""
    fetched = bool((channel.settings.get("imap") or {}).get("host"))
    return bool(channel.settings.get("trusted_servers") or known_checker(channel)) or not fetched


def known_checker(channel: Channel) -> str:
    """Whose word is believed in the mailbox of this channel without being named; "" for nobody's."""
    host = str((channel.settings.get("imap") or {}).get("host") or "").strip().rstrip(".").lower()
    return KNOWN_CHECKERS.get(host, "")


def handed_in_by(letter: Letter, entry: Inbound) -> tuple[str | None, list[str]]:
    """(the address that gave the letter to us, servers whose Received lines are true). Whoever sent it to our own
    listener from outside is known for sure; for what a mailbox holds, or a program of the company hands in, the server
    of its topmost line vouches."""
    if entry.peer_ip and entry.source == "smtp":
        peer = ipaddress.ip_address(entry.peer_ip)
        if not peer.is_loopback and entry.peer_ip not in checkers(entry):
            return entry.peer_ip, []
    hops = letter.received_ip_candidates
    return None, checkers(entry) + ([hops[0].by_host] if hops and hops[0].by_host else [])


def written_from(letter: Letter, entry: Inbound) -> str | None:
    """The address that a letter was sent from, as far as that is known: at worst, where the program sits that handed it
    in over the API."""
    peer, servers = handed_in_by(letter, entry)
    return peer or client_ip(letter, servers) or (entry.peer_ip if entry.source == "http" else None)
