"""Roles that columns are given in the table's header, and what that does to the templates."""

import re

from app.core.text import N_
from app.datasets.imports.mapping import ALLOWED, Mapping, Target, find_path
from app.datasets.imports.suggestion import reference
from app.datasets.imports.templates import TemplateError, parse_template

ROLES = ("system", "user", "assistant", "prompt", "completion", "chosen", "rejected")
PART_LABELS = {
    "system": N_("System prompt"),
    "user": N_("User"),
    "assistant": N_("Assistant"),
    "prompt": N_("Prompt"),
    "completion": N_("Completion"),
    "chosen": N_("Chosen answer"),
    "rejected": N_("Rejected answer"),
    "turns": N_("Column with the turns"),
    "history": N_("Column with earlier turns"),
    "tools": N_("Column with tools"),
}
TAGS = r"\n?\{{\{{\s*\"?{name}\"?\s*(?:\|[^}}]*)?\}}\}}"
# Where the text of one kind of example belongs in another.
MOVES = {
    (Target.CHAT, Target.COMPLETION): {"user": "prompt", "assistant": "completion"},
    (Target.COMPLETION, Target.CHAT): {"prompt": "user", "completion": "assistant"},
    (Target.CHAT, Target.PREFERENCE): {"assistant": "chosen"},
    (Target.PREFERENCE, Target.CHAT): {"chosen": "assistant"},
}


def roles_of(target: Target) -> tuple[str, ...]:
    return tuple(role for role in ROLES if role in ALLOWED[target])


def role_of(mapping: Mapping, column: str) -> str:
    """The part that the column stands in, "" for none."""
    parts = roles_of(mapping.target)
    return next((part for part in parts if column in _columns_in(getattr(mapping, part))), "")


def give_role(mapping: Mapping, column: str, role: str) -> Mapping:
    """The column leaves the other parts and is added to the end of this one."""
    changes: dict[str, str | None] = {}
    for part in roles_of(mapping.target):
        text: str | None = getattr(mapping, part)
        if part != role and column in _columns_in(text):
            tag = TAGS.format(name=re.escape(column))
            changes[part] = re.sub(tag, "", text or "").strip("\n") or None
        elif part == role and column not in _columns_in(text):
            changes[part] = f"{text}\n{reference(column)}" if text else reference(column)
    return mapping.model_copy(update=changes)


def retarget(mapping: Mapping, before: Target) -> Mapping:
    """What was said for one kind of example, carried over to the one that is chosen now."""
    changes: dict[str, str | None] = {}
    for source, destination in MOVES.get((before, mapping.target), {}).items():
        if getattr(mapping, destination) is None:
            changes[destination] = getattr(mapping, source)
    allowed = ALLOWED[mapping.target]
    for part in (*ROLES, "history", "turns", "tools"):
        if part not in allowed:
            changes[part] = None
    return mapping.model_copy(update=changes)


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
