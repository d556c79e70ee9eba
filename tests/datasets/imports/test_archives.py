"""`.gz` and `.zip`: unpacked within limits, never under their own names."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from app.core.errors import DomainError
from app.datasets.imports.options import Limits, SourceOptions
from app.datasets.imports.sources import open_source
from tests.datasets.imports.files import REVIEWS, read_values, recognise, write_workbook


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_packed_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv.gz"
    path.write_bytes(gzip.compress(REVIEWS.encode()))
    assert recognise(path).name == "reviews.csv"
    assert read_values(path)[0] == {"review": "Good app", "star": "5"}


def test_the_first_readable_part_is_read_and_others_can_be_chosen(tmp_path: Path) -> None:
    parts = {
        "__MACOSX/._a": b"x", "readme.md": b"hello", "a.csv": REVIEWS.encode(),
        "b/c.csv": b"x,y\n1,a",
    }  # fmt: skip
    path = write_zip(tmp_path / "all.zip", parts)
    found = recognise(path)
    assert (found.member, found.members) == ("a.csv", ("readme.md", "a.csv", "b/c.csv"))
    assert recognise(path, member="b/c.csv").column_names == ("x", "y")
    with pytest.raises(DomainError, match="no part"):
        recognise(path, member="../../etc/passwd")


def test_a_workbook_may_be_packed(tmp_path: Path) -> None:
    book = write_workbook(tmp_path / "r.xlsx", {"Data": [["review", "star"], ["good", 5]]})
    path = write_zip(tmp_path / "r.zip", {"r.xlsx": book.read_bytes()})
    assert read_values(path) == [{"review": "good", "star": 5.0}]


def test_names_are_never_paths(tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    evil = "../../evil.csv"
    path = write_zip(folder / "r.zip", {evil: REVIEWS.encode(), "/etc/evil.csv": b"a,b\n1,2\n"})
    assert recognise(path).name == "evil.csv"
    assert recognise(path, member="/etc/evil.csv").column_names == ("a", "b")
    assert {each.name for each in tmp_path.rglob("*")} == {"inside", "r.zip"}


def test_korean_names_are_shown_as_they_were_meant(tmp_path: Path) -> None:
    path = tmp_path / "r.zip"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("reviews_.csv", REVIEWS)
    path.write_bytes(stream.getvalue().replace(b"reviews_", "리뷰모음".encode("cp949")))
    assert recognise(path).members == ("리뷰모음.csv",)


@pytest.mark.parametrize("suffix", ["gz", "zip"])
def test_a_bomb_is_refused(tmp_path: Path, suffix: str) -> None:
    zeros = b"review,star\n" + b"0" * (40 << 20)
    path = tmp_path / f"bomb.csv.{suffix}"
    if suffix == "gz":
        path.write_bytes(gzip.compress(zeros))
    else:
        write_zip(path, {"bomb.csv": zeros})
    with pytest.raises(DomainError, match="times its size"), open_source(path):
        pass
    limits = Limits(unpacked_bytes=1 << 20)
    with pytest.raises(DomainError, match="larger than"), open_source(path, limits=limits):
        pass


def test_too_many_parts_are_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "many.zip", {f"{number}.csv": b"x" for number in range(20)})
    with (
        pytest.raises(DomainError, match="more than 10 parts"),
        open_source(path, limits=Limits(members=10)),
    ):
        pass


def test_an_archive_in_an_archive_is_refused(tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "inner.zip", {"a.csv": REVIEWS.encode()})
    paths = [tmp_path / "a.zip", tmp_path / "b.gz", tmp_path / "c.gz"]
    write_zip(paths[0], {"inner.zip": inner.read_bytes()})
    paths[1].write_bytes(gzip.compress(inner.read_bytes()))
    paths[2].write_bytes(gzip.compress(gzip.compress(REVIEWS.encode())))
    for path in paths:
        with pytest.raises(DomainError, match="inside of an archive"), open_source(path):
            pass


def test_damaged_and_empty_archives_are_refused(tmp_path: Path) -> None:
    whole = write_zip(tmp_path / "r.zip", {"a.csv": REVIEWS.encode() * 50}).read_bytes()
    packed = gzip.compress(REVIEWS.encode() * 50)
    damaged = [whole[:60], whole[:-10], whole[:40] + b"\xff" * 20 + whole[60:], packed[:40],
               packed[:20] + b"\xff" * 9 + packed[29:], b"PK\x05\x06" + bytes(18)]  # fmt: skip
    for number, content in enumerate(damaged):
        path = tmp_path / f"damaged{number}"
        path.write_bytes(content)
        with pytest.raises(DomainError), open_source(path, options=SourceOptions()):
            pass
