"""What pages of a version show about the file it was imported from."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlmodel import Session

from app.core.storage import Storage
from app.datasets.imports.conversion import row_map
from app.datasets.service import get_version
from app.imports.converting import row_map_of
from app.imports.pages import ImportView, view_import
from app.imports.service import find_import_of
from app.web.forms import Form

MOST_LINES = 200


class SourceRowOf(NamedTuple):
    """A line of the version, the row of data it came from, and where that row starts."""

    line: int
    row: int
    source_line: int


def view_lineage(session: Session, version_id: int) -> ImportView | None:
    found = find_import_of(session, version_id)
    return view_import(session, found, Form()) if found else None


def list_source_rows(
    session: Session, storage: Storage, version_id: int, lines: str
) -> Sequence[SourceRowOf]:
    """`lines` are numbers with commas between; those that are not there are passed over."""
    version = get_version(session, version_id)
    found = find_import_of(session, version_id)
    if found is None:
        return []
    try:
        places = row_map(row_map_of(storage, version, found.id or 0))
    except FileNotFoundError:
        return []
    wanted = [int(each) for each in lines.split(",")[:MOST_LINES] if each.isdecimal()]
    return [
        SourceRowOf(line, int(places[line - 1][0]), int(places[line - 1][1]))
        for line in wanted
        if 0 < line <= len(places)
    ]
