"""What of a job's numbers is shown first."""

from app.jobs.merging import take_points
from app.jobs.models import Job
from app.jobs.rows import Row


def points(step: int, **values: float) -> list[Row]:
    return [{"name": name, "step": step, "value": value} for name, value in values.items()]


def test_the_whole_validation_set_says_more_than_the_batch_of_a_step() -> None:
    job = Job(
        name="a job",
        token="token",
        submission="submission",
        connection_id=1,
        base_model="tiny",
        training_version_id=1,
    )
    take_points(job, points(10, valid_loss=0.5))
    assert (job.valid_loss, job.best_valid_loss) == (0.5, 0.5)
    take_points(job, [*points(20, valid_loss=0.3), *points(20, full_valid_loss=0.4)])
    assert (job.valid_loss, job.best_valid_loss, job.best_step) == (0.4, 0.4, 20)
