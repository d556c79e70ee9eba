"""Secrets and personal data: what is found, what is left alone, and that nothing is left over."""

import re
import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datasets.private_data import Match, PrivateKind, find_private, mask_private

LETTERS = string.ascii_letters + string.digits
KEY_BLOCK = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"
SECRET, EMAIL, PHONE = PrivateKind.SECRET, PrivateKind.EMAIL, PrivateKind.PHONE
RESIDENT, CARD = PrivateKind.RESIDENT_NUMBER, PrivateKind.CARD_NUMBER

# The part between ⟦ and ⟧ is private.
PRIVATE = [
    (EMAIL, "Write to ⟦kim@naver.com⟧."),
    (EMAIL, "메일은⟦kim.min-su+a@mail.naver.co.kr⟧으로 주세요"),
    (EMAIL, "ｋ ⟦ｋｉｍ＠ｎａｖｅｒ．ｃｏｍ⟧"),
    (SECRET, "use ⟦sk-proj-abcDEF0123456789_abcDEF-0123⟧ here"),
    (SECRET, "use ⟦sk-ant-api03-abcDEF0123456789⟧"),
    (SECRET, "⟦AKIAIOSFODNN7EXAMPLE⟧"),
    (SECRET, "⟦ghp_0123456789abcdefghijABCDEFGHIJ012345⟧"),
    (SECRET, "⟦github_pat_11ABCDEFG0123456789_abc⟧"),
    (SECRET, "⟦xoxb-123456789012-abcdefABCDEF⟧"),
    (SECRET, "https://⟦hooks.slack.com/services/T00000000/B00000000/XXXXXXXX⟧"),
    (SECRET, "⟦AIzaSyA0123456789abcdefghijABCDEFGHIJ01⟧"),
    (SECRET, "⟦eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijk⟧"),
    (SECRET, f"key:\n⟦{KEY_BLOCK}⟧\nend"),
    (SECRET, "postgres://user:⟦pa55w0rd!⟧@db:5432/x"),
    (SECRET, "password=⟦hunter22!⟧"),
    (SECRET, '{"password": "⟦S3cure!pass1⟧"}'),
    (SECRET, '{\\"db_password\\": \\"⟦S3cure!pass1⟧\\"}'),
    (SECRET, "비밀번호는 ⟦qwer1234!⟧입니다"),
    (SECRET, "aws_secret_access_key = ⟦wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEY1⟧"),
    (SECRET, "Authorization token: ⟦9f86d081884c7d659a2f⟧"),
    (PHONE, "연락처⟦010-1234-5678⟧입니다"),
    (PHONE, "연락처 ⟦01012345678⟧, ⟦010 1234 5679⟧"),
    (PHONE, "⟦０１０－１２３４－５６７８⟧"),
    (PHONE, "사무실 ⟦02-345-6789⟧ 또는 ⟦(031) 345-6789⟧"),
    (PHONE, "⟦+82 10-1234-5678⟧ and ⟦+1 (415) 555-2671⟧ and ⟦+447911123456⟧"),
    (PHONE, "call ⟦415-555-2671⟧ or ⟦(415) 555-2671⟧"),
    (RESIDENT, "주민등록번호 ⟦900101-1234567⟧"),
    (RESIDENT, "번호는 ⟦900101-1234568⟧, ⟦9001011234568⟧"),
    (RESIDENT, "⟦210101-3000000⟧ since the check digit ended in 2020"),
    (CARD, "card ⟦4111 1111 1111 1111⟧ or ⟦5555-5555-5555-4444⟧ or ⟦378282246310005⟧"),
]
HARMLESS = [
    "",
    "icon@2x.png git@github.com:foo/bar.git @app.get a@b user@localhost",
    "sk-learn-contrib-with-a-very-long-name",
    "password: your_password, password=${DB_PASSWORD}, password = input('Password1: ')",
    'api_key = os.environ["OPENAI_API_KEY"]; api_key=get_key(); api_key=settings.api_key_2',
    "password=********** passwd: changeme123",
    "비밀번호: 8자리 이상으로 설정하세요. 비밀번호를 변경: 설정 > 계정",
    "max_tokens=100000000000000000, token: 12345, the secret: garlic and butter",
    "http://user:password@host",
    "2024-10-11 10:11:12, 192.168.100.200, 3.14159265358979, 1700000000000",
    "주문번호 20241011-0012345, 사업자번호 123-45-67890, 대표번호 1588-1234",
    "ISBN 978-3-16-148410-0, 1,000,000,000 won, +1000",
    "900101-1234567 has no check digit, 901301-1234568 no date, 900101-9234568 no century",
    "4111 1111 1111 1112 and 1234 5678 9012 3452 and 0000 0000 0000 0000",
    "task/5522204518514688 and id=4111111111111111",
    "[EMAIL] password=[SECRET] [PHONE] [RESIDENT_NUMBER] [CARD_NUMBER]",
]


