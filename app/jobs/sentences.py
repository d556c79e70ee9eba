"""Sentences made where no language is known yet: said at the edge, numbers written there too."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` is a message id with `{name}` places for `places`."""

    text: str
    places: dict[str, Any] = field(default_factory=dict)
