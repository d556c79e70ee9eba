"""What routes are given."""

from typing import Annotated

from fastapi import Depends, Request

from app.engine.model_cache import ModelCache
from app.engine.refusals import bad_request
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


class OnlyParameters:
    """A list takes the parameters documented for it and no others."""

    def __init__(self, *names: str, prefix: str | None = None) -> None:
        self._names = names
        self._prefix = prefix

    def __call__(self, request: Request) -> None:
        for name in request.query_params:
            if name not in self._names and not (self._prefix and name.startswith(self._prefix)):
                message = f"Unknown parameter: '{name}'."
                raise bad_request(message, param=name, code="unknown_parameter")


EngineStore = Annotated[Store, Depends(_store)]
EngineScheduler = Annotated[Scheduler, Depends(_scheduler)]
EngineModels = Annotated[ModelCache, Depends(_model_cache)]
