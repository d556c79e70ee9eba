"""The report page."""

import re

import pytest
from starlette.testclient import TestClient

from app.core.context import Context
from tests.datasets.uploads import chat_row, jsonl, reviews, upload, upload_checked

HOSTILE = "<script>alert(1)</script>{{ 7*7 }}<hx-partial hx-target='#main'>"


def test_it_shows_verdict_findings_statistics_and_cost(ed: TestClient, context: Context) -> None:
    rows = [chat_row(f"row {n}") for n in range(12)]
    path = upload_checked(ed, context, jsonl(*rows, rows[3], "{oops", ""))
    page = ed.get(path).text
    assert "1 broken rule keeps jobs from using it." in page
    assert "3 of 15 lines are affected." in page
    for words in ("duplicate_example", "invalid_json", "blank_line", "The provider's sum"):
        assert words in page
    assert f"{path}/examples?finding=duplicate_example&amp;line=13" in page


def test_model_and_epochs_stand_in_the_address(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context, reviews(100))
    one = ed.get(path, params={"model": "gpt-4.1", "epochs": "1"}).text
    four = ed.get(path, params={"model": "gpt-4.1", "epochs": "4"}).text
    billed = [int(re.search(r"([\d,]+) billed", page)[1].replace(",", "")) for page in (one, four)]  # type: ignore[index]
    assert billed[1] == 4 * billed[0]


@pytest.mark.parametrize(
    "query", ["?epochs=", "?epochs=x", "?epochs=99999999999", "?model=<b>", "?model=" + "x" * 9000]
)
def test_an_odd_address_is_no_failure(ed: TestClient, context: Context, query: str) -> None:
    path = upload_checked(ed, context)
    answer = ed.get(path + query)
    assert (answer.status_code, "<b>" in answer.text.split("billed")[0][-3000:]) == (200, False)


def test_what_an_example_says_is_text(ed: TestClient, context: Context) -> None:
    rows = [chat_row(f"{HOSTILE} {n}", HOSTILE[:60]) for n in range(12)]
    rows.append('{"messages": [{"role": "' + "<b>bot</b>" + '", "content": "x"}]}')
    path = upload_checked(ed, context, jsonl(*rows))
    for page in (ed.get(path).text, ed.get(f"{path}/examples").text):
        assert "<script>alert" not in page
        assert "<b>bot</b>" not in page
        assert "<hx-partial" not in page


@pytest.mark.parametrize("data", [b"\n\n", b"PK\x03\x04zip", b"\xff\xfe{\x00", b"[\n{}\n]\n"])
def test_what_cannot_be_read_has_a_page(ed: TestClient, context: Context, data: bytes) -> None:
    path = upload_checked(ed, context, data)
    assert "blocks" in ed.get(path).text
    for tab in ("/examples", "/prepare", "/lineage", "/examples?line=1", "/examples?q=x"):
        assert ed.get(path + tab).status_code == 200


def test_long_korean_stands_on_every_page(ed: TestClient, context: Context) -> None:
    text = "아주 긴 리뷰입니다 " * 400
    path = upload_checked(
        ed, context, jsonl(*(chat_row(f"{text}{n}", "좋아요") for n in range(12)))
    )
    assert "좋아요" in ed.get(path).text
    examples = ed.get(f"{path}/examples").text
    assert "more letters" in examples
    assert len(examples) < 200_000


def test_it_speaks_korean(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context)
    ed.headers["accept-language"] = "ko"
    assert '<html lang="ko"' in ed.get(path).text


@pytest.mark.parametrize("path", ["/datasets/9/versions/1", "/datasets/0", "/datasets/" + "9" * 30])
def test_what_is_not_there_is_said(ed: TestClient, path: str) -> None:
    assert ed.get(path).status_code in {404, 422}


def test_a_finding_lists_all_its_lines(ed: TestClient, context: Context) -> None:
    row = chat_row("same")
    path = upload_checked(ed, context, jsonl(*(row for _ in range(700))))
    page = ed.get(f"{path}/findings/duplicate_example").text
    assert "699 lines" in page
    assert page.count("finding=duplicate_example&amp;line=") == 600
    second = ed.get(f"{path}/findings/duplicate_example?page=2").text
    assert second.count("finding=duplicate_example&amp;line=") == 99
    assert ed.get(f"{path}/findings/nonsense").status_code == 404


def test_everybody_signed_in_may_look(
    ed: TestClient, vi: TestClient, anonymous: TestClient, context: Context
) -> None:
    path = upload_checked(ed, context)
    for tab in ("", "/examples", "/prepare", "/lineage", "/findings/crlf"):
        assert vi.get(path + tab).status_code in {200, 404}
        assert anonymous.get(path + tab).headers["location"] == "/login"


def test_the_lineage_names_where_it_comes_from(ed: TestClient) -> None:
    path = upload(ed, filename="원본 reviews.jsonl").headers["location"]
    assert "원본 reviews.jsonl" in ed.get(f"{path}/lineage").text
