"""Takes the pictures of the README anew: `python docs/take_screenshots.py`.

Does the demo on a data folder of its own and photographs what comes of it.
"""

import tempfile
import threading
import time
from pathlib import Path

import typer
import uvicorn
from playwright.sync_api import ViewportSize, sync_playwright

from app.access.service import find_user_by_name, start_session
from app.core.config import Settings
from app.core.context import Context
from app.demo import ADMIN, Demo
from app.main import create_app

IMAGES = Path(__file__).parent / "images"
PORT = 8765
ADDRESS = f"http://127.0.0.1:{PORT}"
SIZE: ViewportSize = {"width": 1440, "height": 960}
PAGES = {"job": "/jobs/1"}


def take_pictures(context: Context) -> None:
    Demo(context, ADDRESS, typer.echo).show()
    token = sign_in(context)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        page = browser.new_page(viewport=SIZE, locale="en-US", color_scheme="light")
        page.context.add_cookies([{"name": "tuneboard_session", "value": token, "url": ADDRESS}])
        for name, path in PAGES.items():
            page.goto(f"{ADDRESS}{path}")
            page.wait_for_timeout(1500)
            page.screenshot(path=IMAGES / f"{name}.png")


def sign_in(context: Context) -> str:
    with context.db.write() as session:
        user = find_user_by_name(session, ADMIN)
        assert user is not None
        return start_session(session, context.secrets, user, days=1, user_agent="screenshots")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(data_dir=Path(folder), port=PORT))
        server = uvicorn.Server(uvicorn.Config(app, port=PORT, log_level="warning"))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            time.sleep(0.1)
        try:
            take_pictures(app.state.context)
        finally:
            server.should_exit = True
            thread.join()


if __name__ == "__main__":
    main()
