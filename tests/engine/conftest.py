"""A shared engine, slow and fast, and rows to train it on."""

from collections.abc import Iterator

import pytest
from openai import OpenAI

from tests.engine_fixture import EngineServer


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineServer]:
    with EngineServer(tmp_path_factory.mktemp("engine"), slots=2) as server:
        yield server


@pytest.fixture(scope="session")
def slow_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineServer]:
    """Slow enough to step in."""
    with EngineServer(tmp_path_factory.mktemp("slow"), step_seconds=0.05) as server:
        yield server


@pytest.fixture
def client(engine: EngineServer) -> Iterator[OpenAI]:
    with engine.client() as client:
        yield client


@pytest.fixture
def slow_client(slow_engine: EngineServer) -> Iterator[OpenAI]:
    """Not strict: the SDK's types do not know `paused`."""
    with slow_engine.client(strict=False) as client:
        yield client
