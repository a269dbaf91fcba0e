"""`vikno serve`: one command, two processes. The parent loads the program once, forks *web* and *engine* from it (so
that they share most of its memory), starts again whichever dies, and stops both when it is told to.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from vikno import cli, engine, web
from vikno.terminal import N_
from vikno.terminal import gettext as _

log = structlog.get_logger(__name__)

# Seconds after SIGTERM before a child is killed. Each ends by itself after four, on a busy machine a while later; what
# it had in hand is safe either way, but a killed one says goodbye to nobody.
GRACE = 8.0
STEADY = 60.0  # seconds after which a child's earlier deaths are forgotten
LONGEST_BACKOFF = 30.0
HEARD = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# A child that ends with one of these would end so again: the whole command ends with it.
FINAL = (os.EX_CONFIG, os.EX_USAGE)


@dataclass
class Child:
    """One process of ours."""

    name: str
    run: Callable[[Callable[[], None], int], int]
    pid: int = 0
    born: float = 0.0
    deaths: int = 0
    next_birth: float = 0.0
    news: int = -1  # the pipe by which it says that it is ready


class Supervisor:
    """Watches over the children until it is told to stop."""

    def __init__(self, children: list[Child], on_web_ready: Callable[[], None]) -> None:
        self.children = children
        self.on_web_ready = on_web_ready
        self.stopping_since: float | None = None
        self.exit_code = os.EX_OK
        self.alive_read, self.alive_write = os.pipe()
        self.wake_read, self.wake_write = os.pipe()
        for handle in (self.wake_read, self.wake_write):
            os.set_blocking(handle, False)

    def run(self) -> int:
        """Returns the exit code of the whole command once all children have ended."""
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stop())
        while True:
            self._bury()
            if self.stopping_since is not None:
                if not any(child.pid for child in self.children):
                    return self.exit_code
                self._press()
            else:
                self._bear()
            self._listen()

    def stop(self, code: int = os.EX_OK) -> None:
        """Tell all children to end. Told again a second later or more: at once (some tools send a signal twice)."""
        if self.stopping_since is not None:
            if time.monotonic() - self.stopping_since > 1.0:
                self.stopping_since = float("-inf")
            return
        self.stopping_since, self.exit_code = time.monotonic(), code
        for child in self.children:
            if child.pid:
                with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                    os.kill(child.pid, signal.SIGTERM)

    def _press(self) -> None:
        """Kill who did not end in time."""
        if time.monotonic() - (self.stopping_since or 0.0) < GRACE:
            return
        for child in self.children:
            if child.pid:
                log.error(N_("a process did not stop in time and was killed"), name=child.name)
                os.kill(child.pid, signal.SIGKILL)
                self.exit_code = self.exit_code or os.EX_SOFTWARE

    def _bear(self) -> None:
        for child in self.children:
            if not child.pid and time.monotonic() >= child.next_birth:
                self._fork(child)

    def _fork(self, child: Child) -> None:
        news_read, news_write = os.pipe()
        # A stop at this very moment would find no child to tell, or be heard by the child in its parent's place.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
        try:
            pid = os.fork()
            if pid == 0:
                os.close(news_read)
                self._live(child, news_write)
            child.pid, child.born, child.news = pid, time.monotonic(), news_read
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            os.close(news_write)

    def _live(self, child: Child, news: int) -> None:
        """In the child: never returns."""
        code = os.EX_SOFTWARE
        try:
            signal.set_wakeup_fd(-1)
            for number in HEARD:
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the parent hears it and tells us
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
            for handle in (self.alive_write, self.wake_read, self.wake_write):
                os.close(handle)
            from django.conf import settings

            from vikno.core import logs

            logs.set_up(settings.ENVIRONMENT.log, child.name, settings.ENVIRONMENT.log_style)
            code = child.run(lambda: _say_ready(news), self.alive_read)
        except BaseException as error:
            code = cli.explain(error)
        finally:
            web.leave(code)

    def _bury(self) -> None:
        for child in self.children:
            if not child.pid:
                continue
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                self._died(child, os.waitstatus_to_exitcode(status))

    def _died(self, child: Child, code: int) -> None:
        lived = time.monotonic() - child.born
        child.pid = 0
        self._hang_up(child)
        if self.stopping_since is not None:
            if code not in (os.EX_OK, -signal.SIGTERM):
                log.warning(N_("a process ended badly"), name=child.name, code=code)
            return
        if code in FINAL:
            return self.stop(code)
        child.deaths = 1 if lived > STEADY else child.deaths + 1
        wait = min(LONGEST_BACKOFF, 2.0 ** (child.deaths - 1) - 1)
        child.next_birth = time.monotonic() + wait
        words = N_("a process died and is started again")
        log.error(words, name=child.name, code=code, lived=round(lived), again_in=wait)

    def _listen(self) -> None:
        """Sleep until a signal, a child's news or the next birth."""
        births = [child.next_birth - time.monotonic() for child in self.children if not child.pid]
        timeout = 0.1 if self.stopping_since is not None else max(0.0, min([5.0, *births]))
        watched = [self.wake_read, *(child.news for child in self.children if child.news >= 0)]
        ready, _writable, _broken = select.select(watched, [], [], timeout)
        if self.wake_read in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self.wake_read, 1024)
        for child in self.children:
            if child.news in ready:
                said = os.read(child.news, 1)
                self._hang_up(child)
                if said and child.name == "web":
                    self.on_web_ready()

    @staticmethod
    def _hang_up(child: Child) -> None:
        if child.news >= 0:
            os.close(child.news)
            child.news = -1


