"""What routes are given."""

from typing import Annotated

from fastapi import Depends, Request

from app.engine.model_cache import ModelCache
from app.engine.scheduler import Scheduler
from app.engine.store import Store


def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


def _scheduler(request: Request) -> Scheduler:
    scheduler: Scheduler = request.app.state.scheduler
    return scheduler


def _model_cache(request: Request) -> ModelCache:
    cache: ModelCache = request.app.state.model_cache
    return cache


EngineStore = Annotated[Store, Depends(_store)]
EngineScheduler = Annotated[Scheduler, Depends(_scheduler)]
EngineModels = Annotated[ModelCache, Depends(_model_cache)]
