from app.core.actor import Actor, Role
from app.web.navigation import ITEMS, list_items


def ids(actor: Actor | None) -> set[str]:
    return {item.id for item in list_items(actor)}


def test_people_and_activity_are_for_admins() -> None:
    assert ids(Actor(1, "Ada", Role.ADMIN)) - ids(Actor(2, "Ed", Role.EDITOR)) == {"users", "audit"}
    assert ids(None) == set()


def test_an_item_is_current_on_its_page_and_below_it() -> None:
    jobs = next(item for item in ITEMS if item.id == "jobs")
    overview = next(item for item in ITEMS if item.id == "overview")
    assert jobs.is_current("/jobs")
    assert jobs.is_current("/jobs/7")
    assert not jobs.is_current("/jobsearch")
    assert not overview.is_current("/jobs")


def test_no_two_items_share_a_key() -> None:
    assert len({item.key for item in ITEMS}) == len(ITEMS)
