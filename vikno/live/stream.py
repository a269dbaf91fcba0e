"""`/live`: one stream of server-sent events (WHATWG HTML, section 9.2) for each browser, answered in the ASGI root
without a thread. It names what changed, never content; the page asks again with its viewer's rights.

    GET /live?topics=list:mine,ticket:1042&since=4711

Events: `hello` first; `changed` {"tickets": [numbers], "lists": [keys]}; `presence` {"ticket": number} when somebody
else came to it or to another request of its dialogs, left, or began to type; `here` when there was nothing to tell for
a while; `refresh` when too much was missed: ask for
everything again; `signed-out` when the session has ended. `since` (of the page) or Last-Event-ID (of a reconnect) is
the journal's id up to which the page is complete.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError

from vikno.core import health
from vikno.core.middleware import host_of, is_known
from vikno.core.plain import plain
from vikno.journal.readers import EventRow
from vikno.live import access, actions, changes, known
from vikno.live.changes import Change
from vikno.live.follower import Follower, Presence
from vikno.live.one import Stream, frame
from vikno.live.threads import in_database
from vikno.staff.access import Viewer

log = structlog.get_logger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

HEARTBEAT = 20.0  # seconds
CHECK_SESSIONS = 60.0  # seconds
CHECK_RIGHTS = 300.0  # seconds; changes of rights that the journal tells are heard at once
MOST_STREAMS, MOST_OF_ONE = 10_000, 30
REMEMBERED = 500  # batches of changes kept for who reconnects
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # or nginx would keep the words to itself
    (b"x-content-type-options", b"nosniff"),
    (b"connection", b"close"),  # when a stream has ended there is nothing to keep
]


class Streams:
    """All streams of this process. What is named `…_now` runs in the loop; what the follower calls, in its thread."""

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self.viewers: dict[int, Viewer] = {}  # by login; replaced, never changed
        self.by_user: dict[int, set[Stream]] = {}
        self.remembered: deque[tuple[int, list[Change]]] = deque(maxlen=REMEMBERED)
        self.complete_after = 0  # the id after which `remembered` holds everything
        self.last = 0
        self.presence: Presence = {}  # replaced, never changed: the follower's thread does that
        self.rights = 0  # how often somebody's rights have changed
        self.closing = False
        self._guard = threading.Lock()  # for `remembered`, which two threads use
        self.pool = ThreadPoolExecutor(2, thread_name_prefix="live")
        self.follower = Follower(self)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._rights_at = 0.0  # when they were looked up last

    # ---- life of the process

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ticking = loop.create_task(self._tick())
        health.register("streams_open", lambda: health.Result(True, "desks that listen", len(self.streams)))
        self.follower.start()

    def close_all(self) -> None:
        """The process ends: every stream ends in order, told to come back in a moment and not all at once."""
        self.closing = True
        self.follower.stop()
        if self._ticking:
            self._ticking.cancel()
        for stream in list(self.streams):
            stream.end(frame("restart", {}, retry=random.randint(500, 3000)))

    async def _tick(self) -> None:
        sessions_at = self._rights_at = time.monotonic()
        while True:
            await asyncio.sleep(1.0)
            now = time.monotonic()
            for stream in list(self.streams):
                if now - stream.sent_at >= HEARTBEAT:
                    stream.beat(self.last)
            try:
                if now - sessions_at >= CHECK_SESSIONS:
                    sessions_at = now
                    await self.check_sessions_now()
                    await self._at_desk_now(self.viewers.values())
                if now - self._rights_at >= CHECK_RIGHTS:
                    self._rights_at = now
                    await self.check_rights_now()
            except Exception:
                log.exception("open streams could not be checked; tried again in a minute")

    async def check_sessions_now(self) -> None:
        """End the streams whose sessions have ended."""
        opened = {stream.opened for stream in self.streams}
        good = await self._ask(access.still_open, opened)
        for stream in list(self.streams):
            if stream.opened in opened and stream.opened not in good:
                stream.end(frame("signed-out", {}))

    async def _at_desk_now(self, viewers: Iterable[Viewer]) -> None:
        """Write down who has the desk open: they need not be told by letter."""
        there = {one.agent_id for one in viewers if one.agent_id is not None}
        if there:
            await self._ask(actions.at_desk, there)

    async def check_rights_now(self) -> None:
        """Look up every viewer again; who is no agent any more hears nothing more."""
        for user in list(self.viewers):
            await self._look_up_now(user)

    async def _look_up_now(self, user: int) -> None:
        """Replace a viewer by what is so now. What the journal tells meanwhile is newer than what was asked before."""
        rights = -1
        while rights != self.rights and user in self.by_user:
            rights = self.rights
            viewer = await self._ask(access.viewer_of, user)
            if rights == self.rights and user in self.by_user:
                self._replace_viewer(user, viewer)

    def _replace_viewer(self, user: int, viewer: Viewer | None) -> None:
        if viewer is not None:
            self.viewers[user] = viewer
            return
        self.viewers.pop(user, None)
        for stream in list(self.by_user.get(user, ())):
            stream.end(frame("signed-out", {}))

    def _ask(self, work: Callable[..., Any], *values: Any) -> Awaitable[Any]:
        return asyncio.get_running_loop().run_in_executor(self.pool, in_database, work, *values)

    # ---- what the follower tells, in its thread

    def has_listeners(self) -> bool:
        return bool(self.viewers)

    def missed(self, last: int) -> None:
        self._forget(last)
        self._in_loop(self._refresh_now, last)

    def _forget(self, last: int) -> None:
        with self._guard:
            self.remembered.clear()
            self.complete_after = last
        known.told(last)

    def changed(self, events: Sequence[EventRow], last: int) -> None:
        """Work out, for each viewer, which of the tickets in these events they see, and pass it on."""
        try:
            found = changes.gather(events)
        except BaseException:  # nobody can be told of these: who comes back from before them asks for everything
            self._forget(last)
            raise
        with self._guard:
            if len(self.remembered) == REMEMBERED:
                self.complete_after = self.remembered[0][0]
            self.remembered.append((last, found))
        known.told(last)
        if any(event.verb.startswith(changes.RIGHTS) for event in events):
            self.rights += 1  # before it is read who listens: whoever comes later sees it
            viewers = {user: access.viewer_of(user) for user in list(self.viewers)}
            self._in_loop(self._replace_all_now, viewers)
        else:
            viewers = dict(self.viewers)
        told = {user: changes.seen_by(viewer, found) for user, viewer in viewers.items() if viewer} if found else {}
        self._in_loop(self._tell_now, told, last)

    def breathed(self, places: Presence) -> None:
        """Work out who has a ticket open where somebody else began or ceased to look or type."""
        rung = self._rung(places)
        moved = {place: _moved(self.presence.get(place, {}), kinds) for place, kinds in places.items()}
        # Before it is read who listens: whoever comes later finds it there.
        self.presence = {place: kinds for place, kinds in (self.presence | places).items() if kinds}
        numbers = {number for stream in list(self.streams) for number in stream.tickets}
        told, found = {}, changes.around(places, numbers)
        for user, viewer in dict(self.viewers).items() if found else ():
            others = [place for place, agents in moved.items() if agents != {viewer.agent_id}]
            theirs = found if len(others) == len(moved) else changes.around(others, numbers) if others else []
            told[user] = changes.seen_by(viewer, theirs)
        self._in_loop(self._breathe_now, told)
        if rung:
            self._in_loop(self._ring_now, rung)

    def _rung(self, places: Presence) -> set[int]:
        """The agents whose notices began or ceased to be rung for."""
        nowhere = (0, 0)
        if nowhere not in places:
            return set()
        return self.presence.get(nowhere, {}).get(actions.NOTICES, set()) ^ places[nowhere].get(actions.NOTICES, set())

    def away(self, is_away: bool) -> None:
        """What changes cannot be told, because the database does not answer; or can be again."""
        self._in_loop(self._away_now, is_away)

    def _in_loop(self, function: Callable[..., None], *values: Any) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *values)

    # ---- in the loop

    def _away_now(self, is_away: bool) -> None:
        for stream in list(self.streams):
            stream.say(frame("away" if is_away else "back", {}))
            if not is_away:
                stream.refresh(self.last)
        if not is_away:
            self._rights_at = float("-inf")  # what the journal told of them may have been lost on the way

    def _refresh_now(self, last: int) -> None:
        self.last = last
        for stream in list(self.streams):
            stream.refresh(last)

    def _replace_all_now(self, viewers: dict[int, Viewer | None]) -> None:
        for user, viewer in viewers.items():
            if user in self.by_user:
                self._replace_viewer(user, viewer)

    def _tell_now(self, told: dict[int, list[Change]], last: int) -> None:
        self.last = last
        for user, found in told.items():
            viewer = self.viewers.get(user)
            if viewer is not None:
                for stream in self.by_user.get(user, ()):
                    stream.tell(viewer, found, last)

    def _breathe_now(self, told: dict[int, list[Change]]) -> None:
        for user, found in told.items():
            for stream in self.by_user.get(user, ()):
                stream.breathe(found)

    def _ring_now(self, agents: set[int]) -> None:
        for user, viewer in self.viewers.items():
            if viewer.agent_id in agents:
                for stream in self.by_user.get(user, ()):
                    stream.ring()

    # ---- one request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        refusal = self._refuse(scope, headers)
        if refusal:
            return await plain(send, *refusal)
        rights = self.rights
        try:
            found = await self._admit(scope, headers)
        except (DatabaseError, InterfaceError):
            log.warning("a stream could not be opened", exc_info=True)
            return await plain(send, 503, "The database does not answer; this page tries again by itself.\n")
        if not isinstance(found[0], Stream):
            return await plain(send, *found)
        stream, viewer, since = found
        if self.closing:
            return await plain(send, 503, "Vikno is being started again.\n")
        self._add(stream, viewer)
        try:
            if rights != self.rights:
                await self._look_up_now(stream.opened.user_id)
            await self._serve(stream, since, receive, send)
        except TimeoutError:
            return  # it took nothing for a minute; the server closes the connection
        except (DatabaseError, InterfaceError):
            log.warning("a stream could not be told what it missed; it comes back", exc_info=True)
        finally:
            self._remove(stream)

    async def _admit(
        self, scope: Scope, headers: dict[bytes, bytes]
    ) -> tuple[Stream, Viewer, int | None] | tuple[int, str]:
        """The stream that is asked for, or status and words of a refusal. Raises DatabaseError."""
        cookies = "; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie")
        topics, since = _asked(scope, headers)
        opened = await self._ask(access.opened_by, cookies)
        if opened is None:
            return 401, "Please sign in.\n"
        viewer = await self._ask(access.viewer_of, opened.user_id)
        if viewer is None:
            return 403, "This is for the staff's desk.\n"
        if len(self.by_user.get(opened.user_id, ())) >= MOST_OF_ONE:
            return 429, "There are too many open pages of this login; close some of them.\n"
        return Stream(opened, await self._ask(access.granted, viewer, topics)), viewer, since

    def _refuse(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[int, str] | None:
        if scope["method"] != "GET":
            return 405, "Streams can only be read.\n"
        if not is_known(host_of(headers.get(b"host", b"").decode("latin-1")), settings.BASE_URL):
            return 400, "This Vikno is not known by this name.\n"
        if headers.get(b"sec-fetch-site") == b"cross-site":
            return 403, "Only Vikno's own pages may listen.\n"
        if self.closing or len(self.streams) >= MOST_STREAMS:
            return (
                503,
                "There are too many open pages, or Vikno is being started again; this page tries again by itself.\n",
            )
        return None

    async def _serve(self, stream: Stream, since: int | None, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(_until_gone(stream, receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            # Who says where it was gets a newer id only with what it missed: the connection may break in between.
            known = self.last if since is None else None
            first = frame("hello", {"last": self.last}, last=known, retry=random.randint(500, 3000))
            await send({"type": "http.response.body", "body": first, "more_body": True})
            await self._catch_up(stream, since)
            await stream.write(send, self.streams)
        finally:
            gone.cancel()

    async def _catch_up(self, stream: Stream, since: int | None) -> None:
        """Tell what happened between the page (or the lost connection) and this stream, and who is at its tickets.

        What is remembered is asked, not `last`: there is also what is just being worked out for those who were here
        before."""
        if since is not None:
            with self._guard:
                known = self.complete_after <= since
                found = [change for last, batch in self.remembered if last > since for change in batch]
            viewer = self.viewers.get(stream.opened.user_id)
            if viewer is None:
                return  # signed out meanwhile
            if known:
                missed = [change for change in found if change.event_id > since]
                stream.tell(viewer, await self._ask(changes.seen_by, viewer, missed) if missed else [], self.last)
            else:
                stream.refresh(self.last)
        viewer = self.viewers.get(stream.opened.user_id)
        if viewer is None or not stream.tickets:
            return
        others = [place for place, kinds in self.presence.items() if set().union(*kinds.values()) - {viewer.agent_id}]
        if others:
            near = await self._ask(changes.around, others, stream.tickets)
            stream.breathe(await self._ask(changes.seen_by, viewer, near))

    def _add(self, stream: Stream, viewer: Viewer) -> None:
        user = stream.opened.user_id
        self.streams.add(stream)
        self.by_user.setdefault(user, set()).add(stream)
        self.viewers[user] = viewer

    def _remove(self, stream: Stream) -> None:
        user = stream.opened.user_id
        self.streams.discard(stream)
        of_user = self.by_user.get(user, set())
        of_user.discard(stream)
        if not of_user:
            self.by_user.pop(user, None)
            self.viewers.pop(user, None)


def _moved(before: dict[str, set[int]], now: dict[str, set[int]]) -> set[int]:
    """The agents who came to a place, left it, or began or ceased something there."""
    return set().union(*(before.get(kind, set()) ^ now.get(kind, set()) for kind in before.keys() | now.keys()))


async def _until_gone(stream: Stream, receive: Receive) -> None:
    """The first word of a stream is its empty body: wait for the client's leaving by name."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end(b"")


def _asked(scope: Scope, headers: dict[bytes, bytes]) -> tuple[list[str], int | None]:
    """Topics, and the id up to which the client knows everything."""
    query = parse_qs(scope["query_string"][:16384].decode("latin-1"), max_num_fields=10)
    topics = [topic for part in query.get("topics", []) for topic in part.split(",")]
    since = headers.get(b"last-event-id", b"").decode("latin-1") or query.get("since", [""])[-1]
    return topics, int(since) if since.isascii() and since.isdigit() and len(since) < 19 else None
