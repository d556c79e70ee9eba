"""Datasets: the list, a new one, its versions."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.deps import Editor, Viewer
from app.core.text import N_
from app.datasets import samples, service
from app.datasets.deps import PageNumber, ReceivedUpload
from app.datasets.listing import list_datasets as list_page
from app.datasets.schemas import DatasetCreate, DatasetRename, VersionUpload
from app.datasets.uses import count_uses, count_uses_of_datasets
from app.datasets.version_pages import path_of
from app.web.deps import AppSettings, AppStorage, ReadSession, RowId, WriteSession
from app.web.forms import Form, PostedForm
from app.web.render import redirect, render

router = APIRouter(prefix="/datasets")


@router.get("")
def list_datasets(
    request: Request, session: ReadSession, actor: Viewer, q: str = "", page: PageNumber = 1
) -> Response:
    found = list_page(session, q, page)
    return render(request, "datasets/list.html", found=found, q=q)


@router.get("/new")
def new_dataset(request: Request, settings: AppSettings, actor: Editor) -> Response:
    return render(request, "datasets/new.html", form=Form(), limit=settings.upload_limit_bytes)


@router.post("")
def create_dataset(
    request: Request,
    upload: ReceivedUpload,
    session: WriteSession,
    settings: AppSettings,
    actor: Editor,
) -> Response:
    create = partial(service.create_dataset, session, actor, file=upload.file)
    version = upload.form.submit(DatasetCreate, create)
    if version is None:
        limit = settings.upload_limit_bytes
        return render(request, "datasets/new.html", status=422, form=upload.form, limit=limit)
    return redirect(request, path_of(version))


@router.post("/sample")
def load_sample(
    request: Request, session: WriteSession, storage: AppStorage, actor: Editor
) -> Response:
    return redirect(request, path_of(samples.load_sample(session, storage, actor)))


@router.get("/{dataset_id}")
def show_dataset(
    request: Request, session: ReadSession, actor: Viewer, dataset_id: RowId
) -> Response:
    return _show(request, session, dataset_id, Form())


@router.post("/{dataset_id}/rename")
def rename_dataset(
    request: Request, session: WriteSession, actor: Editor, dataset_id: RowId, form: PostedForm
) -> Response:
    rename = partial(service.rename_dataset, session, actor, dataset_id)
    if form.submit(DatasetRename, rename) is None:
        return _show(request, session, dataset_id, form, status=422)
    return redirect(request, f"/datasets/{dataset_id}", flash=N_("The dataset was renamed."))


@router.post("/{dataset_id}/delete")
def delete_dataset(
    request: Request, session: WriteSession, storage: AppStorage, actor: Editor, dataset_id: RowId
) -> Response:
    service.delete_dataset(session, storage, actor, dataset_id)
    return redirect(request, "/datasets", flash=N_("The dataset was deleted."))


@router.get("/{dataset_id}/versions/new")
def new_version(
    request: Request, session: ReadSession, settings: AppSettings, actor: Editor, dataset_id: RowId
) -> Response:
    return _new_version(request, session, settings, dataset_id, Form())


@router.post("/{dataset_id}/versions")
def upload_version(
    request: Request,
    upload: ReceivedUpload,
    session: WriteSession,
    settings: AppSettings,
    actor: Editor,
    dataset_id: RowId,
) -> Response:
    version = upload.form.submit(
        VersionUpload, lambda _: service.upload_version(session, actor, dataset_id, upload.file)
    )
    if version is None:
        return _new_version(request, session, settings, dataset_id, upload.form, status=422)
    return redirect(request, path_of(version))


def _show(
    request: Request, session: ReadSession, dataset_id: RowId, form: Form, status: int = 200
) -> Response:
    versions = service.list_versions(session, dataset_id)
    return render(
        request,
        "datasets/show.html",
        status=status,
        dataset=service.get_dataset(session, dataset_id),
        versions=versions,
        uses=count_uses(session, [version.id or 0 for version in versions]),
        dataset_uses=count_uses_of_datasets(session, [dataset_id])[dataset_id],
        form=form,
    )


def _new_version(
    request: Request,
    session: ReadSession,
    settings: AppSettings,
    dataset_id: RowId,
    form: Form,
    status: int = 200,
) -> Response:
    dataset = service.get_dataset(session, dataset_id)
    limit = settings.upload_limit_bytes
    page = "datasets/new_version.html"
    return render(request, page, status=status, dataset=dataset, form=form, limit=limit)
