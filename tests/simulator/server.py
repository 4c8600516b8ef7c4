# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator over HTTP/1.1 with connections that stay open.

Not on werkzeug's server: that one closes the connection after every answer, and clients keep theirs open.
"""

from __future__ import annotations

import socket
import socketserver
import ssl
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any

from . import seed as seeds
from .app import SimulatorApp
from .control import make_app
from .faults import ConnectionDroppedError
from .platform import Platform
from .wsgi import call


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle_any(self) -> None:
        """Pass one request to the application and write its answer in one piece."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "Transfer-Encoding" in self.headers:
            self.send_error(411)
            self.close_connection = True
            return
        try:
            status, headers, content = call(
                self.server.app, self.command, self.path, self.headers.items(), body, time.sleep
            )
        except ConnectionDroppedError:
            self.close_connection = True
            return
        except Exception:
            # A fault of the simulator itself: say so where it can be seen, and answer, so that nobody waits.
            traceback.print_exc()
            status, headers, content = "500 Internal Server Error", [("Content-Type", "text/plain")], b"simulator fault"
        lines = [f"HTTP/1.1 {status}", f"Date: {self.date_time_string()}", "Server: simulator"]
        lines += [f"{name}: {value}" for name, value in headers if name != "Content-Length"]
        if not status.startswith("204"):
            lines.append(f"Content-Length: {len(content)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        self.wfile.write(head if self.command == "HEAD" else head + content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = handle_any  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet; the simulator has its own log."""


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], app: SimulatorApp) -> None:
        super().__init__(address, _Handler)
        self.app = app
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Clients that go away in the middle are part of the game.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def cut_connections(self) -> None:
        """End connections that clients keep open, so that nothing answers after the stop."""
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


class Simulator:
    """A running simulator on a free port of 127.0.0.1.

    Use it as a context manager, or call :meth:`start` and :meth:`stop`.

    Attributes:
        app: the application, with ``log``, ``faults`` and ``reset``.
        platform: its state.
        client_id, client_secret: credentials of the demo tree's API client.
    """

    client_id = seeds.CLIENT_ID
    client_secret = seeds.CLIENT_SECRET

    def __init__(
        self,
        seed: str | seeds.Document = "demo",
        switches: dict[str, Any] | None = None,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.app = make_app(seed, switches)
        self._server = _Server(("127.0.0.1", port), self.app)
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def platform(self) -> Platform:
        """The state."""
        return self.app.platform

    @property
    def url(self) -> str:
        """Base URL, without ``/api/2``."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> Simulator:
        """Serve from a thread."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving and cut all connections. May be called again."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.cut_connections()

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()
