"""Roles that columns are given in the table's header, and what that does to the templates."""

import re
from typing import Any

from app.datasets.imports.mapping import ALLOWED, Mapping, Target, find_path
from app.datasets.imports.suggestion import reference
from app.datasets.imports.templates import TemplateError, parse_template

ROLES = ("system", "user", "assistant", "prompt", "completion", "chosen", "rejected")
FIELDS = "fields"
TAGS = r"\n?\{{\{{\s*\"?{name}\"?\s*(?:\|[^}}]*)?\}}\}}"
# Where the text of one kind of example belongs in another.
MOVES = {
    (Target.CHAT, Target.COMPLETION): {"user": "prompt", "assistant": "completion"},
    (Target.COMPLETION, Target.CHAT): {"prompt": "user", "completion": "assistant"},
    (Target.CHAT, Target.PREFERENCE): {"assistant": "chosen"},
    (Target.PREFERENCE, Target.CHAT): {"chosen": "assistant"},
}


def roles_of(target: Target) -> tuple[str, ...]:
    roles = tuple(role for role in ROLES if role in ALLOWED[target])
    return (*roles, FIELDS) if target is Target.REINFORCEMENT else roles


def role_of(mapping: Mapping, column: str) -> str:
    """The part that the column stands in, "" for none."""
    parts = _texts_of(mapping.target)
    found = (part for part in parts if column in _columns_in(getattr(mapping, part)))
    is_field = any(column in _columns_in(text) for text in mapping.fields.values())
    return next(found, FIELDS if is_field else "")


def give_role(mapping: Mapping, column: str, role: str) -> Mapping:
    """The column leaves the other parts and is added to the end of this one."""
    changes: dict[str, Any] = {"fields": _with_field(mapping, column, role)}
    for part in _texts_of(mapping.target):
        text: str | None = getattr(mapping, part)
        if part != role and column in _columns_in(text):
            tag = TAGS.format(name=re.escape(column))
            changes[part] = re.sub(tag, "", text or "").strip("\n") or None
        elif part == role and column not in _columns_in(text):
            changes[part] = f"{text}\n{reference(column)}" if text else reference(column)
    return mapping.model_copy(update=changes)


def retarget(mapping: Mapping, before: Target) -> Mapping:
    """What was said for one kind of example, carried over to the one that is chosen now."""
    changes: dict[str, Any] = {}
    for source, destination in MOVES.get((before, mapping.target), {}).items():
        if getattr(mapping, destination) is None:
            changes[destination] = getattr(mapping, source)
    allowed = ALLOWED[mapping.target]
    for part in (*ROLES, "history", "turns", "tools"):
        if part not in allowed:
            changes[part] = None
    if mapping.target is not Target.REINFORCEMENT:
        changes["fields"] = {}
    return mapping.model_copy(update=changes)


def _texts_of(target: Target) -> tuple[str, ...]:
    return tuple(role for role in roles_of(target) if role != FIELDS)


def _with_field(mapping: Mapping, column: str, role: str) -> dict[str, str]:
    """Under the column's own name; a field that is more than the column stays."""
    alone = reference(column)
    fields = {name: text for name, text in mapping.fields.items() if text != alone}
    return fields | {column: alone} if role == FIELDS else fields


def _columns_in(text: str | None) -> set[str]:
    """Columns that a template names; one that is broken names none."""
    if text is None:
        return set()
    try:
        references = parse_template(text).references
    except TemplateError:
        return set()
    names = {each.name for each in references}
    return names | {path[0] for name in names if (path := find_path(name, [name.split(".")[0]]))}
