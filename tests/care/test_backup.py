"""A backup made in use holds one moment, and moves everything to the other kind of database and back."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from tests.care.conftest import contents
from tests.databases import Databases, clean_environment
from tests.installation import Installation
from tests.world import World, standing
from vikno.care.archive import BadArchive, open_archive, read_manifest
from vikno.care.backup import backup
from vikno.care.restore import NotEmpty, hold_what_waited, restore, restore_key
from vikno.dialogs.models import Channel, Delivery

Empty = Callable[[Databases], Installation]
PYTHON = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "vikno.settings"
import django
django.setup()
"""


def inside(installation: Installation, code: str) -> str:
    """Runs Python in the installation, as one of its processes would."""

    done = subprocess.run(
        [sys.executable, "-c", PYTHON + code],
        env=clean_environment(**installation.settings),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


ATTACH = """
from vikno.core import files
from vikno.dialogs.models import Attachment, Message
from vikno.staff.models import Agent
from vikno.tickets.models import Draft, DraftFile, Ticket
message = Message.objects.order_by("id").first()
for name, content in (("чек.pdf", b"%PDF-" + bytes(range(256)) * 900), ("empty.txt", b"")):
    Attachment.objects.create(message=message, file=files.put(content), name=name, size=len(content))
draft = Draft.objects.create(agent=Agent.objects.first(), ticket=Ticket.objects.first())
DraftFile.objects.create(draft=draft, file=files.put(b"half"), name="draft.txt", size=4)
"""
READ = """
from vikno.core import files
from vikno.dialogs.models import Attachment
from vikno.tickets.models import DraftFile
for one in [*Attachment.objects.order_by("id"), *DraftFile.objects.all()]:
    content = files.read(one.file)
    print(one.name, len(content), sum(content))
"""


@pytest.mark.long
def test_everything_moves_to_the_other_kind_and_back(
    lived_in: Installation, empty: Empty, databases: Databases, other_kind: Databases, tmp_path: Path
) -> None:
    inside(lived_in, ATTACH)
    archives = [tmp_path / f"{number}.zip" for number in range(3)]
    lived_in.run("backup", str(archives[0]))
    there = empty(other_kind)
    there.run("restore", str(archives[0]), "--moved")
    there.run("backup", str(archives[1]))
    back = empty(databases)
    back.run("restore", str(archives[1]), "--moved")
    back.run("backup", str(archives[2]))

    first, second, third = (contents(archive) for archive in archives)
    assert first["tickets.ticket"][0] == 40
    assert first == second == third
    assert inside(back, READ) == inside(lived_in, READ) == inside(there, READ)
    assert "чек.pdf 230405" in inside(there, READ)
    # Numbers go on behind the old ones, and the restored installations work.
    for one in (there, back):
        one.run("seed", "--tickets", "3", "--random", "4")
        assert one.run("doctor").stdout.decode().endswith("All is well.\n")


ENOUGH = 6_000  # tickets: to read them takes a backup as long as it takes the writer to make several hundreds more


@pytest.mark.long
def test_a_backup_in_use_holds_one_moment(
    lived_in: Installation, empty: Empty, databases: Databases, tmp_path: Path
) -> None:
    archive = tmp_path / "in-use.zip"
    writer = lived_in.start("seed", "--tickets", "100000", "--random", "5")  # more than it can finish meanwhile
    deadline = time.monotonic() + 120
    while lived_in.ask("SELECT count(*) FROM tickets_ticket")[0][0] < ENOUGH:
        assert time.monotonic() < deadline and writer.returncode is None, writer.printed
        time.sleep(0.1)
    lived_in.run("backup", str(archive))
    assert writer.returncode is None
    writer.kill()
    restored = empty(databases)
    restored.run("restore", str(archive))  # on either database every foreign key is checked
    counts = json.loads(inside(restored, """
import json
from vikno.journal.models import EventTicket
from vikno.tickets.models import Ticket
from vikno.dialogs.models import Message, MessageText
tickets = set(Ticket.objects.values_list("id", flat=True))
print(json.dumps([len(tickets), len(tickets ^ set(EventTicket.objects.values_list("ticket_id", flat=True))),
                  Message.objects.count() - MessageText.objects.count()]))
"""))  # fmt: skip
    assert counts[0] > 40
    assert counts[1:] == [0, 0]


@pytest.fixture
def standing_world(transactional_db: None) -> Iterator[World]:
    with standing() as made:
        yield made


def test_the_key_goes_only_when_asked_for_and_secrets_stay_sealed(standing_world: World, tmp_path: Path) -> None:
    Channel.objects.filter(id=standing_world.mail.id).update(secret="hunter2-of-the-mailbox")
    without, with_key = tmp_path / "without.zip", tmp_path / "with.zip"
    backup(without)
    backup(with_key, with_key=True)
    with zipfile.ZipFile(without) as file:
        everything = b"".join(file.read(name) for name in file.namelist())
        assert "secret.key" not in file.namelist()
        assert b"hunter2" not in everything
    with zipfile.ZipFile(with_key) as file:
        assert file.read("secret.key").decode() == settings.SECRET_KEY
    assert without.stat().st_mode & 0o077 == 0, "others must not read what customers wrote"


def test_without_its_key_one_is_told_which_file_goes_where(
    standing_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "without.zip"
    backup(path)
    in_a_file = settings.ENVIRONMENT.model_copy(update={"secret_key": None, "secret_key_file": None})
    monkeypatch.setattr(settings, "ENVIRONMENT", in_a_file)
    monkeypatch.setattr(settings, "SECRET_KEY", "the new key of another folder, long enough")
    with open_archive(path) as source:
        (words,) = restore_key(source, read_manifest(source))
    assert "from where the backup was made" in words
    assert f"copy it over {settings.DATA / 'secret.key'} here" in words


def test_nothing_is_written_over(standing_world: World, tmp_path: Path) -> None:
    archive = tmp_path / "once.zip"
    backup(archive)
    before = archive.read_bytes()
    with pytest.raises(FileExistsError):
        backup(archive)
    assert archive.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["once.zip"]
    with pytest.raises(NotEmpty, match="holds data already"):
        restore(archive)


@pytest.mark.parametrize(("moved", "state"), [(False, "doubtful"), (True, "queued")])
def test_letters_that_waited_become_doubtful_unless_moved(world: World, moved: bool, state: str) -> None:
    world.answer(world.ticket())
    hold_what_waited(moved)
    assert set(Delivery.objects.values_list("state", flat=True)) == {state}


def damaged(whole: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Archives that are not what they should be, by what is wrong."""
    content = whole.read_bytes()

    def made(name: str, content: bytes) -> tuple[str, Path]:
        path = folder / f"{name}.zip"
        path.write_bytes(content)
        return name, path

    yield made("cut", content[: len(content) // 2])
    with zipfile.ZipFile(whole) as source:
        part_of = source.getinfo("rows/dialogs.messagetext.jsonl")
        # Into the packed bytes themselves: 30 bytes of header, then the name and extra field whose lengths stand in it.
        start, size = part_of.header_offset, part_of.compress_size
        offset = start + 30 + sum(int.from_bytes(content[start + at : start + at + 2], "little") for at in (26, 28))
        offset += size // 2
        yield made("flipped", content[:offset] + bytes([content[offset] ^ 0x55]) + content[offset + 1 :])
        changed = folder / "changed.zip"
        with zipfile.ZipFile(changed, "w") as target:
            for name in source.namelist():
                part = source.read(name)
                target.writestr(name, part.replace(b"[1,", b"[2,") if name == "rows/core.company.jsonl" else part)
        yield "changed", changed
        newer = folder / "newer.zip"
        with zipfile.ZipFile(newer, "w") as target:
            for name in source.namelist():
                part = source.read(name)
                target.writestr(
                    name, part.replace(b'"version": 1', b'"version": 99') if name == "manifest.json" else part
                )
        yield "newer", newer
    foreign = folder / "foreign.zip"
    with zipfile.ZipFile(foreign, "w") as target:
        target.writestr("holiday.jpg", b"\xff\xd8")
    yield "foreign", foreign
    yield made("text", b"Dear all, the backup is on the other disk.")
    yield "absent", folder / "absent.zip"


def test_a_damaged_or_foreign_archive_changes_nothing(standing_world: World, tmp_path: Path) -> None:
    with transaction.atomic():
        standing_world.answer(standing_world.ticket())
    whole, again = tmp_path / "whole.zip", tmp_path / "again.zip"
    backup(whole)
    for name, path in damaged(whole, tmp_path):
        with pytest.raises(BadArchive) as refused:
            restore(path)
        assert name == "absent" or "Nothing was changed." in str(refused.value), name
    backup(again)
    assert contents(again) == contents(whole)


def test_the_command_says_what_is_wrong_with_an_archive(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("Dear all, the backup is on the other disk.")
    done = installation.run("restore", str(tmp_path / "text.zip"), check=False)
    assert done.returncode == 65
    assert "is no backup of Vikno's" in done.stderr.decode()
