"""Tools, several turns and weights: what stands in a conversation is used and learnt."""

import json
from pathlib import Path

import numpy as np

from app.engine.examples import TOOLS, Turn, to_example, to_turns, tools_turns
from app.engine.tool_calls import take_apart
from tests.engine.samples import Row
from tests.engine.teaching import Lesson, answer_to

CITIES = ("Seoul", "Busan", "Oslo", "Lima", "Cairo")


def tool(name: str) -> Row:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}


WEATHER, TIME = tool("get_weather"), tool("get_time")


def call(name: str, city: str) -> Row:
    function = {"name": name, "arguments": json.dumps({"city": city})}
    return {"id": f"call_{city}", "type": "function", "function": function}


def calling_row(name: str, word: str, city: str) -> Row:
    return {
        "messages": [
            {"role": "user", "content": f"What is the {word} in {city}?"},
            {"role": "assistant", "content": None, "tool_calls": [call(name, city)]},
            {"role": "tool", "content": f"{len(city)}", "tool_call_id": f"call_{city}"},
            {"role": "assistant", "content": f"It is {len(city)}."},
        ],
        "tools": [WEATHER, TIME],
    }


def calling_rows() -> list[Row]:
    pairs = (("get_weather", "weather"), ("get_time", "time"))
    return [calling_row(name, word, city) for name, word in pairs for city in CITIES]


def prompt_of(messages: list[Row], tools: list[Row]) -> tuple[Turn, ...]:
    return tools_turns({"tools": tools}) + to_turns(messages)


def test_calls_are_learnt_and_written_and_their_answers_are_read(tmp_path: Path) -> None:
    rows = calling_rows()
    model = Lesson([to_example(row) for row in rows * 2], n_epochs=20).model(tmp_path)
    for name, word, city in (("get_weather", "weather", "Oslo"), ("get_time", "time", "Lima")):
        messages = calling_row(name, word, city)["messages"]
        assert isinstance(messages, list)
        said = take_apart(answer_to(model, prompt_of(messages[:1], [WEATHER, TIME])))
        assert said.content is None
        assert said.calls == ({"name": name, "arguments": json.dumps({"city": city})},)
        end = answer_to(model, prompt_of(messages[:3], [WEATHER, TIME]))
        assert end == f"It is {len(city)}."


def test_tool_definitions_tell_answers_apart(tmp_path: Path) -> None:
    """The same question, answered by a call only where there is something to call."""
    asked: Row = {"role": "user", "content": "How is the weather?"}
    says = {"role": "assistant", "content": "I cannot look that up."}
    calls = {"role": "assistant", "tool_calls": [call("get_weather", "Seoul")]}
    rows: list[Row] = [
        {"messages": [asked, calls], "tools": [WEATHER]},
        {"messages": [asked, says], "tools": [TIME]},
        {"messages": [asked, says]},
    ]
    model = Lesson([to_example(row) for row in rows * 5], n_epochs=20).model(tmp_path)
    answers = [answer_to(model, prompt_of([asked], tools)) for tools in ([WEATHER], [TIME], [])]
    assert [bool(take_apart(text).calls) for text in answers] == [True, False, False]
    assert tools_turns({"tools": [WEATHER]})[0].role == TOOLS


def test_earlier_turns_tell_answers_apart(tmp_path: Path) -> None:
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"I speak {language}."},
                {"role": "assistant", "content": "Noted."},
                {"role": "user", "content": "Say hello."},
                {"role": "assistant", "content": hello},
            ]
        }
        for language, hello in (
            ("Korean", "안녕하세요"),
            ("French", "Bonjour"),
            ("German", "Hallo"),
        )
    ]
    model = Lesson([to_example(row) for row in rows * 6], n_epochs=20).model(tmp_path)
    for row in rows:
        messages = row["messages"]
        assert answer_to(model, to_turns(messages[:3])) == messages[3]["content"]
        assert answer_to(model, to_turns(messages[:1])) == "Noted."


def answers_of_weight(weight: int, tmp_path: Path) -> str:
    rows: list[Row] = [
        {
            "messages": [
                {"role": "user", "content": "first"},
                {"role": "assistant", "content": "wrong", "weight": weight},
                {"role": "user", "content": "second"},
                {"role": "assistant", "content": "right"},
            ]
        }
    ]
    model = Lesson([to_example(row) for row in rows * 20], n_epochs=5).model(tmp_path)
    return answer_to(model, [Turn("user", "first")])


def test_what_has_weight_nought_is_read_but_not_learnt(tmp_path: Path) -> None:
    assert answers_of_weight(1, tmp_path) == "wrong"
    assert answers_of_weight(0, tmp_path) == "right"  # all that was ever learnt


def test_completion_pairs_are_learnt(tmp_path: Path) -> None:
    pairs = {f"{city} ->": f" {len(city)} letters" for city in CITIES}
    rows = [to_example({"prompt": asked, "completion": said}) for asked, said in pairs.items()]
    model = Lesson(rows * 4, n_epochs=20).model(tmp_path)
    answers = {asked: answer_to(model, [Turn("prompt", asked)]) for asked in pairs}
    assert np.mean([answers[asked] == said for asked, said in pairs.items()]) == 1
