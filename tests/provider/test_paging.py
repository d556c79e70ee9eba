"""Lists end, whatever the provider says about there being more."""

from hypothesis import given
from hypothesis import strategies as st

from app.provider.paging import iterate
from app.provider.types import Page

ITEMS = [str(number) for number in range(25)]


def pages_of(items: list[str], size: int, has_more: bool | None) -> tuple[list[str | None], object]:
    asked: list[str | None] = []

    def fetch(after: str | None) -> Page[str]:
        asked.append(after)
        start = items.index(after) + 1 if after is not None else 0
        more = start + size < len(items) if has_more is False else has_more
        return Page(tuple(items[start : start + size]), more)

    return asked, fetch


def read(fetch: object, **options: object) -> list[str]:
    return list(iterate(fetch, str, **options))  # type: ignore[arg-type]


def test_all_pages_of_an_honest_provider() -> None:
    asked, fetch = pages_of(ITEMS, 10, has_more=False)
    assert read(fetch) == ITEMS
    assert asked == [None, "9", "19"]


def test_missing_has_more_reads_until_an_empty_page() -> None:
    asked, fetch = pages_of(ITEMS, 10, has_more=None)
    assert read(fetch) == ITEMS
    assert asked == [None, "9", "19", "24"]


def test_a_page_that_repeats_ends_the_loop() -> None:
    asked: list[str | None] = []

    def fetch(after: str | None) -> Page[str]:
        asked.append(after)
        return Page(("a", "b"), True)

    assert read(fetch) == ["a", "b"]
    assert asked == [None, "b"]


def test_pages_in_a_circle_end() -> None:
    following: dict[str | None, str] = {None: "a", "a": "b", "b": "c", "c": "a"}
    assert read(lambda after: Page((following[after],), True)) == ["a", "b", "c"]


def test_a_known_item_ends_the_reading() -> None:
    asked, fetch = pages_of(ITEMS, 10, has_more=False)
    assert read(fetch, known={"12", "13"}) == ITEMS[:12]
    assert asked == [None, "9"]


def test_endless_news_are_bounded() -> None:
    def fetch(after: str | None) -> Page[str]:
        return Page((str(int(after or "0") + 1),), True)

    assert len(read(fetch, most_pages=7)) == 7


def test_an_item_twice_on_a_page_comes_once() -> None:
    assert read(lambda _after: Page(("a", "a", "b"), False)) == ["a", "b"]


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=4), max_size=8), st.booleans())
def test_whatever_the_pages_each_item_comes_once(pages: list[list[str]], has_more: bool) -> None:
    rest = iter(pages)
    found = read(lambda _after: Page(tuple(next(rest, [])), has_more))
    assert len(found) == len(set(found))
    assert set(found) <= {item for page in pages for item in page}
