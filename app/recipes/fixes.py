"""Every fix that changes rows, by its word; those that leave rows out stand in selecting.py."""

from collections.abc import Callable, Mapping

from app.datasets.formats import DatasetFormat
from app.datasets.rules import EVERY_FORMAT, MESSAGE_FORMATS, Fix
from app.recipes import fixes_completion, fixes_texts
from app.recipes.rows import Edit
from app.recipes.steps import Step

COMPLETION = frozenset({DatasetFormat.COMPLETION})
ONE_ANSWER = frozenset({DatasetFormat.CHAT, DatasetFormat.COMPLETION})
FORMATS = {
    Fix.TRIM: MESSAGE_FORMATS,
    Fix.ONE_SYSTEM_PROMPT: MESSAGE_FORMATS,
    Fix.DROP_CONTRADICTORY: ONE_ANSWER,
    Fix.DROP_PREFIX: COMPLETION,
    Fix.LOWER_CASE: COMPLETION,
    Fix.SEPARATOR: COMPLETION,
    Fix.LEADING_SPACE: COMPLETION,
    Fix.END_MARKER: COMPLETION,
}


def fits(fix: Fix, row_format: DatasetFormat) -> bool:
    """Blanks at the ends of prompts and completions have a meaning, so they are not trimmed."""
    return row_format in FORMATS.get(fix, EVERY_FORMAT)


MAKERS: Mapping[Fix, Callable[[Step], Edit]] = {
    Fix.TRIM: lambda _: fixes_texts.TRIM,
    Fix.NFC: lambda _: fixes_texts.NFC,
    Fix.FULL_WIDTH: lambda _: fixes_texts.NARROW,
    Fix.MASK_PRIVATE: lambda _: fixes_texts.MASK,
    Fix.ONE_SYSTEM_PROMPT: lambda step: fixes_texts.set_system_prompt(step.text),
    Fix.SEPARATOR: lambda step: fixes_completion.add_separator(step.text),
    Fix.END_MARKER: lambda step: fixes_completion.add_end_marker(step.text),
    Fix.LEADING_SPACE: lambda _: fixes_completion.add_leading_space(),
    Fix.LOWER_CASE: lambda step: fixes_completion.write_lower_case(step.columns),
    Fix.DROP_PREFIX: lambda step: fixes_completion.take_beginning_away(
        step.prompt, step.completion
    ),
}


def find_edit(step: Step) -> Edit | None:
    """None for a step that changes no row: it leaves rows out, or is about line ends."""
    maker = MAKERS.get(step.fix) if step.fix else None
    return maker(step) if maker else None
