"""A learner's weights as a file: everything needed to go on, or to answer."""

import os
from pathlib import Path

import numpy as np

from app.engine.trainers.ngram.lookup import Lookup
from app.engine.trainers.ngram.network import Weights


def save_state(path: Path, lookup: Lookup, weights: Weights) -> None:
    partial = path.with_suffix(".partial")
    with partial.open("wb") as stream:
        np.savez(
            stream,
            tokens=lookup.tokens,
            buckets=lookup.buckets,
            rows=weights.rows,
            codes=weights.codes,
            row_sums=weights.row_sums,
            code_sums=weights.code_sums,
        )
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)


def load_state(path: Path) -> tuple[Lookup, Weights]:
    with np.load(path, allow_pickle=False) as arrays:
        lookup = Lookup.of(arrays["tokens"], arrays["buckets"])
        weights = Weights(arrays["rows"], arrays["codes"], arrays["row_sums"], arrays["code_sums"])
    return lookup, weights
