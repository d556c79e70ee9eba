"""Names of files as people send them: text to show, never a path."""

from app.core.errors import Invalid

ACCEPTED_SUFFIX = ".jsonl"
LONGEST_FILENAME = 255


def clean_filename(name: str | None) -> str:
    """The last part of what was given, without characters that only act on a screen."""
    last = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable()).strip()[-LONGEST_FILENAME:]


def accept_filename(name: str | None, size: int) -> str:
    """The cleaned name of a file that may come in, of `size` bytes."""
    filename = clean_filename(name)
    if not filename:
        raise Invalid("Choose a file.", field="file")
    if not filename.lower().endswith(ACCEPTED_SUFFIX):
        raise Invalid("“{name}” is not a .jsonl file.", field="file", name=filename)
    if size == 0:
        raise Invalid("“{name}” is empty.", field="file", name=filename)
    return filename
