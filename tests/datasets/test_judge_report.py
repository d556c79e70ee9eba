"""The switch of the report page: for whom it judges."""

import json
import re

import pytest
from starlette.testclient import TestClient

from app.core.context import Context
from app.core.db import Database
from app.datasets.models import VersionStatus
from tests.datasets.set_cases import GOOD
from tests.datasets.uploads import jsonl, reviews, upload_checked, version_at

PAIRS = jsonl(*map(json.dumps, GOOD))


def judged(page: str) -> list[str]:
    """The verdicts of the switch, in its order."""
    switch = page[page.index('class="judged"') : page.index("</nav>", page.index('class="judged"'))]
    return re.findall(r"status--(\w+)", switch)


def test_each_provider_has_its_verdict(ed: TestClient, context: Context, db: Database) -> None:
    path = upload_checked(ed, context, PAIRS)
    page = ed.get(path).text
    assert judged(page) == ["ready", "blocked", "warning", "ready"]
    assert version_at(db, path).status is VersionStatus.READY
    assert "completion_retired" not in page


@pytest.mark.parametrize(
    ("profile", "rule", "said"),
    [
        ("openai", "completion_retired", "1 broken rule keeps jobs from using it."),
        ("azure", "completion_unlisted", "Ready, with 1 warning."),
        ("engine", "few_examples", "No errors and no warnings."),
    ],
)
def test_the_switch_changes_findings_and_verdict(
    ed: TestClient, context: Context, profile: str, rule: str, said: str
) -> None:
    path = upload_checked(ed, context, PAIRS)
    page = ed.get(f"{path}?for={profile}").text
    assert f'id="finding-{rule}"' in page
    assert said in page
    assert f"report.json?for={profile}" in page
    assert f'name="for" value="{profile}"' in page
    document = ed.get(f"{path}/report.json?for={profile}").json()
    assert document["for"] == profile
    assert rule in {found["rule"] for found in document["findings"]}


def test_an_unknown_word_is_any_compatible_server(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context, PAIRS)
    assert judged(ed.get(f"{path}?for=%3Cb%3E").text) == judged(ed.get(path).text)
    assert ed.get(f"{path}/report.json?for=nobody").json()["for"] == "compatible"


def test_tables_beside_charts_lead_to_their_examples(ed: TestClient, context: Context) -> None:
    path = upload_checked(ed, context, reviews(40))
    page = ed.get(path).text
    assert f"{path}/examples?messages=2-2" in page
    assert re.search(rf"{path}/examples\?tokens=\d+-\d+", page)
    assert re.search(rf"{path}/examples\?answer_tokens=\d+-\d+", page)
    assert f"{path}/examples?label=1" in page
    assert "Every answer is a single token: max_tokens=1 is enough." in page
