"""Fixes of prompt/completion rows, as the old preparation tool of the API made them.

Each makes a pure function of a row; done twice it changes nothing more. Empty texts stay as they
are: an empty prompt is how a model is taught to write freely.
"""

from app.datasets.formats import DatasetFormat
from app.recipes.rows import ChangeText, Edit, Row, change_sides


def add_separator(separator: str) -> Edit:
    return _edit_sides({"prompt": lambda text: _ended(text, separator)})


def add_end_marker(marker: str) -> Edit:
    return _edit_sides({"completion": lambda text: _ended(text, marker)})


def add_leading_space() -> Edit:
    return _edit_sides({"completion": lambda text: text if text[:1] in ("", " ") else f" {text}"})


def write_lower_case(columns: tuple[str, ...]) -> Edit:
    return _edit_sides(dict.fromkeys(columns, str.lower))


def take_beginning_away(prompt: str, completion: str) -> Edit:
    """A beginning that comes several times goes as often; a completion keeps its first space."""
    changes: dict[str, ChangeText] = {}
    if prompt:
        changes["prompt"] = lambda text: _without(text, prompt)
    if completion:
        changes["completion"] = lambda text: _keep_space(text, _without(text, completion))
    return _edit_sides(changes)


def _edit_sides(changes: dict[str, ChangeText]) -> Edit:
    def edit(row: Row, row_format: DatasetFormat) -> Row:
        return change_sides(row, changes) if row_format is DatasetFormat.COMPLETION else row

    return edit


def _ended(text: str, end: str) -> str:
    return text if not text or text.endswith(end) else text + end


def _without(text: str, beginning: str) -> str:
    """Nothing is taken from a text of which only blanks would be left."""
    while text.startswith(beginning) and text.removeprefix(beginning).strip():
        text = text.removeprefix(beginning)
    return text


def _keep_space(text: str, shortened: str) -> str:
    if text.startswith(" ") and not shortened.startswith(" "):
        return f" {shortened}"
    return shortened
