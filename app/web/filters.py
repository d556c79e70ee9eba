"""How values are written in pages."""

from datetime import datetime, timedelta

from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from markupsafe import Markup

from app.core.clock import now
from app.web.language import current_language, gettext

DASH = "–"
# What providers send may be larger than anything that is written out, or than the formats take.
LARGEST_WRITTEN = 1e15
BYTE_UNITS = ("B", "kB", "MB", "GB", "TB")


def number(value: float | None) -> str:
    """With digit grouping: 12,345."""
    if value is None:
        return DASH
    if abs(value) >= LARGEST_WRITTEN:
        return f"{value:.3g}"
    return format_decimal(value, locale=current_language.get())


def figure(value: float | None) -> str:
    """A measured number, with as many decimals as its size bears."""
    if value is None:
        return DASH
    for least, places in ((1000, 0), (100, 2), (1, 4), (0.01, 5)):
        if abs(value) >= least:
            return f"{value:,.{places}f}"
    return "0" if value == 0 else f"{value:.3g}"


def filesize(value: int | None) -> str:
    """In steps of 1024, as limits of uploads are set: 512 MB is 512 · 1024 · 1024 bytes."""
    if value is None:
        return DASH
    size, unit = float(value), 0
    while round(size, 1) >= 1024 and unit < len(BYTE_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:,.1f}".removesuffix(".0") + f" {BYTE_UNITS[unit]}"


def percent(value: float | None, places: int = 0) -> str:
    if value is None:
        return DASH
    if abs(value) >= LARGEST_WRITTEN:
        return f"{value * 100:.3g}%"
    pattern = "#,##0" + ("." + "0" * places if places else "") + "%"
    return format_percent(value, format=pattern, locale=current_language.get())


def usd(value: float | None) -> str:
    if value is None:
        return DASH
    if 0 < value < 0.01:
        return f"${value:.4f}"
    return format_currency(value, "USD", locale="en_US")


def duration(seconds: float | None) -> str:
    """Seconds as the two largest units: 1 min 40 s. Clocks of providers count whole seconds."""
    if seconds is None:
        return DASH
    whole = max(0, round(seconds))
    minutes, left = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return gettext("{hours} h {minutes} min").format(hours=hours, minutes=minutes_left)
    if minutes:
        return gettext("{minutes} min {seconds} s").format(minutes=minutes, seconds=left)
    return gettext("{seconds} s").format(seconds=left or "< 1")


def when(moment: datetime | None) -> str:
    """Absolute, in UTC; the browser shows it in the reader's zone."""
    if moment is None:
        return DASH
    text = format_datetime(moment, "yyyy-MM-dd HH:mm:ss", locale=current_language.get())
    return f"{text} UTC"


def ago(moment: datetime | None) -> str | Markup:
    """Relative time that the browser keeps fresh; absolute on hover."""
    if moment is None:
        return DASH
    return Markup(
        '<time-ago><time datetime="{iso}" title="{absolute}">{text}</time></time-ago>'
    ).format(iso=moment.isoformat(), absolute=when(moment), text=relative(moment - now()))


def relative(delta: timedelta) -> str:
    return format_timedelta(
        delta, threshold=1.2, add_direction=True, format="long", locale=current_language.get()
    )


def short_id(value: str | None, ends: int = 6) -> str:
    """An id cut in the middle; the whole stands in a title or behind a copy button."""
    if not value:
        return DASH
    head, _, tail = value.partition("-")
    if not tail:
        head, tail = "", value
    else:
        head += "-"
    return value if len(tail) <= 2 * ends else f"{head}{tail[:ends]}…{tail[-ends:]}"


FILTERS = {
    "number": number,
    "figure": figure,
    "bytes": filesize,
    "percent": percent,
    "usd": usd,
    "duration": duration,
    "when": when,
    "ago": ago,
    "short_id": short_id,
}
