"""What the second look says of a row: texts of every place, answers that say nothing, images."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datasets import rules_texts as rules
from app.datasets.excerpts import LONGEST_EXCERPT, excerpt_of, find_spot
from app.datasets.formats import DatasetFormat
from app.datasets.images import LARGEST_BYTES, is_private_host
from app.datasets.korean import SpeechLevel
from app.datasets.languages import Language
from app.datasets.places import value_at
from app.datasets.private_data import find_private
from app.datasets.rules import Rule, Severity
from app.datasets.rules_texts import TEXT_RULES, TEXT_RULES_BY_ID
from app.datasets.text_checks import is_silent, look_at_row

CHAT, COMPLETION = DatasetFormat.CHAT, DatasetFormat.COMPLETION
EMAIL = "kim@naver.com"
TEXTS = st.text(st.characters(), max_size=20)
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["messages", "prompt", "completion", "input", "preferred_output", "tools", "reference"]
) | st.sampled_from(
    ["role", "content", "text", "tool_calls", "image_url", "url", "weight", "refusal"]
)
ROLES = st.sampled_from(["user", "assistant", "system"])
ROWS: Any = st.dictionaries(
    KEYS, VALUES | st.lists(st.dictionaries(KEYS, VALUES | ROLES, max_size=4), max_size=3)
)


def chat(*messages: dict[str, Any]) -> Any:
    return {"messages": list(messages)}


def ask(question: object = "Hello", answer: object = "Hello to you", **beside: Any) -> Any:
    asked = {"role": "user", "content": question}
    return chat(asked, {"role": "assistant", "content": answer} | beside)


def image(address: str) -> Any:
    return ask([{"type": "image_url", "image_url": {"url": address}}])


def problems(row: dict[str, Any], row_format: DatasetFormat = CHAT) -> list[tuple[str, str]]:
    return [(rule.id, place) for rule, place in look_at_row(row, row_format).problems]


@given(ROWS, st.sampled_from(DatasetFormat))
def test_any_row_can_be_looked_at(row: dict[str, Any], row_format: DatasetFormat) -> None:
    assert all(
        problem.rule.id in TEXT_RULES_BY_ID for problem in look_at_row(row, row_format).problems
    )


@pytest.mark.parametrize(
    ("row", "row_format", "place"),
    [
        (ask(f"I am {EMAIL}"), CHAT, "messages[0].content"),
        (ask([{"type": "text", "text": EMAIL}]), CHAT, "messages[0].content[0].text"),
        (
            ask(tool_calls=[{"function": {"name": "mail", "arguments": f'{{"to": "{EMAIL}"}}'}}]),
            CHAT,
            "messages[1].tool_calls[0].function.arguments",
        ),
        ({"prompt": EMAIL, "completion": " yes"}, COMPLETION, "prompt"),
        (
            {"input": ask(EMAIL), "preferred_output": [], "non_preferred_output": []},
            DatasetFormat.PREFERENCE,
            "input.messages[0].content",
        ),
        (
            {"preferred_output": [{"role": "assistant", "content": EMAIL}]},
            DatasetFormat.PREFERENCE,
            "preferred_output[0].content",
        ),
        (
            chat({"role": "user", "content": "who?"}) | {"reference": {"answer": EMAIL}},
            DatasetFormat.REINFORCEMENT,
            "reference.answer",
        ),
    ],
)
def test_every_text_of_a_row_is_read(
    row: dict[str, Any], row_format: DatasetFormat, place: str
) -> None:
    assert problems(row, row_format) == [("email_address", place)]
    assert EMAIL in str(value_at(row, place))


@pytest.mark.parametrize("text", ["...", "-", " ?! ", "。", "…", "---\n---", "「」"])
def test_punctuation_alone_says_nothing(text: str) -> None:
    assert is_silent(text)
    assert problems(ask(answer=text)) == [("silent_answer", "messages[1].content")]
    completion = {"prompt": "a", "completion": text}
    assert problems(completion, COMPLETION) == [("silent_answer", "completion")]


@pytest.mark.parametrize("text", ["5", "👍", "+", "ㅇㅇ", "네.", "", "  ", "$", "->"])
def test_a_sign_says_something_and_blanks_are_a_matter_of_other_rules(text: str) -> None:
    assert problems(ask(answer=text)) == []


@pytest.mark.parametrize("beside", [{"tool_calls": [{"id": "a"}]}, {"refusal": "No."}])
def test_a_call_or_a_refusal_is_an_answer(beside: dict[str, Any]) -> None:
    assert problems(ask(answer="...", **beside)) == []


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://example.com/a.png", []),
        ("data:image/png;base64,AAAA", []),
        ("http://example.com/a.png", ["image_not_https"]),
        ("https://localhost:8000/a.png", ["image_private_host"]),
        ("http://192.168.0.4/a.png", ["image_not_https", "image_private_host"]),
        ("https://[::1]/a.png", ["image_private_host"]),
        ("https://[broken", []),
        ("data:image/png;base64," + "A" * (LARGEST_BYTES * 4 // 3 + 4), ["image_too_large"]),
    ],
)
def test_images_are_weighed_and_their_hosts_known(address: str, found: list[str]) -> None:
    place = "messages[0].content[0].image_url.url"
    assert problems(image(address)) == [(rule, place) for rule in found]


def test_the_size_of_an_image_is_that_of_its_bytes() -> None:
    [found] = look_at_row(image("data:image/png;base64,aGVsbG8="), CHAT).images
    assert found.size == len(b"hello")


@pytest.mark.parametrize("host", ["localhost", "nas", "files.local", "10.0.0.1", "169.254.1.1"])
def test_private_hosts(host: str) -> None:
    assert is_private_host(host)
    assert not is_private_host("example.com")
    assert not is_private_host("8.8.8.8")


def test_a_row_has_languages_and_a_level() -> None:
    looked = look_at_row(ask("How do I cancel?", "설정에서 구독을 해지하시면 됩니다."), CHAT)
    assert (looked.question, looked.answer) == (Language.LATIN, Language.KOREAN)
    assert looked.level is SpeechLevel.FORMAL
    assert looked.tells
    assert not look_at_row(ask("어때요?", "good"), CHAT).tells


@pytest.mark.parametrize("rule", TEXT_RULES, ids=lambda rule: rule.id)
def test_every_rule_has_a_sentence_without_places_to_fill(rule: Rule) -> None:
    assert rule.sentence.format() == rule.sentence
    assert rule.severity is not Severity.ERROR


SECRET = "sk-proj-abcDEF0123456789abcDEF0123456789"


@given(st.text(max_size=200), st.text(max_size=200), st.integers(0, 400))
def test_no_part_of_a_secret_is_in_an_excerpt(before: str, after: str, start: int) -> None:
    text = f"{before} {SECRET} {after}"
    shown = excerpt_of(text, min(start, len(text)))
    assert SECRET[8:20] not in shown
    assert SECRET[-12:] not in shown
    assert len(shown) <= LONGEST_EXCERPT + 1


def test_an_excerpt_is_around_the_place() -> None:
    text = "글자 " * 500 + "돌ㅇ파형\x1b " + "글자 " * 500
    assert "돌ㅇ파형\\x1b" in excerpt_of(text, find_spot(text, rules.BROKEN_JAMO))
    assert "[EMAIL]" in excerpt_of(f"{text}{EMAIL}", find_spot(text + EMAIL, rules.EMAIL_ADDRESS))
    assert find_spot("nothing", rules.SECRET) == 0
    assert not list(find_private(excerpt_of(f"{text}{EMAIL}", 0)))
