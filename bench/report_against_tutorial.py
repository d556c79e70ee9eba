"""The full report of a chat dataset against the tutorials' way of counting, side by side.

    .venv/bin/python bench/report_against_tutorial.py --megabytes 100
    .venv/bin/python bench/report_against_tutorial.py --megabytes 512 --alone --rounds 1

Each side is a process of its own, in turn. Seconds are those of the whole process, loading of the
tokenizer included; memory is the most that it and all it starts have at once. Ours is what the
server has done in a process of its own. The counts must be the same or the comparison fails.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from make_chat_jsonl import make_chat_jsonl
from process_memory import Watch

BENCH = Path(__file__).resolve().parent
MEGABYTE = 1_000_000
PEAK_UNIT = 1 if platform.system() == "Darwin" else 1024


@dataclass(frozen=True)
class Measured:
    figures: dict[str, Any]
    seconds: float
    cpu_seconds: float
    peak_megabytes: float


def measure(side: str, path: Path, encoding: str) -> Measured:
    command = [sys.executable, str(BENCH / f"report_by_{side}.py"), str(path), encoding]
    environment = os.environ | {"PYTHONPATH": str(BENCH.parent)}
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        watch = Watch(process.pid)
        watch.start()
        output = process.stdout.read()
        together = watch.stop()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{side} failed")
    cpu_seconds = usage.ru_utime + usage.ru_stime
    peak = max(together, usage.ru_maxrss * PEAK_UNIT / MEGABYTE)
    return Measured(json.loads(output), seconds, cpu_seconds, peak)


def compare(path: Path, encoding: str, rounds: int, sides: list[str]) -> bool:
    """Prints the table; False where the counts differ."""
    megabytes = path.stat().st_size / MEGABYTE
    results: dict[str, list[Measured]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            results[side].append(measure(side, path, encoding))
    print(f"{megabytes:.0f} MB, {encoding}, Python {platform.python_version()}, {rounds} rounds")
    print(f"{'':<12}{'seconds':>9}{'CPU s':>8}{'MB/s':>7}{'peak MB':>9}")
    for side, measured in results.items():
        seconds = median(each.seconds for each in measured)
        cpu_seconds = median(each.cpu_seconds for each in measured)
        peak = max(each.peak_megabytes for each in measured)
        speed = megabytes / seconds
        print(f"{side:<12}{seconds:>9.2f}{cpu_seconds:>8.2f}{speed:>7.0f}{peak:>9.0f}")
    return len(sides) == 1 or _print_ratio(results)


def _print_ratio(results: dict[str, list[Measured]]) -> bool:
    """Of the median round: both sides of a round ran under the same load."""
    rounds = list(zip(results["tutorial"], results["tuneboard"], strict=True))
    same = all(theirs.figures == ours.figures for theirs, ours in rounds)
    times = median(theirs.seconds / ours.seconds for theirs, ours in rounds)
    print(f"{times:.1f} times as fast, counts {'the same' if same else 'DIFFERENT'}\n")
    return same


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--encoding", choices=["cl100k_base", "o200k_base"], nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help="only ours, for large sizes")
    parser.add_argument("--file", type=Path, help="an existing dataset instead of a made one")
    chosen = parser.parse_args()
    sides = ["tuneboard"] if chosen.alone else ["tutorial", "tuneboard"]
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.file or Path(folder) / "chat.jsonl"
        if chosen.file is None:
            make_chat_jsonl(path, chosen.megabytes)
        encodings = chosen.encoding or ["cl100k_base", "o200k_base"]
        same = [compare(path, encoding, chosen.rounds, sides) for encoding in encodings]
    sys.exit(not all(same))


if __name__ == "__main__":
    main()
