"""Services are asked beside the loop that tells devices, each by a few threads at most: one that does not answer keeps
nobody waiting but whom it is to reach, and of these only the first few."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from vikno.dialogs.channels import Rejected, Retry
from vikno.notices.models import Device
from vikno.notices.push.rests import RESTS
from vikno.notices.push.service import Gone

AT_ONCE = 4  # people for whom one service is asked at the same time

Outcome = tuple[Device, Gone | Rejected | Retry | None]  # None: it was told


@dataclass(frozen=True, slots=True)
class Part:
    """One person's devices that one service reaches: they are told one after the other."""

    service: str
    devices: Sequence[Device]
    post: Callable[[Device], None]
    outcomes: Future[list[Outcome]] = field(default_factory=Future)

    def ask(self) -> None:
        """Tell them all."""
        found: list[Outcome] = []
        try:
            for device in self.devices:
                found.append((device, self._trouble(device)))
        except BaseException as error:
            self.outcomes.set_exception(error)
        else:
            self.outcomes.set_result(found)

    def give_up(self, rest: float) -> None:
        """Ask nobody: the service is left alone for so many seconds."""
        later = Retry(f"{self.service}: could not be reached lately", rest)
        self.outcomes.set_result([(device, later) for device in self.devices])

    def _trouble(self, device: Device) -> Gone | Rejected | Retry | None:
        try:
            self.post(device)
        except (Gone, Rejected, Retry) as trouble:
            return trouble
        return None


class Asking:
    """Which services are being asked, and who waits for one of them. Only words and keys go to its threads, never the
    database."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._asked: Counter[str] = Counter()  # by how many threads
        self._wait: dict[str, deque[Part]] = {}

    def begin(self, part: Part) -> None:
        """Ask as soon as fewer than AT_ONCE are at this service."""
        with self._guard:
            if self._asked[part.service] >= AT_ONCE:
                self._wait.setdefault(part.service, deque()).append(part)
                return
            self._asked[part.service] += 1
        try:
            threading.Thread(target=self._go_on, args=[part], name="device", daemon=True).start()
        except RuntimeError:  # the system gives no more threads
            self._go_on(part)

    def give_up(self) -> None:
        """Let nobody wait any longer for a service that is to be left alone by now."""
        with self._guard:
            resting = {one: rest for one in self._wait if (rest := RESTS.left(one))}
            given = [(part, rest) for one, rest in resting.items() for part in self._wait.pop(one)]
        for part, rest in given:
            part.give_up(rest)

    def _go_on(self, part: Part | None) -> None:
        while part is not None:
            part.ask()
            part = self._next(part.service)

    def _next(self, service: str) -> Part | None:
        """Who has waited longest for this service; None: this thread ends."""
        with self._guard:
            if waiting := self._wait.get(service):
                part = waiting.popleft()
                if not waiting:
                    del self._wait[service]
                return part
            self._asked[service] -= 1
            if not self._asked[service]:
                del self._asked[service]
            return None


ASKING = Asking()
