"""Rows of the store in OpenAI's shapes."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from app.engine.ids import ORGANIZATION_ID, ORGANIZATION_SLUG

Json = dict[str, Any]


def list_object(
    data: Sequence[Json], has_more: bool, *, with_ends: bool = False, no_id: str | None = None
) -> Json:
    """no_id stands for the ids of an empty page: null, but the list of files must have strings."""
    ends = {
        "first_id": data[0]["id"] if data else no_id,
        "last_id": data[-1]["id"] if data else no_id,
    }
    return {"object": "list", "data": data, **(ends if with_ends else {}), "has_more": has_more}


def file_object(row: sqlite3.Row) -> Json:
    return {
        "object": "file",
        "id": row["id"],
        "purpose": row["purpose"],
        "filename": row["filename"],
        "bytes": row["bytes"],
        "created_at": row["created_at"],
        **({"expires_at": row["expires_at"]} if row["expires_at"] else {}),
        "status": "processed",
    }


def upload_object(row: sqlite3.Row, status: str, file: sqlite3.Row | None = None) -> Json:
    return {
        "object": "upload",
        "id": row["id"],
        "created_at": row["created_at"],
        "filename": row["filename"],
        "bytes": row["bytes"],
        "purpose": row["purpose"],
        "status": status,
        "expires_at": row["expires_at"],
        **({"file": file_object(file)} if file else {}),
    }


def part_object(row: sqlite3.Row) -> Json:
    kept = {name: row[name] for name in ("id", "created_at", "upload_id")}
    return {"object": "upload.part", **kept}


def permission_object(row: sqlite3.Row) -> Json:
    kept = {name: row[name] for name in ("id", "created_at", "project_id")}
    return {"object": "checkpoint.permission", **kept}


def job_object(row: sqlite3.Row) -> Json:
    method = json.loads(row["method"])
    supervised = method.get("supervised", {})
    return {
        "object": "fine_tuning.job",
        "id": row["id"],
        "model": row["model"],
        "created_at": row["created_at"],
        "finished_at": row["finished_at"],
        "estimated_finish": row["estimated_finish"],
        "fine_tuned_model": row["fine_tuned_model"],
        "organization_id": ORGANIZATION_ID,
        "result_files": [row["result_file"]] if row["result_file"] else [],
        "status": row["status"],
        "training_file": row["training_file"],
        "validation_file": row["validation_file"],
        "hyperparameters": supervised.get("hyperparameters", {}),
        "method": method,
        "trained_tokens": row["trained_tokens"],
        "error": json.loads(row["error"]) if row["error"] else None,
        "user_provided_suffix": row["suffix"],
        "seed": row["seed"],
        "integrations": json.loads(row["integrations"]),
        "metadata": json.loads(row["metadata"]) if row["metadata"] else None,
    }


def event_object(row: sqlite3.Row) -> Json:
    return {
        "object": "fine_tuning.job.event",
        "id": row["id"],
        "created_at": row["created_at"],
        "level": row["level"],
        "message": row["message"],
        "type": row["type"],
        "data": json.loads(row["data"]) if row["data"] else {},
    }


def checkpoint_object(row: sqlite3.Row) -> Json:
    return {
        "object": "fine_tuning.job.checkpoint",
        "id": row["id"],
        "created_at": row["created_at"],
        "fine_tuned_model_checkpoint": row["model"],
        "fine_tuning_job_id": row["job_id"],
        "metrics": json.loads(row["metrics"]),
        "step_number": row["step"],
    }


def model_object(name: str, created_at: int, owner: str = ORGANIZATION_SLUG) -> Json:
    return {
        "id": name,
        "object": "model",
        "created": created_at,
        "owned_by": owner,
        "shutdown_date": None,
    }
