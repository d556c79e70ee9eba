"""Which encoding a text is in, and the text as UTF-8, in constant memory.

UTF-8 and UTF-16 prove themselves. Among the old encodings CP949 is told from Western ones by
Hangul standing beside Hangul: an accent or a curly quotation mark stands alone between letters.
"""

import codecs
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from app.datasets.imports.kinds import Confidence

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What the pages offer; any other name that Python knows can be typed.
OFFERED = (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp949", "euc-kr", "cp1252", "latin-1",
    "shift_jis", "gb18030", "big5", "cp1251",
)  # fmt: skip
BLOCK_BYTES = 1 << 20
SAMPLE_BYTES = 1 << 20
HANGUL_PAIRS = re.compile(rb"(?:[\xb0-\xc8][\xa1-\xfe]){2,}")
HIGH = re.compile(rb"[\x80-\xff]+")
DAMAGED_SHARE = 0.05


class TextEncoding(NamedTuple):
    """`is_damaged`: some bytes are no letters; the rows that have them are left out."""

    name: str
    confidence: Confidence
    has_mark: bool = False
    is_damaged: bool = False


def find_encoding(path: Path) -> TextEncoding:
    """Reads to the first byte that is not UTF-8, mostly the whole file."""
    start = _read(path, 0, SAMPLE_BYTES)
    for mark, name in MARKS:
        if start.startswith(mark):
            return TextEncoding(name, Confidence.CERTAIN, has_mark=True)
    if wide := _find_wide(start):
        return TextEncoding(wide, Confidence.LIKELY)
    wrong_at = find_undecodable(path, "utf-8")
    if wrong_at is None:
        return TextEncoding("utf-8", Confidence.CERTAIN)
    return _find_old(path, _read(path, max(0, wrong_at - SAMPLE_BYTES // 2), SAMPLE_BYTES))


def is_known(name: str) -> bool:
    """Whether it is a text encoding at all; Python also knows codecs such as `zlib`."""
    try:
        return isinstance("a".encode(name), bytes) and bool(b"a".decode(name) or True)
    except (LookupError, UnicodeError, ValueError, TypeError):
        return False


def find_undecodable(path: Path, name: str) -> int | None:
    """Where the block begins in which the first byte is no letter; None when all are."""
    decoder = codecs.getincrementaldecoder(name)()
    done = 0
    with path.open("rb") as stream:
        while True:
            block = stream.read(BLOCK_BYTES)
            try:
                decoder.decode(block, final=not block)
            except UnicodeError as error:
                return done + (error.start if isinstance(error, UnicodeDecodeError) else 0)
            if not block:
                return None
            done += len(block)


def open_text(path: Path, encoding: TextEncoding) -> io.TextIOWrapper:
    """Undecodable bytes become U+FFFD; line ends stay as they are."""
    name = "utf-8-sig" if encoding.name == "utf-8" else encoding.name
    return io.TextIOWrapper(path.open("rb"), encoding=name, errors="replace", newline="")


def open_as_utf8(path: Path, encoding: TextEncoding) -> BinaryIO:
    """A stream of UTF-8; a file in UTF-8 is given as it stands, with its mark if it has one."""
    if encoding.name == "utf-8":
        return path.open("rb", buffering=BLOCK_BYTES)
    return io.BufferedReader(_Recoded(path, encoding), BLOCK_BYTES)


class _Recoded(io.RawIOBase):
    def __init__(self, path: Path, encoding: TextEncoding) -> None:
        super().__init__()
        self._source = path.open("rb")
        self._decoder = codecs.getincrementaldecoder(encoding.name)("replace")
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        target = memoryview(buffer)
        while not self._left:
            block = self._source.read(BLOCK_BYTES)
            text = self._decoder.decode(block, final=not block)
            self._left = text.encode("utf-8", "replace")
            if not block:
                break
        part, self._left = self._left[: len(target)], self._left[len(target) :]
        target[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self._source.close()
        super().close()


def _read(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb") as stream:
        stream.seek(offset)
        return stream.read(size)


def _find_wide(start: bytes) -> str | None:
    """UTF-16 without mark: line ends and blanks leave zeros on one side only."""
    sample = start[: len(start) // 2 * 2]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) < max(2, len(sample) // 100) or min(even, odd) > max(even, odd) // 20:
        return None
    name = "utf-16-be" if even > odd else "utf-16-le"
    return name if _decodes(sample, name) else None


def _decodes(sample: bytes, name: str) -> bool:
    try:
        codecs.getincrementaldecoder(name)().decode(sample)
    except UnicodeError:
        return False
    return True


def _find_old(path: Path, sample: bytes) -> TextEncoding:
    if _is_damaged_utf8(sample):
        return TextEncoding("utf-8", Confidence.LIKELY, is_damaged=True)
    high = sum(map(len, HIGH.findall(sample)))
    hangul = sum(map(len, HANGUL_PAIRS.findall(sample)))
    if hangul > high / 2:
        damaged = find_undecodable(path, "cp949") is not None
        return TextEncoding("cp949", Confidence.LIKELY, is_damaged=damaged)
    is_western = find_undecodable(path, "cp1252") is None
    return TextEncoding("cp1252" if is_western else "latin-1", Confidence.GUESS)


def _is_damaged_utf8(sample: bytes) -> bool:
    """A few wrong bytes among many right ones: cut or patched, not another encoding."""
    text = sample.decode("utf-8", "replace")
    letters = sum(letter > "\x7f" for letter in text)
    return text.count("\ufffd") < DAMAGED_SHARE * letters