@pytest.mark.parametrize(("kind", "marked"), PRIVATE)
def test_it_is_found_where_it_stands(kind: PrivateKind, marked: str) -> None:
    text = re.sub("[⟦⟧]", "", marked)
    found = list(find_private(text))
    assert [match.kind for match in found] == [kind] * marked.count("⟦")
    assert [text[m.start : m.end] for m in found] == re.findall("⟦([^⟧]*)⟧", marked)
    assert mask_private(text) == re.sub("⟦[^⟧]*⟧", kind.placeholder, marked)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_alike_is_left_alone(text: str) -> None:
    assert list(find_private(text)) == []
    assert mask_private(text) == text


def resident_number(day: date, last: int) -> str:
    """With the check digit of those who were born before 2000."""
    digits = f"{day:%y%m%d}1{last:05}"
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return f"{digits[:6]}-{digits[6:]}{(11 - total % 11) % 10}"


def card_number(middle: int) -> str:
    digits = f"4{middle:014}"
    doubled = [int(d) * (2 - at % 2) for at, d in enumerate(digits)]
    return digits + str(-sum(n // 10 + n % 10 for n in doubled) % 10)


PRIVATE_THINGS = st.one_of(
    st.from_regex(r"[a-z0-9]{1,20}@[a-z0-9]{1,20}\.(com|co\.kr|net)", fullmatch=True),
    st.from_regex(r"sk-[A-Za-z]{5}[0-9][A-Za-z0-9_]{20,40}", fullmatch=True),
    st.from_regex(r"010-[1-4][0-9]{3}-[0-9]{3}5", fullmatch=True),
    st.builds(
        resident_number, st.dates(date(1930, 1, 1), date(1999, 12, 31)), st.integers(0, 9999)
    ),
    st.builds(card_number, st.integers(10**13, 10**14 - 1)),
)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="@"), max_size=12)


@given(WORDS, PRIVATE_THINGS, WORDS)
def test_masking_leaves_nothing_of_it(before: str, private: str, after: str) -> None:
    assert private not in mask_private(f"{before} {private} {after}")


@given(st.text(st.characters()) | st.text("0123456789-+ ().@:=sk_password토큰비밀번호" + "０１－"))
def test_any_text_can_be_looked_through(text: str) -> None:
    found = list(find_private(text))
    places = [place for match in found for place in (match.start, match.end)]
    assert places == sorted(places)
    assert all(0 <= match.start < match.end <= len(text) for match in found)
    assert all(isinstance(match, Match) for match in found)


@given(st.lists(PRIVATE_THINGS | WORDS, max_size=6))
def test_a_masked_text_is_masked_for_good(pieces: list[str]) -> None:
    masked = mask_private(", ".join(pieces))
    assert mask_private(masked) == masked


@pytest.mark.parametrize("piece", ["1 ", "a@", "a.", "+1-", "password=", "://a:", "eyJ", "-----"])
def test_long_hostile_texts_take_no_time(piece: str) -> None:
    assert len(mask_private(piece * 50_000)) > 0
