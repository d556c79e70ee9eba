"""What a recipe would do: counts by step, and a few lines before and after.

Lines that are left out are counted exactly, from the index. Lines that are changed are counted
among the first ones, since that means reading them; where those are all of them it is exact too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlmodel import Session

from app.datasets import rules_lines
from app.datasets.catalogue import RULES
from app.datasets.deep.rows import find_rows
from app.datasets.labels import LabelCount
from app.datasets.reading import iter_lines, read_rows
from app.datasets.rules import Fix
from app.datasets.rules_texts import TEXT_RULES
from app.recipes.excerpts import ChangedLine, DroppedLine, compare_rows, show_dropped
from app.recipes.fixes import find_edit
from app.recipes.rewriting import find_editable, read_row
from app.recipes.rows import Edit
from app.recipes.selecting import Mask, Rows, Selection, Source, find_identities, select_lines
from app.recipes.splitting import Parts, SplitPreview, preview_split, split_rows
from app.recipes.steps import Step, find_split

SAMPLE_ROWS = 500
SAMPLE_BYTES = 2 << 20
FOUND_ROWS = 20
SHOWN_LINES = 3
MOST_ANSWERS = 20_000


@dataclass(slots=True)
class StepPreview:
    """`looked_at` is the number of lines that were read to count the changed ones.

    `is_exact` says that those are all; a step that leaves lines out may be too much to count.
    """

    step: Step
    left_out: int = 0
    ties: int = 0
    changed: int = 0
    looked_at: int = 0
    is_exact: bool = True
    dropped_lines: list[DroppedLine] = field(default_factory=list)
    changed_lines: list[ChangedLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RecipePreview:
    """`kept_count` lines stay, or become both parts of `split`."""

    steps: Sequence[StepPreview]
    line_count: int
    kept_count: int
    split: SplitPreview | None

    @property
    def left_out_count(self) -> int:
        return sum(step.left_out for step in self.steps)

    @property
    def is_exact(self) -> bool:
        return all(step.is_exact for step in self.steps)

    @property
    def is_without_effect(self) -> bool:
        does = any(step.left_out or step.changed for step in self.steps)
        return self.split is None and self.is_exact and not does


def preview_steps(
    session: Session, source: Source, steps: Sequence[Step], labels: Sequence[LabelCount]
) -> RecipePreview:
    """Raises Invalid where a step needs a comparison that is not there."""
    selection = select_lines(session, source, steps, MOST_ANSWERS)
    previews = [_of_selection(source, selection, place, step) for place, step in enumerate(steps)]
    _count_line_ends(source, selection, previews)
    _try_edits(source, selection, previews)
    rows, split = selection.rows, find_split(steps)
    parts = None
    if split is not None:
        found = divide(source, rows, steps, split)
        previews[-1].left_out = found.left_out_count
        parts = preview_split(source.index, found, labels)
    return RecipePreview(previews, len(source.index), len(rows), parts)


def divide(source: Source, rows: Rows, steps: Sequence[Step], split: Step) -> Parts:
    """The two parts of what the steps before the split have kept."""
    identities = find_identities(source, steps)
    percent, seed = split.training_percent or 0, split.seed or 0
    return split_rows(source.index, rows, percent, seed, identities)


def count_line_ends(source: Source, kept: Mask) -> int:
    """Lines that end otherwise than plain ones, or begin with a byte order mark."""
    rows = source.index.rows_with(rules_lines.CRLF.id)
    is_marked = rules_lines.BYTE_ORDER_MARK.id in source.index.header["file_rules"]
    first = [0] if is_marked and len(source.index) else []
    changed = np.unique(np.concatenate([rows, np.array(first, np.int64)]))
    return int(np.count_nonzero(kept[changed]))


def _of_selection(source: Source, selection: Selection, place: int, step: Step) -> StepPreview:
    examples = read_rows(source.stream, source.index, selection.first_rows[place])
    return StepPreview(
        step=step,
        left_out=selection.left_out[place],
        ties=selection.ties[place],
        is_exact=step not in selection.unknown,
        dropped_lines=[show_dropped(example) for example in examples],
    )


def _count_line_ends(source: Source, selection: Selection, previews: list[StepPreview]) -> None:
    for preview in previews:
        if preview.step.fix is Fix.UNIX_LINES:
            preview.changed = count_line_ends(source, selection.kept)


def _try_edits(source: Source, selection: Selection, previews: list[StepPreview]) -> None:
    edits = [(preview, edit) for preview in previews if (edit := find_edit(preview.step))]
    if not edits:
        return
    rows = np.flatnonzero(selection.kept & find_editable(source.index))
    sample = _first_rows(source, rows)
    _edit_rows(source, sample, edits, counts=True)
    for preview, _ in edits:
        preview.looked_at, preview.is_exact = len(sample), len(sample) == len(rows)
    if len(sample) < len(rows):
        found = np.setdiff1d(_found_rows(source, edits), sample)
        _edit_rows(source, found[np.isin(found, rows)], edits, counts=False)


def _first_rows(source: Source, rows: Rows) -> Rows:
    first = rows[:SAMPLE_ROWS]
    sizes = np.cumsum(source.index.length[first])
    return first[: max(1, int(np.searchsorted(sizes, SAMPLE_BYTES, side="right")))]


def _found_rows(source: Source, edits: Iterable[tuple[StepPreview, Edit]]) -> Rows:
    """Lines of findings that name one of the fixes: what the first lines may not show."""
    fixes = {preview.step.fix for preview, _ in edits}
    found = [np.empty(0, np.int64)]
    for rule in (*RULES, *TEXT_RULES):
        if rule.fix in fixes:
            rows = find_rows(source.storage, source.version, source.index, rule.id)
            found.append(rows[:FOUND_ROWS])
    return np.unique(np.concatenate(found))


def _edit_rows(
    source: Source, rows: Rows, edits: Sequence[tuple[StepPreview, Edit]], *, counts: bool
) -> None:
    lines = iter_lines(source.stream, source.index, rows)
    for row_number, line in zip(rows.tolist(), lines, strict=True):
        row = read_row(line)
        if row is None:
            continue
        for preview, edit in edits:
            edited = edit(row, source.format)
            if edited is not row:
                preview.changed += counts
                if len(preview.changed_lines) < SHOWN_LINES:
                    hides = preview.step.fix is Fix.MASK_PRIVATE
                    change = compare_rows(row_number + 1, row, edited, source.format, hides=hides)
                    preview.changed_lines.append(change)
            row = edited
