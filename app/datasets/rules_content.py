"""Rules about the content of messages: parts, images, special tokens."""

import re
from collections.abc import Iterator
from typing import Any

from app.core.text import N_
from app.datasets.formats import PLAIN_LENGTH
from app.datasets.profiles import ReportProfile
from app.datasets.rules import MESSAGE_FORMATS, Fix, Problem, Rule, Severity

E, W = Severity.ERROR, Severity.WARNING

MAX_IMAGES = 10
MAX_BLANKS = PLAIN_LENGTH
SPECIAL_TOKENS = (
    "<|endoftext|>",
    "<|endofprompt|>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|im_start|>",
    "<|im_end|>",
)
PART_TYPES = frozenset({"text", "image_url", "refusal"})

CONTENT_PART_INVALID = Rule(
    "content_part_invalid",
    E,
    N_("A part of a content list is not a text, image or refusal in the documented shape."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
)
IMAGE_ROLE = Rule(
    "image_role",
    E,
    N_("An image stands in a message that is not the user's."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
)
IMAGE_ADDRESS = Rule(
    "image_address",
    E,
    N_("An image is neither an http(s) address nor base64 data."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
)
TOO_MANY_IMAGES = Rule(
    "too_many_images",
    E,
    N_("The example has more than {limit} images."),
    MESSAGE_FORMATS,
    fix=Fix.DROP_BROKEN,
    profiles={ReportProfile.ENGINE: Severity.INFO},
)
SPECIAL_TOKEN = Rule(
    "special_token",
    E,
    N_("The text holds a special token such as <|endoftext|>, which providers refuse."),
    fix=Fix.DROP_BROKEN,
)
LONG_BLANKS = Rule(
    "long_blanks", W, N_("A text has more than {limit} blanks in a row; tokenizers choke on it.")
)

RULES = (
    CONTENT_PART_INVALID, IMAGE_ROLE, IMAGE_ADDRESS, TOO_MANY_IMAGES, SPECIAL_TOKEN, LONG_BLANKS,
)  # fmt: skip


def check_content(message: dict[str, Any], place: str) -> Iterator[Problem]:
    content = message.get("content")
    if isinstance(content, list):
        for number, part in enumerate(content):
            yield from _check_part(part, message.get("role"), f"{place}[{number}]")


def check_image_count(messages: list[Any], place: str) -> Iterator[Problem]:
    if sum(_is_image(part) for part in _parts(messages)) > MAX_IMAGES:
        yield Problem(TOO_MANY_IMAGES, place)


def check_texts(fields: dict[str, Any], place: str) -> Iterator[Problem]:
    """`fields` is a message or a prompt/completion row; texts and text parts are looked at."""
    for key, value in fields.items():
        for text in _texts(value):
            if has_special_token(text):
                yield Problem(SPECIAL_TOKEN, f"{place}.{key}".lstrip("."))
            if has_long_blanks(text):
                yield Problem(LONG_BLANKS, f"{place}.{key}".lstrip("."))


def has_special_token(text: str) -> bool:
    return "<|" in text and any(token in text for token in SPECIAL_TOKENS)


def has_long_blanks(text: str) -> bool:
    if len(text) <= MAX_BLANKS:
        return False
    return any(run.end() - run.start() > MAX_BLANKS for run in re.finditer(r"\s+", text))


def _check_part(part: object, role: object, place: str) -> Iterator[Problem]:
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(part, dict) or kind not in PART_TYPES:
        yield Problem(CONTENT_PART_INVALID, place)
    elif kind == "image_url":
        yield from _check_image(part, role, place)
    elif not isinstance(part.get(kind), str):
        yield Problem(CONTENT_PART_INVALID, f"{place}.{kind}")


def _check_image(part: dict[str, Any], role: object, place: str) -> Iterator[Problem]:
    if role != "user":
        yield Problem(IMAGE_ROLE, place)
    image = part.get("image_url")
    if not isinstance(image, dict) or image.get("detail", "auto") not in ("low", "high", "auto"):
        yield Problem(CONTENT_PART_INVALID, f"{place}.image_url")
        return
    url = image.get("url")
    if not isinstance(url, str) or not url.startswith(("https://", "http://", "data:image/")):
        yield Problem(IMAGE_ADDRESS, f"{place}.image_url.url")


def _is_image(part: object) -> bool:
    return isinstance(part, dict) and part.get("type") == "image_url"


def _parts(messages: list[Any]) -> Iterator[Any]:
    for message in messages:
        content = message.get("content") if isinstance(message, dict) else None
        yield from content if isinstance(content, list) else ()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            if isinstance(part, dict) and isinstance(part.get("text"), str):
                yield part["text"]
