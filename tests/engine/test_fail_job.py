"""A job whose files cannot be learnt fails with OpenAI's code and sentence."""

import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from tests.engine.samples import (
    Row,
    chat_row,
    chat_rows,
    completion_rows,
    events_of,
    finished,
    jsonl,
    upload,
)

INVALID = "The job failed due to an invalid training file. "
FORMAT = "The job failed due to a file format error in the training file. "
GOOD = chat_row("a", "b")
EMPTY: Row = {"messages": []}
PREFERENCE: Row = {
    "input": {"messages": [{"role": "user", "content": "a"}]},
    "preferred_output": [{"role": "assistant", "content": "b"}],
    "non_preferred_output": [{"role": "assistant", "content": "c"}],
}


def message(**keys: object) -> Row:
    return {"messages": [keys, {"role": "assistant", "content": "b"}]}


def failed(client: OpenAI, content: bytes, **given: object) -> FineTuningJob:
    values: dict[str, object] = {"model": "tiny-chat", **given}
    created = client.post(
        "/fine_tuning/jobs",
        body={"training_file": upload(client, content), **values},
        cast_to=FineTuningJob,
    )
    job = finished(client, created)
    assert job.status == "failed"
    assert job.error is not None
    last = events_of(client, job)[-1]
    assert (last.level, last.message) == ("error", job.error.message)
    return job


CASES: dict[str, tuple[Row, str, str]] = {
    "no role": (
        message(content="a"),
        "invalid_training_file",
        INVALID
        + "Invalid file format. Example 11, message 1 Discriminator 'role' is missing in value",
    ),
    "unknown role": (
        message(role="bot", content="a"),
        "invalid_training_file",
        INVALID + "Invalid file format. Example 11, message 1 Discriminator 'role' is not one of: "
        "system, developer, user, assistant, tool, function in value",
    ),
    "extra key in the row": (
        {**GOOD, "weight": 1},
        "invalid_file_format",
        FORMAT + 'Invalid file format. Example 11 contains an extra "weight".',
    ),
    "special token": (
        chat_row("<|fim_suffix|>", "b"),
        "invalid_file_format",
        FORMAT
        + "Invalid file format. Example 11 message contains an invalid token: <|fim_suffix|>.",
    ),
    "no messages": (
        {"tools": []},
        "invalid_training_file",
        INVALID + "Invalid file format. Example 11 is missing key 'messages'",
    ),
    "no assistant": (
        {"messages": [{"role": "user", "content": "a"}]},
        "invalid_training_file",
        INVALID
        + "Invalid file format. Example 11 must have at least one message from the assistant",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_broken_row_is_named(client: OpenAI, case: str) -> None:
    row, code, sentence = CASES[case]
    job = failed(client, jsonl([*chat_rows(10), row, GOOD]))
    assert job.error is not None
    assert (job.error.code, job.error.param) == (code, "training_file")
    assert job.error.message == sentence


def test_broken_json_is_named_with_its_line(client: OpenAI) -> None:
    job = failed(client, jsonl(chat_rows(12)) + b'\n{"messages": [}\n')
    assert job.error is not None
    assert job.error.message == (
        INVALID + "Invalid file format. Example 14 cannot be parsed. Error: line contains invalid "
        "json: Expecting value: line 1 column 15 (char 14) (line 14)"
    )


def test_too_few_examples(client: OpenAI) -> None:
    job = failed(client, jsonl(chat_rows(7)))
    assert job.error is not None
    assert job.error.code == "invalid_n_examples"
    assert job.error.message == "Training file has 7 example(s), but must have at least 10 examples"
    assert (job.trained_tokens, job.fine_tuned_model, job.result_files) == (None, None, [])


@pytest.mark.parametrize(
    ("model", "rows"), [("tiny-chat", completion_rows(12)), ("tiny-completion", chat_rows(12))]
)
def test_the_format_must_fit_the_model(client: OpenAI, model: str, rows: list[Row]) -> None:
    job = failed(client, jsonl(rows), model=model)
    assert job.error is not None
    assert job.error.message == (
        INVALID
        + "Unexpected file format, expected either prompt/completion pairs or chat messages."
    )


@pytest.mark.parametrize(
    ("row", "found", "needed", "given"),
    [
        (GOOD, "fine-tune-chat", "supervised", "dpo"),
        (PREFERENCE, "fine-tune-preference", "dpo", "supervised"),
    ],
)
def test_the_format_must_fit_the_method(
    client: OpenAI, row: Row, found: str, needed: str, given: str
) -> None:
    job = failed(client, jsonl([row] * 12), method={"type": given})
    assert job.error is not None
    assert job.error.message == (
        INVALID + f"Input file {job.training_file} is in the {found} format, but the specified "
        f"fine-tuning job is not using '{needed}' as the training method (provided method={given})."
    )


def test_a_bad_validation_file_is_named_as_such(client: OpenAI) -> None:
    bad = upload(client, [GOOD, EMPTY])
    job = failed(client, jsonl(chat_rows(12)), validation_file=bad)
    assert job.error is not None
    assert job.error.param == "validation_file"
    assert job.error.message.startswith("The job failed due to an invalid validation file.")
