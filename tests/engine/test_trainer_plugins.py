"""Trainers as plug-ins: found by entry point, held to one suite, used by the engine."""

import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openai import BadRequestError, NotFoundError, OpenAI
from openai.types.fine_tuning import FineTuningJob

from app.core.config import PACKAGE_DIR
from app.engine.trainers.base import Base, Choices, Metrics
from app.engine.trainers.conformance import TrainerConformance
from app.engine.trainers.ngram.plugin import NgramPlugin
from app.engine.trainers.registry import (
    GROUP,
    TrainerMissing,
    collect_bases,
    get_bases,
    get_plugin,
)
from tests.engine.plugin.counting_trainer import CountingModel, CountingPlugin, CountingTrainer
from tests.engine.samples import ask, chat_row, finished, reviews, steps_of, upload
from tests.engine_fixture import EngineServer


class TestBuiltIn(TrainerConformance):
    plugin = NgramPlugin()


class TestCounting(TrainerConformance):
    plugin = CountingPlugin()


class Yields(CountingTrainer):
    """Breaks what the trainer yields."""

    def __init__(self, change: Callable[[int, Metrics], Metrics | None]) -> None:
        self._change = change

    def train(self, done: int) -> Iterator[Metrics]:
        for step, metrics in enumerate(super().train(done), done + 1):
            changed = self._change(step, metrics)
            if changed is not None:
                yield changed


class Littering(CountingTrainer):
    def save(self, path: Path) -> None:
        super().save(path)
        path.with_suffix(".backup").touch()


class Forgetful(CountingTrainer):
    def load(self, path: Path) -> None:  # noqa: ARG002
        self._heard = {}


class Doubtful(CountingModel):
    def next_token(self, answer: Any) -> Choices:
        choices = super().next_token(answer)
        return Choices(choices.tokens, choices.logprobs + np.float32(1))


class Broken(CountingPlugin):
    def __init__(self, trainer: Callable[[], CountingTrainer]) -> None:
        self._trainer = trainer

    def new_trainer(self, base: str) -> CountingTrainer:  # noqa: ARG002
        return self._trainer()


class OfDoubtfulModels(CountingPlugin):
    def load_model(self, base: str, path: Path | None) -> CountingModel:  # noqa: ARG002
        return Doubtful("so")


class OfNames(CountingPlugin):
    bases = (Base("My Model", 0),)


def skips(step: int, metrics: Metrics) -> Metrics | None:
    return None if step == 3 else metrics


def endless(step: int, metrics: Metrics) -> Metrics:
    return {**metrics, "train_loss": math.inf}


def unvalidated(step: int, metrics: Metrics) -> Metrics:
    return {"train_loss": metrics["train_loss"]}


def rising(step: int, metrics: Metrics) -> Metrics:
    return {**metrics, "train_loss": float(step)}


def conformance(plugin: CountingPlugin) -> TrainerConformance:
    suite: TrainerConformance = type("Suite", (TrainerConformance,), {"plugin": plugin})()
    return suite


@pytest.mark.parametrize(
    ("plugin", "test", "message"),
    [
        (
            Broken(lambda: Yields(skips)),
            "each_step_yields_finite_metrics",
            "once per step, 20 times",
        ),
        (
            Broken(lambda: Yields(endless)),
            "each_step_yields_finite_metrics",
            "train_loss.* not fini",
        ),
        (Broken(lambda: Yields(unvalidated)), "each_step_yields_finite_metrics", "full_valid_loss"),
        (Broken(lambda: Yields(rising)), "it_learns", "train_loss did not fall over 4 epochs"),
        (Broken(Forgetful), "resumed_it_goes_on_as_if_never_stopped", "resumed after step 1"),
        (Broken(Forgetful), "tuning_further_starts_from_what_was_learnt", "weights of `start`"),
        (Broken(Littering), "saving_replaces_one_file_and_leaves_nothing_else", "state.backup"),
        (OfDoubtfulModels(), "models_answer", "add up to 2.7"),
        (OfNames(), "bases_are_declared", "My Model: small letters"),
    ],
)
def test_what_is_broken_fails_the_suite_and_says_why(
    tmp_path: Path, plugin: CountingPlugin, test: str, message: str
) -> None:
    method = getattr(conformance(plugin), f"test_{test}")
    arguments = [tmp_path] if "tmp_path" in method.__annotations__ else []
    with pytest.raises(AssertionError, match=message):
        method(*arguments)


def test_the_built_in_trainer_is_always_there_and_registered_as_others_are() -> None:
    assert list(get_bases())[:2] == ["tiny-chat", "tiny-completion"]
    declared = (PACKAGE_DIR.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert f'[project.entry-points."{GROUP}"]\nngram = "{NgramPlugin.__module__}:' in declared


def test_the_documented_example_is_the_one_that_passes() -> None:
    checkout = PACKAGE_DIR.parent
    example = Path(__file__).parent / "plugin" / "counting_trainer.py"
    documented = (checkout / "docs" / "trainers.md").read_text(encoding="utf-8")
    assert example.read_text(encoding="utf-8").strip() in documented


def test_a_name_belongs_to_who_declares_it_first() -> None:
    first, second = CountingPlugin(), CountingPlugin()
    assert collect_bases({"a": first, "b": second})["counting"][1] is first


def test_an_unknown_base_is_named() -> None:
    with pytest.raises(TrainerMissing, match="trainer of the model nobody is not installed"):
        get_plugin("nobody")


ENTRY_POINTS = f"""[{GROUP}]
broken = no_such_module:Plugin
counting = counting_trainer:CountingPlugin
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder as a package installer leaves it: the module and where its entry points lead."""
    folder = tmp_path / "installed"
    metadata = folder / "counting_trainer-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: counting-trainer\nVersion: 1\n"
    )
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    shutil.copy(Path(__file__).parent / "plugin" / "counting_trainer.py", folder)
    return folder


def create(client: OpenAI) -> FineTuningJob:
    rows = [
        chat_row(text, "5" if number % 3 else "1") for number, (text, _) in enumerate(reviews(30))
    ]
    return client.fine_tuning.jobs.create(
        model="counting", training_file=upload(client, rows), suffix="mine"
    )


@pytest.mark.slow
def test_an_installed_trainer_works_like_the_built_in_one(tmp_path: Path, installed: Path) -> None:
    """Beside one that cannot be loaded, which harms nobody."""
    folder, environment = tmp_path / "engine", {"PYTHONPATH": str(installed)}
    with EngineServer(folder, environment=environment) as server, server.client() as client:
        assert {"counting", "tiny-chat"} <= {model.id for model in client.models.list()}
        job = finished(client, create(client))
        assert job.status == "succeeded"
        model = job.fine_tuned_model
        assert model is not None
        assert model.startswith("ft:counting:tuneboard:mine:")
        assert ask(client, model, "anything") == "5"
        assert ask(client, "counting", "anything") == "nothing yet"
        losses = [step["train_loss"] for step in steps_of(client, job)]
        assert losses[-1] < losses[0]
    with EngineServer(folder) as server, server.client() as client:  # it is no longer installed
        with pytest.raises(NotFoundError, match="trainer of the model counting is not installed"):
            ask(client, model, "anything")
        with pytest.raises(BadRequestError, match="not available for fine-tuning"):
            client.fine_tuning.jobs.create(model=model, training_file=job.training_file)
