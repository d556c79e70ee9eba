"""The audit trail as a page. It lives here because audit, the lowest feature, knows no roles."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.access.deps import Admin
from app.audit.labels import DETAIL_LABELS
from app.audit.service import list_entries
from app.web.deps import LARGEST_ID, ReadSession
from app.web.render import render

router = APIRouter()
PAGE_SIZE = 50
Before = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]


@router.get("/audit")
def list_audit_entries(
    request: Request, session: ReadSession, actor: Admin, before: Before = None
) -> Response:
    entries = list_entries(session, before_id=before, limit=PAGE_SIZE + 1)
    older = entries[PAGE_SIZE - 1].id if len(entries) > PAGE_SIZE else None
    shown: dict[str, Any] = {"entries": entries[:PAGE_SIZE], "older": older}
    return render(request, "audit/list.html", **shown, detail_labels=DETAIL_LABELS)
