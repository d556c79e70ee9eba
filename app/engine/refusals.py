"""Refusals with OpenAI's status, type, code and sentence."""

BROKEN = "The server had an error while processing your request. Sorry about that!"


class ApiError(Exception):
    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "type": kind, "param": param, "code": code}
        self.headers = headers


def bad_request(message: str, *, param: str | None = None, code: str | None = None) -> ApiError:
    return ApiError(400, message, param=param, code=code)


def server_error(
    status: int = 500, retry_after: int | None = None, message: str = BROKEN
) -> ApiError:
    return ApiError(status, message, kind="server_error", headers=_retry_after(retry_after))


def too_many_requests(message: str, retry_after: int | None) -> ApiError:
    """retry_after in seconds."""
    headers = _retry_after(retry_after)
    return ApiError(429, message, code="rate_limit_exceeded", kind="requests", headers=headers)


def _retry_after(seconds: int | None) -> dict[str, str] | None:
    return None if seconds is None else {"retry-after": str(seconds)}
