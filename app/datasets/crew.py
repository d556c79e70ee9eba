"""Parts of a check written by this process, or shared among some beside it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from app.datasets.check_children import start_child
from app.datasets.parts import Part, PartFolder, Tell, write_parts
from app.datasets.planning import Plan


def share_parts(
    path: Path, plan: Plan, folder: PartFolder, missing: list[Part], tell: Tell, processes: int
) -> None:
    """`tell` is called in the thread of the caller; what it raises ends all of it."""
    if min(processes, len(missing)) <= 1:
        write_parts(path, plan, folder, missing, tell)
    else:
        shares = [missing[number::processes] for number in range(processes)]
        orders = [_order(path, plan, folder, share) for share in shares if share]
        for bytes_done, rows in _work(orders):
            tell(bytes_done, rows)


def _order(path: Path, plan: Plan, folder: PartFolder, share: list[Part]) -> dict[str, Any]:
    return {
        "do": "parts",
        "path": str(path),
        "plan": plan.to_dict(),
        "folder": str(folder.path),
        "parts": [[part.number, part.start, part.end] for part in share],
    }


def _work(orders: list[dict[str, Any]]) -> Iterator[tuple[int, int]]:
    """What the processes tell, as it comes; they are ended when the caller is."""
    told: SimpleQueue[Any] = SimpleQueue()
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(orders), "check-parts"))
        children = [stack.enter_context(start_child(order)) for order in orders]
        futures = [pool.submit(_listen, child, told) for child in children]
        for _ in futures:
            while (said := told.get()) is not None:
                yield said["bytes"], said["rows"]
        for future in futures:
            future.result()


def _listen(child: Iterator[Any], told: "SimpleQueue[Any]") -> None:
    try:
        for said in child:
            told.put(said)
    finally:
        told.put(None)
