"""Graders: checked, run, and refused where this server cannot run them."""

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openai import BadRequestError, OpenAI

from app.engine.graders.formula import BadFormula, read_formula
from app.engine.graders.similarity import METRICS, common_length

Json = dict[str, Any]
CHECK: Json = {
    "type": "string_check",
    "name": "same",
    "input": "{{ sample.output_text }}",
    "reference": "{{ item.answer }}",
    "operation": "eq",
}
ALIKE: Json = {
    **{key: CHECK[key] for key in ("input", "reference")},
    "type": "text_similarity",
    "name": "alike",
    "evaluation_metric": "fuzzy_match",
}
MULTI: Json = {
    "type": "multi",
    "name": "both",
    "graders": {"same": CHECK, "alike": ALIKE},
    "calculate_output": "0.5 * same + 0.5 * max(alike, 0) ^ 2",
}
RUN = "/fine_tuning/alpha/graders/run"
VALIDATE = "/fine_tuning/alpha/graders/validate"


def run(client: OpenAI, grader: Json, sample: str, **item: object) -> Json:
    body = {"grader": grader, "model_sample": sample, "item": item}
    found: Json = client.post(RUN, body=body, cast_to=dict[str, Any])
    return found


def errors_of(found: Json) -> set[str]:
    return {name for name, value in found["metadata"]["errors"].items() if value}


@pytest.mark.parametrize(
    ("operation", "sample", "reward"),
    [
        ("eq", "Paris", 1), ("eq", "paris", 0), ("ne", "Rome", 1), ("ne", "Paris", 0),
        ("like", "In Paris.", 1), ("like", "in paris", 0), ("ilike", "in PARIS", 1),
    ],
)  # fmt: skip
def test_string_check(client: OpenAI, operation: str, sample: str, reward: float) -> None:
    found = run(client, {**CHECK, "operation": operation}, sample, answer="Paris")
    assert (found["reward"], errors_of(found)) == (reward, set())
    assert (found["metadata"]["name"], found["metadata"]["type"]) == ("same", "string_check")


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("fuzzy_match", 2 * 15 / (17 + 18)),
        ("rouge_1", 2 * 3 / 8),
        ("rouge_2", 2 * 1 / 6),
        ("rouge_3", 0),
        ("rouge_l", 2 * 3 / 8),
        ("gleu", 4 / 10),
        ("bleu", 0),
    ],
)
def test_text_similarity(client: OpenAI, metric: str, expected: float) -> None:
    grader = {**ALIKE, "evaluation_metric": metric}
    found = run(client, grader, "the cat sat there", answer="the cat ran, there")
    assert found["reward"] == pytest.approx(expected)


def test_bleu_of_longer_texts(client: OpenAI) -> None:
    grader = {**ALIKE, "evaluation_metric": "bleu"}
    found = run(client, grader, "a b c d e", answer="a b c d e f")
    precise = 1.0  # every run of words is in the reference
    assert found["reward"] == pytest.approx(precise * math.exp(1 - 6 / 5))


@pytest.mark.parametrize("metric", METRICS)
def test_the_same_text_is_wholly_alike(metric: str) -> None:
    measure = METRICS[metric]
    for text in ("고양이가 매트 위에 앉아 있었다 정말로", "one two three four five"):
        assert measure(text, text) == 1
        assert measure(text, "nothing of it") <= 0.5
    assert 0 <= measure("", "a") <= 1


@given(st.text("abc", max_size=12), st.text("abc", max_size=12))
def test_common_length_is_that_of_the_plain_way(first: str, second: str) -> None:
    row = [0] * (len(second) + 1)
    for one in first:
        before = row[:]
        for at, other in enumerate(second, 1):
            row[at] = before[at - 1] + 1 if one == other else max(row[at - 1], before[at])
    assert common_length(first, second) == row[-1]


def test_a_multi_grader_reckons(client: OpenAI) -> None:
    found = run(client, MULTI, "Paris", answer="Paris")
    assert (found["reward"], found["sub_rewards"]) == (1, {"same": 1, "alike": 1})
    single = {**MULTI, "graders": CHECK, "calculate_output": "-same"}
    assert run(client, single, "Paris", answer="Paris")["reward"] == -1
    valid = client.post(VALIDATE, body={"grader": MULTI}, cast_to=dict[str, Any])
    assert valid == {"grader": MULTI}


