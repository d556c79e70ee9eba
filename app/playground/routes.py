"""The playground: a prompt to up to four models at once."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access.deps import Editor, Viewer
from app.playground import service
from app.playground.asking import answer_whole
from app.playground.live_answers import AnswerStream
from app.playground.pages import history_of, read_columns, show_playground, show_refused
from app.playground.schemas import PromptSend
from app.web.deps import AppContext, AppStorage, ReadSession
from app.web.forms import PostedForm
from app.web.render import is_partial, redirect, render

router = APIRouter(prefix="/playground")


@router.get("")
def show_page(
    request: Request, session: ReadSession, storage: AppStorage, actor: Viewer
) -> Response:
    page = show_playground(session, storage, request.query_params)
    return render(request, "playground/show.html", page=page)


@router.get("/history")
def show_history(request: Request, session: ReadSession, actor: Viewer) -> Response:
    return render(request, "playground/_history.html", history=history_of(session))


@router.post("")
def send_prompt(request: Request, context: AppContext, actor: Editor, form: PostedForm) -> Response:
    """The answers as they come; for a plain form the page with all of them."""
    columns = read_columns(form)
    send = partial(service.send_prompt, context, actor, columns)
    exchange = form.submit(PromptSend, send)
    if exchange is None:
        with context.db.read() as session:
            page = show_refused(session, context.storage, form)
        template = "refuse.partials.html" if is_partial(request) else "show.html"
        return render(request, f"playground/{template}", status=422, page=page)
    if is_partial(request):
        return AnswerStream(request, context, exchange)
    answer_whole(context, exchange.id or 0)
    return redirect(request, f"/playground?exchange={exchange.id}")
