"""No address, whatever stands in its path or its query, is a failure of ours."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.jobs.drafting import FIELDS
from app.jobs.models import Job
from tests.house.test_routes import is_command, walk

pytestmark = pytest.mark.slow

PLACE = re.compile(r"\{(\w+)(?::\w+)?\}")
STREAMS = ("/live",)
# Read from the query by hand, so that no route names them.
UNNAMED = (
    *("connection", "job", "exchange", "model", "system", "endpoint", "from", "version", "status"),
    *("base", "dataset", "owner", "q", "before", "training_percent", *FIELDS),
)
ODD = st.one_of(
    st.sampled_from(
        ["0", "1", "-1", "2147483648", "9223372036854775808", "9" * 40, "1e9", "nan", "inf", "²",
         "१", "\x00", "💣", "<script>", "{0.__class__}", "%(x)s", "../..", "a" * 3000]
    ),
    st.integers().map(str),
    st.text(max_size=20),
)  # fmt: skip


def pages(app: FastAPI) -> list[APIRoute]:
    routes = [route for route in walk(app.routes) if not is_command(route)]
    return [route for route in routes if not route.path.endswith(STREAMS)]


def names_of(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for needed in dependant.dependencies:
        yield from names_of(needed)


@st.composite
def addresses(draw: st.DrawFn, path: str, names: list[str]) -> str:
    """Mostly about things that exist, or no query would ever be read."""
    value = st.one_of(st.just("1"), st.just("1"), ODD)
    filled = PLACE.sub(lambda _: quote(draw(value), safe=""), path)
    query = draw(st.dictionaries(st.sampled_from(names), ODD, max_size=3))
    pairs = "&".join(f"{name}={quote(text, safe='')}" for name, text in query.items())
    return f"{filled}?{pairs}" if pairs else filled


@pytest.mark.slow
@settings(suppress_health_check=list(HealthCheck), max_examples=400)
@given(data=st.data())
def test_no_page_fails(app: FastAPI, ada: TestClient, job: Job, data: st.DataObject) -> None:
    assert job.id == 1
    route = data.draw(st.sampled_from(pages(app)), label="route")
    names = [*names_of(route.dependant), *UNNAMED]
    address = data.draw(addresses(route.path, names), label="address")
    assert ada.get(address).status_code in {200, 303, 307, 400, 404, 422}


@pytest.mark.parametrize("number", ["2147483648", "9223372036854775808", "9" * 40])
def test_no_number_is_too_large(app: FastAPI, ada: TestClient, job: Job, number: str) -> None:
    assert job.id == 1
    asked = {
        (min(route.methods or ()), PLACE.sub(number, route.path))
        for route in walk(app.routes)
        if PLACE.search(route.path)
    }
    answers = {address: ada.request(*address).status_code for address in asked}
    assert len(answers) > 25
    assert set(answers.values()) <= {404, 422}


@pytest.mark.parametrize("before", ["9223372036854775808", "-1", "x"])
def test_the_trail_begins_at_a_number(ada: TestClient, before: str) -> None:
    assert ada.get("/audit", params={"before": before}).status_code == 422
