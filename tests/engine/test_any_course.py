"""Whatever is done to jobs and files in whatever order, and killed in between, what is said about
them stays true."""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
)
from openai import BadRequestError, NotFoundError, OpenAI

from tests.engine.samples import TERMINAL, chat_rows, jsonl
from tests.engine_fixture import EngineServer, wait_until

LIVING = ("validating_files", "queued", "running", "paused")
AFTER = {
    "validating_files": {*LIVING, *TERMINAL},
    "queued": {"queued", "running", "paused", *TERMINAL},
    "running": {"queued", "running", "paused", *TERMINAL},
    "paused": {"queued", "running", "paused", *TERMINAL},
    **{status: {status} for status in TERMINAL},
}
ALLOWED = {"cancel": LIVING, "pause": ("queued", "running"), "resume": ("paused",)}


class Course(RuleBasedStateMachine):
    engine: ClassVar[EngineServer]
    files = Bundle("files")
    jobs = Bundle("jobs")

    @initialize()
    def begin(self) -> None:
        self.client: OpenAI = self.engine.client(strict=False)
        self.contents: dict[str, bytes] = {}
        self.statuses: dict[str, str] = {}
        self.events: dict[str, list[str]] = {}
        self.known = len(list(self.client.fine_tuning.jobs.list(limit=100)))

    @rule(target=files, count=st.sampled_from([4, 12, 25]), seed=st.integers(0, 3))
    def upload(self, count: int, seed: int) -> str:
        content = jsonl(chat_rows(count, seed))
        name = self.client.files.create(file=("a.jsonl", content), purpose="fine-tune").id
        self.contents[name] = content
        return name

    @rule(name=consumes(files))
    def delete(self, name: str) -> None:
        assert self.client.files.delete(name).deleted
        del self.contents[name]
        with pytest.raises(NotFoundError):
            self.client.files.retrieve(name)

    @rule(target=jobs, name=files, seed=st.integers(0, 9))
    def create(self, name: str, seed: int) -> str:
        job = self.client.fine_tuning.jobs.create(
            model="tiny-chat", training_file=name, seed=seed, hyperparameters={"n_epochs": 4}
        )
        self.statuses[job.id] = job.status
        return job.id

    @rule(job=jobs, verb=st.sampled_from(["cancel", "pause", "resume"]))
    def act(self, job: str, verb: str) -> None:
        before = self.look(job)
        try:
            after = getattr(self.client.fine_tuning.jobs, verb)(job).status
        except BadRequestError:
            # Meanwhile it may have gone on, but never back.
            assert self.look(job) not in ALLOWED[verb] or before not in ALLOWED[verb]
            return
        assert after == {"cancel": "cancelled", "pause": "paused", "resume": "queued"}[verb]
        self.note(job, after)

    @rule(job=jobs)
    def read_events(self, job: str) -> None:
        found = self.client.fine_tuning.jobs.list_events(job, limit=7)
        messages = [event.message for event in found][::-1]
        told = self.events.get(job, [])
        assert messages[: len(told)] == told
        steps = [message for message in messages if message.startswith("Step ")]
        assert len(set(steps)) == len(steps)
        self.events[job] = messages

    @rule()
    def kill(self) -> None:
        self.client.close()
        self.engine.kill()
        self.engine.start()
        self.client = self.engine.client(strict=False)

    @rule(job=jobs)
    def wait(self, job: str) -> None:
        wait_until(lambda: self.look(job) in {"paused", *TERMINAL}, 60)

    @invariant()
    def nothing_is_lost(self) -> None:
        if not hasattr(self, "client"):
            return
        listed = [job.id for job in self.client.fine_tuning.jobs.list(limit=3)]
        assert len(listed) == len(set(listed)) == self.known + len(self.statuses)
        assert listed[: len(self.statuses)] == list(self.statuses)[::-1]
        for name, content in self.contents.items():
            assert self.client.files.content(name).content == content

    def look(self, job: str) -> str:
        found = self.client.fine_tuning.jobs.retrieve(job)
        self.note(job, found.status)
        assert (found.fine_tuned_model is not None) == (found.status == "succeeded")
        assert (found.error is not None) == (found.status == "failed")
        return found.status

    def note(self, job: str, status: str) -> None:
        assert status in AFTER[self.statuses[job]], (self.statuses[job], status)
        self.statuses[job] = status

    def teardown(self) -> None:
        if hasattr(self, "client"):
            for job in self.statuses:
                if self.look(job) not in TERMINAL:
                    self.client.fine_tuning.jobs.cancel(job)
            self.client.close()


@pytest.fixture(scope="module", autouse=True)
def engine_of_the_course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with EngineServer(tmp_path_factory.mktemp("course"), step_seconds=0.01) as engine:
        Course.engine = engine
        yield


TestAnyCourse = pytest.mark.slow(pytest.mark.kill(Course.TestCase))
TestAnyCourse.settings = settings(
    max_examples=3, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
