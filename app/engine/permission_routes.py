"""/v1/fine_tuning/checkpoints/{model}/permissions"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from app.engine import permission_store
from app.engine.deps import EngineStore, OnlyParameters
from app.engine.model_store import get_model
from app.engine.paging import MAX_LIMIT, page
from app.engine.requests import CreatePermissions
from app.engine.wire import list_object, permission_object

router = APIRouter(prefix="/fine_tuning/checkpoints/{model}/permissions")
PARAMETERS = OnlyParameters("project_id", "after", "limit", "order")


@router.get("", dependencies=[Depends(PARAMETERS)])
def list_permissions(
    model: str,
    store: EngineStore,
    project_id: str | None = None,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 10,
    order: Literal["ascending", "descending"] = "descending",
) -> dict[str, Any]:
    where: list[tuple[str, tuple[object, ...]]] = [("model = ?", (get_model(store, model)["id"],))]
    where += [("project_id = ?", (project_id,))] if project_id is not None else []
    up, reader = order == "ascending", store.read()
    rows, more = page(reader, "permissions", where=where, after=after, limit=limit, ascending=up)
    return list_object([permission_object(row) for row in rows], more, with_ends=True)


@router.post("")
def create_permissions(model: str, data: CreatePermissions, store: EngineStore) -> dict[str, Any]:
    rows = permission_store.create_permissions(store, model, data.project_ids)
    return list_object([permission_object(row) for row in rows], False, with_ends=True)


@router.delete("/{permission_id}")
def delete_permission(model: str, permission_id: str, store: EngineStore) -> dict[str, Any]:
    permission_store.delete_permission(store, model, permission_id)
    return {"id": permission_id, "object": "checkpoint.permission", "deleted": True}
