"""Every way a provider fails becomes one of our errors, with a sentence and without the key."""

import json
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime

import httpx2
import pytest

from app.core.clock import now
from app.core.errors import DomainError
from app.provider import errors
from app.provider.client import ProviderClient
from app.provider.types import JobRequest
from tests.provider.wire import KEY, ConnectClient, Handler, refusal, reply

JOB = JobRequest("m", "file-1")
WIND_DOWN = (
    "OpenAI is winding down the fine-tuning platform and your organization is no longer able to "
    "create new fine-tuning training jobs."
)


@pytest.mark.parametrize(
    ("wire", "kind"),
    [
        (refusal(401, "invalid_api_key"), errors.Unauthorized),
        (refusal(403), errors.PermissionRefused),
        (refusal(403, "training_not_available", WIND_DOWN), errors.TrainingNotAvailable),
        (refusal(429, "rate_limit_exceeded"), errors.RateLimited),
        (refusal(429, "insufficient_quota"), errors.InsufficientQuota),
        (refusal(400, "billing_hard_limit_reached"), errors.InsufficientQuota),
        (refusal(402), errors.InsufficientQuota),
        (refusal(404, "model_not_found", "The model `m` does not exist"), errors.RemoteNotFound),
        (refusal(404, None, "Invalid URL (POST /v1/fine_tuning/jobs)"), errors.NotOffered),
        (reply({"detail": "Not Found"}, 404), errors.NotOffered),
        (reply(None, 404), errors.NotOffered),
        (reply({"detail": "Method Not Allowed"}, 405), errors.NotOffered),
        (reply("Not implemented", 501), errors.NotOffered),
        (refusal(400), errors.RequestRefused),
        (refusal(409), errors.RequestRefused),
        (refusal(413), errors.RequestRefused),
        (reply({"detail": [{"loc": ["body"]}]}, 422), errors.RequestRefused),
        (refusal(408), errors.ProviderTimedOut),
        (refusal(500), errors.ProviderFailed),
        (reply("<html>Bad gateway</html>", 502), errors.ProviderFailed),
        (reply(None, 301, location="https://elsewhere.test/v1?key=x"), errors.Redirected),
    ],
)
def test_status_becomes_an_error(
    connect: ConnectClient, wire: Handler, kind: type[errors.ProviderError]
) -> None:
    with pytest.raises(errors.ProviderError) as caught:
        connect(wire).create_job(JOB)
    assert type(caught.value) is kind
    assert "{" not in caught.value.message
    assert len(caught.value.message) > 20


def failing(kind: type[httpx2.RequestError]) -> Handler:
    def wire(request: httpx2.Request) -> httpx2.Response:
        raise kind("lost", request=request)

    return wire


@pytest.mark.parametrize(
    ("kind", "expected", "maybe_done"),
    [
        (httpx2.ConnectError, errors.ProviderUnreachable, False),
        (httpx2.ConnectTimeout, errors.ProviderTimedOut, False),
        (httpx2.ReadTimeout, errors.ProviderTimedOut, True),
        (httpx2.WriteTimeout, errors.ProviderTimedOut, True),
        (httpx2.ReadError, errors.ConnectionBroken, True),
        (httpx2.RemoteProtocolError, errors.ConnectionBroken, True),
    ],
)
def test_lost_connection(
    connect: ConnectClient,
    kind: type[httpx2.RequestError],
    expected: type[errors.ProviderError],
    maybe_done: bool,
) -> None:
    with pytest.raises(errors.ProviderError) as caught:
        connect(failing(kind)).create_job(JOB)
    assert type(caught.value) is expected
    assert caught.value.maybe_done is maybe_done
    assert "provider.test" in caught.value.message


