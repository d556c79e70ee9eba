"""What a rule is. The rules themselves stand in `rules_*.py`, all of them in `catalogue.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from app.core.text import N_
from app.datasets.formats import DatasetFormat
from app.datasets.profiles import ReportProfile

EVERY_FORMAT = frozenset(DatasetFormat)
MESSAGE_FORMATS = EVERY_FORMAT - {DatasetFormat.COMPLETION}


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def label(self) -> str:
        """What a finding does to the verdict."""
        return _LABELS[self]


_LABELS = {
    Severity.ERROR: N_("blocks"),
    Severity.WARNING: N_("warns"),
    Severity.INFO: N_("note"),
}


class Fix(StrEnum):
    """What can be done about a finding without harm: a step of a recipe, which makes a version."""

    DROP_BROKEN = "drop_broken"
    DROP_LINES = "drop_lines"
    DROP_DUPLICATES = "drop_duplicates"
    DROP_NEAR = "drop_near"
    DROP_CONTRADICTORY = "drop_contradictory"
    DROP_OVERLAP = "drop_overlap"
    UNIX_LINES = "unix_lines"
    TRIM = "trim"
    LEADING_SPACE = "leading_space"
    END_MARKER = "end_marker"
    SEPARATOR = "separator"
    LOWER_CASE = "lower_case"
    DROP_PREFIX = "drop_prefix"
    NFC = "nfc"
    FULL_WIDTH = "full_width"
    MASK_PRIVATE = "mask_private"
    ONE_SYSTEM_PROMPT = "one_system_prompt"

    @property
    def label(self) -> str:
        return _FIX_LABELS[self]


_FIX_LABELS = {
    Fix.DROP_BROKEN: N_("Leave out lines with errors"),
    Fix.DROP_LINES: N_("Leave out the lines of this finding"),
    Fix.DROP_DUPLICATES: N_("Leave out exact duplicates"),
    Fix.DROP_NEAR: N_("Leave out near duplicates"),
    Fix.DROP_CONTRADICTORY: N_("Leave out contradictory answers"),
    Fix.DROP_OVERLAP: N_("Leave out what another set holds"),
    Fix.UNIX_LINES: N_("Plain line ends, no blank lines"),
    Fix.TRIM: N_("Trim blanks at both ends"),
    Fix.LEADING_SPACE: N_("Begin completions with a space"),
    Fix.END_MARKER: N_("End completions with a marker"),
    Fix.SEPARATOR: N_("End prompts with a separator"),
    Fix.LOWER_CASE: N_("Write in lower case"),
    Fix.DROP_PREFIX: N_("Take away the common beginning"),
    Fix.NFC: N_("Compose letters (NFC)"),
    Fix.FULL_WIDTH: N_("Full-width letters and digits as usual ones"),
    Fix.MASK_PRIVATE: N_("Mask secrets and personal data"),
    Fix.ONE_SYSTEM_PROMPT: N_("One system prompt for all"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """`sentence` is a msgid; its {placeholders} are filled with the params of a finding.

    `profiles` has the severity where a provider sees it otherwise: None where it is no finding.
    """

    id: str
    severity: Severity
    sentence: str
    formats: frozenset[DatasetFormat] = EVERY_FORMAT
    fix: Fix | None = None
    profiles: Mapping[ReportProfile, Severity | None] = field(default_factory=dict, hash=False)

    def severity_for(self, profile: ReportProfile) -> Severity | None:
        return self.profiles.get(profile, self.severity)


class Problem(NamedTuple):
    """One breach of a rule in one row; `place` is a path such as `messages[2].role`."""

    rule: Rule
    place: str
