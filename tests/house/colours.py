"""Contrast of two CSS colours by the WCAG formula; reads hex and oklch()."""

import math
import re

Linear = tuple[float, float, float]


def parse_colour(text: str) -> Linear:
    """Linear sRGB, clipped to what a screen shows."""
    if text.startswith("#"):
        return _from_hex(text)
    match = re.fullmatch(r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)", text)
    assert match, text
    lightness, chroma, hue = (float(part) for part in match.groups())
    return _from_oklch(lightness, chroma, math.radians(hue))


def contrast(one: Linear, other: Linear) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Linear) -> float:
    red, green, blue = colour
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _from_hex(text: str) -> Linear:
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _linear(red), _linear(green), _linear(blue)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _from_oklch(lightness: float, chroma: float, hue: float) -> Linear:
    """https://bottosson.github.io/posts/oklab/"""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _clip(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _clip(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _clip(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def _clip(channel: float) -> float:
    return min(1.0, max(0.0, channel))
