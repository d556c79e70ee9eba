"""The trainers there are: the built-in one, and those of installed packages."""

from collections.abc import Iterable
from functools import cache
from importlib.metadata import entry_points

from app.core.logs import log
from app.engine.trainers.base import Base, TrainerPlugin
from app.engine.trainers.ngram.plugin import NgramPlugin

GROUP = "tuneboard.trainers"
BUILT_IN = "ngram"


class TrainerMissing(Exception):
    """The trainer of a base model is not installed (any more)."""

    def __init__(self, base: str) -> None:
        super().__init__(f"The trainer of the model {base} is not installed on this server.")


def get_bases() -> dict[str, Base]:
    """Every base model by its name, those of the built-in trainer first."""
    return {name: base for name, (base, _) in _declared().items()}


def get_plugin(base: str) -> TrainerPlugin:
    """Raises TrainerMissing."""
    if base not in _declared():
        raise TrainerMissing(base)
    return _declared()[base][1]


@cache
def _declared() -> dict[str, tuple[Base, TrainerPlugin]]:
    return collect_bases({BUILT_IN: NgramPlugin(), **dict(_load_plugins())})


def collect_bases(plugins: dict[str, TrainerPlugin]) -> dict[str, tuple[Base, TrainerPlugin]]:
    """Who declares a name first keeps it."""
    declared: dict[str, tuple[Base, TrainerPlugin]] = {}
    for name, plugin in plugins.items():
        for base in plugin.bases:
            if base.name in declared:
                log.error("engine base model declared twice", trainer=name, base=base.name)
            else:
                declared[base.name] = (base, plugin)
    return declared


def _load_plugins() -> Iterable[tuple[str, TrainerPlugin]]:
    """One that cannot be loaded must not stop the others."""
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        if entry.name != BUILT_IN:  # always there, also where its entry point is not yet
            try:
                yield entry.name, entry.load()()
            except Exception as error:  # noqa: BLE001 - whatever a foreign package raises
                log.error("engine trainer cannot be loaded", trainer=entry.name, exc_info=error)
