"""Whether the process lives, and whether it can do its work."""

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse

from app.web.deps import AppContext

router = APIRouter()


@router.get("/healthz")
def show_health() -> JSONResponse:
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
def show_readiness(context: AppContext) -> JSONResponse:
    checks = {"database": _database_answers(context), "storage": context.storage.root.is_dir()}
    ready = all(checks.values())
    return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503)


def _database_answers(context: AppContext) -> bool:
    try:
        with context.db.read() as session:
            session.connection().execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
