"""Reads lists page by page, whatever a provider says about there being more.

Some servers answer every request with the same page and `has_more: true`, others leave
`has_more` out: a page that brings nothing new ends the reading, and so does a bound.
"""

from collections.abc import Callable, Collection, Iterator

from app.provider.types import Page, T

FetchPage = Callable[[str | None], Page[T]]
PAGE_SIZE = 100
MOST_PAGES = 1000


def iterate(
    fetch: FetchPage[T],
    id_of: Callable[[T], str],
    *,
    known: Collection[str] = (),
    most_pages: int = MOST_PAGES,
) -> Iterator[T]:
    """Items in the provider's order, each once, until one whose id is known."""
    seen: set[str] = set()
    after: str | None = None
    for _ in range(most_pages):
        page = fetch(after)
        seen_before = len(seen)
        for item in page.items:
            key = id_of(item)
            if key in known:
                return
            if key not in seen:
                seen.add(key)
                yield item
        if len(seen) == seen_before or page.has_more is False:
            return
        after = id_of(page.items[-1])
