"""Trouble on purpose, by a seeded plan, for people who test clients."""

import asyncio
import random
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.engine.refusals import ApiError, server_error, too_many_requests

CUT_LENGTH = b"1000"


class BadPlan(Exception):
    """A plan that cannot be read, with a sentence that says where."""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(Part):
    """Which requests are hit: any method and path unless told, `times` of them at most."""

    method: str = "*"
    path: str = "*"
    chance: Annotated[float, Field(gt=0, le=1)] = 1.0
    times: Annotated[int, Field(ge=1)] | None = None

    def fits(self, scope: Scope) -> bool:
        return fnmatchcase(scope["method"], self.method.upper()) and fnmatchcase(
            scope["path"], self.path
        )


class Delay(Rule):
    do: Literal["delay"]
    seconds: tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0, le=600)]]

    @model_validator(mode="after")
    def check_order(self) -> Self:
        if self.seconds[0] > self.seconds[1]:
            raise ValueError("seconds is [least, most]")
        return self


class Refuse(Rule):
    do: Literal["refuse"]
    status: Literal[429, 500, 502, 503] = 500
    retry_after: Annotated[int, Field(ge=1)] | None = None


class Drop(Rule):
    """The connection closes in the middle of the answer, before or after the request was done."""

    do: Literal["drop"]
    when: Literal["before", "after"] = "before"


class RepeatPage(Rule):
    """A list answers its first page whatever the cursor says."""

    do: Literal["repeat_page"]
    method: str = "GET"


class ChaosPlan(Part):
    seed: int = 0
    rule: list[Annotated[Delay | Refuse | Drop | RepeatPage, Field(discriminator="do")]]


def read_plan(path: Path) -> ChaosPlan:
    """Raises BadPlan."""
    try:
        return ChaosPlan.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadPlan(f"{path}: {where}: {first['msg']}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadPlan(f"{path}: {error}") from None


class Chaos:
    """Each rule draws from its own source of chance, in the order its requests come."""

    def __init__(self, app: ASGIApp, plan: ChaosPlan) -> None:
        self._app = app
        self._rules = plan.rule
        self._chances = [
            random.Random(f"{plan.seed}/{at}")  # noqa: S311
            for at in range(len(plan.rule))
        ]
        self._hits = [0] * len(plan.rule)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        for index, rule in enumerate(self._rules):
            if not self._strikes(index, rule, scope):
                continue
            match rule:
                case Delay():
                    await asyncio.sleep(self._chances[index].uniform(*rule.seconds))
                case RepeatPage():
                    scope = {**scope, "query_string": without_cursor(scope["query_string"])}
                case Refuse():
                    await refusal(rule)(scope, receive, send)
                    return
                case Drop():
                    await self._drop(rule, scope, receive, send)
                    return
        await self._app(scope, receive, send)

    def _strikes(self, index: int, rule: Rule, scope: Scope) -> bool:
        if not rule.fits(scope) or (rule.times is not None and self._hits[index] >= rule.times):
            return False
        if self._chances[index].random() >= rule.chance:
            return False
        self._hits[index] += 1
        return True

    async def _drop(self, rule: Drop, scope: Scope, receive: Receive, send: Send) -> None:
        if rule.when == "after":
            await self._app(scope, receive, swallow)
        headers = [(b"content-type", b"application/json"), (b"content-length", CUT_LENGTH)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


async def swallow(_message: Message) -> None:
    """For an answer that nobody gets."""


def refusal(rule: Refuse) -> JSONResponse:
    if rule.status == 429:
        error: ApiError = too_many_requests("Rate limit reached for requests.", rule.retry_after)
    else:
        error = server_error(rule.status, rule.retry_after)
    return JSONResponse({"error": error.body}, error.status, error.headers)


def without_cursor(query: bytes) -> bytes:
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return urlencode([pair for pair in pairs if pair[0] != "after"]).encode()
