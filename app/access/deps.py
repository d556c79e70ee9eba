"""Who may: every route names its reader with one of these."""

import time
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from app.access.service import actor_of, find_user_by_token
from app.core.actor import Actor, Role
from app.core.context import Context
from app.core.errors import Forbidden
from app.web.deps import AppContext
from app.web.errors import SignedOut
from app.web.live import Look, Looker, QuickLooker

SESSION_COOKIE = "tuneboard_session"
SEEN_AGAIN_SECONDS = 5.0


def find_actor(request: Request, context: AppContext) -> Actor | None:
    """The signed-in person; kept on the request for the page's frame."""
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None
    with context.db.read() as session:
        user = find_user_by_token(session, context.secrets, token)
        if user is None:
            return None
        request.state.actor = actor_of(user)
    return actor_of(user)


SomeActor = Annotated[Actor | None, Depends(find_actor)]


def _needs(role: Role) -> Callable[[Actor | None], Actor]:
    def actor_with_role(actor: SomeActor) -> Actor:
        if actor is None:
            raise SignedOut
        if not actor.role.allows(role):
            raise Forbidden("This needs the role {role}. Ask an admin.", role=role.value)
        return actor

    return actor_with_role


Viewer = Annotated[Actor, Depends(_needs(Role.VIEWER))]
Editor = Annotated[Actor, Depends(_needs(Role.EDITOR))]
Admin = Annotated[Actor, Depends(_needs(Role.ADMIN))]


def while_signed_in(
    request: Request, context: Context, look: Looker, at_hand: QuickLooker | None = None
) -> "LookWhileSignedIn":
    """A stream that ends soon after its reader was signed out or retired."""
    return LookWhileSignedIn(request, context, look, at_hand)


class LookWhileSignedIn:
    def __init__(
        self, request: Request, context: Context, look: Looker, at_hand: QuickLooker | None
    ) -> None:
        self._request, self._context = request, context
        self._look, self._at_hand = look, at_hand
        self._seen_at = time.monotonic()

    def __call__(self, last_id: str) -> Look:
        if self._is_to_be_seen_again():
            if find_actor(self._request, self._context) is None:
                return Look(done=True)
            self._seen_at = time.monotonic()
        return self._look(last_id)

    def at_hand(self, last_id: str) -> Look | None:
        if self._at_hand is None or self._is_to_be_seen_again():
            return None
        return self._at_hand(last_id)

    def _is_to_be_seen_again(self) -> bool:
        return time.monotonic() - self._seen_at >= SEEN_AGAIN_SECONDS
