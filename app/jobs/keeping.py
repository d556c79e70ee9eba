"""Writes down what was read about jobs: events and points first, in small transactions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, select

from app.core.db import Database
from app.jobs.curves import CurveStore, curves_of, stamp_of
from app.jobs.merging import forget_problem, take_events, take_points, take_snapshot
from app.jobs.metrics import CURVE_NAMES, shorten
from app.jobs.models import Job, JobFile, MetricSource
from app.jobs.pacing import next_pause
from app.jobs.reading import News
from app.jobs.rows import (
    Row,
    checkpoint_row,
    chunks,
    event_points,
    event_rows,
    fill_points,
    keep_checkpoints,
    keep_events,
    keep_points,
    points_of,
)

LARGE = 500
NamedCurve = tuple[str, list[float]]


def keep_news(db: Database, batch: Sequence[News], at: datetime, shortest: float) -> None:
    """Ends with the rows of the jobs, so that a crash in between only repeats the reading.

    Curves are drawn before, while nobody is kept from writing: a job may have 100,000 steps.
    """
    for news in filter(_is_large, batch):
        _keep_in_parts(db, news, at)
    small = [news for news in batch if _has_rows(news) and not _is_large(news)]
    if small:
        with db.write() as session:
            for news in small:
                _keep_rows(session, news, at)
    curves = {news.job_id: _draw_curve(db, news) for news in batch if _has_rows(news)}
    with db.write() as session:
        for news in batch:
            _keep(session, news, at, shortest, curves.get(news.job_id))


def _has_rows(news: News) -> bool:
    return bool(news.events or news.results or news.checkpoints)


def _keep_rows(session: Session, news: News, at: datetime) -> None:
    keep_events(session, event_rows(news.job_id, news.events, at))
    keep_points(session, event_points(news.job_id, news.events))
    fill_points(session, _other_points(news))


def _is_large(news: News) -> bool:
    return len(news.events) + sum(len(result.metrics) for result in news.results) > LARGE


def _keep_in_parts(db: Database, news: News, at: datetime) -> None:
    for rows in chunks(event_rows(news.job_id, news.events, at)):
        with db.write() as session:
            keep_events(session, rows)
    for rows in chunks(event_points(news.job_id, news.events)):
        with db.write() as session:
            keep_points(session, rows)
    for rows in chunks(_other_points(news)):
        with db.write() as session:
            fill_points(session, rows)


def _keep(
    session: Session, news: News, at: datetime, shortest: float, curve: NamedCurve | None
) -> None:
    job = session.get(Job, news.job_id)
    if job is None:
        return
    keep_checkpoints(session, [checkpoint_row(news.job_id, each) for each in news.checkpoints])
    _keep_files(session, news)
    take_snapshot(job, news.snapshot, at)
    take_points(job, _other_points(news))
    take_events(job, news.events, event_points(news.job_id, news.events))
    if curve is not None:
        job.curve_name, job.curve = curve
    _note_success(job, news, at, shortest)


def _note_success(job: Job, news: News, at: datetime, shortest: float) -> None:
    job.event_marker = news.marker[:200] if news.marker else None
    watched = job.watched_until is not None and job.watched_until > at
    job.sync_seconds = next_pause(
        job.sync_seconds, moved=news.moved, watched=watched, shortest=shortest
    )
    job.next_sync_at = at + timedelta(seconds=job.sync_seconds)
    job.last_synced_at, job.failure_count = at, 0
    job.is_read = news.is_last
    if news.cancel_asked:
        job.cancel_requested_at = None
    forget_problem(job)


def _other_points(news: News) -> list[Row]:
    """Points of result files, then those of checkpoints."""
    results = [
        point
        for result in news.results
        for row in result.metrics
        for point in points_of(news.job_id, row.step, row.metrics, MetricSource.RESULT)
    ]
    checkpoints = [
        point
        for each in news.checkpoints
        for point in points_of(news.job_id, each.step, each.metrics, MetricSource.CHECKPOINT)
    ]
    return results + checkpoints


def _keep_files(session: Session, news: News) -> None:
    there = set(session.exec(select(JobFile.remote_id).where(JobFile.job_id == news.job_id)))
    for result in news.results:
        if result.remote_id not in there:
            session.add(
                JobFile(
                    job_id=news.job_id,
                    remote_id=result.remote_id[:200],
                    sha256=result.blob.sha256,
                    size=result.blob.size,
                )
            )


def _draw_curve(db: Database, news: News) -> NamedCurve | None:
    """The loss in few numbers. Events only add to what is in memory; other sources fill gaps."""
    store = CurveStore() if news.results or news.checkpoints else curves_of(db)
    with db.read() as session:
        job = session.get(Job, news.job_id)
        if job is None:
            return None
        stamp = stamp_of(session, job)
        for name in CURVE_NAMES:
            series = store.read(session, news.job_id, stamp, [name])[name]
            if len(series):
                return name, shorten(series.values.tolist())
    return None
