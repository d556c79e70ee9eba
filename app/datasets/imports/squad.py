"""SQuAD and KorQuAD: a text with its questions becomes a row for each question."""

from collections.abc import Iterator
from typing import Any

from app.datasets.imports.rows import Values


def holds_questions(value: object) -> bool:
    """A topic with `paragraphs`, a paragraph with `qas`, or a page of KorQuAD 2."""
    return isinstance(value, dict) and (
        isinstance(value.get("paragraphs"), list) or isinstance(value.get("qas"), list)
    )


def flatten(topic: Values) -> Iterator[Values]:
    """question, answer (the first one), context, title and id; missing ones are blank."""
    paragraphs = topic.get("paragraphs")
    for paragraph in paragraphs if isinstance(paragraphs, list) else [topic]:
        if not isinstance(paragraph, dict) or not isinstance(paragraph.get("qas"), list):
            continue
        for entry in paragraph["qas"]:
            if isinstance(entry, dict):
                yield {
                    "question": _text(entry.get("question")),
                    "answer": _first_answer(entry),
                    "context": _text(paragraph.get("context")),
                    "title": _text(topic.get("title")),
                    "id": _text(entry.get("id")),
                }


def _first_answer(entry: Values) -> str:
    answers = entry.get("answers", entry.get("answer"))
    first = answers[0] if isinstance(answers, list) and answers else answers
    return _text(first.get("text")) if isinstance(first, dict) else _text(first)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
