"""Setting up, signing in and out, people, one's own account."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access import service
from app.access.deps import SESSION_COOKIE, Admin, SomeActor, Viewer
from app.access.schemas import (
    AdminCreate,
    Credentials,
    PasswordChange,
    PasswordReset,
    RoleChange,
    UserCreate,
)
from app.core.actor import Role
from app.core.config import Settings
from app.core.text import N_
from app.web.deps import AppDatabase, AppSecrets, AppSettings, ReadSession, RowId, WriteSession
from app.web.forms import Form, PostedForm
from app.web.language import gettext
from app.web.render import cookie_path, redirect, render

router = APIRouter()


@router.get("/setup")
def show_setup(request: Request, session: ReadSession) -> Response:
    if service.has_users(session):
        return redirect(request, "/login")
    return render(request, "access/setup.html", form=Form())


@router.post("/setup")
def create_admin(
    request: Request,
    session: WriteSession,
    secrets: AppSecrets,
    settings: AppSettings,
    form: PostedForm,
) -> Response:
    user = form.submit(AdminCreate, partial(service.create_admin, session))
    if user is None:
        return render(request, "access/setup.html", status=422, form=form)
    token = service.start_session(
        session, secrets, user, days=settings.session_days, user_agent=_agent(request)
    )
    answer = redirect(request, "/")
    _remember(request, answer, token, settings)
    return answer


@router.get("/login")
def show_login(request: Request, session: ReadSession, actor: SomeActor) -> Response:
    if not service.has_users(session):
        return redirect(request, "/setup")
    return redirect(request, "/") if actor else render(request, "access/login.html", form=Form())


@router.post("/login")
def sign_in(
    request: Request,
    db: AppDatabase,
    secrets: AppSecrets,
    settings: AppSettings,
    form: PostedForm,
) -> Response:
    enter = partial(
        service.sign_in, db, secrets, days=settings.session_days, user_agent=_agent(request)
    )
    token = form.submit(Credentials, enter)
    if token is None:
        form.errors.setdefault("", gettext(N_("Name and password do not match.")))
        return render(request, "access/login.html", status=422, form=form)
    answer = redirect(request, "/")
    _remember(request, answer, token, settings)
    return answer


@router.post("/logout")
def sign_out(
    request: Request, session: WriteSession, secrets: AppSecrets, actor: Viewer
) -> Response:
    service.sign_out(session, secrets, actor, request.cookies[SESSION_COOKIE])
    answer = redirect(request, "/login")
    answer.delete_cookie(SESSION_COOKIE, path=cookie_path(request))
    return answer


@router.get("/users")
def list_users(request: Request, session: ReadSession, actor: Admin) -> Response:
    return render(request, "access/list.html", users=service.list_users(session), roles=Role)


@router.get("/users/new")
def new_user(request: Request, actor: Admin) -> Response:
    return render(request, "access/new.html", form=Form(), roles=Role)


@router.post("/users")
def create_user(
    request: Request, session: WriteSession, actor: Admin, form: PostedForm
) -> Response:
    user = form.submit(UserCreate, partial(service.create_user, session, actor))
    if user is None:
        return render(request, "access/new.html", status=422, form=form, roles=Role)
    return redirect(request, "/users", flash=N_("{name} can sign in now."), name=user.name)


@router.get("/users/{user_id}")
def show_user(request: Request, session: ReadSession, actor: Admin, user_id: RowId) -> Response:
    user = service.get_user(session, user_id)
    return render(request, "access/show.html", user=user, form=Form(), roles=Role)


@router.post("/users/{user_id}/role")
def change_role(
    request: Request, session: WriteSession, actor: Admin, user_id: RowId, form: PostedForm
) -> Response:
    user = form.submit(RoleChange, partial(service.change_role, session, actor, user_id))
    if user is None:
        return _show_again(request, session, user_id, form)
    return redirect(request, f"/users/{user_id}", flash=N_("The role was changed."))


@router.post("/users/{user_id}/password")
def reset_password(
    request: Request, session: WriteSession, actor: Admin, user_id: RowId, form: PostedForm
) -> Response:
    user = form.submit(PasswordReset, partial(service.reset_password, session, actor, user_id))
    if user is None:
        return _show_again(request, session, user_id, form)
    return redirect(request, f"/users/{user_id}", flash=N_("The password was changed."))


@router.post("/users/{user_id}/retire")
def retire_user(request: Request, session: WriteSession, actor: Admin, user_id: RowId) -> Response:
    user = service.retire_user(session, actor, user_id)
    sentence = N_("{name} can no longer sign in.")
    return redirect(request, f"/users/{user_id}", flash=sentence, name=user.name)


@router.post("/users/{user_id}/restore")
def restore_user(request: Request, session: WriteSession, actor: Admin, user_id: RowId) -> Response:
    user = service.restore_user(session, actor, user_id)
    sentence = N_("{name} can sign in again.")
    return redirect(request, f"/users/{user_id}", flash=sentence, name=user.name)


@router.get("/account")
def show_account(request: Request, actor: Viewer) -> Response:
    return render(request, "access/account.html", form=Form())


@router.post("/account/password")
def change_password(
    request: Request, session: WriteSession, actor: Viewer, form: PostedForm
) -> Response:
    user = form.submit(PasswordChange, partial(service.change_password, session, actor))
    if user is None:
        return render(request, "access/account.html", status=422, form=form)
    sentence = N_("The password was changed. Sign in with the new one.")
    return redirect(request, "/login", flash=sentence)


def _show_again(request: Request, session: WriteSession, user_id: RowId, form: Form) -> Response:
    """The person's page with what is wrong beside the fields."""
    user = service.get_user(session, user_id)
    return render(request, "access/show.html", status=422, user=user, form=form, roles=Role)


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _remember(request: Request, answer: Response, token: str, settings: Settings) -> None:
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=settings.session_days * 86_400,
        httponly=True,
        samesite="lax",
        secure=settings.https_only,
        path=cookie_path(request),
    )
