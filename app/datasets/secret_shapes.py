"""Secrets that programs use: keys of providers, tokens, private keys, passwords beside their name.

Long shapes with a marker of their own are believed; what stands after a word such as `password=`
only when it is no stand-in and no code.
"""

import re
from collections import Counter
from collections.abc import Iterator
from math import log2

Span = tuple[int, int]

LEAST_ENTROPY = 2.2  # bits a letter; "changeme" has 2.75, so stand-ins have a list of their own
LEAST_TOKEN_ENTROPY = 3.0

_KEY_BLOCK = (
    r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----"
    r"(?:[\s\S]{0,20000}?-----END [A-Z0-9 ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----"
    r"|[A-Za-z0-9+/=\\\s]{40,})"
)
# A marker that is cheap to look for, and the shape around it.
_SHAPES = tuple(
    (marker, re.compile(shape))
    for marker, shape in (
        ("sk-", r"(?<![A-Za-z0-9])sk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{20,}"),
        ("k_live_", r"(?<![A-Za-z0-9])[srp]k_live_[A-Za-z0-9]{16,}"),
        ("k_test_", r"(?<![A-Za-z0-9])[srp]k_test_[A-Za-z0-9]{16,}"),
        ("AKIA", r"(?<![A-Za-z0-9])AKIA[A-Z0-9]{16}(?![A-Za-z0-9])"),
        ("ASIA", r"(?<![A-Za-z0-9])ASIA[A-Z0-9]{16}(?![A-Za-z0-9])"),
        *((f"gh{kind}_", rf"(?<![A-Za-z0-9])gh{kind}_[A-Za-z0-9]{{36,}}") for kind in "opsur"),
        ("github_pat_", r"github_pat_[A-Za-z0-9_]{22,}"),
        ("glpat-", r"glpat-[A-Za-z0-9_-]{20,}"),
        ("xox", r"(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,}"),
        ("hooks.slack.com/", r"hooks\.slack\.com/services/[A-Za-z0-9/]{20,}"),
        ("AIza", r"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}"),
        ("GOCSPX-", r"GOCSPX-[A-Za-z0-9_-]{20,}"),
        ("ya29.", r"(?<![A-Za-z0-9])ya29\.[A-Za-z0-9_-]{20,}"),
        ("hf_", r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}"),
        ("npm_", r"(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}"),
        ("pypi-", r"pypi-[A-Za-z0-9_-]{50,}"),
        ("SG.", r"(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
        ("eyJ", r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{8,}"),
        ("PRIVATE KEY", _KEY_BLOCK),
    )
)
_IN_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s:@/\"'<>]{1,64}:([^\s@/\"'<>]{3,128})@")
_NAMED_WORDS = (
    "passw", "passphrase", "pwd", "secret", "token", "_key", "-key", "api key", "access key",
    "apikey", "accesskey", "credential", "비밀번호", "비번", "암호",
)  # fmt: skip
_NAMED = re.compile(
    r"(?i)(?P<name>password|passwd|passphrase|pwd|secret(?:[_ -]?(?:access)?[_ -]?key)?"
    r"|(?:api|access|auth|private|account|client|encryption)[_ -]?(?:key|token|secret)|token"
    r"|credentials?|비밀번호|비번|암호)"
    r"[\\\"'`]{0,3}\s{0,3}(?:=>|[:=]|(?:는|은)\s)\s{0,3}[\\\"'`]{0,3}"
    r"(?:Bearer\s)?(?P<value>[!#-&*+\--:=?@A-Z^_a-z|~$]{6,256})"
)
_STAND_IN = re.compile(
    r"(?i)your|my_|example|sample|dummy|change_?me|placeholder|redacted|hidden|secret|password"
    r"|passwd|token|x{4}|\*{3}|\.{3}|•|…|환경|입력|설정|os\.|env|process\.|config|getenv|https?:"
)
_LETTER, _DIGIT = re.compile("[A-Za-z]"), re.compile("[0-9]")
_VARIABLE = re.compile(r"[A-Za-z]+(?:[_.-][A-Za-z]+)+_?[0-9]{0,2}$")


def find_secrets(text: str) -> Iterator[Span]:
    """Not in order."""
    for marker, shape in _SHAPES:
        if marker in text:
            yield from (match.span() for match in shape.finditer(text))
    if "://" in text:
        found = _IN_ADDRESS.finditer(text)
        yield from (match.span(1) for match in found if not _STAND_IN.search(match[1]))
    if "=" in text or ":" in text or "비" in text or "암호" in text:
        yield from _find_named(text)


def _find_named(text: str) -> Iterator[Span]:
    folded = text.lower()
    if any(word in folded for word in _NAMED_WORDS):
        for match in _NAMED.finditer(text):
            if _looks_secret(match["value"], is_token="token" in match["name"].lower()):
                yield match.span("value")


def _looks_secret(value: str, *, is_token: bool) -> bool:
    """Letters and digits without an order to them, no stand-in, no name of a variable."""
    value = value.rstrip(".!?")
    if len(value) < (16 if is_token else 6) or not (_LETTER.search(value) and _DIGIT.search(value)):
        return False
    if _STAND_IN.search(value) or _VARIABLE.match(value):
        return False
    return _entropy(value) >= (LEAST_TOKEN_ENTROPY if is_token else LEAST_ENTROPY)


def _entropy(value: str) -> float:
    """Bits a letter, by how often each occurs."""
    counts = Counter(value).values()
    return -sum(count / len(value) * log2(count / len(value)) for count in counts)
