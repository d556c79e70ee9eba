"""Makes a chat dataset of any size: `make_chat_jsonl.py OUT --megabytes 100 --seed 7`.

Sentences are put together from our own words, half Korean and half English, with names, order
numbers, dates and code in between. The lengths of answers spread over two orders of magnitude,
three system prompts are shared by 70 % of the rows, and 30 % of the rows are written with \\u
escapes, as Python's json does by default.
"""

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

MEGABYTE = 1_000_000
SYSTEMS = (
    "You answer questions of customers of a bicycle shop, briefly and politely.",
    "당신은 자전거 가게의 상담원입니다. 짧고 친절하게 답하세요.",
    "You are the help desk of a library. Answer in the language of the question.",
)
ENGLISH = {
    "when": (
        "before noon", "since Tuesday", "after the second attempt", "on rainy days",
        "within two weeks", "as soon as the payment clears", "without any warning",
        "for no obvious reason", "in the quiet hours",
    ),
    "who": (
        "the customer", "our team", "the delivery", "a new frame", "the front wheel", "this order",
        "the manual", "every returned parcel", "the night shift", "an old invoice", "that battery",
    ),
    "does": (
        "arrives", "needs another look", "was paid for", "cannot be found", "has been repaired",
        "fits surprisingly well", "waits in the warehouse", "is still missing a part",
    ),
    "more": (
        "so please keep the receipt", "and nobody has noticed", "but the colour is different",
        "which is why we call you back", "although the list says otherwise",
        "unless you prefer a refund",
    ),
}  # fmt: skip
KOREAN = {
    "when": (
        "비가 오는 날에는", "어제 저녁부터", "두 번째 시도 끝에", "일주일 안에",
        "아무런 안내 없이", "결제가 끝나는 대로",
    ),
    "who": (
        "고객님이", "저희 팀은", "새 부품이", "앞바퀴는", "이 주문은", "설명서가",
        "반품된 상자는", "배터리가", "야간 근무자는", "지난달 청구서는",
    ),
    "does": (
        "오전에 도착했습니다", "다시 확인해야 합니다", "이미 결제되었습니다",
        "찾을 수 없어요", "수리가 끝났습니다", "창고에서 기다리고 있어요",
    ),
    "more": (
        "영수증을 꼭 보관해 주세요", "색상이 조금 다릅니다", "불편을 드려 죄송합니다",
        "다른 방법을 안내해 드릴게요", "환불도 가능합니다",
    ),
}  # fmt: skip
NAMES = ("Mira", "Tobias", "Yuna", "Jae-won", "Ottilie", "서연", "민준", "하은", "Birk", "Noor")
Words = dict[str, tuple[str, ...]]


class Writer:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def row(self) -> bytes:
        pick = self._random
        words = KOREAN if pick.random() < 0.5 else ENGLISH
        system = pick.choice(SYSTEMS) if pick.random() < 0.7 else self.text(words, 60)
        messages = [
            {"role": "system", "content": system},
            {"role": "user", "content": self.text(words, self._length(20, 400))},
            {"role": "assistant", "content": self.text(words, self._length(10, 4000))},
        ]
        line = json.dumps({"messages": messages}, ensure_ascii=pick.random() < 0.3)
        return line.encode() + b"\n"

    def text(self, words: Words, length: int) -> str:
        parts: list[str] = []
        size = 0
        while size < length:
            parts.append(self._sentence(words))
            size += len(parts[-1]) + 1
        return " ".join(parts)

    def _length(self, low: int, high: int) -> int:
        return int(low * (high / low) ** self._random.random())

    def _sentence(self, words: Words) -> str:
        pick = self._random
        parts = [pick.choice(words[kind]) for kind in ("when", "who", "does", "more")]
        parts.insert(pick.randrange(4), self._detail())
        return " ".join(parts).capitalize() + pick.choice(".!?")

    def _detail(self) -> str:
        pick = self._random
        number = pick.randrange(10**6)
        return pick.choice(
            (
                pick.choice(NAMES),
                f"#{number:06d}",
                f"20{number % 20 + 10}-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
                f"order_{number}.get('total', {number % 97})",
                f"{number / 100:,.2f}",
            )
        )


def rows(seed: int) -> Iterator[bytes]:
    writer = Writer(seed)
    while True:
        yield writer.row()


def make_chat_jsonl(path: Path, megabytes: int, seed: int = 7) -> int:
    """Writes at least so many megabytes and returns the number of rows."""
    size = count = 0
    with path.open("wb") as out:
        for row in rows(seed):
            out.write(row)
            size, count = size + len(row), count + 1
            if size >= megabytes * MEGABYTE:
                break
    return count


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    print(make_chat_jsonl(chosen.out, chosen.megabytes, chosen.seed), "rows")
