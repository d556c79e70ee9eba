r"""Templates that make texts of columns: `{{ title | trim }}\n{{ body | truncate:500 }}`.

Nothing is computed and nothing is called. There are columns with filters, and sections that are
left away where a column is blank: `{{#input}}Input: {{ input }}{{/input}}`. A column whose name
holds `|` or braces is quoted, a value inside a list is reached by `answers.text.0`.
`\n`, `\t`, `\\` and `\{` stand for what they stand for in most places; text from columns is
never read as a template.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from app.core.text import N_

LONGEST_TEMPLATE = 100_000
TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
EXPRESSION = re.compile(
    r"\s*(?:\"(?P<quoted>[^\"]*)\"|(?P<name>[^|\"]*?))\s*(?P<filters>\|.*)?", re.DOTALL
)
FILTER = re.compile(r"\s*([a-z]+)\s*(?::\s*(\d{1,7})\s*)?")
# What stands for escaped letters while tags are looked for, of the same length.
HIDDEN = {"\\\\": "\x00\x01", "\\{": "\x00\x02", "\\n": "\x00\x03", "\\t": "\x00\x04"}
SHOWN = {"\x00\x01": "\\", "\x00\x02": "{", "\x00\x03": "\n", "\x00\x04": "\t"}

Cell = Callable[[str], str]
Filter = Callable[[str], str]


class TemplateProblem(NamedTuple):
    """`position` counts letters of the template from 0; `sentence` is a msgid."""

    position: int
    sentence: str
    params: dict[str, str | int]

    @property
    def message(self) -> str:
        return self.sentence.format(**self.params)


class TemplateError(Exception):
    def __init__(self, position: int, sentence: str, **params: str | int) -> None:
        self.problem = TemplateProblem(position, sentence, params)
        super().__init__(self.problem.message)


class Reference(NamedTuple):
    name: str
    position: int
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    reference: Reference
    parts: "tuple[str | Reference | Section, ...]"


Part = str | Reference | Section


class Template:
    """`column` is the one of a template that is nothing but one column as it stands."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self._parts = parts
        self.references = tuple(_references(parts))
        self._names = tuple(reference.name for reference in self.references)
        only = parts[0] if len(parts) == 1 else None
        is_plain = isinstance(only, Reference) and not only.filters
        self.column = self._names[0] if is_plain else None

    def render(self, cell: Cell) -> str:
        """`cell` gives the text of a column; what it raises goes through."""
        return cell(self.column) if self.column else _render(self._parts, cell)

    def is_empty(self, cell: Cell) -> bool:
        """Whether all its columns are blank, or its text is where it has none."""
        for name in self._names:
            text = cell(name)
            if text and not text.isspace():
                return False
        return bool(self._names) or not self.render(cell).strip()


def parse_template(text: str) -> Template:
    """Raises TemplateError."""
    if len(text) > LONGEST_TEMPLATE:
        raise TemplateError(LONGEST_TEMPLATE, N_("The template is too long."))
    return Template(_Parser(text).parse())


class _Parser:
    def __init__(self, text: str) -> None:
        text = text.replace("\x00", "\ufffd")
        self._text = re.sub(r"\\[\\{nt]", lambda found: HIDDEN[found[0]], text)
        self._open: list[tuple[Reference, list[Part]]] = []
        self._parts: list[Part] = []

    def parse(self) -> tuple[Part, ...]:
        at = 0
        for tag in TAG.finditer(self._text):
            self._add_text(self._text[at : tag.start()], at)
            self._add_tag(tag[1], tag.start())
            at = tag.end()
        self._add_text(self._text[at:], at)
        if self._open:
            reference = self._open[-1][0]
            raise TemplateError(
                reference.position, N_("The section “{name}” is not closed."), name=reference.name
            )
        return tuple(self._parts)

    def _add_text(self, text: str, position: int) -> None:
        if (stray := re.search(r"\{\{|\}\}", text)) is not None:
            sentence = (
                N_("Two opening braces are not closed.")
                if stray[0] == "{{"
                else N_("Two closing braces were not opened.")
            )
            raise TemplateError(position + stray.start(), sentence)
        if text:
            self._parts.append(re.sub("\x00[\x01-\x04]", lambda found: SHOWN[found[0]], text))

    def _add_tag(self, inside: str, position: int) -> None:
        word = inside.strip()
        if word.startswith("#"):
            self._open.append((_reference(word[1:], position), self._parts))
            self._parts = []
        elif word.startswith("/"):
            self._close(_reference(word[1:], position))
        else:
            self._parts.append(_reference(inside, position))

    def _close(self, reference: Reference) -> None:
        if not self._open or self._open[-1][0].name != reference.name:
            raise TemplateError(
                reference.position,
                N_("The section “{name}” is closed but not open here."),
                name=reference.name,
            )
        opened, outer = self._open.pop()
        outer.append(Section(opened, tuple(self._parts)))
        self._parts = outer


def _reference(inside: str, position: int) -> Reference:
    found = EXPRESSION.fullmatch(inside)
    name = (found["quoted"] or found["name"] or "").strip() if found else ""
    if found is None or not name:
        raise TemplateError(position, N_("There is no column between the braces."))
    filters = tuple(_filters(found["filters"] or "", position))
    return Reference(name, position, filters)


def _filters(text: str, position: int) -> Iterator[Filter]:
    for part in text.split("|")[1:]:
        found = FILTER.fullmatch(part)
        name, number = (found[1], found[2]) if found else (part.strip(), None)
        if name == "truncate":
            if number is None:
                raise TemplateError(position, N_("Say how many letters: truncate:500."))
            yield _truncate(int(number))
        elif name in FILTERS and number is None:
            yield FILTERS[name]
        else:
            raise TemplateError(
                position,
                N_("There is no filter “{name}”; there are trim, lower, upper and truncate."),
                name=part.strip(),
            )


def _truncate(letters: int) -> Filter:
    return lambda text: text[:letters]


FILTERS: dict[str, Filter] = {"trim": str.strip, "lower": str.lower, "upper": str.upper}


def _references(parts: tuple[Part, ...]) -> Iterator[Reference]:
    for part in parts:
        if isinstance(part, Reference):
            yield part
        elif isinstance(part, Section):
            yield part.reference
            yield from _references(part.parts)


def _render(parts: tuple[Part, ...], cell: Cell) -> str:
    return "".join([part if type(part) is str else _render_part(part, cell) for part in parts])


def _render_part(part: Part, cell: Cell) -> str:
    if isinstance(part, Section):
        return _render(part.parts, cell) if cell(part.reference.name).strip() else ""
    assert isinstance(part, Reference)
    text = cell(part.name)
    for change in part.filters:
        text = change(text)
    return text
