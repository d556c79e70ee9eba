"""Very many small chat rows: `make_many_rows(path, rows)`; the same for the same seed."""

import random
from collections.abc import Iterator
from pathlib import Path

import orjson

BLOCK_ROWS = 20_000
WORDS = ["refund", "환불", "invoice", "청구서", "crash", "오류", "login", "로그인", "slow", "느림"]
LABELS = ["bug", "feature", "question", "billing"]
CUT = b'{"messages": [{"role": "user"\n'


def make_many_rows(path: Path, rows: int, seed: int = 7) -> None:
    """About 145 bytes a row; one in a thousand repeats another, one in ten thousand is cut."""
    chance = random.Random(seed)
    with path.open("wb") as out:
        for start in range(0, rows, BLOCK_ROWS):
            numbers = range(start, min(start + BLOCK_ROWS, rows))
            out.write(b"".join(_lines(chance, numbers)))


def _lines(chance: random.Random, numbers: range) -> Iterator[bytes]:
    line = b""
    for number in numbers:
        if number % 1_000 != 999:
            line = _line(chance, number)
        yield CUT if number % 10_000 == 5_000 else line


def _line(chance: random.Random, number: int) -> bytes:
    words = " ".join(chance.choices(WORDS, k=chance.randint(2, 12)))
    user = {"role": "user", "content": f"{words} {number}"}
    answer = {"role": "assistant", "content": LABELS[number * 7 % 11 % 4]}
    return orjson.dumps({"messages": [user, answer]}) + b"\n"
