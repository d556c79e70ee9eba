"""Answers in the shapes of /v1/completions."""

import time
from collections.abc import Iterator, Sequence

from app.engine.answers import Answers
from app.engine.ids import new_id
from app.engine.sampling import TokenLogprob
from app.engine.sse import server_sent
from app.engine.wire import Json


def completion_object(answers: Answers, with_logprobs: bool, echo: bool) -> Json:
    written = [answers.whole(index) for index in range(answers.count)]
    choices = [
        _choice(
            index,
            _echoed(answers, index, echo) + answer.text,
            answer.finish_reason,
            _logprobs(answer.logprobs) if with_logprobs else None,
        )
        for index, answer in enumerate(written)
    ]
    usage = answers.usage(sum(answer.token_count for answer in written))
    return {**_head(answers), "choices": choices, "usage": usage}


def completion_stream(
    answers: Answers, with_logprobs: bool, echo: bool, with_usage: bool
) -> Iterator[bytes]:
    head = _head(answers)
    more: Json = {"usage": None} if with_usage else {}
    written = 0
    for index in range(answers.count):
        if echo:
            echoed = _choice(index, _echoed(answers, index, echo), None, None)
            yield server_sent({**head, "choices": [echoed], **more})
        for piece in answers.pieces(index):
            written += piece.token_count
            logprobs = _logprobs(piece.logprobs) if with_logprobs else None
            choice = _choice(index, piece.text, piece.finish_reason, logprobs)
            yield server_sent({**head, "choices": [choice], **more})
    if with_usage:
        yield server_sent({**head, "choices": [], "usage": answers.usage(written)})
    yield server_sent(None)


def _head(answers: Answers) -> Json:
    return {
        "id": new_id("cmpl-", 29),
        "object": "text_completion",
        "created": int(time.time()),
        "model": answers.question.model_name,
    }


def _choice(index: int, text: str, reason: str | None, logprobs: Json | None) -> Json:
    return {"text": text, "index": index, "logprobs": logprobs, "finish_reason": reason}


def _echoed(answers: Answers, index: int, echo: bool) -> str:
    question = answers.question
    return question.prompts[index // question.n][-1].text if echo else ""


def _logprobs(logprobs: Sequence[TokenLogprob]) -> Json:
    offsets, offset = [], 0
    for logprob in logprobs:
        offsets.append(offset)
        offset += len(logprob.token)
    return {
        "tokens": [logprob.token for logprob in logprobs],
        "token_logprobs": [logprob.logprob for logprob in logprobs],
        "top_logprobs": [dict(logprob.top) for logprob in logprobs],
        "text_offset": offsets,
    }
