"""What the navigation shows: only what exists, and only to whom it is open."""

from dataclasses import dataclass

from app.core.actor import Actor, Role
from app.core.text import N_


@dataclass(frozen=True, slots=True)
class NavItem:
    """`key` is typed after g; `needs` is the least role that may open the page.

    `also` is the address of further pages that belong to it.
    """

    id: str
    label: str
    href: str
    icon: str
    key: str
    needs: Role = Role.VIEWER
    also: str = ""

    def is_current(self, path: str) -> bool:
        """Whether `path` is this page or below it."""
        return any(
            path == href or (href not in {"/", ""} and path.startswith(f"{href}/"))
            for href in (self.href, self.also)
        )


ITEMS = (
    NavItem("overview", N_("Overview"), "/", "home", "o"),
    NavItem("datasets", N_("Datasets"), "/datasets", "rows", "d", also="/imports"),
    NavItem("jobs", N_("Jobs"), "/jobs", "curve", "j"),
    NavItem("playground", N_("Playground"), "/playground", "chat", "p"),
    NavItem("connections", N_("Connections"), "/connections", "plug", "n"),
    NavItem("users", N_("People"), "/users", "people", "u", Role.ADMIN),
    NavItem("audit", N_("Activity"), "/audit", "pulse", "a", Role.ADMIN),
)


def list_items(actor: Actor | None) -> list[NavItem]:
    return [item for item in ITEMS if actor is not None and actor.role.allows(item.needs)]
