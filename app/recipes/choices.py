"""The steps that a version can take, as a page offers them: first those its findings ask for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.text import N_
from app.datasets.formats import DatasetFormat
from app.datasets.rules import Fix
from app.recipes.fixes import fits
from app.recipes.steps import ORDER

HINTS = {
    Fix.DROP_BROKEN: N_("Lines that break a rule which blocks the version."),
    Fix.DROP_OVERLAP: N_("Examples that another version holds as well."),
    Fix.DROP_CONTRADICTORY: N_(
        "Of the answers to one prompt the most frequent stays. Where two are equally frequent, "
        "none does."
    ),
    Fix.DROP_DUPLICATES: N_("Of examples that say exactly the same the first stays."),
    Fix.DROP_NEAR: N_("Of examples that share about four fifths of their text the first stays."),
    Fix.UNIX_LINES: N_("Line feeds only, without byte order mark and blank lines."),
    Fix.NFC: N_("Letters written in parts become whole: fewer tokens, the same look."),
    Fix.FULL_WIDTH: N_("Ａ１ becomes A1. Punctuation stays as it is."),
    Fix.TRIM: N_("Blanks before and after each content."),
    Fix.MASK_PRIVATE: N_(
        "Keys, e-mail addresses, telephone, resident and card numbers become [SECRET], [EMAIL], "
        "[PHONE] …"
    ),
    Fix.ONE_SYSTEM_PROMPT: N_("In the place of what is there; put first where there is none."),
    Fix.DROP_PREFIX: N_("What all prompts or completions begin with teaches nothing."),
    Fix.LOWER_CASE: N_("For texts that are mostly capital letters."),
    Fix.SEPARATOR: N_("Tells the model where the prompt ends. Added where it is missing."),
    Fix.LEADING_SPACE: N_("Words are cut into tokens with the space before them."),
    Fix.END_MARKER: N_("Tells the model where to stop. Added where it is missing."),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A finding of either look: `sentence` in the reader's language, lines that it has."""

    rule: str
    fix: Fix | None
    sentence: str
    count: int
    is_grave: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A step to tick. With `rule` it is about the lines of that finding alone."""

    fix: Fix
    rule: str
    label: str
    hint: str
    is_ticked: bool
    findings: Sequence[Found]

    @property
    def id(self) -> str:
        return f"{self.fix.value}-{self.rule}" if self.rule else self.fix.value

    @property
    def count(self) -> int:
        """Lines of its findings; a line with two of them is counted twice."""
        return sum(found.count for found in self.findings)


@dataclass(frozen=True, slots=True)
class Choices:
    suggested: Sequence[Choice]
    others: Sequence[Choice]
    lines: Sequence[Choice]


def list_choices(
    row_format: DatasetFormat,
    findings: Sequence[Found],
    ticked: Mapping[Fix, set[str]] | None,
    *,
    has_overlap: bool = False,
) -> Choices:
    """`ticked` has the fixes that were chosen, with their rules; None where nothing was yet:
    then what a grave finding asks for is ticked."""
    fixes = [fix for fix in ORDER if fix is not Fix.DROP_LINES and fits(fix, row_format)]
    if not has_overlap and Fix.DROP_OVERLAP not in (ticked or ()):
        fixes.remove(Fix.DROP_OVERLAP)
    choices = [_choice(fix, _of(fix, findings), ticked) for fix in fixes]
    lines = [_lines_choice(found, ticked) for found in findings if found.count]
    wanted = [each for each in lines if each.findings[0].fix is Fix.DROP_LINES]
    suggested = [each for each in (*choices, *wanted) if each.findings or each.is_ticked]
    suggested += [each for each in lines if each.is_ticked and each not in suggested]
    return Choices(
        suggested,
        [each for each in choices if each not in suggested],
        [each for each in lines if each not in suggested],
    )


def _of(fix: Fix, findings: Iterable[Found]) -> list[Found]:
    return [found for found in findings if found.fix is fix]


def _choice(fix: Fix, findings: Sequence[Found], ticked: Mapping[Fix, set[str]] | None) -> Choice:
    grave = any(found.is_grave for found in findings)
    is_ticked = grave if ticked is None else fix in ticked
    return Choice(fix, "", fix.label, HINTS[fix], is_ticked, findings)


def _lines_choice(found: Found, ticked: Mapping[Fix, set[str]] | None) -> Choice:
    fix = Fix.DROP_LINES
    wanted = found.fix is fix and found.is_grave
    is_ticked = wanted if ticked is None else found.rule in ticked.get(fix, set())
    return Choice(fix, found.rule, fix.label, found.sentence, is_ticked, [found])
