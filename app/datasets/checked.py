"""A check with everything a version keeps of it: in this process, or in one of its own."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from app.datasets.check_children import CheckDied, start_child
from app.datasets.example_index import ExampleIndex
from app.datasets.highlights import Highlight, count_affected, gather_highlights
from app.datasets.report import Report
from app.datasets.validation import CheckCancelled, Progress, check_file


@dataclass(frozen=True, slots=True)
class CheckOrder:
    """What to check, and where the index goes."""

    path: Path
    index_path: Path
    max_line_bytes: int
    processes: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"path": str(self.path), "index_path": str(self.index_path)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        paths = {"path": Path(data["path"]), "index_path": Path(data["index_path"])}
        return cls(**data | paths)


@dataclass(frozen=True, slots=True)
class Checked:
    report: Report
    highlights: dict[str, Highlight]
    affected_count: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        highlights = {
            rule: Highlight.from_dict(highlight) for rule, highlight in data["highlights"].items()
        }
        return cls(Report.from_dict(data["report"]), highlights, data["affected_count"])


Check = Callable[[CheckOrder, Progress], Checked]


def check_here(order: CheckOrder, progress: Progress) -> Checked:
    report = check_file(
        order.path,
        index_path=order.index_path,
        max_line_bytes=order.max_line_bytes,
        progress=progress,
        processes=order.processes,
    )
    index = ExampleIndex.open(order.index_path)
    with order.path.open("rb") as stream:
        highlights = gather_highlights(stream, index, report)
    return Checked(report, highlights, count_affected(index, report))


def check_in_child(order: CheckOrder, progress: Progress) -> Checked:
    """The server's own process only listens."""
    with start_child({"do": "check"} | order.to_dict()) as said:
        for word in said:
            if "checked" in word:
                return Checked.from_dict(word["checked"])
            if not progress(word["bytes"], word["rows"]):
                raise CheckCancelled
    raise CheckDied("a process of the check said nothing")
