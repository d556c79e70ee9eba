"""Every visible string is wrapped; both catalogues are complete and fit their sentences."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from app.messages import LANGUAGES, extract, read_catalogue
from tests.house.sources import offences, templates

PLACES = re.compile(r"%\(\w+\)[sd]|\{\w*[^}]*\}")
SPOKEN_ATTRIBUTES = {"title", "aria-label", "placeholder", "alt", "label", "data-label"}
# Names that are the same in every language.
NAMES = {
    "Tuneboard",
    "English",
    "한국어",
    "OpenAI",
    "SHA-256",
    "JSON",
    "CSV",
    "PNG",
    "API",
    "seed",
    "top_p",
    "n_epochs",
    "batch_size",
    "learning_rate_multiplier",
    "curl",
}
# Words for class attributes.
CLASSES = re.compile(r"\{% macro classes\b.*?\{% endmacro %\}", re.DOTALL)
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


class VisibleText(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style", "code", "kbd"}
        self.found += [value for name, value in attrs if name in SPOKEN_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style", "code", "kbd"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


def visible_words(path: Path) -> list[str]:
    reader = VisibleText()
    reader.feed(JINJA.sub(" ", CLASSES.sub("", path.read_text(encoding="utf-8"))))
    words = [word for text in reader.found for word in re.findall(r"[^\W\d_]{2,}[\w-]*", text)]
    return [word for word in words if word not in NAMES]


def test_visible_text_is_wrapped() -> None:
    assert offences(templates(), visible_words) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_are_complete(language: str) -> None:
    wanted = {message.id for message in extract() if message.id}
    have = {message.id: message for message in read_catalogue(language) if message.id}
    untranslated = [id_ for id_ in wanted if id_ not in have or not filled(have[id_])]
    assert len(wanted) > 100
    assert untranslated == []
    assert set(have) - wanted == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_their_places(language: str) -> None:
    wrong = [m.id for m in read_catalogue(language) if m.id and not same_places(m)]
    assert wrong == []


# The same in Korean: names and signs.
SAME = {"Azure OpenAI", "JSON", "JSON lines", "OpenAI", "Parquet", "SHA-256", "CSV", "p10", "p90"}


def test_korean_is_korean() -> None:
    """A sentence without a Korean letter has slipped through; places alone may stand bare."""
    english = [
        message.id
        for message in read_catalogue("ko")
        if message.id and not all(re.search(r"[가-힣]", text) for text in texts(message.string))
    ]
    words = [id_ for id_ in english if re.search(r"[A-Za-z]{3,}", PLACES.sub("", texts(id_)[0]))]
    assert set(words) - SAME == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_of_templates_hold_no_bare_percent(language: str) -> None:
    """Templates always fill places with %: a bare one would break the page."""
    of_templates = {
        texts(message.id)[0]
        for message in extract()
        if any(name.startswith("templates/") for name, _ in message.locations)
    }
    bare = [
        message.id
        for message in read_catalogue(language)
        if texts(message.id)[0] in of_templates
        and any("%" in re.sub(r"%\(\w+\)[sd]|%%", "", text) for text in texts(message.string))
    ]
    assert bare == []


def texts(value: object) -> list[str]:
    """The forms of a sentence: one, or one for each number."""
    forms = value if isinstance(value, list | tuple) else [value]
    return [str(form or "") for form in forms]


def filled(message: Message) -> bool:
    return all(texts(message.string))


def same_places(message: Message) -> bool:
    """Each form has the places of the sentence; a singular may leave the number out."""
    ids = texts(message.id)
    needed = set(PLACES.findall(ids[-1]))
    allowed = [needed, set(PLACES.findall(ids[0]))]
    return all(set(PLACES.findall(text)) in allowed for text in texts(message.string))
