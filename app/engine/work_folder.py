"""What a job keeps on disk while it learns: its files, one state, the last checkpoints."""

import re
import shutil
import time
from pathlib import Path

CHECKPOINTS_KEPT = 3
STEP = re.compile(r"(state|checkpoint)-(\d+)\.weights")


class WorkFolder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.training_file = path / "training.jsonl"
        self.validation_file = path / "validation.jsonl"
        self.first_weights = path / "first.weights"
        self._saved_at = time.monotonic()

    def state(self, step: int) -> Path:
        """Where to save the state after this step; the one before it goes."""
        self._saved_at = time.monotonic()
        for old in self._saved("state")[:-1]:
            old[1].unlink()
        return self.path / f"state-{step:09}.weights"

    def checkpoint(self, step: int) -> Path:
        for old in self._saved("checkpoint")[: 1 - CHECKPOINTS_KEPT]:
            old[1].unlink()
        return self.path / f"checkpoint-{step:09}.weights"

    def last_state(self) -> tuple[int, Path] | None:
        """A checkpoint is as good to go on from as a state."""
        saved = self._saved("state") + self._saved("checkpoint")
        return max(saved, default=None)

    def checkpoints(self) -> list[tuple[int, Path]]:
        return self._saved("checkpoint")

    def seconds_since_save(self) -> float:
        return time.monotonic() - self._saved_at

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def _saved(self, kind: str) -> list[tuple[int, Path]]:
        found = (STEP.fullmatch(path.name) for path in self.path.iterdir())
        return sorted(
            (int(name[2]), self.path / name[0]) for name in found if name and name[1] == kind
        )
