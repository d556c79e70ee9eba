"""Made-up reviews whose stars follow from their words, and jobs on them."""

import json
import random
from collections.abc import Callable

from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent

from tests.engine_fixture import wait_until

SYSTEM = "Answer with the number of stars."
PRAISE = ["great", "love it", "so useful", "최고예요", "정말 좋아요", "추천합니다"]
BLAME = ["crashes daily", "awful", "want a refund", "최악이에요", "자꾸 멈춰요", "실망했어요"]
MIXED = ["okay", "average", "could be better", "보통이에요", "그저 그래요", "무난합니다"]
FILLER = [
    "the app",
    "this update",
    "login",
    "이 앱",
    "업데이트",
    "the new screen",
    "알림",
    "widget",
]
WORDS = {"5": PRAISE, "1": BLAME, "3": MIXED}
TERMINAL = ("succeeded", "failed", "cancelled")
Row = dict[str, object]


def reviews(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """Text and stars; half of the rows have five stars."""
    chance = random.Random(seed)
    stars = ["5", "5", "1", "3"]
    return [
        (f"{chance.choice(FILLER)} {chance.choice(WORDS[star])} {chance.choice(FILLER)}", star)
        for star in (chance.choice(stars) for _ in range(count))
    ]


def chat_row(text: str, answer: str) -> Row:
    return {
        "messages": [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": text},
            {"role": "assistant", "content": answer},
        ]
    }


def chat_rows(count: int, seed: int = 0) -> list[Row]:
    return [chat_row(*review) for review in reviews(count, seed)]


def completion_rows(count: int, seed: int = 0) -> list[Row]:
    return [
        {"prompt": f"{text} ->", "completion": f" {star}"} for text, star in reviews(count, seed)
    ]


def jsonl(rows: list[Row]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def upload(client: OpenAI, content: list[Row] | bytes, name: str = "train.jsonl") -> str:
    data = content if isinstance(content, bytes) else jsonl(content)
    return client.files.create(file=(name, data), purpose="fine-tune").id


def finished(client: OpenAI, job: FineTuningJob, seconds: float = 90) -> FineTuningJob:
    return once(client, job, lambda status: status in TERMINAL, seconds)


def once(
    client: OpenAI, job: FineTuningJob, wanted: Callable[[str], bool], seconds: float = 90
) -> FineTuningJob:
    try:
        wait_until(lambda: wanted(client.fine_tuning.jobs.retrieve(job.id).status), seconds)
    except AssertionError:
        ahead = [(other.id, other.status) for other in client.fine_tuning.jobs.list(limit=10).data]
        raise AssertionError(f"waited too long for {job.id} among {ahead}") from None
    return client.fine_tuning.jobs.retrieve(job.id)


def events_of(client: OpenAI, job: FineTuningJob) -> list[FineTuningJobEvent]:
    """Oldest first."""
    return list(client.fine_tuning.jobs.list_events(job.id, limit=100))[::-1]


def steps_of(client: OpenAI, job: FineTuningJob) -> list[dict[str, float]]:
    return [data_of(event) for event in events_of(client, job) if event.type == "metrics"]


def data_of(event: FineTuningJobEvent) -> dict[str, float]:
    assert isinstance(event.data, dict)
    return event.data


def ask(client: OpenAI, model: str, text: str) -> str | None:
    answer = client.chat.completions.create(
        model=model,
        temperature=0,
        messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}],
    )
    return answer.choices[0].message.content
