"""What can be taken home of an import: the file as sent, rows left out, the mapping."""

from functools import partial

from fastapi import APIRouter
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse

from app.access.deps import Editor, Viewer
from app.core.errors import Invalid, NotFound
from app.imports import service
from app.imports.left_out_csv import write_csv
from app.imports.models import Import
from app.imports.schemas import MappingDraft
from app.imports.starting import mapping_text
from app.web.deps import AppStorage, ReadSession, RowId
from app.web.forms import PostedForm

router = APIRouter(prefix="/imports/{import_id}")


@router.get("/source")
def download_source(
    session: ReadSession, storage: AppStorage, actor: Viewer, import_id: RowId
) -> Response:
    """The bytes as they were sent."""
    row = service.get_import(session, import_id)
    path = storage.path(row.sha256)
    return FileResponse(path, filename=row.filename, media_type="application/octet-stream")


@router.get("/left-out")
def download_left_out(
    session: ReadSession, storage: AppStorage, actor: Viewer, import_id: RowId
) -> Response:
    """The rows that did not become examples, as JSON lines with the reasons."""
    row = service.get_import(session, import_id)
    path = storage.path(_left_out_of(row))
    name = f"left-out-{row.id}.jsonl"
    return FileResponse(path, filename=name, media_type="application/jsonl")


@router.get("/left-out.csv")
def download_left_out_csv(
    session: ReadSession, storage: AppStorage, actor: Viewer, import_id: RowId
) -> Response:
    """The same for a spreadsheet: a column for each of the file's, and no cell is a formula."""
    row = service.get_import(session, import_id)
    lines = write_csv(storage.path(_left_out_of(row)))
    headers = {"content-disposition": f'attachment; filename="left-out-{row.id}.csv"'}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/mapping.yaml")
def download_mapping(session: ReadSession, actor: Viewer, import_id: RowId) -> Response:
    """For the command line: `tuneboard import FILE --mapping mapping.yaml`."""
    return _yaml(mapping_text(service.get_import(session, import_id)))


@router.post("/mapping.yaml")
def write_mapping(
    session: ReadSession, actor: Editor, import_id: RowId, form: PostedForm
) -> Response:
    """The mapping as it stands in the form; nothing is kept."""
    text = form.submit(MappingDraft, partial(mapping_text, service.get_import(session, import_id)))
    if text is None:
        raise Invalid("The mapping cannot be written: look at what is said beside its fields.")
    return _yaml(text)


def _left_out_of(row: Import) -> str:
    if row.left_out_sha256 is None:
        raise NotFound("No rows were left out.")
    return row.left_out_sha256


def _yaml(text: str) -> Response:
    headers = {"content-disposition": 'attachment; filename="mapping.yaml"'}
    return PlainTextResponse(text, media_type="application/yaml", headers=headers)
