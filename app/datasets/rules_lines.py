"""Rules about the bytes of a version and about single lines, before any format matters."""

from app.core.text import N_
from app.datasets.profiles import ReportProfile
from app.datasets.rules import Fix, Rule, Severity

E, W, I = Severity.ERROR, Severity.WARNING, Severity.INFO  # noqa: E741

# The whole version
EMPTY_FILE = Rule("empty_file", E, N_("There is nothing in it: 0 bytes or only blanks."))
UTF16_FILE = Rule("utf16_file", E, N_("The text is UTF-16 or UTF-32. Save it as UTF-8."))
LFS_POINTER = Rule(
    "lfs_pointer",
    E,
    N_("This is a Git LFS pointer, not the data. Fetch the data with “git lfs pull” first."),
)
NOT_TEXT = Rule(
    "not_text", E, N_("This is not text but an archive, a spreadsheet or other binary.")
)
JSON_ARRAY = Rule(
    "json_array", E, N_("The rows are inside one JSON array. Write one object per line instead.")
)
PRETTY_PRINTED = Rule(
    "pretty_printed",
    E,
    N_("The JSON is spread over several lines. Write each example on one line."),
)
BYTE_ORDER_MARK = Rule(
    "byte_order_mark",
    W,
    N_("A UTF-8 byte order mark comes first. OpenAI may refuse it, Azure asks for it."),
    fix=Fix.UNIX_LINES,
    profiles={ReportProfile.AZURE: None, ReportProfile.ENGINE: None},
)
TOO_FEW_EXAMPLES = Rule(
    "too_few_examples",
    W,
    N_("There are {examples} examples. Providers want at least {minimum} to train on."),
    profiles=dict.fromkeys((ReportProfile.OPENAI, ReportProfile.AZURE, ReportProfile.ENGINE), E),
)
ENCODING_GUESSED = Rule(
    "encoding_guessed",
    I,
    N_("The tokenizer of {model} is not known; tokens are counted with {encoding}."),
)

# Lines
CRLF = Rule("crlf", I, N_("Lines end in CRLF, as on Windows. That is allowed."), fix=Fix.UNIX_LINES)
BLANK_LINE = Rule(
    "blank_line",
    W,
    N_("The line is blank. Some providers refuse blank lines."),
    fix=Fix.UNIX_LINES,
    profiles={ReportProfile.ENGINE: I},
)
LINE_TOO_LONG = Rule(
    "line_too_long",
    E,
    N_("The line is longer than {limit} bytes and not read."),
    fix=Fix.DROP_BROKEN,
)
NOT_UTF8 = Rule("not_utf8", E, N_("The line is not valid UTF-8."), fix=Fix.DROP_BROKEN)
SINGLE_QUOTES = Rule(
    "single_quotes",
    E,
    N_("Python writing, not JSON: use double quotes, true, false and null."),
    fix=Fix.DROP_BROKEN,
)
SEVERAL_VALUES = Rule(
    "several_values",
    E,
    N_("More follows after the end of the object. Write one object per line."),
    fix=Fix.DROP_BROKEN,
)
LONE_SURROGATE = Rule(
    "lone_surrogate",
    E,
    N_("Half of a two-part \\u escape stands alone, so the text holds a broken character."),
    fix=Fix.DROP_BROKEN,
)
NOT_A_NUMBER = Rule(
    "not_a_number", E, N_("NaN and Infinity are not JSON numbers."), fix=Fix.DROP_BROKEN
)
HUGE_NUMBER = Rule("huge_number", E, N_("A number is too large to be read."), fix=Fix.DROP_BROKEN)
NESTED_TOO_DEEP = Rule(
    "nested_too_deep",
    E,
    N_("Objects and lists are nested more than {limit} levels deep."),
    fix=Fix.DROP_BROKEN,
)
DUPLICATE_KEY = Rule(
    "duplicate_key",
    E,
    N_("A key stands twice in one object, so one of its values is lost."),
    fix=Fix.DROP_BROKEN,
)
INVALID_JSON = Rule("invalid_json", E, N_("The line is not valid JSON."), fix=Fix.DROP_BROKEN)
DATA_TYPE = Rule("data_type", E, N_("The line is JSON but not an object."), fix=Fix.DROP_BROKEN)

# Rows beside each other, and their size
MIXED_FORMATS = Rule(
    "mixed_formats",
    E,
    N_("The row is of another format than {format}, as which it is checked."),
    fix=Fix.DROP_BROKEN,
)
DUPLICATE_EXAMPLE = Rule(
    "duplicate_example",
    W,
    N_("The example repeats an earlier one exactly."),
    fix=Fix.DROP_DUPLICATES,
)
OVER_TOKEN_LIMIT = Rule(
    "over_token_limit",
    W,
    N_("The example has more than the {limit} tokens of {model}. The rest is cut off silently."),
    fix=Fix.DROP_LINES,
)
IMBALANCED_ANSWERS = Rule(
    "imbalanced_answers",
    I,
    N_("“{label}” is the answer in {count} of {examples} examples. More even answers teach more."),
)

RULES = (
    EMPTY_FILE, UTF16_FILE, LFS_POINTER, NOT_TEXT, JSON_ARRAY, PRETTY_PRINTED, BYTE_ORDER_MARK,
    TOO_FEW_EXAMPLES, ENCODING_GUESSED, CRLF, BLANK_LINE, LINE_TOO_LONG, NOT_UTF8, SINGLE_QUOTES,
    SEVERAL_VALUES, LONE_SURROGATE, NOT_A_NUMBER, HUGE_NUMBER, NESTED_TOO_DEEP, DUPLICATE_KEY,
    INVALID_JSON, DATA_TYPE, MIXED_FORMATS, DUPLICATE_EXAMPLE, OVER_TOKEN_LIMIT,
    IMBALANCED_ANSWERS,
)  # fmt: skip
