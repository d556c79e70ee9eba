"""Answers in the shapes of /v1/chat/completions."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from app.engine.answers import Answer, Answers
from app.engine.ids import new_id
from app.engine.sampling import Piece, TokenLogprob, ready_length
from app.engine.sse import server_sent
from app.engine.tool_calls import MARKERS, Said, call_object, take_apart
from app.engine.wire import Json

FINGERPRINT = "fp_tuneboard"


def chat_object(answers: Answers, with_logprobs: bool, *, may_call: bool) -> Json:
    written = [answers.whole(index) for index in range(answers.count)]
    return {
        **_head(answers, "chat.completion"),
        "choices": [
            _choice(index, answer, with_logprobs, take_apart(answer.text) if may_call else None)
            for index, answer in enumerate(written)
        ],
        "usage": answers.usage(sum(answer.token_count for answer in written)),
    }


def chat_stream(
    answers: Answers, with_logprobs: bool, with_usage: bool, *, may_call: bool
) -> Iterator[bytes]:
    head = _head(answers, "chat.completion.chunk")
    more: Json = {"usage": None} if with_usage else {}
    written = 0
    for index in range(answers.count):
        first: Json = {"role": "assistant", "content": "", "refusal": None}
        yield server_sent({**head, "choices": [_delta(index, first, None, None)], **more})
        pieces = answers.pieces(index)
        for piece in hold_calls(pieces) if may_call else pieces:
            written += piece.token_count
            for choice in _piece_choices(index, piece, with_logprobs, may_call):
                yield server_sent({**head, "choices": [choice], **more})
    if with_usage:
        yield server_sent({**head, "choices": [], "usage": answers.usage(written)})
    yield server_sent(None)


def _head(answers: Answers, kind: str) -> Json:
    return {
        "id": new_id("chatcmpl-", 29),
        "object": kind,
        "created": int(time.time()),
        "model": answers.question.model_name,
        "service_tier": "default",
        "system_fingerprint": FINGERPRINT,
    }


def _choice(index: int, answer: Answer, with_logprobs: bool, said: Said | None) -> Json:
    said = said or Said(answer.text)
    message: Json = {"role": "assistant", "content": said.content, "refusal": None}
    message["annotations"] = []
    return {
        "index": index,
        "message": {**message, **_calls(said)},
        "logprobs": _logprobs(answer.logprobs) if with_logprobs else None,
        "finish_reason": said.finish_reason if said.calls else answer.finish_reason,
    }


def _calls(said: Said) -> Json:
    if not said.calls:
        return {}
    if said.is_legacy:
        return {"function_call": said.calls[0]}
    return {"tool_calls": [call_object(call) for call in said.calls]}


def hold_calls(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Text goes on as it comes; from the mark of a call on it waits for the end."""
    held = ""
    for piece in pieces:
        held += piece.text
        if piece.finish_reason:
            yield replace(piece, text=held)
            return
        marks = [held.find(marker) for marker in MARKERS if marker in held]
        ready = min(marks, default=ready_length(held, MARKERS))
        yield replace(piece, text=held[:ready])
        held = held[ready:]


def _piece_choices(index: int, piece: Piece, with_logprobs: bool, may_call: bool) -> Iterator[Json]:
    is_last = piece.finish_reason is not None
    said = take_apart(piece.text) if may_call and is_last else Said(piece.text)
    if said.content or (with_logprobs and piece.logprobs):
        logprobs = _logprobs(piece.logprobs) if with_logprobs else None
        yield _delta(index, {"content": said.content or ""}, None, logprobs)
    for delta in _call_deltas(said):
        yield _delta(index, delta, None, None)
    if is_last:
        reason = said.finish_reason if said.calls else piece.finish_reason
        yield _delta(index, {}, reason, None)


def _call_deltas(said: Said) -> Iterator[Json]:
    """The head of each call, then its arguments."""
    for at, call in enumerate(said.calls):
        arguments = {"arguments": call["arguments"]}
        head = {**call, "arguments": ""}
        if said.is_legacy:
            yield {"function_call": head}
            yield {"function_call": arguments}
        else:
            yield {"tool_calls": [{"index": at, **call_object(head)}]}
            yield {"tool_calls": [{"index": at, "function": arguments}]}


def _delta(index: int, delta: Json, reason: str | None, logprobs: Json | None) -> Json:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": reason}


def _logprobs(logprobs: Sequence[TokenLogprob]) -> Json:
    content = [
        {
            **_token(logprob.token, logprob.logprob),
            "top_logprobs": [_token(token, value) for token, value in logprob.top],
        }
        for logprob in logprobs
    ]
    return {"content": content, "refusal": None}


def _token(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode("utf-8", "replace"))}
