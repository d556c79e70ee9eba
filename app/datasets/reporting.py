"""Reads a report from an example index: columns in slices, so memory stays the same."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.datasets import rules_completion, rules_content, rules_lines
from app.datasets.advice import Params, WholeSet, advise, params_of_odd_rows
from app.datasets.catalogue import RULES_BY_ID
from app.datasets.costs import (
    PROVIDER_TOKENS_PER_EXAMPLE,
    PROVIDER_TOKENS_PER_MESSAGE,
    TOKEN_LIMITS,
    find_token_limit,
)
from app.datasets.example_index import ExampleIndex
from app.datasets.formats import DatasetFormat
from app.datasets.labels import LabelCount, balance
from app.datasets.measures import Role
from app.datasets.parsing import MAX_DEPTH
from app.datasets.report import (
    Finding,
    Histograms,
    LimitSums,
    Report,
    Statistics,
    sort_findings,
)
from app.datasets.rules import Rule
from app.datasets.statistics import Distribution, Histogram, Tally
from app.datasets.tokens import EncodingName, get_encoding

# Rows by rule: `index.rows_with`, or `deep.rows.find_rows`, which knows the second look too.
RowsOf = Callable[[str], NDArray[np.int64]]

EMPTY_PROMPT = rules_completion.EMPTY_PROMPT.id


def build_report(index: ExampleIndex) -> Report:
    header = index.header
    tokens = _tally(index, "tokens")
    labels = _label_balance(index)
    examples = sum(int(np.count_nonzero(index.format[part])) for part in index.slices())
    turns, answers = _tally(index, "turns"), _tally(index, "assistant_tokens")
    limit = find_token_limit(header["model"])
    return Report(
        format=DatasetFormat(header["format"]),
        model=header["model"],
        limit=limit,
        lines=header["lines"],
        examples=examples,
        findings=_findings(index, examples, labels),
        statistics=Statistics(
            encoding=header["encoding"],
            missing_system=_count_without(index, Role.SYSTEM | Role.DEVELOPER),
            missing_user=_count_without(index, Role.USER),
            messages_per_example=Distribution.of(turns),
            tokens_per_example=Distribution.of(tokens),
            assistant_tokens_per_example=Distribution.of(answers),
            tokens_total=tokens.total,
            assistant_tokens_total=answers.total,
            over_limit=tokens.count_over(limit),
        ),
        histograms=Histograms(*(Histogram.of(tally) for tally in (turns, tokens, answers))),
        labels=labels,
        sums=_sums(index, tokens),
        size=header.get("bytes", 0),
    )


def finding_lines(
    rows_of: RowsOf, finding: Finding, start: int = 0, count: int | None = None
) -> list[int]:
    """Line numbers in order, all of them or a page."""
    end = None if count is None else start + count
    lines: list[int] = all_finding_lines(rows_of, finding)[start:end].tolist()
    return lines


def all_finding_lines(rows_of: RowsOf, finding: Finding) -> NDArray[np.int64]:
    """As an array, since they can be millions."""
    return np.array(finding.lines) if finding.lines else rows_of(finding.rule) + 1


def _findings(
    index: ExampleIndex, examples: int, labels: tuple[LabelCount, ...]
) -> tuple[Finding, ...]:
    header = index.header
    whole = WholeSet(header, examples, labels)
    params = _params(header) | params_of_odd_rows(header)
    found = [_find(RULES_BY_ID[rule_id], 1, {}, lines=(1,)) for rule_id in header["file_rules"]]
    found += [
        _find(RULES_BY_ID[rule_id], count, params.get(rule_id, {}))
        for rule_id, count in index.rule_counts().items()
        if rule_id in RULES_BY_ID and not (whole.is_open_ended and rule_id == EMPTY_PROMPT)
    ]
    found += [_find(each.rule, each.count, each.params) for each in advise(whole)]
    if len(index) and not header["encoding_known"]:
        rule = rules_lines.ENCODING_GUESSED
        found.append(_find(rule, 1, {key: header[key] for key in ("model", "encoding")}))
    return sort_findings(found)


def _params(header: dict[str, Any]) -> dict[str, Params]:
    """Values for the placeholders of a rule's sentence, by rule."""
    return {
        "line_too_long": {"limit": header["max_line_bytes"]},
        "nested_too_deep": {"limit": MAX_DEPTH},
        "long_blanks": {"limit": rules_content.MAX_BLANKS},
        "too_many_images": {"limit": rules_content.MAX_IMAGES},
        "mixed_formats": {"format": header["format"]},
        "over_token_limit": {
            "limit": find_token_limit(header["model"]) or 0,
            "model": header["model"],
        },
        "long_pair": {"limit": rules_completion.MAX_PAIR_LETTERS},
        "over_2048_tokens": {"limit": rules_completion.OLD_TOKEN_LIMIT},
    }


def _find(rule: Rule, count: int, params: Params, lines: tuple[int, ...] = ()) -> Finding:
    used = {key: value for key, value in params.items() if f"{{{key}}}" in rule.sentence}
    return Finding(rule.id, rule.severity, rule.sentence, count, used, lines)


def _tally(index: ExampleIndex, name: str) -> Tally:
    """Of the examples that have something to count."""
    column = index.column(name)
    return Tally.of(column[part][index.turns[part] > 0] for part in index.slices())


def _count_without(index: ExampleIndex, roles: Role) -> int:
    """Prompt and completion have no roles that could be missing."""
    if index.header["format"] == DatasetFormat.COMPLETION:
        return 0
    return sum(
        int(np.count_nonzero((index.turns[part] > 0) & (index.roles[part] & int(roles) == 0)))
        for part in index.slices()
    )


def _sums(index: ExampleIndex, tokens: Tally) -> tuple[LimitSums, ...]:
    billed = Tally.of(_billed_tokens(index, part) for part in index.slices())
    limits = (None, *sorted(set(TOKEN_LIMITS.values())))
    return tuple(
        LimitSums(limit, tokens.count_over(limit), billed.sum_up_to(limit), tokens.sum_up_to(limit))
        for limit in limits
    )


def _billed_tokens(index: ExampleIndex, part: slice) -> NDArray[np.int64]:
    turns = index.turns[part].astype(np.int64)
    contents = index.content_tokens[part].astype(np.int64)
    if index.header["format"] == DatasetFormat.COMPLETION:
        return contents[turns > 0]
    every = PROVIDER_TOKENS_PER_EXAMPLE + PROVIDER_TOKENS_PER_MESSAGE * turns + contents
    return every[turns > 0]


def _label_balance(index: ExampleIndex) -> tuple[LabelCount, ...]:
    labels = index.header["labels"]
    if not labels:
        return ()
    counts = np.zeros(len(labels) + 1, np.int64)
    for part in index.slices():
        counts += np.bincount(index.label[part] + 1, minlength=len(counts))
    examples = sum(int(np.count_nonzero(index.turns[part])) for part in index.slices())
    found = balance(labels, counts[1:].tolist(), examples)
    before = " " if index.header["format"] == DatasetFormat.COMPLETION else ""
    count = get_encoding(EncodingName(index.header["encoding"])).count
    return tuple(replace(each, tokens=count(before + each.label)) for each in found)
