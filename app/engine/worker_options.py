"""What the engine tells its worker processes."""

import json
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """slots is how many jobs learn at a time, step_seconds a pause after each step, token_quota
    the billable tokens all jobs of a store may use together."""

    slots: int = 1
    step_seconds: float = 0.0
    token_quota: int | None = None

    def to_argument(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_argument(cls, text: str) -> Self:
        return cls(**json.loads(text))
