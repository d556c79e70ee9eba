"""What has had its time goes: expired files, and the parts of uploads that are over."""

import shutil
import time

from app.engine.store import Store


def sweep(store: Store) -> None:
    store.keep_reserve()
    with store.write() as connection:
        expired = connection.execute(
            "DELETE FROM files WHERE expires_at <= ? RETURNING id", (int(time.time()),)
        ).fetchall()
    for row in expired:
        store.file_path(row["id"]).unlink(missing_ok=True)
    query = "SELECT id FROM uploads WHERE status = 'pending' AND expires_at > ?"
    open_uploads = {row["id"] for row in store.read().execute(query, (int(time.time()),))}
    for folder in (store.root / "uploads").iterdir():
        if folder.name not in open_uploads:
            shutil.rmtree(folder, ignore_errors=True)
