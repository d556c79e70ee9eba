"""The stream of a job's page over a real server: what is new, in order, once, and its end."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import httpx2
import pytest
from fastapi import FastAPI
from sqlmodel import Session

from app.core.clock import now
from app.core.context import Context
from app.core.db import Database
from app.jobs.models import Creation, Job
from app.jobs.watching import Cursor, read_state
from app.provider.types import JobStatus
from tests.conftest import sign_in
from tests.engine_fixture import wait_until
from tests.jobs.conftest import AddJob, reload
from tests.jobs.story import change, falling, tell_event, tell_step, tell_steps
from tests.live import LiveServer, serve_in_thread

pytestmark = pytest.mark.slow

PATIENCE = 20.0
WATCHERS = 40


@dataclass
class Told:
    """One message of the stream."""

    event: str = ""
    id: str = ""
    data: str = ""
    lines: list[str] = field(default_factory=list)


@pytest.fixture
def server(app: FastAPI) -> Iterator[LiveServer]:
    with serve_in_thread(app) as server:
        yield server


@pytest.fixture
def job(add_job: AddJob, db: Database) -> Job:
    job = add_job(
        creation=Creation.CREATED,
        remote_id="ftjob-1",
        status=JobStatus.RUNNING,
        total_steps=60,
        resolved={"n_epochs": 3},
        started_at=now(),
    )
    tell_steps(db, job, falling(3))
    return job


class Watcher:
    """Reads a stream in a thread of its own."""

    def __init__(self, client: httpx2.Client, address: str, headers: dict[str, str]) -> None:
        self.told: list[Told] = []
        self.ended = threading.Event()
        arguments = (client, address, headers)
        self._thread = threading.Thread(target=self._read, args=arguments, daemon=True)
        self._thread.start()

    def _read(self, client: httpx2.Client, address: str, headers: dict[str, str]) -> None:
        """Until the stream ends, or the server does."""
        with suppress(httpx2.HTTPError), client.stream("GET", address, headers=headers) as answer:
            current = Told()
            for line in answer.iter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    if name == "data":
                        current.lines.append(value)
                    elif name in {"event", "id"}:
                        setattr(current, name, value)
                elif current.lines or current.event:
                    current.data = "\n".join(current.lines)
                    self.told.append(current)
                    current = Told()
            self.ended.set()

    def wait_for(self, count: int, event: str | None = None) -> list[Told]:
        wait_until(lambda: len(self.of(event)) >= count, PATIENCE)
        return self.of(event)

    def wait_for_step(self, step: int) -> None:
        wait_until(lambda: step in self.steps, PATIENCE)

    def of(self, event: str | None) -> list[Told]:
        return [told for told in self.told if event is None or told.event == event]

    @property
    def steps(self) -> list[int]:
        """Of the training loss, as charts were told."""
        points = [json.loads(told.data) for told in self.of("metric")]
        return [x for point in points if point["figure"].endswith("-loss") for x in point["x"][0]]


class Watching:
    def __init__(self, server: LiveServer, context: Context, db: Database) -> None:
        self.server, self.context, self.db = server, context, db
        self.client = httpx2.Client(
            base_url=server.url, timeout=PATIENCE, limits=httpx2.Limits(max_connections=100)
        )

    def cursor_of(self, job: Job) -> str:
        with self.db.read() as session:
            return str(read_state(session, job.id or 0).cursor)

    def watch(self, job: Job, after: str = "", tab: str = "metrics", last_id: str = "") -> Watcher:
        cookie = f"tuneboard_session={sign_in(self.context, 'Vi')}"
        headers = {"cookie": cookie} | ({"last-event-id": last_id} if last_id else {})
        address = f"/jobs/{job.id}/live?after={after or self.cursor_of(job)}&tab={tab}"
        return Watcher(self.client, address, headers)


@pytest.fixture
def watching(server: LiveServer, context: Context, db: Database) -> Iterator[Watching]:
    watching = Watching(server, context, db)
    yield watching
    watching.client.close()


def finish(db: Database, job: Job) -> None:
    change(
        db,
        job,
        status=JobStatus.SUCCEEDED,
        fine_tuned_model="ft:tiny::1",
        is_finished=True,
        is_read=True,
        finished_at=now(),
    )


def test_new_points_and_regions_come_in_order(watching: Watching, job: Job, db: Database) -> None:
    watcher = watching.watch(job)
    for step in (4, 5, 6):
        tell_step(db, job, step, {"train_loss": step / 10, "valid_loss": 1.0})
        watcher.wait_for(1)
        watcher.wait_for_step(step)
    html = watcher.of("")[0].data
    assert watcher.steps == [4, 5, 6]
    assert f'<hx-partial hx-target="#job-{job.id}-figures" hx-swap="outerMorph">' in html
    assert f'<hx-partial hx-target="#job-{job.id}-metrics" hx-swap="outerMorph">' in html
    assert watcher.told[-1].id.split(".")[1] == "6"


def test_a_region_that_did_not_change_is_not_sent_again(
    watching: Watching, job: Job, db: Database
) -> None:
    watcher = watching.watch(job, tab="events")
    tell_event(db, job, "one")
    watcher.wait_for(1, "")
    tell_event(db, job, "two")
    second = watcher.wait_for(2, "")[1].data
    assert f"#job-{job.id}-events" in second
    assert f"#job-{job.id}-tabs" in second
    assert f"#job-{job.id}-alerts" not in second


def test_the_stream_ends_when_nothing_more_can_come(
    watching: Watching, job: Job, db: Database
) -> None:
    watcher = watching.watch(job)
    change(db, job, status=JobStatus.SUCCEEDED, is_finished=True)
    watcher.wait_for(1, "")
    assert not watcher.of("done")
    tell_step(db, job, 4, {"train_loss": 0.4})
    finish(db, job)
    watcher.wait_for(1, "done")
    assert watcher.ended.wait(PATIENCE)
    assert watcher.told[-1].event == "done"
    assert watcher.steps == [4]
    assert "status--succeeded" in "".join(told.data for told in watcher.of(""))


def test_a_page_of_a_job_that_ended_is_told_so_at_once(
    watching: Watching, job: Job, db: Database
) -> None:
    finish(db, job)
    watcher = watching.watch(job)
    assert watcher.ended.wait(PATIENCE)
    assert [told.event for told in watcher.told] == ["done"]


def test_what_came_meanwhile_is_told_once(watching: Watching, job: Job, db: Database) -> None:
    first = watching.watch(job)
    tell_step(db, job, 4, {"train_loss": 0.4})
    last = first.wait_for(1, "metric")[-1]
    wait_until(lambda: first.told[-1].id, PATIENCE)
    tell_steps(db, job, {step: {"train_loss": 0.3} for step in (5, 6)})
    second = watching.watch(job, after="0.-1.old", last_id=first.told[-1].id)
    tell_step(db, job, 7, {"train_loss": 0.2})
    second.wait_for_step(7)
    assert json.loads(last.data)["x"][0] == [4]
    assert second.steps == [5, 6, 7]


def test_a_new_kind_of_metric_has_the_chart_drawn_anew(
    watching: Watching, job: Job, db: Database
) -> None:
    watcher = watching.watch(job)
    tell_step(db, job, 4, {"train_loss": 0.4})
    before = source_of(watcher.wait_for(1, "")[0].data)
    tell_step(db, job, 5, {"full_valid_loss": 0.5})
    after = source_of(watcher.wait_for(2, "")[1].data)
    assert before != after


def source_of(html: str) -> str:
    return html.split('src="')[1].split('"', maxsplit=1)[0]


def test_a_watched_job_is_asked_about_often(watching: Watching, job: Job, db: Database) -> None:
    watching.watch(job)
    wait_until(lambda: reload(db, job).watched_until, PATIENCE)
    until = reload(db, job).watched_until
    assert until is not None
    assert until > now() + timedelta(seconds=10)


def test_many_watch_and_all_are_told(watching: Watching, job: Job, db: Database) -> None:
    cursor = watching.cursor_of(job)
    with ThreadPoolExecutor(8) as pool:
        watchers = list(pool.map(lambda _: watching.watch(job, cursor), range(WATCHERS)))
    for step in (4, 5):
        tell_step(db, job, step, {"train_loss": step / 10})
        for watcher in watchers:
            watcher.wait_for_step(step)
    finish(db, job)
    assert all(watcher.ended.wait(PATIENCE) for watcher in watchers)
    assert {tuple(watcher.steps) for watcher in watchers} == {(4, 5)}


def test_who_leaves_is_not_served_any_longer(
    watching: Watching, server: LiveServer, job: Job
) -> None:
    with streaming(watching, job), streaming(watching, job):
        assert server.busy_count == 2
    wait_until(lambda: server.busy_count == 0, PATIENCE)
    assert server.busy_count == 0


@contextmanager
def streaming(watching: Watching, job: Job) -> Iterator[httpx2.Response]:
    cookie = {"cookie": f"tuneboard_session={sign_in(watching.context, 'Vi')}"}
    with watching.client.stream("GET", f"/jobs/{job.id}/live", headers=cookie) as answer:
        assert answer.status_code == 200
        yield answer


def test_only_who_is_signed_in_may_watch(watching: Watching, job: Job) -> None:
    assert watching.client.get(f"/jobs/{job.id}/live").status_code == 303


def test_a_job_that_is_not_there_has_no_stream(watching: Watching, job: Job) -> None:
    cookie = {"cookie": f"tuneboard_session={sign_in(watching.context, 'Vi')}"}
    assert watching.client.get("/jobs/4711/live", headers=cookie).status_code == 404


@pytest.mark.parametrize("text", ["", "x", "1.2", "1.x.y", "9" * 400, "²..", "-1.-1.-1"])
def test_a_broken_cursor_is_one_from_before_everything(text: str) -> None:
    assert Cursor.parse(text).event_id in {0, 1}
    assert Cursor.parse(text).step <= 2


def test_cursors_survive_being_written(session: Session, job: Job) -> None:
    cursor = read_state(session, job.id or 0).cursor
    assert Cursor.parse(str(cursor)) == cursor
    assert cursor.step == 3
