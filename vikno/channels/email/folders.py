"""Which folders of a mailbox are read, and what lying there means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient
from imapclient.imapclient import JUNK, SENT

from vikno.intake.models import Inbound

INBOX = "INBOX"
MOST_MORE = 20  # further folders


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that is read. `role` says what its letters are: `Inbound.Folder`."""

    name: str
    role: str = Inbound.Folder.INBOX

    @property
    def is_ours(self) -> bool:
        """Letters written to us: only they are marked, moved or deleted afterwards."""
        return self.role == Inbound.Folder.INBOX


def main_of(options: dict[str, Any]) -> Folder:
    """The folder that is waited for by IDLE."""
    return Folder(str(options.get("folder") or INBOX))


def all_of(options: dict[str, Any], client: IMAPClient) -> tuple[list[Folder], list[str]]:
    """(the folders to read, the first one being waited for; the names of those that the mailbox does not have).

    The junk folder and that of sent letters are found by their special use (RFC 6154) or by the names that mail
    programs give them, unless the owner named them.
    """
    found, missing = [main_of(options)], []
    for name in [str(one).strip() for one in options.get("more_folders") or []][:MOST_MORE]:
        if name and client.folder_exists(name):
            found.append(Folder(name))
        elif name:
            missing.append(name)
    for role, mark in ((Inbound.Folder.JUNK, JUNK), (Inbound.Folder.SENT, SENT)):
        if not options.get(f"take_{role}"):
            continue
        named = str(options.get(f"{role}_folder") or "")
        name = named if named and client.folder_exists(named) else "" if named else special(client, mark)
        if name:
            found.append(Folder(name, role))
        else:
            missing.append(named or {"junk": "Junk", "sent": "Sent"}[role])
    unique = {one.name: one for one in reversed(found)}  # the main folder is never taken for another one
    return [one for one in found if unique[one.name] is one], missing


def special(client: IMAPClient, mark: bytes) -> str:
    """The folder for junk or for sent letters; "" if the mailbox has none that can be recognised."""
    return str(client.find_special_folder(mark) or "")
