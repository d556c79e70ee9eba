"""What the report shows of the second look's figures: languages, speech levels, images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from app.datasets.deep.models import DeepCheck, DeepStatus
from app.datasets.deep.survey import ImageFigures, TextFigures
from app.datasets.korean import SpeechLevel
from app.datasets.languages import Language


@dataclass(frozen=True, slots=True)
class LanguageView:
    language: Language
    question_count: int
    answer_count: int


@dataclass(frozen=True, slots=True)
class LevelView:
    level: SpeechLevel
    count: int


@dataclass(frozen=True, slots=True)
class TextsView:
    """Only what occurs; examples are counted."""

    languages: Sequence[LanguageView]
    levels: Sequence[LevelView]
    images: ImageFigures

    @classmethod
    def of(cls, figures: TextFigures) -> Self:
        questions, answers = figures.questions, figures.answers
        return cls(
            languages=[
                LanguageView(language, questions.get(language, 0), answers.get(language, 0))
                for language in Language
                if language in questions or language in answers
            ],
            levels=[
                LevelView(level, figures.levels[level])
                for level in SpeechLevel
                if level in figures.levels
            ],
            images=figures.images,
        )

    @property
    def question_count(self) -> int:
        return sum(view.question_count for view in self.languages)

    @property
    def answer_count(self) -> int:
        return sum(view.answer_count for view in self.languages)

    @property
    def level_count(self) -> int:
        return sum(view.count for view in self.levels)


def view_texts(check: DeepCheck) -> TextsView | None:
    """None until the look is done."""
    is_done = check.status is DeepStatus.DONE and bool(check.texts)
    return TextsView.of(TextFigures.from_dict(check.texts)) if is_done else None
