"""Findings about a set as a whole, from what its index has noted; none of them has rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.datasets import rules_advice, rules_completion, rules_lines
from app.datasets.formats import DatasetFormat
from app.datasets.labels import IMBALANCED_SHARE, LabelCount
from app.datasets.rules import Rule

MIN_TRAINING_EXAMPLES = 10

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Advice:
    rule: Rule
    params: Params = field(default_factory=dict)
    count: int = 1


class WholeSet(NamedTuple):
    header: Mapping[str, Any]
    examples: int
    labels: Sequence[LabelCount]

    @property
    def pairs(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.header.get("pairs", {})
        return found

    @property
    def is_open_ended(self) -> bool:
        return bool(self.pairs) and not self.pairs["prompts"]["count"]

    @property
    def needs_no_end(self) -> bool:
        """A class is its own end, and free writing has none."""
        return self.is_open_ended or self.pairs["is_classification"]


def advise(whole: WholeSet) -> Iterator[Advice]:
    yield from _on_size(whole)
    yield from _on_labels(whole)
    if whole.pairs and whole.pairs["completions"]["count"] > 1:
        yield from _on_prompts(whole)
        yield from _on_completions(whole)


def params_of_odd_rows(header: Mapping[str, Any]) -> dict[str, Params]:
    """For the sentences about rows that are not like the others, by rule."""
    params: dict[str, Params] = {}
    if "systems" in header:
        params |= {rule.id: header["systems"] for rule in rules_advice.ODD_ROWS}
    if "pairs" in header:
        prompts, completions = header["pairs"]["prompts"], header["pairs"]["completions"]
        params |= {
            "inconsistent_separator": {"separator": prompts["usual_end"]},
            "separator_inside": {"separator": prompts["suffix"]},
            "inconsistent_end_marker": {"marker": completions["usual_end"]},
            "end_marker_inside": {"marker": completions["suffix"]},
        }
    return params


def _on_size(whole: WholeSet) -> Iterator[Advice]:
    count = whole.examples
    if 0 < count < MIN_TRAINING_EXAMPLES:
        params = {"examples": count, "minimum": MIN_TRAINING_EXAMPLES}
        yield Advice(rules_lines.TOO_FEW_EXAMPLES, params)
    elif _is_answered(whole) and not whole.labels and 0 < count < rules_advice.MIN_GENERATED:
        params = {"examples": count, "minimum": rules_advice.MIN_GENERATED}
        yield Advice(rules_advice.FEW_EXAMPLES, params)


def _on_labels(whole: WholeSet) -> Iterator[Advice]:
    labels = whole.labels
    if labels and labels[0].count > IMBALANCED_SHARE * whole.examples:
        most = labels[0]
        params: Params = {"label": most.label, "count": most.count, "examples": whole.examples}
        yield Advice(rules_lines.IMBALANCED_ANSWERS, params, most.count)
    if not _is_answered(whole):
        return
    few = [label.label for label in labels if label.count < rules_advice.MIN_PER_CLASS]
    if few:
        params = {"minimum": rules_advice.MIN_PER_CLASS, "labels": _list(few)}
        yield Advice(rules_advice.FEW_EXAMPLES_PER_CLASS, params, len(few))
    several = [label.label for label in labels if label.tokens and label.tokens > 1]
    if several:
        params = {"count": len(labels), "several": len(several), "labels": _list(several)}
        yield Advice(rules_advice.LABELS_OF_SEVERAL_TOKENS, params, len(several))


def _on_prompts(whole: WholeSet) -> Iterator[Advice]:
    prompts = whole.pairs["prompts"]
    if whole.is_open_ended:
        yield Advice(rules_completion.OPEN_ENDED)
    elif prompts["is_same"]:
        yield Advice(rules_completion.IDENTICAL_PROMPTS)
    else:
        if not prompts["suffix"] and not prompts["usual_end"]:
            params = {"separator": prompts["suggestion"]}
            yield Advice(rules_completion.MISSING_SEPARATOR, params)
        if len(prompts["suffix"]) > rules_completion.LONGEST_MARK:
            yield Advice(rules_completion.LONG_SEPARATOR, {"separator": prompts["suffix"]})
        if len(prompts["prefix"]) >= rules_completion.MIN_PROMPT_PREFIX:
            yield Advice(rules_completion.PROMPT_PREFIX, {"prefix": prompts["prefix"]})


def _on_completions(whole: WholeSet) -> Iterator[Advice]:
    completions = whole.pairs["completions"]
    if completions["is_same"]:
        yield Advice(rules_completion.IDENTICAL_COMPLETIONS)
        return
    if len(completions["prefix"].strip()) >= rules_completion.MIN_COMPLETION_PREFIX:
        yield Advice(rules_completion.COMPLETION_PREFIX, {"prefix": completions["prefix"]})
    if whole.needs_no_end:
        return
    if not completions["suffix"] and not completions["usual_end"]:
        yield Advice(rules_completion.MISSING_END_MARKER, {"marker": completions["suggestion"]})
    if len(completions["suffix"]) > rules_completion.LONGEST_MARK:
        yield Advice(rules_completion.LONG_END_MARKER, {"marker": completions["suffix"]})


def _is_answered(whole: WholeSet) -> bool:
    return DatasetFormat(whole.header["format"]) in rules_advice.ANSWERED


def _list(labels: Sequence[str]) -> str:
    """The first few, `“a”, “b” …`."""
    named = ", ".join(f"“{label}”" for label in labels[: rules_advice.NAMED_LABELS])
    return f"{named} …" if len(labels) > rules_advice.NAMED_LABELS else named
