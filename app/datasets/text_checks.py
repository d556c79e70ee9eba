"""What the second look says of a row by its texts, and what it measures of them.

looked = look_at_row(row, DatasetFormat.CHAT)
looked.problems, looked.question, looked.answer, looked.level, looked.images
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from app.datasets.formats import DatasetFormat
from app.datasets.images import Image, check_image, list_images
from app.datasets.korean import SpeechLevel, speech_level
from app.datasets.languages import (
    Language,
    Scripts,
    add_scripts,
    find_prose,
    language_of,
    scripts_of,
)
from app.datasets.letters import census
from app.datasets.private_data import find_private
from app.datasets.row_texts import (
    Said,
    Speaker,
    join_content,
    list_messages,
    list_said,
    speaker_of,
)
from app.datasets.rules import Problem, Rule
from app.datasets.rules_texts import PRIVATE_RULES, SILENT_ANSWER
from app.datasets.text_damage import find_damage

CACHED_LETTERS = 4_000
CACHED_TEXTS = 512
LEAST_ANSWER_LETTERS = 20
SIGNS = ("So", "Sm", "Sc", "Sk")


class Examined(NamedTuple):
    """Rules a text breaks, and the scripts of what is prose in it."""

    rules: tuple[Rule, ...]
    scripts: Scripts


@dataclass(frozen=True, slots=True)
class LookedAt:
    """`tells`: whether the answer is long enough to have a language that can be compared."""

    problems: tuple[Problem, ...]
    question: Language | None
    answer: Language | None
    tells: bool
    level: SpeechLevel | None
    images: tuple[Image, ...]


def look_at_row(row: dict[str, Any], row_format: DatasetFormat) -> LookedAt:
    """Never raises, whatever the row holds."""
    said = list(list_said(row, row_format))
    examined = [examine(each.text) for each in said]
    images = tuple(list_images(row, row_format))
    answer = _scripts(said, examined, Speaker.ASSISTANT)
    return LookedAt(
        problems=(
            *(Problem(r, s.place) for s, e in zip(said, examined, strict=True) for r in e.rules),
            *_check_answers(row, row_format),
            *(problem for image in images for problem in check_image(image)),
        ),
        question=language_of(_scripts(said, examined, Speaker.USER)),
        answer=language_of(answer),
        tells=answer.weight >= LEAST_ANSWER_LETTERS,
        level=_level(said, answer),
        images=images,
    )


def examine(text: str) -> Examined:
    """System prompts and labels come again and again, so the last different texts are kept."""
    return _examine_again(text) if len(text) <= CACHED_LETTERS else _examine(text)


def _examine(text: str) -> Examined:
    counts, prose = census(text), find_prose(text)
    kinds = {match.kind for match in find_private(text)}
    private = (rule for kind, rule in PRIVATE_RULES.items() if kind in kinds)
    return Examined(
        rules=(*private, *(damage.rule for damage in find_damage(text, counts))),
        scripts=scripts_of(counts if prose is text else census(prose)),
    )


_examine_again = lru_cache(CACHED_TEXTS)(_examine)


def _scripts(said: list[Said], examined: list[Examined], speaker: Speaker) -> Scripts:
    places = zip(said, examined, strict=True)
    return add_scripts(e.scripts for s, e in places if s.speaker is speaker)


def _level(said: list[Said], answer: Scripts) -> SpeechLevel | None:
    if not answer.hangul:
        return None
    return speech_level("\n".join(each.text for each in said if each.speaker is Speaker.ASSISTANT))


def _check_answers(row: dict[str, Any], row_format: DatasetFormat) -> Iterator[Problem]:
    if row_format is DatasetFormat.COMPLETION:
        completion = row.get("completion")
        if isinstance(completion, str) and is_silent(completion):
            yield Problem(SILENT_ANSWER, "completion")
    for place, message in list_messages(row, row_format):
        speaks = any(message.get(key) for key in ("tool_calls", "function_call", "refusal"))
        is_answer = speaker_of(message) is Speaker.ASSISTANT and not speaks
        if is_answer and is_silent(join_content(message)):
            yield Problem(SILENT_ANSWER, f"{place}.content")


def is_silent(text: str) -> bool:
    """Only punctuation. A blank text is a matter of other rules; emoji and signs say something."""
    stripped = text.strip()
    return bool(stripped) and not any(
        letter.isalnum() or unicodedata.category(letter) in SIGNS for letter in stripped
    )
