"""Recognitions and first rows as documents that are kept in the import's row."""

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from app.datasets.imports.cells import ColumnType
from app.datasets.imports.columns import Column
from app.datasets.imports.encodings import TextEncoding
from app.datasets.imports.kinds import Confidence, Shape, SourceKind, TextLayout
from app.datasets.imports.recognition import Recognition, Remark
from app.datasets.imports.rows import Reason, SourceRow
from app.datasets.imports.sources import Source

SAMPLE_ROWS = 20
SAMPLE_LETTERS = 1_000_000
LONGEST_TEXT = 100_000
Document = dict[str, Any]


def recognition_document(found: Recognition) -> Document:
    document = asdict(found)
    encoding = found.encoding
    document["encoding"] = encoding._asdict() if encoding else None
    document["remarks"] = [remark._asdict() for remark in found.remarks]
    return plain(document)  # type: ignore[no-any-return]


def read_recognition(document: Document) -> Recognition:
    known = document | {
        "kind": SourceKind(document["kind"]),
        "shape": Shape(document["shape"]),
        "confidence": Confidence(document["confidence"]),
        "columns": tuple(_column(each) for each in document["columns"]),
        "encoding": _encoding(document["encoding"]),
        "sheets": tuple(document["sheets"]),
        "members": tuple(document["members"]),
        "text_layout": TextLayout(document["text_layout"]) if document["text_layout"] else None,
        "remarks": tuple(Remark(**each) for each in document["remarks"]),
    }
    return Recognition(**known)


def sample_documents(rows: Iterable[SourceRow]) -> list[Document]:
    """As many of the first rows as are shown, fewer where they are long."""
    kept: list[Document] = []
    letters = 0
    for row in rows:
        document = plain(row._asdict() | {"reason": reason_document(row.reason)})
        letters += len(str(document))
        if letters > SAMPLE_LETTERS and kept:
            break
        kept.append(document)
        if len(kept) == SAMPLE_ROWS:
            break
    return kept


def sample_source(recognition: Document, sample: list[Document]) -> Source:
    """The first rows as a source of their own: what is previewed needs no file."""
    rows = [SourceRow(**(row | {"reason": _reason(row["reason"])})) for row in sample]
    return Source(read_recognition(recognition), lambda: iter(rows))


def reason_document(reason: Reason | None) -> Document | None:
    return reason._asdict() | {"params": dict(reason.params)} if reason else None


def plain(value: Any) -> Any:
    """What any database takes as JSON: long texts shortened, no NUL, no NaN."""
    match value:
        case str():
            return str(value)[:LONGEST_TEXT].replace("\x00", "\ufffd")
        case dict():
            return {plain(str(key)): plain(each) for key, each in value.items()}
        case list() | tuple():
            return [plain(each) for each in value]
        case float():
            return value if math.isfinite(value) else None
        case bool() | int() | None:
            return value
    return str(value)


def _column(document: Document) -> Column:
    values = {"type": ColumnType(document["type"]), "examples": tuple(document["examples"])}
    return Column(**(document | values))


def _encoding(document: Document | None) -> TextEncoding | None:
    if document is None:
        return None
    return TextEncoding(**(document | {"confidence": Confidence(document["confidence"])}))


def _reason(document: Document | None) -> Reason | None:
    if document is None:
        return None
    return Reason(**(document | {"params": tuple(document["params"].items())}))
