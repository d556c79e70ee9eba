"""News of jobs for all who have their pages open: looked for once, drawn once, sent to each.

Readers with the same place in the story, language, role and tab get the same bytes.
"""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from app.core.changes import changes_of
from app.core.db import Database
from app.core.logs import log
from app.jobs.pacing import WATCHED_SECONDS
from app.jobs.syncing import touch_watched
from app.jobs.watching import State, read_state

T = TypeVar("T")
LOOK_SECONDS = 0.02
STALE_SECONDS = 1.0
TOUCH_SECONDS = WATCHED_SECONDS / 3
MOST_DRAWN = 128
MOST_JOBS = 1000


class Follower:
    """An open stream that waits in its event loop for news, which a thread brings.

    `prepare` is called in that thread before, to draw what the stream will send.
    """

    def __init__(self, prepare: Callable[[State], object]) -> None:
        self.prepare = prepare
        self.loop, self.news = asyncio.get_running_loop(), asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.news.wait(), seconds)
        self.news.clear()


class LiveFeed:
    """Of one database, which it does not keep alive; threads and event loops share it.

    While anybody follows a job, one thread looks for changes on behalf of all.
    """

    def __init__(self) -> None:
        self._lock, self._drawing = threading.Lock(), threading.Lock()
        self._followers: dict[int, set[Follower]] = {}
        self._states: dict[int, State] = {}
        self._looked_at = 0.0
        self._is_looking = False
        self._touched: dict[int, float] = {}
        self._drawn: OrderedDict[Hashable, Any] = OrderedDict()

    @contextmanager
    def follow(
        self, db: Database, job_id: int, prepare: Callable[[State], object]
    ) -> Iterator[Follower]:
        """To be entered in an event loop, before the first look at the job."""
        follower = Follower(prepare)
        with self._lock:
            self._followers.setdefault(job_id, set()).add(follower)
            is_first, self._is_looking = not self._is_looking, True
        if is_first:
            threading.Thread(target=self._look_out, args=(db,), name="live", daemon=True).start()
        try:
            yield follower
        finally:
            with self._lock:
                self._followers[job_id].discard(follower)
                if not self._followers[job_id]:
                    del self._followers[job_id]
                    self._states.pop(job_id, None)

    def find_state(self, job_id: int) -> State | None:
        """As it was a moment ago, if anybody looked."""
        with self._lock:
            is_fresh = time.monotonic() - self._looked_at < STALE_SECONDS
            return self._states.get(job_id) if is_fresh else None

    def get_state(self, db: Database, job_id: int) -> State:
        if self._is_to_be_touched(job_id):
            touch_watched(db, job_id, WATCHED_SECONDS)
        known = self.find_state(job_id)
        if known is not None:
            return known
        with db.read() as session:
            return read_state(session, job_id)

    def find_drawn(self, key: Hashable) -> Any:
        """None where nobody has drawn it yet."""
        with self._lock:
            return self._drawn.get(key)

    def get_drawn(self, key: Hashable, draw: Callable[[], T]) -> T:
        """Drawn unless somebody else got the same a moment ago."""
        with self._drawing:
            drawn: T = self.find_drawn(key) or draw()
            with self._lock:
                self._drawn[key] = drawn
                while len(self._drawn) > MOST_DRAWN:
                    self._drawn.popitem(last=False)
            return drawn

    def _look_out(self, db: Database) -> None:
        """Until nobody follows anything."""
        while self._has_followers():
            try:
                with changes_of(db) as has_changed:
                    while self._followers:
                        self._look(db, has_changed())
                        time.sleep(LOOK_SECONDS)
            except Exception:  # noqa: BLE001 - a database that is away comes back
                log.exception("live_look_failed")
                time.sleep(STALE_SECONDS)

    def _has_followers(self) -> bool:
        with self._lock:
            self._is_looking = bool(self._followers)
            return self._is_looking

    def _look(self, db: Database, has_changed: bool) -> None:
        with self._lock:
            job_ids = [each for each in self._followers if has_changed or each not in self._states]
        for job_id in job_ids:
            with db.read() as session:
                self._take(job_id, read_state(session, job_id))
        self._looked_at = time.monotonic()

    def _take(self, job_id: int, state: State) -> None:
        with self._lock:
            followers = list(self._followers.get(job_id, ()))
            is_known = self._states.get(job_id) == state
        if is_known or not followers:
            return
        try:
            for follower in followers:
                follower.prepare(state)
        except Exception:  # noqa: BLE001 - it fails again where only that page suffers
            log.exception("live_page_not_drawn", job=job_id)
        with self._lock:
            followers = list(self._followers.get(job_id, ()))
            if followers:
                self._states[job_id] = state
        for loop in {follower.loop for follower in followers}:
            with suppress(RuntimeError):  # a loop that was closed meanwhile
                loop.call_soon_threadsafe(_wake, [each for each in followers if each.loop is loop])

    def _is_to_be_touched(self, job_id: int) -> bool:
        with self._lock:
            since = time.monotonic() - self._touched.get(job_id, -TOUCH_SECONDS)
            if since < TOUCH_SECONDS:
                return False
            self._touched = _bounded(self._touched)
            self._touched[job_id] = time.monotonic()
            return True


def _wake(followers: Iterable[Follower]) -> None:
    for follower in followers:
        follower.news.set()


def _bounded(known: dict[int, T]) -> dict[int, T]:
    return known if len(known) < MOST_JOBS else {}


_feeds: WeakKeyDictionary[Database, LiveFeed] = WeakKeyDictionary()


def feed_of(db: Database) -> LiveFeed:
    return _feeds.setdefault(db, LiveFeed())
