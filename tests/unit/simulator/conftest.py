# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
import requests

from ansible_collections.community.acronis.tests.simulator import SimulatorApp, make_session, seed
from ansible_collections.community.acronis.tests.simulator import pytest_plugin as plugin
from ansible_collections.community.acronis.tests.simulator.model import Client
from ansible_collections.community.acronis.tests.simulator.platform import Platform

_running_simulator = plugin._running_simulator
simulator = plugin.simulator
simulator_app = plugin.simulator_app
platform = plugin.platform


@pytest.fixture
def ids(platform: Platform) -> dict[str, str]:
    """Well-known names to identifiers."""
    return platform.well_known


@pytest.fixture
def caller(platform: Platform) -> Client:
    """The API client of the service provider."""
    return platform.clients[seed.CLIENT_ID]


class Api:
    """Requests with a token, to an application in the same process."""

    def __init__(self, app: SimulatorApp, client_id: str = seed.CLIENT_ID, secret: str = seed.CLIENT_SECRET) -> None:
        self.app = app
        self.session = make_session(app)
        self.credentials = (client_id, secret)
        self.session.headers["Authorization"] = f"Bearer {self.token().json()['access_token']}"

    def token(self, **changes: Any) -> requests.Response:
        """Ask for a token."""
        wanted: dict[str, Any] = {"data": {"grant_type": "client_credentials"}, "auth": self.credentials, **changes}
        return make_session(self.app).post("https://simulator.test/api/2/idp/token", **wanted)

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, f"https://simulator.test/api/2{path}", **options)

    def control(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request to the control endpoints."""
        return make_session(self.app).request(method, f"https://simulator.test/_simulator/{path}", **options)


@pytest.fixture
def api(simulator_app: SimulatorApp) -> Api:
    """Requests as the service provider's client."""
    return Api(simulator_app)
