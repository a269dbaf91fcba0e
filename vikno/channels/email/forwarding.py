"""A letter that a colleague forwards: what its author wrote becomes the message, what the colleague remarks above it an
internal note. It was said to us, and an answer must not carry it to the customer below their own words."""

from __future__ import annotations

import re
from typing import NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _

from vikno.channels.email.identify import Speaker
from vikno.channels.email.letter import Letter
from vikno.channels.email.letter.forwarded import block_of, enclosed, is_end, not_theirs, tells_its_end
from vikno.channels.email.letter.forwarded_html import part_html
from vikno.channels.email.letter.quotes import Folded, fold_quotes, is_marked
from vikno.channels.email.letter.quotes_html import fold_quotes_html
from vikno.channels.email.understood import Understood
from vikno.dialogs.models import Channel
from vikno.journal import acts
from vikno.journal.acts import Act
from vikno.staff.models import Agent
from vikno.tickets.actions.noting import add_note
from vikno.tickets.models import Ticket

_MARK = re.compile(r"^\s*> ?")


class Parted(NamedTuple):
    """What a letter says, with what is folded away. Of a forwarded one these are the words of its author, below the
    folded head of their letter; `remark`: what whoever forwards it says themselves; `open_end`: nothing shows where
    the author's words end, so the last of them may be a remark as well."""

    text: Folded
    html: Folded
    remark: str
    open_end: bool = False


def parted(letter: Letter, speaker: Speaker) -> Parted:
    """What the speaker says in a letter."""
    if speaker.forwarded_by and speaker.address:
        return _forwarded(letter, speaker.address.addr)
    return Parted(
        fold_quotes(letter.text, letter.subject), Folded(*fold_quotes_html(letter.html, letter.subject)), ""
    )  # fmt: skip


def _forwarded(letter: Letter, author: str) -> Parted:
    """Where the markup cannot be parted as the text can, it is left out: the ledger keeps the letter as it came."""
    lines = letter.text.splitlines()
    block = block_of(lines, author)
    if block is None:  # attached as a whole
        inner = next((one for one in enclosed(letter) if one.from_ and one.from_.addr == author), None)
        text = fold_quotes(inner.text, inner.subject) if inner else Folded("", "")
        return Parted(text, Folded("", ""), letter.text.strip())
    foreign = not_theirs(lines, block)
    head = _joined(lines[block.start : block.body])
    said = _unmarked([line for at, line in enumerate(lines) if at >= block.body and not foreign[at]])
    remark = _joined([line for line, one in zip(lines, foreign, strict=True) if one and not is_end(line)])
    html = part_html(letter.html, author)
    if html is not None and html.below:  # the text does not show where the author's words end
        said, remark = html.said, html.remark
    folded = Folded("", "") if html is None else Folded(html.body, html.head) if html.said else Folded(html.head, "")
    open_end = html is None and not tells_its_end(lines, block)
    return Parted(Folded(said, head) if said else Folded(head, ""), folded, remark, open_end)


def note_remark(understood: Understood, ticket: Ticket | None, channel: Channel, by: Act) -> None:
    """Note on the ticket what a colleague said about what they forward. Theirs by name only if it is proved that they
    wrote it: whoever can forge a From line could speak to the team as one of them otherwise."""
    speaker, text = understood.speaker, understood.remark
    if not text or ticket is None:
        return
    system = acts.system() if by.at is None else by  # of the past: at its own time
    agent = Agent.objects.select_related("person").get(id=speaker.forwarded_by)
    if understood.proof.passed:
        add_note(ticket, agent, text, by=acts.agent(agent.id) if by.at is None else by)
        return
    with translation.override(channel.brand.language):
        head = _("%(name)s forwarded this letter, with these words above it (that they wrote it is not proved):")
    add_note(ticket, None, head % {"name": agent.person.name} + "\n\n" + text, by=system)


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n").rstrip()


def _unmarked(lines: list[str]) -> str:
    """Lines without the ">" that stands before each of them."""
    if all(is_marked(line) for line in lines if line.strip()):
        lines = [_MARK.sub("", line) for line in lines]
    return _joined(lines)
