"""Lines come out byte for byte unless a step changes them, and are rows again if it does."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.recipes.rewriting import read_row, write_row
from app.recipes.steps import Step
from tests.datasets.uploads import chat_row
from tests.recipes.rows_of_any_kind import ROWS, STEPS, rows_with_format
from tests.recipes.versions import open_file, rewrite

BOM = b"\xef\xbb\xbf"
UNIX_LINES = Step(step="unix_lines")
FEW = settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)

writing = st.sampled_from([{}, {"ensure_ascii": False}, {"separators": (",", ":")}])
rows = st.sampled_from(list(ROWS)).flatmap(ROWS.__getitem__)
json_lines = st.builds(lambda row, how: json.dumps(row, **how).encode(), rows, writing)
odd_lines = st.sampled_from(
    [b"", b"  ", b"{oops", b"[1]", b'{"messages": [], "messages": [{"role": "user"}]}', b"\xff"]
)
lines = st.lists(st.tuples(json_lines | odd_lines, st.sampled_from([b"\n", b"\r\n"])), max_size=8)
files = st.builds(
    lambda found, mark, end: mark + b"".join(text + end for text, end in found) + end,
    lines,
    st.sampled_from([b"", BOM]),
    st.sampled_from([b"", b"{}"]),
)


@FEW
@given(files)
def test_without_steps_it_is_the_same_file(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    with open_file(tmp_path_factory.mktemp("f"), data) as source:
        if len(source.index):
            assert rewrite(source) == data


@FEW
@given(files, st.sampled_from(STEPS))
def test_lines_that_no_step_changes_keep_their_bytes(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, step: Step
) -> None:
    with open_file(tmp_path_factory.mktemp("f"), data) as source:
        assume(len(source.index))
        made = rewrite(source, step)
        for before, after in zip(data.split(b"\n"), made.split(b"\n"), strict=True):
            assert before == after or read_row(after.removeprefix(BOM)) is not None
            assert before.endswith(b"\r") == after.endswith(b"\r")
    with open_file(tmp_path_factory.mktemp("g"), made, source.format.value) as again:
        assert rewrite(again, step) == made


@FEW
@given(files)
def test_plain_line_ends_and_no_mark(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    with open_file(tmp_path_factory.mktemp("f"), data) as source:
        if len(source.index):
            made = rewrite(source, UNIX_LINES)
            texts = [line.rstrip(b"\r") for line in data.removeprefix(BOM).split(b"\n")]
            assert made == b"".join(line + b"\n" for line in texts[: len(source.index)])


@given(rows_with_format(), st.sampled_from([{}, {"ensure_ascii": False}]))
def test_a_changed_line_is_written_in_the_manner_of_the_old_one(
    given_row: tuple[dict[str, object], object], how: dict[str, bool]
) -> None:
    row, _ = given_row
    line = json.dumps(row, **how).encode(errors="replace")  # type: ignore[arg-type]
    read = read_row(line)
    assert read == json.loads(line)
    assert read is not None
    assert json.loads(write_row(read, line)) == read


def test_numbers_of_any_size_stay_what_they_are(tmp_path: Path) -> None:
    row = {"messages": [{"role": "user", "content": " hi "}], "n": 123456789012345678901234567890}
    line = json.dumps(row).encode()
    with open_file(tmp_path, line + b"\n") as source:
        assert rewrite(source, Step(step="trim")) == line.replace(b" hi ", b"hi") + b"\n"


def test_a_row_with_a_key_twice_is_left_alone(tmp_path: Path) -> None:
    line = b'{"messages": [{"role": "user", "content": " a ", "content": " b "}]}\n'
    data = line + chat_row(" c ").encode() + b"\n"
    with open_file(tmp_path, data) as source:
        assert rewrite(source, Step(step="trim")) == line + chat_row("c").encode() + b"\n"
