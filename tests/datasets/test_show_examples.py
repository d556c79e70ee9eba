"""Looking through the rows."""

import json

import pytest
from starlette.testclient import TestClient

from app.core.context import Context
from tests.datasets.uploads import chat_row, jsonl, upload, upload_checked

CALL = {
    "messages": [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": "first try", "weight": 0},
        {
            "role": "assistant",
            "tool_calls": [
                {
                    "id": "call_7",
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": '{"city": "서울"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_7", "content": "12"},
        {"role": "assistant", "content": "12 degrees"},
    ]
}
ROWS = [chat_row(f"review number {n}", "good" if n % 2 else "bad") for n in range(45)]


@pytest.fixture
def path(ed: TestClient, context: Context) -> str:
    rows = [*ROWS, json.dumps(CALL, ensure_ascii=False), "{oops", ROWS[0]]
    return upload_checked(ed, context, jsonl(*rows)) + "/examples"


def test_pages_of_conversations(ed: TestClient, path: str) -> None:
    first, last = ed.get(path).text, ed.get(f"{path}?page=3").text
    assert ("review number 0<" in first, "review number 20<" in first) == (True, False)
    assert first.count('<article class="panel"') == 20
    assert last.count('<article class="panel"') == 8
    assert ed.get(f"{path}?page=99").text.count('<article class="panel"') == 8


def test_tool_calls_are_cards_and_weight_zero_is_said(ed: TestClient, path: str) -> None:
    page = ed.get(f"{path}?line=46").text
    assert '<div class="tool-call">' in page
    assert "get_weather" in page
    assert "서울" in page
    assert "not trained" in page


def test_search_finds_text(ed: TestClient, path: str) -> None:
    page = ed.get(f"{path}?q=NUMBER 17").text
    assert page.count('<article class="panel"') == 1
    assert "Line 18" in page
    assert "No line found" in ed.get(f"{path}?q=nowhere").text


def test_findings_and_answers_filter(ed: TestClient, path: str) -> None:
    assert "Line 48" in ed.get(f"{path}?finding=duplicate_example").text
    broken = ed.get(f"{path}?finding=invalid_json").text
    assert broken.count('<article class="panel"') == 1
    assert "{oops" in broken
    assert ed.get(f"{path}?label=good").text.count('<article class="panel"') == 20
    both = ed.get(f"{path}?label=bad&finding=duplicate_example").text
    assert both.count('<article class="panel"') == 1


def test_ranges_and_order(ed: TestClient, path: str) -> None:
    calls = ed.get(f"{path}?messages=5").text
    assert calls.count('<article class="panel"') == 1
    assert "Line 46" in calls
    assert "Messages: 5" in calls
    most = ed.get(f"{path}?sort=-messages").text
    assert most.index("Line 46") < most.index("Line 1<")
    assert "sort=-messages&amp;page=2" in most
    assert ed.get(f"{path}?tokens=1000-&answer_tokens=1-9").text.count("<article") == 0


def test_filters_of_all_kinds_are_joined_and_kept(ed: TestClient, path: str) -> None:
    page = ed.get(f"{path}?label=good&messages=2-4&sort=tokens&page=2").text
    assert page.count('<article class="panel"') == 2
    assert "label=good&amp;messages=2-4&amp;sort=tokens&amp;page=1" in page
    line = ed.get(f"{path}?label=good&messages=2&sort=-tokens&line=20").text
    assert "label=good&amp;messages=2&amp;sort=-tokens&amp;line=22" in line


@pytest.mark.parametrize("query", ["?tokens=a", "?tokens=9-1-1", "?sort=size", "?messages=-"])
def test_what_means_nothing_filters_nothing(ed: TestClient, path: str, query: str) -> None:
    assert ed.get(path + query).text.count('<article class="panel"') == 20


def test_one_line_leads_to_its_neighbours(ed: TestClient, path: str) -> None:
    page = ed.get(f"{path}?line=2").text
    assert "?line=1" in page
    assert "?line=3" in page
    assert "review number 1" in page
    filtered = ed.get(f"{path}?label=good&line=2").text
    assert "label=good&amp;line=4" in filtered


@pytest.mark.parametrize("line", ["0", "999", "-1", "x", "9" * 40])
def test_a_line_that_is_not_there(ed: TestClient, path: str, line: str) -> None:
    answer = ed.get(f"{path}?line={line}")
    assert answer.status_code == 200
    assert "review number 0<" in answer.text


@pytest.mark.parametrize("query", ["?finding=nonsense", "?label=nonsense", "?start=999999&q=x"])
def test_filters_that_fit_nothing(ed: TestClient, path: str, query: str) -> None:
    assert "No line found" in ed.get(path + query).text


def test_before_the_check_it_says_so(ed: TestClient) -> None:
    path = upload(ed).headers["location"]
    assert "once the check is done" in ed.get(f"{path}/examples").text
