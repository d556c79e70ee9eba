from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from app.provider.client import ProviderClient
from app.provider.profiles import COMPATIBLE, Profile
from app.provider.sdk import Endpoint
from tests.provider.wire import BASE_URL, KEY, ConnectClient, Handler


@pytest.fixture
def connect() -> Iterator[ConnectClient]:
    """A client whose requests a handler answers at the wire."""
    clients: list[ProviderClient] = []

    def make(handler: Handler, profile: Profile = COMPATIBLE, **endpoint: Any) -> ProviderClient:
        parts = {"base_url": BASE_URL, "api_key": KEY, **endpoint}
        transport = httpx2.MockTransport(handler)
        client = ProviderClient(
            Endpoint(profile=profile, **parts), http_client=httpx2.Client(transport=transport)
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()
