"""Damage of texts: wrong encodings, jamo that came apart, letters in parts, marks nobody sees."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datasets import rules_texts as rules
from app.datasets.letters import CHUNK_LETTERS, Kind, census
from app.datasets.rules import Rule
from app.datasets.text_damage import find_damage

GREETING = "안녕하세요 반갑습니다"
DAMAGED = [
    (rules.MOJIBAKE, GREETING.encode().decode("cp1252", "replace").replace("\ufffd", "")),
    (rules.MOJIBAKE, GREETING.encode().decode("latin-1")),
    (rules.MOJIBAKE, GREETING.encode("cp949").decode("latin-1")),
    (rules.MOJIBAKE, "?덈뀞?섏꽭??諛섍컩?듬땲??"),
    (rules.MOJIBAKE, "값은 占쏙옙입니다"),
    (rules.MOJIBAKE, "CafÃ© and Itâ€™s"),
    (rules.MOJIBAKE, "привет".encode().decode("cp1252", "replace").replace("\ufffd", "")),
    (rules.MOJIBAKE, "日本語".encode().decode("cp1252", "replace").replace("\ufffd", "")),
    (rules.REPLACEMENT_CHARACTER, "a prize of \ufffd900"),
    (rules.BROKEN_JAMO, "안녕하ㅅ요"),
    (rules.BROKEN_JAMO, "안녕하ㅔ요"),
    (rules.BROKEN_JAMO, "ㅎㅏㄴㄱㅡㄹ"),
    (rules.BROKEN_JAMO, "문제해결 및 한계 돌ㅇ파형"),
    (rules.BROKEN_JAMO, "\u1112안녕"),
    (rules.NOT_COMPOSED, unicodedata.normalize("NFD", "좋아요")),
    (rules.NOT_COMPOSED, unicodedata.normalize("NFD", "café")),
    (rules.FULL_WIDTH, "２０2４년"),
    (rules.FULL_WIDTH, "ＡＰＩ key"),
    (rules.INVISIBLE_CHARACTER, "pass\u200bword"),
    (rules.INVISIBLE_CHARACTER, "\ufeff안녕"),
    (rules.INVISIBLE_CHARACTER, "abc\u202etxt.exe"),
    (rules.INVISIBLE_CHARACTER, "\x1b[31mred"),
    (rules.INVISIBLE_CHARACTER, "hi\U000e0041\U000e0042"),
    (rules.INVISIBLE_CHARACTER, "두\u2028줄"),
]
WHOLE = [
    "",
    "안녕하세요 ㅋㅋㅋ ㅎㅎ ㅠㅠ ㅇㅇ ㄱㄱ ㅇㅋ ㄹㅇ 좋아요ㅠ 넵ㅎ 좋아ㅋ근데",
    "네ㅔ 야ㅏ 그래ㅐ 아ㅏㅏㅏ 뭐ㅓ",
    "ㄱ. 첫째 ㄴ. 둘째 자음 ㄱ과 모음 ㅏ, -ㄴ다 어미",
    "나랏말ᄊᆞ미 듕귁에 달아",
    "똠방각하 펲시",
    "Café crème — déjà vu, naïve, Ångström, Straße, São, “curly” it’s, à\xa0« mot »",
    "łódź żółć Tiếng Việt привет 日本語です 中文",
    "50°C ± 2, £900, ½ cup, ©2024",
    "ＡＢＣ",
    "👩\u200d💻 👍🏽 ❤️ 🏴\U000e0067\U000e0062\U000e0065\U000e007f 🇰🇷",
    "نمی\u200cشود \u200fשלום",
    "tab\tline\r\nend",
]


def rules_of(text: str) -> list[Rule]:
    return [damage.rule for damage in find_damage(text)]


@pytest.mark.parametrize(("rule", "text"), DAMAGED)
def test_damage_is_known(rule: Rule, text: str) -> None:
    assert rules_of(text) == [rule]
    assert rules_of(f"Before it, {text} and after it. " * 3) == [rule]


@pytest.mark.parametrize("text", WHOLE)
def test_what_people_write_is_no_damage(text: str) -> None:
    assert rules_of(text) == []


@pytest.mark.parametrize("text", ["안녕하ㅅ요", "a \ufffd", "b\u200bc", "ＡＰＩ x", "CafÃ©"])
def test_it_says_where(text: str) -> None:
    [damage] = find_damage(text)
    assert [d.start for d in find_damage("좋은 글. " + text)] == [damage.start + len("좋은 글. ")]


@given(st.text(st.characters()) | st.text("ㅎㅏㄴ가하ÃìëÂ©\x95\xa0�\u200b１a"))
def test_any_text_can_be_looked_at(text: str) -> None:
    assert all(0 <= damage.start <= len(text) for damage in find_damage(text))
    assert sum(census(text)) == len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=4))
def test_korean_read_as_latin_is_always_found(text: str) -> None:
    assert rules.MOJIBAKE in rules_of(text.encode().decode("latin-1"))


def test_a_long_text_is_counted_in_parts() -> None:
    text = "가a１" * CHUNK_LETTERS
    counts = census(text)
    assert [counts[kind] for kind in (Kind.HANGUL, Kind.LATIN, Kind.WIDE)] == [CHUNK_LETTERS] * 3
