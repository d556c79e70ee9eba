"""Where a person goes on after sending a file."""

from starlette.requests import Request
from starlette.responses import Response

from app.datasets.models import DatasetVersion
from app.datasets.service import get_dataset
from app.datasets.version_pages import path_of
from app.imports.models import Import
from app.web.deps import WriteSession
from app.web.forms import Form
from app.web.render import render


def path_of_received(received: Import | DatasetVersion) -> str:
    return f"/imports/{received.id}" if isinstance(received, Import) else path_of(received)


def show_refused(request: Request, session: WriteSession, form: Form, limit: int) -> Response:
    """The page that the file was sent from, with what is wrong."""
    dataset_id = form.values.get("dataset_id", "")
    if not dataset_id.isdecimal():
        return render(request, "datasets/new.html", status=422, form=form, limit=limit)
    dataset = get_dataset(session, int(dataset_id))
    page = "datasets/new_version.html"
    return render(request, page, status=422, form=form, limit=limit, dataset=dataset)
