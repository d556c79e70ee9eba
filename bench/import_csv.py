"""Import of a large table of reviews: recognised, mapped, repeated reviews dropped, written.

    .venv/bin/python bench/import_csv.py --rows 288065 --rounds 3

Beside Tuneboard stands the shortest loop by hand that knows the file beforehand: csv, a set of
digests, orjson. Each side is a process of its own; both must write the same examples.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from hashlib import file_digest
from pathlib import Path
from statistics import median

from make_reviews_csv import make_reviews_csv

BENCH = Path(__file__).resolve().parent
PEAK_UNIT = 1 if platform.system() == "Darwin" else 1024
MAPPING = 'target: chat\nuser: "{{ review }}"\nassistant: "{{ star }}"\nunique_by: "{{ review }}"\n'
BY_HAND = """
import csv, hashlib, sys, orjson
seen = set()
with open(sys.argv[1], encoding="utf-8-sig", newline="") as source, open(sys.argv[2], "wb") as out:
    for row in csv.DictReader(source):
        key = hashlib.blake2b(row["review"].encode(), digest_size=12).digest()
        if key not in seen:
            seen.add(key)
            messages = [{"role": "user", "content": row["review"]},
                        {"role": "assistant", "content": row["star"]}]
            out.write(orjson.dumps({"messages": messages}) + b"\\n")
"""
TUNEBOARD = """
import sys
from pathlib import Path
from app.datasets.imports.command import import_file
sys.exit(import_file(Path(sys.argv[1]), out_path=Path(sys.argv[2]), mapping_path=Path(sys.argv[3])))
"""


def measure(script: str, *arguments: Path) -> tuple[float, float]:
    """Seconds and the peak of memory in MB."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(BENCH.parent)}
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit("a side failed")
    return time.perf_counter() - started, usage.ru_maxrss * PEAK_UNIT / 1e6


def compare(folder: Path, rows: int, rounds: int) -> None:
    table, mapping = folder / "reviews.csv", folder / "mapping.yaml"
    make_reviews_csv(table, rows, seed=7)
    mapping.write_text(MAPPING, encoding="utf-8")
    sides = {"by hand": BY_HAND, "Tuneboard": TUNEBOARD}
    digests = set()
    print(f"{rows:,} rows, {table.stat().st_size / 1e6:,.0f} MB")
    measured: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, script in sides.items():
            out = folder / "out.jsonl"
            measured[side].append(measure(script, table, out, mapping))
            with out.open("rb") as stream:
                digests.add(file_digest(stream, "sha256").hexdigest())
    for side, found in measured.items():
        seconds, peak = median(each[0] for each in found), max(each[1] for each in found)
        print(f"{side:<10} {seconds:6.2f} s {rows / seconds:10,.0f} rows/s {peak:6.0f} MB")
    if len(digests) > 1:
        sys.exit("the sides wrote different examples")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=288_065)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        compare(Path(made), options.rows, options.rounds)
