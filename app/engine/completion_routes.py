"""/v1/chat/completions and /v1/completions"""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.engine.answers import Answers, Question
from app.engine.chat_wire import chat_object, chat_stream
from app.engine.completion_wire import completion_object, completion_stream
from app.engine.deps import EngineModels, EngineStore
from app.engine.examples import Turn, to_turns, tools_turns
from app.engine.model_cache import ModelCache
from app.engine.model_store import BASE_MODELS, base_of, get_model
from app.engine.refusals import ApiError, bad_request
from app.engine.requests import ChatRequest, CompletionRequest, Sampling
from app.engine.sampling import Sampler
from app.engine.store import Store
from app.engine.trainers.base import Model, Vocabulary
from app.engine.trainers.registry import TrainerMissing, get_bases

router = APIRouter()
CHAT_TOKENS = 1024
COMPLETION_TOKENS = 16
NO_CHAT = (
    "This is not a chat model and thus not supported in the v1/chat/completions endpoint. "
    "Did you mean to use v1/completions?"
)
ONLY_CHAT = (
    "This is a chat model and not supported in the v1/completions endpoint. "
    "Did you mean to use v1/chat/completions?"
)


@router.post("/chat/completions", response_model=None)
def create_chat_completion(
    data: ChatRequest, store: EngineStore, models: EngineModels
) -> dict[str, Any] | StreamingResponse:
    answers = _chat_answers(data, store, models)
    with_logprobs = bool(data.logprobs)
    may_call = "none" not in (data.tool_choice, data.function_call)
    if not data.stream:
        return chat_object(answers, with_logprobs, may_call=may_call)
    return _streamed(chat_stream(answers, with_logprobs, _with_usage(data), may_call=may_call))


@router.post("/completions", response_model=None)
def create_completion(
    data: CompletionRequest, store: EngineStore, models: EngineModels
) -> dict[str, Any] | StreamingResponse:
    answers = _completion_answers(data, store, models)
    with_logprobs, echo = data.logprobs is not None, bool(data.echo)
    if not data.stream:
        return completion_object(answers, with_logprobs, echo)
    return _streamed(completion_stream(answers, with_logprobs, echo, _with_usage(data)))


def _chat_answers(data: ChatRequest, store: Store, models: ModelCache) -> Answers:
    _check_chat(data)
    if not _is_chat(store, data.model):
        raise ApiError(404, NO_CHAT, param="model")
    model = _model(store, models, data.model)
    turns = to_turns(data.messages)
    tokens = sum(4 + model.vocabulary.count(turn.text) for turn in turns) + 3
    prompt = tools_turns({"tools": data.tools, "functions": data.functions}) + turns
    most = data.max_completion_tokens or data.max_tokens or CHAT_TOKENS
    sampler = _sampler(data, most, data.top_logprobs or 0)
    question = Question(data.model, (prompt,), tokens, data.n or 1, data.seed, sampler)
    return Answers(question, model)


def _completion_answers(data: CompletionRequest, store: Store, models: ModelCache) -> Answers:
    _check_stream_options(data)
    if _is_chat(store, data.model):
        raise ApiError(404, ONLY_CHAT, param="model")
    model = _model(store, models, data.model)
    texts = _prompt_texts(data.prompt, model.vocabulary)
    tokens = sum(model.vocabulary.count(text) for text in texts)
    most = COMPLETION_TOKENS if data.max_tokens is None else data.max_tokens
    prompts = [(Turn("prompt", text),) for text in texts]
    sampler = _sampler(data, most, data.logprobs or 0)
    question = Question(data.model, prompts, tokens, data.n or 1, data.seed, sampler)
    return Answers(question, model)


def _check_chat(data: ChatRequest) -> None:
    if data.max_tokens is not None and data.max_completion_tokens is not None:
        message = (
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
        )
        raise bad_request(message, param="max_tokens", code="invalid_parameter_combination")
    _check_stream_options(data)
    if data.top_logprobs is not None and not data.logprobs:
        message = "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled."
        raise bad_request(message, param="top_logprobs", code="invalid_parameter_combination")
    for index, message_given in enumerate(data.messages):
        if not isinstance(message_given.get("role"), str):
            param = f"messages[{index}].role"
            message = f"Missing required parameter: '{param}'."
            raise bad_request(message, param=param, code="missing_required_parameter")


def _check_stream_options(data: Sampling) -> None:
    if data.stream_options is not None and not data.stream:
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise bad_request(message, param="stream_options", code="invalid_parameter_combination")


def _sampler(data: Sampling, max_tokens: int, top_logprobs: int) -> Sampler:
    return Sampler(
        temperature=1.0 if data.temperature is None else data.temperature,
        top_p=1.0 if data.top_p is None else data.top_p,
        max_tokens=max_tokens,
        stops=list(data.stop or ()),
        top_logprobs=top_logprobs,
    )


def _is_chat(store: Store, model: str) -> bool:
    base = get_bases().get(base_of(store, model))
    return base is None or base.is_chat


def _model(store: Store, models: ModelCache, name: str) -> Model:
    try:
        if name in BASE_MODELS:
            return models.untrained(name)
        row = get_model(store, name)
        return models.tuned(row["base"], row["weights"])
    except TrainerMissing as error:
        raise ApiError(404, str(error), param="model", code="model_not_found") from None


def _prompt_texts(
    prompt: str | list[str] | list[int] | list[list[int]] | None, vocabulary: Vocabulary
) -> list[str]:
    """A prompt is a text, several texts, tokens, or several lists of tokens."""
    if prompt is None or isinstance(prompt, str):
        return [prompt or ""]
    try:
        if prompt and isinstance(prompt[0], int):
            return [vocabulary.decode([token for token in prompt if isinstance(token, int)])]
        return [
            part if isinstance(part, str) else vocabulary.decode(_tokens(part)) for part in prompt
        ]
    except (KeyError, ValueError, OverflowError):
        raise bad_request("Invalid 'prompt': unknown token.", param="prompt") from None


def _tokens(part: int | list[int]) -> list[int]:
    return [part] if isinstance(part, int) else part


def _with_usage(data: Sampling) -> bool:
    return data.stream_options is not None and data.stream_options.include_usage


def _streamed(events: Any) -> StreamingResponse:
    return StreamingResponse(events, media_type="text/event-stream")
