"""Tables that people open in a spreadsheet."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(text: str) -> str:
    """A spreadsheet would take what starts like a formula for one."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
