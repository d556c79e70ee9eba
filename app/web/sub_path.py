"""Below a sub-path of a reverse proxy."""

from starlette.types import ASGIApp, Receive, Scope, Send


class SubPath:
    """Puts the sub-path back where the proxy has taken it off: `path` begins with `root_path`
    either way, as mounted applications expect."""

    def __init__(self, app: ASGIApp, *, root_path: str) -> None:
        self.app = app
        self.root = "/" + root_path.strip("/") if root_path.strip("/") else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.root and scope["type"] == "http":
            # In place, so that the page of a failure, made further out, knows it too.
            scope["root_path"] = self.root
            if not f"{scope['path']}/".startswith(f"{self.root}/"):
                scope["path"] = self.root + scope["path"]
                scope["raw_path"] = self.root.encode() + scope.get("raw_path", b"")
        await self.app(scope, receive, send)
