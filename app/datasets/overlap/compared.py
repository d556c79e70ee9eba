"""A comparison with everything that is kept of it: in this process, or in one of its own."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from app.datasets.check_children import CheckDied, start_child
from app.datasets.example_index import ExampleIndex
from app.datasets.overlap.comparing import (
    Compared,
    ComparisonCancelled,
    Progress,
    compare_groups,
    compare_texts,
)
from app.datasets.overlap.keys import Side
from app.datasets.overlap.pairs_file import write_pairs


@dataclass(frozen=True, slots=True)
class CompareOrder:
    """What to compare, and where the pairs go. Without `group_path` the texts."""

    path: Path
    index_path: Path
    against_path: Path
    against_index_path: Path
    pairs_path: Path
    group_path: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {key: str(value) for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        paths = {key: Path(value) for key, value in data.items() if key != "group_path"}
        return cls(group_path=data["group_path"], **paths)


@dataclass(frozen=True, slots=True)
class OverlapReport:
    """Figures of what was found; the rows themselves are in the file of the pairs."""

    counts: dict[str, int]
    affected_count: int
    compared_count: int
    different_count: int

    @classmethod
    def of(cls, compared: Compared) -> Self:
        return cls(
            counts={kind.value: len(pairs) for kind, pairs in compared.pairs.items()},
            affected_count=compared.affected_count,
            compared_count=compared.compared_count,
            different_count=compared.different_count,
        )


Compare = Callable[[CompareOrder, Progress], OverlapReport]


def compare_here(order: CompareOrder, progress: Progress) -> OverlapReport:
    with order.path.open("rb") as stream, order.against_path.open("rb") as other:
        version = Side(stream, ExampleIndex.open(order.index_path))
        against = Side(other, ExampleIndex.open(order.against_index_path))
        if order.group_path:
            compared = compare_groups(version, against, order.group_path, progress)
        else:
            compared = compare_texts(version, against, progress)
    write_pairs(order.pairs_path, compared.pairs)
    return OverlapReport.of(compared)


def compare_in_child(order: CompareOrder, progress: Progress) -> OverlapReport:
    """The server's own process only listens."""
    with start_child({"do": "compare"} | order.to_dict()) as said:
        for word in said:
            if "compared" in word:
                return OverlapReport(**word["compared"])
            if not progress(word["bytes"], word["rows"]):
                raise ComparisonCancelled
    raise CheckDied("a process of the comparison said nothing")
