"""Why a job failed, in plain words with a way out, and which rows the provider's text names.

Providers put the number of an example into their sentences ("Example 100, message 2 …",
"Flagged lines: 4, 13"): line numbers of the file as it was sent, so of our version.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.text import N_
from app.jobs.models import Job
from app.jobs.sentences import Sentence

MOST_LINES = 20
EXAMPLE = re.compile(r"\b(?:Example|Line) (\d{1,9})\b", re.IGNORECASE)
FLAGGED = re.compile(r"Flagged lines: ([\d, ]+)", re.IGNORECASE)
TOO_FEW = re.compile(r"has (\d+) example\(s\), but must have at least (\d+)")
EXTRA_KEY = re.compile(r'contains an extra ["\'](.{1,80}?)["\']')
TOKEN = re.compile(r"contains an invalid token: (\S{1,80}?)\.?$")
MISSING_KEY = re.compile(r"is missing key ['\"](.{1,80}?)['\"]")


@dataclass(frozen=True, slots=True)
class Failure:
    """`meaning` is None where only the provider's own words are known."""

    meaning: Sentence | None
    lines: Sequence[int]
    is_validation_file: bool


def explain_failure(job: Job) -> Failure:
    text = job.error_message or ""
    param = f"{job.error_param or ''} {text}".lower()
    return Failure(
        meaning=_meaning(job.error_code or "", text),
        lines=_lines(text),
        is_validation_file="validation_file" in param or "validation file" in param,
    )


def _lines(text: str) -> list[int]:
    flagged = FLAGGED.search(text)
    numbers = re.findall(r"\d{1,9}", flagged.group(1)) if flagged else EXAMPLE.findall(text)
    return list(dict.fromkeys(int(number) for number in numbers if int(number) > 0))[:MOST_LINES]


def _meaning(code: str, text: str) -> Sentence | None:
    for pattern, make in _BY_TEXT:
        if found := pattern.search(text):
            return make(found)
    sentence = _BY_CODE.get(code)
    return Sentence(sentence) if sentence else None


def _too_few(found: re.Match[str]) -> Sentence:
    places = {"count": int(found.group(1)), "least": int(found.group(2))}
    sentence = N_(
        "The data has only {count} examples, the provider needs {least}. "
        "Add examples as a new version, then start a new job from this one."
    )
    return Sentence(sentence, places)


def _keyed(sentence: str) -> Callable[[re.Match[str]], Sentence]:
    return lambda found: Sentence(sentence, {"key": found.group(1)})


def _plain(sentence: str) -> Callable[[re.Match[str]], Sentence]:
    return lambda _found: Sentence(sentence)


_BY_TEXT: list[tuple[re.Pattern[str], Callable[[re.Match[str]], Sentence]]] = [
    (TOO_FEW, _too_few),
    (
        EXTRA_KEY,
        _keyed(
            N_("A row has “{key}”, which this provider does not take. Remove it from the data.")
        ),
    ),
    (
        TOKEN,
        _keyed(N_("A row contains {key}, a mark the model reserves for itself. Remove it.")),
    ),
    (MISSING_KEY, _keyed(N_("A message lacks “{key}”. Add it, or remove the row."))),
    (
        re.compile(r"Discriminator 'role'"),
        _plain(N_("A message has no role, or one the provider does not know.")),
    ),
    (
        re.compile(r"Unexpected file format"),
        _plain(N_("The data is of another kind than this base model and method learn from.")),
    ),
    (
        re.compile(r"not using '\w+' as the training method"),
        _plain(N_("The data does not fit the method: it is made for another one.")),
    ),
    (
        re.compile(r"invalid json|not a dictionary", re.IGNORECASE),
        _plain(N_("A line of the data is not a JSON object.")),
    ),
    (
        re.compile(r"moderation|usage policies", re.IGNORECASE),
        _plain(
            N_(
                "The provider's moderation refused rows of the data. "
                "Look at the rows it names, remove what it objects to, and start again."
            )
        ),
    ),
    (
        re.compile(r"internal error", re.IGNORECASE),
        _plain(
            N_(
                "The provider had a fault of its own and says nothing more. Nothing is known to be "
                "wrong with the data: starting the same job again often works."
            )
        ),
    ),
]
_BY_CODE = {
    "exceeded_quota": N_(
        "The job would cost more than the account may spend. "
        "Raise the limit at the provider, then start a new job from this one."
    ),
    "insufficient_quota": N_("The account has no credit left. Add credit at the provider."),
    "invalid_file_format": N_("The provider could not read the data as it was sent."),
    "invalid_training_file": N_("The provider refused the training data."),
    "invalid_validation_file": N_("The provider refused the validation data."),
    "model_not_found": N_("The provider does not have this base model, or not for this account."),
    "server_error": N_("The provider had a fault of its own. Starting the job again often works."),
}
