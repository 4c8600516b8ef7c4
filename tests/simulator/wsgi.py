# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls to a WSGI application, without a server."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from .app import WAIT, SimulatorApp

Headers = list[tuple[str, str]]


def call(
    app: SimulatorApp,
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    wait: Callable[[float], None],
) -> tuple[str, Headers, bytes]:
    """Send one request to the application.

    Args:
        app: the application.
        method: the HTTP method.
        target: path and query, encoded as on the request line.
        headers: the request's headers.
        body: the request's body.
        wait: what spends the seconds of a simulated delay.

    Returns:
        Status line without the protocol ("200 OK"), headers and body of the answer.

    Raises:
        ConnectionDroppedError: the connection is to be cut.
    """
    path, _mark, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        # WSGI wants the decoded bytes of the path as if they were Latin-1.
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        WAIT: wait,
    }
    for name, value in headers:
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value
        elif key != "CONTENT_LENGTH":
            environ[f"HTTP_{key}"] = value
    started: list[tuple[str, Headers]] = []

    def start_response(status: str, answer: Headers, error: Any = None) -> Callable[[bytes], object]:
        started.append((status, answer))
        return lambda data: None

    content = b"".join(app.wsgi_app(environ, start_response))
    status, answer = started[-1]
    return status, answer, content
