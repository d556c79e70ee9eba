"""The kind of a file from its first bytes, its name being a hint only."""

import re
from pathlib import Path

from app.core.errors import Invalid
from app.datasets import rules_lines
from app.datasets.imports.encodings import (
    SAMPLE_BYTES,
    TextEncoding,
    find_encoding,
    find_undecodable,
    is_known,
    open_text,
)
from app.datasets.imports.json_items import WRAPPED
from app.datasets.imports.kinds import Confidence, SourceKind, TextLayout
from app.datasets.imports.text_pairs import find_layout
from app.datasets.imports.unpacking import is_workbook
from app.datasets.lines import LFS_MARK

PARQUET_MARK = b"PAR1"
ZIP_MARK = b"PK\x03\x04"
OLD_OFFICE_MARK = b"\xd0\xcf\x11\xe0"
BINARY_MARKS = (
    b"%PDF", b"SQLite format", b"\x89PNG", b"\xff\xd8\xff", b"\x7fELF", b"Obj\x01",
    b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"ARROW1",
)  # fmt: skip
TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".psv")
SAMPLE_LETTERS = 1 << 18
# A list of messages on the first line, and another below.
MESSAGE_LISTS = re.compile(r'\[\s*\{[^\n]*"(?:role|from)"[^\n]*\]\s*\n\s*\[')


def find_binary_kind(path: Path) -> SourceKind | None:
    """None for what may be text. Raises Invalid for what is neither text nor a table."""
    with path.open("rb") as stream:
        start = stream.read(512)
    if not start.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise Invalid("There is nothing in it: 0 bytes or only blanks.", field="file")
    if start.startswith(PARQUET_MARK):
        return SourceKind.PARQUET
    if start.startswith(ZIP_MARK) and is_workbook(path):
        return SourceKind.WORKBOOK
    if start.startswith(OLD_OFFICE_MARK):
        raise Invalid("This is an older Excel file or one with a password. Save it as .xlsx "
                      "without a password.", field="file")  # fmt: skip
    if start.startswith(LFS_MARK):
        raise Invalid(rules_lines.LFS_POINTER.sentence, field="file")
    if start.startswith((*BINARY_MARKS, ZIP_MARK)):
        raise Invalid("This is neither text nor a table that can be read.", field="file")
    return None


def choose_encoding(path: Path, wanted: str | None) -> TextEncoding:
    """The wanted one, checked against the whole file, or the one found. Raises Invalid."""
    if wanted is None:
        encoding = find_encoding(path)
    elif not is_known(wanted):
        raise Invalid("There is no encoding “{name}”.", field="encoding", name=wanted)
    else:
        damaged = find_undecodable(path, wanted) is not None
        encoding = TextEncoding(wanted.lower(), Confidence.CERTAIN, is_damaged=damaged)
    return encoding


def read_text_sample(path: Path, encoding: TextEncoding) -> str:
    """Raises Invalid where it is no text."""
    with open_text(path, encoding) as stream:
        sample = stream.read(SAMPLE_LETTERS).removeprefix("\ufeff")
    controls = len(re.findall(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", sample[:SAMPLE_BYTES]))
    if controls > len(sample) // 50 or sample.count("\ufffd") > max(8, len(sample) // 4):
        raise Invalid("This is neither text nor a table that can be read.", field="file")
    return sample


def find_text_kind(sample: str, name: str) -> SourceKind:
    """Whether the text is JSON; what is not is a table, or text where nothing separates cells."""
    text = sample.lstrip()
    if text[:1] == "{" and re.match(r"\{\s*[\"'}\n]", text):
        return _find_json_kind(text)
    if MESSAGE_LISTS.match(text):
        return SourceKind.JSON_LINES
    if re.match(r"\[\s*([\[{\]]|$)", text) and not name.lower().endswith(TABLE_SUFFIXES):
        return SourceKind.JSON
    return SourceKind.TEXT if is_marked(sample, name) else SourceKind.DELIMITED


def is_marked(sample: str, name: str) -> bool:
    is_table = name.lower().endswith(TABLE_SUFFIXES)
    return not is_table and find_layout(sample) is TextLayout.MARKED


def _find_json_kind(text: str) -> SourceKind:
    """An object whose first line is not its last goes on below."""
    if WRAPPED.match(text[:4096].encode("utf-8", "replace")):
        return SourceKind.JSON
    first = text.split("\n", 1)[0].rstrip()
    goes_on = "\n" in text.strip() and first.endswith(("{", "[", ",", ":")) and first[-2:] != "},"
    return SourceKind.JSON if goes_on else SourceKind.JSON_LINES
