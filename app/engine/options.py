"""How an engine is started."""

from dataclasses import dataclass, field

from app.engine.chaos import ChaosPlan
from app.engine.webhooks import Webhook
from app.engine.worker_options import WorkerOptions

REQUESTS_PER_MINUTE = 30_000


@dataclass(frozen=True, slots=True)
class EngineOptions:
    workers: WorkerOptions = field(default_factory=WorkerOptions)
    requests_per_minute: int = REQUESTS_PER_MINUTE
    webhook: Webhook | None = None
    chaos: ChaosPlan | None = None
