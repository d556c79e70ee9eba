"""`auto` becomes numbers once the rows are counted."""

from typing import Any

from app.engine.trainers.base import Plan

TARGET_EPOCHS = 3
MIN_EXAMPLES_SEEN = 100
MAX_EXAMPLES_SEEN = 25_000
MAX_EPOCHS = 25
EXAMPLES_PER_BATCH_ROW = 80
MAX_BATCH = 32
BETA = 0.5


def resolve(method: dict[str, Any], example_count: int) -> dict[str, Any]:
    """The method with a number in every place that said auto."""
    kind = method["type"]
    auto = {
        "n_epochs": auto_epochs(example_count),
        "batch_size": max(1, min(MAX_BATCH, round(example_count / EXAMPLES_PER_BATCH_ROW))),
        "learning_rate_multiplier": 1.0,
        "beta": BETA,
    }
    chosen = {
        name: auto[name] if value == "auto" else value
        for name, value in method[kind]["hyperparameters"].items()
    }
    return {"type": kind, kind: {"hyperparameters": chosen}}


def auto_epochs(example_count: int) -> int:
    """The cookbook's rule: three, more for few examples, fewer for very many."""
    if example_count * TARGET_EPOCHS < MIN_EXAMPLES_SEEN:
        return min(MAX_EPOCHS, max(1, MIN_EXAMPLES_SEEN // example_count))
    if example_count * TARGET_EPOCHS > MAX_EXAMPLES_SEEN:
        return max(1, MAX_EXAMPLES_SEEN // example_count)
    return TARGET_EPOCHS


def plan_of(method: dict[str, Any], seed: int, example_count: int) -> Plan:
    chosen = method[method["type"]]["hyperparameters"]
    return Plan(
        n_epochs=chosen["n_epochs"],
        batch_size=chosen["batch_size"],
        learning_rate_multiplier=chosen["learning_rate_multiplier"],
        seed=seed,
        example_count=example_count,
        method=method["type"],
        beta=chosen.get("beta", BETA),
    )
