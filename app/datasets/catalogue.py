"""Every rule, and the one way to check a row against those of its format.

`RULES` are those of the check, with a bit each in the example index; `RULES_BY_ID` has those of the
second look too.
"""

from collections.abc import Iterator

from app.datasets import (
    rules_advice,
    rules_chat,
    rules_completion,
    rules_content,
    rules_examples,
    rules_lines,
    rules_texts,
    rules_tools,
)
from app.datasets.formats import DatasetFormat, is_other_format
from app.datasets.rules import Problem, Rule

RULES: tuple[Rule, ...] = (
    *rules_lines.RULES,
    *rules_chat.RULES,
    *rules_content.RULES,
    *rules_tools.RULES,
    *rules_examples.RULES,
    *rules_completion.RULES,
    *rules_advice.RULES,
)
RULES_BY_ID = {rule.id: rule for rule in RULES} | rules_texts.TEXT_RULES_BY_ID
BITS = {rule.id: 1 << position for position, rule in enumerate(RULES)}


def check_row(row: object, row_format: DatasetFormat) -> Iterator[Problem]:
    """Everything that can be said of a parsed row by itself."""
    if not isinstance(row, dict):
        yield Problem(rules_lines.DATA_TYPE, "")
        return
    if is_other_format(row, row_format):
        yield Problem(rules_lines.MIXED_FORMATS, "")
    yield from rules_examples.CHECKS[row_format](row)
