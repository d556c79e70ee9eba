"""Tuneboard's report of a chat dataset: `report_by_tuneboard.py FILE ENCODING` prints figures.

All of it: rules, example index, tokens, histograms, labels, repeated rows and cost.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.datasets.validation import check_file


def report(path: Path, encoding_name: str) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        done = check_file(path, index_path=Path(folder) / "index", encoding=encoding_name)
    done.cost()
    errors = sum(found.count for found in done.findings if found.severity == "error")
    statistics = asdict(done.statistics)
    del statistics["encoding"], statistics["over_limit"]
    return {"examples": done.examples, "errors": errors} | statistics


if __name__ == "__main__":
    print(json.dumps(report(Path(sys.argv[1]), sys.argv[2])))
