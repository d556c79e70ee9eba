"""Near duplicates by character 5-grams."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.datasets.deep.near import NearTexts, list_grams

REVIEW = "배송이 정말 빨랐고 포장도 꼼꼼해서 마음에 들었습니다. 다음에도 여기서 주문하려고 합니다"


def test_a_small_change_is_near() -> None:
    near = NearTexts()
    assert near.join(0, REVIEW) == 0
    assert near.join(1, REVIEW + "!") == 0
    assert near.join(2, "이 앱은 실행할 때마다 꺼져서 도저히 쓸 수가 없습니다. 환불해 주세요") == 2


def test_short_texts_are_never_near() -> None:
    near = NearTexts()
    assert [near.join(number, "very good app") for number in range(3)] == [0, 1, 2]


@given(st.text(max_size=60))
def test_grams_are_of_five_letters(text: str) -> None:
    grams = list_grams(text)
    assert len(grams) <= max(0, len(text) - 4)
    assert all(len(gram) == 5 and gram in text for gram in grams)


@settings(max_examples=30)
@given(st.lists(st.text(min_size=20, max_size=80), max_size=20))
def test_a_text_joins_only_one_that_stands_alone(texts: list[str]) -> None:
    near = NearTexts()
    numbers = [near.join(number, text) for number, text in enumerate(texts)]
    assert all(number <= place for place, number in enumerate(numbers))
    assert all(numbers[number] == number for number in numbers)
    assert all(numbers[texts.index(text)] == numbers[place] for place, text in enumerate(texts))
