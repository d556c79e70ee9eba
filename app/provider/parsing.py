"""A provider's JSON as our types. Nothing here raises: what is missing or odd becomes None."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from app.provider.lenient import (
    as_count,
    as_date,
    as_mapping,
    as_number,
    as_rows,
    as_text,
    as_texts,
    as_time,
    numbers_in,
)
from app.provider.profiles import Profile
from app.provider.types import (
    CheckpointSnapshot,
    EventSnapshot,
    FileState,
    JobError,
    JobSnapshot,
    JobStatus,
    ModelInfo,
    Page,
    Raw,
    RemoteFileInfo,
    Setting,
    T,
)

STATUS_WORDS = {
    "validating_files": JobStatus.VALIDATING,
    "queued": JobStatus.QUEUED,
    "running": JobStatus.RUNNING,
    "paused": JobStatus.PAUSED,
    "succeeded": JobStatus.SUCCEEDED,
    "failed": JobStatus.FAILED,
    "cancelled": JobStatus.CANCELLED,
}
BROKEN_FILE_WORDS = {"error", "failed", "deleted", "expired", "cancelled"}
READY_FILE_WORDS = {"processed", "completed", "succeeded"}

STEP = re.compile(r"\bstep (\d{1,15})(?:\s*/\s*(\d{1,15}))?", re.IGNORECASE)
METRIC_IN_MESSAGE = re.compile(r"([a-z][a-z ]*)=\s*([-+]?[\d.]+(?:e[-+]?\d+)?)", re.IGNORECASE)
STEP_KEYS = {"step", "total_steps"}


def parse_page(answer: object, parse: Callable[[Raw], T]) -> Page[T]:
    """A list answer; a bare array counts as its only page."""
    body = as_mapping(answer)
    rows = as_rows(body.get("data") if body else answer)
    has_more = body.get("has_more")
    return Page(tuple(map(parse, rows)), has_more if isinstance(has_more, bool) else None)


def parse_job(raw: Raw, profile: Profile) -> JobSnapshot:
    word = as_text(raw.get("status")) or ""
    method = as_mapping(raw.get("method"))
    return JobSnapshot(
        remote_id=as_text(raw.get("id")) or "",
        status=status_of(word, profile),
        raw_status=word,
        model=as_text(raw.get("model")),
        fine_tuned_model=as_text(raw.get("fine_tuned_model")),
        method=as_text(method.get("type")),
        hyperparameters=_hyperparameters(raw, method),
        training_file=as_text(raw.get("training_file")),
        validation_file=as_text(raw.get("validation_file")),
        result_files=as_texts(raw.get("result_files")),
        error=_job_error(raw.get("error")),
        created_at=as_time(raw.get("created_at")),
        finished_at=as_time(raw.get("finished_at")),
        estimated_finish_at=as_time(raw.get("estimated_finish")),
        trained_tokens=as_count(raw.get("trained_tokens")),
        trained_steps=as_count(raw.get("trained_steps")),
        total_steps=as_count(raw.get("total_steps")),
        seed=as_count(raw.get("seed")),
        suffix=as_text(raw.get("suffix")) or as_text(raw.get("user_provided_suffix")),
        organization=as_text(raw.get("organization_id")),
        metadata=_texts_of(raw.get("metadata")),
        raw=raw,
    )


def status_of(word: str, profile: Profile) -> JobStatus:
    known = {**STATUS_WORDS, **profile.status_words}
    return known.get(word.lower(), JobStatus.UNKNOWN)


def _hyperparameters(raw: Raw, method: Mapping[str, Any]) -> dict[str, Setting]:
    """Those of the method, else the old top-level ones; a negative number means `auto`."""
    of_method = as_mapping(as_mapping(method.get(str(method.get("type")))).get("hyperparameters"))
    found = {**as_mapping(raw.get("hyperparameters")), **of_method}
    settings = {name: _setting(value) for name, value in found.items()}
    return {name: setting for name, setting in settings.items() if setting is not None}


def _setting(value: object) -> Setting | None:
    if isinstance(value, str):
        return value
    number = as_number(value)
    if number is None:
        return None
    if number < 0:
        return "auto"
    return int(number) if number.is_integer() and number < 2**53 else number


def _job_error(value: object) -> JobError | None:
    """None unless something is said: providers send `{}` and all-null errors when all is well."""
    if isinstance(value, str):
        return JobError(None, value.strip(), None) if value.strip() else None
    error = as_mapping(value)
    code, message = as_text(error.get("code")), as_text(error.get("message"))
    if code is None and message is None:
        return None
    return JobError(code, message or code or "", as_text(error.get("param")))


def _texts_of(value: object) -> dict[str, str]:
    pairs = ((key, as_text(item)) for key, item in as_mapping(value).items())
    return {key: text for key, text in pairs if text is not None}


def parse_event(raw: Raw) -> EventSnapshot:
    data = as_mapping(raw.get("data"))
    message = as_text(raw.get("message")) or ""
    step, total = _steps(data, message)
    return EventSnapshot(
        remote_id=as_text(raw.get("id")) or _fingerprint(raw),
        created_at=as_time(raw.get("created_at")),
        level=as_text(raw.get("level")) or "info",
        type=as_text(raw.get("type")),
        message=message,
        step=step,
        total_steps=total,
        metrics=_metrics(data, message) if step is not None else {},
        raw=raw,
    )


def _steps(data: Raw, message: str) -> tuple[int | None, int | None]:
    said = STEP.search(message)
    step, total = as_count(data.get("step")), as_count(data.get("total_steps"))
    if said and step is None:
        step = as_count(said[1])
    if said and total is None:
        total = as_count(said[2])
    return step, total


def _metrics(data: Raw, message: str) -> dict[str, float]:
    """Numbers of the data; where there are none, those written in the message."""
    return metrics_of(data) or {
        _metric_name(words): number
        for words, digits in METRIC_IN_MESSAGE.findall(message)
        if (number := as_number(digits)) is not None
    }


def _metric_name(words: str) -> str:
    """`full validation loss` as the data calls it: `full_valid_loss`."""
    name = words.strip().lower().replace("validation", "valid").replace("training", "train")
    return name.replace(" ", "_")


def metrics_of(data: Raw) -> dict[str, float]:
    return {name: number for name, number in numbers_in(data) if name not in STEP_KEYS}


def _fingerprint(raw: Raw) -> str:
    """A stable id for an object that came without one."""
    text = json.dumps(raw, sort_keys=True, default=str)
    return f"unnamed-{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def parse_checkpoint(raw: Raw) -> CheckpointSnapshot:
    metrics = as_mapping(raw.get("metrics"))
    step = as_count(raw.get("step_number"))
    return CheckpointSnapshot(
        remote_id=as_text(raw.get("id")) or _fingerprint(raw),
        model=as_text(raw.get("fine_tuned_model_checkpoint")),
        step=step if step is not None else as_count(metrics.get("step")),
        created_at=as_time(raw.get("created_at")),
        metrics=metrics_of(metrics),
        result_files=as_texts(raw.get("result_files")),
        raw=raw,
    )


def parse_file(raw: Raw, profile: Profile) -> RemoteFileInfo:
    return RemoteFileInfo(
        remote_id=as_text(raw.get("id")) or "",
        filename=as_text(raw.get("filename")) or "",
        size=as_count(raw.get("bytes")),
        purpose=as_text(raw.get("purpose")),
        state=_file_state(as_text(raw.get("status")), profile),
        detail=as_text(raw.get("status_details")),
        created_at=as_time(raw.get("created_at")),
        raw=raw,
    )


def _file_state(word: str | None, profile: Profile) -> FileState:
    """A provider that says nothing about its files has nothing to wait for."""
    if word and word.lower() in BROKEN_FILE_WORDS:
        return FileState.BROKEN
    if profile.waits_for_files and word and word.lower() not in READY_FILE_WORDS:
        return FileState.PENDING
    return FileState.READY


def parse_model(raw: Raw) -> ModelInfo:
    return ModelInfo(
        id=as_text(raw.get("id")) or "",
        owned_by=as_text(raw.get("owned_by")),
        created_at=as_time(raw.get("created")),
        shutdown_date=as_date(raw.get("shutdown_date")),
        raw=raw,
    )
