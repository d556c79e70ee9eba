"""The second look reads the texts: findings, rows, figures, and nothing private on the screen."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from app.datasets.checking import open_index
from app.datasets.command import validate
from app.datasets.deep import checking
from app.datasets.deep.models import DeepCheck
from app.datasets.deep.rows import find_rows
from app.datasets.models import VersionStatus
from app.worker import do_all_due
from tests.datasets.uploads import chat_row, jsonl, upload, upload_checked, version_at

EMAIL, PHONE = "minsu.kim@naver.com", "010-2345-6789"
KEY = "sk-proj-abcDEF0123456789abcDEF0123"
POLITE = "네, 도와드릴게요. 주문 번호를 알려 주세요"
ROWS = jsonl(
    chat_row(f"제 메일은 {EMAIL}입니다", f"{POLITE} 1."),  # line 1
    chat_row(f"전화 {PHONE} 주세요", f"{POLITE} 2."),
    chat_row("안녕하ㅅ요 반갑습니다", f"{POLITE} 3."),
    chat_row("왜 안 되나요?", "..."),
    chat_row("언제 오나요?", "내가 어떻게 알아? 그냥 기다려 봐. 나도 몰라"),  # line 5
    chat_row(f"키는 {KEY} 이에요", f"{POLITE} 4."),
    *(chat_row(f"질문 {number}이 있어요", f"{POLITE} {number}.") for number in range(5, 15)),
    chat_row("배송은 언제 되나요?", "Your parcel will arrive tomorrow morning."),  # line 17
    chat_row("반품", f"{EMAIL}로 보내 주세요."),
)
EXPECTED = {
    "email_address": [1, 18],
    "phone_number": [2],
    "broken_jamo": [3],
    "silent_answer": [4],
    "speech_levels": [5],
    "secret": [6],
    "language_mismatch": [17],
}


@pytest.fixture
def path(ed: TestClient, context: Context) -> str:
    return upload_checked(ed, context, ROWS)


@pytest.fixture
def looked(context: Context, path: str) -> str:
    look(context)
    return path


def look(context: Context) -> None:
    do_all_due(context, checking.TASKS)


def lines_of(context: Context, db: Database, path: str, rule: str) -> list[int]:
    version = version_at(db, path)
    index = open_index(context.storage, version)
    assert index is not None
    rows = find_rows(context.storage, version, index, rule)
    return [int(row) + 1 for row in rows]


def test_each_rule_has_its_lines_everywhere(
    vi: TestClient, context: Context, db: Database, looked: str
) -> None:
    page = vi.get(looked).text
    report = json.loads(vi.get(f"{looked}/report.json").content)
    found = {finding["rule"]: finding["lines"] for finding in report["findings"]}
    for rule, lines in EXPECTED.items():
        assert lines_of(context, db, looked, rule) == found[rule] == lines
        assert f'id="finding-{rule}"' in page
        listed = vi.get(f"{looked}/findings/{rule}").text
        assert all(f"line={line}" in listed for line in lines)
        shown = vi.get(f"{looked}/examples", params={"finding": rule}).text
        assert re.findall(r'id="line-(\d+)"', shown) == [str(line) for line in lines]


def test_the_command_line_says_the_same(vi: TestClient, tmp_path: Path, looked: str) -> None:
    file, out = tmp_path / "reviews.jsonl", io.StringIO()
    file.write_bytes(ROWS)
    assert validate([file], deep=True, as_json=True, out=out) == 0
    said = json.loads(out.getvalue()) | {"file": "reviews.jsonl"}
    assert said == json.loads(vi.get(f"{looked}/report.json").content)
    assert validate([file], deep=True, out=(table := io.StringIO())) == 0
    assert re.search(r"warns +email_address +2 +1, 18 ", table.getvalue())


def test_rules_of_the_check_and_kinds_of_likeness_have_rows_too(
    context: Context, db: Database, ed: TestClient
) -> None:
    path = upload_checked(ed, context, jsonl(*[chat_row("the same")] * 3))
    look(context)
    assert lines_of(context, db, path, "duplicate_example") == [2, 3]
    assert lines_of(context, db, path, "exact") == [1, 2, 3]
    assert lines_of(context, db, path, "nobody_knows") == []


def test_before_the_look_there_is_nothing(
    vi: TestClient, context: Context, db: Database, path: str
) -> None:
    assert lines_of(context, db, path, "email_address") == []
    assert 'id="finding-email_address"' not in vi.get(path).text
    assert vi.get(f"{path}/findings/email_address").status_code == 404


def test_a_warning_makes_a_ready_version_one_with_warnings(
    vi: TestClient, context: Context, db: Database, path: str
) -> None:
    assert version_at(db, path).status is VersionStatus.READY
    look(context)
    assert version_at(db, path).status is VersionStatus.WARNING
    assert "Ready, with 6 warnings." in vi.get(path).text
    assert "7 of 18 lines are affected" in vi.get(path).text


def test_notes_leave_it_ready_and_errors_leave_it_blocked(
    ed: TestClient, context: Context, db: Database
) -> None:
    noted = upload_checked(ed, context, jsonl(*(chat_row(f"２0 {n}") for n in range(12))))
    blocked = str(upload(ed, b"{oops\n" + ROWS, "blocked.jsonl").headers["location"])
    do_all_due(context)
    assert version_at(db, noted).status is VersionStatus.READY
    assert version_at(db, blocked).status is VersionStatus.BLOCKED


def test_checked_again_it_says_the_same(
    ed: TestClient, context: Context, db: Database, looked: str
) -> None:
    before = ed.get(f"{looked}/report.json").content
    ed.post(f"{looked}/validate")
    do_all_due(context)
    assert ed.get(f"{looked}/report.json").content == before
    assert version_at(db, looked).status is VersionStatus.WARNING


def test_a_look_that_ends_while_the_check_waits_again_changes_nothing(
    ed: TestClient, context: Context, db: Database, path: str
) -> None:
    ed.post(f"{path}/validate")
    look(context)
    assert version_at(db, path).status is VersionStatus.UPLOADED


PRIVATE = (EMAIL, PHONE, KEY, "abcDEF0123456789", "2345-6789", "minsu.kim")


ADDRESSES = (
    "",
    "/examples",
    "/examples?q=naver",
    "/examples?line=1",
    "/examples?line=2",
    "/examples?line=6",
    "/examples?finding=email_address",
    "/findings/secret",
    "/report.json",
    "/report.html",
)


def test_nothing_private_is_on_the_screen(ed: TestClient, looked: str) -> None:
    for address in ADDRESSES:
        page = ed.get(f"{looked}{address}")
        assert page.status_code == 200
        assert (address, [text for text in PRIVATE if text in page.text]) == (address, [])


def test_groups_show_nothing_private(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context, jsonl(*[chat_row(f"{EMAIL} {PHONE} {KEY}")] * 12))
    look(context)
    page = ed.get(f"{path}/alike/exact").text
    assert [text for text in PRIVATE if text in page] == []
    assert "[EMAIL] [PHONE] [SECRET]" in page


def test_a_line_that_cannot_be_read_shows_nothing_private_either(
    ed: TestClient, context: Context
) -> None:
    path = upload_checked(ed, context, f'{{"oops": "{EMAIL} {KEY}"\n'.encode() + ROWS)
    for address in (path, f"{path}/examples", f"{path}/examples?line=1"):
        page = ed.get(address).text
        assert [text for text in PRIVATE if text in page] == []
        assert "[EMAIL]" in page


def test_escapes_hide_nothing_from_the_mask(ed: TestClient, context: Context) -> None:
    row = json.dumps(json.loads(chat_row("비밀번호는 qwer1234!입니다 kim\x40naver.com")))
    path = upload_checked(ed, context, jsonl(row.replace("@", "\\u0040"), *[chat_row("b")] * 9))
    page = ed.get(f"{path}/examples?line=1").text
    assert "qwer1234" not in page
    assert "kim" not in page
    assert "masked on the screen" in page
    assert "masked on the screen" not in ed.get(f"{path}/examples?line=2").text


def test_the_row_says_which_of_its_texts_break_a_rule(vi: TestClient, looked: str) -> None:
    page = vi.get(f"{looked}/examples?line=3").text
    assert '<code class="text-s">broken_jamo</code>' in page
    assert "speech_levels" in vi.get(f"{looked}/examples?line=5").text


def test_the_download_is_as_it_was_sent(vi: TestClient, looked: str) -> None:
    assert vi.get(f"{looked}/download").content == ROWS


def test_languages_and_levels_are_counted(vi: TestClient, db: Database, looked: str) -> None:
    with db.read() as session:
        figures = session.exec(select(DeepCheck)).one().texts
    assert figures["questions"] == {"korean": 17, "mixed": 1}
    assert figures["levels"] == {"polite": 15, "casual": 1}
    page = vi.get(looked).text
    assert "Speech level of Korean answers" in page
    assert "해요체" in page
    assert "Images</h2>" not in page


def test_images_are_counted_by_host(ed: TestClient, context: Context) -> None:
    addresses = ["https://cdn.example.com/1.png", "http://cdn.example.com/2.png"]
    addresses += ["data:image/png;base64,aGVsbG8=", "https://localhost/3.png"]
    rows = [
        orjson.dumps(
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "image_url", "image_url": {"url": address}}],
                    },
                    {"role": "assistant", "content": f"A picture of number {number}"},
                ]
            }
        ).decode()
        for number, address in enumerate(addresses * 3)
    ]
    path = upload_checked(ed, context, jsonl(*rows))
    look(context)
    page = ed.get(path).text
    assert "12 examples with images" in page
    assert "<code>cdn.example.com</code>" in page
    assert "the largest has 5 B" in page
    assert all(f'id="finding-image_{rule}"' in page for rule in ("not_https", "private_host"))


def test_a_larger_version_is_read_in_a_process_of_its_own(
    vi: TestClient, context: Context, path: str
) -> None:
    small = replace(context, settings=context.settings.model_copy(update={"check_here_bytes": 10}))
    look(small)
    assert all(f'id="finding-{rule}"' in vi.get(path).text for rule in EXPECTED)


def test_a_worker_that_ends_gives_its_version_back(
    vi: TestClient, context: Context, path: str
) -> None:
    context.stop.set()
    assert checking.look_at_version(context) is True
    context.stop.clear()
    look(context)
    assert 'id="finding-secret"' in vi.get(path).text


def test_the_report_joins_what_is_new(vi: TestClient, context: Context, path: str) -> None:
    regions = re.compile(r'hx-target="#([a-z0-9-]+)"')
    meanwhile = vi.get(f"{path}/alike?for=azure").text
    assert regions.findall(meanwhile) == ["version-1-alike"]
    assert "/alike?for=azure" in meanwhile
    look(context)
    after = vi.get(f"{path}/alike").text
    page = vi.get(path).text
    assert len(regions.findall(after)) == 5
    assert all(f'id="{region}"' in page for region in regions.findall(after))
    assert 'id="finding-secret"' in after
    assert "ready with warnings" in after
    assert "hx-trigger" not in after
