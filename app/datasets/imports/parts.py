"""What the parts of a mapping are called, on pages and in sentences."""

from collections.abc import Callable, Mapping

from app.core.text import N_

PART_LABELS = {
    "system": N_("System prompt"),
    "user": N_("User"),
    "assistant": N_("Assistant"),
    "prompt": N_("Prompt"),
    "completion": N_("Completion"),
    "chosen": N_("Chosen answer"),
    "rejected": N_("Rejected answer"),
    "fields": N_("Fields for graders"),
    "turns": N_("Column with the turns"),
    "history": N_("Column with earlier turns"),
    "tools": N_("Column with tools"),
    "unique_by": N_("Only one row for each"),
    "sort_by": N_("Order by"),
}


def label_of(part: str) -> str:
    """A msgid, or the name of a field as a person gave it."""
    return PART_LABELS.get(part, part.removeprefix("fields."))


def word(sentence: str, params: Mapping[str, object], translate: Callable[[str], str] = str) -> str:
    """The sentence with its values; parts and kinds are called what the page calls them."""
    said = name_part(params, translate)
    if isinstance(kind := said.get("kind"), str):
        said["kind"] = translate(kind)
    return translate(sentence).format(**said)


def name_part(
    params: Mapping[str, object], translate: Callable[[str], str] = str
) -> dict[str, object]:
    part = params.get("part")
    if not isinstance(part, str):
        return dict(params)
    label = label_of(part)
    return dict(params) | {"part": translate(label) if part in PART_LABELS else label}
