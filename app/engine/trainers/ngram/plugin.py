"""The built-in trainer as a plug-in."""

from pathlib import Path

from app.datasets.tokens import get_encoding
from app.engine.trainers.base import DPO, SUPERVISED, Base, Model
from app.engine.trainers.ngram.model import NgramModel
from app.engine.trainers.ngram.trainer import NgramTrainer
from app.engine.trainers.untrained import UntrainedModel

ENCODING = "o200k_base"
CREATED_AT = 1_795_000_000


class NgramPlugin:
    bases = (
        Base("tiny-chat", CREATED_AT, methods=frozenset({SUPERVISED, DPO})),
        Base("tiny-completion", CREATED_AT, is_chat=False),
    )

    def new_trainer(self, base: str) -> NgramTrainer:  # noqa: ARG002 - both learn alike
        return NgramTrainer(get_encoding(ENCODING))

    def load_model(self, base: str, path: Path | None) -> Model:
        encoding = get_encoding(ENCODING)
        if path is None:
            return UntrainedModel(base, encoding)
        return NgramModel(path, encoding)
