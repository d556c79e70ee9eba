"""Metrics of a job as curves: whole where short, else the least and greatest of each bucket."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlmodel import Session, col

from app.jobs.models import MetricPoint

MOST_POINTS = 2000
CURVE_POINTS = 80
# What the small curve of the list shows, the first that there is.
CURVE_NAMES = ("valid_loss", "full_valid_loss", "train_loss")
# Measured over the whole validation set it says more than over the batch of a step.
VALID_NAMES = ("full_valid_loss", "valid_loss")
ACCURACY_NAMES = (
    "full_valid_mean_token_accuracy",
    "valid_mean_token_accuracy",
    "train_mean_token_accuracy",
)


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of one metric by step; `count` is how many there are in all."""

    name: str
    steps: Sequence[int]
    values: Sequence[float]
    count: int


def list_metric_names(session: Session, job_id: int) -> list[str]:
    """Every metric of a job: jumps from name to name instead of reading every point."""
    least = select(func.min(MetricPoint.name).label("name")).where(
        col(MetricPoint.job_id) == job_id
    )
    names = least.cte("names", recursive=True)
    following = least.where(col(MetricPoint.name) > names.c.name).scalar_subquery()
    names = names.union_all(select(following).where(names.c.name.is_not(None)))
    return list(session.execute(select(names.c.name).where(names.c.name.is_not(None))).scalars())


def list_metrics(
    session: Session,
    job_id: int,
    names: Iterable[str],
    *,
    first_step: int | None = None,
    last_step: int | None = None,
    max_points: int = MOST_POINTS,
) -> dict[str, Curve]:
    """A curve per name that has points in the range of steps."""
    curves = {}
    for name in names:
        conditions = _conditions(job_id, name, first_step, last_step)
        curve = _curve(session, name, conditions, max_points)
        if curve.count:
            curves[name] = curve
    return curves


def shorten(values: Sequence[float], most: int = CURVE_POINTS) -> list[float]:
    """At most `most` numbers that keep every bucket's least and greatest, in their order."""
    if len(values) <= most:
        return list(values)
    buckets = most // 2
    edges = [len(values) * part // buckets for part in range(buckets + 1)]
    return [value for first, last in pairwise(edges) for value in _extremes(values[first:last])]


def first_of(metrics: Mapping[str, Any], names: Iterable[str]) -> str | None:
    return next((name for name in names if name in metrics), None)


def _extremes(values: Sequence[float]) -> tuple[float, float]:
    least, greatest = min(values), max(values)
    return (least, greatest) if values.index(least) < values.index(greatest) else (greatest, least)


def _conditions(
    job_id: int, name: str, first_step: int | None, last_step: int | None
) -> list[ColumnElement[bool]]:
    conditions = [col(MetricPoint.job_id) == job_id, col(MetricPoint.name) == name]
    if first_step is not None:
        conditions.append(col(MetricPoint.step) >= first_step)
    if last_step is not None:
        conditions.append(col(MetricPoint.step) <= last_step)
    return conditions


def _curve(
    session: Session, name: str, conditions: list[ColumnElement[bool]], max_points: int
) -> Curve:
    step = col(MetricPoint.step)
    span = select(func.count(), func.min(step), func.max(step)).where(*conditions)
    count, least, greatest = session.execute(span).one()
    if count <= max_points:
        query = select(step, col(MetricPoint.value)).where(*conditions).order_by(step)
    else:
        query = _bucketed(conditions, least, greatest, max(1, max_points // 2))
    rows = session.execute(query).all()
    return Curve(name, [row[0] for row in rows], [row[1] for row in rows], count)


def _bucketed(
    conditions: list[ColumnElement[bool]], least: int, greatest: int, buckets: int
) -> Any:
    """The points that are the least or the greatest of their bucket of steps."""
    step, value = col(MetricPoint.step), col(MetricPoint.value)
    width = (greatest - least) // buckets + 1
    bucket = (step - literal(least)) // literal(width)
    bounds = (
        select(
            bucket.label("bucket"),
            func.min(value).label("least"),
            func.max(value).label("greatest"),
        )
        .where(*conditions)
        .group_by(bucket)
        .subquery()
    )
    first = func.min(step).label("first_step")
    return (
        select(first, value)
        .join(bounds, bucket == bounds.c.bucket)
        .where(*conditions, or_(value == bounds.c.least, value == bounds.c.greatest))
        .group_by(bounds.c.bucket, value)
        .order_by(first)
    )
