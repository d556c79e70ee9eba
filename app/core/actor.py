"""Who acts: a person, or Tuneboard itself."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.text import N_


class Role(StrEnum):
    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def allows(self, needed: "Role") -> bool:
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]


_LABELS = {Role.VIEWER: N_("viewer"), Role.EDITOR: N_("editor"), Role.ADMIN: N_("admin")}
_MEANINGS = {
    Role.VIEWER: N_("Looks at everything, changes nothing."),
    Role.EDITOR: N_("Uploads datasets, creates and cancels jobs, uses the playground."),
    Role.ADMIN: N_("Also manages connections and people."),
}


@dataclass(frozen=True, slots=True)
class Actor:
    id: int | None
    name: str
    role: Role


SYSTEM = Actor(None, "system", Role.ADMIN)
