"""The small language of templates: columns, filters, sections, and where it is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datasets.imports.templates import TemplateError, TemplateProblem, parse_template

VALUES = {
    "title": " A Title ", "body": "text", "blank": "  ", "별점": "5", "a|b": "pipe",
    "evil": "{{ title }}\\n",
}  # fmt: skip


def render(text: str) -> str:
    return parse_template(text).render(VALUES.__getitem__)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ title }}\n{{body}}", " A Title \ntext"),
        (r"{{ body }}\n\n###\n\n", "text\n\n###\n\n"),
        ("{{ title | trim | lower }}", "a title"),
        ("{{ title|trim|upper|truncate:3 }}", "A T"),
        ("{{ 별점 }} stars", "5 stars"),
        ('{{ "a|b" | upper }}', "PIPE"),
        ("{{#body}}[{{ body }}]{{/body}}{{#blank}}no{{/blank}}", "[text]"),
        ("{{#body}}{{#blank}}no{{/blank}}yes{{/body}}", "yes"),
        (r"\{{ body }} and \\n", None),
        (r"\{\{ body", "{{ body"),
        (r"a\\nb", r"a\nb"),
        ("{{ evil }}", "{{ title }}\\n"),
        ("no columns", "no columns"),
        ("", ""),
    ],
)
def test_templates_make_texts(template: str, text: str | None) -> None:
    if text is None:
        with pytest.raises(TemplateError):
            parse_template(template)
    else:
        assert render(template) == text


@pytest.mark.parametrize(
    ("template", "position", "words"),
    [
        ("ab {{ body", 3, "not closed"),
        ("ab }} c", 3, "not opened"),
        ("x{{ }}", 1, "no column"),
        ("{{ body | shout }}", 0, "no filter “shout”"),
        ("{{ body | truncate }}", 0, "how many"),
        ("{{ body | trim: 3 }}", 0, "no filter"),
        ("..{{#body}}x", 2, "not closed"),
        ("{{#body}}x{{/title}}", 10, "not open"),
        ("{{ body.__class__ | eval('x') }}", 0, "no filter"),
    ],
)
def test_mistakes_have_a_place(template: str, position: int, words: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_template(template)
    assert caught.value.problem.position == position
    assert words in caught.value.problem.message


def test_a_part_is_empty_when_its_columns_are() -> None:
    assert parse_template("{{ blank }}\n\n###\n\n").is_empty(VALUES.__getitem__)
    assert parse_template("  ").is_empty(VALUES.__getitem__)
    assert not parse_template("{{ blank }}{{ body }}").is_empty(VALUES.__getitem__)
    assert not parse_template("Say it.").is_empty(VALUES.__getitem__)


@given(st.text('{}#/|\\"n ab:1', max_size=40))
def test_any_text_is_a_template_or_a_mistake_with_a_place(text: str) -> None:
    problem = problem_of(text)
    assert problem is None or 0 <= problem.position <= len(text)
    assert problem is None or problem.message


def problem_of(text: str) -> TemplateProblem | None:
    try:
        parse_template(text).render(lambda name: name)
    except TemplateError as error:
        return error.problem
    return None


@given(st.text(max_size=40))
def test_values_are_never_read_as_templates(value: str) -> None:
    assert parse_template("<{{ x }}>").render(lambda _name: value) == f"<{value}>"
