"""The report as one HTML file that needs nothing else: no script, no address, no font."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from markupsafe import Markup
from sqlmodel import Session

from app.core.clock import now
from app.core.config import resource_dir
from app.core.errors import NotFound
from app.core.storage import Storage
from app.datasets.checking import open_index
from app.datasets.deep.pages import AlikeView, view_alike
from app.datasets.deep.rows import find_rows
from app.datasets.report_pages import FindingView, ReportView, view_report
from app.datasets.reporting import RowsOf, finding_lines
from app.datasets.version_pages import ShownVersion

FILE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox"
)
MOST_LINES = 200
STYLES = ("tokens.css", "report-file.css")


@dataclass(frozen=True, slots=True)
class FileFinding:
    """`lines` are the first MOST_LINES."""

    view: FindingView
    lines: tuple[int, ...]

    @property
    def left_out(self) -> int:
        return max(0, self.view.finding.count - len(self.lines)) if self.lines else 0


@dataclass(frozen=True, slots=True)
class ReportFile:
    name: str
    report: ReportView
    findings: tuple[FileFinding, ...]
    alike: AlikeView | None
    styles: Markup
    policy: str
    made_at: datetime


def view_report_file(
    session: Session, storage: Storage, shown: ShownVersion, profile_name: str
) -> ReportFile:
    """Raises NotFound while the version waits for its check."""
    version = shown.version
    report = view_report(session, version, profile_name=profile_name)
    index = open_index(storage, version)
    if report is None or index is None or not version.status.is_checked:
        raise NotFound("The version is not checked yet.")
    rows_of = partial(find_rows, storage, version, index)
    return ReportFile(
        name=f"report-{version.dataset_id}-{version.number}.html",
        report=report,
        findings=tuple(_with_lines(view, rows_of) for view in report.findings),
        alike=view_alike(session, version),
        styles=_styles(),
        policy=FILE_POLICY.removesuffix("; sandbox"),
        made_at=now(),
    )


def _with_lines(view: FindingView, rows_of: RowsOf) -> FileFinding:
    lines = finding_lines(rows_of, view.finding, 0, MOST_LINES) if view.can_browse else []
    return FileFinding(view, tuple(lines))


@cache
def _styles() -> Markup:
    """Our own style sheets as they are: trusted, and without anything that leads elsewhere."""
    folder = Path(resource_dir("static")) / "css"
    text = "\n".join((folder / name).read_text(encoding="utf-8") for name in STYLES)
    return Markup(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))  # noqa: S704 - our own files
