"""A letter with all that follows from it without the database, and what of that goes into a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vikno.channels.email.identify import Speaker
from vikno.channels.email.letter import Attachment, Letter
from vikno.channels.email.letter.auth import Authentication
from vikno.channels.email.letter.bounce import Bounce
from vikno.channels.email.letter.quotes import Folded
from vikno.core.models import StoredFile
from vikno.dialogs.actions import NewFile
from vikno.intake.thanks import Thanks

MOST_HINTS = 5


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of a letter that lies in the store already, under this key."""

    attachment: Attachment
    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Understood:
    """A letter with all that follows from it before its transaction: that holds up everybody who writes, so whatever
    takes long over a hostile letter is done before. `thanks`: the words, if they are nothing else.
    `remark`: what a colleague says themselves about what they forward; `open_end`: more of it may stand at the end."""

    letter: Letter
    files: tuple[Stored, ...]
    speaker: Speaker
    proof: Authentication
    folded: Folded
    html: Folded
    tongue: str
    bounce: Bounce | None = None
    in_frame: bool = False
    remote_images: int = 0
    thanks: Thanks | None = None
    remark: str = ""
    open_end: bool = False


def trust_of(understood: Understood, hints: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the page says of the sender: who forwarded it, and what was found out about its domain, as codes. `proof` is
    "pass", "fail" or "unknown"; of whom a form or a colleague names, nothing is known. `parted`: the
    message holds only what its author wrote; a forwarded one without the mark may hold a colleague's remark as well.
    `open_end`: so may the end of this one, for nothing shows where the author's words end. `hints`: addresses that
    may be ours (`aliases`)."""
    proof, speaker = understood.proof, understood.speaker
    names = ("spf", "dkim", "dmarc", "checked_by", "policy")
    found: dict[str, Any] = {name: value for name in names if (value := getattr(proof, name))}
    if hints:
        found["perhaps_ours"] = list(hints[:MOST_HINTS])
    if understood.letter.seal:
        found["seal"] = understood.letter.seal
    if speaker.forwarded_by:
        end = {"open_end": True} if understood.open_end else {}
        return {"forwarded_by": speaker.forwarded_by, "parted": True} | end
    if speaker.form and not speaker.by_author:
        return {"form": True} | found
    failed = proof.dmarc == "fail"
    return found | {"proof": "pass" if proof.passed and speaker.by_author else "fail" if failed else "unknown"}


def rows_of(understood: Understood) -> tuple[NewFile, ...]:
    """The rows of the files that lie in the store already."""
    made = []
    for file in understood.files:
        one = file.attachment
        row = StoredFile.objects.create(key=file.key, size=len(one.content), sha256=file.sha256)
        cid = (one.cid or "").strip("<>")
        made.append(NewFile(one.name, one.type, stored=row, content_id=cid[:255], inline=one.inline))
    return tuple(made)


def said_at(letter: Letter, arrived: datetime) -> datetime:
    """The time that the letter tells, if it can be true: clocks of senders go wrong by years."""
    told = letter.date
    if told is None or told > arrived + timedelta(minutes=10) or told.year < 1990:
        return arrived
    return min(told, arrived)
