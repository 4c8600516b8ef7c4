# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens on a real connection: answers without end, cuts, proxies, the word to stop."""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import json
import socket
import ssl
import struct
import threading
import time
import tracemalloc
import uuid
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.community.acronis.plugins.module_utils import _http, _tenants
from ansible_collections.community.acronis.plugins.module_utils._auth import Settings
from ansible_collections.community.acronis.plugins.module_utils._client import Client
from ansible_collections.community.acronis.plugins.module_utils._errors import (
    AcronisError,
    AnswerError,
    InputError,
    StoppedError,
    TransportError,
)
from ansible_collections.community.acronis.plugins.module_utils._tenants import TenantApi
from ansible_collections.community.acronis.plugins.module_utils._throttle import Timing
from ansible_collections.community.acronis.tests.simulator import Simulator

Handle = Callable[["Server", socket.socket], None]

OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"id": "t"}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Server:
    """A server on a loopback port that does with each connection what a test says.

    requests: the first lines of the requests that came. connections: how many. sent: bytes that were written.
    """

    def __init__(self, handle: Handle, tls: ssl.SSLContext | None = None) -> None:
        self._handle = handle
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.ended = threading.Event()
        self.requests: list[str] = []
        self.connections = 0
        self.sent = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _peer = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            self._handle(self, connection)

    def read(self, connection: socket.socket) -> str:
        """Return the first line of a request, after all of it was read, or nothing when the other side went away."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return ""
            data += piece
        head, _blank, body = data.partition(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                while len(body) < int(line.split(b":")[1]):
                    body += connection.recv(65536)
        self.requests.append(head.split(b" HTTP")[0].decode())
        return self.requests[-1]

    def write(self, connection: socket.socket, data: bytes) -> None:
        connection.sendall(data)
        self.sent += len(data)

    def close(self) -> None:
        self.ended.set()
        for one in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(handle: Handle, tls: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(handle, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*_http.PROXY_VARIABLES, *_http.BUNDLE_VARIABLES, "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


def client_of(url: str, timeout: float = 10, timing: Timing | None = None, **options: Any) -> Client:
    params = {
        "datacenter_url": url,
        "access_token": "mine",
        "validate_certs": True,
        "timeout": 10,
        "retry_timeout": 0,
        **options,
    }
    settings = dataclasses.replace(Settings.from_params(params), timeout=timeout)  # type: ignore[arg-type]
    return Client(settings, timing=timing)


def answering(server: Server, connection: socket.socket) -> None:
    while server.read(connection):
        server.write(connection, OK)


def silent(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    server.ended.wait(60)


# -- bounds -----------------------------------------------------------------------------------------------------------


def drip(head: bytes, drop: bytes) -> Handle:
    def handle(server: Server, connection: socket.socket) -> None:
        while server.read(connection):
            server.write(connection, head)
            while not server.ended.wait(0.05):
                server.write(connection, drop)

    return handle


DRIPS = {
    "status": drip(b"HTTP/1.1 200 ", b"O"),
    "headers": drip(HEAD, b"X"),
    "interim answers": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": drip(HEAD + b"Content-Length: 1000000\r\n\r\n", b" "),
    "chunks": drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "redirect": drip(b"HTTP/1.1 302 Found\r\nLocation: https://h.example/\r\nContent-Length: 1000000\r\n\r\n", b" "),
}


def senders() -> set[threading.Thread]:
    """The threads that send requests, or wait for one to send."""
    return {thread for thread in threading.enumerate() if thread.name == _http.Sender.__name__}


@pytest.mark.parametrize("handle", DRIPS.values(), ids=DRIPS)
def test_an_answer_that_drips_is_left(serve: Callable[..., Server], handle: Handle) -> None:
    before = senders()
    client = client_of(f"http://{serve(handle).address}", timeout=0.2)
    with pytest.raises(TransportError, match=r"was not complete within 0\.8 seconds, .*increase timeout") as caught:
        client.get("/tenants/t")
    assert caught.value.retryable and not caught.value.uncertain
    with pytest.raises(TransportError) as caught:
        client.put("/tenants/t", {}, client.backoff())
    assert caught.value.uncertain
    # The connections are cut, so that nothing goes on behind the task's back.
    for thread in senders() - before:
        thread.join(10)
        assert not thread.is_alive()


def test_what_is_left_before_it_was_sent_is_never_sent(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(answering)
    found = threading.Event()
    look_up = socket.getaddrinfo

    def slow(*arguments: Any, **options: Any) -> Any:
        assert found.wait(30)
        return look_up(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    client = client_of(f"http://{server.address}", timeout=0.1)
    before = senders()
    with pytest.raises(TransportError, match="not complete") as caught:
        client.put("/tenants/t", {}, client.backoff())
    assert caught.value.retryable and not caught.value.uncertain
    (left,) = senders() - before
    found.set()
    left.join(10)
    assert not left.is_alive()
    # The next one comes over a connection of its own, and is the only one that the server gets.
    assert client.put("/tenants/t", {}, client.backoff()) == {"id": "t"}
    assert (server.connections, server.requests) == (2, ["PUT /api/2/tenants/t"])


def test_a_thread_sends_all_requests_of_a_session(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_http, "MAX_IDLE", 3600)
    before = senders()
    client = client_of(f"http://{serve(answering).address}")
    for _request in range(3):
        client.get("/tenants/t")
    assert len(senders() - before) == 1


def test_a_thread_with_nothing_to_send_ends(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "MAX_IDLE", 0.01)
    before = senders()
    server = serve(answering)
    client = client_of(f"http://{server.address}")
    for _request in range(2):
        assert client.get("/tenants/t") == {"id": "t"}
        for thread in senders() - before:
            thread.join(10)
        assert senders() <= before
    # The connection is the session's, not the thread's.
    assert server.connections == 1


def endless(head: bytes, piece: bytes) -> Handle:
    def handle(server: Server, connection: socket.socket) -> None:
        server.read(connection)
        server.write(connection, HEAD + head + b"\r\n")
        while not server.ended.is_set():
            server.write(connection, piece)

    return handle


def bomb() -> Iterator[bytes]:
    """Yield blanks without end, packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    blanks = b" " * 2**24
    while True:
        yield packer.compress(blanks) + packer.flush(zlib.Z_SYNC_FLUSH)


