"""Charts as JSON and all points as CSV: right, small, quick, and not sent twice."""

import csv
import gzip
import io
import time
from base64 import b64decode
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from starlette.testclient import TestClient

from app.core.db import Database
from app.jobs.models import Creation, Job
from app.provider.types import JobStatus
from tests.jobs.conftest import AddJob
from tests.jobs.story import change, falling, tell_checkpoint, tell_step, tell_steps

pytestmark = pytest.mark.slow

STEPS = 100_000
SPIKE = 54_321


@pytest.fixture
def job(add_job: AddJob) -> Job:
    return add_job(
        creation=Creation.CREATED,
        remote_id="ftjob-1",
        status=JobStatus.RUNNING,
        total_steps=60,
        resolved={"n_epochs": 3},
    )


@pytest.fixture
def long_job(job: Job, db: Database) -> Job:
    """100,000 steps of two curves, one of which jumps once."""
    losses = {
        step: {"train_loss": 1 + 1 / step, "valid_loss": 1.1 + 1 / step}
        for step in range(1, STEPS + 1)
    }
    losses[SPIKE]["train_loss"] = 99.0
    tell_steps(db, job, losses, events=False)
    change(db, job, total_steps=STEPS)
    return job


def figure_of(client: TestClient, job: Job, name: str = "loss", query: str = "") -> dict[str, Any]:
    answer = client.get(f"/jobs/{job.id}/figures/{name}.json{query}")
    assert answer.status_code == 200
    figure: dict[str, Any] = answer.json()
    return figure


def numbers(packed: Any) -> NDArray[Any]:
    return np.frombuffer(b64decode(packed["bdata"]), np.dtype(packed["dtype"]))


def trace(figure: dict[str, Any], place: int) -> tuple[NDArray[Any], NDArray[Any]]:
    found = figure["data"][place]
    return numbers(found["x"]), numbers(found["y"])


def test_curves_stand_as_they_were_measured(vi: TestClient, job: Job, db: Database) -> None:
    tell_steps(db, job, falling(20))
    figure = figure_of(vi, job)
    steps, values = trace(figure, 0)
    assert [each["name"] for each in figure["data"]] == ["training", "validation"]
    assert steps.tolist() == list(range(1, 21))
    assert values[3] == pytest.approx(0.75)
    assert figure["data"][0]["meta"] == {"smoothing": 0.6}
    assert figure["data"][1]["line"]["dash"] == "dash"


def test_epochs_and_checkpoints_are_marked(vi: TestClient, job: Job, db: Database) -> None:
    tell_steps(db, job, falling(45))
    tell_step(db, job, 40, {"full_valid_loss": 0.6})
    tell_checkpoint(db, job, 40, {})
    figure = figure_of(vi, job)
    names = [each["name"] for each in figure["data"]]
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [20, 40, 60]
    assert names == ["training", "validation", "full validation", "checkpoint"]
    assert figure["data"][2]["mode"] == "markers"
    assert figure["data"][3]["x"] in ([40], {"dtype": "i1", "bdata": "KA=="})
    assert [unit["id"] for unit in figure["layout"]["meta"]["units"]] == ["step", "epoch"]


def test_many_epochs_are_not_all_marked(vi: TestClient, job: Job, db: Database) -> None:
    tell_steps(db, job, falling(20))
    change(db, job, resolved={"n_epochs": 50})
    shapes = figure_of(vi, job)["layout"]["shapes"]
    assert 5 <= len(shapes) <= 12


def test_any_metric_gets_a_chart(vi: TestClient, job: Job, db: Database) -> None:
    names = ["train_mean_reward", "valid_mean_reward", "scores/graders/=tone/train_reward", "lr"]
    tell_steps(db, job, {step: dict.fromkeys(names, float(step)) for step in (1, 2, 3)})
    reward = figure_of(vi, job, "mean-reward")
    assert [each["name"] for each in reward["data"]] == ["training", "validation"]
    assert trace(figure_of(vi, job, "scores-graders-tone-reward"), 0)[1].tolist() == [1, 2, 3]
    page = vi.get(f"/jobs/{job.id}").text
    assert "Mean reward" in page
    assert "Scores/graders/=tone/reward" in page


def test_charts_that_are_not_there(vi: TestClient, job: Job) -> None:
    assert vi.get(f"/jobs/{job.id}/figures/nonsense.json").status_code == 404
    assert vi.get("/jobs/4711/figures/loss.json").status_code == 404
    assert vi.get(f"/jobs/{job.id}/figures/loss.json?from=x").status_code == 422


