"""Mappings as YAML (or JSON, which is YAML too), and what is wrong in one, with its line."""

import re
from collections.abc import Hashable
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.core.errors import Invalid
from app.core.text import N_
from app.datasets.imports.mapping import Mapping

LONGEST_DOCUMENT = 1 << 18
NO_MAPPING = N_("A mapping consists of keys with values, such as “target: chat”.")
OTHERWISE = N_("Line {line}: what stands at “{key}” cannot be used.")
SENTENCES = {
    "missing": N_("The key “{key}” is missing."),
    "extra_forbidden": N_("Line {line}: there is no key “{key}” in a mapping."),
    "enum": N_("Line {line}: “{key}” is one of {choices}."),
    "string_type": N_("Line {line}: “{key}” is a text; put it in quotation marks."),
    "string_too_long": N_("Line {line}: “{key}” is too long."),
    "string_too_short": N_("Line {line}: “{key}” is too short."),
    "too_long": N_("Line {line}: “{key}” is too long."),
    "dict_type": N_("Line {line}: below “{key}” stand names with values."),
    "bool_type": N_("Line {line}: “{key}” is true or false."),
    "bool_parsing": N_("Line {line}: “{key}” is true or false."),
    "int_type": N_("Line {line}: “{key}” is a whole number."),
    "int_parsing": N_("Line {line}: “{key}” is a whole number."),
}


def read_mapping(document: bytes | str) -> Mapping:
    """Raises Invalid, which says the line and the key."""
    if len(document) > LONGEST_DOCUMENT:
        raise Invalid("The mapping is too long.", field="mapping")
    try:
        root, data = _load(document)
    except yaml.MarkedYAMLError as error:
        raise _no_yaml(error) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Invalid("The mapping is no YAML.", field="mapping") from error
    if root is None or not isinstance(data, dict):
        raise Invalid(NO_MAPPING, field="mapping")
    try:
        return Mapping.model_validate(data)
    except ValidationError as error:
        raise _wrong(error.errors(include_url=False)[0], root) from error


def write_mapping(mapping: Mapping) -> str:
    """As YAML, without what is as it is by default."""
    data = mapping.model_dump(mode="json", exclude_defaults=True)
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


class _Loader(yaml.SafeLoader):
    """Without references, by which a short text stands for a very long one; no key twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "references are not read", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            if str(key.value) in seen:
                problem = f"the key “{key.value}” stands here twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """Line ends are written as `\\n`, and whatever else is no letter in such a way too."""

    def represent_text(self, text: str) -> yaml.ScalarNode:
        style = None if text.isprintable() else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _Dumper.represent_text)


def _load(document: bytes | str) -> tuple[yaml.Node | None, Any]:
    text = document.decode("utf-8-sig") if isinstance(document, bytes) else document
    if text.lstrip().startswith("{"):  # YAML knows no tabs before lines, JSON does
        text = re.sub(r"^\t+", lambda tabs: "  " * len(tabs[0]), text, flags=re.MULTILINE)
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        return root, None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()


def _no_yaml(error: yaml.MarkedYAMLError) -> Invalid:
    mark = error.problem_mark or error.context_mark
    return Invalid(
        "Line {line}, letter {column}: this is no YAML ({problem}).",
        field="mapping",
        line=mark.line + 1 if mark else 1,
        column=mark.column + 1 if mark else 1,
        problem=(error.problem or error.context or "")[:200],
    )


def _wrong(error: ErrorDetails, root: yaml.Node) -> Invalid:
    """`choices` are what pydantic names as `'a', 'b' or 'c'`."""
    keys = [str(key) for key in error["loc"]]
    choices = re.findall(r"'([^']*)'", str(error.get("ctx", {}).get("expected", "")))
    return Invalid(
        SENTENCES.get(error["type"], OTHERWISE),
        field="mapping",
        line=_line_of(root, keys),
        key=".".join(keys)[:200],
        choices=", ".join(choices),
    )


def _line_of(node: yaml.Node, keys: list[str]) -> int:
    """Where the innermost of the keys stands that is there."""
    line = node.start_mark.line + 1
    for wanted in keys:
        found = [
            (key, value)
            for key, value in (node.value if isinstance(node, yaml.MappingNode) else [])
            if key.value == wanted
        ]
        if not found:
            break
        line, node = found[0][0].start_mark.line + 1, found[0][1]
    return line
