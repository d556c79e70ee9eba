"""Fixes on PostgreSQL: the same page, the same version, whatever a text holds."""

import pytest

from app.core.context import Context
from app.worker import do_all_due
from tests.conftest import ClientFor
from tests.datasets.uploads import chat_row, jsonl, reviews, upload
from tests.postgres.test_same_on_postgres import first_visit

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def test_a_finding_is_fixed(client_for: ClientFor, context: Context) -> None:
    person = client_for(None)
    first_visit(person)
    data = reviews() + jsonl(chat_row("review 1", "2"), chat_row(" a\x00b "), "{oops")
    path = upload(person, data).headers["location"]
    do_all_due(context)
    steps = {
        "fix": ["drop_broken", "drop_duplicates", "trim", "one_system_prompt"],
        "system_prompt": "Rate\x00 it.",
    }
    assert "1 line left out" in person.post(f"{path}/prepare/preview", data=steps).text
    made = person.post(f"{path}/prepare", data=steps | {"split": "1"})
    assert made.status_code == 303
    do_all_due(context)
    page = person.get(str(made.headers["location"]))
    assert ("@2" in page.text, "@3" in page.text) == (True, True)
    lineage = f"{path.removesuffix('1')}2/prepare/made-by"
    assert "Trim blanks" in person.get(lineage).text
