"""Advice about a set as a whole: its size, its labels, its system prompts, and who takes it.

What `advice.py` finds in the header of an index, and `fitting.py` for a provider.
"""

from app.core.text import N_
from app.datasets.formats import DatasetFormat
from app.datasets.profiles import ReportProfile
from app.datasets.rules import MESSAGE_FORMATS, Fix, Rule, Severity

E, W, I = Severity.ERROR, Severity.WARNING, Severity.INFO  # noqa: E741

ANSWERED = frozenset({DatasetFormat.CHAT, DatasetFormat.COMPLETION})
REINFORCEMENT = frozenset({DatasetFormat.REINFORCEMENT})
COMPLETION = frozenset({DatasetFormat.COMPLETION})
MIN_PER_CLASS = 100
MIN_GENERATED = 500
SLIP_SHARE = 0.8
NAMED_LABELS = 5

MEBIBYTE, GIBIBYTE = 1 << 20, 1 << 30
MAX_UPLOAD_BYTES = {
    ReportProfile.OPENAI: 8 * GIBIBYTE,
    ReportProfile.AZURE: 512 * MEBIBYTE,
    ReportProfile.ENGINE: 8 * GIBIBYTE,
}
MAX_GRADED_EXAMPLES = 50_000
MAX_JOB_TOKENS = 2_000_000_000

# Size and labels
FEW_EXAMPLES = Rule(
    "few_examples",
    I,
    N_(
        "There are {examples} examples. For generated answers {minimum} are advised; each "
        "doubling helps about as much as the one before."
    ),
    ANSWERED,
)
FEW_EXAMPLES_PER_CLASS = Rule(
    "few_examples_per_class",
    I,
    N_("{minimum} examples of each class are advised. Fewer have: {labels}."),
    ANSWERED,
)
LABELS_OF_SEVERAL_TOKENS = Rule(
    "labels_of_several_tokens",
    I,
    N_(
        "Of {count} classes, {several} are more than one token, so max_tokens=1 would cut them: "
        "{labels}."
    ),
    ANSWERED,
)

# System prompts
MIXED_SYSTEM = Rule(
    "mixed_system_prompts",
    W,
    N_(
        "{with_count} examples have a system prompt, {without_count} have none. The model will "
        "be asked in one of the two ways; these are the fewer."
    ),
    MESSAGE_FORMATS,
    Fix.ONE_SYSTEM_PROMPT,
)
INCONSISTENT_SYSTEM = Rule(
    "inconsistent_system_prompts",
    W,
    N_(
        "Of {with_count} system prompts {most_count} are that of line {most_line}; these differ "
        "({different_count} different ones in all)."
    ),
    MESSAGE_FORMATS,
    Fix.ONE_SYSTEM_PROMPT,
)
SEVERAL_SYSTEM = Rule(
    "several_system_prompts",
    I,
    N_(
        "There are {different_count} different system prompts; the most common one, that of "
        "line {most_line}, is in {most_count} of {with_count} examples, the others are in these."
    ),
    MESSAGE_FORMATS,
)

# What a provider takes
REINFORCEMENT_REFUSED = Rule(
    "reinforcement_refused",
    E,
    N_("The engine does not train by reinforcement and refuses these rows."),
    REINFORCEMENT,
)
REINFORCEMENT_RETIRED = Rule(
    "reinforcement_retired",
    W,
    N_("OpenAI has no public model left that is trained by reinforcement."),
    REINFORCEMENT,
)
COMPLETION_RETIRED = Rule(
    "completion_retired",
    E,
    N_("OpenAI retired babbage-002 and davinci-002, the models that learn from such pairs."),
    COMPLETION,
)
COMPLETION_UNLISTED = Rule(
    "completion_unlisted",
    W,
    N_("No model that Azure lists for fine-tuning learns from prompts and completions."),
    COMPLETION,
)
FILE_TOO_LARGE = Rule(
    "file_too_large", E, N_("It has {size} MB; {limit} MB is the most that is taken.")
)
TOO_MANY_EXAMPLES = Rule(
    "too_many_examples",
    E,
    N_("There are {examples} examples; training by reinforcement takes {limit} at most."),
    REINFORCEMENT,
)
TOO_MANY_JOB_TOKENS = Rule(
    "too_many_job_tokens",
    E,
    N_("{epochs} epochs are {tokens} tokens; Azure trains on {limit} at most in one job."),
)
MISSING_BYTE_ORDER_MARK = Rule(
    "missing_byte_order_mark",
    I,
    N_("Azure asks for UTF-8 with a byte order mark; there is none."),
)

RULES = (
    FEW_EXAMPLES, FEW_EXAMPLES_PER_CLASS, LABELS_OF_SEVERAL_TOKENS, MIXED_SYSTEM,
    INCONSISTENT_SYSTEM, SEVERAL_SYSTEM, REINFORCEMENT_REFUSED, REINFORCEMENT_RETIRED,
    COMPLETION_RETIRED, COMPLETION_UNLISTED, FILE_TOO_LARGE, TOO_MANY_EXAMPLES,
    TOO_MANY_JOB_TOKENS, MISSING_BYTE_ORDER_MARK,
)  # fmt: skip
# Known only once all rows have been seen.
ODD_ROWS = (MIXED_SYSTEM, INCONSISTENT_SYSTEM, SEVERAL_SYSTEM)
