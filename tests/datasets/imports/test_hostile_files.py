"""Whatever the bytes are: rows, rows left out with a reason, or a refusal in one sentence."""

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.core.errors import DomainError
from app.datasets.imports.conversion import convert
from app.datasets.imports.preview import preview
from app.datasets.imports.rendering import MappingRefused
from app.datasets.imports.sources import open_source
from app.datasets.imports.suggestion import suggest_mapping
from tests.datasets.imports.files import recognise

STARTS = [
    b"",
    b"[",
    b"{",
    b'{"data": [{',
    b"a,b\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"sep=;\n",
    b"Q: ",
]
pieces = st.sampled_from(
    [b'"', b"{", b"}", b"[", b"]", b",", b";", b"\n", b"\r\n", b"\x00", b"\\", b"a", b"1", b":",
     b"\xc7\xd1\xb1\xdb", "한글".encode(), b"\xff", b"null", b'{"a": 1}', b"|", b"\t", b" "]
)  # fmt: skip
texts = st.builds(lambda start, rest: start + b"".join(rest), st.sampled_from(STARTS),
                  st.lists(pieces, max_size=40))  # fmt: skip


def import_anything(content: bytes, folder: Path) -> str:
    """What was said or made of it; anything but a refusal goes through."""
    path = folder / "upload"
    path.write_bytes(content)
    try:
        with open_source(path) as source:
            mapping = suggest_mapping(source.recognition)
            shown = preview(source, mapping)
            assert all(remark.message for remark in source.recognition.remarks)
            done = convert(source, mapping, folder / "out.jsonl")
            assert done.rows == done.examples + len(done.left_out)
            return f"{len(shown.rows)} {done.examples}"
    except DomainError as error:
        return error.message
    except MappingRefused as error:
        return "; ".join(problem.message for problem in error.problems)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200
)
@example(b"PAR1")
@example(b"PK\x03\x04 not really")
@example(gzip.compress(b"[" * 100_000))
@example(b"[" * 100_000)
@example(b'{"a":' * 50_000)
@example(b'"' * 9_001)
@given(st.binary(max_size=300) | texts)
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    assert import_anything(content, tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "nothing in it"),
        (b" \n\n ", "nothing in it"),
        (b"\xef\xbb\xbf", "nothing in it"),
        (b"%PDF-1.7 ...", "neither text nor a table"),
        (bytes(range(256)) * 20, "neither text nor a table"),
        (b"version https://git-lfs.github.com/spec/v1\noid x", "Git LFS"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
    ],
)
def test_what_is_no_data_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(DomainError, match=words):
        recognise(path)
