"""A version of two million rows in the reader, and pages while a large version is checked.

    .venv/bin/python bench/datasets_at_scale.py
    .venv/bin/python bench/datasets_at_scale.py --small      # some seconds, to see that it works

A server of its own is asked over HTTP, as a browser asks it; times are those of the whole answer.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import httpx2
from make_chat_jsonl import make_chat_jsonl
from make_many_rows import make_many_rows
from process_memory import Watch, memory_of
from upload_in_the_browsers_way import BASE, HEADERS, PORT, sign_in, wait_until_ready

READER = {
    "first page": "",
    "last page": "page={last}",
    "tokens 20–40": "tokens=20-40",
    "tokens 20–40, in the middle": "tokens=20-40&page={middle}",
    "a finding and an answer": "finding=duplicate_example&label=bug",
    "most tokens first": "sort=-tokens",
    "most tokens first, in the middle": "sort=-tokens&page={middle}",
    "all of these filters, sorted": "tokens=20-40&label=bug&messages=2&sort=answer_tokens&page=9",
    "text that is nowhere": "q=nowhere%20to%20be%20found",
    "one line among the sorted": "tokens=20-40&sort=-tokens&line={line}",
}
MEANWHILE = ["/datasets", "{rows}", "{rows}/examples", "{rows}/examples?sort=-tokens", "/jobs"]


@contextmanager
def server(data_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(PORT)]
    environment = {
        "TUNEBOARD_DATA_DIR": str(data_dir),
        "TUNEBOARD_EMBEDDED_ENGINE": "false",
        "TUNEBOARD_UPLOAD_LIMIT_BYTES": str(8 * 1024**3),
        "TUNEBOARD_LOG_LEVEL": "error",
        "PATH": "/usr/bin:/bin",
    }
    with subprocess.Popen(command, env=environment) as process:
        try:
            wait_until_ready(process)
            yield process
        finally:
            process.terminate()


def upload(client: httpx2.Client, path: Path) -> str:
    """The address of the new version's page."""
    with path.open("rb") as stream:
        files = {"file": (path.name, stream, "application/jsonl")}
        answer = client.post("/datasets", data={"name": path.stem}, files=files, timeout=600)
    assert answer.status_code == 303, answer.status_code
    return answer.headers["location"]


def is_checked(client: httpx2.Client, address: str) -> bool:
    page = client.get(f"{address}/progress", timeout=60)
    return "hx-refresh" in page.headers


def wait_for(done: Callable[[], bool], seconds: float = 1_200) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.25)


def ask(client: httpx2.Client, address: str) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    answer = client.get(address, timeout=60)
    taken = (time.perf_counter() - started) * 1000
    assert answer.status_code == 200, (address, answer.status_code)
    return taken


def row(name: str, times: list[float]) -> str:
    p95 = quantiles(times, n=20, method="inclusive")[-1]
    return f"| {name} | {median(times):.0f} | {p95:.0f} | {max(times):.0f} |"


def read_rows(client: httpx2.Client, address: str, rows: int, rounds: int, pid: int) -> None:
    print("| page | median ms | p95 ms | slowest ms |\n|---|---|---|---|")
    places = {"last": rows // 20, "middle": rows // 80, "line": rows // 2}
    before, watch = memory_of(pid), Watch(pid)
    watch.start()
    for name, query in {"report": None, **READER}.items():
        end = "" if query is None else f"/examples?{query.format(**places)}"
        print(row(name, [ask(client, address + end) for _ in range(rounds)]))
    print(f"\nThe server's memory grew by {watch.stop() - before:.0f} MB meanwhile.\n")


def ask_in_turn(
    client: httpx2.Client, rows: str, enough: Callable[[int], bool]
) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {page: [] for page in MEANWHILE}
    count = 0
    while not enough(count):
        for page, taken in times.items():
            taken.append(ask(client, page.format(rows=rows)))
        count += 1
        time.sleep(0.02)
    return times


def compare_pages(client: httpx2.Client, rows: str, path: Path, rounds: int, pid: int) -> None:
    idle = ask_in_turn(client, rows, lambda count: count >= rounds)
    address, before = upload(client, path), memory_of(pid)
    started, watch = time.monotonic(), Watch(pid)
    watch.start()
    busy = ask_in_turn(client, rows, lambda n: n >= 2 and is_checked(client, address))
    seconds, grown = time.monotonic() - started, watch.stop() - before
    print("| page | median ms | p95 ms | slowest ms |\n|---|---|---|---|")
    for page in MEANWHILE:
        name = page.format(rows="version")
        print(row(f"{name}, idle", idle[page]), row(f"{name}, checking", busy[page]), sep="\n")
    size = path.stat().st_size / 1e6
    print(f"\n{size:.0f} MB checked in {seconds:.1f} s with pages asked for all the time;")
    print(f"server and check together grew by {grown:.0f} MB.")


def measure(folder: Path, rows: int, megabytes: int, rounds: int) -> None:
    many, large = folder / "rows.jsonl", folder / "chat.jsonl"
    make_many_rows(many, rows)
    make_chat_jsonl(large, megabytes)
    with (
        server(folder / "data") as process,
        httpx2.Client(base_url=BASE, headers=HEADERS) as client,
    ):
        sign_in(client)
        address = upload(client, many)
        started = time.monotonic()
        wait_for(lambda: is_checked(client, address))
        size, seconds = many.stat().st_size / 1e6, time.monotonic() - started
        print(f"{rows:,} rows, {size:.0f} MB: checked {seconds:.1f} s after the upload\n")
        read_rows(client, address, rows, rounds, process.pid)
        compare_pages(client, address, large, rounds, process.pid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--megabytes", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--small", action="store_true", help="50,000 rows, 30 MB, 5 rounds")
    chosen = parser.parse_args()
    sizes = (50_000, 30, 5) if chosen.small else (chosen.rows, chosen.megabytes, chosen.rounds)
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), *sizes)


if __name__ == "__main__":
    main()
