"""Lists, cursors and filters."""

from collections.abc import Iterator

import pytest
from openai import BadRequestError, NotFoundError, OpenAI

from tests.engine.samples import chat_rows, finished, upload

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def mark() -> str:
    return "list-jobs"


@pytest.fixture
def job_ids(client: OpenAI, mark: str) -> Iterator[list[str]]:
    """Five jobs, oldest first."""
    training = upload(client, chat_rows(3))
    jobs = [
        client.fine_tuning.jobs.create(
            model="tiny-chat", training_file=training, metadata={"mark": mark, "n": str(number)}
        )
        for number in range(5)
    ]
    yield [job.id for job in jobs]
    for job in jobs:
        finished(client, job)


def test_jobs_come_newest_first_in_pages(client: OpenAI, job_ids: list[str]) -> None:
    page = client.fine_tuning.jobs.list(limit=2)
    assert [job.id for job in page.data] == job_ids[:-3:-1]
    assert page.has_more
    rest = client.fine_tuning.jobs.list(limit=3, after=page.data[-1].id)
    assert [job.id for job in rest.data] == job_ids[2::-1]
    assert [job.id for job in client.fine_tuning.jobs.list(limit=2)][:5] == job_ids[::-1]


def test_jobs_are_found_by_metadata(client: OpenAI, job_ids: list[str], mark: str) -> None:
    jobs = client.fine_tuning.jobs
    assert next(iter(jobs.list(metadata={"mark": mark, "n": "3"}))).id == job_ids[3]
    assert jobs.list(metadata={"mark": "other"}).data == []
    assert not any(job.metadata for job in jobs.list(extra_query={"metadata": "null"}).data)
    only = jobs.list(metadata={"mark": mark}, limit=1, after=job_ids[1])
    assert (only.data[0].id, only.has_more) == (job_ids[0], bool(only.has_more))


def test_unknown_cursors_and_limits_are_refused(client: OpenAI, job_ids: list[str]) -> None:
    with pytest.raises(NotFoundError, match="No such object: ftjob-none"):
        client.fine_tuning.jobs.list(after="ftjob-none")
    with pytest.raises(NotFoundError):
        client.fine_tuning.jobs.list_events(job_ids[0], after="ftevent-none")
    for limit in (0, 1001):
        with pytest.raises(BadRequestError) as refused:
            client.fine_tuning.jobs.list(limit=limit)
        assert refused.value.param == "limit"


def test_events_page_backwards(client: OpenAI) -> None:
    job = client.fine_tuning.jobs.create(
        model="tiny-chat", training_file=upload(client, chat_rows(40))
    )
    finished(client, job)
    everything = client.fine_tuning.jobs.list_events(job.id, limit=1000)
    assert not everything.has_more
    paged = [event.id for event in client.fine_tuning.jobs.list_events(job.id, limit=7)]
    assert paged == [event.id for event in everything.data]
    assert len(set(paged)) == len(paged) > 100
    one = client.fine_tuning.jobs.checkpoints.list(job.id, limit=1)
    assert one.has_more
    assert len(list(one)) == 3
