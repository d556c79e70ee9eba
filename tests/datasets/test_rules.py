"""Each rule finds its row, on its line, among rows that are right."""

from typing import Any

import orjson
import pytest

from app.datasets.catalogue import RULES, RULES_BY_ID, check_row
from app.datasets.formats import DatasetFormat
from app.datasets.rules import EVERY_FORMAT, Severity
from app.datasets.rules_texts import TEXT_RULES
from tests.datasets.conftest import Check, chat_row, jsonl
from tests.datasets.profile_cases import PROFILE_CASES, SIZE_RULES
from tests.datasets.row_cases import ANSWER, ROW_CASES, USER, chat
from tests.datasets.set_cases import SET_CASES

LINE_CASES = [
    ("crlf", orjson.dumps(chat_row(77)) + b"\r"),
    ("blank_line", b""),
    ("blank_line", b" \t "),
    ("blank_line", b" " * 1_000_000),
    ("line_too_long", b'"' + b"x" * (2 << 20) + b'"'),
    ("not_utf8", b'{"messages": "\xff"}'),
    ("single_quotes", b"{'messages': []}"),
    ("single_quotes", b'{"messages": None}'),
    ("several_values", b'{"a": 1} {"b": 2}'),
    ("several_values", b'{"messages": []},'),
    ("lone_surrogate", b'{"a": "\\ud83d"}'),
    ("not_a_number", b'{"a": NaN}'),
    ("not_a_number", b'{"a": -Infinity}'),
    ("huge_number", b'{"a": 1e400}'),
    ("huge_number", b'{"a": ' + b"9" * 5000 + b"}"),
    ("nested_too_deep", b"[" * 65 + b"]" * 65),
    ("nested_too_deep", b'{"a":' * 1500 + b"1" + b"}" * 1500),
    ("nested_too_deep", b"[" * 100_000),
    ("duplicate_key", b'{"messages": [], "messages": [{"role": "user", "content": "a"}]}'),
    ("duplicate_key", b'{"messages": [{"role": "user", "content": "a", "content": "b"}]}'),
    ("duplicate_key", b'{"messages" : [], "tools": [{"a" : 1, "a" : 1}]}'),
    ("invalid_json", b'{"messages": [}'),
    ("invalid_json", b'{"messages": "he said "hi" twice"}'),
    ("data_type", b'"text"'),
    ("data_type", b'["messages"]'),
    ("data_type", b"null"),
]
FILE_CASES = [
    ("empty_file", b""),
    ("empty_file", b"\n \n"),
    ("empty_file", b" " * 1_000_000),
    ("utf16_file", "{}\n".encode("utf-16")),
    ("utf16_file", "{}\n".encode("utf-16-be")),
    ("utf16_file", "{}\n".encode("utf-32")),
    ("lfs_pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
    ("not_text", b"PK\x03\x04 and so on"),
    ("not_text", b"\x00" * 4000),
    ("json_array", b"[" + b",".join([orjson.dumps(chat_row())] * 3) + b"]"),
    ("json_array", orjson.dumps([chat_row()] * 9, option=orjson.OPT_INDENT_2)),
    ("json_array", b"[\n" + b",\n".join([orjson.dumps(chat_row())] * 900) + b"\n]\n"),
    ("pretty_printed", orjson.dumps(chat_row(), option=orjson.OPT_INDENT_2)),
    ("pretty_printed", orjson.dumps(chat_row(0, x="y" * 90_000), option=orjson.OPT_INDENT_2)),
    ("byte_order_mark", b"\xef\xbb\xbf" + jsonl(chat_row(n) for n in range(10))),
    ("too_few_examples", jsonl(chat_row(n) for n in range(9))),
]


def test_every_rule_has_a_case() -> None:
    cases = {rule for _, rule, *_ in ROW_CASES} | {rule for rule, _ in LINE_CASES + FILE_CASES}
    cases |= {rule for rule, *_ in SET_CASES} | {rule for rule, *_ in PROFILE_CASES} | SIZE_RULES
    beside = {"duplicate_example", "over_token_limit", "imbalanced_answers", "encoding_guessed"}
    assert cases | beside == {rule.id for rule in RULES}


def test_rules_are_told_apart_by_id() -> None:
    assert len(RULES_BY_ID) == len(RULES) + len(TEXT_RULES)
    assert len(RULES) > 64


@pytest.mark.parametrize(("row_format", "rule_id", "row", "place"), ROW_CASES)
def test_a_row_breaks_its_rule_in_its_place(
    row_format: DatasetFormat, rule_id: str, row: object, place: str
) -> None:
    found = {(problem.rule.id, problem.place) for problem in check_row(row, row_format)}
    assert (rule_id, place) in found
    assert row_format in RULES_BY_ID[rule_id].formats


def test_a_finding_has_all_its_lines(check: Check) -> None:
    unanswered, empty = chat(USER), {"text": "x"}
    checked = check([chat_row(0), unanswered, chat_row(1), empty, unanswered])
    assert checked.lines("example_missing_assistant_message") == [2, 5]
    assert checked.lines("missing_messages_list") == [4]
    assert checked.finding("example_missing_assistant_message").count == 2


@pytest.mark.parametrize(("rule_id", "line"), LINE_CASES)
def test_a_line_breaks_its_rule(check: Check, rule_id: str, line: bytes) -> None:
    good = [orjson.dumps(chat_row(n)) for n in range(12)]
    content = b"\n".join([*good[:5], line, *good[5:]]) + b"\n"
    checked = check(content, max_line_bytes=1 << 20)
    assert checked.lines(rule_id) == [6]
    assert checked.report.lines == 13
    assert checked.index.example_rows().tolist()[:5] == [0, 1, 2, 3, 4]
    assert set(range(6, 13)) <= set(checked.index.example_rows().tolist())


@pytest.mark.parametrize(("rule_id", "content"), FILE_CASES)
def test_a_version_breaks_its_rule(check: Check, rule_id: str, content: bytes) -> None:
    checked = check(content)
    assert checked.lines(rule_id)[:1] == ([] if rule_id == "too_few_examples" else [1])
    errors = [found for found in checked.report.findings if found.severity is Severity.ERROR]
    is_error = RULES_BY_ID[rule_id].severity is Severity.ERROR
    assert [found.rule for found in errors] == ([rule_id] if is_error else [])


def test_an_array_among_rows_is_a_matter_of_its_row(check: Check) -> None:
    checked = check(b'[{"a": 1}]\n' + jsonl(chat_row(n) for n in range(10)))
    assert checked.lines("data_type") == [1]
    assert checked.report.examples == 10


def test_repeated_examples_are_found_whatever_their_spelling(check: Check) -> None:
    first = chat_row(1)
    swapped = {"messages": [dict(reversed(m.items())) for m in first["messages"]]}
    checked = check([first, chat_row(2), swapped, chat_row(3), first])
    assert checked.lines("duplicate_example") == [3, 5]


def test_examples_over_the_limit_of_the_model(check: Check) -> None:
    long = chat(USER, ANSWER | {"content": "word " * 4200})
    rows = [chat_row(0), long, chat_row(1)]
    checked = check(rows, model="ft:gpt-3.5-turbo-0613:team::id")
    assert checked.lines("over_token_limit") == [2]
    assert checked.report.statistics.over_limit == 1
    assert "4096" in checked.finding("over_token_limit").message
    assert "over_token_limit" not in check(rows, model="gpt-4.1").rule_ids


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_well_formed(rule: Any) -> None:
    assert rule.sentence.endswith((".", "first."))
    assert rule.formats <= EVERY_FORMAT
    assert rule.id == rule.id.lower()
    assert "%" not in rule.sentence


def test_sentences_find_their_values(check: Check) -> None:
    content = b"x" * (2 << 20) + b"\n" + jsonl([chat_row(), {"prompt": "a", "completion": "b"}])
    checked = check(content, max_line_bytes=1 << 20)
    messages = [finding.message for finding in checked.report.findings]
    assert len(messages) >= 3
    assert not any("{" in message for message in messages)


def test_a_guessed_encoding_is_said(check: Check) -> None:
    rows = [chat_row(number) for number in range(12)]
    checked = check(rows, model="meta-llama/Llama-3.1-8B")
    assert "o200k_base" in checked.finding("encoding_guessed").message
    assert checked.report.ok
    known = check(rows, model="meta-llama/Llama-3.1-8B", encoding="cl100k_base")
    assert known.rule_ids == {"few_examples"}
