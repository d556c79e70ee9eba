"""/v1/models"""

from typing import Any

from fastapi import APIRouter, Depends

from app.engine import model_store
from app.engine.deps import EngineModels, EngineStore, OnlyParameters
from app.engine.model_store import BASE_MODELS, BASE_OWNER, get_model
from app.engine.refusals import ApiError
from app.engine.wire import model_object

router = APIRouter(prefix="/models")


@router.get("", dependencies=[Depends(OnlyParameters())])
def list_models(store: EngineStore) -> dict[str, Any]:
    bases = [model_object(name, created, BASE_OWNER) for name, created in BASE_MODELS.items()]
    tuned = [model_object(row["id"], row["created_at"]) for row in model_store.list_models(store)]
    return {"object": "list", "data": bases + tuned}


@router.get("/{model:path}")
def retrieve_model(model: str, store: EngineStore) -> dict[str, Any]:
    if model in BASE_MODELS:
        return model_object(model, BASE_MODELS[model], BASE_OWNER)
    row = get_model(store, model)
    return model_object(row["id"], row["created_at"])


@router.delete("/{model:path}")
def delete_model(model: str, store: EngineStore, models: EngineModels) -> dict[str, Any]:
    if model in BASE_MODELS:
        raise ApiError(403, f"The base model '{model}' cannot be deleted.", param="model")
    weights = model_store.delete_model(store, model)
    models.forget(weights)
    return {"id": model, "object": "model", "deleted": True}
