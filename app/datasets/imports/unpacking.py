"""`.gz` and `.zip`, unpacked within limits into a folder of ours.

Names inside of an archive are text to show and to choose by; nothing is ever written under them.
"""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from app.core.errors import Invalid, TooLarge
from app.datasets.filenames import clean_filename
from app.datasets.imports.options import Limits

GZIP_MARK = b"\x1f\x8b"
ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
BLOCK_BYTES = 1 << 20
UTF8_FLAG = 0x800
ENCRYPTED_FLAG = 0x1
READABLE = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".xlsx", ".parquet", ".txt", ".tab")
# What zipfile and zlib raise on archives made to harm.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, KeyError)


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The bytes to read, under the name to show; `members` are the choices in a .zip."""

    path: Path
    name: str
    members: tuple[str, ...] = ()
    member: str | None = None


def unpack(path: Path, name: str, folder: Path, member: str | None, limits: Limits) -> Unpacked:
    """What is not packed stays where it is. Raises Invalid or TooLarge."""
    start = _first_bytes(path)
    if start.startswith(GZIP_MARK):
        return _unpack_gzip(path, name, folder, limits)
    if start.startswith(ZIP_MARKS) and not is_workbook(path):
        return _unpack_zip(path, folder, member, limits)
    return Unpacked(path, clean_filename(name))


def is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.NameToInfo
    except BROKEN:
        return False


def copy_within(source: Readable, target: IO[bytes], packed: int, limits: Limits) -> int:
    """Copies what unpacks and returns its length."""
    size = 0
    while block := source.read(BLOCK_BYTES):
        size += len(block)
        refuse_growth(packed, size, limits)
        target.write(block)
    return size


def refuse_growth(packed: int, unpacked: int, limits: Limits) -> None:
    if unpacked > limits.unpacked_bytes:
        raise TooLarge("Unpacked it is larger than the {limit:,} bytes that are read.",
                       limit=limits.unpacked_bytes)  # fmt: skip
    if unpacked > max(limits.small_bytes, packed * limits.ratio):
        raise TooLarge("It unpacks to more than {ratio} times its size, which is refused.",
                       ratio=limits.ratio)  # fmt: skip


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(4)


def _unpack_gzip(path: Path, name: str, folder: Path, limits: Limits) -> Unpacked:
    target = folder / "unpacked"
    with _broken_refused(), gzip.open(path) as source, target.open("wb") as stream:
        copy_within(source, stream, path.stat().st_size, limits)
    _refuse_nested(target)
    return Unpacked(target, clean_filename(name).removesuffix(".gz"))


def _unpack_zip(path: Path, folder: Path, member: str | None, limits: Limits) -> Unpacked:
    target = folder / "unpacked"
    with _broken_refused(), zipfile.ZipFile(path) as archive:
        members = _members(archive, limits)
        chosen = _choose(members, member)
        info = members[chosen]
        if info.flag_bits & ENCRYPTED_FLAG:
            raise Invalid("The archive is protected by a password. Unpack it first.", field="file")
        with archive.open(info) as source, target.open("wb") as stream:
            copy_within(source, stream, info.compress_size, limits)
    _refuse_nested(target)
    return Unpacked(target, clean_filename(chosen), tuple(members), chosen)


def _members(archive: zipfile.ZipFile, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """The parts by the names they are shown under."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > limits.members:
        raise TooLarge("The archive has more than {limit} parts.", limit=limits.members)
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = _shown_name(info)
        if not name.startswith("__MACOSX/") and not name.rsplit("/", 1)[-1].startswith("."):
            found[_unique(name, found)] = info
    if not found:
        raise Invalid("The archive holds nothing to read.", field="file")
    return found


def _shown_name(info: zipfile.ZipInfo) -> str:
    """Archives made by Korean Windows write names in CP949 without saying so."""
    name = info.filename
    if not info.flag_bits & UTF8_FLAG:
        try:
            name = name.encode("cp437").decode("cp949")
        except UnicodeError:
            name = info.filename
    return "".join(letter for letter in name if letter.isprintable()) or "?"


def _unique(name: str, taken: dict[str, zipfile.ZipInfo]) -> str:
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name} ({number})"
    return unique


def _choose(members: dict[str, zipfile.ZipInfo], wanted: str | None) -> str:
    if wanted is not None:
        if wanted in members:
            return wanted
        raise Invalid("The archive has no part “{name}”.", field="member", name=wanted)
    readable = [name for name in members if name.lower().endswith(READABLE)]
    return (readable or list(members))[0]


def _refuse_nested(path: Path) -> None:
    start = _first_bytes(path)
    if start.startswith(GZIP_MARK) or (start.startswith(ZIP_MARKS) and not is_workbook(path)):
        raise Invalid("An archive inside of an archive is not opened.", field="file")


@contextmanager
def _broken_refused() -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise Invalid("The archive is damaged and cannot be unpacked.", field="file") from error
