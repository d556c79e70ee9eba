"""Facts about a model go by its family: the longest known beginning of its name."""

from collections.abc import Iterable


def base_name(model: str) -> str:
    """`ft:gpt-4.1-mini-2025-04-14:org::id` → `gpt-4.1-mini-2025-04-14`; `maker/name` → `name`."""
    return model.lower().removeprefix("ft:").split(":")[0].rsplit("/", 1)[-1]


def find_family(model: str, families: Iterable[str]) -> str | None:
    """The longest family the name equals or goes on from with "-" or "."; None if there is none."""
    base = base_name(model)
    fitting = [
        name for name in families if base == name or base.startswith((name + "-", name + "."))
    ]
    return max(fitting, key=len, default=None)
