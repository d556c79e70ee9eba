"""Languages by script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datasets.languages import (
    Language,
    Scripts,
    add_scripts,
    find_prose,
    language_of,
    scripts_of,
)
from app.datasets.letters import census


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (Language.KOREAN, "안녕하세요"),
        (Language.KOREAN, "API를 호출하면 JSON response가 옵니다"),
        (Language.KOREAN, "大韓民國 만세"),
        (Language.KOREAN, "```python\nprint('hello')\n``` 이렇게 하세요 https://example.com/a/b"),
        (Language.LATIN, "Hello"),
        (Language.LATIN, "Où est l'hôtel ?"),
        (Language.LATIN, "ｈｅｌｌｏ"),
        (Language.JAPANESE, "これは日本語です"),
        (Language.JAPANESE, "東京タワー"),
        (Language.CHINESE, "这是中文。"),
        (Language.OTHER, "привет"),
        (Language.OTHER, "สวัสดี"),
        (Language.MIXED, "Tell me about 안녕하세요"),
        (None, "5"),
        (None, "👍 !"),
        (None, ""),
    ],
)
def test_the_language_is_that_of_most_letters(language: Language | None, text: str) -> None:
    assert language_of(scripts_of(census(find_prose(text)))) is language


@given(st.text(st.characters()))
def test_any_text_has_a_language_or_none(text: str) -> None:
    assert language_of(scripts_of(census(find_prose(text)))) in (None, *Language)


@given(st.text(), st.text())
def test_letters_add_up(one: str, other: str) -> None:
    parts = add_scripts(scripts_of(census(text)) for text in (one, other))
    assert parts == scripts_of(census(one + other))
    assert add_scripts([]) == Scripts()
