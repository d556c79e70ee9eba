"""Sets that break one rule as a whole: rule, rows that break it, its lines, rows that do not."""

from typing import Any

from tests.datasets.conftest import Row, chat_row
from tests.datasets.row_cases import ANSWER, USER, chat

NAMES = [
    "ash", "birch", "cedar", "date", "elm", "fir", "gum", "holly", "ivy", "jade", "kale", "larch",
]  # fmt: skip


def pair(prompt: str, completion: str) -> Row:
    return {"prompt": prompt, "completion": completion}


def pairs(prompt: str = "{} ->", completion: str = " {} or so END") -> list[Row]:
    return [pair(prompt.format(name), completion.format(name[::-1])) for name in NAMES]


def asked(number: int, system: str | None, answer: str = "") -> Row:
    messages: list[Any] = [{"role": "user", "content": f"number {number}"}]
    if system is not None:
        messages.insert(0, {"role": "system", "content": system})
    return chat(*messages, ANSWER | {"content": answer or f"That is {number}, I say."})


def classified(counts: dict[str, int]) -> list[Row]:
    labels = [label for label, count in counts.items() for _ in range(count)]
    return [asked(number, "Say which.", label) for number, label in enumerate(labels)]


GOOD = pairs()
SLIP = [asked(n, "Be brief." if n != 7 else "Be long.") for n in range(20)]
MANY = [asked(n, f"You are {n % 4}.") for n in range(21)]
SAME = [asked(n, "Be brief.") for n in range(20)]
MIXED = [asked(n, None if n in {3, 5} else "Be brief.") for n in range(20)]
MOSTLY_WITHOUT = [asked(n, "Be brief." if n == 4 else None) for n in range(20)]
LONG_END = " <that was all of it>"

SetCase = tuple[str, list[Row], list[int], list[Row]]
SET_CASES: list[SetCase] = [
    ("empty_prompt", [*GOOD, pair(" ", " x END")], [13], GOOD),
    ("completion_leading_space", [*GOOD, pair("x ->", "y END")], [13], GOOD),
    ("long_pair", [*GOOD, pair("word " * 2_000 + "->", " x END")], [13], GOOD),
    ("over_2048_tokens", [*GOOD, pair("word " * 2_100 + "->", " x END")], [13], GOOD),
    ("upper_case_prompts", [pair("SAY: " + row["prompt"].upper(), row["completion"])
                            for row in GOOD], list(range(1, 13)), GOOD),
    ("upper_case_completions", [pair(row["prompt"], row["completion"].upper()) for row in GOOD],
     list(range(1, 13)), GOOD),
    ("upper_case_prompts", [pair("ЧТО ЭТО " + row["prompt"], " x") for row in GOOD],
     list(range(1, 13)), [pair("이것은 DB 의 무엇인가요, 설명해 주세요 " + row["prompt"], " x")
                          for row in GOOD]),
    ("inconsistent_separator", [*GOOD, pair("x", " y END"), pair("z:", " u END")], [13, 14], GOOD),
    ("separator_inside", [*GOOD, pair("x -> y ->", " y END")], [13], GOOD),
    ("inconsistent_end_marker", [*GOOD, pair("x ->", " y")], [13], GOOD),
    ("end_marker_inside", [*GOOD, pair("x ->", " y END z END")], [13], GOOD),
    ("open_ended", pairs(prompt=""), [], GOOD),
    ("identical_prompts", pairs(prompt="Say something ->"), [], GOOD),
    ("identical_completions", pairs(completion=" yes"), [], GOOD),
    ("missing_separator", pairs(prompt="{}"), [], GOOD),
    ("long_separator", pairs(prompt="{} and so on and on ->"), [], GOOD),
    ("prompt_prefix", pairs(prompt="Tell me about {} ->"), [], GOOD),
    ("completion_prefix", pairs(completion=" Well, {} END"), [], GOOD),
    ("missing_end_marker", pairs(completion=" {}"), [], GOOD),
    ("long_end_marker", pairs(completion=" {}" + LONG_END), [], GOOD),
    ("mixed_system_prompts", MIXED, [4, 6], SAME),
    ("mixed_system_prompts", MOSTLY_WITHOUT, [5], [asked(n, None) for n in range(20)]),
    ("inconsistent_system_prompts", SLIP, [8], SAME),
    ("inconsistent_system_prompts", SLIP, [8], MANY),
    ("several_system_prompts", MANY, [n + 1 for n in range(21) if n % 4], SAME),
    ("several_system_prompts", MANY, [n + 1 for n in range(21) if n % 4], SLIP),
    ("few_examples", [chat_row(n) for n in range(499)], [], [chat_row(n) for n in range(500)]),
    ("few_examples_per_class", classified({"ham": 100, "spam": 99}), [],
     classified({"ham": 100, "spam": 100})),
    ("labels_of_several_tokens", classified({"ham": 9, "unquestionably so": 9}), [],
     classified({"ham": 9, "spam": 9})),
    ("too_few_examples", [chat(USER, ANSWER)] * 9, [], [chat(USER, ANSWER)] * 10),
]  # fmt: skip
