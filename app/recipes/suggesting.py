"""What fits a version: the marks, beginnings and system prompt that its own index suggests.

suggestions = suggest(source)
suggestions.separator                              # " ->", or what most prompts end with
plan_steps(settings, suggestions, source.format)   # the steps with nothing left open
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.core.errors import Invalid
from app.datasets import rules_completion
from app.datasets.formats import DatasetFormat
from app.datasets.overlap.kinds import IN_BOTH, read_rule
from app.datasets.pairs import LAST_END_MARKER, LAST_SEPARATOR
from app.datasets.reading import find_row, read_rows
from app.datasets.rules import Fix
from app.recipes.fixes import fits
from app.recipes.fixes_texts import SYSTEM_ROLES
from app.recipes.rows import SIDES
from app.recipes.schemas import RecipeSettings
from app.recipes.selecting import Source
from app.recipes.steps import SPLIT, Step, order_steps


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Empty texts where nothing can be suggested."""

    separator: str = ""
    end_marker: str = ""
    prompt_prefix: str = ""
    completion_prefix: str = ""
    lower_case: tuple[str, ...] = ()
    system_prompt: str = ""


def suggest(source: Source) -> Suggestions:
    if source.format is not DatasetFormat.COMPLETION:
        return Suggestions(system_prompt=_usual_system_prompt(source))
    pairs = source.index.header.get("pairs", {})
    prompts, completions = pairs.get("prompts", {}), pairs.get("completions", {})
    counts = source.index.rule_counts()
    columns = (
        (SIDES[0], rules_completion.UPPER_CASE_PROMPTS.id),
        (SIDES[1], rules_completion.UPPER_CASE_COMPLETIONS.id),
    )
    return Suggestions(
        separator=_usual_end(prompts, LAST_SEPARATOR),
        end_marker=_usual_end(completions, LAST_END_MARKER),
        prompt_prefix=_beginning(prompts, rules_completion.MIN_PROMPT_PREFIX),
        completion_prefix=_beginning(completions, rules_completion.MIN_COMPLETION_PREFIX),
        lower_case=tuple(side for side, rule_id in columns if counts.get(rule_id)),
    )


def plan_steps(
    settings: RecipeSettings, suggestions: Suggestions, row_format: DatasetFormat
) -> list[Step]:
    """In the order of work. Raises Invalid where a step does not fit or lacks what it needs."""
    steps: list[Step] = []
    for fix in dict.fromkeys(settings.fix):
        if not fits(fix, row_format):
            raise Invalid("This does not fit the format of the version.", field="fix")
        steps += _plan_fix(fix, settings, suggestions)
    if settings.split:
        split = {"training_percent": settings.training_percent, "seed": settings.seed}
        steps.append(Step(step=SPLIT, **split))
    if not steps:
        raise Invalid("Choose at least one step.")
    return order_steps(steps)


def _plan_fix(fix: Fix, settings: RecipeSettings, suggestions: Suggestions) -> Iterator[Step]:
    match fix:
        case Fix.DROP_LINES:
            yield from (Step(step=fix, rule=rule) for rule in _pick(settings, kinds=False))
        case Fix.DROP_OVERLAP:
            yield _plan_overlap(settings)
        case Fix.SEPARATOR:
            text = _need(settings.separator or suggestions.separator, "separator")
            yield Step(step=fix, text=text)
        case Fix.END_MARKER:
            text = _need(settings.end_marker or suggestions.end_marker, "end_marker")
            yield Step(step=fix, text=text)
        case Fix.ONE_SYSTEM_PROMPT:
            text = _need(settings.system_prompt or suggestions.system_prompt, "system_prompt")
            yield Step(step=fix, text=text)
        case Fix.LOWER_CASE:
            chosen = tuple(side for side in SIDES if side in settings.lower_case)
            yield Step(step=fix, columns=chosen or suggestions.lower_case or SIDES)
        case Fix.DROP_PREFIX:
            yield _plan_prefix(settings, suggestions)
        case _:
            yield Step(step=fix)


def _plan_prefix(settings: RecipeSettings, suggestions: Suggestions) -> Step:
    prompt, completion = settings.prompt_prefix, settings.completion_prefix
    if not prompt and not completion:
        prompt, completion = suggestions.prompt_prefix, suggestions.completion_prefix
    _need(prompt or completion, "prompt_prefix")
    return Step(step=Fix.DROP_PREFIX, prompt=prompt, completion=completion)


def _plan_overlap(settings: RecipeSettings) -> Step:
    """Without kinds, what another version holds as well: not what only begins alike."""
    if settings.against is None:
        raise Invalid("Choose the version whose examples are left out.", field="against")
    kinds = _pick(settings, kinds=True) or tuple(kind.value for kind in IN_BOTH)
    return Step(step=Fix.DROP_OVERLAP, against=settings.against, kinds=kinds)


def _pick(settings: RecipeSettings, *, kinds: bool) -> tuple[str, ...]:
    """Of `rule`: the kinds of overlap, or the findings."""
    return tuple(sorted(r for r in set(settings.rule) if (read_rule(r) is not None) is kinds))


def _need(text: str, field: str) -> str:
    if not text:
        raise Invalid("The version suggests none, so type one.", field=field)
    return text


def _usual_end(side: dict[str, Any], last: str) -> str:
    """Where all texts have an end in common, none is missing: that one stays."""
    found: str = side.get("suffix") or side.get("usual_end") or side.get("suggestion") or last
    return found


def _beginning(side: dict[str, Any], least: int) -> str:
    """Cut back to whole words, so that what is left begins with one."""
    prefix: str = side.get("prefix", "")
    if len(prefix.strip()) < least:
        return ""
    while prefix and prefix[-1].isalnum():
        prefix = prefix[:-1]
    return prefix


def _usual_system_prompt(source: Source) -> str:
    """The most frequent one, as the index knows it."""
    line = source.index.header.get("systems", {}).get("most_line", 0)
    row = find_row(source.index, int(line))
    if row is None:
        return ""
    for message in read_rows(source.stream, source.index, [row])[0].messages:
        if isinstance(message, dict) and message.get("role") in SYSTEM_ROLES:
            content = message.get("content")
            return content if isinstance(content, str) else ""
    return ""
