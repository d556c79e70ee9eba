"""Result files of three generations, plain and in base64."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.provider.results import StepMetrics, decode_result, parse_results

OPENAI = (
    b"step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n"
    b"1,3.24196,0.66667,,\n2,4.07e-02,0.5,2.1,0.25\n"
)
LEGACY = (
    b"step,elapsed_tokens,training_loss,validation_token_accuracy\n1,386,0.159,0.65\n2,1076,0.09,\n"
)
AZURE = (
    b"\xef\xbb\xbfstep,train_loss,train_mean_token_accuracy,scores/graders/a b,timestamp,note\r\n"
    b"10.0,0.5,,1.5,1699896916,ok\r\n\r\n20.0,0.4,,nan,1699896926,\r\n"
)


def test_openai() -> None:
    assert parse_results(OPENAI) == [
        StepMetrics(1, {"train_loss": 3.24196, "train_mean_token_accuracy": 0.66667}),
        StepMetrics(
            2,
            {
                "train_loss": 0.0407,
                "train_mean_token_accuracy": 0.5,
                "valid_loss": 2.1,
                "valid_mean_token_accuracy": 0.25,
            },
        ),
    ]


def test_legacy_names_become_todays() -> None:
    first, second = parse_results(LEGACY)
    assert first.metrics == {
        "elapsed_tokens": 386,
        "train_loss": 0.159,
        "valid_mean_token_accuracy": 0.65,
    }
    assert second.metrics == {"elapsed_tokens": 1076, "train_loss": 0.09}


def test_azure_keeps_every_number() -> None:
    first, second = parse_results(AZURE)
    assert first == StepMetrics(
        10, {"train_loss": 0.5, "scores/graders/a b": 1.5, "timestamp": 1699896916}
    )
    assert second == StepMetrics(20, {"train_loss": 0.4, "timestamp": 1699896926})


@pytest.mark.parametrize("content", [OPENAI, LEGACY, AZURE])
def test_base64_is_recognised(content: bytes) -> None:
    assert decode_result(content) == content
    assert decode_result(base64.b64encode(content)) == content
    assert decode_result(base64.encodebytes(content)) == content


def test_rows_without_step_are_counted() -> None:
    assert [row.step for row in parse_results(b"train_loss,x\n0.5,1\n0.4,1\n")] == [1, 2]


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"step", b"a,b\n", b"\x00\xff,\n1", b'"', b"PK\x03\x04,,\x00"]
)
def test_what_is_no_result_is_survived(content: bytes) -> None:
    assert all(isinstance(row.step, int) for row in parse_results(content))


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(content: bytes) -> None:
    assert isinstance(parse_results(content), list)
