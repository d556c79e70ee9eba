"""Speech level of Korean, by how sentences end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datasets.korean import SpeechLevel, speech_level

FORMAL, POLITE, PLAIN = SpeechLevel.FORMAL, SpeechLevel.POLITE, SpeechLevel.PLAIN
CASUAL, MIXED = SpeechLevel.CASUAL, SpeechLevel.MIXED


@pytest.mark.parametrize(
    ("level", "text"),
    [
        (FORMAL, "네, 확인했습니다. 잠시만 기다려 주십시오."),
        (FORMAL, "가능합니까?"),
        (FORMAL, "확인 부탁드립니다 :)"),
        (FORMAL, "제품이 불량입니다 ㅠㅠ"),
        (FORMAL, "그는 “괜찮아.”라고 말했습니다."),
        (FORMAL, "감사합니다. 좋은 하루 되세요. 다시 연락드리겠습니다."),
        (POLITE, "배송이 빨라서 좋았어요!"),
        (POLITE, "왜 안 되나요?"),
        (POLITE, "좋네요ㅎㅎ"),
        (POLITE, "그렇죠~ 맞아요^^"),
        (PLAIN, "오늘은 날씨가 좋다. 사람들이 공원에 모였다."),
        (PLAIN, "이 함수는 값을 반환한다"),
        (PLAIN, "그것은 사실이 아니다."),
        (CASUAL, "응 알겠어 내일 갈게"),
        (CASUAL, "그래, 네 말이 맞아."),
        (CASUAL, "밥 먹었니? 같이 가자"),
        (CASUAL, "영어로 번역해줘"),
        (MIXED, "할 수 있어요. 근데 너 왜 그랬어?"),
        (None, "긍정"),
        (None, "바다"),
        (None, "필요"),
        (None, "가장 중요"),
        (None, "이미지 업로드"),
        (None, "- 설치 방법\n- 사용 방법"),
        (None, "```\n값을 반환합니다.\n```"),
        (None, "Hello, 2024."),
        (None, ""),
    ],
)
def test_the_level_is_that_of_most_sentences(level: SpeechLevel | None, text: str) -> None:
    assert speech_level(text) is level


def test_formal_and_polite_are_of_one_family() -> None:
    assert FORMAL.family == POLITE.family
    assert len({level.family for level in SpeechLevel}) == 4


@given(st.text(st.characters()) | st.text("가다요니합습해.?!\n「」\"' "))
def test_any_text_can_be_asked(text: str) -> None:
    assert speech_level(text) in (None, *SpeechLevel)