@pytest.mark.parametrize(
    ("changed", "sample", "error"),
    [
        ({"reference": "{{ item.question }}"}, "x", "invalid_variable_error"),
        ({"reference": "{{ item.answer[0].text }}"}, "x", "invalid_variable_error"),
        ({"input": "{{ sample.output_json.city }}"}, "no json", "sample_parse_error"),
        ({"input": "{{ sample.output_tools[0].function.name }}"}, "x", "invalid_variable_error"),
        ({"reference": "y" * 60_000}, "x", None),
    ],
)
def test_what_cannot_be_found_gives_no_reward(
    client: OpenAI, changed: Json, sample: str, error: str | None
) -> None:
    if error is None:
        with pytest.raises(BadRequestError):
            run(client, {**CHECK, **changed}, sample, answer="a")
        return
    found = run(client, {**CHECK, **changed}, sample, answer="a")
    assert (found["reward"], errors_of(found)) == (0, {error})


def test_templates_reach_into_items_and_json(client: OpenAI) -> None:
    grader = {
        **CHECK,
        "input": "{{sample.output_json.places[1].name}}",
        "reference": "{{ item.places[0].name }}",
    }
    sample = '{"places": [{"name": "Rome"}, {"name": "Seoul"}]}'
    assert run(client, grader, sample, places=[{"name": "Seoul"}])["reward"] == 1
    long = run(client, CHECK, "x" * 60_000, answer="y")
    assert errors_of(long) == {"truncated_observation_error"}


@pytest.mark.parametrize(
    ("formula", "errors"),
    [
        ("same + other", {"invalid_variable_error"}),
        ("same +", {"formula_parse_error"}),
        ("1 / (same - same)", {"other_error"}),
        ("sqrt(-1)", {"other_error"}),
        ("10 ^ 10 ^ 10", {"other_error"}),
        ("(0 - 8) ^ 0.5", {"other_error"}),
    ],
)
def test_formulas_that_fail_say_how(client: OpenAI, formula: str, errors: set[str]) -> None:
    found = run(client, {**MULTI, "calculate_output": formula}, "a", answer="a")
    assert (found["reward"], errors_of(found)) == (0, errors)


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("2 ^ 3 ^ 2", 512), ("-2 ^ 2", -4), ("2 ^ -1", 0.5),
        ("8 / 4 / 2", 1), ("min(3, a, 2) - abs(-1)", 1), ("floor(2.7) + ceil(.2)", 3),
        ("log(exp(a)) + sqrt(1.6e1)", 6), ("a--a", 4),
    ],
)  # fmt: skip
def test_formulas(formula: str, result: float) -> None:
    assert read_formula(formula).result({"a": 2.0}) == pytest.approx(result)


@example("²")
@example("a²")
@given(st.text("ab1.+-*/^(), minsqrt", max_size=40) | st.text(max_size=20))
def test_any_formula_is_read_or_refused(formula: str) -> None:
    try:
        keys = read_formula(formula).keys()
    except BadFormula:
        return
    assert all(key.isidentifier() for key in keys)


@pytest.mark.parametrize("formula", ["(" * 3000, "(" * 1500, "-" * 1900, "1" + "^1" * 900])
def test_deep_formulas_are_refused(formula: str) -> None:
    with pytest.raises(BadFormula):
        read_formula(formula)


@pytest.mark.parametrize(
    ("grader", "param", "code"),
    [
        ({"type": "python", "name": "p", "source": "x"}, "grader.type", "unsupported_grader"),
        ({**CHECK, "type": "score_model"}, "grader.type", "unsupported_grader"),
        ({**CHECK, "type": "gossip"}, "grader.type", "invalid_value"),
        ({"name": "x"}, "grader.type", "missing_required_parameter"),
        ({**CHECK, "operation": "neq"}, "grader.operation", "invalid_value"),
        ({**CHECK, "colour": 1}, "grader.colour", "unknown_parameter"),
        ({**CHECK, "input": "{{ secrets }}"}, "grader.input", "invalid_value"),
        (
            {**ALIKE, "evaluation_metric": "cosine"},
            "grader.evaluation_metric",
            "unsupported_metric",
        ),
        ({**MULTI, "graders": {"a": MULTI}}, "grader.graders.a.type", "invalid_value"),
        ({**MULTI, "graders": {"a": 1}}, "grader.graders.a", "invalid_type"),
        ({**MULTI, "calculate_output": "x y"}, "grader.calculate_output", "invalid_value"),
        ({**MULTI, "calculate_output": "other"}, "grader.calculate_output", "invalid_value"),
    ],
)
def test_bad_graders_are_refused_by_name(
    client: OpenAI, grader: Json, param: str, code: str
) -> None:
    with pytest.raises(BadRequestError) as refused:
        client.fine_tuning.alpha.graders.validate(grader=grader)  # type: ignore[arg-type]
    assert (refused.value.param, refused.value.code) == (param, code)
