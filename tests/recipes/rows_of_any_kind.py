"""Rows of every format, plain and hostile, for the rules of fixes."""

from typing import Any

from hypothesis import strategies as st

from app.datasets.formats import DatasetFormat
from app.recipes.steps import Step

PIECES = [
    " ", "\n", "\t", "\u3000", "a", "B", "\u1112\u1161\u11ab", "é", "e\u0301", "Ａ", "１", "İ",
    "Σ", "kim@naver.com", "010-1234-5678", "sk-" + "a1B2c3D4" * 6, " ->", "###", "END", "[EMAIL]",
    '"', "\\", "\ufeff", "\x00", "😀", "Label: ", "password=hunter2!x", "900101-1234568",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=8).map("".join)
oddities = st.none() | st.integers() | st.booleans() | st.lists(st.integers(), max_size=2) | texts

parts = st.fixed_dictionaries({"type": st.just("text"), "text": texts | oddities})
contents = texts | st.lists(parts | oddities, max_size=3) | oddities
arguments = st.dictionaries(st.sampled_from("ab"), texts | oddities, max_size=2).map(repr) | texts
calls = st.fixed_dictionaries(
    {"id": texts, "function": st.fixed_dictionaries({"name": texts, "arguments": arguments})}
)
messages = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "developer", "user", "assistant", "tool"])},
    optional={"content": contents, "refusal": texts, "tool_calls": st.lists(calls | oddities)},
)
conversations = st.lists(messages | oddities, max_size=4) | oddities

ROWS: dict[DatasetFormat, st.SearchStrategy[Any]] = {
    DatasetFormat.CHAT: st.fixed_dictionaries({"messages": conversations}),
    DatasetFormat.REINFORCEMENT: st.fixed_dictionaries(
        {"messages": conversations, "reference": oddities}
    ),
    DatasetFormat.COMPLETION: st.fixed_dictionaries(
        {"prompt": texts | oddities, "completion": texts | oddities}
    ),
    DatasetFormat.PREFERENCE: st.fixed_dictionaries(
        {
            "input": st.fixed_dictionaries({"messages": conversations}) | oddities,
            "preferred_output": conversations,
            "non_preferred_output": conversations,
        }
    ),
}
FORMATS = list(ROWS)
STEPS = [
    Step(step="trim"),
    Step(step="nfc"),
    Step(step="full_width"),
    Step(step="mask_private"),
    Step(step="one_system_prompt", text="You are kind.\n친절하게"),
    Step(step="separator", text=" ->"),
    Step(step="separator", text="\n\n###\n\n"),
    Step(step="end_marker", text=" END"),
    Step(step="leading_space"),
    Step(step="lower_case", columns=("prompt", "completion")),
    Step(step="drop_prefix", prompt="Label: ", completion=" "),
    Step(step="drop_prefix", completion="Label: "),
]


@st.composite
def rows_with_format(draw: st.DrawFn) -> tuple[dict[str, Any], DatasetFormat]:
    row_format = draw(st.sampled_from(FORMATS))
    row: dict[str, Any] = draw(ROWS[row_format])
    return row, row_format
