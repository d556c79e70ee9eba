"""Languages: catalogues read once, the reader's language chosen per request."""

import io
from collections.abc import Callable
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from markupsafe import escape
from starlette.requests import Request

from app.core.config import resource_dir
from app.core.errors import DomainError

LANGUAGES = {"en": "English", "ko": "한국어"}
LANGUAGE_COOKIE = "tuneboard_language"

current_language: ContextVar[str] = ContextVar("current_language", default="en")


@cache
def load_translations(language: str) -> NullTranslations:
    path = _catalogue_path(language)
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def _catalogue_path(language: str) -> Path:
    return resource_dir("locale") / language / "LC_MESSAGES" / "messages.po"


def choose_language(request: Request) -> str:
    """What the switch has put into the cookie, else what the browser asks for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return negotiate_locale(_accepted(request), list(LANGUAGES), sep="-") or "en"


def use_language(request: Request) -> str:
    """For the rest of the request: sentences are made in many places, some in other threads."""
    language = choose_language(request)
    current_language.set(language)
    return language


def gettext(msgid: str) -> str:
    # An empty id would answer with the catalogue's header.
    return load_translations(current_language.get()).gettext(msgid) if msgid else ""


def template_gettext(msgid: str) -> str:
    """For templates, which take a sentence for markup with %-places: foreign words are neither."""
    if is_ours(msgid):
        return gettext(msgid)
    return escape(msgid) if "%(" in msgid else escape(msgid).replace("%", "%%")


def is_ours(msgid: str) -> bool:
    """Whether a sentence was written by us, as the English catalogue knows."""
    return msgid in _our_sentences()


@cache
def _our_sentences() -> frozenset[str]:
    path = _catalogue_path("en")
    with path.open("rb") as file:
        ids = [message.id for message in read_po(file, locale="en")]
    return frozenset(id_ if isinstance(id_, str) else id_[0] for id_ in ids)


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
