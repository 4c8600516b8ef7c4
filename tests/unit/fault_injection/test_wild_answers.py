# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a server answers, in whatever shape, the task ends with an error of ours and a message that can be used."""

from __future__ import annotations

import io
import json
from typing import Any
from unittest.mock import patch

import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from ansible_collections.community.acronis.plugins.module_utils._http import Sender
from ansible_collections.community.acronis.plugins.module_utils._rules import STATES
from ansible_collections.community.acronis.plugins.module_utils._run import run
from ansible_collections.community.acronis.tests.simulator import make_app
from ansible_collections.community.acronis.tests.unit.world import World

ID = "00000000-0000-4000-8000-000000000001"
OTHER = "00000000-0000-4000-8000-000000000002"

# Every key that the client reads, wherever it stands.
KEYS = (
    *("access_token", "expires_in", "expires_on", "tenant_id", "items", "paging", "cursors", "after"),
    *("id", "version", "name", "kind", "enabled", "parent_id", "deleted_at", "customer_id", "owner_id", "has_children"),
    *("ancestral_access", "update_lock", "external_operation_status"),
    *("error", "code", "message", "details", "info", "error_description"),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2000),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from([ID, OTHER, "tenant", "unit", "deleting", "recovering", "1001", "2025-01-01T00:00:00Z"]),
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=12,
)
plain: dict[str, st.SearchStrategy[Any]] = {
    "id": st.sampled_from([ID, OTHER]),
    "version": st.integers(1, 4),
    "name": st.sampled_from(["Target", "Ab"]),
    "kind": st.sampled_from(["customer", "unit"]),
    "enabled": st.booleans(),
    "parent_id": st.sampled_from([ID, OTHER]),
}
proper_tenant = st.fixed_dictionaries(plain, optional={"has_children": st.booleans(), "owner_id": st.just(OTHER)})
rest = ("deleted_at", "has_children", "update_lock", "ancestral_access", "owner_id", "external_operation_status")
tenant = st.fixed_dictionaries(plain, optional={key: documents for key in rest})
bodies = st.one_of(
    st.binary(max_size=30),
    documents.map(lambda value: json.dumps(value).encode()),
    tenant.map(lambda value: json.dumps(value).encode()),
    st.lists(tenant | documents, max_size=3).map(lambda value: json.dumps({"items": value}).encode()),
)
headers = st.dictionaries(
    st.sampled_from(["Retry-After", "Location", "Content-Type", "Content-Encoding"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12) | st.sampled_from(["gzip", "3", "utf-16"]),
    max_size=2,
)
statuses = st.sampled_from([200, 200, 204]) | st.integers(100, 599)


class Wild(BaseAdapter):
    """Answers whatever comes, and notes the writes.

    Nine of ten answers have the form that the platform gives, since a task ends at its first useless answer.
    """

    def __init__(self, data: st.DataObject) -> None:
        super().__init__()
        self.data = data
        self.writes: list[str] = []

    def send(self, request: requests.PreparedRequest, *_arguments: Any, **_options: Any) -> requests.Response:
        """Answer one request."""
        method, path = str(request.method), str(request.path_url).partition("?")[0].removeprefix("/api/2")
        if method in ("PUT", "DELETE"):
            self.writes.append(method)
        if self.data.draw(st.integers(0, 9)):
            status, fields, body = self.proper(method, path)
        else:
            status, fields, body = self.data.draw(st.tuples(statuses, headers, bodies))
        raw = HTTPResponse(body=io.BytesIO(body), headers=HTTPHeaderDict(fields), status=status, preload_content=False)
        return HTTPAdapter().build_response(request, raw)

    def proper(self, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        """Return an answer in the form of the platform, if not with its sense."""
        if path == "/idp/token":
            document: Any = {"access_token": "abc"}
        elif path.startswith("/clients/"):
            document = {"tenant_id": OTHER}
        elif path == "/tenants":
            found = self.data.draw(st.lists(proper_tenant, max_size=3))
            document = {"items": found}
        elif method == "DELETE":
            return 204, {}, b""
        else:
            document = {**self.data.draw(proper_tenant), "id": path.rpartition("/")[2]}
        return 200, {}, json.dumps(document).encode()

    def close(self) -> None:
        """Nothing is open."""


APP = make_app("minimal")


@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    data=st.data(),
    state=st.sampled_from(STATES),
    name=st.sampled_from([ID, "Target", "Ab"]),
    protected=st.sampled_from([None, ["Hospital", OTHER]]),
    check_mode=st.booleans(),
)
def test_wild_answers(
    data: st.DataObject, state: str, name: str, protected: list[str] | None, check_mode: bool
) -> None:
    APP.platform.clock.freeze()
    wild = Wild(data)
    world = World(APP, equip=lambda session: session.mount("https://", wild))
    api = world.api(retry_timeout=5)
    # Hypothesis draws in the thread of the test only.
    with patch.object(Sender, "send", lambda _sender, exchange: exchange.run()):
        report = run(api, world.request(state, tenant=name, protected_tenants=protected), check_mode)
    result = report.as_result(diff=True)
    assert report.trace is None, report.trace
    assert json.loads(json.dumps(result)) == result
    assert report.failure is None or (report.failure.isprintable() and len(report.failure) > 20)
    assert not (check_mode and wild.writes)
    assert check_mode or wild.writes or not result["changed"]
