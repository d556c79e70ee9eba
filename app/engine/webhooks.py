"""Telling a URL that a job is over, signed as Standard Webhooks are.

A trigger of the database writes the event in the very transaction that ends the job, whichever
process ends it; the event stays until the URL has taken it, so neither side's death loses one.
The receiver may see an event twice and knows it by its `webhook-id`.
"""

import base64
import binascii
import hashlib
import hmac
import sqlite3
import threading
import time
from dataclasses import dataclass, field

import httpx2
import orjson

from app.core.logs import log
from app.engine.store import Store

LOOK_SECONDS = 0.5
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 3600.0
GIVE_UP_SECONDS = 72 * 3600
TIMEOUT_SECONDS = 10.0
AT_ONCE = 50
PREFIX = "whsec_"

LISTEN = """
CREATE TRIGGER IF NOT EXISTS tell_webhook AFTER UPDATE OF status ON jobs
WHEN NEW.status IN ('succeeded', 'failed', 'cancelled') AND OLD.status <> NEW.status
BEGIN
    INSERT INTO webhook_events (id, created_at, type, job_id, due_at) VALUES (
        'evt_' || lower(hex(randomblob(16))), unixepoch(), 'fine_tuning.job.' || NEW.status,
        NEW.id, 0
    );
END
"""
IGNORE = ("DROP TRIGGER IF EXISTS tell_webhook", "DELETE FROM webhook_events")


class BadWebhook(Exception):
    """An address or secret that cannot be used, with a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Webhook:
    url: str
    key: bytes = field(repr=False)


def make_webhook(url: str, secret: str) -> Webhook | None:
    """None without an address; raises BadWebhook. A secret without whsec_ is taken as it is."""
    if not url:
        return None
    if not url.startswith(("http://", "https://")):
        raise BadWebhook("the webhook's address must begin with http:// or https://")
    if not secret:
        raise BadWebhook("the webhook needs a secret, in TUNEBOARD_ENGINE_WEBHOOK_SECRET")
    if not secret.startswith(PREFIX):
        return Webhook(url, secret.encode())
    try:
        return Webhook(url, base64.b64decode(secret.removeprefix(PREFIX), validate=True))
    except binascii.Error:
        raise BadWebhook(f"the webhook's secret is not base64 after {PREFIX}") from None


def sign(webhook: Webhook, event_id: str, timestamp: int, body: bytes) -> str:
    signed = b".".join((event_id.encode(), str(timestamp).encode(), body))
    digest = hmac.new(webhook.key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


class WebhookSender:
    """Without a webhook nothing is remembered, and what still waited is forgotten."""

    def __init__(self, store: Store, webhook: Webhook | None) -> None:
        self._store = store
        self._webhook = webhook
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        with self._store.write() as connection:
            for statement in (LISTEN,) if self._webhook else IGNORE:
                connection.execute(statement)
        if self._webhook is not None:
            arguments = (self._webhook,)
            self._thread = threading.Thread(target=self._keep_going, args=arguments, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def _keep_going(self, webhook: Webhook) -> None:
        with httpx2.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False) as http:
            while not self._stopping.wait(LOOK_SECONDS):
                try:
                    self._deliver_due(http, webhook)
                except Exception as error:  # noqa: BLE001 - one bad moment must not end all
                    log.error("engine webhooks failed", exc_info=error)

    def _deliver_due(self, http: httpx2.Client, webhook: Webhook) -> None:
        query = "SELECT * FROM webhook_events WHERE due_at <= ? ORDER BY seq LIMIT ?"
        for event in self._store.read().execute(query, (time.time(), AT_ONCE)).fetchall():
            if self._stopping.is_set():
                return
            _note(self._store, event, delivered=deliver(http, webhook, event))


def deliver(http: httpx2.Client, webhook: Webhook, event: sqlite3.Row) -> bool:
    """Whether the receiver took it, which it says with a 2xx."""
    data = {"id": event["job_id"]}
    kept = {name: event[name] for name in ("id", "created_at", "type")}
    body = orjson.dumps({"object": "event", **kept, "data": data})
    timestamp = int(time.time())
    headers = {
        "content-type": "application/json",
        "user-agent": "tuneboard-engine",
        "webhook-id": event["id"],
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(webhook, event["id"], timestamp, body),
    }
    try:
        return http.post(webhook.url, content=body, headers=headers).is_success
    except (httpx2.HTTPError, httpx2.InvalidURL):
        return False


def _note(store: Store, event: sqlite3.Row, *, delivered: bool) -> None:
    attempts = event["attempts"] + 1
    too_old = time.time() - event["created_at"] > GIVE_UP_SECONDS
    if too_old and not delivered:
        log.warning("engine webhook given up", webhook_id=event["id"], attempts=attempts)
    with store.write() as connection:
        if delivered or too_old:
            connection.execute("DELETE FROM webhook_events WHERE seq = ?", (event["seq"],))
            return
        connection.execute(
            "UPDATE webhook_events SET attempts = ?, due_at = ? WHERE seq = ?",
            (attempts, time.time() + pause_after(attempts), event["seq"]),
        )


def pause_after(attempts: int) -> float:
    """Seconds: 1, 2, 4, … up to an hour."""
    return min(FIRST_PAUSE_SECONDS * 2.0 ** min(attempts - 1, 20), LONGEST_PAUSE_SECONDS)
