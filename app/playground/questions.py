"""How a column is put to its provider: as a chat, or as a text to go on with."""

from collections.abc import Callable, Generator, Iterator
from typing import Any

from app.playground.models import Column, Endpoint, Exchange
from app.playground.schemas import read_stops
from app.provider.client import ProviderClient
from app.provider.errors import RemoteNotFound, RequestRefused
from app.provider.types import ChatRequest, CompletionRequest, Sampling, StreamPart

# What OpenAI, and servers like it, say of a model that was asked at the wrong place.
HINTS = {
    Endpoint.CHAT: ("use v1/completions", "not a chat model"),
    Endpoint.COMPLETION: ("use v1/chat/completions", "is a chat model"),
}


def stream_parts(
    client: ProviderClient, column: Column, exchange: Exchange, tell: Callable[[Endpoint], None]
) -> Generator[StreamPart, None, None]:
    """The answer. A model that is refused for being asked the wrong way is asked the other way,
    which `tell` hears, unless a person chose the way."""
    try:
        yield from _parts(client, column, exchange, column.asked_as)
    except (RemoteNotFound, RequestRefused) as refusal:
        if column.endpoint is not Endpoint.AUTO or not _is_wrong_way(refusal, column.asked_as):
            raise
        other = Endpoint.COMPLETION if column.asked_as is Endpoint.CHAT else Endpoint.CHAT
        tell(other)
        yield from _parts(client, column, exchange, other)


def _parts(
    client: ProviderClient, column: Column, exchange: Exchange, asked_as: Endpoint
) -> Iterator[StreamPart]:
    sampling = sampling_of(exchange)
    if asked_as is Endpoint.COMPLETION:
        prompt = f"{column.system}\n\n{exchange.prompt}" if column.system else exchange.prompt
        return client.stream_completion(CompletionRequest(column.model, prompt, sampling))
    messages: list[dict[str, Any]] = [{"role": "user", "content": exchange.prompt}]
    if column.system:
        messages.insert(0, {"role": "system", "content": column.system})
    return client.stream_chat(ChatRequest(column.model, tuple(messages), sampling))


def sampling_of(exchange: Exchange) -> Sampling:
    """`stop` is kept as it was typed."""
    given = dict(exchange.sampling)
    return Sampling(**given | {"stop": read_stops(given.get("stop", ""))})


def _is_wrong_way(refusal: RemoteNotFound | RequestRefused, asked_as: Endpoint) -> bool:
    return any(hint in refusal.detail for hint in HINTS[asked_as])
