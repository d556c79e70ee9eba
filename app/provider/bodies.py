"""What is sent: request bodies as each provider wants them."""

from typing import Any

from app.provider.profiles import HyperparameterStyle, Profile
from app.provider.types import ChatRequest, CompletionRequest, JobRequest, Sampling


def job_body(request: JobRequest, profile: Profile) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": request.model,
        "training_file": request.training_file,
        "validation_file": request.validation_file,
        "suffix": request.suffix,
        "seed": request.seed,
        "metadata": dict(request.metadata) if profile.has_metadata and request.metadata else None,
        **_method(request, profile),
    }
    return {name: value for name, value in body.items() if value is not None}


def _method(request: JobRequest, profile: Profile) -> dict[str, Any]:
    settings = dict(request.hyperparameters)
    if profile.hyperparameter_style is HyperparameterStyle.TOP_LEVEL:
        return {"hyperparameters": settings} if settings else {}
    options = {"hyperparameters": settings} if settings else {}
    return {"method": {"type": request.method, request.method: options}}


def chat_body(request: ChatRequest, profile: Profile) -> dict[str, Any]:
    return {
        "model": request.model,
        "messages": [dict(message) for message in request.messages],
        **_sampling(request.sampling, profile.max_tokens_field),
    }


def completion_body(request: CompletionRequest) -> dict[str, Any]:
    return {
        "model": request.model,
        "prompt": request.prompt,
        **_sampling(request.sampling, "max_tokens"),
    }


def _sampling(sampling: Sampling, max_tokens_field: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        max_tokens_field: sampling.max_tokens,
        "stop": list(sampling.stop) or None,
        "seed": sampling.seed,
        "n": sampling.n if sampling.n > 1 else None,
    }
    return {name: value for name, value in values.items() if value is not None}
