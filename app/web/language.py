"""Languages: catalogues read once, the reader's language chosen per request."""

import io
from collections.abc import Callable
from contextvars import ContextVar
from functools import cache

from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from starlette.requests import Request

from app.core.config import resource_dir
from app.core.errors import DomainError

LANGUAGES = {"en": "English", "ko": "한국어"}
LANGUAGE_COOKIE = "tuneboard_language"

current_language: ContextVar[str] = ContextVar("current_language", default="en")


@cache
def load_translations(language: str) -> NullTranslations:
    path = resource_dir("locale") / language / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def choose_language(request: Request) -> str:
    """The cookie of the switch, else what the person's account says, else the browser."""
    wishes = [
        request.cookies.get(LANGUAGE_COOKIE),
        getattr(request.state, "language_choice", None),
    ]
    for wish in wishes:
        if wish in LANGUAGES:
            return wish
    return negotiate_locale(_accepted(request), list(LANGUAGES), sep="-") or "en"


def use_language(request: Request) -> str:
    language = choose_language(request)
    current_language.set(language)
    return language


def gettext(msgid: str) -> str:
    # An empty id would answer with the catalogue's header.
    return load_translations(current_language.get()).gettext(msgid) if msgid else ""


def ngettext(singular: str, plural: str, count: int) -> str:
    return load_translations(current_language.get()).ngettext(singular, plural, count)


def say(error: DomainError) -> str:
    """A refusal in the reader's language."""
    return gettext(error.sentence).format(**error.params)


def _accepted(request: Request) -> list[str]:
    """Languages of the Accept-Language header, best first."""
    parts = [part.partition(";") for part in request.headers.get("accept-language", "").split(",")]
    weight: Callable[[tuple[str, str, str]], float] = lambda part: _quality(part[2])  # noqa: E731
    ranked = sorted(parts, key=weight, reverse=True)
    tags = [tag.strip() for tag, _, _ in ranked]
    return [form for tag in tags for form in (tag, tag.split("-")[0])]


def _quality(parameter: str) -> float:
    try:
        return float(parameter.strip().removeprefix("q="))
    except ValueError:
        return 1.0
