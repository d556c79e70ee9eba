"""The way out over real sockets."""

import contextlib
import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from app.provider import errors
from app.provider.client import ProviderClient
from app.provider.profiles import COMPATIBLE
from app.provider.sdk import Endpoint
from app.provider.transport import HttpClient

Answer = Callable[[socket.socket], None]
Ask = Callable[[ProviderClient], object]
JSON = b'{"data": [{"id": "tiny"}]}'
OK = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(JSON), JSON)


@contextlib.contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """A server that reads one request per connection and lets `answer` reply."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, answer), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _serve(server: socket.socket, answer: Answer) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                answer(connection)


def models_of(base_url: str, *, allow_private: bool = True) -> list[str]:
    endpoint = Endpoint(base_url, "sk-x", COMPATIBLE)
    with ProviderClient(endpoint, allow_private=allow_private) as client:
        return [model.id for model in client.list_models()]


@contextlib.contextmanager
def impatient(base_url: str, seconds: float) -> Iterator[ProviderClient]:
    endpoint = Endpoint(base_url, "sk-x", COMPATIBLE)
    http_client = HttpClient(allow_private=True, answer_seconds=seconds)
    with ProviderClient(endpoint, read_seconds=0.3, http_client=http_client) as client:
        yield client


def test_a_real_answer_arrives() -> None:
    with serving(lambda connection: connection.sendall(OK)) as url:
        assert models_of(url) == ["tiny"]
        assert models_of(url.replace("127.0.0.1", "localhost")) == ["tiny"]


def test_private_address_is_refused_by_setting() -> None:
    with (
        serving(lambda connection: connection.sendall(OK)) as url,
        pytest.raises(errors.AddressRefused, match=r"127\.0\.0\.1"),
    ):
        models_of(url, allow_private=False)


def test_metadata_address_is_always_refused() -> None:
    with pytest.raises(errors.AddressRefused):
        models_of("http://169.254.169.254/latest")


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(errors.ProviderUnreachable) as caught:
        models_of(f"http://127.0.0.1:{port}/v1")
    assert type(caught.value) is errors.ProviderUnreachable
    assert f"127.0.0.1:{port}" in caught.value.message


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 70 + ".invalid"])
def test_unknown_name(host: str) -> None:
    with pytest.raises(errors.HostUnknown, match="is not known"):
        models_of(f"http://{host}/v1")


def test_broken_off_in_the_middle() -> None:
    with (
        serving(lambda connection: connection.sendall(OK[:-10])) as url,
        pytest.raises(errors.ConnectionBroken),
    ):
        models_of(url)


def test_not_http_at_all() -> None:
    with (
        serving(lambda connection: connection.sendall(b"SSH-2.0-OpenSSH\r\n")) as url,
        pytest.raises(errors.ConnectionBroken),
    ):
        models_of(url)


def test_plain_http_where_tls_is_expected() -> None:
    with (
        serving(lambda connection: connection.sendall(OK)) as url,
        pytest.raises(errors.ProviderUnreachable),
    ):
        models_of(url.replace("http:", "https:"))


def test_redirects_are_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"
    with (
        serving(lambda connection: connection.sendall(moved)) as url,
        pytest.raises(errors.Redirected, match=r"169\.254\.169\.254"),
    ):
        models_of(url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_is_asked_where_a_redirect_leads(status: int) -> None:
    asked = threading.Event()

    def take(connection: socket.socket) -> None:
        asked.set()
        connection.sendall(OK)

    with serving(take) as inside:
        moved = (
            b"HTTP/1.1 %d Moved\r\nlocation: %b\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        )
        answer = moved % (status, inside.encode())

        def move(connection: socket.socket) -> None:
            connection.sendall(answer)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                """The rest of what is sent, lest the answer be lost with it."""

        with serving(move) as url, impatient(url, 5) as to:
            for ask in (to.list_models, to.check_creation, lambda: to.read_file("file-1")):
                with pytest.raises(errors.Redirected):
                    ask()
    assert not asked.is_set()


def test_a_name_that_changes_while_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look-up is judged and used, so a second answer of the name server helps nobody."""
    answers = ["127.0.0.1", "169.254.169.254", "169.254.169.254"]
    real, looked_up = socket.getaddrinfo, []

    def look_up(host: str, *args: object, **options: object) -> object:
        if host != "rebinding.test":
            return real(host, *args, **options)  # type: ignore[arg-type]
        looked_up.append(host)
        return real(answers[len(looked_up) - 1], *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with serving(lambda connection: connection.sendall(OK)) as url:
        moving = url.replace("127.0.0.1", "rebinding.test")
        assert models_of(moving) == ["tiny"]
        assert len(looked_up) == 1
        with pytest.raises(errors.AddressRefused, match=r"rebinding\.test"):
            models_of(moving)


def test_a_name_of_several_addresses_one_of_them_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def look_up(_host: str, *args: object, **options: object) -> object:
        found = ("127.0.0.1", "169.254.169.254")
        return [entry for each in found for entry in real(each, *args, **options)]  # type: ignore[arg-type]

    with serving(lambda connection: connection.sendall(OK)) as url:
        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        with pytest.raises(errors.AddressRefused):
            models_of(url.replace("127.0.0.1", "both.test"))


def test_an_answer_that_never_ends() -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        while True:
            connection.sendall(b": keep waiting" * 100_000)

    with serving(answer) as url, pytest.raises(errors.ProviderTimedOut):
        models_of(url)


def drip(start: bytes, drop: bytes) -> Answer:
    """Something comes all the time, and never is it enough."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            time.sleep(0.05)
            connection.sendall(drop)

    return answer


HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"


@pytest.mark.parametrize(("start", "drop"), [(b"HTTP/1.1 200 OK\r\nx: ", b"x"), (HEAD, b" ")])
@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.list_models(),
        lambda client: client.cancel_job("ftjob-1"),
    ],
    ids=["list", "cancel"],
)
def test_an_answer_that_drips(start: bytes, drop: bytes, ask: Ask) -> None:
    with serving(drip(start, drop)) as url, impatient(url, seconds=0.5) as client:
        began = time.monotonic()
        with pytest.raises(errors.ProviderTimedOut):
            ask(client)
        assert time.monotonic() - began < 10


def test_an_answer_that_would_unpack_to_more() -> None:
    packed = gzip.compress(b" " * 50_000_000)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip, gzip\r\ncontent-length: %d\r\n\r\n"
    answer = head % len(packed) + packed
    with serving(lambda connection: connection.sendall(answer)) as url:
        tracemalloc.start()
        with pytest.raises(errors.NonsenseAnswer):
            models_of(url)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 20_000_000


@pytest.mark.parametrize("began", [b"", HEAD, HEAD + b"["], ids=["nothing", "head", "half"])
def test_hanging_up_wakes_who_waits(began: bytes) -> None:
    is_asked, ended = threading.Event(), threading.Event()
    caught: list[BaseException] = []

    def answer(connection: socket.socket) -> None:
        connection.sendall(began)
        is_asked.set()
        ended.wait(20)

    def ask(client: ProviderClient) -> None:
        try:
            client.list_models()
        except errors.ProviderError as error:
            caught.append(error)
        ended.set()

    with serving(answer) as url, ProviderClient(Endpoint(url, "sk-x", COMPATIBLE)) as client:
        threading.Thread(target=ask, args=(client,), daemon=True).start()
        assert is_asked.wait(5)
        client.hang_up()
        assert ended.wait(5)
        assert type(caught[0]) is errors.ConnectionBroken
        with pytest.raises(errors.ProviderUnreachable):
            client.list_models()


def test_a_file_that_never_ends() -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"1,2,3\n" * 100_000)

    with (
        serving(answer) as url,
        impatient(url, seconds=60) as client,
        pytest.raises(errors.ProviderTimedOut),
    ):
        client.read_file("file-1")
