"""A check in parts: the index is the same whatever the cuts, and goes on where it was ended."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.datasets.check_children import CheckDied
from app.datasets.checked import CheckOrder, check_here, check_in_child
from app.datasets.labels import MAX_KEPT
from app.datasets.parts import parts_path
from app.datasets.validation import CheckCancelled, check_file
from tests.datasets.conftest import chat_row, jsonl
from tests.datasets.test_labels import classify

Fuzz = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ROW = jsonl([chat_row(1)]).rstrip(b"\n")
Lines = st.lists(
    st.sampled_from([ROW, jsonl([classify("q", "spam")]).strip(), b"", b"  ", b"{oops", b"\xff"])
    | st.binary(max_size=30)
    | st.integers(0, 400).map(lambda size: b"x" * size),
    max_size=14,
)


class Told(list[tuple[int, int]]):
    """A progress callback that remembers."""

    def __call__(self, bytes_done: int, rows: int) -> bool:
        self.append((bytes_done, rows))
        return True


def index_of(path: Path, **options: Any) -> bytes:
    index_path = path.with_name("index")
    check_file(path, index_path=index_path, **options)
    assert not parts_path(index_path).exists()
    return index_path.read_bytes()


@Fuzz
@given(
    lines=Lines,
    end=st.sampled_from([b"\n", b"\r\n"]),
    bom=st.booleans(),
    is_closed=st.booleans(),
    part_bytes=st.integers(1, 300),
)
@example(lines=[b"x" * 900, ROW], end=b"\r\n", bom=True, is_closed=False, part_bytes=1)
@example(lines=[ROW, b"", ROW], end=b"\n", bom=False, is_closed=True, part_bytes=len(ROW) + 1)
def test_cuts_change_nothing(
    tmp_path: Path, lines: list[bytes], end: bytes, bom: bool, is_closed: bool, part_bytes: int
) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"\xef\xbb\xbf" * bom + end.join(lines) + end * is_closed)
    whole = index_of(path, max_line_bytes=200)
    assert index_of(path, max_line_bytes=200, part_bytes=part_bytes) == whole


@pytest.mark.parametrize("answers", [40, MAX_KEPT, MAX_KEPT + 1])
def test_labels_are_numbered_across_parts(tmp_path: Path, answers: int) -> None:
    rows = [classify(f"q {n}", f"answer {n * 7 % answers}") for n in range(answers + 300)]
    path = tmp_path / "data"
    path.write_bytes(jsonl(rows))
    assert index_of(path, part_bytes=10_000) == index_of(path)


def test_repeated_rows_are_found_across_parts(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(jsonl(chat_row(n % 70) for n in range(100)))
    report = check_file(path, index_path=tmp_path / "index", part_bytes=500)
    found = next(found for found in report.findings if found.rule == "duplicate_example")
    assert found.count == 30


def test_it_goes_on_where_it_was_ended(tmp_path: Path) -> None:
    path, index_path = tmp_path / "data", tmp_path / "index"
    path.write_bytes(jsonl(chat_row(n) for n in range(20_000)))
    whole, size = index_of(path), path.stat().st_size
    with pytest.raises(CheckCancelled):
        check_file(
            path,
            index_path=index_path,
            part_bytes=1 << 20,
            progress=lambda done, _rows: done < size * 0.7,
        )
    told = Told()
    check_file(
        path,
        index_path=index_path,
        part_bytes=1 << 20,
        progress=told,
    )
    resumed, rows = told[0]
    assert 0 < resumed < size * 0.7
    assert 0 < rows < 20_000
    assert told[-1] == (size, 20_000)
    assert index_path.read_bytes() == whole
    assert not parts_path(index_path).exists()


def test_what_another_check_left_is_not_gone_on_with(tmp_path: Path) -> None:
    path, index_path = tmp_path / "data", tmp_path / "index"
    path.write_bytes(jsonl(chat_row(n) for n in range(2_000)))
    told = Told()
    with pytest.raises(CheckCancelled):
        check_file(
            path,
            index_path=index_path,
            part_bytes=50_000,
            progress=lambda done, _rows: done < 200_000,
        )
    check_file(
        path,
        index_path=index_path,
        part_bytes=50_000,
        encoding="cl100k_base",
        progress=told,
    )
    assert told[0] == (0, 0)


def test_processes_write_the_same_index(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"\xef\xbb\xbf" + jsonl(chat_row(n) for n in range(3_000)))
    assert index_of(path, part_bytes=100_000, processes=2) == index_of(path)


def order_for(path: Path, name: str) -> CheckOrder:
    return CheckOrder(path, path.with_name(name), 8 << 20, 1)


def test_a_process_of_its_own_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(jsonl([*(chat_row(n) for n in range(300)), {"messages": 3}]))
    told = Told()
    here = check_here(order_for(path, "here"), lambda _bytes, _rows: True)
    child = check_in_child(order_for(path, "child"), told)
    assert child == here
    assert path.with_name("child").read_bytes() == path.with_name("here").read_bytes()
    assert (told[0], told[-1]) == ((0, 0), (path.stat().st_size, 301))


def test_what_stops_a_process_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        check_in_child(order_for(tmp_path / "nothing", "index"), lambda _bytes, _rows: True)


def test_a_process_that_is_asked_to_end_does(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(jsonl(chat_row(n) for n in range(3_000)))
    with pytest.raises(CheckCancelled):
        check_in_child(order_for(path, "index"), lambda _bytes, _rows: False)
    assert not path.with_name("index").exists()


def test_a_process_that_is_killed_is_an_os_error(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(jsonl(chat_row(n) for n in range(50_000)))

    def kill_it(_bytes: int, _rows: int) -> bool:
        os.kill(child_of(os.getpid()), signal.SIGKILL)
        return True

    with pytest.raises(CheckDied):
        check_in_child(order_for(path, "index"), kill_it)


def child_of(parent: int) -> int:
    """The process of a check that this process started."""
    for folder in list(Path("/proc").iterdir()):
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes()
                above = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if above == parent and b"check_child" in words:
                return int(folder.name)
    raise ProcessLookupError
