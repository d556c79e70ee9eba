"""The SDK, made for one endpoint, and its answers read as they came over the wire."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import httpx2
import openai

from app.provider.addresses import clean_base_url
from app.provider.errors import NonsenseAnswer
from app.provider.lenient import as_mapping, decode_json
from app.provider.profiles import AuthHeader, Profile
from app.provider.streaming import parts_of
from app.provider.types import Raw, StreamPart

CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider is and how it is addressed."""

    base_url: str
    api_key: str = field(repr=False)
    profile: Profile
    organization: str | None = None
    project: str | None = None


class Sdk(openai.OpenAI):
    """Also speaks to servers that want no Authorization header."""

    def _validate_headers(self, headers: Any, custom_headers: Any) -> None:
        pass


def create_sdk(endpoint: Endpoint, http_client: httpx2.Client, read_seconds: float) -> Sdk:
    """Everything is said explicitly: the SDK would take what is missing from the environment."""
    key = endpoint.api_key
    is_bearer = endpoint.profile.auth_header is AuthHeader.BEARER
    headers = {
        "Authorization": f"Bearer {key}" if key and is_bearer else openai.omit,
        "api-key": key if key and not is_bearer else openai.omit,
        "OpenAI-Organization": endpoint.organization or openai.omit,
        "OpenAI-Project": endpoint.project or openai.omit,
    }
    return Sdk(
        base_url=clean_base_url(endpoint.base_url),
        api_key=key or "-",
        default_headers=cast(Mapping[str, str], headers),
        http_client=http_client,
        timeout=httpx2.Timeout(read_seconds, connect=CONNECT_SECONDS),
        max_retries=0,
    )


def read_list(answer: Any) -> Any:
    body = _decoded(answer.http_response.content)
    if not isinstance(body, list) and not isinstance(as_mapping(body).get("data"), list):
        raise NonsenseAnswer
    return body


def read_object(answer: Any) -> Raw:
    body = as_mapping(_decoded(answer.http_response.content))
    if not body.get("id"):
        raise NonsenseAnswer
    return body


def read_created(answer: Any) -> Raw:
    """An object that was made: if its answer cannot be read, it may still exist."""
    try:
        return read_object(answer)
    except NonsenseAnswer:
        raise NonsenseAnswer(maybe_done=True) from None


def read_stream(answer: Any) -> Iterator[StreamPart]:
    """Pieces of a streamed answer, or of a whole one from a server that does not stream."""
    kind = answer.http_response.headers.get("content-type", "")
    if "json" in kind or "html" in kind:
        yield from _parts_of_whole(answer.http_response.read())
        return
    with answer.parse(to=openai.Stream[object]) as chunks:
        try:
            for chunk in chunks:
                yield from parts_of(as_mapping(chunk))
        except ValueError:
            raise NonsenseAnswer from None


def _parts_of_whole(content: bytes) -> Iterator[StreamPart]:
    body = as_mapping(_decoded(content))
    if "choices" not in body:
        raise NonsenseAnswer
    return parts_of(body)


def _decoded(content: bytes) -> Any:
    try:
        return decode_json(content)
    except (ValueError, RecursionError):
        raise NonsenseAnswer from None
