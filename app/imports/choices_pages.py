"""What the selects of an import's page offer, in the reader's language."""

from typing import Any

from app.datasets.imports.cells import ColumnType
from app.datasets.imports.encodings import OFFERED
from app.datasets.imports.kinds import Shape, SourceKind, TextLayout
from app.datasets.imports.mapping import Target
from app.datasets.imports.parts import PART_LABELS
from app.web.language import gettext

CHOICES: dict[str, Any] = {
    "kinds": SourceKind,
    "shapes": Shape,
    "layouts": TextLayout,
    "targets": Target,
    "types": ColumnType,
}


def list_choices() -> dict[str, Any]:
    choices: dict[str, Any] = {
        name: [(each.value, gettext(each.label)) for each in kind] for name, kind in CHOICES.items()
    }
    labels = {part: gettext(label) for part, label in PART_LABELS.items()}
    encodings = [(name, name.upper()) for name in OFFERED]
    return choices | {"labels": labels, "encodings": encodings}
