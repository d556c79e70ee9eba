"""The table of settings in the README, made from the settings themselves."""

import sys
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.core.config import Settings

BEGIN = "<!-- settings: written by bin/readme -->\n"
END = "<!-- end of settings -->"


def settings_table() -> str:
    rows = [
        f"| `TUNEBOARD_{name.upper()}` | {default_of(field)} | {field.description} |\n"
        for name, field in Settings.model_fields.items()
    ]
    return "| Variable | Default | Meaning |\n|---|---|---|\n" + "".join(rows)


def default_of(field: FieldInfo) -> str:
    match field.get_default():
        case bool(value):
            return f"`{str(value).lower()}`"
        case list(values):
            return f"`{','.join(values)}`"
        case "" | SecretStr():
            return ""
        case value:
            return f"`{value}`"


def with_settings_table(text: str) -> str:
    """The text with a fresh table between its two marker comments."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return before + BEGIN + settings_table() + END + after


def main() -> None:
    readme = Path(sys.argv[1])
    readme.write_text(with_settings_table(readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
