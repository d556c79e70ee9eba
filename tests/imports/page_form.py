"""The form of an import's page as a browser would send it."""

from html.parser import HTMLParser

from starlette.testclient import TestClient

Fields = dict[str, list[str]]


class FormReader(HTMLParser):
    """Values of the fields inside of the form with an id."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.fields: Fields = {}
        self._form_id = form_id
        self._is_inside = False
        self._select = ""
        self._textarea: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = found.get("id") == self._form_id
        if not self._is_inside:
            return
        if tag == "input" and (found.get("type") != "checkbox" or "checked" in found):
            self._add(found["name"], found.get("value", ""))
        elif tag == "select":
            self._select = found["name"]
            self._add(self._select, "")
            self._is_chosen = False
        elif tag == "option" and ("selected" in found or not self._is_chosen):
            self._is_chosen = True
            self.fields[self._select][-1] = found.get("value", "")
        elif tag == "textarea":
            self._textarea, self._text = found["name"], ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "textarea" and self._textarea:
            self._add(self._textarea, self._text.removeprefix("\n"))
            self._textarea = None

    def _add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)


def read_form(page: str, form_id: str = "import-form") -> Fields:
    reader = FormReader(form_id)
    reader.feed(page)
    return reader.fields


def start_as_shown(client: TestClient, path: str, **changes: str) -> None:
    """A click on Import; what the page suggests is taken but for the changes."""
    fields = read_form(client.get(path).text) | {name: [text] for name, text in changes.items()}
    answer = client.post(f"{path}/start", data=fields)
    assert answer.status_code == 303, answer.text
