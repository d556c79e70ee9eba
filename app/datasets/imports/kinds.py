"""The kinds of files that can come in, and what their rows are."""

from enum import StrEnum

from app.core.text import N_


class SourceKind(StrEnum):
    JSON_LINES = "jsonl"
    JSON = "json"
    DELIMITED = "csv"
    WORKBOOK = "xlsx"
    PARQUET = "parquet"
    TEXT = "text"

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]


_KIND_LABELS = {
    SourceKind.JSON_LINES: N_("JSON lines"),
    SourceKind.JSON: N_("JSON"),
    SourceKind.DELIMITED: N_("Table with separators"),
    SourceKind.WORKBOOK: N_("Excel workbook"),
    SourceKind.PARQUET: N_("Parquet"),
    SourceKind.TEXT: N_("Plain text"),
}


class Shape(StrEnum):
    """The first four are examples already."""

    CHAT = "chat"
    COMPLETION = "completion"
    PREFERENCE = "preference"
    REINFORCEMENT = "reinforcement"
    QUESTIONS = "squad"
    INSTRUCTIONS = "alpaca"
    CONVERSATIONS = "sharegpt"
    PAIRS = "pairs"
    COLUMNS = "columns"

    @property
    def label(self) -> str:
        return _SHAPE_LABELS[self]

    @property
    def is_ready(self) -> bool:
        return self in READY


_SHAPE_LABELS = {
    Shape.CHAT: N_("Chat"),
    Shape.COMPLETION: N_("Prompt and completion"),
    Shape.PREFERENCE: N_("Preference"),
    Shape.REINFORCEMENT: N_("Reinforcement"),
    Shape.QUESTIONS: N_("Questions on texts (SQuAD, KorQuAD)"),
    Shape.INSTRUCTIONS: N_("Instructions (Alpaca)"),
    Shape.CONVERSATIONS: N_("Conversations (ShareGPT)"),
    Shape.PAIRS: N_("Chosen and rejected answers"),
    Shape.COLUMNS: N_("Columns"),
}
READY = frozenset({Shape.CHAT, Shape.COMPLETION, Shape.PREFERENCE, Shape.REINFORCEMENT})


class TextLayout(StrEnum):
    MARKED = "marked"
    BLOCKS = "blocks"
    ALTERNATING = "alternating"
    LINES = "lines"

    @property
    def label(self) -> str:
        return _LAYOUT_LABELS[self]


_LAYOUT_LABELS = {
    TextLayout.MARKED: N_("Questions and answers marked, as in “Q:” and “A:”"),
    TextLayout.BLOCKS: N_("Pairs of lines between blank lines"),
    TextLayout.ALTERNATING: N_("A question on one line, its answer on the next"),
    TextLayout.LINES: N_("One text a line"),
}


class Confidence(StrEnum):
    CERTAIN = "certain"
    LIKELY = "likely"
    GUESS = "guess"

    @property
    def label(self) -> str:
        return _CONFIDENCE_LABELS[self]


_CONFIDENCE_LABELS = {
    Confidence.CERTAIN: N_("Certain"),
    Confidence.LIKELY: N_("Likely"),
    Confidence.GUESS: N_("A guess"),
}


def lowest(*found: Confidence) -> Confidence:
    return max(found, key=tuple(Confidence).index)