def bombing(server: Server, connection: socket.socket) -> None:
    server.read(connection)
    server.write(connection, HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
    for piece in bomb():
        server.write(connection, b"%x\r\n%b\r\n" % (len(piece), piece))


MEBIBYTE = 2**20
FLOODS = {
    "chunks": endless(b"Transfer-Encoding: chunked\r\n", b"10000\r\n" + b" " * 2**16 + b"\r\n"),
    "length": endless(b"Content-Length: 3000000000\r\n", b" " * 2**16),
    "until the end of the connection": endless(b"", b" " * 2**16),
    "packed": bombing,
}


@pytest.mark.parametrize("handle", FLOODS.values(), ids=FLOODS)
def test_an_answer_without_end_is_refused_before_it_fills_the_memory(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, handle: Handle
) -> None:
    monkeypatch.setattr(_http, "LARGEST_BODY", 4 * MEBIBYTE)
    client = client_of(f"http://{serve(handle).address}")
    tracemalloc.start()
    try:
        with pytest.raises(AnswerError, match=r"more than 4 MiB.*check datacenter_url and any proxy") as caught:
            client.get("/tenants/t")
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not caught.value.retryable
    # The server of this test keeps 16 MiB of blanks and what it packs.
    assert peak < 60 * MEBIBYTE
    with pytest.raises(AnswerError) as caught:
        client.put("/tenants/t", {}, client.backoff())
    assert caught.value.uncertain


def answer_with(head: bytes, body: bytes) -> Handle:
    def handle(server: Server, connection: socket.socket) -> None:
        while server.read(connection):
            server.write(connection, HEAD + head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    return handle


def test_a_packed_answer_is_unpacked(serve: Callable[..., Server]) -> None:
    document = {"items": [{"id": "t", "name": "x" * 200}] * 20_000}
    packed = gzip.compress(json.dumps(document).encode())
    server = serve(answer_with(b"Content-Encoding: gzip\r\n", packed))
    client = client_of(f"http://{server.address}")
    assert client.get("/tenants") == document
    assert client.get("/tenants") == document
    # The connection serves for all requests.
    assert (server.connections, len(server.requests)) == (1, 2)


@pytest.mark.parametrize(
    ("head", "body", "words"),
    [
        (b"Content-Encoding: br\r\n", b"x", "compressed with 'br', which was not requested"),
        (b"Content-Encoding: gzip, gzip\r\n", b"x", "which was not requested"),
        (b"Content-Encoding: gzip\r\n", b"no gzip", "cannot be decompressed"),
        (b"Content-Encoding: gzip\r\n", gzip.compress(b'{"id": "t"}')[:-12], "is not from the platform"),
    ],
    ids=["brotli", "twice", "broken", "short"],
)
def test_an_answer_that_cannot_be_unpacked(serve: Callable[..., Server], head: bytes, body: bytes, words: str) -> None:
    with pytest.raises(AnswerError, match=words):
        client_of(f"http://{serve(answer_with(head, body)).address}").get("/tenants/t")


def tenant(number: int) -> dict[str, Any]:
    identity = str(uuid.UUID(int=number))
    return {"id": identity, "version": 1, "name": "n", "kind": "customer", "enabled": True, "parent_id": identity}


@pytest.mark.parametrize(
    ("items", "pages"),
    [
        (lambda page: [], _tenants.MAX_BARREN_PAGES + 1),
        (lambda page: [tenant(1)], _tenants.MAX_BARREN_PAGES + 2),
        (lambda page: [tenant(page)], 41),
        (lambda page: [tenant(100 * page + number) for number in range(100)], 11),
    ],
    ids=["empty", "the same", "many", "large"],
)
def test_a_listing_without_end(
    serve: Callable[..., Server],
    monkeypatch: pytest.MonkeyPatch,
    items: Callable[[int], list[dict[str, Any]]],
    pages: int,
) -> None:
    monkeypatch.setattr(_tenants, "MAX_PAGES", 40 - 1)
    monkeypatch.setattr(_tenants, "MAX_ITEMS", 1000)

    def handle(server: Server, connection: socket.socket) -> None:
        while server.read(connection):
            page = len(server.requests)
            body = json.dumps({"items": items(page), "paging": {"cursors": {"after": f"cursor-{page}"}}}).encode()
            server.write(connection, HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    server = serve(handle)
    api = TenantApi(client_of(f"http://{server.address}"))
    with pytest.raises(AnswerError, match=r"a listing of /tenants does not end after \d+ entries on \d+ pages"):
        list(api.children(str(uuid.UUID(int=1))))
    assert len(server.requests) == pages


def test_an_answer_that_ends_too_early_is_a_cut(serve: Callable[..., Server]) -> None:
    def handle(server: Server, connection: socket.socket) -> None:
        server.read(connection)
        server.write(connection, OK[:-4])

    with pytest.raises(TransportError, match="was closed") as caught:
        client_of(f"http://{serve(handle).address}").get("/tenants/t")
    assert caught.value.retryable


# -- the word to stop -------------------------------------------------------------------------------------------------


def when_asked(server: Server, act: Callable[..., object]) -> None:
    """Do something as soon as a request has arrived."""

    def wait() -> None:
        while not server.requests and not server.ended.wait(0.01):
            pass
        act()

    threading.Thread(target=wait, daemon=True).start()


@pytest.mark.parametrize("handle", [silent, DRIPS["body"]])
def test_the_word_to_stop_ends_a_read(serve: Callable[..., Server], handle: Handle) -> None:
    server = serve(handle)
    client = client_of(f"http://{server.address}", timeout=1000, retry_timeout=1000)
    when_asked(server, client.stop.request)
    with pytest.raises(StoppedError, match="interrupted"):
        client.get("/tenants/t")


def test_the_word_to_stop_ends_a_request_for_a_token(serve: Callable[..., Server]) -> None:
    server = serve(silent)
    options = {"access_token": None, "client_id": "5fc16407-b082-4bc3-a2df-6e738291a0bf", "client_secret": "x"}
    client = client_of(f"http://{server.address}", timeout=1000, **options)
    when_asked(server, client.stop.request)
    with pytest.raises(StoppedError):
        client.put("/tenants/t", {}, client.backoff())
    assert server.requests == ["POST /api/2/idp/token"]


def busy(server: Server, connection: socket.socket) -> None:
    while server.read(connection):
        server.write(connection, b"HTTP/1.1 503 Busy\r\nRetry-After: 900\r\nContent-Length: 0\r\n\r\n")


def test_the_word_to_stop_ends_waiting(serve: Callable[..., Server]) -> None:
    server = serve(busy)
    client = client_of(f"http://{server.address}", retry_timeout=1000)
    when_asked(server, client.stop.request)
    with pytest.raises(StoppedError):
        client.get("/tenants/t")


def test_a_write_in_flight_is_settled_after_the_word_to_stop(serve: Callable[..., Server]) -> None:
    stopped = threading.Event()

    def handle(server: Server, connection: socket.socket) -> None:
        while line := server.read(connection):
            if line.startswith("PUT"):
                assert stopped.wait(10)
                # Longer than a read would be waited for.
                time.sleep(0.5)
            server.write(connection, OK)

    server = serve(handle)
    client = client_of(f"http://{server.address}", timeout=1000)
    when_asked(server, lambda: (client.stop.request(), stopped.set()))
    assert client.put("/tenants/t", {}, client.backoff()) == {"id": "t"}
    # What became of writes may be read then.
    assert client.get("/tenants/t") == {"id": "t"}
    with pytest.raises(StoppedError):
        client.put("/tenants/t", {}, client.backoff())
    assert server.requests == ["PUT /api/2/tenants/t", "GET /api/2/tenants/t"]


def test_looks_after_the_word_to_stop_end_too(serve: Callable[..., Server]) -> None:
    def handle(server: Server, connection: socket.socket) -> None:
        while server.read(connection).startswith("PUT"):
            server.write(connection, OK)
        server.ended.wait(60)

    server = serve(handle)
    client = client_of(f"http://{server.address}", timeout=1000)
    client.put("/tenants/t", {}, client.backoff())
    client.stop.request()
    for _again in range(100):
        with pytest.raises(StoppedError):
            client.get("/tenants/t")
    assert len(server.requests) == 2


# -- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def at_once(connection: socket.socket) -> None:
    connection.close()


def with_reset(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def in_the_middle(connection: socket.socket) -> None:
    connection.recv(65536)
    # The beginning of a server's hello, and no more.
    connection.sendall(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03")
    connection.close()


@pytest.mark.parametrize("cut", [at_once, with_reset, in_the_middle])
def test_a_connection_that_ends_within_the_handshake_is_a_cut(
    serve: Callable[..., Server], tls: ssl.SSLContext, bundle: str, cut: Callable[[socket.socket], None]
) -> None:
    def handle(server: Server, connection: socket.socket) -> None:
        if server.connections <= 2:
            cut(connection)
        else:
            answering(server, tls.wrap_socket(connection, server_side=True))

    server = serve(handle)
    url = f"https://{server.address}"
    with pytest.raises(TransportError, match="was closed") as caught:
        client_of(url, ca_path=bundle).get("/tenants/t")
    assert caught.value.retryable and not caught.value.uncertain
    timing = Timing(sleep=lambda seconds: None)
    assert client_of(url, ca_path=bundle, retry_timeout=100, timing=timing).get("/tenants/t") == {"id": "t"}


def test_a_port_that_is_not_for_https(serve: Callable[..., Server]) -> None:
    server = serve(lambda server, connection: server.write(connection, b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    with pytest.raises(TransportError, match="check that its port is one for https, and") as caught:
        client_of(f"https://{server.address}", retry_timeout=100).get("/tenants/t")
    assert not caught.value.retryable and server.connections == 1


@pytest.mark.parametrize("handle", [silent, DRIPS["body"]])
def test_a_write_over_tls_is_left_in_time(
    serve: Callable[..., Server], tls: ssl.SSLContext, bundle: str, handle: Handle
) -> None:
    server = serve(handle, tls)
    client = client_of(f"https://{server.address}", ca_path=bundle, timeout=0.3)
    with pytest.raises(TransportError, match=r"within (0\.3|1\.2) seconds") as caught:
        client.put("/tenants/t", {}, client.backoff())
    assert caught.value.uncertain


# -- the environment --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_http_on_loopback_goes_through_no_proxy(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, variable: str, host: str
) -> None:
    proxy = serve(answering)
    monkeypatch.setenv(variable, f"http://{proxy.address}")
    with Simulator("minimal") as simulator:
        client = client_of(
            simulator.url.replace("127.0.0.1", host),
            access_token=None,
            client_id=simulator.client_id,
            client_secret=simulator.client_secret,
        )
        assert client.get("/tenants/" + simulator.platform.well_known["solo"])["name"] == "Solo Software"
    assert proxy.connections == 0


def test_https_goes_through_the_proxy(
    serve: Callable[..., Server], tls: ssl.SSLContext, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = serve(answering, tls)

    def tunnel(server: Server, connection: socket.socket) -> None:
        server.read(connection)
        host, _colon, port = target.address.partition(":")
        with socket.create_connection((host, int(port))) as other:
            server.write(connection, b"HTTP/1.1 200 Connected\r\n\r\n")

            def pump(source: socket.socket, sink: socket.socket) -> None:
                with contextlib.suppress(OSError):
                    while data := source.recv(65536):
                        sink.sendall(data)

            threading.Thread(target=pump, args=(other, connection), daemon=True).start()
            pump(connection, other)

    proxy = serve(tunnel)
    monkeypatch.setenv("https_proxy", f"http://me:pass@{proxy.address}")
    assert client_of(f"https://{target.address}", ca_path=bundle).get("/tenants/t") == {"id": "t"}
    assert proxy.requests == [f"CONNECT {target.address}"]
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert client_of(f"https://{target.address}", ca_path=bundle).get("/tenants/t") == {"id": "t"}
    assert proxy.connections == 1


@pytest.mark.parametrize(
    ("status", "words", "retried"),
    [(407, "user name and password in HTTPS_PROXY", False), (403, "HTTPS_PROXY", False), (503, "HTTPS_PROXY", True)],
)
@pytest.mark.parametrize("write", [False, True])
def test_what_a_proxy_refuses(
    serve: Callable[..., Server],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    words: str,
    retried: bool,
    write: bool,
) -> None:
    def refuse(server: Server, connection: socket.socket) -> None:
        server.read(connection)
        server.write(connection, b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status)

    proxy = serve(refuse)
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:pass@{proxy.address}")
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    timing = Timing(lambda: clock[0], lambda: clock[0], sleep, lambda low, high: high)
    client = client_of("https://h.example", retry_timeout=7, timing=timing)
    with pytest.raises(TransportError) as caught:
        client.put("/tenants/t", {}, client.backoff()) if write else client.get("/tenants/t")
    message = caught.value.message
    assert "the proxy refuses" in message and f"HTTP {status}" in message and words in message
    assert "pass" not in message.replace("password", "") and proxy.address not in message
    assert not caught.value.uncertain
    assert (proxy.connections > 1) is retried


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://me:pa/ss@proxy:3128", "percent-encoded"),
        ("http://", "not the URL of a proxy"),
        ("http://proxy:port", "not the URL of a proxy"),
        ("ftp://proxy:21", "not the URL of a proxy"),
        ("socks5://me:pass@127.0.0.1:1080", "PySocks"),
        ("socks5h://127.0.0.1:1080", "PySocks"),
    ],
)
@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, url: str, words: str
) -> None:
    # PySocks may be there or not.
    monkeypatch.setattr(_http.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv(variable, url)
    with pytest.raises(InputError, match=f"^{variable}: .*{words}") as caught:
        client_of("https://h.example")
    assert "pass@" not in caught.value.message and "pa/ss" not in caught.value.message
    monkeypatch.setenv("NO_PROXY", "h.example")
    client_of("https://h.example")


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch, variable: str, bundle: str) -> None:
    monkeypatch.setenv(variable, "/nowhere/ca.pem")
    with pytest.raises(InputError, match=rf"^{variable}: .*'/nowhere/ca\.pem'.*ca_path"):
        client_of("https://h.example")
    client_of("https://h.example", ca_path=bundle)
    client_of("https://h.example", validate_certs=False)
    client_of("http://localhost:1")


@pytest.mark.parametrize("variable", [None, "REQUESTS_CA_BUNDLE"])
def test_a_certificate_that_is_not_trusted_names_where_trust_comes_from(
    serve: Callable[..., Server],
    tls: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variable: str | None,
) -> None:
    if variable:
        other = tmp_path / "other.pem"
        trustme.CA().cert_pem.write_to_path(str(other))
        monkeypatch.setenv(variable, str(other))
    server = serve(answering, tls)
    with pytest.raises(TransportError, match="is not trusted") as caught:
        client_of(f"https://{server.address}", retry_timeout=100).get("/tenants/t")
    assert ("REQUESTS_CA_BUNDLE" in caught.value.message) is bool(variable)
    assert "ca_path" in caught.value.message and not caught.value.retryable


def test_errors_are_one_line(serve: Callable[..., Server]) -> None:
    server = serve(answer_with(b"Content-Encoding: a\x01b\r\n", b"x"))
    with pytest.raises(AcronisError) as caught:
        client_of(f"http://{server.address}").get("/tenants/t")
    assert caught.value.message.isprintable()
