"""`tuneboard import`: what the import pages do, for a terminal or a pipeline."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import orjson
from pydantic import ValidationError

from app.core.errors import DomainError, Invalid
from app.datasets.command import ERRORS, UNREADABLE, VALID
from app.datasets.imports.command_tables import report_lines, show_lines
from app.datasets.imports.conversion import Conversion, convert
from app.datasets.imports.left_out import write_left_out
from app.datasets.imports.mapping import Mapping
from app.datasets.imports.mapping_files import read_mapping
from app.datasets.imports.options import SourceOptions
from app.datasets.imports.preview import preview
from app.datasets.imports.recognition import Recognition
from app.datasets.imports.rendering import MappingRefused
from app.datasets.imports.sources import Source, open_source
from app.datasets.imports.suggestion import suggest_mapping

PREVIEW_ROWS = 3


def import_file(
    path: Path,
    *,
    mapping_path: Path | None = None,
    out_path: Path | None = None,
    left_out_path: Path | None = None,
    given: dict[str, Any] | None = None,
    as_json: bool = False,
    out: TextIO | None = None,
) -> int:
    """Without `out_path` it shows what would be made. Returns the exit code.

    `given` are fields of SourceOptions; what is None is recognised.

    0 every row became an example or was asked to be left out, 1 rows have problems or the
    mapping does not fit, 2 unreadable.
    """
    stream = out or sys.stdout
    try:
        document, lines, code = _import(path, mapping_path, out_path, left_out_path, given or {})
    except (DomainError, OSError) as error:
        message = error.message if isinstance(error, DomainError) else f"{error.strerror or error}"
        document, lines, code = {"error": message}, iter([f"  {message}\n"]), UNREADABLE
    if as_json:
        stream.write(orjson.dumps({"file": str(path), "code": code} | document).decode() + "\n")
    else:
        stream.write(f"{path}\n")
        stream.writelines(lines)
    return code


Outcome = tuple[dict[str, Any], Iterator[str], int]


def _import(
    path: Path,
    mapping_path: Path | None,
    out_path: Path | None,
    left_out_path: Path | None,
    given: dict[str, Any],
) -> Outcome:
    saved = read_mapping(mapping_path.read_bytes()) if mapping_path else None
    options = _merge(saved.source if saved else SourceOptions(), given)
    with open_source(path, options=options) as source:
        mapping = saved or suggest_mapping(source.recognition)
        if out_path is None:
            return _show(source, mapping, is_suggested=saved is None)
        try:
            done = convert(source, mapping, out_path)
        except MappingRefused:
            return _show(source, mapping, is_suggested=saved is None)
        if left_out_path is not None:
            write_left_out(source, done.left_out, left_out_path)
        return _report(source, done)


def _merge(saved: SourceOptions, given: dict[str, Any]) -> SourceOptions:
    """What is said on the command line wins over what the mapping says."""
    said = {name: value for name, value in given.items() if value is not None}
    try:
        return SourceOptions.model_validate(saved.model_dump() | said)
    except ValidationError as error:
        raise Invalid("This cannot be asked for: {problem}",
                      problem=_problem_of(error)) from error  # fmt: skip


def _problem_of(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _show(source: Source, mapping: Mapping, *, is_suggested: bool) -> Outcome:
    shown = preview(source, mapping, PREVIEW_ROWS)
    document = {
        "recognition": _recognition_json(source.recognition),
        "mapping": mapping.model_dump(mode="json", exclude_defaults=True),
        "is_suggested": is_suggested,
        "problems": [
            {"field": each.field, "position": each.position, "message": each.message}
            for each in shown.problems
        ],
        "preview": [
            {
                "row": each.row.number,
                "source": each.row.values,
                "example": each.example,
                "reason": each.reason.message if each.reason else None,
            }
            for each in shown.rows
        ],
    }
    code = ERRORS if shown.problems else VALID
    return document, show_lines(shown, mapping, is_suggested=is_suggested), code


def _report(source: Source, done: Conversion) -> Outcome:
    document = {
        "recognition": _recognition_json(source.recognition),
        "rows": done.rows,
        "examples": done.examples,
        "outputs": [
            {"file": str(each.path), "row_map": str(each.row_map), "examples": each.examples,
             "bytes": each.size, "without_system": each.is_without_system}
            for each in done.outputs
        ],
        "left_out": [
            {"reason": reason.id, "message": reason.message, "is_problem": reason.is_problem,
             "count": count, "rows": done.left_out.rows_of(reason)}
            for reason, count in done.left_out.counts.items()
        ],
    }  # fmt: skip
    code = ERRORS if done.has_problems or not done.examples else VALID
    return document, report_lines(source.recognition, done), code


def _recognition_json(found: Recognition) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "shape": found.shape,
        "confidence": found.confidence,
        "encoding": found.encoding.name if found.encoding else None,
        "separator": found.separator,
        "header_row": found.header_row,
        "sheets": found.sheets,
        "sheet": found.sheet,
        "members": found.members,
        "member": found.member,
        "columns": [
            {"name": each.name, "type": each.type, "examples": each.examples}
            for each in found.columns
        ],
        "remarks": [remark.message for remark in found.remarks],
    }