@pytest.mark.parametrize(
    ("status", "maybe_done"), [(400, False), (401, False), (429, False), (500, True), (504, True)]
)
def test_only_a_lost_create_may_have_happened(
    connect: ConnectClient, status: int, maybe_done: bool
) -> None:
    with pytest.raises(errors.ProviderError) as creating:
        connect(refusal(status)).create_job(JOB)
    assert creating.value.maybe_done is maybe_done
    with pytest.raises(errors.ProviderError) as reading:
        connect(refusal(status)).get_job("ftjob-1")
    assert not reading.value.maybe_done


CALLS: list[Callable[[ProviderClient], object]] = [
    lambda client: client.create_job(JOB),
    lambda client: client.get_job("ftjob-1"),
    lambda client: client.list_models(),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_a_call_is_made_once(
    connect: ConnectClient, status: int, call: Callable[[ProviderClient], object]
) -> None:
    asked = []

    def wire(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(status, headers={"retry-after": "0", "x-should-retry": "true"})

    with pytest.raises(errors.ProviderError):
        call(connect(wire))
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "99999999"}, 86_400),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after(
    connect: ConnectClient, headers: dict[str, str], seconds: float | None
) -> None:
    with pytest.raises(errors.RateLimited) as caught:
        connect(refusal(429, "rate_limit_exceeded", **headers)).get_job("ftjob-1")
    assert caught.value.retry_after == seconds


def test_retry_after_as_a_date(connect: ConnectClient) -> None:
    soon = format_datetime(now() + timedelta(seconds=40), usegmt=True)
    with pytest.raises(errors.RateLimited) as caught:
        connect(refusal(429, **{"retry-after": soon})).get_job("ftjob-1")
    assert caught.value.retry_after == pytest.approx(40, abs=3)


def test_the_key_is_not_repeated(connect: ConnectClient) -> None:
    with pytest.raises(errors.RequestRefused) as caught:
        connect(refusal(400, None, f"Wrong key {KEY} " + "x" * 5000)).get_job("ftjob-1")
    assert KEY not in caught.value.message
    assert KEY not in str(caught.value.params)
    assert len(caught.value.message) < 800


def test_redirect_names_the_new_address_without_its_query(connect: ConnectClient) -> None:
    wire = reply(None, 308, location="/v2/fine_tuning/jobs?token=secret")
    with pytest.raises(errors.Redirected) as caught:
        connect(wire).get_job("ftjob-1")
    assert "http://provider.test/v2/fine_tuning/jobs" in caught.value.message
    assert "secret" not in caught.value.message


def test_errors_are_refusals_of_ours() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    provider_kinds = [kind for kind in kinds if issubclass(kind, errors.ProviderError)]
    assert all(issubclass(kind, DomainError) for kind in provider_kinds)
    assert len({kind.code for kind in provider_kinds}) == len(provider_kinds)


def test_wind_down_is_seen_without_creating_anything(connect: ConnectClient) -> None:
    bodies = []

    def wire(request: httpx2.Request) -> httpx2.Response:
        bodies.append(request.read())
        error = {"message": WIND_DOWN, "code": "training_not_available"}
        return httpx2.Response(403, json={"error": error})

    with pytest.raises(errors.TrainingNotAvailable):
        connect(wire).check_creation()
    assert bodies == [b"{}"]


@pytest.mark.parametrize("wire", [refusal(400), refusal(422), refusal(404), reply({}, 405)])
def test_other_refusals_of_an_empty_request_say_nothing(
    connect: ConnectClient, wire: Handler
) -> None:
    client = connect(wire)
    client.check_creation()
    with pytest.raises(errors.ProviderError):
        client.create_job(JOB)


def test_an_error_can_be_kept_and_said_later(connect: ConnectClient) -> None:
    with pytest.raises(errors.ProviderFailed) as caught:
        connect(refusal(503)).get_job("ftjob-1")
    record = caught.value.as_record()
    assert record["code"] == "provider_failed"
    assert record["sentence"].format(**record["params"]) == caught.value.message
    assert json.dumps(record)
