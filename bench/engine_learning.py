"""How fast and how well the built-in trainer learns: seconds, rows a second, held-out accuracy.

    OPENBLAS_NUM_THREADS=1 .venv/bin/python bench/engine_learning.py
    … bench/engine_learning.py --spam spam.csv --issues issues.csv --chat rows.jsonl

Each set is split 80/20 by seeds 0, 1, ...; a fifth of the rows is never learnt. Accuracy: the
whole answer, written token by token at temperature 0, is the right one; beside it that of always
giving the most frequent answer. Seconds are those of preparing and learning three epochs on one
core, as the engine's workers have it, by the process's own clock. Without paths the spam and the
issues are made up.
--spam: CSV, label then text. --issues: CSV with columns label, title, body. --chat: chat JSONL.
"""

import argparse
import csv
import json
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from app.core.config import resource_dir
from app.datasets.tokens import get_encoding
from app.engine.example_file import ExampleFile
from app.engine.examples import Example
from app.engine.hyperparameters import resolve
from app.engine.trainers.base import END_TOKEN, Plan
from app.engine.trainers.ngram.model import NgramModel
from app.engine.trainers.ngram.trainer import NgramTrainer

Row = dict[str, object]
ENCODING = get_encoding("o200k_base")
HELD_OUT_SHARE = 0.2
N_EPOCHS = 3
BODY_CHARACTERS = 1500
REVIEWS = resource_dir("samples") / "reviews.jsonl"
CSV_LIMIT = 100_000_000


@dataclass(frozen=True)
class Lesson:
    seconds: float
    right: float
    majority: float


def chat_row(text: str, answer: str) -> Row:
    roles = (("user", text), ("assistant", answer))
    return {"messages": [{"role": role, "content": said} for role, said in roles]}


def read_spam(path: Path) -> Iterator[Row]:
    with path.open(encoding="latin-1", newline="") as stream:
        for label, text, *_ in list(csv.reader(stream))[1:]:
            yield chat_row(text, label)


def read_issues(path: Path) -> Iterator[Row]:
    csv.field_size_limit(CSV_LIMIT)
    with path.open(encoding="utf-8", errors="replace", newline="") as stream:
        for row in csv.DictReader(stream):
            yield chat_row(f"{row['title']}\n{row['body'][:BODY_CHARACTERS]}", row["label"])


def read_chat(path: Path) -> Iterator[Row]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def made_up(labels: dict[str, float], row_count: int, word_count: int) -> list[Row]:
    """Rows of words: some tell the label, most tell nothing, one row in fifty is labelled wrong."""
    chance = random.Random(0)
    telling = {label: [f"{label}{number}" for number in range(150)] for label in labels}
    common = [f"word{int(chance.paretovariate(0.6))}" for _ in range(20_000)]
    rows = []
    for _ in range(row_count):
        label = chance.choices(list(labels), list(labels.values()))[0]
        words = chance.choices(common, k=word_count) + chance.choices(telling[label], k=3)
        chance.shuffle(words)
        said = chance.choice(list(labels)) if chance.random() < 0.02 else label
        rows.append(chat_row(" ".join(words), said))
    return rows


def learn(rows: list[Row], seed: int, folder: Path) -> Lesson:
    mixed = list(rows)
    random.Random(seed).shuffle(mixed)
    held_out_count = int(len(rows) * HELD_OUT_SHARE)
    learnt, held_out = (folder / name for name in ("learnt.jsonl", "held_out.jsonl"))
    write_rows(held_out, mixed[:held_out_count])
    write_rows(learnt, mixed[held_out_count:])
    with ExampleFile(learnt) as examples, ExampleFile(held_out) as asked:
        begun = time.process_time()
        model = taught(examples, seed, folder / "weights")
        seconds = time.process_time() - begun
        right = mean(answer(model, row) == row.targets[0].answer for row in asked)
        answers = Counter(row.targets[0].answer for row in asked)
    return Lesson(seconds, right, answers.most_common(1)[0][1] / held_out_count)


def taught(examples: Sequence[Example], seed: int, path: Path) -> NgramModel:
    auto = {"type": "supervised", "supervised": {"hyperparameters": {"batch_size": "auto"}}}
    batch_size = resolve(auto, len(examples))["supervised"]["hyperparameters"]["batch_size"]
    trainer = NgramTrainer(ENCODING)
    trainer.prepare(Plan(N_EPOCHS, batch_size, 1.0, seed, len(examples)), examples, (), None)
    for _ in trainer.train(0):
        pass
    trainer.save(path)
    return NgramModel(path, ENCODING)


def answer(model: NgramModel, example: Example) -> str:
    answering, tokens = model.answering(example.targets[0].prompt), list[int]()
    while len(tokens) < 16:
        choices = answering.next_token(tokens)
        token = int(choices.tokens[choices.logprobs.argmax()])
        if token == END_TOKEN:
            break
        tokens.append(token)
    return ENCODING.decode(tokens)


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def sets_of(arguments: argparse.Namespace) -> Iterator[tuple[str, list[Row], int]]:
    """Name, rows, and how many splits to try."""
    yield "reviews, bundled", list(read_chat(REVIEWS)), 8
    spam = {"ham": 0.87, "spam": 0.13}
    kinds = {"bug": 0.45, "feature": 0.45, "question": 0.1}
    if arguments.spam:
        yield "spam", list(read_spam(arguments.spam)), 3
    else:
        yield "spam, made up", made_up(spam, 5_000, 12), 3
    if arguments.issues:
        yield "issues", list(read_issues(arguments.issues)), 3
    else:
        yield "issues, made up", made_up(kinds, 1_500, 150), 3
    if arguments.chat:
        yield arguments.chat.stem, list(read_chat(arguments.chat)), 3
    yield "5,000 rows to learn", made_up(spam, 6_250, 12), 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--spam", "--issues", "--chat"):
        parser.add_argument(name, type=Path)
    print(
        "| set | rows learnt | seconds | rows/s | held out | majority |\n|---|---|---|---|---|---|"
    )
    for name, rows, splits in sets_of(parser.parse_args()):
        with tempfile.TemporaryDirectory() as folder:
            lessons = [learn(rows, seed, Path(folder)) for seed in range(splits)]
        seconds = mean(lesson.seconds for lesson in lessons)
        count = len(rows) - int(len(rows) * HELD_OUT_SHARE)
        right, majority = (
            mean(getattr(lesson, key) for lesson in lessons) for key in ("right", "majority")
        )
        speed = N_EPOCHS * count / seconds
        print(
            f"| {name} | {count:,} | {seconds:.2f} | {speed:,.0f} | {right:.1%} | {majority:.1%} |"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory of the process: {peak:.0f} MB")


if __name__ == "__main__":
    main()