def test_a_long_job_is_thinned_and_keeps_its_spike(vi: TestClient, long_job: Job) -> None:
    figure = figure_of(vi, long_job)
    lengths = [len(trace(figure, place)[0]) for place in range(len(figure["data"]))]
    steps, values = trace(figure, 0)
    assert max(lengths) <= 1500
    assert sum(lengths) <= 2000
    assert steps[values.argmax()] == SPIKE
    assert values.max() == 99.0
    assert (steps[0], steps[-1]) == (1, STEPS)
    assert figure["layout"]["meta"]["thinned"] is True
    means = trace(figure, 2)[1]
    assert means.max() < 2.5


def test_a_closer_look_finds_every_point(vi: TestClient, long_job: Job) -> None:
    figure = figure_of(vi, long_job, query=f"?from={SPIKE - 200}&to={SPIKE + 200}")
    steps, values = trace(figure, 0)
    assert steps.tolist() == list(range(SPIKE - 201, SPIKE + 202))
    assert values.argmax() == 201


def test_a_long_job_is_quick_and_small(vi: TestClient, long_job: Job) -> None:
    address = f"/jobs/{long_job.id}/figures/loss.json"
    vi.get(address)
    seconds = min(timed(vi, address) for _ in range(8))
    assert seconds < 0.05
    assert len(gzip.compress(vi.get(address).content, 5)) < 60_000


def timed(client: TestClient, address: str) -> float:
    """CPU time: what the server does, however busy the machine is with other things."""
    started = time.process_time()
    client.get(address)
    return time.process_time() - started


def test_what_the_browser_has_is_not_sent_again(vi: TestClient, job: Job, db: Database) -> None:
    tell_steps(db, job, falling(20))
    address = f"/jobs/{job.id}/figures/loss.json"
    first = vi.get(address)
    tag = {"if-none-match": first.headers["etag"]}
    again = vi.get(address, headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert vi.get(f"{address}?from=1&to=5", headers=tag).status_code == 200
    assert vi.get(address, headers=tag | {"accept-language": "ko"}).status_code == 200
    tell_step(db, job, 21, {"train_loss": 0.3})
    changed = vi.get(address, headers=tag)
    assert changed.status_code == 200
    assert trace(changed.json(), 0)[0].tolist()[-1] == 21


def test_a_resumed_job_says_steps_again(vi: TestClient, job: Job, db: Database) -> None:
    tell_steps(db, job, falling(20))
    figure_of(vi, job)
    with_new_ids = {15: {"train_loss": 7.0}, 16: {"train_loss": 8.0}}
    tell_steps(db, job, with_new_ids, prefix="again")
    steps, values = trace(figure_of(vi, job), 0)
    assert steps.tolist() == list(range(1, 21))
    assert values[14:17].tolist() == [7.0, 8.0, pytest.approx(0.5 + 1 / 17)]


def test_results_that_came_at_the_end_fill_the_gaps(vi: TestClient, job: Job, db: Database) -> None:
    tell_steps(db, job, {step: {"train_loss": 1.0} for step in (1, 3, 5)})
    figure_of(vi, job)
    filled = {step: {"train_loss": 1.0} for step in (2, 4)}
    tell_steps(db, job, filled, events=False)
    change(db, job, is_finished=True, is_read=True)
    assert trace(figure_of(vi, job), 0)[0].tolist() == [1, 2, 3, 4, 5]


def test_the_csv_has_every_point(vi: TestClient, job: Job, db: Database) -> None:
    tell_steps(db, job, {step: {"train_loss": step / 10} for step in range(1, 12)})
    tell_step(db, job, 10, {"valid_loss": 0.25, "=HYPERLINK(1)": -1.5})
    answer = vi.get(f"/jobs/{job.id}/metrics.csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["step", "'=HYPERLINK(1)", "train_loss", "valid_loss"]
    assert len(rows) == 12
    assert rows[1] == ["1", "", "0.1", ""]
    assert rows[10] == ["10", "-1.5", "1.0", "0.25"]
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]


def test_the_csv_of_a_long_job_is_whole(vi: TestClient, long_job: Job) -> None:
    lines = vi.get(f"/jobs/{long_job.id}/metrics.csv").text.splitlines()
    assert len(lines) == STEPS + 1
    assert lines[SPIKE].startswith(f"{SPIKE},99.0,")


def test_the_csv_of_nothing_is_a_header(vi: TestClient, job: Job) -> None:
    assert vi.get(f"/jobs/{job.id}/metrics.csv").text.splitlines() == ["step"]
    assert vi.get("/jobs/4711/metrics.csv").status_code == 404
