"""What the address of the reader asks for."""

from typing import Annotated

from fastapi import Depends

from app.datasets.browsing import BrowseQuery
from app.datasets.deps import PageNumber

LONGEST_QUERY = 200


def read_query(
    q: str = "",
    finding: str = "",
    label: str = "",
    tokens: str = "",
    answer_tokens: str = "",
    messages: str = "",
    sort: str = "",
    page: PageNumber = 1,
    start: PageNumber = 1,
) -> BrowseQuery:
    """Whatever somebody writes: what means nothing filters nothing."""
    return BrowseQuery(
        q=q[:LONGEST_QUERY],
        finding=finding,
        label=label,
        tokens=tokens,
        answer_tokens=answer_tokens,
        messages=messages,
        sort=sort,
        page=page,
        start=start - 1,
    )


Browsed = Annotated[BrowseQuery, Depends(read_query)]
