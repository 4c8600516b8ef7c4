# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator in the process of the tests, and clients of it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import requests
from requests import Response, Session
from urllib3 import HTTPResponse

from ansible_collections.community.acronis.plugins.module_utils._auth import Settings
from ansible_collections.community.acronis.plugins.module_utils._client import Client, Timing
from ansible_collections.community.acronis.plugins.module_utils._desired import Request
from ansible_collections.community.acronis.plugins.module_utils._http import Sender
from ansible_collections.community.acronis.plugins.module_utils._results import Report
from ansible_collections.community.acronis.plugins.module_utils._run import run
from ansible_collections.community.acronis.plugins.module_utils._tenants import TenantApi
from ansible_collections.community.acronis.tests.simulator import SimulatorApp, make_session, seed


def peek(response: Response) -> bytes:
    """Return the body of an answer, and leave it to be read by the one who asked."""
    body = response.content
    response.raw = HTTPResponse(io.BytesIO(body), headers=response.raw.headers, preload_content=False)
    return body


@contextmanager
def within_the_process() -> Iterator[None]:
    """Without what only a connection to another process needs, and what would take a third of the time: threads that
    can be left while an answer is waited for, and the look for proxies in the environment.
    """
    no_proxies = patch.object(requests.utils, "get_environ_proxies", lambda url: {})
    with no_proxies, patch.object(Sender, "send", lambda _sender, exchange: exchange.run()):
        yield


@dataclass
class World:
    """The simulator in this process, and a client whose time is the simulator's."""

    app: SimulatorApp
    slept: list[float] = field(default_factory=list)
    # Seconds after which waiting is taken for a loop without end.
    longest: float = 3600.0
    # What a test does to each session before it is used.
    equip: Callable[[Session], object] = lambda session: None

    @classmethod
    def of(cls, tree: str | dict[str, Any] = "demo", **switches: Any) -> World:
        """A world with this tree and these switches, whose time stands still unless somebody sleeps."""
        # Without the control endpoints, which nobody asks and which take as long again to set up.
        app = SimulatorApp(tree, switches)
        app.platform.clock.freeze()
        return cls(app)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        assert sum(self.slept) < self.longest, "this never ends"
        self.app.platform.clock.advance(seconds)

    def new_session(self) -> Session:
        session = make_session(self.app)
        session.trust_env = False
        self.equip(session)
        return session

    def id(self, key: str) -> str:
        return self.app.platform.well_known[key]

    def api(self, **changed: Any) -> TenantApi:
        params = {
            "datacenter_url": "https://simulator.test",
            "client_id": seed.CLIENT_ID,
            "client_secret": seed.CLIENT_SECRET,
            "validate_certs": True,
            "timeout": 30,
            "retry_timeout": 120,
            **changed,
        }
        return TenantApi(self.client(Settings.from_params(params)))

    def client(self, settings: Settings, comment: str = "") -> Client:
        clock = self.app.platform.clock
        timing = Timing(clock.now, clock.now, self.sleep, lambda low, high: high)
        with within_the_process():
            return Client(settings, comment=comment, timing=timing, new_session=self.new_session)

    def token_alone(self) -> dict[str, Any]:
        """The options of a task that has a token and nothing else."""
        token = self.app.platform.issue_token(seed.CLIENT_ID, seed.CLIENT_SECRET).value
        return {"access_token": token, "client_id": None, "client_secret": None}

    def request(self, state: str | None, **options: Any) -> Request:
        defaults = (
            "tenant",
            "customer_id",
            "tenants",
            "customer_ids",
            "plan",
            "max_changes",
            "subtree_root_id",
            "expected_name",
            "expected_version",
            "expected_internal_tag",
            "internal_tag",
            "protected_tenants",
        )
        params = {
            **dict.fromkeys(defaults),
            "delete_descendants": False,
            "restore_deleted": False,
            "concurrency": 8,
            "continue_on_error": False,
            "impact": False,
            "unmatched_protection": "fail",
            "return_unchanged": False,
            "state": state,
            **options,
        }
        return Request.from_params(params)

    def run(
        self, state: str | None, check_mode: bool = False, auth: dict[str, Any] | None = None, **options: Any
    ) -> Report:
        return self.carry_out(self.api(**(auth or {})), self.request(state, **options), check_mode)

    @staticmethod
    def carry_out(api: TenantApi, request: Request, check_mode: bool = False) -> Report:
        """Run a task that was made before."""
        with within_the_process():
            return run(api, request, check_mode)

    def customers(self, count: int | None = None) -> list[str]:
        """The IDs of the customers of the tree `wide:N`, or of the first so many."""
        found = [one.id for one in self.app.platform.tenants.values() if one.name.startswith("Customer ")]
        return found[:count]

    def truth(self, tenant_id: str) -> str:
        """The tenant's state on the platform, whoever may see it; one that is being deleted counts as deleted."""
        tenant = self.app.platform.tenants[tenant_id]
        if tenant.deletion is not None:
            return "deleted"
        return "enabled" if tenant.enabled else "disabled"

    def writes(self) -> list[tuple[str, str, Any]]:
        """The writes that reached the platform: method, tenant, version that they carried."""
        return [
            (entry["method"], entry["tenant_id"], (entry["body"] or entry["query"]).get("version"))
            for entry in self.app.log
            if entry["method"] != "GET" and not entry["path"].startswith("/idp")
        ]

    def effects(self) -> int:
        """How many writes changed the platform's state."""
        return sum(entry["effect"] for entry in self.app.log if not entry["path"].startswith("/idp"))

    def requests(self) -> list[str]:
        return [f"{entry['method']} {entry['path'].split('/')[1]}" for entry in self.app.log]
