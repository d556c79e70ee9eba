"""Marks sentences for translation where no language is known yet."""


def N_(msgid: str) -> str:  # noqa: N802 - the name message extraction looks for
    return msgid
