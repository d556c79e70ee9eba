"""Refusals: raised by services, turned into a page, a partial or JSON at the edge.

The sentence is a message id with `{name}` places, so the edge can say it in the reader's language.
"""

from http import HTTPStatus


class DomainError(Exception):
    status: HTTPStatus = HTTPStatus.BAD_REQUEST
    code: str = "bad_request"

    def __init__(self, sentence: str, **params: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.params = params

    @property
    def message(self) -> str:
        return self.sentence.format(**self.params)

    def __str__(self) -> str:
        return self.message


class NotFound(DomainError):
    status = HTTPStatus.NOT_FOUND
    code = "not_found"


class Forbidden(DomainError):
    status = HTTPStatus.FORBIDDEN
    code = "forbidden"


class Conflict(DomainError):
    status = HTTPStatus.CONFLICT
    code = "conflict"


class TooLarge(DomainError):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "too_large"


class NoRoom(DomainError):
    status = HTTPStatus.INSUFFICIENT_STORAGE
    code = "no_room"


class TooManyAttempts(DomainError):
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_attempts"


class Unreachable(DomainError):
    status = HTTPStatus.BAD_GATEWAY
    code = "unreachable"


class Invalid(DomainError):
    """Input that cannot be accepted; `field` names the input it belongs to."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid"

    def __init__(self, sentence: str, *, field: str | None = None, **params: object) -> None:
        super().__init__(sentence, **params)
        self.field = field
