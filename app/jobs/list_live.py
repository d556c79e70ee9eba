"""The list's stream: a row is sent again when what it shows has changed."""

from collections.abc import Hashable

from starlette.requests import Request

from app.core.db import Database
from app.jobs.choices import number_in
from app.jobs.listing import PAGE_ROWS, JobRow, list_rows
from app.web.figures import sparkline_points
from app.web.live import Look, Looker, Message
from app.web.render import render


def follow_rows(request: Request, db: Database) -> Looker:
    """Follows the jobs named in the address until all have ended.

    What was sent is forgotten with the stream: a row sent again is harmless.
    """
    named = request.query_params.getlist("job")[:PAGE_ROWS]
    wanted = [number for each in named if (number := number_in(each)) is not None]
    shown: dict[int, Hashable] = {}

    def look(_last_id: str) -> Look:
        with db.read() as session:
            rows = list_rows(session, wanted)
        news = [row for row in rows if shown.get(row.job.id or 0) != _face(row)]
        shown.update({row.job.id or 0: _face(row) for row in news})
        messages = [_message(request, row) for row in news]
        return Look(messages, done=all(row.job.is_finished for row in rows))

    return look


def _message(request: Request, row: JobRow) -> Message:
    page = render(request, "jobs/live.partials.html", row=row, job=row.job, points=sparkline_points)
    return Message(bytes(page.body).decode())


def _face(row: JobRow) -> Hashable:
    """What a reader can see of a row, but for the time that goes by."""
    job = row.job
    return (
        job.name, job.remote_id, job.status, job.creation, job.cancel_requested_at, job.last_step,
        job.total_steps, job.train_loss, job.valid_loss, job.trained_tokens, job.sync_error,
        len(job.curve),
    )  # fmt: skip
