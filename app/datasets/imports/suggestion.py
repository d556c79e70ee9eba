"""A mapping to begin with, from the names of the columns and what stands in them."""

from collections.abc import Iterable, Sequence

from app.datasets.imports.cells import ColumnType
from app.datasets.imports.columns import Column
from app.datasets.imports.kinds import Shape, SourceKind
from app.datasets.imports.mapping import Keep, Mapping, Target
from app.datasets.imports.recognition import Recognition
from app.datasets.imports.shapes import turn_column

SYSTEM = ("system", "system_prompt", "system prompt", "시스템", "시스템 프롬프트")
ASKS = (
    "question", "query", "instruction", "prompt", "user", "input", "질문", "문의", "지시",
)  # fmt: skip
TEXTS = (
    "review", "text", "body", "content", "comment", "sentence", "message", "document",
    "review_body", "review_text", "utterance", "description", "리뷰", "내용", "본문", "문장",
    "댓글",
)  # fmt: skip
TITLES = ("title", "subject", "headline", "review_title", "제목")
ANSWERS = (
    "answer", "response", "completion", "assistant", "output", "reply", "target", "summary",
    "translation", "답변", "응답", "대답", "답", "정답", "요약",
)  # fmt: skip
LABELS = (
    "label", "class", "category", "sentiment", "intent", "star", "stars", "rating", "score",
    "topic", "emotion", "tag", "categoria", "kategorie",
    "라벨", "분류", "카테고리", "별점", "평점", "감정", "의도",
)  # fmt: skip


def suggest_mapping(found: Recognition) -> Mapping:
    """Always fits the columns of the source; a person goes on from there."""
    columns = {column.name.lower(): column.name for column in reversed(found.columns)}
    match found.shape:
        case Shape.CHAT | Shape.COMPLETION | Shape.PREFERENCE | Shape.REINFORCEMENT:
            return _suggest_ready(found, columns)
        case Shape.QUESTIONS if {"question", "answer"} <= columns.keys():
            return _suggest_questions(columns)
        case Shape.INSTRUCTIONS if {"instruction", "output"} <= columns.keys():
            return _suggest_instructions(columns)
        case Shape.CONVERSATIONS if turns := turn_column(columns.values()):
            return Mapping(
                target=Target.CONVERSATIONS,
                turns=turns,
                system=_template(_pick(columns, SYSTEM)),
                tools=columns.get("tools"),
            )
        case Shape.PAIRS if {"chosen", "rejected"} <= columns.keys():
            return _suggest_pairs(columns)
    return _suggest_columns(found.columns, columns)


def suggest_with_context(found: Recognition) -> Mapping | None:
    """Questions with the text that they are on above them; None where there is no such text."""
    columns = {column.name.lower(): column.name for column in reversed(found.columns)}
    if found.shape is not Shape.QUESTIONS or "context" not in columns:
        return None
    plain = suggest_mapping(found)
    asked = f"{reference(columns['context'])}\n\n{plain.user}"
    return plain.model_copy(update={"user": asked})


def reference(name: str) -> str:
    """The column in a template, quoted where its name needs it."""
    needs_quotes = any(mark in name for mark in '|{}"#/') or name != name.strip()
    return f'{{{{ "{name}" }}}}' if needs_quotes else f"{{{{ {name} }}}}"


def _suggest_ready(found: Recognition, columns: dict[str, str]) -> Mapping:
    """A table is asked for its columns even if they have the right names."""
    if found.kind in {SourceKind.JSON, SourceKind.JSON_LINES, SourceKind.PARQUET}:
        return Mapping(target=Target.KEEP)
    return _suggest_columns(found.columns, columns)


def _suggest_questions(columns: dict[str, str]) -> Mapping:
    """A question that comes again keeps its place and takes the later answer."""
    question = reference(columns["question"])
    return Mapping(
        target=Target.CHAT,
        user=question,
        assistant=reference(columns["answer"]),
        unique_by=question,
        keep=Keep.LAST,
    )


def _suggest_instructions(columns: dict[str, str]) -> Mapping:
    user = reference(columns["instruction"])
    if name := columns.get("input"):
        user += f"{{{{#{name}}}}}\n{reference(name)}{{{{/{name}}}}}"
    return Mapping(
        target=Target.CHAT,
        system=_template(_pick(columns, SYSTEM)),
        user=user,
        assistant=reference(columns["output"]),
        history=columns.get("history"),
    )


def _suggest_pairs(columns: dict[str, str]) -> Mapping:
    return Mapping(
        target=Target.PREFERENCE,
        system=_template(_pick(columns, SYSTEM)),
        user=_template(_pick(columns, ASKS)),
        chosen=reference(columns["chosen"]),
        rejected=reference(columns["rejected"]),
    )


def _suggest_columns(described: Sequence[Column], columns: dict[str, str]) -> Mapping:
    usable = [column for column in described if column.filled]
    answer = _find_answer(usable, columns)
    user = _find_user([column for column in usable if column is not answer], columns)
    if "prompt" in columns and "completion" in columns:
        return Mapping(
            target=Target.COMPLETION,
            prompt=reference(columns["prompt"]),
            completion=reference(columns["completion"]),
        )
    is_whole = answer is not None and answer.type is ColumnType.INTEGER
    return Mapping(
        target=Target.CHAT,
        system=_template(_pick(columns, SYSTEM)),
        user=user,
        assistant=_value_of(answer) if answer else None,
        types={answer.name: ColumnType.INTEGER} if is_whole and answer else {},
    )


def _find_answer(usable: Sequence[Column], columns: dict[str, str]) -> Column | None:
    """By name, else the column with fewest different short values."""
    by_name = {column.name: column for column in usable}
    named = _pick(columns, (*ANSWERS, "answers", *LABELS))
    if named in by_name:
        return by_name[named]
    labels = [column for column in usable if column.is_label]
    # The rows may be sorted by their label, so that the first ones show only one.
    alike = [column for column in usable if column.distinct == 1 and column.length <= 60]
    return min(labels or alike, key=lambda column: column.distinct, default=None)


def _find_user(usable: Sequence[Column], columns: dict[str, str]) -> str | None:
    """By name, a title before its text; else the column with the longest texts."""
    names = {column.name for column in usable}
    known = {key: name for key, name in columns.items() if name in names}
    asked, text = _pick(known, (*ASKS, *TEXTS)), _pick(known, TEXTS)
    if text and (title := _pick(known, TITLES)) and asked == text:
        return f"{reference(title)}\n{reference(text)}"
    if asked and (context := known.get("context")):
        return f"{reference(context)}\n\n{reference(asked)}"
    if asked:
        return reference(asked)
    longest = max(usable, key=lambda column: column.length, default=None)
    return reference(longest.name) if longest else None


def _value_of(column: Column) -> str:
    """SQuAD as a table keeps its answers as `{"text": […]}`."""
    is_squad = column.is_nested and '"text":' in column.examples[0]
    return reference(f"{column.name}.text.0") if is_squad else reference(column.name)


def _template(name: str | None) -> str | None:
    return reference(name) if name else None


def _pick(columns: dict[str, str], wanted: Iterable[str]) -> str | None:
    return next((columns[name] for name in wanted if name in columns), None)
