"""A real Dovecot on ports of its own: IMAP and POP3, plain, STARTTLS and TLS, users made on the fly.

Who gives a wrong password is told at once: what it does against guessing by default is to wait, longer each time.
It needs the Debian packages dovecot-imapd and dovecot-pop3d, of the 2.3 line, and runs as root or as an ordinary user.
Its folder is not below pytest's: that is closed to the user that mail processes run as.
"""

from __future__ import annotations

import contextlib
import getpass
import imaplib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

from tests.installation import free_port, lives
from tests.servers import certificates

SETTINGS = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_verbose = yes
auth_failure_delay = 0
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
first_valid_uid = 1
mail_location = maildir:~/Maildir
mailbox_list_index = no
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {folder}/users/%u
}}
userdb {{
  driver = static
  args = uid={mail_uid} gid={mail_gid} home={folder}/homes/%u
}}
"""


def what_is_missing() -> str:
    """Empty if a Dovecot that we can configure is here, else one line that says what to install."""
    program = _program()
    if program is None:
        return "Dovecot is missing: apt-get install dovecot-imapd dovecot-pop3d"
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    return "" if version.startswith("2.3.") else f"Dovecot 2.3 is needed, found {version.strip() or 'none that runs'}"


class Dovecot:
    """`add_user`, `deliver`, `stop` and `start` again; `close` removes everything."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vikno-dovecot-"))
        self.folder.chmod(0o755)
        self.host = "127.0.0.1"
        self.imap_port, self.imaps_port, self.pop3_port, self.pop3s_port = (free_port() for _ in range(4))
        self.certificate, key = certificates.make(self.folder)
        self._passwords: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        root = os.geteuid() == 0
        self._mail_user = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
        me = getpass.getuser()
        (self.folder / "users").mkdir()
        (self.folder / "homes").mkdir()
        (self.folder / "dovecot.conf").write_text(
            SETTINGS.format(
                folder=self.folder,
                certificate=self.certificate,
                key=key,
                internal_user="dovecot" if root else me,
                internal_group="dovecot" if root else "",
                login_user="dovenull" if root else me,
                imap=self.imap_port,
                imaps=self.imaps_port,
                pop3=self.pop3_port,
                pop3s=self.pop3s_port,
                mail_uid=self._mail_user.pw_uid,
                mail_gid=self._mail_user.pw_gid,
            )
        )
        self.start()

    def start(self) -> None:
        """Starts it, or starts it again on the same ports; returns when it greets."""
        program = _program()
        assert program, what_is_missing()
        self._process = subprocess.Popen(
            [program, "-F", "-c", str(self.folder / "dovecot.conf")], start_new_session=True
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with socket.create_connection((self.host, self.imap_port), timeout=1) as connection:
                    if connection.recv(4) == b"* OK":
                        return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"Dovecot did not start:\n{self.log}")

    def stop(self) -> None:
        """Ends it; all connections are cut."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):  # it ended by itself
            family = psutil.Process(self._process.pid).children(recursive=True)
            os.killpg(self._process.pid, signal.SIGKILL)  # all of it at once; a polite end takes a second
            self._process.wait()
            _until_dead(family)
        self._process.wait()
        self._process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else "(no log)"

    def add_user(self, address: str, password: str = "right password") -> None:
        """A mailbox that can be opened at once. The same address again changes its password."""
        self._passwords[address] = password
        file = self.folder / "users" / address
        file.write_text(f"{address}:{{PLAIN}}{password}\n")
        later = time.time() + next(self._numbers)  # it looks at whole seconds to see whether a file has changed
        os.utime(file, (later, later))
        for part in ("cur", "new", "tmp"):
            (self._maildir(address) / part).mkdir(parents=True, exist_ok=True)
        self._give_away(self._maildir(address).parent)

    def deliver(self, address: str, letter: bytes, folder: str = "INBOX") -> None:
        """Puts a letter into the mailbox, unread, as a mail server would; whoever waits by IDLE is told."""
        maildir = self._maildir(address) / ("" if folder == "INBOX" else f".{folder}")
        for part in ("cur", "new", "tmp"):
            (maildir / part).mkdir(parents=True, exist_ok=True)
        name = f"{time.time():.6f}.{next(self._numbers)}.tests"
        (maildir / "tmp" / name).write_bytes(letter)
        self._give_away(maildir)
        (maildir / "tmp" / name).rename(maildir / "new" / name)

    def forget_uids(self, address: str) -> None:
        """The mailbox gets a new UIDVALIDITY, as after a restore on the server's side."""
        for path in self._maildir(address).glob("dovecot*"):
            path.unlink()

    def client(self, address: str) -> imaplib.IMAP4:
        """Somebody else's mail program, signed in to this mailbox."""
        client = imaplib.IMAP4(self.host, self.imap_port, timeout=10)
        client.login(address, self._passwords[address])
        return client

    def letters(self, address: str, folder: str = "INBOX") -> list[tuple[set[str], bytes]]:
        """Flags and bytes of every letter of a folder, in order of arrival. Reading marks nothing."""
        client = self.client(address)
        try:
            client.select(folder, readonly=True)
            _, data = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")
            pairs = [part for part in data if isinstance(part, tuple)]
            return [({flag.decode() for flag in imaplib.ParseFlags(head)} - {"\\Recent"}, body) for head, body in pairs]
        finally:
            client.logout()

    def _maildir(self, address: str) -> Path:
        return self.folder / "homes" / address / "Maildir"

    def _give_away(self, folder: Path) -> None:
        """Mail processes do not run as root: what root made must be theirs. What they take away meanwhile was
        theirs."""
        if os.geteuid() == 0:
            for path in [folder, *folder.rglob("*")]:
                with contextlib.suppress(FileNotFoundError):
                    os.chown(path, self._mail_user.pw_uid, self._mail_user.pw_gid)


def _until_dead(family: list[psutil.Process]) -> None:
    """Whoever is still dying keeps its sockets, and a new start would take it for a Dovecot that runs. Waiting to be
    buried is dead enough."""
    deadline = time.monotonic() + 60
    while any(lives(one) for one in family):
        assert time.monotonic() < deadline, f"these do not end: {family}"
        time.sleep(0.01)


def _program() -> str | None:
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
