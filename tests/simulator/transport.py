# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A transport adapter for ``requests`` that talks to the simulator in the same process: no socket, no waiting."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from .app import SimulatorApp
from .faults import ConnectionDroppedError
from .wsgi import call

URL = "https://simulator.test"
"""A base URL for sessions with the adapter; any other does as well."""


class SimulatorAdapter(BaseAdapter):
    """Sends the requests of a ``requests.Session`` to the application.

    A dropped connection becomes ``requests.exceptions.ConnectionError``. A delay of the read time-out or more becomes
    ``ReadTimeout`` although the request takes effect; a shorter one moves the simulator's clock.
    """

    def __init__(self, app: SimulatorApp) -> None:
        super().__init__()
        self.app = app
        self._builder = HTTPAdapter()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send one prepared request."""
        read_timeout = timeout[1] if isinstance(timeout, tuple) else timeout

        def wait(seconds: float) -> None:
            if read_timeout is not None and seconds >= read_timeout:
                self.app.platform.clock.advance(read_timeout)
                raise requests.exceptions.ReadTimeout("the simulated answer comes too late", request=request)
            self.app.platform.clock.advance(seconds)

        parts = urlsplit(request.url or "")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        body = request.body or b""
        if not isinstance(body, (str, bytes)):
            raise TypeError("streamed bodies are not simulated")
        try:
            status, headers, content = call(
                self.app,
                request.method or "GET",
                target,
                [
                    (name, value.decode() if isinstance(value, bytes) else value)
                    for name, value in request.headers.items()
                ],
                body.encode() if isinstance(body, str) else body,
                wait,
            )
        except ConnectionDroppedError as error:
            raise requests.exceptions.ConnectionError("the simulated connection was cut", request=request) from error
        code, _blank, reason = status.partition(" ")
        raw = HTTPResponse(
            body=io.BytesIO(content),
            headers=HTTPHeaderDict(headers),
            status=int(code),
            reason=reason,
            preload_content=False,
        )
        return self._builder.build_response(request, raw)

    def close(self) -> None:
        """Nothing is open."""


def make_session(app: SimulatorApp) -> requests.Session:
    """A session whose requests all go to the application."""
    session = requests.Session()
    adapter = SimulatorAdapter(app)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
