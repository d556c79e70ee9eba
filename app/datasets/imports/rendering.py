"""One row of a source becomes one example, as the mapping says."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import orjson

from app.datasets.imports import rows
from app.datasets.imports.cells import ColumnType, cell_text, is_blank, typed_text
from app.datasets.imports.mapping import (
    Mapping,
    MappingProblem,
    Target,
    check_mapping,
    find_path,
    templates_of,
)
from app.datasets.imports.rows import LeftOut, Values
from app.datasets.imports.sharegpt import (
    Message,
    is_turns,
    read_history,
    read_tools,
    read_turns,
    without_system,
)
from app.datasets.imports.templates import Template, parse_template

Example = dict[str, Any]


class MappingRefused(Exception):
    """The mapping does not fit the columns."""

    def __init__(self, problems: Sequence[MappingProblem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = tuple(problems)


class Cells:
    """The texts of one row by the names in templates, each made once."""

    def __init__(
        self, values: Values, paths: dict[str, tuple[str, ...]], types: dict[str, ColumnType]
    ) -> None:
        self.values = values
        self._paths = paths
        self._types = types
        self._texts: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        text = self._texts.get(name)
        if text is None:
            type_ = self._types.get(name)
            value = self.value(name)
            text = cell_text(value) if type_ is None else typed_text(value, type_, name)
            self._texts[name] = text
        return text

    def value(self, name: str) -> Any:
        path = self._paths[name]
        if len(path) == 1:
            return self.values.get(name)
        found: Any = self.values
        for step in path:
            if isinstance(found, dict):
                found = found.get(step)
            elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
                found = found[int(step)]
            else:
                return None
        return found


class Rendered(NamedTuple):
    """`key` is by which rows count as the same, `sort_value` by which they are put in order."""

    example: Example
    key: str | None
    sort_value: str | None


class Renderer:
    """Raises MappingRefused when the mapping does not fit the columns."""

    def __init__(self, mapping: Mapping, columns: Sequence[str]) -> None:
        if problems := check_mapping(mapping, columns):
            raise MappingRefused(problems)
        self._mapping = mapping
        self._skips_empty = mapping.skip_empty
        self._types, self._sort_by = dict(mapping.types), mapping.sort_by
        self._templates = {
            part: parse_template(text) for part, text in templates_of(mapping).items()
        }
        names = {ref.name for each in self._templates.values() for ref in each.references}
        named = {mapping.history, mapping.turns, mapping.tools, mapping.sort_by, *mapping.types}
        self._paths = {
            name: path for name in names | named if name and (path := find_path(name, columns))
        }
        self._build = self._builders()[mapping.target]

    def render(self, values: Values) -> Rendered:
        """Raises LeftOut."""
        cells = Cells(values, self._paths, self._types)
        unique_by, sort_by = self._templates.get("unique_by"), self._sort_by
        return Rendered(
            self._build(cells),
            unique_by.render(cells) if unique_by else None,
            cells(sort_by) if sort_by else None,
        )

    def _builders(self) -> dict[Target, Callable[[Cells], Example]]:
        return {
            Target.CHAT: self._chat,
            Target.COMPLETION: self._completion,
            Target.PREFERENCE: self._preference,
            Target.REINFORCEMENT: self._reinforcement,
            Target.CONVERSATIONS: self._conversation,
            Target.KEEP: lambda cells: cells.values,
        }

    def _chat(self, cells: Cells) -> Example:
        answer = {"role": "assistant", "content": self._part("assistant", cells)}
        return {"messages": [*self._question(cells), answer]} | self._tools(cells)

    def _completion(self, cells: Cells) -> Example:
        return {part: self._part(part, cells) for part in ("prompt", "completion")}

    def _reinforcement(self, cells: Cells) -> Example:
        fields = {name: self._field(f"fields.{name}", cells) for name in self._mapping.fields}
        return {"messages": self._question(cells)} | self._tools(cells) | fields

    def _field(self, part: str, cells: Cells) -> Any:
        """A column alone keeps its kind, or takes the one it was given; all else is a text."""
        text = self._part(part, cells)
        column = self._templates[part].column
        if column is None or self._types.get(column) is ColumnType.TEXT:
            return text
        if column in self._types:
            return orjson.loads(text) if text else None
        value = cells.value(column)
        return text if is_blank(value) or isinstance(value, str) else value

    def _preference(self, cells: Cells) -> Example:
        """Answers given as whole conversations bring the question with them."""
        before, chosen = self._answers("chosen", cells)
        _, rejected = self._answers("rejected", cells)
        asked = self._question(cells) if self._mapping.user else self._system(cells) + before
        if not any(message["role"] == "user" for message in asked):
            raise LeftOut(rows.EMPTY_PART.about(part="user"))
        return {
            "input": {"messages": asked} | self._tools(cells),
            "preferred_output": chosen,
            "non_preferred_output": rejected,
        }

    def _conversation(self, cells: Cells) -> Example:
        assert self._mapping.turns
        messages = read_turns(cells.value(self._mapping.turns))
        if not any(message["role"] in {"system", "developer"} for message in messages):
            messages = self._system(cells) + messages
        return {"messages": messages} | self._tools(cells)

    def _question(self, cells: Cells) -> list[Message]:
        template = self._templates["user"]
        turns = _turns_of(template, cells)
        asked = turns or [{"role": "user", "content": self._part("user", cells)}]
        history = self._mapping.history
        past = read_history(cells.value(history)) if history else []
        return [*self._system(cells), *past, *asked]

    def _system(self, cells: Cells) -> list[Message]:
        template = self._templates.get("system")
        text = template.render(cells) if template else ""
        return [{"role": "system", "content": text}] if text.strip() else []

    def _answers(self, part: str, cells: Cells) -> tuple[list[Message], list[Message]]:
        """What stands before the last answer, and the last answer."""
        turns = _turns_of(self._templates[part], cells)
        if turns is None:
            return [], [{"role": "assistant", "content": self._part(part, cells)}]
        if turns[-1]["role"] != "assistant":
            raise LeftOut(rows.EMPTY_PART.about(part=part))
        return turns[:-1], turns[-1:]

    def _tools(self, cells: Cells) -> Example:
        name = self._mapping.tools
        tools = read_tools(cells.value(name)) if name else None
        return {"tools": tools} if tools else {}

    def _part(self, part: str, cells: Cells) -> str:
        template = self._templates[part]
        text = template.render(cells)
        is_empty = not text or text.isspace() or (not template.column and template.is_empty(cells))
        if is_empty and self._skips_empty:
            raise LeftOut(rows.EMPTY_PART.about(part=part))
        return text


def drop_system(example: Example) -> Example:
    """The same example without system messages, whatever its format."""
    if isinstance(example.get("input"), dict):
        return example | {"input": drop_system(example["input"])}
    messages = example.get("messages")
    if not isinstance(messages, list) or not all(isinstance(each, dict) for each in messages):
        return example
    return example | {"messages": without_system(messages)}


def _turns_of(template: Template, cells: Cells) -> list[Message] | None:
    value = cells.value(template.column) if template.column else None
    return read_turns(value) if is_turns(value) else None
