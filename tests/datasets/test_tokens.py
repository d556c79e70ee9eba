"""Counts are tiktoken's, whoever does the counting."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datasets.tokens import (
    SELF_CHECK,
    TIKTOKEN_DIGESTS,
    Encoding,
    EncodingName,
    RanksMissing,
    TiktokenEngine,
    digest_of_ids,
    encoding_for_model,
    get_encoding,
    has_newer_characters,
    read_ranks,
)

NAMES = list(EncodingName)


@pytest.fixture(scope="module", params=NAMES)
def pair(request: pytest.FixtureRequest) -> tuple[Encoding, Encoding]:
    """What is used, and tiktoken itself."""
    return get_encoding(request.param), Encoding(request.param, TiktokenEngine(request.param))


@pytest.mark.parametrize("name", NAMES)
def test_the_recorded_digest_is_tiktokens(name: EncodingName) -> None:
    truth = TiktokenEngine(name)
    assert digest_of_ids([truth.encode(text) for text in SELF_CHECK]) == TIKTOKEN_DIGESTS[name]
    assert len(SELF_CHECK) > 200


@given(text=st.text(max_size=300))
def test_any_text_counts_as_with_tiktoken(pair: tuple[Encoding, Encoding], text: str) -> None:
    used, truth = pair
    assert used.encode(text) == truth.encode(text)
    assert used.count(text) == len(truth.encode(text))
    assert used.decode(used.encode(text)) == text


@pytest.mark.slow
def test_every_character_counts_as_with_tiktoken(pair: tuple[Encoding, Encoding]) -> None:
    """Beside letters, digits, signs and blanks: what a character is taken for decides the cuts.

    Without private letters and planes that hold none.
    """
    used, truth = pair
    letters = [chr(n) for n in (*range(0xD800), *range(0xF900, 0x40000), *range(0xE0000, 0xE0200))]
    known = [letter for letter in letters if not has_newer_characters(letter)]
    assert len(known) > 240_000
    for start in range(0, len(known), 512):
        text = " ".join(f"a{c}A{c}1{c}/B {c}{c}\n" for c in known[start : start + 512])
        assert used.encode(text) == truth.encode(text), f"from U+{ord(known[start]):04X} on"


@pytest.mark.parametrize("text", ["\U000323b0/A", "\u088fa", "\ua7ce", "\U0001e6c0 1"])
def test_letters_of_a_newer_unicode(pair: tuple[Encoding, Encoding], text: str) -> None:
    used, truth = pair
    assert used.encode(text) == truth.encode(text)
    assert used.count_many(["a", text, "b"]).tolist() == [1, truth.count(text), 1]


@given(texts=st.lists(st.text(max_size=40), max_size=20))
def test_many_texts_count_as_one_by_one(pair: tuple[Encoding, Encoding], texts: list[str]) -> None:
    for encoding in pair:
        assert encoding.count_many(texts).tolist() == [encoding.count(text) for text in texts]


@pytest.mark.parametrize("text", ["<|endoftext|>", "a<|im_start|>b", "\ud83d", "a\udc00b", ""])
def test_difficult_texts(pair: tuple[Encoding, Encoding], text: str) -> None:
    used, truth = pair
    assert used.encode(text) == truth.encode(text)
    assert used.count(text) == truth.count(text) == len(used.encode(text))


@pytest.mark.slow
@pytest.mark.parametrize("blanks", ["\t" * 1_200_000, " " * 1_200_000 + "end"])
def test_a_million_blanks_are_counted(pair: tuple[Encoding, Encoding], blanks: str) -> None:
    for encoding in pair:
        assert 1_000 < encoding.count(blanks) < 200_000
        assert encoding.decode(encoding.encode(blanks)) == blanks


def test_an_unknown_id_is_refused(pair: tuple[Encoding, Encoding]) -> None:
    for encoding in pair:
        with pytest.raises(KeyError):
            encoding.decode([99_999_999])


def test_threads_share_an_encoding() -> None:
    texts = [f"text {number} 한국어" * 50 for number in range(200)]
    encoding = get_encoding("o200k_base")
    expected = [encoding.count(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: encoding.count_many(texts).tolist(), range(8)))
    assert results == [expected] * 8


def test_an_encoding_is_loaded_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        loaded = set(pool.map(lambda _: get_encoding("cl100k_base"), range(4)))
    assert len(loaded) == 1


def test_an_encoding_we_do_not_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="p50k_base"):
        get_encoding("p50k_base")


def test_ranks_must_be_there_and_be_the_official_ones(tmp_path: Path) -> None:
    with pytest.raises(RanksMissing, match="missing"):
        read_ranks(EncodingName.CL100K_BASE, tmp_path)
    (tmp_path / "cl100k_base.tiktoken").write_bytes(b"IQ== 0\n")
    with pytest.raises(RanksMissing, match="official"):
        read_ranks(EncodingName.CL100K_BASE, tmp_path)


@pytest.mark.parametrize(
    ("model", "encoding", "known"),
    [
        ("gpt-4.1-mini-2025-04-14", "o200k_base", True),
        ("ft:gpt-4.1-mini-2025-04-14:org::id", "o200k_base", True),
        ("ft:gpt-4o-2024-08-06:org:name:id:ckpt-step-90", "o200k_base", True),
        ("gpt-4o-mini-2024-07-18.ft-0a1b", "o200k_base", True),
        ("o4-mini-2025-04-16", "o200k_base", True),
        ("gpt-5.2", "o200k_base", True),
        ("tiny-chat", "o200k_base", True),
        ("GPT-4", "cl100k_base", True),
        ("gpt-4-0613", "cl100k_base", True),
        ("ft:gpt-3.5-turbo-0125:org::id", "cl100k_base", True),
        ("gpt-35-turbo", "cl100k_base", True),
        ("ft:babbage-002:org::id", "cl100k_base", True),
        ("meta-llama/Llama-3.1-8B", "o200k_base", False),
        ("gpt-40", "o200k_base", False),
        ("", "o200k_base", False),
    ],
)
def test_the_encoding_of_a_model(model: str, encoding: str, known: bool) -> None:
    assert encoding_for_model(model) == (encoding, known)
