"""Sentences in templates: ours are translated, foreign words stay harmless text."""

import pytest
from starlette.testclient import TestClient

from app.web.language import current_language, template_gettext
from app.web.render import environment


@pytest.mark.parametrize("word", ["<b>bold</b>", "100%", "50% <i>", "%(job)s", "%s", "{x}"])
def test_a_foreign_word_is_text(word: str) -> None:
    html = environment().from_string("{{ _(word, job='a job') }}").render(word=word)
    assert "<" not in html
    assert html.replace("&lt;", "<").replace("&gt;", ">") in {word, "a job"}


def test_our_sentences_are_translated() -> None:
    token = current_language.set("ko")
    assert template_gettext("Sign in") == "로그인"
    current_language.reset(token)


def test_refusals_are_said_in_the_readers_language(ada: TestClient) -> None:
    ada.cookies.set("tuneboard_language", "ko")
    assert "사용자" in ada.get("/users/999").text
