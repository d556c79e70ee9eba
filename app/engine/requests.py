"""Bodies of requests. `auto` and null are both None: the engine chooses."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

MAX_PAIRS = 16
MAX_KEY = 64
MAX_VALUE = 512
MAX_STOPS = 4
MAX_UPLOAD_BYTES = 8 * 1024**3


def _none_if_auto(value: object) -> object:
    return None if value == "auto" else value


Auto = BeforeValidator(_none_if_auto)
Epochs = Annotated[Annotated[int, Field(ge=1, le=50)] | None, Auto]
BatchSize = Annotated[Annotated[int, Field(ge=1, le=256)] | None, Auto]
Multiplier = Annotated[Annotated[float, Field(gt=0, allow_inf_nan=False)] | None, Auto]
Beta = Annotated[Annotated[float, Field(gt=0, le=2)] | None, Auto]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Hyperparameters(Body):
    n_epochs: Epochs = None
    batch_size: BatchSize = None
    learning_rate_multiplier: Multiplier = None


class PreferenceHyperparameters(Hyperparameters):
    beta: Beta = None


class SupervisedMethod(Body):
    hyperparameters: Hyperparameters = Hyperparameters()


class PreferenceMethod(Body):
    hyperparameters: PreferenceHyperparameters = PreferenceHyperparameters()


class Method(Body):
    type: Literal["supervised", "dpo", "reinforcement"]
    supervised: SupervisedMethod | None = None
    dpo: PreferenceMethod | None = None
    reinforcement: dict[str, Any] | None = None


class CreateJob(Body):
    model: str
    training_file: str
    validation_file: str | None = None
    method: Method | None = None
    hyperparameters: Hyperparameters | None = None
    suffix: Annotated[str, Field(max_length=64)] | None = None
    seed: Annotated[int, Field(ge=0, le=2_147_483_647)] | None = None
    integrations: list[dict[str, Any]] | None = None
    metadata: dict[str, str] | None = None

    @field_validator("metadata")
    @classmethod
    def check_metadata(cls, metadata: dict[str, str] | None) -> dict[str, str] | None:
        pairs = (metadata or {}).items()
        if len(pairs) > MAX_PAIRS:
            raise ValueError(f"expected at most {MAX_PAIRS} pairs, but got {len(pairs)}.")
        if any(len(key) > MAX_KEY or len(value) > MAX_VALUE for key, value in pairs):
            raise ValueError(f"keys have at most {MAX_KEY}, values at most {MAX_VALUE} characters.")
        return metadata


class FileExpiration(Body):
    anchor: Literal["created_at"]
    seconds: Annotated[int, Field(ge=3600, le=2_592_000)]


class CreateUpload(Body):
    filename: Annotated[str, Field(min_length=1)]
    purpose: Literal["assistants", "batch", "fine-tune", "vision"]
    bytes: Annotated[int, Field(ge=1, le=MAX_UPLOAD_BYTES)]
    mime_type: str
    expires_after: FileExpiration | None = None


class CompleteUpload(Body):
    part_ids: list[str]
    md5: str | None = None


class CreatePermissions(Body):
    project_ids: Annotated[list[str], Field(min_length=1, max_length=100)]


class ValidateGrader(Body):
    grader: dict[str, Any]


class RunGrader(ValidateGrader):
    model_sample: str
    item: dict[str, Any] | None = None


class StreamOptions(Body):
    include_usage: bool = False
    include_obfuscation: bool = False


Penalty = Annotated[float, Field(ge=-2, le=2)]


class Sampling(Body):
    """What chat and plain completions share. Those after `stream_options` change nothing here."""

    model: str
    n: Annotated[int, Field(ge=1, le=128)] | None = 1
    stop: str | list[str] | None = None
    seed: int | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = 1.0
    top_p: Annotated[float, Field(ge=0, le=1)] | None = 1.0
    max_tokens: Annotated[int, Field(ge=0)] | None = None
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    logit_bias: dict[str, int] | None = None
    user: str | None = None

    @field_validator("stop")
    @classmethod
    def check_stop(cls, stop: str | list[str] | None) -> list[str]:
        stops = [stop] if isinstance(stop, str) else stop or []
        if len(stops) > MAX_STOPS:
            raise ValueError(f"expected at most {MAX_STOPS} sequences, but got {len(stops)}.")
        return [text for text in stops if text]


class ChatRequest(Sampling):
    messages: Annotated[list[dict[str, Any]], Field(min_length=1)]
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: bool | None = False
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    tool_choice: str | dict[str, Any] | None = None
    function_call: str | dict[str, Any] | None = None
    # These change nothing here.
    tools: list[dict[str, Any]] | None = None
    parallel_tool_calls: bool | None = None
    functions: list[dict[str, Any]] | None = None
    response_format: dict[str, Any] | None = None
    metadata: dict[str, str] | None = None
    store: bool | None = None
    service_tier: str | None = None
    modalities: list[str] | None = None
    verbosity: str | None = None
    reasoning_effort: str | None = None
    prediction: dict[str, Any] | None = None
    audio: dict[str, Any] | None = None
    web_search_options: dict[str, Any] | None = None
    moderation: dict[str, Any] | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_retention: str | None = None
    prompt_cache_options: dict[str, Any] | None = None


class CompletionRequest(Sampling):
    prompt: str | list[str] | list[int] | list[list[int]] | None = None
    logprobs: Annotated[int, Field(ge=0, le=5)] | None = None
    echo: bool | None = False
    best_of: Annotated[int, Field(ge=0, le=20)] | None = None
    suffix: str | None = None
