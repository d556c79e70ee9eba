"""Texts that were read in another encoding than they were written in.

Four accidents, told by undoing them: UTF-8 read as Latin-1 or Windows-1252 (“ì•ˆë…•”), CP949 read
as those (“¾È³ç”), UTF-8 read as CP949 (“?덈뀞”), and the marks of what could not be read, read once
more (“占쏙옙”).
"""

import re

from app.datasets.letters import Counts, Kind

_WINDOWS = {
    byte.to_bytes().decode("cp1252"): byte
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_UTF8_AS_LATIN = re.compile(f"(?:[\u00c2-\u00f4][\x80-\xbf{''.join(_WINDOWS)}]+)+")
_CP949_AS_LATIN = re.compile("[\xa1-\xfe]{4,}")
_LEAST_LATIN = 6
_READ_TWICE = re.compile("占쏙|占쎈|占쏀|ï¿½")
_LEAST_RARE, _RARE_SHARE = 3, 0.2
_PLAUSIBLE = re.compile(
    "[\u00a0-\u024f\u0370-\u03ff\u0400-\u04ff\u2010-\u203a\u20ac\u2122\u3000-\u30ff\u3131-\u318e"
    "\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufeff-\uffef\U0001f000-\U0001faff]+"
)


def find_mojibake(text: str, counts: Counts) -> int | None:
    """Where it begins. `counts` is the census of the text."""
    if counts[Kind.HIGH]:
        starts = (m.start() for m in _UTF8_AS_LATIN.finditer(text) if _decodes(m[0]))
        start = next(starts, _find_cp949_read_as_latin(text))
        if start is not None:
            return start
    if counts[Kind.RARE] >= _LEAST_RARE:
        syllables = counts[Kind.HANGUL] + counts[Kind.RARE]
        if counts[Kind.RARE] >= _RARE_SHARE * syllables:
            return 0
    found = _READ_TWICE.search(text) if counts[Kind.HAN] or counts[Kind.HIGH] else None
    return found.start() if found else None


def _decodes(garbled: str) -> bool:
    """Two letters may meet by chance, unless the first is one that Western letters begin with."""
    raw = bytes(_WINDOWS.get(letter, ord(letter)) for letter in garbled)
    found = raw.decode("utf-8", "ignore") if _begins_whole(raw) else ""
    if not _PLAUSIBLE.fullmatch(found):
        return False
    return len(raw) > 2 or garbled[0] in "ÂÃ"


def _begins_whole(raw: bytes) -> bool:
    """Valid UTF-8 but for a cut end."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and error.start > 0
    return True


def _find_cp949_read_as_latin(text: str) -> int | None:
    runs = [match for match in _CP949_AS_LATIN.finditer(text) if _read_as_cp949(match[0])]
    letters = sum(len(run[0]) for run in runs)
    return runs[0].start() if letters >= _LEAST_LATIN else None


def _read_as_cp949(run: str) -> str:
    """Korean syllables, or nothing; also nothing of a sign repeated."""
    if len(set(run)) <= 2:
        return ""
    try:
        found = run.encode("latin-1").decode("cp949")
    except UnicodeDecodeError:
        return ""
    return found if all("가" <= letter <= "힣" for letter in found) else ""
