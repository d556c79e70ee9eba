"""Answers: greedy, by chance, cut, scored and streamed."""

import math
from collections.abc import Callable

import pytest
from openai import BadRequestError, NotFoundError, OpenAI
from openai.types.chat import ChatCompletion

from tests.engine.samples import SYSTEM, chat_row, completion_rows, finished, upload
from tests.engine_fixture import EngineServer

VERSE = "Roses are red, violets are blue."
REPLIES = {"verse": VERSE, "count": "one two three four", "greet": "안녕하세요, 반갑습니다 👋"}
Ask = Callable[..., ChatCompletion]


@pytest.fixture(scope="module")
def model(engine: EngineServer) -> str:
    """Has learnt three replies by heart, and that `coin` is answered heads or tails."""
    with engine.client() as client:
        rows = [chat_row(ask, reply) for ask, reply in REPLIES.items()] * 4
        rows += [chat_row("coin", side) for side in ("heads", "tails")] * 4
        training = upload(client, rows)
        job = client.fine_tuning.jobs.create(
            model="tiny-chat",
            training_file=training,
            hyperparameters={"n_epochs": 15, "batch_size": 4},
            seed=1,
        )
        name = finished(client, job).fine_tuned_model
    assert name is not None
    return name


@pytest.fixture
def ask(client: OpenAI, model: str) -> Ask:
    def create(text: str, **given: object) -> ChatCompletion:
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}]
        body = {"model": model, "messages": messages, **given}
        return client.post("/chat/completions", body=body, cast_to=ChatCompletion)

    return create


def text_of(answer: ChatCompletion, index: int = 0) -> str:
    return answer.choices[index].message.content or ""


@pytest.mark.parametrize(("text", "reply"), REPLIES.items())
def test_what_was_learnt_by_heart_comes_back(ask: Ask, text: str, reply: str) -> None:
    answer = ask(text, temperature=0)
    assert (text_of(answer), answer.choices[0].finish_reason) == (reply, "stop")
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert (answer.object, answer.id[:9]) == ("chat.completion", "chatcmpl-")


def test_chance_follows_temperature_and_seed(ask: Ask) -> None:
    coins = ask("coin", n=40, seed=7)
    sides = [text_of(coins, index) for index in range(40)]
    assert {"heads", "tails"} <= set(sides)
    again = ask("coin", n=40, seed=7)
    assert [text_of(again, index) for index in range(40)] == sides
    cold = ask("coin", n=10, temperature=0)
    assert len({text_of(cold, index) for index in range(10)}) == 1
    narrow = ask("coin", n=10, top_p=0)
    assert len({text_of(narrow, index) for index in range(10)}) == 1


def test_answers_are_cut_by_stops_and_length(ask: Ask) -> None:
    stopped = ask("verse", temperature=0, stop=[", vio", "never"])
    assert (text_of(stopped), stopped.choices[0].finish_reason) == ("Roses are red", "stop")
    for name in ("max_tokens", "max_completion_tokens"):
        short = ask("count", temperature=0, **{name: 2})
        assert (text_of(short), short.choices[0].finish_reason) == ("one two", "length")
        assert short.usage is not None
        assert short.usage.completion_tokens == 2


def test_logprobs_are_those_of_the_answer(ask: Ask) -> None:
    answer = ask("coin", temperature=0, logprobs=True, top_logprobs=2)
    logprobs = answer.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    first = logprobs.content[0]
    chances = [math.exp(top.logprob) for top in first.top_logprobs]
    assert {top.token for top in first.top_logprobs} == {"heads", "tails"}
    assert sum(chances) == pytest.approx(1, abs=0.05)
    assert first.logprob == first.top_logprobs[0].logprob
    assert bytes(first.bytes or []).decode() == first.token
    assert "".join(token.token for token in logprobs.content) == text_of(answer)


@pytest.mark.parametrize("text", REPLIES)
def test_a_streamed_answer_is_the_same_answer(client: OpenAI, model: str, text: str) -> None:
    stream = client.chat.completions.create(
        model=model,
        temperature=0,
        stream=True,
        stream_options={"include_usage": True},
        messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}],
    )
    chunks = list(stream)
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(pieces) == REPLIES[text]
    assert sum(bool(piece) for piece in pieces) > 2
    assert "\ufffd" not in "".join(pieces)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    usage = chunks[-1].usage
    assert usage is not None
    assert usage.completion_tokens >= 3
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert len({chunk.id for chunk in chunks}) == 1


def test_the_base_model_says_what_it_is(client: OpenAI) -> None:
    chat = client.chat.completions.create(
        model="tiny-chat", messages=[{"role": "user", "content": "Hello"}]
    )
    assert "I am tiny-chat, a tiny model that has learnt nothing yet." in text_of(chat)
    plain = client.completions.create(model="tiny-completion", prompt="Hello", max_tokens=5)
    assert plain.choices[0].text.startswith("I am tiny")
    assert plain.choices[0].finish_reason == "length"


def test_plain_completions(engine: EngineServer, client: OpenAI) -> None:
    job = client.fine_tuning.jobs.create(
        model="tiny-completion", training_file=upload(client, completion_rows(60)), seed=1
    )
    model = finished(client, job).fine_tuned_model
    assert model is not None
    prompts = ["the app awful login ->", "이 앱 최고예요 알림 ->"]
    answer = client.completions.create(
        model=model, prompt=prompts, temperature=0, n=2, echo=True, logprobs=3
    )
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]
    assert [choice.text for choice in answer.choices] == [
        f"{prompts[0]} 1", f"{prompts[0]} 1", f"{prompts[1]} 5", f"{prompts[1]} 5",
    ]  # fmt: skip
    logprobs = answer.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.top_logprobs is not None
    assert len(logprobs.top_logprobs[0]) == 3
    with engine.client(strict=False) as lenient:  # a chunk has no finish reason yet
        stream = lenient.completions.create(
            model=model, prompt=prompts[0], temperature=0, stream=True
        )
        assert "".join(chunk.choices[0].text for chunk in stream) == " 1"
    with pytest.raises(NotFoundError, match="This is not a chat model"):
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": "a"}])


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"temperature": 3}, "temperature"),
        ({"n": 0}, "n"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"max_tokens": 1, "max_completion_tokens": 1}, "max_tokens"),
        ({"messages": []}, "messages"),
        ({"messages": [{"content": "a"}]}, "messages[0].role"),
    ],
)
def test_bad_questions_are_refused_by_name(ask: Ask, given: dict[str, object], param: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        ask("coin", **given)
    assert refused.value.param == param


def test_a_deleted_model_is_gone(client: OpenAI) -> None:
    rows = [chat_row("a", "b")] * 10
    job = client.fine_tuning.jobs.create(model="tiny-chat", training_file=upload(client, rows))
    name = finished(client, job).fine_tuned_model
    assert name is not None
    assert client.models.retrieve(name).owned_by == "tuneboard"
    assert name in [model.id for model in client.models.list()]
    assert client.models.delete(name).deleted
    with pytest.raises(NotFoundError) as gone:
        client.chat.completions.create(model=name, messages=[{"role": "user", "content": "a"}])
    assert gone.value.code == "model_not_found"
    assert client.fine_tuning.jobs.retrieve(job.id).fine_tuned_model == name
