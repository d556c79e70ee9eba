"""Marks sentences for translation where no language is known yet; what names may be made of."""

# One line of what can be seen: no control characters, no marks that turn the direction of what
# follows, nothing of no width, which makes two names look the same. Joiners stay: some scripts, and
# faces made of several signs, are written with them. In the words of pydantic's expressions.
ONE_LINE = (
    r"^[^\x00-\x1f\x7f-\x{9f}\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}"
    r"\x{2060}-\x{206f}\x{feff}\x{fff9}-\x{fffb}]*$"
)


def N_(msgid: str) -> str:  # noqa: N802 - the name message extraction looks for
    return msgid
