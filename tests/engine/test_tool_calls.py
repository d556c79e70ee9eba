"""A model that has learnt to call tools calls them in OpenAI's shape."""

import json

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from app.engine.tool_calls import Said, calls_text, take_apart
from tests.engine.samples import Row, finished, upload
from tests.engine_fixture import EngineServer

CITIES = ["Seoul", "Rome", "Lima", "Oslo"]
WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object"}},
}
ARGUMENTS = {city: json.dumps({"city": city}) for city in CITIES}


def row(city: str) -> Row:
    function = {"name": "get_weather", "arguments": ARGUMENTS[city]}
    return {
        "messages": [
            {"role": "user", "content": f"Weather in {city}?"},
            {"role": "assistant", "tool_calls": [
                {"id": f"call_{city}", "type": "function", "function": function},
            ]},
            {"role": "tool", "tool_call_id": f"call_{city}", "content": "sunny"},
            {"role": "assistant", "content": "It is sunny."},
        ],
        "tools": [WEATHER],
    }  # fmt: skip


def legacy_row() -> Row:
    call = {"name": "ring", "arguments": "{}"}
    return {
        "messages": [
            {"role": "user", "content": "Ring the bell!"},
            {"role": "assistant", "content": None, "function_call": call},
        ],
        "functions": [{"name": "ring"}],
    }


@pytest.fixture(scope="module")
def model(engine: EngineServer) -> str:
    rows = [*map(row, CITIES), legacy_row()] * 4
    with engine.client() as client:
        job = client.fine_tuning.jobs.create(
            model="tiny-chat",
            training_file=upload(client, rows),
            hyperparameters={"n_epochs": 20, "batch_size": 4},
            seed=1,
        )
        name = finished(client, job).fine_tuned_model
    assert name is not None
    return name


def asked(city: str) -> ChatCompletionMessageParam:
    return {"role": "user", "content": f"Weather in {city}?"}


@pytest.mark.parametrize("city", CITIES)
def test_a_tool_is_called_and_its_answer_heard(client: OpenAI, model: str, city: str) -> None:
    question = asked(city)
    first = client.chat.completions.create(
        model=model, messages=[question], tools=[WEATHER], temperature=0
    ).choices[0]
    assert (first.finish_reason, first.message.content) == ("tool_calls", None)
    assert first.message.tool_calls is not None
    (call,) = first.message.tool_calls
    assert call.type == "function"
    assert (call.function.name, call.function.arguments) == ("get_weather", ARGUMENTS[city])
    assert call.id.startswith("call_")
    second = client.chat.completions.create(
        model=model,
        temperature=0,
        tools=[WEATHER],
        messages=[
            question,
            {"role": "assistant", "tool_calls": [call.to_dict()]},  # type: ignore[list-item]
            {"role": "tool", "tool_call_id": call.id, "content": "sunny"},
        ],
    ).choices[0]
    assert (second.finish_reason, second.message.content) == ("stop", "It is sunny.")
    assert second.message.tool_calls is None


def test_a_streamed_call_is_the_same_call(client: OpenAI, model: str) -> None:
    with client.chat.completions.stream(
        model=model, messages=[asked("Rome")], tools=[WEATHER], temperature=0
    ) as stream:
        types = [event.type for event in stream]
        choice = stream.get_final_completion().choices[0]
    assert "tool_calls.function.arguments.done" in types
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls is not None
    assert choice.message.tool_calls[0].function.arguments == ARGUMENTS["Rome"]
    assert not choice.message.content


def test_without_leave_it_stays_text(client: OpenAI, model: str) -> None:
    choice = client.chat.completions.create(
        model=model, messages=[asked("Lima")], tools=[WEATHER], tool_choice="none", temperature=0
    ).choices[0]
    assert (choice.finish_reason, choice.message.tool_calls) == ("stop", None)
    assert "get_weather" in (choice.message.content or "")


def test_the_legacy_form_is_answered_in_kind(client: OpenAI, model: str) -> None:
    choice = client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": "Ring the bell!"}],
        functions=[{"name": "ring"}],
        temperature=0,
    ).choices[0]
    assert choice.finish_reason == "function_call"
    assert choice.message.function_call is not None
    assert choice.message.function_call.to_dict() == {"name": "ring", "arguments": "{}"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello", Said("Hello")),
        ('<tool_calls>[{"name": "f", "argu', Said('<tool_calls>[{"name": "f", "argu')),
        ("<tool_calls>[]", Said("<tool_calls>[]")),
        ("<tool_calls>[1]", Said("<tool_calls>[1]")),
        (
            'One moment.<tool_calls>[{"name": "f", "arguments": "{}"}]',
            Said("One moment.", ({"name": "f", "arguments": "{}"},)),
        ),
    ],
)
def test_only_whole_calls_are_calls(text: str, said: Said) -> None:
    assert take_apart(text) == said


def test_what_is_learnt_leaves_out_the_ids() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert take_apart("Yes." + calls_text({"tool_calls": [call, call]})) == Said(
        "Yes.", ({"name": "f", "arguments": "{}"},) * 2
    )
