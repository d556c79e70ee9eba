"""Message catalogues: `python -m app.messages` brings them up to date with the source."""

import io
import sys
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "app" / "locale"
LANGUAGES = ("en", "ko")
REFUSALS = (
    "DomainError",
    "NotFound",
    "Forbidden",
    "Conflict",
    "TooLarge",
    "NoRoom",
    "TooManyAttempts",
    "Unreachable",
    "Invalid",
    "SecretUnreadable",
    "ProviderError",
)
KEYWORDS = {
    "_": None,
    "gettext": None,
    "N_": None,
    "ngettext": (1, 2),
    **dict.fromkeys(REFUSALS),
}
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}


def extract() -> Catalog:
    """Every sentence of the source."""
    found = Catalog(project="Tuneboard", charset="utf-8")
    for folder in ("app", "templates"):
        for name, line, message, comments, context in extract_from_dir(
            ROOT / folder, METHODS, OPTIONS, KEYWORDS
        ):
            place = (f"{folder}/{name}", line)
            found.add(message, locations=[place], auto_comments=comments, context=context)
    return found


def catalogue_path(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "messages.po"


def read_catalogue(language: str) -> Catalog:
    path = catalogue_path(language)
    if not path.is_file():
        return Catalog(locale=language, project="Tuneboard", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str, template: Catalog) -> Catalog:
    """The catalogue with today's sentences; English answers for itself, others keep their words."""
    catalogue = read_catalogue(language)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    if language == "en":
        for message in catalogue:
            message.string = message.id
    return catalogue


def write_catalogue(language: str, catalogue: Catalog) -> None:
    """Without line numbers and dates, so that a change shows only what changed."""
    text = io.BytesIO()
    write_po(text, catalogue, no_location=True, sort_output=True, omit_header=True, width=0)
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(HEADER.format(language=language, plural=PLURALS[language]).encode())
    with path.open("ab") as file:
        file.write(text.getvalue())


PLURALS = {"en": "nplurals=2; plural=(n != 1);", "ko": "nplurals=1; plural=0;"}
HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural}\\n"

"""


def update_all() -> None:
    for language in LANGUAGES:
        # Afresh for each: a catalogue takes the template's messages over as they are.
        catalogue = updated(language, extract())
        write_catalogue(language, catalogue)
        missing = sum(1 for message in catalogue if message.id and not message.string)
        sys.stdout.write(f"{language}: {len(catalogue)} sentences, {missing} to translate\n")


if __name__ == "__main__":
    update_all()
