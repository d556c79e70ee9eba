"""Answers as they are written: chunks of a chat or completion as pieces of text, then the usage."""

from collections.abc import Iterator

from app.provider.lenient import as_count, as_mapping, as_rows, as_text
from app.provider.types import Delta, Finish, Raw, StreamPart, Usage


def parts_of(chunk: Raw) -> Iterator[StreamPart]:
    """Pieces in one chunk, or in a whole answer from a server that does not stream."""
    for choice in as_rows(chunk.get("choices")):
        index = as_count(choice.get("index")) or 0
        if text := _text_of(choice):
            yield Delta(index, text)
        if reason := as_text(choice.get("finish_reason")):
            yield Finish(index, reason)
    usage = as_mapping(chunk.get("usage"))
    if usage:
        yield Usage(
            as_count(usage.get("prompt_tokens")) or 0, as_count(usage.get("completion_tokens")) or 0
        )


def _text_of(choice: Raw) -> str:
    """Blanks matter here: the text is taken as it is."""
    message = as_mapping(choice.get("delta") or choice.get("message"))
    pieces = (message.get("content"), message.get("refusal"), choice.get("text"))
    return "".join(piece for piece in pieces if isinstance(piece, str))
