"""Answers in the shapes of /v1/chat/completions."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from app.engine.answers import Answer, Answers
from app.engine.ids import new_id
from app.engine.sampling import Piece, TokenLogprob
from app.engine.sse import server_sent
from app.engine.wire import Json

FINGERPRINT = "fp_tuneboard"


def chat_object(answers: Answers, with_logprobs: bool) -> Json:
    written = [answers.whole(index) for index in range(answers.count)]
    return {
        **_head(answers, "chat.completion"),
        "choices": [_choice(index, answer, with_logprobs) for index, answer in enumerate(written)],
        "usage": answers.usage(sum(answer.token_count for answer in written)),
    }


def chat_stream(answers: Answers, with_logprobs: bool, with_usage: bool) -> Iterator[bytes]:
    head = _head(answers, "chat.completion.chunk")
    more: Json = {"usage": None} if with_usage else {}
    written = 0
    for index in range(answers.count):
        first: Json = {"role": "assistant", "content": "", "refusal": None}
        yield server_sent({**head, "choices": [_delta(index, first, None, None)], **more})
        for piece in answers.pieces(index):
            written += piece.token_count
            for choice in _piece_choices(index, piece, with_logprobs):
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


def _choice(index: int, answer: Answer, with_logprobs: bool) -> Json:
    return {
        "index": index,
        "message": {
            "role": "assistant",
            "content": answer.text,
            "refusal": None,
            "annotations": [],
        },
        "logprobs": _logprobs(answer.logprobs) if with_logprobs else None,
        "finish_reason": answer.finish_reason,
    }


def _piece_choices(index: int, piece: Piece, with_logprobs: bool) -> Iterator[Json]:
    if piece.text or (with_logprobs and piece.logprobs):
        logprobs = _logprobs(piece.logprobs) if with_logprobs else None
        yield _delta(index, {"content": piece.text}, None, logprobs)
    if piece.finish_reason:
        yield _delta(index, {}, piece.finish_reason, None)


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
