"""The second look of the report at many rows: duplicates, near duplicates, contradictions.

    .venv/bin/python bench/near_duplicates.py --rows 50000

The rows are made up by a seed; 2 % are copies with a letter or two changed, so what must be found
is known. The look reads the rows through the example index, as the worker does.
"""

import argparse
import json
import random
import resource
import tempfile
import time
from pathlib import Path

from app.datasets.deep.looking import Kind, Looked, look_deeper
from app.datasets.example_index import ExampleIndex
from app.datasets.validation import check_file

SYLLABLES = [chr(code) for code in range(0xAC00, 0xD7A4, 28)]
WORDS = 24
COPIED_SHARE = 0.02


def make_text(chance: random.Random) -> str:
    words = ("".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(WORDS))
    return " ".join(words)


def write_rows(path: Path, count: int, seed: int) -> int:
    """Returns the number of changed copies."""
    chance, texts, copies = random.Random(seed), [make_text(random.Random(seed))], 0
    with path.open("w", encoding="utf-8") as out:
        for number in range(count):
            if number and chance.random() < COPIED_SHARE:
                text, copies = chance.choice(texts) + chance.choice("!?~"), copies + 1
            else:
                texts.append(text := make_text(chance))
            messages = [
                {"role": "user", "content": text},
                {"role": "assistant", "content": str(number % 5 + 1)},
            ]
            out.write(json.dumps({"messages": messages}, ensure_ascii=False) + "\n")
    return copies


def look(path: Path, index: ExampleIndex) -> tuple[Looked, float]:
    started = time.perf_counter()
    with path.open("rb") as stream:
        looked = look_deeper(stream, index, lambda _done, _total: True)
    return looked, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path, index_path = Path(folder) / "rows.jsonl", Path(folder) / "rows.index"
        copies = write_rows(path, options.rows, options.seed)
        started = time.perf_counter()
        check_file(path, index_path=index_path)
        check_seconds = time.perf_counter() - started
        looked, seconds = look(path, ExampleIndex.open(index_path))
        megabytes = path.stat().st_size / 1e6
    near = looked.groups[Kind.NEAR]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{options.rows:,} rows, {megabytes:.0f} MB, {copies:,} changed copies")
    print(f"check: {check_seconds:.1f} s; second look: {seconds:.1f} s; peak {peak:.0f} MB")
    print(f"near duplicates: {len(near):,} groups, {len(near.rows) - len(near):,} copies found")


if __name__ == "__main__":
    main()
