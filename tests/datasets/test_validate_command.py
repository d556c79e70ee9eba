"""`tuneboard validate`: exit codes, one JSON object a file, a table for people."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import main
from app.datasets.command import validate
from tests.datasets.conftest import chat_row, jsonl
from tests.datasets.set_cases import classified
from tests.engine_fixture import wait_until

FIGURES = {"min", "max", "mean", "median", "p10", "p90"}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.jsonl"
    path.write_bytes(jsonl(chat_row(number) for number in range(12)))
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.jsonl"
    rows: list[Any] = [chat_row(number) for number in range(12)]
    path.write_bytes(jsonl([*rows[:3], {"messages": []}, *rows[3:], 5, {"messages": []}]))
    return path


def run(*files: Path, **options: Any) -> tuple[int, str]:
    out = io.StringIO()
    return validate(files, out=out, **options), out.getvalue()


def test_a_valid_file(good: Path) -> None:
    code, text = run(good, as_json=True)
    document = json.loads(text)
    assert code == 0
    assert set(document) == {
        "file", "for", "format", "lines", "examples", "ok", "verdict", "findings", "statistics",
        "labels", "cost",
    }  # fmt: skip
    assert (document["file"], document["format"]) == (str(good), "chat")
    assert (document["lines"], document["examples"], document["ok"]) == (12, 12, True)
    assert [found["rule"] for found in document["findings"]] == ["few_examples"]


def test_the_statistics_and_cost(good: Path) -> None:
    document = json.loads(run(good, as_json=True, model="gpt-4.1-mini")[1])
    statistics = document["statistics"]
    assert set(statistics) == {
        "encoding", "missing_system", "missing_user", "messages_per_example", "tokens_per_example",
        "assistant_tokens_per_example", "tokens_total", "assistant_tokens_total", "over_limit",
    }  # fmt: skip
    assert all(set(figures) == FIGURES for figures in statistics.values() if type(figures) is dict)
    assert statistics["encoding"] == "o200k_base"
    assert statistics["messages_per_example"]["p90"] == 3.0
    cost = document["cost"]
    assert set(cost) == {"model", "n_epochs", "billed_tokens", "usd"}
    assert (cost["model"], cost["n_epochs"]) == ("gpt-4.1-mini", 8)
    assert cost["usd"] == pytest.approx(cost["billed_tokens"] * 5 / 1e6)


def test_errors_have_rule_severity_message_count_and_lines(bad: Path) -> None:
    code, text = run(bad, as_json=True)
    findings = {found["rule"]: found for found in json.loads(text)["findings"]}
    assert code == 1
    assert set(findings) == {
        "missing_messages_list", "data_type", "duplicate_example", "few_examples"
    }  # fmt: skip
    missing = findings["missing_messages_list"]
    assert set(missing) == {"rule", "severity", "message", "count", "lines", "override"}
    assert (missing["severity"], missing["count"], missing["lines"]) == ("error", 2, [4, 15])
    assert findings["data_type"]["lines"] == [14]


def test_one_line_a_file_and_the_worst_code(good: Path, bad: Path, tmp_path: Path) -> None:
    code, text = run(good, tmp_path / "none.jsonl", bad, tmp_path, as_json=True)
    documents = [json.loads(line) for line in text.splitlines()]
    assert code == 2
    assert [document["ok"] for document in documents] == [True, False, False, False]
    assert [found["rule"] for found in documents[1]["findings"]] == ["unreadable"]
    assert len({tuple(document) for document in documents}) == 1


def test_encoding_and_format_can_be_said(good: Path) -> None:
    document = json.loads(run(good, as_json=True, encoding="cl100k_base")[1])
    assert document["statistics"]["encoding"] == "cl100k_base"
    assert document["cost"]["model"] == "gpt-3.5-turbo-0125"
    code, text = run(good, as_json=True, format="completion")
    assert code == 1
    assert json.loads(text)["format"] == "completion"


def test_a_price_that_is_not_known_is_null(good: Path) -> None:
    document = json.loads(run(good, as_json=True, model="someone/else")[1])
    assert document["cost"]["usd"] is None
    assert document["cost"]["billed_tokens"] > 0


def test_the_table_for_people(good: Path, bad: Path, tmp_path: Path) -> None:
    code, text = run(good, bad, tmp_path / "none.jsonl")
    assert code == 2
    assert "Ready (Any compatible server): Chat, 12 lines, 12 examples" in text
    assert "gpt-4o-mini-2024-07-18, 8 epochs" in text
    rows = [line.split() for line in text.splitlines()]
    missing = next(row for row in rows if "missing_messages_list" in row)
    assert missing[:5] == ["blocks", "missing_messages_list", "2", "4,", "15"]
    assert ["warns", "duplicate_example"] in [row[:2] for row in rows]
    assert "The list “messages” is missing or empty." in text
    assert "No such file" in text


def test_it_judges_for_a_provider(good: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    few.write_bytes(jsonl(chat_row(number) for number in range(9)))
    assert run(few)[0] == 0
    code, text = run(few, profile="openai")
    assert code == 1
    assert "Blocked (OpenAI)" in text
    assert "too_few_examples" in text
    document = json.loads(run(good, profile="azure", as_json=True)[1])
    assert (document["for"], document["verdict"]) == ("azure", "ready")
    assert "missing_byte_order_mark" in {found["rule"] for found in document["findings"]}


def test_a_word_that_is_no_provider_is_refused(good: Path) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        run(good, profile="nobody")


def test_labels_have_their_share_and_their_tokens(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_bytes(jsonl(classified({"ham": 9, "a\nb": 3})))
    text = run(path)[1]
    assert re.search(r"ham +9 +75.0% +1\n", text)
    assert "a\\nb" in text
    document = json.loads(run(path, as_json=True)[1])
    assert document["labels"][0] == {"label": "ham", "count": 9, "tokens": 1}


@pytest.mark.slow
def test_the_command_takes_the_word_for(good: Path) -> None:
    answer = CliRunner().invoke(main, ["validate", str(good), "--for", "openai"])
    assert answer.exit_code == 0
    assert "Ready (OpenAI)" in answer.stdout
    assert CliRunner().invoke(main, ["validate", str(good), "--for", "x"]).exit_code == 2


def test_processes_change_nothing(good: Path) -> None:
    answers = [
        CliRunner().invoke(main, ["validate", str(good), "--json", "--processes", number])
        for number in ("1", "2")
    ]
    assert answers[0].output == answers[1].output
    assert [answer.exit_code for answer in answers] == [0, 0]


@pytest.mark.slow
def test_it_ends_when_it_is_interrupted(tmp_path: Path) -> None:
    path, scratch = tmp_path / "large.jsonl", tmp_path / "scratch"
    scratch.mkdir()
    path.write_bytes(jsonl([chat_row(1, note="many words " * 400)]) * 20_000)
    command = [sys.executable, "-m", "app.cli", "validate", str(path), "--processes", "2"]
    environment = dict(os.environ) | {"TMPDIR": str(scratch)}
    # What a shell starts in the background ignores the signal, and so do its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
    ) as process:
        wait_until(lambda: list(scratch.glob("*/index.parts/*.columns")), seconds=120)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
    assert process.returncode not in {0, 1, 2}
    assert "Traceback" not in said
    assert list(scratch.iterdir()) == []


def test_an_empty_file_has_a_table_too(tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_bytes(b"")
    code, text = run(path)
    assert (code, "empty_file" in text) == (1, True)
    assert json.loads(run(path, as_json=True)[1])["statistics"]["tokens_total"] == 0


def test_it_waits_for_no_database_and_no_web() -> None:
    loaded = "import sys, app.datasets.command; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"sqlalchemy", "fastapi", "plotly"} & set(modules)
