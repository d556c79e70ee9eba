"""`tuneboard import`: a preview, files, exit codes, the same for people and for machines."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import main
from app.datasets.imports.command import import_file
from tests.datasets.imports.files import REVIEWS


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.csv"
    path.write_text(REVIEWS, "utf-8")
    return path


def ask(path: Path, **options: Any) -> tuple[int, Any]:
    stream = io.StringIO()
    code = import_file(path, as_json=True, out=stream, **options)
    return code, json.loads(stream.getvalue())


def test_without_output_it_suggests_and_previews(reviews: Path) -> None:
    code, shown = ask(reviews)
    assert code == 0
    assert shown["recognition"]["encoding"] == "utf-8"
    assert shown["mapping"]["user"] == "{{ review }}"
    assert shown["preview"][0]["example"]["messages"][1]["content"] == "5"


def test_files_are_written(reviews: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text('target: completion\nprompt: "{{ review }}"\ncompletion: " {{ star }}"\n')
    out = tmp_path / "out.jsonl"
    code, report = ask(reviews, mapping_path=mapping, out_path=out, left_out_path=tmp_path / "l")
    assert (code, report["examples"], report["left_out"]) == (0, 3, [])
    assert json.loads(out.read_bytes().splitlines()[0]) == {
        "prompt": "Good app",
        "completion": " 5",
    }


def test_exit_codes(reviews: Path, tmp_path: Path) -> None:
    mapping, out = tmp_path / "m.json", tmp_path / "out.jsonl"
    mapping.write_text('{"target": "chat", "user": "{{ nope }}", "assistant": "{{ star }}"}')
    code, report = ask(reviews, mapping_path=mapping, out_path=out)
    assert (code, report["problems"][0]["field"], out.exists()) == (1, "user", False)
    reviews.write_text(REVIEWS + ",5\n", "utf-8")
    code, report = ask(reviews, out_path=out)
    assert (code, report["left_out"][0]["rows"]) == (1, [4])
    for broken in (tmp_path / "missing.csv", tmp_path / "empty.csv"):
        (tmp_path / "empty.csv").touch()
        code, report = ask(broken)
        assert code == 2
        assert report["error"]
    assert ask(reviews, given={"encoding": "klingon"})[0] == 2
    assert ask(reviews, given={"separator": "two letters"})[0] == 2


def test_the_command_line_speaks_to_people(reviews: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    shown = CliRunner().invoke(main, ["import", str(reviews), "--separator", ","])
    assert shown.exit_code == 0
    assert "Suggested mapping" in shown.output
    assert re.search(r"star +Whole number +Assistant +5 \| 1 \| 3", shown.output)
    done = CliRunner().invoke(main, ["import", str(reviews), "--out", str(out)])
    assert re.search(r"Rows +3\n +Examples +3 ", done.output)
    assert len(out.read_bytes().splitlines()) == 3


def test_a_wrong_guess_is_corrected(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("what is one and one\n2\nwhat is two and two\n4\n")
    code, shown = ask(path)
    assert (code, shown["recognition"]["columns"][0]["name"]) == (1, "text")
    code, shown = ask(path, given={"text_layout": "alternating"})
    assert (code, shown["preview"][1]["source"]) == (
        0,
        {"question": "what is two and two", "answer": "4"},
    )
    assert ask(path, given={"kind": "novel"})[0] == 2


def test_a_mapping_that_is_wrong_is_said_with_its_line(reviews: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text('target: chat\nuser: "{{ review }}"\nanswer: "{{ star }}"\n')
    code, shown = ask(reviews, mapping_path=mapping)
    assert (code, shown["error"]) == (2, "Line 3: there is no key “answer” in a mapping.")
