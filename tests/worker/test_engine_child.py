"""The embedded engine comes up, comes back, and never outlives us."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from app.engine_child import EngineChild
from tests.conftest import make_settings


class Arrivals:
    """Keeps each address and key the child reports."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self._news = threading.Condition()

    def __call__(self, base_url: str, api_key: str) -> None:
        with self._news:
            self.seen.append((base_url, api_key))
            self._news.notify_all()

    def wait_for(self, count: int) -> tuple[str, str]:
        with self._news:
            assert self._news.wait_for(lambda: len(self.seen) >= count, timeout=40)
        return self.seen[-1]


@pytest.fixture
def arrivals() -> Arrivals:
    return Arrivals()


@pytest.fixture
def child(tmp_path: Path, arrivals: Arrivals) -> Iterator[EngineChild]:
    child = EngineChild(make_settings(tmp_path), arrivals)
    child.start()
    yield child
    child.stop()


def models_of(base_url: str, key: str) -> list[str]:
    answer = httpx2.get(f"{base_url}/models", headers={"authorization": f"Bearer {key}"})
    return [model["id"] for model in answer.json()["data"]]


@pytest.mark.slow
def test_it_comes_up_and_comes_back_after_a_kill(child: EngineChild, arrivals: Arrivals) -> None:
    first = arrivals.wait_for(1)
    assert "tiny-chat" in models_of(*first)
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
    second = arrivals.wait_for(2)
    assert second[1] == first[1]
    assert "tiny-chat" in models_of(*second)


@pytest.mark.slow
def test_a_second_server_leaves_the_first_alone_and_takes_over(
    child: EngineChild, arrivals: Arrivals, tmp_path: Path
) -> None:
    first = arrivals.wait_for(1)
    later = Arrivals()
    second = EngineChild(make_settings(tmp_path), later)
    second.start()
    try:
        time.sleep(2)
        assert later.seen in ([], [first])
        assert (tmp_path / "engine" / "address").read_text(encoding="utf-8").strip() == first[0]
        assert "tiny-chat" in models_of(*first)
        child.stop()
        assert eventually(lambda: any(pair != first for pair in later.seen), 60)
        assert "tiny-chat" in models_of(*later.seen[-1])
    finally:
        second.stop()


@pytest.mark.slow
def test_it_is_said_again_until_it_is_heard(tmp_path: Path, arrivals: Arrivals) -> None:
    deaf = iter([OSError("The database is locked."), None])

    def hear(base_url: str, api_key: str) -> None:
        if (trouble := next(deaf)) is not None:
            raise trouble
        arrivals(base_url, api_key)

    child = EngineChild(make_settings(tmp_path), hear)
    child.start()
    assert "tiny-chat" in models_of(*arrivals.wait_for(1))
    child.stop()


PARENT = """
import sys, time
from pathlib import Path
from app.engine_child import EngineChild
from tests.conftest import make_settings
child = EngineChild(make_settings(Path(sys.argv[1])), lambda url, key: print(url, key, flush=True))
child.start()
time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.kill
def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        url, key = parent.stdout.readline().split()
        assert "tiny-chat" in models_of(url, key)
        parent.kill()
    assert eventually(lambda: not answers(url, key))


def answers(url: str, key: str) -> bool:
    try:
        return bool(models_of(url, key))
    except httpx2.TransportError:
        return False


def eventually(check: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if check():
            return True
        time.sleep(0.1)
    return False
