"""What the page of preparing shows: the steps to choose, what they would do, what was made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from app.datasets.catalogue import RULES_BY_ID
from app.datasets.deep.looking import Kind
from app.datasets.deep.models import DeepCheck, DeepStatus
from app.datasets.deep.service import find_deep_check
from app.datasets.models import DatasetVersion
from app.datasets.overlap.kinds import IN_BOTH, OF_TEXT, OverlapKind, read_rule
from app.datasets.overlap.models import Overlap, OverlapStatus
from app.datasets.report_pages import list_findings
from app.datasets.rules import Fix, Severity
from app.datasets.rules_texts import TEXT_RULES_BY_ID
from app.datasets.service import get_version, name_version
from app.recipes.choices import Choices, Found, list_choices
from app.recipes.fixes import MAKERS
from app.recipes.models import Recipe
from app.recipes.schemas import SEED, TRAINING_PERCENT, show_escapes
from app.recipes.selecting import Source
from app.recipes.service import get_recipe, steps_of
from app.recipes.steps import SPLIT, Step
from app.recipes.suggesting import Suggestions, suggest
from app.web.forms import Form
from app.web.language import gettext

ALL_RULES = TEXT_RULES_BY_ID | RULES_BY_ID
ALIKE = {Kind.NEAR: Fix.DROP_NEAR, Kind.CONTRADICTORY: Fix.DROP_CONTRADICTORY}
# Fields that choose a step: without any of them the page chooses.
CHOOSING = {"fix", "split", "training_percent"}
LARGE_LINES = 100_000
EDITING = frozenset(MAKERS)

Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class KindChoice:
    """A kind of overlap; `rule` names it in addresses, with the path where it is by group."""

    rule: str
    label: str
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class PreparePage:
    """`defaults` fills fields nobody has typed in; `is_splitting` says whether to split.

    `others` are versions that this one was compared with: id and name. `kinds` are those of the
    overlap that count.
    """

    choices: Choices
    defaults: Mapping[str, Any]
    others: Sequence[tuple[int, str]]
    kinds: Sequence[KindChoice]
    is_splitting: bool


def open_form(session: Session, source: Source, given: Fields) -> Form:
    """As the address fills it; the fields of a recipe; or what the findings ask for, and a split.

    Raises NotFound for a recipe that there is not.
    """
    fields = dict(given)
    if fields.get("recipe", "").isdecimal():
        return _form(form_of(get_recipe(session, int(fields["recipe"]))))
    if fields.keys() & CHOOSING:
        return _form(given)
    choices = list_choices(source.format, _list_found(session, source.version), None)
    ticked = [choice for choice in choices.suggested if choice.is_ticked]
    chosen = [("fix", choice.fix.value) for choice in ticked]
    chosen += [("rule", choice.rule) for choice in ticked if choice.rule]
    if _may_split(session, source, [choice.fix for choice in ticked]):
        chosen.append(("split", "1"))
    return _form([*given, ("fix", Fix.DROP_LINES.value), *chosen])


def _may_split(session: Session, source: Source, fixes: Sequence[Fix]) -> bool:
    """A split after edits needs the second look, which may still be on its way."""
    check = find_deep_check(session, source.version.id or 0)
    is_looked_at = check is not None and check.status is DeepStatus.DONE
    return is_looked_at or not any(fix in EDITING for fix in fixes)


def view_choices(session: Session, source: Source, form: Form) -> PreparePage:
    others, ticked = _list_compared(session, source.version), _read_ticked(form)
    found = _list_found(session, source.version)
    choices = list_choices(source.format, found, ticked, has_overlap=bool(others))
    return PreparePage(
        choices=choices,
        defaults=_defaults(suggest(source)),
        others=others,
        kinds=list(_list_kinds(form.many("rule"))),
        is_splitting="split" in form.values or "fix" not in form.values,
    )


def _list_kinds(rules: Sequence[str]) -> Iterator[KindChoice]:
    """Groups only where the address names them."""
    chosen = [rule for rule in rules if read_rule(rule)] or [kind.value for kind in IN_BOTH]
    for kind in OF_TEXT:
        yield KindChoice(kind.value, gettext(kind.label), kind.value in chosen)
    for rule in dict.fromkeys(rules):
        kind_of, path = read_rule(rule) or (None, "")
        if kind_of is OverlapKind.GROUP:
            yield KindChoice(rule, f"{gettext(kind_of.label)}: {path}", is_ticked=True)


def _form(fields: Fields) -> Form:
    return Form(FormData([*fields]))


def _read_ticked(form: Form) -> dict[Fix, set[str]]:
    known = {word for word in form.many("fix") if word in set(Fix)}
    return {Fix(word): set(form.many("rule")) for word in known}


def form_of(recipe: Recipe) -> Fields:
    """The fields with which a recipe was asked for."""
    return [field for step in steps_of(recipe) for field in _fields_of(step)]


def _fields_of(step: Step) -> Iterator[tuple[str, str]]:
    if step.step == SPLIT:
        yield "split", "1"
        yield "training_percent", str(step.training_percent)
        yield "seed", str(step.seed)
        return
    yield "fix", step.step
    if step.fix is Fix.DROP_OVERLAP:
        yield "against", str(step.against)
    for rule in (step.rule, *step.kinds):
        if rule:
            yield "rule", rule
    if step.fix in TEXT_FIELDS:
        yield TEXT_FIELDS[step.fix], _shown(step)
    yield from (("lower_case", column) for column in step.columns)
    for side in ("prompt", "completion"):
        if getattr(step, side):
            yield f"{side}_prefix", show_escapes(getattr(step, side))


TEXT_FIELDS = {
    Fix.SEPARATOR: "separator",
    Fix.END_MARKER: "end_marker",
    Fix.ONE_SYSTEM_PROMPT: "system_prompt",
}


def _shown(step: Step) -> str:
    return step.text if step.fix is Fix.ONE_SYSTEM_PROMPT else show_escapes(step.text)


def _defaults(suggestions: Suggestions) -> dict[str, Any]:
    return {
        "separator": show_escapes(suggestions.separator),
        "end_marker": show_escapes(suggestions.end_marker),
        "prompt_prefix": show_escapes(suggestions.prompt_prefix),
        "completion_prefix": show_escapes(suggestions.completion_prefix),
        "lower_case": suggestions.lower_case,
        "system_prompt": suggestions.system_prompt,
        "training_percent": TRAINING_PERCENT,
        "seed": SEED,
    }


def _list_found(session: Session, version: DatasetVersion) -> list[Found]:
    """Findings that have a fix, or lines that could be left out."""
    found = []
    for view in list_findings(session, version):
        finding, rule = view.finding, ALL_RULES.get(view.finding.rule)
        fix, lines = rule.fix if rule else None, finding.count if view.can_browse else 0
        if fix or lines:
            is_grave = finding.severity is not Severity.INFO
            found.append(Found(finding.rule, fix, view.sentence, lines, is_grave))
    check = find_deep_check(session, version.id or 0)
    if check is not None and check.status is DeepStatus.DONE:
        found += _list_alike(check)
    return found


def _list_alike(check: DeepCheck) -> Iterator[Found]:
    for kind, fix in ALIKE.items():
        count = check.findings.get(kind, {}).get("lines", 0)
        if count:
            yield Found(kind.value, fix, gettext(kind.sentence), count, is_grave=False)


def _list_compared(session: Session, version: DatasetVersion) -> list[tuple[int, str]]:
    query = select(Overlap.against_id).where(
        Overlap.version_id == version.id, Overlap.status == OverlapStatus.DONE
    )
    found = sorted(set(session.exec(query.order_by(col(Overlap.against_id)))))
    return [(each, name_version(session, get_version(session, each)).label) for each in found]


def is_large(version: DatasetVersion) -> bool:
    return (version.line_count or 0) > LARGE_LINES
