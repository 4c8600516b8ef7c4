# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request and its answer over `requests`: the way to the platform, and its bounds in time and size."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import queue
import socket
import threading
import traceback
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.community.acronis.plugins.module_utils._auth import Settings
from ansible_collections.community.acronis.plugins.module_utils._errors import InputError, clean

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter

    REQUESTS_IMPORT_ERROR = None
except ImportError:
    HTTPAdapter = object  # type: ignore[assignment,misc]
    REQUESTS_IMPORT_ERROR = traceback.format_exc()

# One request with its answer takes at most so many times `timeout`.
MAX_WAITS = 4
# The longest answer, unpacked. A page of 5,000 tenants has about 5 MB.
LARGEST_BODY = 128 * 2**20
PIECE = 2**16
ENCODING = "gzip"
# Seconds after which a thread ends that has nothing to send.
MAX_IDLE = 2.0

# The variables that requests looks at for an https URL, in its order.
PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True)
class Route:
    """The way to the platform, as options and environment have it.

    verify, proxies: as `requests` takes them; the proxy's URL may hold a password. proxy_source, trust_source: the
    variable or option that the user has to look at.
    """

    verify: bool | str
    trust_source: str
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy_source: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Route:
        """Return the way to the data center, or raise InputError that names the variable that cannot be used."""
        verify: bool | str = settings.validate_certs and (settings.ca_path or True)
        source = "ca_path"
        if settings.in_clear:
            # On a loopback address there is nothing to look up, and a proxy would get the secret in the clear.
            return cls(verify, source)
        if verify is True:
            source = next((name for name in BUNDLE_VARIABLES if os.environ.get(name)), source)
            verify = os.environ.get(source, verify)
            if isinstance(verify, str) and not os.path.exists(verify):
                raise InputError(
                    f"{source}: the environment variable names {clean(verify, 120)!r}, and there is no such file or "
                    "directory; correct or unset it, or give ca_path."
                )
        url = settings.datacenter_url
        proxies = requests.utils.get_environ_proxies(url)
        proxy = requests.utils.select_proxy(url, proxies)
        if not proxy:
            return cls(verify, source)
        variables = [name for name in PROXY_VARIABLES if os.environ.get(name) == proxy]
        proxy_source = variables[0] if variables else "the system's proxy settings"
        _check_proxy(proxy, proxy_source)
        return cls(verify, source, {"https": proxy}, proxy_source)


def _check_proxy(url: str, source: str) -> None:
    """Raise InputError when requests cannot use a proxy's URL. The URL is not quoted: it may hold a password."""
    try:
        # As requests does; it takes a proxy without a scheme for one over http.
        parts = urllib3.util.parse_url(url if "://" in url else f"http://{url}")
        scheme, usable = parts.scheme or "", bool(parts.host)
    except (ValueError, requests.RequestException, urllib3.exceptions.HTTPError):
        scheme, usable = "", False
    if not usable or scheme not in ("http", "https", "socks4", "socks4a", "socks5", "socks5h"):
        raise InputError(
            f"{source}: its value is not the URL of a proxy, such as http://proxy.example:3128; correct or unset it "
            "(special characters of a user name or password must be percent-encoded)."
        )
    if scheme.startswith("socks") and importlib.util.find_spec("socks") is None:
        raise InputError(
            f"{source}: a SOCKS proxy needs the Python library PySocks on the host that runs the module; install it, "
            "or use an HTTP proxy."
        )


class UnfitError(Exception):
    """The answer is larger than anything that the platform sends, or cannot be unpacked."""


class LeftError(Exception):
    """Nobody waits for the answer any more.

    sent: whether the request may have reached the platform.
    """

    def __init__(self, sent: bool) -> None:
        super().__init__()
        self.sent = sent


