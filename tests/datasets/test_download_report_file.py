"""The report as one HTML file: nothing from elsewhere, nothing of a hostile set alive in it."""

from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from app.core.context import Context
from app.datasets.deep import checking as deep_checking
from app.datasets.report_file import MOST_LINES
from app.worker import do_all_due
from tests.datasets.uploads import chat_row, jsonl, reviews, upload, upload_checked
from tests.datasets.uploads import check as check_due

LEADS_ELSEWHERE = {"src", "href", "action", "srcset", "data", "poster", "xlink:href", "background"}
HARMLESS = {
    "html", "head", "meta", "title", "style", "body", "header", "section", "article", "h1", "h2",
    "h3", "p", "dl", "div", "dt", "dd", "small", "code", "q", "span", "table", "thead", "tr", "th",
    "td", "svg", "rect",
}  # fmt: skip
EVIL = "<script>alert(1)</script><img src=https://evil.example/x.png onerror=alert(1)>"


class Reading(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def assert_self_contained(page: str) -> Reading:
    read = Reading(page)
    assert set(read.tags) <= HARMLESS
    assert {name for name, _ in read.attributes} & LEADS_ELSEWHERE == set()
    assert not [name for name, _ in read.attributes if name.startswith("on") or name == "style"]
    styles = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in styles
    assert "@import" not in styles
    assert page.count("<style>") == page.count("</style>") == 1
    return read


def test_it_needs_nothing_else(ed: TestClient, vi: TestClient, context: Context) -> None:
    path = upload_checked(ed, context, reviews(40) + b"{oops\n" + reviews(1))
    answer = vi.get(f"{path}/report.html")
    read = assert_self_contained(answer.text)
    assert answer.headers["content-disposition"] == 'attachment; filename="report-1-1.html"'
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "sandbox" in policy
    assert ("content", policy.removesuffix("; sandbox")) in read.attributes
    assert read.tags.count("rect") > 5
    assert "Blocked" in answer.text
    assert "Lines 41" in answer.text
    assert f"{path}/report.html" in ed.get(path).text


def test_names_and_texts_of_a_hostile_set_are_text(ed: TestClient, context: Context) -> None:
    rows = [chat_row(f"{EVIL}{n}", EVIL[:60]) for n in range(12)]
    broken = '{"messages": [{"role": "user", "content": "<b>"}], "</style><script>": 1}'
    path = str(
        upload(
            ed, jsonl(*rows, broken, rows[0]), filename=f"{EVIL[:25]}.jsonl", name=EVIL[:80]
        ).headers["location"]
    )
    check_due(context)
    page = ed.get(f"{path}/report.html").text
    assert_self_contained(page)
    assert "&lt;script&gt;alert(1)" in page


def test_the_second_look_is_in_it_once_it_is_done(ed: TestClient, context: Context) -> None:
    rows = [chat_row(f"리뷰 {n}입니다. 배송이 빨랐습니다.", "감사합니다.") for n in range(12)]
    path = upload_checked(ed, context, jsonl(*rows, rows[0]))
    assert "Examples that are alike" not in ed.get(f"{path}/report.html").text
    do_all_due(context, deep_checking.TASKS)
    page = ed.get(f"{path}/report.html").text
    assert_self_contained(page)
    assert "Exact duplicates" in page
    assert "Korean" in page


def test_lines_are_bounded_and_counted(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context, jsonl(*[chat_row("same")] * (MOST_LINES + 101)))
    page = ed.get(f"{path}/report.html").text
    assert f"{MOST_LINES + 1}" in page
    assert f", {MOST_LINES + 2}" not in page
    assert "and 100 more" in page


@pytest.mark.parametrize(("profile", "label"), [("azure", "Azure OpenAI"), ("x", "Any compatible")])
def test_it_is_judged_for_a_provider(
    ed: TestClient, context: Context, profile: str, label: str
) -> None:
    path = upload_checked(ed, context)
    page = ed.get(f"{path}/report.html?for={profile}").text
    assert f"Judged for: {label}" in page
    assert ("missing_byte_order_mark" in page) == (profile == "azure")


def test_it_speaks_the_readers_language(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context)
    ed.headers["accept-language"] = "ko"
    assert '<html lang="ko"' in ed.get(f"{path}/report.html").text


def test_an_empty_set_has_one_too(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context, b"\n\n")
    assert "empty_file" in ed.get(f"{path}/report.html").text


def test_it_waits_for_the_check(ed: TestClient, anonymous: TestClient) -> None:
    path = upload(ed).headers["location"]
    assert ed.get(f"{path}/report.html").status_code == 404
    assert anonymous.get(f"{path}/report.html").headers.get("location") == "/login"
