"""Rules of prompts and completions: what the old preparation tool of the API looked for.

The text of a pair goes on where the prompt ends, so a base model needs to see where that is, and
where the completion ends. What all pairs have in common is known only after the last of them:
`pairs.py` keeps it, `advice.py` judges it.
"""

from collections.abc import Iterator

from app.core.text import N_
from app.datasets.formats import DatasetFormat
from app.datasets.profiles import ReportProfile
from app.datasets.rules import Fix, Problem, Rule, Severity

W, I = Severity.WARNING, Severity.INFO  # noqa: E741

COMPLETION = frozenset({DatasetFormat.COMPLETION})
MAX_PAIR_LETTERS = 10_000
OLD_TOKEN_LIMIT = 2_048
LONGEST_MARK = 10
MIN_PROMPT_PREFIX = 13
MIN_COMPLETION_PREFIX = 5
# The engine reads prompt and completion as two turns: it needs no marks between them.
KEEPS_PAIRS_APART = {ReportProfile.ENGINE: Severity.INFO}


def _rule(
    rule_id: str, severity: Severity, sentence: str, fix: Fix | None = None, *, of_base: bool = True
) -> Rule:
    """`of_base`: only for models that read prompt and completion as one text."""
    profiles = KEEPS_PAIRS_APART if of_base else {}
    return Rule(rule_id, severity, sentence, COMPLETION, fix, profiles)


# Single pairs
EMPTY_PROMPT = _rule("empty_prompt", W, N_("The prompt is empty."), Fix.DROP_LINES, of_base=False)
COMPLETION_LEADING_SPACE = _rule(
    "completion_leading_space",
    W,
    N_("The completion does not start with a space, as words after the prompt are cut to tokens."),
    Fix.LEADING_SPACE,
)
LONG_PAIR = _rule(
    "long_pair",
    W,
    N_("Prompt and completion have more than {limit} letters together."),
    Fix.DROP_LINES,
    of_base=False,
)
OVER_2048_TOKENS = _rule(
    "over_2048_tokens",
    I,
    N_("Prompt and completion have more than {limit} tokens, the most that older models take."),
    Fix.DROP_LINES,
    of_base=False,
)

# Rows that are not like the others
UPPER_CASE_PROMPTS = _rule(
    "upper_case_prompts",
    W,
    N_("The prompts are mostly in capital letters; lower case is usually learned better."),
    Fix.LOWER_CASE,
    of_base=False,
)
UPPER_CASE_COMPLETIONS = _rule(
    "upper_case_completions",
    W,
    N_("The completions are mostly in capital letters; lower case is usually learned better."),
    Fix.LOWER_CASE,
    of_base=False,
)
INCONSISTENT_SEPARATOR = _rule(
    "inconsistent_separator",
    W,
    N_("Most prompts end with “{separator}”, these do not."),
    Fix.SEPARATOR,
)
SEPARATOR_INSIDE = _rule(
    "separator_inside",
    W,
    N_("“{separator}” ends every prompt, and stands inside these prompts too."),
)
INCONSISTENT_END_MARKER = _rule(
    "inconsistent_end_marker",
    W,
    N_("Most completions end with “{marker}”, these do not."),
    Fix.END_MARKER,
)
END_MARKER_INSIDE = _rule(
    "end_marker_inside",
    W,
    N_("“{marker}” ends every completion, and stands inside these completions too."),
)

# All pairs together
OPEN_ENDED = _rule(
    "open_ended",
    I,
    N_("Every prompt is empty: the model will learn to write freely, without being asked."),
    of_base=False,
)
IDENTICAL_PROMPTS = _rule(
    "identical_prompts", W, N_("All prompts are the same, so nothing is asked."), of_base=False
)
IDENTICAL_COMPLETIONS = _rule(
    "identical_completions",
    W,
    N_("All completions are the same, so there is nothing to learn."),
    of_base=False,
)
MISSING_SEPARATOR = _rule(
    "missing_separator",
    W,
    N_(
        "The prompts have no common end that tells where the completion begins; “{separator}” "
        "stands nowhere in them."
    ),
    Fix.SEPARATOR,
)
LONG_SEPARATOR = _rule(
    "long_separator",
    W,
    N_("“{separator}” ends every prompt; a shorter separator costs fewer tokens."),
)
PROMPT_PREFIX = _rule(
    "prompt_prefix",
    W,
    N_("Every prompt begins with “{prefix}”. A tuned model needs no instruction that is the same."),
    Fix.DROP_PREFIX,
)
COMPLETION_PREFIX = _rule(
    "completion_prefix",
    W,
    N_("Every completion begins with “{prefix}”, which is learned but says nothing."),
    Fix.DROP_PREFIX,
    of_base=False,
)
MISSING_END_MARKER = _rule(
    "missing_end_marker",
    W,
    N_(
        "The completions have no common end at which the model could stop; “{marker}” stands "
        "nowhere in them."
    ),
    Fix.END_MARKER,
)
LONG_END_MARKER = _rule(
    "long_end_marker",
    W,
    N_("“{marker}” ends every completion; a shorter end costs fewer tokens."),
)

RULES = (
    EMPTY_PROMPT, COMPLETION_LEADING_SPACE, LONG_PAIR, OVER_2048_TOKENS, UPPER_CASE_PROMPTS,
    UPPER_CASE_COMPLETIONS, INCONSISTENT_SEPARATOR, SEPARATOR_INSIDE, INCONSISTENT_END_MARKER,
    END_MARKER_INSIDE, OPEN_ENDED, IDENTICAL_PROMPTS, IDENTICAL_COMPLETIONS, MISSING_SEPARATOR,
    LONG_SEPARATOR, PROMPT_PREFIX, COMPLETION_PREFIX, MISSING_END_MARKER, LONG_END_MARKER,
)  # fmt: skip
# Known only once all rows have been seen.
ODD_ROWS = (
    OVER_2048_TOKENS, UPPER_CASE_PROMPTS, UPPER_CASE_COMPLETIONS, INCONSISTENT_SEPARATOR,
    SEPARATOR_INSIDE, INCONSISTENT_END_MARKER, END_MARKER_INSIDE,
)  # fmt: skip


def check_pair(prompt: str, completion: str) -> Iterator[Problem]:
    """What a pair says by itself."""
    if not prompt.strip():
        yield Problem(EMPTY_PROMPT, "prompt")
    elif len(prompt) + len(completion) > MAX_PAIR_LETTERS:
        yield Problem(LONG_PAIR, "prompt")
    if completion.strip() and not completion[0].isspace():
        yield Problem(COMPLETION_LEADING_SPACE, "completion")