def _say_ready(news: int) -> None:
    os.write(news, b"1")
    os.close(news)


class Preparation:
    """Brings the database up to date and does what rooms do at each start, in a child of its own: its memory and its
    connections go with it, and the parent can load the rest meanwhile."""

    def __init__(self, demo: bool) -> None:
        self._said, write = os.pipe()
        self._pid = os.fork()
        if self._pid:
            os.close(write)
            return
        os.close(self._said)
        code = os.EX_SOFTWARE
        try:
            lines = _prepare(demo)
            with os.fdopen(write, "w") as file:
                json.dump(lines, file)
            code = os.EX_OK
        except BaseException as error:
            code = cli.explain(error)
        finally:
            web.leave(code)

    def finish(self) -> tuple[int, list[str]]:
        """An exit code and the lines to print."""
        with os.fdopen(self._said) as file:
            said = file.read()
        _pid, status = os.waitpid(self._pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code < 0:  # ended by a signal: as a shell tells it
            code = 128 - code
        return (code, json.loads(said)) if code == os.EX_OK else (code, [])


def _prepare(demo: bool) -> list[str]:
    from django.conf import settings

    from vikno.commands import migrate
    from vikno.core import starting

    migrate.apply()
    return starting.run_all(starting.Start(base_url=settings.BASE_URL, demo=demo))


def run(sock: socket.socket, processes: tuple[str, ...], demo: bool) -> int:
    """Load everything, prepare the database, and watch over the processes (`web`, `engine`) until the end."""
    from django.conf import settings

    from vikno.core import serving

    preparation = Preparation(demo)
    web.load()
    code, lines = preparation.finish()
    if code != os.EX_OK:
        return code
    children = {
        "web": Child("web", lambda ready, alive: web.run(sock, ready, alive)),
        "engine": Child("engine", lambda ready, alive: _engine(sock, ready, alive)),
    }
    printed: list[bool] = []

    def announce() -> None:
        if not printed:  # not again when a process was started again
            serving.note(settings.DATA, settings.BASE_URL)
            cli.say("\n".join([cli.ready(), *lines]))
            printed.append(True)

    code = Supervisor([children[name] for name in processes], announce).run()
    serving.forget(settings.DATA)
    if code == os.EX_OK and printed and sys.stdout.isatty():
        cli.say(_("Vikno has stopped."))
    return code


def _engine(sock: socket.socket, ready: Callable[[], None], alive: int) -> int:
    sock.close()  # or the port would stay taken while the engine ends
    return engine.run(ready, alive)
