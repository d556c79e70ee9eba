"""Makes a table of reviews: `make_reviews_csv.py OUT --rows 288065 --seed 7`.

Korean and English, quotation marks and line ends in cells, a byte order mark, and 6 % of the rows
repeat an earlier review. The columns are those of the tutorials: package_name, review, date, star.
"""

import argparse
import csv
import random
from collections.abc import Iterator
from pathlib import Path

from make_chat_jsonl import ENGLISH, KOREAN, Writer

REPEATED = 0.06
HELD = 5_000


def rows(count: int, seed: int) -> Iterator[tuple[str, str, str, int]]:
    pick, writer, held = random.Random(seed), Writer(seed), list[str]()
    for number in range(count):
        if held and pick.random() < REPEATED:
            review = pick.choice(held)
        else:
            review = _review(pick, writer, number)
            if len(held) < HELD:
                held.append(review)
        day = f"2026-{pick.randint(1, 12):02}-{pick.randint(1, 28):02}"
        yield f"app.{pick.randrange(400)}", review, day, pick.randint(1, 5)


def _review(pick: random.Random, writer: Writer, number: int) -> str:
    words = KOREAN if pick.random() < 0.5 else ENGLISH
    text = writer.text(words, int(60 * 15 ** pick.random()))
    if pick.random() < 0.2:
        text = text.replace(" ", ' "', 1).replace(" ", '" ', 2)
    return f"{text}\n{number}" if pick.random() < 0.3 else f"{text} {number}"


def make_reviews_csv(path: Path, count: int, seed: int) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(("package_name", "review", "date", "star"))
        table.writerows(rows(count, seed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=288_065)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    make_reviews_csv(options.out, options.rows, options.seed)


if __name__ == "__main__":
    main()
