"""Parquet files, read in a process of their own."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from app.core.errors import DomainError
from app.datasets.imports.kinds import Shape, SourceKind
from tests.datasets.imports.files import import_suggested, read_rows, read_values, recognise

pytestmark = pytest.mark.slow


def write_parquet(path: Path, query: str) -> Path:
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def test_columns_and_values(tmp_path: Path) -> None:
    query = (
        "SELECT '좋아요' AS review, 5 AS star, 4.5::DECIMAL(4,2) AS mean, "
        "DATE '2026-11-20' AS day, ['a'] AS tags, {'k': 1} AS more, 'x'::BLOB AS raw, "
        "12345678901234567890123::DECIMAL(38,0) AS big "
        "UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
    )
    path = write_parquet(tmp_path / "r.parquet", query)
    rows = read_rows(path)
    assert rows[0].values == {
        "review": "좋아요", "star": 5, "mean": "4.50", "day": "2026-11-20", "tags": ["a"],
        "more": {"k": 1}, "raw": "x", "big": "12345678901234567890123",
    }  # fmt: skip
    assert rows[1].reason is not None
    assert recognise(path).kind is SourceKind.PARQUET


def test_a_name_is_never_a_pattern(tmp_path: Path) -> None:
    made = write_parquet(tmp_path / "made.parquet", "SELECT 'a' AS text, 'b' AS label")
    path = made.rename(tmp_path / "data['*]{1}.parquet")
    assert read_values(path) == [{"text": "a", "label": "b"}]


def test_messages_of_a_table_are_examples(tmp_path: Path) -> None:
    turns = "{'role': 'user', 'content': 'q'}, {'role': 'assistant', 'content': 'a'}"
    query = f"SELECT [{turns}] AS messages"
    path = write_parquet(tmp_path / "r.parquet", query)
    assert recognise(path).shape is Shape.CHAT
    _, examples = import_suggested(path, tmp_path / "out.jsonl")
    assert examples[0]["messages"][1] == {"role": "assistant", "content": "a"}


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    path.write_bytes(b"PAR1" + bytes(200) + b"PAR1")
    with pytest.raises(DomainError, match="damaged"):
        recognise(path)


def test_readers_are_not_loaded_into_the_server() -> None:
    code = (
        "import sys, app.main, app.datasets.imports.command; "
        "print(sorted({'duckdb', 'python_calamine'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
