"""Sets that a provider takes otherwise: rule, profile, severity there, rows or bytes."""

from app.datasets.profiles import ReportProfile
from app.datasets.rules import Severity
from tests.datasets.conftest import Row, chat_row, jsonl
from tests.datasets.row_cases import ANSWER, USER, chat
from tests.datasets.set_cases import GOOD

BOM = b"\xef\xbb\xbf"
PLAIN = [chat_row(n) for n in range(12)]
GRADED = [chat(USER, reference_answer=n) for n in range(12)]
NAMED = [chat(USER | {"name": "a b"}, ANSWER)] * 12
DEVELOPED = [chat({"role": "developer", "content": "Be brief."}, USER, ANSWER)] * 12
PICTURE = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
PICTURES = [chat(USER | {"content": [PICTURE] * 11}, ANSWER)] * 12

OPENAI, AZURE = ReportProfile.OPENAI, ReportProfile.AZURE
ENGINE, COMPATIBLE = ReportProfile.ENGINE, ReportProfile.COMPATIBLE
E, W, I = Severity.ERROR, Severity.WARNING, Severity.INFO  # noqa: E741

ProfileCase = tuple[str, ReportProfile, Severity | None, list[Row] | bytes]
PROFILE_CASES: list[ProfileCase] = [
    ("too_few_examples", OPENAI, E, PLAIN[:9]),
    ("too_few_examples", AZURE, E, PLAIN[:9]),
    ("too_few_examples", ENGINE, E, PLAIN[:9]),
    ("too_few_examples", COMPATIBLE, W, PLAIN[:9]),
    ("byte_order_mark", OPENAI, W, BOM + jsonl(PLAIN)),
    ("byte_order_mark", AZURE, None, BOM + jsonl(PLAIN)),
    ("byte_order_mark", ENGINE, None, BOM + jsonl(PLAIN)),
    ("missing_byte_order_mark", AZURE, I, PLAIN),
    ("missing_byte_order_mark", AZURE, None, BOM + jsonl(PLAIN)),
    ("missing_byte_order_mark", OPENAI, None, PLAIN),
    ("blank_line", OPENAI, W, jsonl(PLAIN) + b"\n"),
    ("blank_line", ENGINE, I, jsonl(PLAIN) + b"\n"),
    ("developer_role", OPENAI, W, DEVELOPED),
    ("developer_role", COMPATIBLE, I, DEVELOPED),
    ("developer_role", ENGINE, None, DEVELOPED),
    ("name_invalid", OPENAI, W, NAMED),
    ("name_invalid", ENGINE, I, NAMED),
    ("too_many_images", OPENAI, E, PICTURES),
    ("too_many_images", ENGINE, I, PICTURES),
    ("reinforcement_refused", ENGINE, E, GRADED),
    ("reinforcement_refused", AZURE, None, GRADED),
    ("reinforcement_retired", OPENAI, W, GRADED),
    ("reinforcement_retired", COMPATIBLE, None, GRADED),
    ("completion_retired", OPENAI, E, GOOD),
    ("completion_unlisted", AZURE, W, GOOD),
    ("completion_retired", ENGINE, None, GOOD),
    ("missing_separator", COMPATIBLE, W, [{"prompt": row["completion"], "completion": " x"}
                                          for row in GOOD[:3]] + [GOOD[0]]),
    ("missing_separator", ENGINE, I, [{"prompt": row["completion"], "completion": " x"}
                                      for row in GOOD[:3]] + [GOOD[0]]),
]  # fmt: skip
# These need more than a test would write: sizes are put into the report.
SIZE_RULES = {"file_too_large", "too_many_examples", "too_many_job_tokens"}
