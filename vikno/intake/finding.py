"""Which entries of the ledger words name: sender, whoever forwarded it, subject, recipients.

Whoever asks bounds how many entries are looked through: none of this has an index, and letters are compared in any case
of theirs, which SQLite does for Latin alone.
"""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Expression, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat

from vikno.core.text import fold
from vikno.intake.models import Inbound
from vikno.tickets.directory import directory

MOST_WORDS = 8
TO = "to:"  # before a word that is meant for recipients alone
_CYRILLIC_WORD = re.compile(r"[а-яіїєґё'’]{4,}", re.IGNORECASE)
_SOFT = "аеиіїєоуюяьйёыэ"


def naming(rows: QuerySet[Inbound], words: str) -> QuerySet[Inbound]:
    """Those that all words name, each in any of its places and however it is inflected; or the one Message-ID."""
    named = Q()
    for word in words.split()[:MOST_WORDS]:
        named &= _by(word)
    rows = rows.alias(known_by=_places(), known_to=_recipients())
    return rows.filter(named | Q(foreign_id=words))


def forwarder(entry: Inbound) -> str:
    """The address of the colleague who forwarded it, else their name; "" if nobody did. The entry comes with
    `forwarded_by`. Of what was handled before that was kept, and became no message, the envelope tells it: a colleague
    sent it, and it is taken for somebody else's."""
    agent = getattr(entry, "forwarded_by", None) or entry.forwarder_id
    known = directory()
    if not agent and entry.message_id is None and entry.envelope_from:
        sent_by = fold(entry.envelope_from)
        return sent_by if sent_by != entry.sender and sent_by in map(fold, known.addresses.values()) else ""
    if not agent:
        return ""
    return known.addresses.get(agent) or known.names["agent"].get(agent, "")


def _by(word: str) -> Q:
    if word.lower().startswith(TO):
        return Q(known_to__iregex=re.escape(word[len(TO) :].strip("<>")))
    sought = _sought(word)
    found = Q(known_by__iregex=sought) | Q(known_to__iregex=sought)
    known, pattern = directory(), re.compile(sought, re.IGNORECASE)
    named = known.names["agent"]
    agents = [pk for pk in named if pattern.search(f"{named[pk]} {known.addresses.get(pk, '')}")]
    if not agents:
        return found
    sent = Q(message=None, envelope_from__in=[known.addresses[pk] for pk in agents if known.addresses.get(pk)])
    return found | Q(message__trust__forwarded_by__in=agents) | Q(forwarder__in=agents) | sent


def _sought(word: str) -> str:
    """The pattern of a word: of a Cyrillic one its beginning, so that its other forms are found too."""
    word = word.strip('<>,;"«»') or word
    if not _CYRILLIC_WORD.fullmatch(word):
        return re.escape(word)
    stem = word.rstrip(_SOFT + _SOFT.upper())
    if len(stem) == len(word):  # "рахунок", but "рахунки": the vowel before the last letter may fall out
        stem = stem[:-2] if len(stem) > 5 and stem[-2].lower() in _SOFT else stem
    return re.escape(stem if len(stem) >= 3 else word[:3])


def _places() -> Expression | Concat:
    """What stands in sender and subject, as one text: each word is looked for once."""
    person: Any = Coalesce(F("message__identity__person__name"), Value(""))
    return Concat("sender", Value("\n"), "name", Value("\n"), "subject", Value("\n"), person, output_field=TextField())


def _recipients() -> Expression | Concat:
    written: Any = Coalesce(F("message__dialog__address__address"), Value(""))
    return Concat(Cast("envelope_to", TextField()), Value("\n"), written, output_field=TextField())
