"""Pages and commands of connections."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.deps import Admin, Editor, Viewer
from app.connections import service
from app.connections.schemas import ConnectionCreate, ConnectionUpdate
from app.core.text import N_
from app.web.deps import AppContext, AppSecrets, AppSettings, ReadSession, RowId, WriteSession
from app.web.forms import Form, PostedForm
from app.web.render import is_partial, redirect, render

router = APIRouter(prefix="/connections")


@router.get("")
def list_connections(request: Request, session: ReadSession, actor: Viewer) -> Response:
    connections = service.list_connections(session)
    return render(request, "connections/list.html", connections=connections)


@router.get("/new")
def new_connection(request: Request, actor: Admin) -> Response:
    return render(request, "connections/new.html", form=Form(), profiles=service.list_profiles())


@router.post("")
def create_connection(
    request: Request,
    session: WriteSession,
    secrets: AppSecrets,
    settings: AppSettings,
    actor: Admin,
    form: PostedForm,
) -> Response:
    create = partial(service.create_connection, session, secrets, settings, actor)
    connection = form.submit(ConnectionCreate, create)
    if connection is None:
        profiles = service.list_profiles()
        return render(request, "connections/new.html", status=422, form=form, profiles=profiles)
    sentence = N_("{name} was added. Test it to see what works.")
    path = f"/connections/{connection.id}"
    return redirect(request, path, flash=sentence, name=connection.name)


@router.get("/{connection_id}")
def show_connection(
    request: Request, session: ReadSession, actor: Viewer, connection_id: RowId
) -> Response:
    connection = service.get_connection(session, connection_id)
    return render(request, "connections/show.html", connection=connection)


@router.get("/{connection_id}/edit")
def edit_connection(
    request: Request, session: ReadSession, actor: Admin, connection_id: RowId
) -> Response:
    connection = service.get_changeable_connection(session, connection_id)
    return render(request, "connections/edit.html", connection=connection, form=Form())


@router.post("/{connection_id}")
def update_connection(
    request: Request,
    session: WriteSession,
    secrets: AppSecrets,
    settings: AppSettings,
    actor: Admin,
    connection_id: RowId,
    form: PostedForm,
) -> Response:
    update = partial(service.update_connection, session, secrets, settings, actor, connection_id)
    connection = form.submit(ConnectionUpdate, update)
    if connection is None:
        known = service.get_connection(session, connection_id)
        return render(request, "connections/edit.html", status=422, connection=known, form=form)
    return redirect(request, f"/connections/{connection_id}", flash=N_("The changes were saved."))


@router.post("/{connection_id}/test")
def test_connection(
    request: Request, context: AppContext, actor: Editor, connection_id: RowId
) -> Response:
    connection = service.test_connection(context, actor, connection_id)
    if not is_partial(request):
        return redirect(request, f"/connections/{connection_id}")
    return render(request, "connections/test.partials.html", connection=connection)


@router.get("/{connection_id}/models")
def show_models(
    request: Request, session: ReadSession, actor: Viewer, connection_id: RowId
) -> Response:
    connection = service.get_connection(session, connection_id)
    return render(request, "connections/_models.html", connection=connection)


@router.post("/{connection_id}/models")
def refresh_models(
    request: Request, session: WriteSession, actor: Editor, connection_id: RowId
) -> Response:
    connection = service.refresh_models(session, actor, connection_id)
    if not is_partial(request):
        return redirect(request, f"/connections/{connection_id}")
    return render(request, "connections/refresh_models.partials.html", connection=connection)


@router.post("/{connection_id}/retire")
def retire_connection(
    request: Request, session: WriteSession, actor: Admin, connection_id: RowId
) -> Response:
    connection = service.retire_connection(session, actor, connection_id)
    sentence = N_("{name} is retired. What it brought stays.")
    path = f"/connections/{connection_id}"
    return redirect(request, path, flash=sentence, name=connection.name)


@router.post("/{connection_id}/restore")
def restore_connection(
    request: Request, session: WriteSession, actor: Admin, connection_id: RowId
) -> Response:
    connection = service.restore_connection(session, actor, connection_id)
    path = f"/connections/{connection_id}"
    return redirect(request, path, flash=N_("{name} is in use again."), name=connection.name)