@dataclass(frozen=True)
class Answer:
    """An answer in full. headers: with case-insensitive keys."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Sender:
    """A session, and the thread that its exchanges are sent in, one after the other.

    The thread lasts while there is something to send: starting one for each request takes as long as a good part of
    the request.
    """

    def __init__(self, session: requests.Session) -> None:
        self.session = session
        self._lock = threading.Lock()
        self._waiting: queue.SimpleQueue[Exchange] = queue.SimpleQueue()
        self._runs = False

    def send(self, exchange: Exchange) -> None:
        """Send the exchange when those before it have ended."""
        with self._lock:
            if not self._runs:
                # Before the exchange waits, which must not be sent later if there can be no thread now.
                threading.Thread(target=self._run, name=type(self).__name__, daemon=True).start()
                self._runs = True
            self._waiting.put(exchange)

    def _run(self) -> None:
        while self._send_next():
            pass

    def _send_next(self) -> bool:
        try:
            exchange = self._waiting.get(timeout=MAX_IDLE)
        except queue.Empty:
            with self._lock:
                self._runs = not self._waiting.empty()
                return self._runs
        exchange.run()
        return True


class Exchange:
    """One request and its answer, in another thread, so that whoever waits for it can leave at any time.

    What is left is not sent any more; if it is on its way, its connection is cut. No time-out of a socket does that:
    each counts from the last byte, and the system's look-up of a name has none. Its sender is of no use any more.
    """

    of_thread = threading.local()

    def __init__(self, sender: Sender, send: Callable[[], requests.Response]) -> None:
        """send: asks the sender's session."""
        self._sender = sender
        self._send = send
        self._lock = threading.Lock()
        self._left = False
        self._socket: socket.socket | None = None
        self._ended = threading.Event()
        self._outcome: Answer | BaseException | None = None

    def run(self) -> None:
        """Send it in this thread."""
        self.of_thread.exchange = self
        try:
            with self._send() as response:
                self._outcome = Answer(response.status_code, response.headers, _read(response.raw))
        except BaseException as error:  # raised again where the answer is waited for
            self._outcome = error
        finally:
            del self.of_thread.exchange
            with self._lock:
                if self._socket is not None:
                    self._socket.close()
            self._ended.set()

    def hold(self, connection: socket.socket) -> None:
        """Keep hold of the connection that the request is about to be sent over. Raises LeftError."""
        with self._lock:
            if self._left:
                raise LeftError(sent=False)
            # A descriptor of our own: the connection's may be closed, and its number used anew, at any time.
            self._socket = socket.socket(fileno=os.dup(connection.fileno()))

    def answer(self, may_wait: Callable[[], bool], nap: float) -> Answer:
        """Send, and return the answer. Raises LeftError, and whatever requests, urllib3 and the system raise.

        may_wait: asked every so many seconds (nap) whether to wait on.
        """
        self._sender.send(self)
        while not self._ended.wait(nap):
            if not may_wait():
                self._leave()
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        if self._outcome is None:
            raise RuntimeError("the exchange has ended without an outcome")
        return self._outcome

    def _leave(self) -> None:
        with self._lock:
            if self._outcome is not None:
                return
            self._left = True
            if self._socket is None:
                raise LeftError(sent=False)
            # The other side may have been faster.
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            raise LeftError(sent=True)


class Adapter(HTTPAdapter):
    """Tells each exchange which connection its request is sent over."""

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """For requests >= 2.32."""
        return _watched(super().get_connection_with_tls_context(*args, **kwargs))

    def get_connection(self, *args: Any, **kwargs: Any) -> Any:
        """For requests < 2.32."""
        return _watched(super().get_connection(*args, **kwargs))


def _watched(pool: Any) -> Any:
    """Have the pool make connections that an exchange can hold. So it works for proxies of all kinds, too."""
    kind = pool.ConnectionCls
    if not hasattr(kind, "is_watched"):

        def putrequest(self: Any, *args: Any, **kwargs: Any) -> Any:
            if self.sock is None:
                self.connect()
            exchange: Exchange | None = getattr(Exchange.of_thread, "exchange", None)
            if exchange is not None:
                exchange.hold(self.sock)
            return kind.putrequest(self, *args, **kwargs)

        pool.ConnectionCls = type(kind.__name__, (kind,), {"putrequest": putrequest, "is_watched": True})
    return pool


class Session(requests.Session if REQUESTS_IMPORT_ERROR is None else object):  # type: ignore[misc]
    """A session that neither follows a redirect nor prepares to: for that, requests would read all of the body."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Say that it is none."""


def open_session() -> requests.Session:
    """Return a session whose exchanges can be left."""
    session = Session()
    session.mount("https://", Adapter())
    session.mount("http://", Adapter())
    return session


def _read(raw: Any) -> bytes:
    """Return the body of an answer, unpacked, or raise UnfitError before it fills the memory."""
    raw.enforce_content_length = True
    body = bytearray()
    for piece in _unpacked(_pieces(raw), raw.headers.get("Content-Encoding", "").strip().lower()):
        body += piece
        if len(body) > LARGEST_BODY:
            raise UnfitError(f"it has more than {LARGEST_BODY // 2**20} MiB")
    return bytes(body)


def _pieces(raw: Any) -> Iterator[bytes]:
    while piece := raw.read(PIECE, decode_content=False):
        yield piece


def _unpacked(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Yield what is packed in the pieces, never much more than a piece at a time. urllib3 unpacks without a bound."""
    if encoding in ("", "identity"):
        yield from pieces
        return
    if encoding != ENCODING:
        raise UnfitError(f"it is compressed with {clean(encoding, 40)!r}, which was not requested")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        for piece in pieces:
            rest = piece
            while rest and not unpacker.eof:
                yield unpacker.decompress(rest, PIECE)
                rest = unpacker.unconsumed_tail
        yield unpacker.flush()
    except zlib.error:
        raise UnfitError("it cannot be decompressed") from None
