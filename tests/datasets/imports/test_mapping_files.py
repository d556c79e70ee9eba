"""Mappings as YAML: written and read again, and what is said of a broken one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.datasets.imports.cells import ColumnType
from app.datasets.imports.mapping import Mapping, Target
from app.datasets.imports.mapping_files import read_mapping, write_mapping


def refusal(document: bytes | str) -> str:
    with pytest.raises(Invalid) as caught:
        read_mapping(document)
    return caught.value.message


def test_a_mapping_is_written_and_read_again() -> None:
    mapping = Mapping(
        target=Target.CHAT, system="말해: 짧게", user="{{ title }}\n{{ body }}",
        assistant="{{ y }}", types={"y": ColumnType.INTEGER},
    )  # fmt: skip
    assert read_mapping(write_mapping(mapping)) == mapping
    assert read_mapping(write_mapping(mapping).encode("utf-8-sig")) == mapping
    assert read_mapping(json.dumps(mapping.model_dump(mode="json"), indent="\t")) == mapping
    assert r'"{{ title }}\n{{ body }}"' in write_mapping(mapping)


texts = st.text(max_size=30)


@given(st.builds(
    Mapping, target=st.sampled_from(Target), system=texts, user=texts, chosen=st.none() | texts,
    fields=st.dictionaries(texts, texts, max_size=3), unique_by=st.none() | texts,
))  # fmt: skip
def test_any_mapping_comes_back_as_it_was(mapping: Mapping) -> None:
    assert read_mapping(write_mapping(mapping)) == mapping


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("target: [", "Line 1, letter 10: this is no YAML"),
        ("target: chat\nuser: a: b\n", "Line 2, letter 8: this is no YAML"),
        ("target: dance", "Line 1: “target” is one of keep, chat, completion"),
        ("target: chat\nextra: 1", "Line 2: there is no key “extra” in a mapping."),
        ("user: x", "The key “target” is missing."),
        ("target: chat\n\nassistant: 5", "Line 3: “assistant” is a text; put it in quotation"),
        ("target: chat\ntypes:\n  star: stars\n", "Line 3: “types.star” is one of text, number"),
        ("target: chat\nfields: x", "Line 2: below “fields” stand names with values."),
        ("target: chat\ndescending: often", "Line 2: “descending” is true or false."),
        ("target: chat\nsource:\n  header_row: x", "Line 3: “source.header_row” is a whole"),
        ("target: chat\nsource:\n  header_row: -1", "Line 3: what stands at “source.header_row”"),
        ("target: chat\ntarget: chat", "Line 2, letter 1: this is no YAML (the key “target”"),
        ("a: &a [1]\nb: *a", "Line 2, letter 4: this is no YAML (references are not read)."),
        ("- 1", "A mapping consists of keys with values"),
        ("", "A mapping consists of keys with values"),
        ("\x00", "The mapping is no YAML."),
        ("[" * 5_000, "The mapping is no YAML."),
        (b"target: \xff", "The mapping is no YAML."),
        ("!!python/object/apply:os.getcwd []", "this is no YAML (could not determine a const"),
        ("x" * 2_000_000, "The mapping is too long."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(document: bytes | str, sentence: str) -> None:
    assert sentence in refusal(document)


@given(st.text(max_size=60) | st.binary(max_size=60) | st.builds(
    "target: chat\n{}: {}".format, texts, texts
))  # fmt: skip
def test_anything_is_a_mapping_or_refused_in_a_sentence(document: bytes | str) -> None:
    assert isinstance(read_or_refuse(document), Mapping | str)


def read_or_refuse(document: bytes | str) -> Mapping | str:
    try:
        return read_mapping(document)
    except Invalid as error:
        return error.message
